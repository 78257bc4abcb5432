"""CKAN's DataStore, with the decision in front of it.

CKAN exempts the actions of plugins from its audit of checks, but not what is chained to them.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.logic import auth_audit_exempt
from ckan.types import Action, Context, DataDict

from ckanext.jena_governance import policy, vocabulary
from ckanext.jena_governance.access import datastore, entitlement, facts
from ckanext.jena_governance.logic import contract, unseen
from ckanext.jena_governance.logic.messages import language


@tk.chained_action
@auth_audit_exempt
@tk.side_effect_free
def datastore_search(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Search rows, if they are for whoever asks (see CKAN's ``datastore_search``)."""
    name = data_dict.get("resource_id", data_dict.get("id"))
    return datastore.answer(context, name, lambda: next_(context, dict(data_dict)))


@tk.chained_action
@auth_audit_exempt
@tk.side_effect_free
def datastore_info(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Describe a table, if its rows are for whoever asks (see CKAN's ``datastore_info``)."""
    name = data_dict.get("resource_id", data_dict.get("id"))
    return datastore.answer(context, name, lambda: next_(context, dict(data_dict)), is_rows=False)


@tk.chained_action
@auth_audit_exempt
@tk.side_effect_free
def datastore_search_sql(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Search by SQL, if the rows of every table are for whoever asks (see CKAN's action)."""

    def ask(sql: object) -> Any:
        return next_(context, {**data_dict, "sql": sql} if "sql" in data_dict else data_dict)

    sql = data_dict.get("sql")
    try:
        return datastore.answer_sql(context, sql, ask)
    except datastore.UnseenTableError as unseen_tables:
        return unseen.asking_of_nobody(ask, str(sql), unseen_tables.names)


@tk.chained_action
@auth_audit_exempt
def datastore_create(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Make or change a table; who reads it follows the level (see CKAN's ``datastore_create``).

    Raises:
        ValidationError: a legal basis keeps the data in their own system.
    """
    resource = entitlement.resource_in(data_dict.get("resource_id"))
    if resource is not None:
        tk.check_access("datastore_create", context, dict(data_dict))
        _refuse_what_stays_outside(context, resource)
    datastore.close_at_birth()
    result = next_(context, data_dict)
    if isinstance(result, dict) and result.get("resource_id"):
        datastore.settle_table(result["resource_id"])
    return result


def _refuse_what_stays_outside(context: Context, resource: model.Resource) -> None:
    """Rule R12, before there are rows; CKAN marks a resource only when it has a table."""
    if facts.asset_of(resource.package, resource).terms.files == "allowed":
        return
    show = tk.fresh_context(context, ignore_auth=True, use_cache=False)
    stored = tk.get_action("package_show")(show, {"id": resource.package_id})
    wanted = policy.copy(stored)
    for part in wanted["resources"]:
        if part["id"] == resource.id:
            part["datastore_active"] = True
    write = contract.weigh(context, stored, wanted)
    findings = [finding for finding in write.refusing if finding.rule == "R12"]
    if findings:
        words = vocabulary.current()
        messages = [policy.render(finding, language(), words) for finding in findings]
        raise tk.ValidationError({"resource_id": messages})
