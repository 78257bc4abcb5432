"""What forms and pages must know about opening: the field, and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ckan import model

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import charge, entitlement, facts, stored, vault
from ckanext.jena_governance.logic import proposals
from ckanext.jena_governance.logic.messages import field_label, language, value_label
from ckanext.jena_governance.logic.opening import REASON
from ckanext.jena_governance.logic.proposals import Proposal
from ckanext.jena_governance.policy import OPEN, Actor, access


@dataclass(frozen=True, kw_only=True)
class Form:
    """What the form of a dataset or resource says about opening.

    Attributes:
        level: the level as it is stored, sent back as ``if_openness``.
        is_restricted: whether anything in it is not open.
        label, help: of the field ``opening_reason``.
        options: what could have changed.
        waits: whether an opening of the dataset waits for a second person.
    """

    level: str
    is_restricted: bool
    label: str
    help: str
    options: list[str]
    waits: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """One change of a proposal, in words."""

    where: str
    field: str
    before: str
    after: str


def form_of(id_: object, *, is_resource: bool) -> Form | None:
    """What a form says about opening; ``None`` where nothing is stored yet, or not by our rules."""
    if not isinstance(id_, str) or not id_:
        return None
    resource = entitlement.resource_in(id_) if is_resource else None
    package = resource.package if resource is not None else model.Package.get(id_)
    if (is_resource and resource is None) or not stored.is_governed(package):
        return None
    assert package is not None  # noqa: S101 - is_governed says so
    of = stored.resource_of(resource) if resource is not None else stored.dataset_of(package)
    words, lang = vocabulary.current(), language()
    entry = words.fields[REASON]
    return Form(
        level=str(of.get("openness") or ""),
        is_restricted=_is_restricted(package, resource),
        label=entry.label(lang),
        help=entry.text(lang),
        options=[option.label(lang) for option in words.opening_reasons.values()],
        waits=resource is None and proposals.pending(package.id) is not None,
    )


def rows_of(proposal: Proposal, package: model.Package) -> list[Row]:
    """A proposal in words: what, from what, to what."""
    names = {one.id: one.name or one.id for one in package.resources_all}
    rows: list[Row] = []
    for id_, fields in proposal.fields.items():
        for field in sorted(fields):
            then = proposal.made_for.get(id_, {}).get(field)
            rows.append(_row(names.get(id_, ""), field, then, fields[field]))
    return rows


def _row(where: str, field: str, then: Any, now: Any) -> Row:
    return Row(
        where=where,
        field=field_label(field),
        before=value_label(field, then),
        after=value_label(field, now),
    )


def name_of(user_id: str | None) -> str:
    """What a person is called here; empty if they were erased."""
    user = model.Session.get(model.User, user_id) if user_id else None
    return user.display_name if user is not None else ""


def may_confirm(package: model.Package, proposal: Proposal, actor: Actor | None = None) -> bool:
    """Whether somebody (whoever looks, if not said) is another one in charge of the data."""
    actor = actor or entitlement.actor_in()
    return charge.is_in_charge(actor, package) and actor.id != proposal.proposer


def _is_restricted(package: model.Package, resource: model.Resource | None) -> bool:
    if resource is not None:
        return entitlement.is_restricted(resource)
    levels = entitlement.levels_of(package, vaulted=frozenset(vault.rows_of(package.id)))
    whole = access.effective_level(facts.asset_of(package, None), config.today())
    return {whole, *levels.values()} != {OPEN}
