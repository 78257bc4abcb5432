"""Terms of the closed lists of DCAT-AP.de; what is in none of them is not exported."""

from __future__ import annotations

from functools import lru_cache

from ckanext.jena_governance.policy import Vocabulary, values

_AUTHORITY = "http://publications.europa.eu/resource/authority/"
_PUBLISHER_TYPE = "http://purl.org/adms/publishertype/"
# Lists that are complete in the labels of the EU's terms.
_OF_LABELS = {
    "theme": f"{_AUTHORITY}data-theme/",
    "frequency": f"{_AUTHORITY}frequency/",
    "language": f"{_AUTHORITY}language/",
    "distribution-status": f"{_AUTHORITY}distribution-status/",
    "planned-availability": f"{_AUTHORITY}planned-availability/",
    "publisher-type": _PUBLISHER_TYPE,
}

Index = dict[tuple[str, str], str]


def term(kind: str, value: object, words: Vocabulary) -> str | None:
    """The term that a text means.

    Args:
        kind: the list (``theme``, ``file-type``, ``language`` …).
        value: an address in any spelling, a code, or one of the aliases.
        words: the vocabulary.

    Returns:
        Its address; ``None`` where the list has none.

    Source:
        DCAT-AP.de 3.0, controlled vocabularies; ``dcat.yaml``.
    """
    said = values.text(value)
    return _index(_Key(words)).get((kind, _plain(said))) if said else None


def terms(kind: str, value: object, words: Vocabulary) -> list[str]:
    """The terms that a list, or its JSON text, means; each once."""
    found = (term(kind, one, words) for one in values.items(value) or [])
    return list(dict.fromkeys(one for one in found if one))


def code(kind: str, value: object, words: Vocabulary) -> str | None:
    """What CKAN calls a term: its first alias, in capitals."""
    address = term(kind, value, words)
    if address is None:
        return None
    entry = words.export_terms.get(address)
    return (entry.aliases[0] if entry and entry.aliases else address.rpartition("/")[2]).upper()


def _plain(address: str) -> str:
    said = address.strip().rstrip("/").casefold()
    return said.replace("https://", "http://", 1).replace("http://www.", "http://", 1)


class _Key:
    """A vocabulary by identity: it is read once, and too large to be compared."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words

    def __hash__(self) -> int:
        return id(self.words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.words is self.words


@lru_cache(maxsize=8)
def _index(key: _Key) -> Index:
    index: Index = {}
    for entry in key.words.export_terms.values():
        for alias in (entry.id, *entry.aliases):
            index.setdefault((entry.kind, _plain(alias)), entry.id)
    for kind, prefix in _OF_LABELS.items():
        for address in key.words.eu_terms:
            if address.startswith(prefix):
                index.setdefault((kind, _plain(address)), address)
                index.setdefault((kind, _plain(address.rpartition("/")[2])), address)
    return index
