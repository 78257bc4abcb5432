"""What waits for somebody: openings to confirm, locks that run out, reviews that are due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import charge, stored
from ckanext.jena_governance.access.extras import extra_of
from ckanext.jena_governance.logic import opening_form, proposals, question
from ckanext.jena_governance.logic.proposals import Proposal
from ckanext.jena_governance.model import GovernanceEvent
from ckanext.jena_governance.policy import KEEPERS, LOCK, OPEN, Actor

# "Wir erinnern Sie vier Wochen vorher."
AHEAD = timedelta(weeks=4)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """An opening that waits for a second person.

    Attributes:
        package: the dataset.
        proposal: what was proposed.
        proposer: their name; empty if erased.
        may_confirm: whether they can be the second person.
    """

    package: model.Package
    proposal: Proposal
    proposer: str
    may_confirm: bool


@dataclass(frozen=True, kw_only=True)
class Due:
    """A lock that runs out, or a review.

    Attributes:
        package: the dataset.
        day: until when; ``None`` if nothing readable is stored.
        is_over: whether that day has passed.
        owner: the title of the owning entity.
        is_question: whether it is locked because somebody did not know which law applies.
    """

    package: model.Package
    day: date | None
    is_over: bool
    owner: str
    is_question: bool = False


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """All that waits for somebody."""

    openings: list[Opening]
    locks: list[Due]
    reviews: list[Due]


def has_any_charge(actor: Actor) -> bool:
    """Whether somebody is in charge of any entity's data, or administers the portal."""
    return actor.sysadmin or bool(_entities_of(actor))


def of(actor: Actor) -> Tasks:
    """What waits for somebody, each list by urgency.

    Args:
        actor: who asks; sysadmins see what waits everywhere, and confirm nothing.

    Returns:
        Only datasets of entities they are direct editors or admins of.
    """
    if not has_any_charge(actor):
        return Tasks(openings=[], locks=[], reviews=[])
    packages = [one for one in _due_packages(actor) if _is_theirs(actor, one)]
    locked = [one for one in packages if _is_locked(one)]
    rest = [one for one in packages if one not in locked and _is_restricted(one)]
    return Tasks(
        openings=list(_openings(actor)),
        locks=sorted(map(_due_lock, locked), key=_urgency),
        reviews=sorted(map(_due, rest), key=_urgency),
    )


def _openings(actor: Actor) -> Iterator[Opening]:
    event = GovernanceEvent
    newest = (
        sa.select(event.object_id, event.kind)
        .where(event.kind.in_([proposals.PROPOSED, proposals.CONFIRMED]))
        .distinct(event.object_id)
        .order_by(event.object_id, event.id.desc())
        .subquery()
    )
    waiting = sa.select(newest.c.object_id).where(newest.c.kind == proposals.PROPOSED)
    query = (
        sa.select(model.Package)
        .where(model.Package.id.in_(waiting), model.Package.state != model.State.DELETED)
        .order_by(model.Package.title)
    )
    for package in model.Session.scalars(query):
        proposal = proposals.pending(package.id) if _is_theirs(actor, package) else None
        if proposal is not None:
            yield Opening(
                package=package,
                proposal=proposal,
                proposer=opening_form.name_of(proposal.proposer),
                may_confirm=opening_form.may_confirm(package, proposal, actor),
            )


def _due_packages(actor: Actor) -> list[model.Package]:
    """Datasets of theirs that are locked, or to be reviewed within four weeks."""
    until = (config.today() + AHEAD).isoformat()
    is_due = sa.and_(extra_of("review_date") != "", extra_of("review_date") <= until)
    query = sa.select(model.Package).where(
        model.Package.state != model.State.DELETED,
        model.Package.type.in_(config.dataset_types()),
        sa.or_(is_due, extra_of("legal_basis").contains(f'"{LOCK}"')),
    )
    if not actor.sysadmin:
        owner = sa.func.coalesce(
            sa.func.nullif(extra_of("owning_entity"), ""), model.Package.owner_org
        )
        query = query.where(owner.in_(_entities_of(actor)))
    return list(model.Session.scalars(query))


def _is_theirs(actor: Actor, package: model.Package) -> bool:
    """As the decision itself sees it; the query only narrows."""
    return stored.is_governed(package) and charge.may_tend(actor, package)


def _entities_of(actor: Actor) -> list[str]:
    return [id_ for id_, role in actor.roles.items() if role in KEEPERS]


def _is_locked(package: model.Package) -> bool:
    return policy.is_locked(stored.dataset_of(package), vocabulary.current())


def _is_restricted(package: model.Package) -> bool:
    dataset = stored.dataset_of(package)
    dataset["resources"] = [stored.resource_of(one) for one in package.resources]
    levels = [policy.effective_level(dataset, None, vocabulary.current(), config.today())]
    levels += [
        policy.effective_level(dataset, part, vocabulary.current(), config.today())
        for part in dataset["resources"]
    ]
    return set(levels) != {OPEN}


def _due_lock(package: model.Package) -> Due:
    return replace(_due(package), is_question=question.is_asked(package.id))


def _due(package: model.Package) -> Due:
    day = policy.day(stored.dataset_of(package).get("review_date"))
    owner = charge.owner_of(package)
    return Due(
        package=package,
        day=day,
        is_over=day is None or day < config.today(),
        owner=owner.title if owner else "",
    )


def _urgency(due: Due) -> tuple[date, str]:
    return (due.day or date.min, due.package.name)
