"""What the portal's regulation says, for forms, harvesters and the curious."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import ckantoolkit as tk
from ckan.types import Context, DataDict

from ckanext.jena_governance import policy, vocabulary
from ckanext.jena_governance.logic import catalogue, contract
from ckanext.jena_governance.logic.messages import language

SHOWN = (
    "levels",
    "bases",
    "permissions",
    "cards",
    "licences",
    "hvd_categories",
    "entity_classes",
    "personal_data",
    "derivative_statuses",
    "opening_reasons",
)
LARGEST_CHECK = 1024 * 1024


@tk.side_effect_free
def governance_vocabulary_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """The vocabulary of this portal: levels, legal bases, permissions, licences and so on.

    :param name: only this part, e.g. ``bases`` (optional)
    :type name: string

    :returns: for each part the entries in their order, each with ``id``
    :rtype: dictionary of lists of dictionaries
    :raises ValidationError: no such part
    """
    tk.check_access("governance_vocabulary_show", context, data_dict)
    name = data_dict.get("name")
    if name and name not in SHOWN:
        raise tk.ValidationError(
            {"name": [tk._("No such vocabulary. Possible: {names}").format(names=", ".join(SHOWN))]}
        )
    words = vocabulary.current()
    return {part: _entries(getattr(words, part)) for part in ([name] if name else SHOWN)}


@tk.side_effect_free
def governance_check(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Hold a dataset against the rules without saving anything.

    Works with the caller's own rights: a stored dataset has to be visible to
    them, a new one has to be theirs to create.

    :param id: id or name of a stored dataset (then other keys are what would change)
    :type id: string
    :param dataset: the dataset to check, as for ``package_create``; alternatively
        give its fields directly
    :type dataset: dictionary

    :returns: ``findings`` (list of dictionaries with ``rule``, ``severity``,
        ``field``, ``resource``, ``message``), ``refused`` (whether a write would
        be), ``permitted`` (the levels the named bases allow) and the computed fields
    :rtype: dictionary
    """
    _require_small(data_dict)
    submitted = data_dict.get("dataset") or {
        key: value for key, value in data_dict.items() if key != "dataset"
    }
    if not isinstance(submitted, dict):
        raise tk.ValidationError({"dataset": [tk._("Expecting a dictionary")]})
    stored = _stored(context, submitted)
    if stored is not None:
        submitted = {**policy.without_computed(stored), **submitted}
    write = contract.weigh(context, stored, submitted)
    whole = policy.with_stored_resources(stored, write.proposed)
    return _answer(whole, write)


def _stored(context: Context, submitted: dict[str, Any]) -> dict[str, Any] | None:
    """The stored dataset if one is named and visible; else the right to create is needed."""
    if submitted.get("id"):
        tk.check_access("governance_check", context, {"id": submitted["id"]})
        show = tk.fresh_context(context)
        return tk.get_action("package_show")(show, {"id": submitted["id"]})
    tk.check_access("governance_check", context, {"owner_org": submitted.get("owner_org")})
    return None


def _answer(whole: dict[str, Any], write: contract.Write) -> dict[str, Any]:
    words, lang = vocabulary.current(), language()
    findings = contract.findings_of(whole)
    return {
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity,
                "field": finding.field,
                "resource": finding.resource,
                "message": policy.render(finding, lang, words),
            }
            for finding in findings
        ],
        "refused": bool(write.refusing),
        "permitted": list(_permitted(whole).levels),
        **catalogue.computed(whole),
    }


def _permitted(whole: dict[str, Any]) -> policy.Range:
    named = whole.get("legal_basis")
    bases = [str(id_) for id_ in named] if isinstance(named, list) else []
    return policy.permitted(bases, vocabulary.current())


def _require_small(data_dict: DataDict) -> None:
    size = len(json.dumps(data_dict, default=str))
    if size > LARGEST_CHECK:
        raise tk.ValidationError({"dataset": [tk._("Larger than 1 MB; check datasets one by one")]})


def _entries(part: Any) -> list[dict[str, Any]]:
    values = part.values() if hasattr(part, "values") else part
    return [dataclasses.asdict(entry) for entry in values]
