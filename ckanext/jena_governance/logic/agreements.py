"""Agreements in the database: who reads them, what becomes of them, and the record of it."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jena_governance import config
from ckanext.jena_governance.access import entitlement, facts
from ckanext.jena_governance.model import GovernanceAgreement, event
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import KEEPERS, Actor, Agreement, Entity, agreements

CREATED = "agreement.created"
CHANGED = "agreement.changed"
SIGNED = "agreement.signed"
ACTIVATED = "agreement.activated"
SUSPENDED = "agreement.suspended"
ENDED = "agreement.ended"
KINDS = (CREATED, CHANGED, SIGNED, ACTIVATED, SUSPENDED, ENDED)

MOST_DRAFTS = 20

_Row = GovernanceAgreement
_SIDES = {agreements.PROVIDER: _Row.provider, agreements.CONSUMER: _Row.consumer}


def find(context: Context, id_: object) -> GovernanceAgreement:
    """An agreement that whoever asks may read.

    Args:
        context: CKAN's context; says who asks.
        id_: its id.

    Raises:
        ckan.logic.NotFound: there is none; also where it is somebody else's.
    """
    row = _get(id_)
    if row is None or not (context.get("ignore_auth") or may_read(row, actor_of(context))):
        raise tk.ObjectNotFound(tk._("There is no such agreement"))
    return row


@contextmanager
def locked(id_: str) -> Generator[GovernanceAgreement]:
    """The row as it is now, held until the end of the transaction; given back on errors.

    Args:
        id_: id of an agreement that is there.
    """
    try:
        # Roles that were taken away while we waited are none.
        model.Session.expire_all()
        held = hold(id_)
        facts.forget_entities()
        yield held
    except Exception:
        model.Session.rollback()
        raise


def hold(id_: str) -> GovernanceAgreement:
    """The row of an id that is there, held until the end of the transaction."""
    query = sa.select(_Row).where(_Row.id == id_).with_for_update()
    return model.Session.scalars(query.execution_options(populate_existing=True)).one()


def actor_of(context: Context) -> Actor:
    """Who asks."""
    return entitlement.actor_in(context)


def may_read(row: GovernanceAgreement, actor: Actor) -> bool:
    """Direct members of both sides, and sysadmins; before it is proposed, those who draft it."""
    if actor.id is None:
        return False
    parties = {row.provider, row.consumer} if row.is_known_to_both else {row.drafted_by}
    return actor.sysadmin or bool(parties & actor.roles.keys())


def may_update(row: GovernanceAgreement, actor: Actor) -> bool:
    """Direct editors and admins of the side that drafts it, as long as nobody has signed."""
    return row.state == agreements.DRAFT and actor.roles.get(row.drafted_by) in KEEPERS


def may_end(row: GovernanceAgreement, actor: Actor) -> bool:
    """Who can end it, in the state that it has today."""
    state = agreements.state_on(row.paper(), config.today())
    if not agreements.may_become(state, agreements.ENDED):
        return False
    if state == agreements.DRAFT:
        return actor.roles.get(row.drafted_by) in KEEPERS or actor.sysadmin
    parties = (row.provider, row.consumer)
    return actor.sysadmin or any(actor.roles.get(one) == "admin" for one in parties)


def signing_refused(row: GovernanceAgreement, actor: Actor) -> str | None:
    """Why somebody may not sign, as ``policy.agreements`` calls it."""
    paper = row.paper()
    side = agreements.side_of(paper, actor.roles)
    other = next((user for one, user in paper.signed.items() if one != side), None)
    first = _signer(other, {}) if other else None
    return agreements.signing_refused(paper, _signer(actor.id, actor.roles), first)


def _signer(user_id: str | None, roles: Mapping[str, str]) -> agreements.Signer:
    user = model.Session.get(model.User, user_id) if user_id else None
    if user is None:
        return agreements.Signer(id=None)
    return agreements.Signer(
        id=user.id, mailbox=user.email or "", sysadmin=bool(user.sysadmin), roles=roles
    )


def sides_now(rows: Iterable[GovernanceAgreement]) -> dict[str, Entity]:
    """The entities of all these agreements as they are, by id; one query for all."""
    return facts.entities_of({id_ for row in rows for id_ in (row.provider, row.consumer)})


def parties(row: GovernanceAgreement, known: Mapping[str, Entity]) -> dict[str, Entity | None]:
    """Both sides of one of them."""
    pairs = {agreements.PROVIDER: row.provider, agreements.CONSUMER: row.consumer}
    # By id only: a name can be anybody's.
    found = {side: known.get(id_) for side, id_ in pairs.items()}
    return {side: one if one and one.id == pairs[side] else None for side, one in found.items()}


def drafts_of(user_id: str) -> int:
    """How many drafts somebody has open; holds their account until the transaction ends."""
    user = model.User
    model.Session.execute(sa.select(user.id).where(user.id == user_id).with_for_update())
    query = sa.select(sa.func.count()).where(
        _Row.created_by == user_id, _Row.state == agreements.DRAFT
    )
    return model.Session.scalar(query) or 0


# -- what becomes of them ------------------------------------------------------------------------


def sign(row: GovernanceAgreement, side: str, actor: Actor) -> None:
    """Note a signature; with the second one the agreement is active and its forerunner ends.

    Args:
        row: the agreement, locked; who may sign is settled.
        side: the side that is signed for.
        actor: who signs.
    """
    assert actor.id is not None  # noqa: S101 - the rules have refused it
    is_second = bool(row.signed_by)
    row.sign(side, actor.id)
    row.modified = now()
    mark = agreements.text_hash(row.text())
    if not is_second:
        row.state = agreements.PROPOSED
        known = sides_now([row])
        row.standing = {
            one: agreements.standing_of(entity) for one, entity in parties(row, known).items()
        }
        record(row, SIGNED, actor.id, {"side": side, "text": mark})
        return
    row.state = agreements.ACTIVE
    record(row, SIGNED, actor.id, {"side": side, "text": mark})
    told = {
        "text": mark,
        "provider": row.provider,
        "consumer": row.consumer,
        "datasets": row.datasets,
        "level": row.level,
        "since": row.since.isoformat(),
        "until": row.until.isoformat() if row.until else None,
        "replaces": row.replaces,
    }
    record(row, ACTIVATED, actor.id, told)
    if row.replaces:
        _replace(hold(row.replaces), row, actor.id)


def _replace(old: GovernanceAgreement, new: GovernanceAgreement, user_id: str) -> None:
    """The old one ends on the day before the new one starts, at the latest today."""
    today = config.today()
    if agreements.state_on(old.paper(), today) != agreements.ACTIVE:
        return
    if new.since <= today:
        end(old, user_id, agreements.REPLACED, by=new.id)
    else:
        day = min(date.fromordinal(new.since.toordinal() - 1), old.paper().last_day or date.max)
        end(old, user_id, agreements.REPLACED, last_day=day, by=new.id)


def end(  # noqa: PLR0913 - what, by whom, how, when, why, for what
    row: GovernanceAgreement,
    user_id: str,
    how: str,
    *,
    last_day: date | None = None,
    reason: str = "",
    by: str | None = None,
) -> None:
    """End an agreement, at once or with a last day still to come.

    Args:
        row: the agreement, locked; who may end it is settled.
        user_id: who ends it.
        how: ``discarded``, ``withdrawn``, ``notice`` or ``replaced``.
        last_day: until when it holds; ``None``: it ends now.
        reason: what both sides are told; not part of the record.
        by: id of the agreement that replaces it.
    """
    row.ended_as = how
    row.end_reason = reason
    row.ended_on = last_day or config.today()
    row.modified = now()
    if last_day is None:
        row.state = agreements.ENDED
    day = last_day.isoformat() if last_day else None
    record(row, ENDED, user_id, {"how": how, "last_day": day, "by": by})


def suspend_those_of(
    connection: Connection, organization_id: str, why: str, user_id: str | None
) -> int:
    """Let what an entity has agreed rest: it is not any more what the others signed with.

    In the transaction of the change, also within a flush; nothing is committed here.

    Args:
        connection: that of the session.
        organization_id: whose agreements.
        why: ``entity_class``, ``in_group``, ``walled`` or ``dissolved``.
        user_id: who changed the entity.

    Returns:
        How many.
    """
    table = _Row.__table__
    query = sa.select(table.c["id"]).where(
        sa.or_(table.c["provider"] == organization_id, table.c["consumer"] == organization_id),
        table.c["state"] == agreements.ACTIVE,
        table.c["suspended"].is_(None),
    )
    ids = list(connection.scalars(query.order_by(table.c["id"]).with_for_update()))
    change = sa.update(table).where(table.c["id"].in_(ids))
    connection.execute(change.values(suspended=why, modified=now()))
    for id_ in ids:
        event.write(
            connection,
            SUSPENDED,
            object_type="agreement",
            object_id=id_,
            user_id=user_id,
            data={"why": why, "organization": organization_id},
        )
    return len(ids)


def record(row: GovernanceAgreement, kind: str, user_id: str | None, data: dict[str, Any]) -> None:
    """Write an event; never a text that somebody typed."""
    model.Session.flush()
    event.record(
        model.Session,
        kind,
        object_type="agreement",
        object_id=row.id,
        user_id=user_id,
        data=data,
    )


# -- lists ---------------------------------------------------------------------------------------


def page(  # noqa: PLR0913 - who asks, and five filters
    actor: Actor,
    *,
    status: str | None = None,
    organization: str | None = None,
    dataset: tuple[str, str | None] | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int,
) -> list[GovernanceAgreement]:
    """Agreements that somebody may read, the newest first.

    Args:
        actor: who asks.
        status: one of ``LISTS``.
        organization: only those of this one (id).
        dataset: only those that cover it: its id, and that of its owner.
        after: moment and id of the last one of the page before.
        limit: how many at most.
    """
    query = sa.select(_Row).where(_readable(actor))
    if status is not None:
        query = query.where(LISTS[status](actor))
    if organization is not None:
        query = query.where(sa.or_(*(side == organization for side in _SIDES.values())))
    if dataset is not None:
        query = query.where(covers(*dataset))
    if after is not None:
        query = query.where(sa.tuple_(_Row.created, _Row.id) < sa.tuple_(*map(sa.literal, after)))
    query = query.order_by(_Row.created.desc(), _Row.id.desc()).limit(limit)
    return list(model.Session.scalars(query))


def count_to_sign(actor: Actor) -> int:
    """How many wait for the signature of somebody's side."""
    if "admin" not in actor.roles.values() or actor.sysadmin:
        return 0
    query = sa.select(sa.func.count()).select_from(_Row).where(_to_sign(actor))
    return model.Session.scalar(query) or 0


def replaced_by(id_: str) -> str | None:
    """Id of the agreement that was signed in the place of this one."""
    query = sa.select(_Row.id).where(_Row.replaces == id_, _is_signed()).order_by(_Row.created)
    return model.Session.scalar(query.limit(1))


def covers(dataset: str, owner: str | None) -> sa.ColumnElement[bool]:
    """Agreements that name a dataset, or all of its owner's."""
    return sa.or_(
        _Row.datasets.contains([dataset]),
        sa.and_(_Row.datasets.is_(None), _Row.provider == owner),
    )


def counting_for(
    actor: Actor, dataset: str, owner: str
) -> list[tuple[Agreement, dict[str, Entity]]]:
    """What is agreed today on a dataset, with both entities, if somebody belongs to one of them.

    Args:
        actor: who asks.
        dataset: id of the dataset.
        owner: id of the owning organization.
    """
    query = sa.select(_Row).where(
        _Row.provider == owner,
        covers(dataset, owner),
        _of(list(actor.roles)),
        _Row.state == agreements.ACTIVE,
    )
    rows = list(model.Session.scalars(query))
    known, today = sides_now(rows), config.today()
    found: list[tuple[Agreement, dict[str, Entity]]] = []
    for row in rows:
        sides = parties(row, known)
        counting = agreements.counting(row.paper(), sides, today)
        if counting is not None:
            found.append((counting, {side: one for side, one in sides.items() if one}))
    return found


def _is_signed() -> sa.ColumnElement[bool]:
    return sa.and_(_Row.provider_signed_by.is_not(None), _Row.consumer_signed_by.is_not(None))


def _readable(actor: Actor) -> sa.ColumnElement[bool]:
    """As ``may_read``."""
    if actor.sysadmin:
        return sa.true()
    mine = list(actor.roles)
    is_known = sa.or_(_Row.provider_signed_by.is_not(None), _Row.consumer_signed_by.is_not(None))
    return sa.or_(
        sa.and_(is_known, _of(mine)),
        sa.and_(sa.not_(is_known), _Row.drafted_by.in_(mine)),
    )


def _of(organizations: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*(side.in_(organizations) for side in _SIDES.values()))


def _in_state(state: str) -> sa.ColumnElement[bool]:
    """As ``state_on``: what is over by its date has ended."""
    today = config.today()
    over = sa.or_(_Row.until < today, _Row.ended_on < today)
    is_over = sa.and_(_Row.state == agreements.ACTIVE, sa.func.coalesce(over, sa.false()))
    if state == agreements.ENDED:
        return sa.or_(_Row.state == agreements.ENDED, is_over)
    return sa.and_(_Row.state == state, sa.not_(is_over))


def _to_sign(actor: Actor) -> sa.ColumnElement[bool]:
    """Proposed, and the side that somebody is an admin of has not signed yet."""
    mine = [id_ for id_, role in actor.roles.items() if role == "admin"]
    waits = (
        sa.and_(_Row.provider.in_(mine), _Row.provider_signed_by.is_(None)),
        sa.and_(_Row.consumer.in_(mine), _Row.consumer_signed_by.is_(None)),
    )
    return sa.and_(_Row.state == agreements.PROPOSED, sa.or_(*waits))


LISTS = {
    "to_sign": _to_sign,
    "draft": lambda _actor: _in_state(agreements.DRAFT),
    "proposed": lambda _actor: _in_state(agreements.PROPOSED),
    "active": lambda _actor: _in_state(agreements.ACTIVE),
    "ended": lambda _actor: _in_state(agreements.ENDED),
}


def _get(id_: object) -> GovernanceAgreement | None:
    # PostgreSQL takes no NUL; no id has one.
    if not isinstance(id_, str) or not id_ or "\0" in id_:
        return None
    return model.Session.get(_Row, id_)
