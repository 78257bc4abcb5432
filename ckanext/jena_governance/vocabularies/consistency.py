"""Whether the entries fit each other: what one names, another must define."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from pathlib import Path

from ckanext.jena_governance.policy.effective import LOCK
from ckanext.jena_governance.policy.granting import PERSON
from ckanext.jena_governance.policy.levels import CLOSED, LEVELS, is_more_closed, is_more_open
from ckanext.jena_governance.policy.licences import OTHER_CLOSED, licence_of
from ckanext.jena_governance.policy.vocabulary import Basis, Licence, Permission, Vocabulary
from ckanext.jena_governance.vocabularies.errors import VocabularyError
from ckanext.jena_governance.vocabularies.sections import FILES, Section

Problems = Iterator[tuple[str, str]]


def require(vocabulary: Vocabulary, own: Mapping[str, Path]) -> None:
    """Refuse entries that contradict each other.

    Args:
        vocabulary (Vocabulary): all entries, shipped and own.
        own (Mapping[str, Path]): the administrator's files by name, to name them in the error.

    Raises:
        VocabularyError: for the first contradiction.
    """
    for name, problems in (
        ("levels.yaml", _levels(vocabulary)),
        *((name, _named_in_code(vocabulary, sections)) for name, sections in FILES.items()),
        ("legal_bases.yaml", _register(vocabulary)),
        ("licences.yaml", _licences(vocabulary)),
        ("remedies.yaml", _remedies(vocabulary)),
    ):
        for entry, problem in problems:
            raise VocabularyError(own.get(name, Path(name)), entry, problem)


def _named_in_code(vocabulary: Vocabulary, sections: tuple[Section, ...]) -> Problems:
    for section in sections:
        missing = section.needs - set(getattr(vocabulary, section.key))
        if missing:
            yield section.key, f"lacks {', '.join(sorted(missing))}"


def _levels(vocabulary: Vocabulary) -> Problems:
    if tuple(vocabulary.levels) != LEVELS:
        yield "levels", f"must be {', '.join(LEVELS)}, in this order"


def _register(vocabulary: Vocabulary) -> Problems:
    categories = {name for card in vocabulary.cards.values() for name in card.categories}
    for basis in vocabulary.bases.values():
        for problem in _basis(basis, vocabulary, categories):
            yield f"bases {basis.id}", problem
    for permission in vocabulary.permissions.values():
        for problem in _permission(permission, categories):
            yield f"permissions {permission.id}", problem
    for card in vocabulary.cards.values():
        own = [basis.id for basis in vocabulary.bases.values() if basis.card == card.id]
        for problem in _unknown("likely", card.likely, own):
            yield f"cards {card.id}", f"{problem} on this card"
    lock = vocabulary.bases[LOCK]
    if lock.levels != (CLOSED,):
        yield f"bases {LOCK}", "is the stop button: its levels must be closed only"


def _basis(basis: Basis, vocabulary: Vocabulary, categories: Collection[str]) -> Iterator[str]:
    yield from _unknown("applies_to", basis.applies_to, vocabulary.entity_classes)
    yield from _unknown("category", (basis.category,), categories)
    yield from _unknown("card", (basis.card,), vocabulary.cards)
    if basis.default not in basis.levels:
        yield "column 'default' must be one of its levels"
    explained, opened = basis.explain_closed_to, basis.open_with_permission
    if explained and not is_more_closed(explained, basis.levels[-1]):
        yield "column 'explain_closed_to' must be more closed than its levels"
    if opened and not is_more_open(opened, basis.levels[0]):
        yield "column 'open_with_permission' must be more open than its levels"


def _permission(permission: Permission, categories: Collection[str]) -> Iterator[str]:
    yield from _unknown("permits", permission.permits, {"*", *categories})


def _unknown(column: str, values: tuple[str, ...], known: Collection[str]) -> Iterator[str]:
    for value in values:
        if value not in known:
            yield f"column {column!r} names {value!r}, which is not defined"


def _licences(vocabulary: Vocabulary) -> Problems:
    """Whatever stands in a licence's row must lead to that licence."""
    for licence in vocabulary.licences.values():
        for name in _names(licence):
            found = licence_of(name, vocabulary)
            if found != licence:
                other = found.id if found else "nothing"
                yield f"licences {licence.id}", f"{name!r} already stands for {other}"
    other_closed = vocabulary.licences[OTHER_CLOSED]
    if other_closed.open:
        yield f"licences {OTHER_CLOSED}", "must not be open"


def _names(licence: Licence) -> Iterator[str]:
    yield licence.id
    yield licence.code
    yield licence.uri
    yield licence.title_de
    yield from licence.aliases
    yield from licence.legacy_uris


def _remedies(vocabulary: Vocabulary) -> Problems:
    """One row, and only one, for each pair of classes."""
    classes = tuple(vocabulary.entity_classes)
    rows = vocabulary.request_remedies.values()
    for row in rows:
        for problem in _unknown("asking", row.asking, (*classes, PERSON)):
            yield f"request_remedies {row.id}", problem
        for problem in _unknown("owning", row.owning, classes):
            yield f"request_remedies {row.id}", problem
    for asking, owning in product((*classes, PERSON), classes):
        found = [row.id for row in rows if asking in row.asking and owning in row.owning]
        if len(found) != 1:
            said = ", ".join(found) or "nothing"
            yield "request_remedies", f"{asking} asking {owning} needs one row, has: {said}"
