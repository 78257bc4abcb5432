"""Who may read and write DataStore tables: CKAN's answer, unless the data are restricted."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.types import AuthFunction, AuthResult, Context, DataDict

from ckanext.jena_governance.access import datastore


def _reading(name: str) -> Any:
    """Also for anonymous users: CKAN would turn them away from open data otherwise."""

    @tk.chained_auth_function
    @tk.auth_allow_anonymous_access
    def chained(
        next_auth: AuthFunction, context: Context, data_dict: DataDict | None
    ) -> AuthResult:
        return _denied(context, data_dict) or next_auth(context, data_dict or {})

    chained.__name__ = name
    return chained


def _writing(name: str) -> Any:
    """Who may not see rows does not change them either.

    CKAN returns rows on request, and PostgreSQL quotes some of them when it refuses a key.
    """

    @tk.chained_auth_function
    def chained(
        next_auth: AuthFunction, context: Context, data_dict: DataDict | None
    ) -> AuthResult:
        return _denied(context, data_dict) or next_auth(context, data_dict or {})

    chained.__name__ = name
    return chained


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def datastore_search_sql(
    next_auth: AuthFunction, context: Context, data_dict: DataDict | None
) -> AuthResult:
    """Every table has to be for whoever asks."""
    # A generator in CKAN 2.12: whoever looks second would see no table at all.
    tables = context.get("table_names")
    names: list[str] = [] if tables is None else list(tables)
    if tables is not None:
        context["table_names"] = names
    message = datastore.refusal_of_tables(context, names)
    return {"success": False, "msg": message} if message else next_auth(context, data_dict or {})


def _denied(context: Context, data_dict: DataDict | None) -> AuthResult | None:
    # CKAN itself reads `id` only where there is no `resource_id`, and puts it there for later.
    named = data_dict or {}
    name = named.get("resource_id", named.get("id"))
    message = datastore.refusal_of_tables(context, [name])
    return {"success": False, "msg": message} if message else None


datastore_search = _reading("datastore_search")
datastore_info = _reading("datastore_info")
datastore_create = _writing("datastore_create")
datastore_upsert = _writing("datastore_upsert")
datastore_delete = _writing("datastore_delete")
datastore_records_delete = _writing("datastore_records_delete")
