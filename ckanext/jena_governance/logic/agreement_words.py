"""An agreement as people and programs are told of it, each as far as they may know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.logic import agreement_scope, agreements, timeline
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.model import (
    GovernanceAgreement,
    GovernanceEvent,
    GovernanceEventPerson,
)
from ckanext.jena_governance.policy import Actor, Entity
from ckanext.jena_governance.policy import agreements as rules

# Both sides know who has signed: it stands in the agreement.
_OF_SIGNING = (agreements.SIGNED, agreements.ACTIVATED)
_LONG = ("purpose", "norm", "conditions", "document")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One event of an agreement.

    Attributes:
        when: its time, where the city is.
        what: it in words.
        who: the name of whoever acted; empty if erased, the portal itself, or not for the reader.
    """

    when: datetime
    what: str
    who: str


def listed(rows: Iterable[GovernanceAgreement], actor: Actor) -> list[dict[str, Any]]:
    """Agreements for a list: without the long texts and the names of datasets."""
    rows = list(rows)
    known, titles, names = _known(rows)
    return [_brief(row, known, titles, names, actor) for row in rows]


def shown(context: Context, row: GovernanceAgreement) -> dict[str, Any]:
    """One agreement in full.

    Args:
        context: CKAN's context; says who asks.
        row: the agreement; whether they may read it is settled before.

    Returns:
        As from ``governance_agreement_show``.
    """
    actor = agreements.actor_of(context)
    known, titles, names = _known([row])
    refused = agreements.signing_refused(row, actor)
    seen, unseen = (
        (None, 0) if row.datasets is None else agreement_scope.shown(context, row.datasets)
    )
    return {
        **_brief(row, known, titles, names, actor),
        **{name: getattr(row, name) for name in _LONG},
        "datasets": seen,
        "datasets_unseen": unseen,
        "replaced_by": agreements.replaced_by(row.id),
        "end_reason": row.end_reason,
        "text_hash": rules.text_hash(row.text()),
        "may": {
            "update": agreements.may_update(row, actor),
            "sign": refused is None,
            "end": agreements.may_end(row, actor),
        },
        "signing_refused": refused and refusal_text(refused),
    }


def steps(row: GovernanceAgreement, actor: Actor) -> list[Step]:
    """What has happened to an agreement, the first thing first.

    Args:
        row: the agreement; whether they may read it is settled before.
        actor: who looks. They see their own side's names, and of the other one who has signed.
    """
    event, person = GovernanceEvent, GovernanceEventPerson
    query = (
        sa.select(event, person.user_id)
        .outerjoin(person, person.event_id == event.id)
        .where(event.object_type == "agreement", event.object_id == row.id)
        .order_by(event.id)
    )
    found = list(model.Session.execute(query))
    people = {user for _event, user in found if user}
    known = people if actor.sysadmin else timeline.known_to(actor, people)
    names = _names(people)
    titles = _titles({row.provider, row.consumer})
    return [
        Step(
            when=one.created.astimezone(config.timezone()),
            what=_what(one, row, titles),
            who=names.get(user or "", "") if user in known or one.kind in _OF_SIGNING else "",
        )
        for one, user in found
    ]


def refusal_text(why: str) -> str:
    """Why somebody may not sign, in words."""
    words = {
        "nobody": tk._("Only people with an active account sign"),
        "sysadmin": tk._(
            "Accounts that administer the portal sign for nobody: admins of both entities do"
        ),
        "both_sides": tk._(
            "You belong to both entities. Somebody signs who belongs to one of them only"
        ),
        "not_admin": tk._("Only direct admins of one of the two entities sign"),
        "state": tk._("There is nothing to sign any more"),
        "signed": tk._("Your entity has signed; now the other one does"),
        "first_unknown": tk._(
            "Nobody knows any more who has signed first. End this agreement and draft it anew"
        ),
        "same_person": tk._("You have signed for the other side; a second person has to sign"),
        "same_mailbox": tk._(
            "Your account has the same mail address as the one that signed first. "
            "A second person has to sign"
        ),
    }
    return words[why]


def standing_text(why: str) -> str:
    """What an entity has changed, so that its agreements rest."""
    words = {
        "entity_class": tk._("the class of one of the entities has changed"),
        "in_group": tk._("one of the entities has joined or left the city group"),
        "walled": tk._("one of the entities has begun or ceased to keep its data to itself"),
        rules.DISSOLVED: tk._("one of the entities has been dissolved or merged"),
    }
    return words.get(why, why)


def status_label(status: str) -> str:
    """What a status is called."""
    words = {
        rules.DRAFT: tk._("Draft"),
        rules.PROPOSED: tk._("Waits for a signature"),
        rules.UPCOMING: tk._("Signed, begins later"),
        rules.IN_FORCE: tk._("In force"),
        rules.SUSPENDED: tk._("Suspended"),
        rules.ENDED: tk._("Ended"),
    }
    return words[status]


def ended_label(how: str) -> str:
    """How an agreement has ended."""
    words = {
        rules.DISCARDED: tk._("The draft was discarded"),
        rules.WITHDRAWN: tk._("It was withdrawn or declined before both had signed"),
        rules.NOTICE: tk._("One side has ended it"),
        rules.REPLACED: tk._("Another agreement has taken its place"),
        rules.EXPIRED: tk._("It has ended on the day that was agreed"),
    }
    return words.get(how, how)


def level_label(level: str) -> str:
    """What a level is called."""
    entry = vocabulary.current().levels.get(level)
    return entry.label(language()) if entry is not None else level


def day_label(day: date | None) -> str:
    """A day as people write it."""
    return policy.date_label(day, language()) if day is not None else ""


def _known(
    rows: list[GovernanceAgreement],
) -> tuple[dict[str, Entity], dict[str, str], dict[str, str]]:
    """Entities, names of organizations (dissolved ones, too) and of signers; a query each."""
    signers = {user for row in rows for user in row.signed_by.values()}
    organizations = {id_ for row in rows for id_ in (row.provider, row.consumer)}
    return agreements.sides_now(rows), _titles(organizations), _names(signers)


def _brief(
    row: GovernanceAgreement,
    known: Mapping[str, Entity],
    titles: Mapping[str, str],
    names: Mapping[str, str],
    actor: Actor,
) -> dict[str, Any]:
    paper, today = row.paper(), config.today()
    now = agreements.parties(row, known)
    status = rules.status_on(paper, now, today)
    rests = rules.resting(paper, now) if status == rules.SUSPENDED else None
    last, signed_at = paper.last_day, row.signed_at
    return {
        "id": row.id,
        "title": row.title,
        "provider": row.provider,
        "provider_title": titles.get(row.provider, row.provider),
        "consumer": row.consumer,
        "consumer_title": titles.get(row.consumer, row.consumer),
        "my_side": rules.side_of(paper, actor.roles),
        "covers_all": row.datasets is None,
        "datasets_total": None if row.datasets is None else len(row.datasets),
        "level": row.level,
        "level_label": level_label(row.level),
        "since": row.since.isoformat(),
        "until": row.until.isoformat() if row.until else None,
        "last_day": last.isoformat() if last else None,
        "state": rules.state_on(paper, today),
        "status": status,
        "status_label": status_label(status),
        "suspended": rests,
        "suspended_text": standing_text(rests) if rests else "",
        "ended_as": _ended_as(row, status),
        "replaces": row.replaces,
        "signatures": [
            {
                "side": side,
                "user": user,
                "name": names.get(user, ""),
                "signed": signed_at[side].isoformat(),
            }
            for side, user in row.signed_by.items()
        ],
        "created": row.created.isoformat(),
        "modified": row.modified.isoformat(),
    }


def _ended_as(row: GovernanceAgreement, status: str) -> str | None:
    return (row.ended_as or rules.EXPIRED) if status == rules.ENDED else None


def _what(event: GovernanceEvent, row: GovernanceAgreement, titles: Mapping[str, str]) -> str:
    data = event.data
    if event.kind == agreements.SIGNED:
        side = row.provider if data.get("side") == rules.PROVIDER else row.consumer
        return tk._("Signed for “{entity}”").format(entity=titles.get(side, side))
    if event.kind == agreements.ENDED:
        how, day = ended_label(str(data.get("how"))), policy.day(data.get("last_day"))
        if day is None:
            return how
        return tk._("{how}. Last day: {day}").format(how=how, day=day_label(day))
    if event.kind == agreements.SUSPENDED:
        why = standing_text(str(data.get("why")))
        return tk._("Suspended, because {why}").format(why=why)
    words = {
        agreements.CREATED: tk._("Drafted"),
        agreements.CHANGED: tk._("Draft changed"),
        agreements.ACTIVATED: tk._("Signed by both: it is valid"),
    }
    return words.get(event.kind, event.kind)


def _names(users: set[str]) -> dict[str, str]:
    if not users:
        return {}
    found = model.Session.scalars(sa.select(model.User).where(model.User.id.in_(users)))
    return {user.id: user.display_name for user in found}


def _titles(organizations: set[str]) -> dict[str, str]:
    group = model.Group
    query = sa.select(group.id, group.title, group.name).where(group.id.in_(organizations))
    return {id_: title or name for id_, title, name in model.Session.execute(query)}
