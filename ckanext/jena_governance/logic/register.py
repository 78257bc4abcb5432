"""The register of legal bases and the entities, as their pages list them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.logic import figures
from ckanext.jena_governance.logic.facets import BASIS_FIELD, OWNER_FIELD
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.policy import Basis, Choice


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A legal basis on its page.

    Attributes:
        basis: the entry of the register.
        label: its name.
        explanation: it in plain words.
        levels: names of the levels it permits.
        classes: names of the kinds of bodies it binds.
        datasets: how many datasets that the reader may find name it.
    """

    basis: Basis
    label: str
    explanation: str
    levels: list[str]
    classes: list[str]
    datasets: int


@dataclass(frozen=True, kw_only=True)
class Group:
    """Entries under one heading."""

    id: str
    label: str
    entries: list[Any]


def legal_bases(query: str = "", card: str = "", entity_class: str = "") -> list[Group]:
    """The register by card.

    Args:
        query: words that an entry must contain; empty for all.
        card: only this card; empty for all.
        entity_class: only what binds this kind of body; empty for all.

    Returns:
        Groups that have an entry, in the order of the form; bases on no card come last.
    """
    words, lang = vocabulary.current(), language()
    counts = figures.counts(BASIS_FIELD)[1]
    wanted = query.casefold().split()
    found: dict[str, list[Entry]] = {}
    for basis in words.bases.values():
        entry = _entry(basis, counts.get(basis.id, 0))
        fits = (not card or basis.card == card) and (
            not entity_class or entity_class in basis.applies_to
        )
        if fits and all(word in _text_of(entry) for word in wanted):
            found.setdefault(basis.card, []).append(entry)
    ids = [*words.cards, *(id_ for id_ in found if id_ not in words.cards)]
    return [
        Group(id=id_, label=_label(words.cards.get(id_), lang, id_), entries=found[id_])
        for id_ in ids
        if id_ in found
    ]


def entities() -> list[Group]:
    """The registered entities by class.

    Returns:
        Groups that have an entity, from the city administration outwards; each entry as from
        ``governance_entity_list`` with ``datasets``, ``parents`` and ``publishes_for_titles``.
    """
    words, lang = vocabulary.current(), language()
    counts = figures.counts(OWNER_FIELD)[1]
    listed = tk.get_action("governance_entity_list")({}, {})
    titles = {one["organization_id"]: one["title"] for one in listed}
    groups: list[Group] = []
    for id_, entry in words.entity_classes.items():
        rows = [
            {
                **one,
                "datasets": counts.get(one["organization_id"], 0),
                "publishes_for_titles": [
                    titles[other] for other in one["publishes_for"] or [] if other in titles
                ],
            }
            for one in listed
            if one["entity_class"] == id_
        ]
        if rows:
            groups.append(Group(id=id_, label=entry.label(lang), entries=rows))
    return groups


def _entry(basis: Basis, datasets: int) -> Entry:
    words, lang = vocabulary.current(), language()
    explained = words.explanations.get(basis.id)
    return Entry(
        basis=basis,
        label=basis.label(lang),
        explanation=explained.label(lang) if explained else "",
        levels=[words.levels[level].label(lang) for level in basis.levels],
        classes=[_label(words.entity_classes.get(one), lang, one) for one in basis.applies_to],
        datasets=datasets,
    )


def _text_of(entry: Entry) -> str:
    basis = entry.basis
    parts = (entry.label, entry.explanation, basis.citation, basis.id)
    return " ".join(parts).casefold()


def _label(entry: Choice | None, lang: str, otherwise: str) -> str:
    return entry.label(lang) if entry is not None else otherwise
