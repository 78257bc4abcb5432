"""Terms of EU vocabularies: a dataset holds their addresses, people read names."""

from __future__ import annotations

import ckantoolkit as tk

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.logic.messages import language

# Tables whose codes speak for themselves where we have no word for one.
_TABLES = "http://publications.europa.eu/resource/authority/"
# The area of a municipality, a district and so on by its official key (DCAT-AP.de).
_PLACES = "http://dcat-ap.de/def/politicalGeocoding/"


def label_of(value: object) -> str:
    """The name of a term.

    Args:
        value: its address, with or without a slash at the end.

    Returns:
        Its label; the code of an entry that we do not know; anything else as it is.
    """
    said = str(value or "").strip()
    address = said.replace("https://", "http://", 1).rstrip("/")
    entry = vocabulary.current().eu_terms.get(address)
    if entry is not None:
        return entry.label(language())
    if address.startswith(_TABLES) and address.count("/") == _TABLES.count("/") + 1:
        return address.rsplit("/", 1)[1]
    if address.startswith(_PLACES):
        return tk._("Official key {key}").format(key=address.rsplit("/", 1)[1])
    return said
