"""What the forms of datasets and resources show: questions, proposals, and what they need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask import g

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import facts, stored
from ckanext.jena_governance.logic import form_post
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.model import GovernanceEntity
from ckanext.jena_governance.policy import OPEN, Basis, Card, suggesting, values

SECOND_PAGE = "governance_second_page"


@dataclass(frozen=True, kw_only=True)
class Option:
    """An answer to choose."""

    value: str
    label: str
    text: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class BasisRow:
    """A legal basis to choose.

    Attributes:
        id, label, citation, url, verify: as in the register.
        text: what it protects, in plain words.
        permits: the levels it lets one choose, in words.
        notes: what else it asks for.
        is_chosen: whether it is chosen.
        fits: whether it binds the owner.
        attrs: what the script has to know, as ``data-…`` attributes.
    """

    id: str
    label: str
    citation: str
    url: str | None
    verify: bool
    text: str
    permits: str
    notes: list[str]
    is_chosen: bool
    fits: bool
    attrs: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class CardRow:
    """A card with its bases."""

    id: str
    label: str
    goto: str | None
    is_chosen: bool
    fits: bool
    reason: str
    ends: str
    likely: list[BasisRow]
    more: list[BasisRow]


@dataclass(frozen=True, kw_only=True)
class Form:
    """All that a form shows beside the fields themselves.

    Attributes:
        token: its number; the same form is not saved twice.
        levels, persons, derivatives: the answers to choose from.
        cards: what may stand against publication.
        card: the card that is chosen.
        has_ground: whether the ground is asked for.
        is_second_page: whether this is the second page (without JavaScript).
        needs: which further questions the chosen bases ask.
        latest_review: the last day for the review, as text.
        owners: what the script has to know of the organizations, as JSON.
        inherited: label of the dataset's level, on the form of a resource.
        inherited_level: its id.
        contact: who answers those who do not know.
        default_licence: the licence that the portal suggests.
        open_licences: ids of the licences that are open, as the script reads them.
    """

    token: str
    levels: list[Option]
    persons: list[Option]
    derivatives: list[Option]
    cards: list[CardRow]
    card: str
    has_ground: bool
    is_second_page: bool
    needs: frozenset[str]
    latest_review: str
    owners: str
    inherited: str
    inherited_level: str
    contact: str
    default_licence: str
    open_licences: str


def form_of(
    data: dict[str, Any], errors: Mapping[str, Any], *, package: object = None, is_resource: bool
) -> Form:
    """What a form shows.

    Args:
        data: the fields as they are shown; where nothing was said yet, defaults are put in.
        errors: by field.
        package: id or name of the dataset, on the form of a resource.
        is_resource: whether it is the form of a resource.

    Returns:
        Everything the templates need.
    """
    lang = language()
    dataset = _dataset(package) if is_resource else data
    owners = {} if is_resource else _owners(data)
    if not is_resource:
        _prefill(data, owners)
    level = values.text(data.get("openness")) or ""
    chosen = values.bases_named(data, vocabulary.current()).known
    class_ = _class_of(dataset)
    inherited = values.text(dataset.get("openness")) or OPEN
    cards = list(_cards(chosen, class_, _said_card(data, chosen), is_resource=is_resource))
    asked = {"legal_basis", "restriction_reason", "stricter_reason", "permission", "review_date"}
    return Form(
        token=values.text(data.get(form_post.TOKEN)) or uuid4().hex,
        levels=_levels(level, lang),
        persons=_options(vocabulary.current().personal_data.values(), data, "personal_data"),
        derivatives=_options(
            vocabulary.current().derivative_statuses.values(), data, "derivative_status"
        ),
        cards=cards,
        card=next((card.id for card in cards if card.is_chosen), ""),
        has_ground=_is_restricted(level, inherited, is_resource=is_resource)
        or bool(chosen)
        or bool(asked & set(errors))
        or (not is_resource and form_post.is_viewable(data)),
        is_second_page=bool(g.get(SECOND_PAGE)),
        needs=_needs(data, chosen, level, errors),
        latest_review=policy.latest_review(chosen, config.today()).isoformat(),
        owners=json.dumps(owners, ensure_ascii=False),
        inherited=_level_label(inherited, lang),
        inherited_level=inherited,
        contact=config.legal_mailbox(),
        default_licence=config.default_licence(),
        open_licences=" ".join(
            one.id for one in vocabulary.current().licences.values() if one.open
        ),
    )


def _is_restricted(level: str, inherited: str, *, is_resource: bool) -> bool:
    if is_resource:
        return bool(level) and policy.is_more_closed(level, inherited)
    return level not in ("", OPEN)


def _levels(chosen: str, lang: str) -> list[Option]:
    return [
        Option(
            value=level.id,
            label=level.label(lang),
            text=level.text(lang),
            is_chosen=level.id == chosen,
        )
        for level in vocabulary.current().levels.values()
    ]


def _level_label(level: str, lang: str) -> str:
    entry = vocabulary.current().levels.get(level)
    return entry.label(lang) if entry else level


def _options(entries: Iterable[Any], data: Mapping[str, Any], field: str) -> list[Option]:
    lang, said = language(), data.get(field)
    return [
        Option(
            value=entry.id,
            label=entry.label(lang),
            text=entry.text(lang),
            is_chosen=entry.id == said,
        )
        for entry in entries
    ]


# -- cards and bases -------------------------------------------------------------------------------


def _said_card(data: Mapping[str, Any], chosen: Iterable[Basis]) -> str:
    said = values.text(data.get(form_post.CARD)) or ""
    return said or next(iter(suggesting.cards_of(chosen)), "")


def _cards(
    chosen: tuple[Basis, ...], class_: str | None, said: str, *, is_resource: bool
) -> Iterator[CardRow]:
    words, lang = vocabulary.current(), language()
    for card in words.cards.values():
        if card.goto and is_resource:
            continue  # a file is neither announced nor locked on its own
        suggestion = suggesting.suggested(card, words)
        likely = [_row(basis, chosen, class_, lang) for basis in suggestion.likely]
        more = [_row(basis, chosen, class_, lang) for basis in suggestion.more]
        yield CardRow(
            id=card.id,
            label=card.label(lang),
            goto=card.goto,
            is_chosen=card.id == said,
            fits=_fits(card, [*likely, *more]),
            reason=card.reason(lang),
            ends=card.ends(lang),
            likely=likely,
            more=more,
        )


def _fits(card: Card, rows: list[BasisRow]) -> bool:
    return card.goto is not None or any(row.fits or row.is_chosen for row in rows)


def _row(basis: Basis, chosen: tuple[Basis, ...], class_: str | None, lang: str) -> BasisRow:
    explanation = vocabulary.current().explanations.get(basis.id)
    is_chosen = basis in chosen
    return BasisRow(
        id=basis.id,
        label=basis.label(lang),
        citation=basis.citation,
        url=basis.url,
        verify=basis.verify,
        text=explanation.label(lang) if explanation else "",
        permits=", ".join(_level_label(level, lang) for level in basis.levels),
        notes=_notes(basis),
        is_chosen=is_chosen,
        fits=suggesting.fits(basis, class_),
        attrs=_attrs(basis, config.today()),
    )


def _notes(basis: Basis) -> list[str]:
    notes: list[str] = []
    if basis.need_to_know:
        notes.append(tk._("Only named persons get access, also inside the responsible entity."))
    if basis.files == "metadata_only":
        notes.append(tk._("The file stays in its own system; only the description goes here."))
    if basis.bridge:
        notes.append(tk._("Refers to another law: choose that one, too."))
    return notes


def _attrs(basis: Basis, today: date) -> dict[str, str]:
    """What the script needs to propose something; the rules decide when the form is sent."""
    return {
        "levels": " ".join(basis.levels),
        "default": basis.default,
        "classes": " ".join(basis.applies_to),
        "review": policy.latest_review([basis], today).isoformat(),
        "files": basis.files,
        "limited": "1" if basis.time_limited else "",
        "opens": "1" if basis.opens_on else "",
        "hide": "1" if basis.may_hide else "",
        "liftable": basis.liftable,
    }


def _needs(
    data: Mapping[str, Any],
    chosen: tuple[Basis, ...],
    level: str,
    errors: Mapping[str, Any],
) -> frozenset[str]:
    """Which further questions are shown, by the name of their part of the form."""
    limits = policy.permitted(chosen, vocabulary.current())
    is_restricted = level not in ("", OPEN)
    asked = {
        "reason": bool(chosen),
        "review": bool(chosen),
        "ends": any(basis.time_limited for basis in chosen),
        "opens_on": bool(chosen) and limits.opens_on,
        "derivative": is_restricted and any(basis.liftable == "full" for basis in chosen),
        "stricter": bool(chosen) and policy.is_more_closed(level, limits.most_closed),
        "permission": bool(chosen) and policy.is_more_open(level, limits.most_open),
        "hide": bool(chosen) and limits.may_hide,
        "kept_out": bool(chosen) and is_restricted and limits.files == "metadata_only",
    }
    shown = {
        name
        for name, field in _FIELD_OF.items()
        if field in errors or not values.is_blank(data.get(field))
    }
    if level in ("", OPEN) and not chosen:
        shown -= {"hide"}
    if data.get("metadata_visibility") in (None, "", "public"):
        shown.discard("hide")
    return frozenset({name for name, is_asked in asked.items() if is_asked} | shown)


_FIELD_OF = {
    "reason": "restriction_reason",
    "review": "review_date",
    "ends": "ends_when",
    "opens_on": "opens_on",
    "derivative": "derivative_status",
    "stricter": "stricter_reason",
    "permission": "permission",
    "hide": "metadata_visibility",
}


# -- owners ----------------------------------------------------------------------------------------


def _dataset(reference: object) -> dict[str, Any]:
    package = model.Package.get(reference) if isinstance(reference, str) and reference else None
    if package is None:
        return {}
    return stored.dataset_of(package)


def _class_of(dataset: Mapping[str, Any]) -> str | None:
    owner = facts.facts_of(dict(dataset)).owner
    return owner.entity_class if owner else None


def _owners(data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The organizations to choose from, with what is proposed for them."""
    offered = tk.h.organizations_available("create_dataset") or []
    ids = [str(one["id"]) for one in offered]
    own = values.text(data.get("owning_entity")) or values.text(data.get("owner_org"))
    if own and own not in ids:
        ids.append(own)
    query = sa.select(GovernanceEntity).where(GovernanceEntity.organization_id.in_(ids))
    rows = {row.organization_id: row for row in model.Session.scalars(query)}
    return {
        id_: {
            "class": row.entity_class if row else "",
            "steward": (row.data_steward or "") if row else "",
            "mailbox": (row.data_steward_email or "") if row else "",
        }
        for id_, row in ((id_, rows.get(id_)) for id_ in ids)
    }


def _prefill(data: dict[str, Any], owners: Mapping[str, Mapping[str, str]]) -> None:
    """Where nothing was said yet: what the portal and the organization propose."""
    data.setdefault("openness", OPEN)
    if not data["openness"]:
        data["openness"] = OPEN
    if not data.get("id") and form_post.TOKEN not in data:
        data.setdefault("license_id", config.default_licence())
        data["owner_org"] = data.get("owner_org") or data.get("group_id") or next(iter(owners), "")
    if form_post.TOKEN in data:
        return  # what was typed, and what was emptied, stays
    known = owners.get(str(data.get("owning_entity") or data.get("owner_org") or ""), {})
    data["data_steward"] = data.get("data_steward") or known.get("steward", "")
    data["data_steward_email"] = data.get("data_steward_email") or known.get("mailbox", "")


# -- errors ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the summary: where it leads, and what it says."""

    anchor: str
    label: str
    text: str


# Where a field is not called after itself on the page.
_ANCHORS = {
    "owner_org": "field-organizations",
    "url": "field-first_url",
    "permission": "field-permission-0-id",
}


def summary(
    errors: Mapping[str, Any], fields: Iterable[Mapping[str, Any]], resources: Iterable[Any] = ()
) -> list[Entry]:
    """The errors of a form in the order of its fields, one line each.

    Args:
        errors: by field; those of resources by position.
        fields: of the schema.
        resources: of the dataset, for their names.
    """
    left = dict(errors)
    left.pop(CONFLICT, None)
    order = [*_FIRST, *(field["field_name"] for field in fields), *left]
    labels = {field["field_name"]: field.get("label") for field in fields}
    entries: list[Entry] = []
    for name in dict.fromkeys(order):
        if name not in left:
            continue
        if name == "resources":
            entries += _of_resources(left[name], list(resources))
            continue
        label = tk.h.scheming_language_text(labels[name]) if labels.get(name) else _label(name)
        anchor = _ANCHORS.get(name, f"field-{name}")
        entries += [Entry(anchor=anchor, label=label, text=text) for text in _texts(left[name])]
    return entries


CONFLICT = "governance_conflict"
_FIRST = ("title", "notes", "owner_org", "url", "publish_by", "personal_data", "openness")


def _label(name: str) -> str:
    from ckanext.jena_governance.logic.messages import field_label

    label = field_label(name)
    return label if label != name else tk._(name)


def _of_resources(listed: Any, resources: list[Any]) -> Iterator[Entry]:
    if not isinstance(listed, list):
        for text in _texts(listed):
            yield Entry(anchor="field-first_url", label=_label("resources"), text=text)
        return
    for position, fields in enumerate(listed):
        for text in _texts(fields):
            resource = resources[position] if position < len(resources) else {}
            name = resource.get("name") if isinstance(resource, dict) else None
            yield Entry(anchor="field-first_url", label=str(name or _label("resources")), text=text)


def _texts(error: Any) -> Iterator[str]:
    """The texts in what CKAN nests as it likes."""
    if isinstance(error, str):
        yield error
    elif isinstance(error, Mapping):
        for inner in error.values():
            yield from _texts(inner)
    elif isinstance(error, list | tuple):
        for inner in error:
            yield from _texts(inner)
