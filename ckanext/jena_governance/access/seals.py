"""Sealing the days of the log, and checking the seals. The rules are in ``policy.sealing``."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.access import outside
from ckanext.jena_governance.model import (
    GovernanceEvent,
    GovernanceEventDigest,
    GovernanceEventPerson,
    event,
)
from ckanext.jena_governance.policy import sealing
from ckanext.jena_governance.policy.sealing import Finding, Late, Row, Seal

PRUNED = "log.pruned"

_EVENT = GovernanceEvent.__table__
_PERSON = GovernanceEventPerson.__table__
_DIGEST = GovernanceEventDigest.__table__
# Sealing waits for transactions that are writing events; not for one that hangs.
_PATIENCE = sa.text("SET LOCAL lock_timeout = '60s'")

_ANYWAY = (
    "Find out which (docs/log.md, \"Sealing late\"); 'log seal --late' seals all the same, and "
    "'log verify' tells of it for good."
)


class SealError(Exception):
    """Nothing can be sealed or checked; says what to do."""


class BusyError(Exception):
    """Somebody is writing an event at this moment, and we do not make others wait for them."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a check of the log has found.

    Attributes:
        findings: what is wrong; empty if all is well.
        seals: how many days are sealed.
        events: how many events they have, and how many of them were pruned.
        unsealed: how many events no seal protects yet.
        has_file: whether there is a file outside to compare with.
        first: the day with which the chain of seals begins.
        late: which days were sealed late; no finding, but never forgotten.
    """

    findings: list[Finding] = field(default_factory=list[Finding])
    seals: int = 0
    events: int = 0
    pruned: int = 0
    unsealed: int = 0
    has_file: bool = False
    first: date | None = None
    late: list[Late] = field(default_factory=list[Late])


def keys() -> list[str]:
    """The keys of this portal, the newest first.

    Raises:
        SealError: there is none, or one is too short.
    """
    found = config.event_keys()
    if not found:
        raise SealError(
            "ckanext.jena_governance.event_key is not set, so nothing can be sealed or checked. "
            "Set it to a long random text that no database and no backup of one holds."
        )
    if any(len(key) < sealing.SHORTEST_KEY for key in found):
        raise SealError(
            "ckanext.jena_governance.event_key is too short: "
            f"{sealing.SHORTEST_KEY} characters are the least."
        )
    return found


def seal(today: date | None = None, *, late: bool = False, waits: bool = True) -> list[Seal]:
    """Seal every day that is over and has no seal yet; note the newest one outside.

    Args:
        today: for tests; today where the city is.
        late: somebody who looks after the portal says that days without a seal never had one, and
            that the file outside is new.
        waits: as for :func:`alone`.

    Returns:
        The new seals.

    Raises:
        SealError: no key; or the seals are not what they were when the last one was made, or
            perhaps not, and going on would cover that up.
        BusyError: as from :func:`alone`.
        OSError: the seals are made, but the file outside cannot be read or written.
    """
    known, today = keys(), today or config.today()
    with alone(waits=waits) as connection:
        stored = seals_of(connection)
        newest = stored[-1] if stored else None
        _refuse_to_cover_up(known, stored)
        if not late:
            _refuse_to_vouch(connection, newest, today)
        made = list(_seal_days(connection, known[0], newest, today))
    outside.note([*stored, *made])
    return made


def _refuse_to_cover_up(known: list[str], stored: list[Seal]) -> None:
    """A chain that was cut off must not grow again as if nothing had been there."""
    found = [one for one in _compare_outside(stored) if one.problem != "outside-behind"]
    for newest in stored[-1:]:
        before = stored[-2] if len(stored) > 1 else None
        about_seal = sealing.check(newest, before, (), known, [id_ for id_, _ in newest.rows])
        found += about_seal
    if found:
        told = "; ".join(str(one) for one in found[:5])
        raise SealError(f"Nothing was sealed, because the seals are not in order: {told}")


def _refuse_to_vouch(connection: Connection, newest: Seal | None, today: date) -> None:
    """Whoever deleted a seal would get another one, made of whatever the database says now.

    Only notes outside show that a day never had one.
    """
    if outside.has_notes():
        return
    path = config.event_digest_file()
    if newest and path is not None:
        raise SealError(
            f"Nothing was sealed: days are sealed up to {newest.day.isoformat()}, but the file "
            f"outside ({path}) is missing or empty: it is new, or somebody has "
            f"deleted it. {_ANYWAY}"
        )
    unsealed = sealing.overdue(newest.day if newest else None, first_day(connection), today)
    if unsealed:
        raise SealError(
            f"Nothing was sealed: {len(unsealed)} days, from {unsealed[0].day} on, should have had "
            "a seal before. Either the key is new, or 'log seal' did not run, or somebody has "
            f"deleted seals and changed what they protected. {_ANYWAY}"
        )


def _seal_days(
    connection: Connection, key: str, newest: Seal | None, today: date
) -> Iterator[Seal]:
    zone = config.timezone()
    first = newest.day + timedelta(days=1) if newest else first_day(connection)
    if first is None:
        return
    for day in sealing.days(first, today):
        ends = sealing.end_of(day, zone)
        begins = newest.ends if newest else None
        # The time zone may have been changed since.
        ends = max(ends, begins) if begins else ends
        rows = rows_between(connection, begins, ends)
        previous = newest.hmac if newest else ""
        newest = sealing.seal(key, day, ends, rows, previous, sealed_on=today)
        values = {**newest.__dict__, "rows": [list(row) for row in newest.rows]}
        connection.execute(sa.insert(_DIGEST).values(**values))
        yield newest


def verify(today: date | None = None) -> Report:
    """Check every sealed day, the people beside the events, and the file outside.

    Args:
        today: for tests; today where the city is.

    Raises:
        SealError: no key.
        OSError: the file outside is there but cannot be read.
    """
    known = keys()
    engine: Engine = model.meta.engine  # pyright: ignore[reportAssignmentType]
    # One moment for all of it: nobody seals or prunes between two of these queries.
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        seals = seals_of(connection)
        pruned, found = _prunings(connection, known)
        before: Seal | None = None
        for one in seals:
            living = rows_between(connection, before.ends if before else None, one.ends)
            found += sealing.check(one, before, living, known, pruned)
            before = one
        found += _people(connection)
        found += _compare_outside(seals)
        newest = before.day if before else None
        found += sealing.overdue(newest, first_day(connection), today or config.today())
        ids = {id_ for one in seals for id_, _ in one.rows}
        return Report(
            findings=found,
            seals=len(seals),
            events=len(ids),
            pruned=len(ids & pruned),
            unsealed=_count_since(connection, before.ends if before else None),
            has_file=config.event_digest_file() is not None,
            first=seals[0].day if seals else None,
            late=sealing.late(seals),
        )


@contextmanager
def alone(*, waits: bool = True) -> Generator[Connection]:
    """A transaction in which nobody else writes an event, seals or prunes.

    Args:
        waits: wait for those who are writing; whoever comes later waits as well. Else take the
            log only if it is free.

    Raises:
        BusyError: it is not free, and nobody shall wait.
    """
    engine: Engine = model.meta.engine  # pyright: ignore[reportAssignmentType]
    with engine.begin() as connection:
        connection.execute(_PATIENCE)
        if waits:
            connection.execute(event.ALONE)
        elif not connection.scalar(event.ALONE_IF_FREE):
            raise BusyError
        yield connection


def newest(connection: Connection) -> Seal | None:
    """The newest seal."""
    row = connection.execute(sa.select(_DIGEST).order_by(_DIGEST.c["day"].desc()).limit(1)).first()
    return _seal_of(row) if row else None


def first_day(connection: Connection) -> date | None:
    """The day of the oldest event, where the city is."""
    moment: datetime | None = connection.scalar(sa.select(sa.func.min(_EVENT.c["created"])))
    return moment.astimezone(config.timezone()).date() if moment else None


def rows_between(
    connection: Connection, begins: datetime | None, ends: datetime | None
) -> list[Row]:
    """The events of a time; ``None`` is without a border."""
    created = _EVENT.c["created"]
    query = sa.select(_EVENT).order_by(_EVENT.c["id"])
    if begins:
        query = query.where(created >= begins)
    if ends:
        query = query.where(created < ends)
    return [Row(**row) for row in connection.execute(query).mappings()]


def seals_of(connection: Connection) -> list[Seal]:
    """All seals, by day."""
    return [_seal_of(row) for row in connection.execute(sa.select(_DIGEST).order_by("day"))]


def _seal_of(row: Any) -> Seal:
    return Seal(
        day=row.day,
        ends=row.ends,
        count=row._mapping["count"],  # a row has a method of that name
        rows=tuple((id_, hash_) for id_, hash_ in row.rows),
        previous=row.previous,
        key_id=row.key_id,
        sealed_on=row.sealed_on,
        hmac=row.hmac,
    )


def pruned_ids(connection: Connection, known: list[str]) -> set[int]:
    """The numbers of all events that were pruned lawfully."""
    return _prunings(connection, known)[0]


def _prunings(connection: Connection, known: list[str]) -> tuple[set[int], list[Finding]]:
    """The numbers of all events that were pruned lawfully; and prunings that were not."""
    pruned: set[int] = set()
    forged: list[Finding] = []
    query = sa.select(_EVENT.c["id"], _EVENT.c["data"]).where(_EVENT.c["kind"] == PRUNED)
    for number, data in connection.execute(query):
        ids: list[int] = data.get("ids") or []
        if sealing.is_proven(known, ids, data.get("proof")):
            pruned.update(ids)
        else:
            forged.append(Finding(problem="pruning-forged", event=number))
    return pruned, forged


def _people(connection: Connection) -> Iterator[Finding]:
    """People stand apart and may go; but nobody may stand in another's place."""
    query = (
        sa.select(_PERSON, _EVENT.c["actor"], _EVENT.c["data"])
        .join(_EVENT, _EVENT.c["id"] == _PERSON.c["event_id"])
        .order_by(_PERSON.c["event_id"])
    )
    for row in connection.execute(query):
        pairs = (
            (row.user_id, row.salt, row.actor),
            (row.subject_id, row.subject_salt, row.data.get("subject")),
        )
        if any(who and event.commitment(who, salt or "") != said for who, salt, said in pairs):
            yield Finding(problem="person-changed", event=row.event_id)


def _compare_outside(seals: list[Seal]) -> list[Finding]:
    read = outside.noted()
    if read is None:
        return []
    noted, broken = read
    return [*broken, *sealing.compare(seals, noted)]


def _count_since(connection: Connection, moment: datetime | None) -> int:
    query = sa.select(sa.func.count()).select_from(_EVENT)
    if moment:
        query = query.where(_EVENT.c["created"] >= moment)
    return connection.scalar(query) or 0
