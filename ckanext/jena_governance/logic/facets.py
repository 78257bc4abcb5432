"""The filters of CKAN's lists: openness, legal basis, owning entity and its class, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import facts
from ckanext.jena_governance.logic.messages import language

LEVEL_FIELD = "openness_effective"
BASIS_FIELD = "vocab_legal_basis"
OWNER_FIELD = "owning_entity"
CLASS_FIELD = "entity_class"

_PUBLISHER = "organization"

# As CKAN's index calls them, in the order in which they are shown.
FIELDS = (LEVEL_FIELD, BASIS_FIELD, OWNER_FIELD, CLASS_FIELD)


def added_to(facets: Any, package_type: str | None = None) -> Any:
    """CKAN's filters with ours before them.

    Args:
        facets: field -> title, in the order of the page (``IFacets``).
        package_type: whose list; nothing is added where the rules do not apply.

    Returns:
        A dictionary of the same kind.
    """
    if package_type is not None and not config.governs(package_type):
        return facets
    titles = {
        LEVEL_FIELD: tk._("Openness"),
        BASIS_FIELD: tk._("Legal basis"),
        OWNER_FIELD: tk._("Responsible entity"),
        CLASS_FIELD: tk._("Kind of entity"),
    }
    rest = {name: facets[name] for name in facets if name not in titles}
    if _PUBLISHER in rest:  # mostly the same names: last, and by another name
        rest.pop(_PUBLISHER)
        rest[_PUBLISHER] = tk._("Publishing organization")
    facets.clear()
    facets.update({**titles, **rest})
    return facets


def labelled(results: dict[str, Any]) -> dict[str, Any]:
    """Put names where CKAN has ids, in place; one query for all entities.

    Args:
        results: of ``package_search``.

    Returns:
        The same dictionary.
    """
    listed = results.get("search_facets") or {}
    owners = [item["name"] for item in listed.get(OWNER_FIELD, {}).get("items", [])]
    known = facts.entities_of(owners) if owners else {}
    for field in FIELDS:
        for item in listed.get(field, {}).get("items", []):
            found = known.get(item["name"])
            item["display_name"] = found.title if found else label_of(field, item["name"])
    return results


def label_of(field: str, value: str) -> str:
    """The name of a level, state, basis or class; what is unknown as it is."""
    words = vocabulary.current()
    choices: Mapping[str, Any] = {}
    if field == LEVEL_FIELD:
        choices = {**words.levels, **words.states}
    elif field == BASIS_FIELD:
        choices = words.bases
    elif field == CLASS_FIELD:
        choices = words.entity_classes
    entry = choices.get(value)
    return entry.label(language()) if entry is not None else value
