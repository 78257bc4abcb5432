"""The few numbers of the home page: of what whoever asks may find."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.lib.search import SearchError

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.logic.facets import LEVEL_FIELD
from ckanext.jena_governance.logic.messages import language


def counts(field: str) -> tuple[int, dict[str, int]]:
    """How many datasets there are, and how many have each value of an indexed field.

    Args:
        field: as CKAN's index calls it.

    Returns:
        Only what whoever asks may find counts; nothing if Solr does not answer.
    """
    asked = {"q": "*:*", "rows": 0, "facet.field": [field], "facet.limit": -1}
    try:
        found = tk.get_action("package_search")({}, asked)
    except (tk.ValidationError, SearchError):
        return 0, {}
    items = found["search_facets"].get(field, {}).get("items", [])
    return found["count"], {item["name"]: item["count"] for item in items}


def by_level() -> dict[str, Any]:
    """The datasets by their level today.

    Returns:
        ``total``, and ``levels``: list of ``id, label, text, number`` in the ladder's order;
        only those that have one.
    """
    words, lang = vocabulary.current(), language()
    total, found = counts(LEVEL_FIELD)
    entries = {**words.levels, **words.states}
    order = ["open", "viewable", "announced", *(id_ for id_ in words.levels if id_ != "open")]
    levels = [
        {
            "id": id_,
            "label": entries[id_].label(lang),
            "text": entries[id_].text(lang),
            "number": found[id_],
        }
        for id_ in order
        if found.get(id_)
    ]
    return {"total": total, "levels": levels}
