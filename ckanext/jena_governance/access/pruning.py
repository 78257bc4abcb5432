"""Removing events that are old enough. Their hashes stay in the seals, so these stay verifiable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jena_governance import config
from ckanext.jena_governance.access import seals
from ckanext.jena_governance.access.seals import PRUNED, SealError
from ckanext.jena_governance.model import GovernanceEvent
from ckanext.jena_governance.policy import retention, sealing

_EVENT = GovernanceEvent.__table__
_BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """What was removed.

    Attributes:
        class_: of the events; empty for a single one.
        before: the day before which they happened; ``None`` for a single one.
        ids: their numbers.
    """

    class_: str
    before: date | None
    ids: list[int]


def prune(class_: str, months: int | None = None, today: date | None = None) -> Pruned:
    """Remove the events of a class that are older than they have to be.

    Args:
        class_: ``decision`` or ``other``.
        months: older than this; the class's configured time if ``None``.
        today: for tests; today where the city is.

    Raises:
        SealError: no key; no such class; or one of the days concerned is not as it was sealed,
            and removing events would destroy what shows it.
    """
    if class_ not in retention.CLASSES:
        raise SealError(f"There is no class {class_}; possible: {', '.join(retention.CLASSES)}")
    kept = {
        retention.DECISION: config.decision_retention_months,
        retention.OTHER: config.event_retention_months,
    }
    limit = kept[class_]() if months is None else months
    before = retention.months_before(today or config.today(), limit)
    moment = datetime.combine(before, datetime.min.time(), tzinfo=config.timezone())
    return _remove(Pruned(class_=class_, before=before, ids=[]), _is_of(class_, moment))


def prune_one(number: int) -> Pruned:
    """Remove a single event, because of what somebody wrote into it.

    Args:
        number: of the event.

    Raises:
        SealError: as :func:`prune`; or there is no such event that may be removed.
    """
    done = _remove(Pruned(class_="", before=None, ids=[]), _EVENT.c["id"] == number)
    if not done.ids:
        raise SealError(
            f"Event {number} cannot be removed: there is none, its day is not sealed yet, or it is "
            "what the log says of itself."
        )
    return done


def _remove(what: Pruned, wanted: Any) -> Pruned:
    key, *_others = known = seals.keys()
    with seals.alone() as connection:
        sealed = seals.newest(connection)
        if sealed is None:
            return what
        is_ours = sa.or_(*_begins_with(retention.first_words(retention.LOG)))
        query = (
            sa.select(_EVENT.c["id"], _EVENT.c["created"])
            .where(wanted, _EVENT.c["created"] < sealed.ends, sa.not_(is_ours))
            .order_by(_EVENT.c["id"])
        )
        found = list(connection.execute(query))
        _require_order(connection, known, [created for _id, created in found])
        for ids in _batches([id_ for id_, _created in found]):
            _take_out(connection, key, what, ids)
        return Pruned(class_=what.class_, before=what.before, ids=[id_ for id_, _ in found])


def _take_out(connection: Connection, key: str, what: Pruned, ids: list[int]) -> None:
    """First the event that names them, then they: the database lets go in this order only."""
    data = {
        "class": what.class_,
        "before": what.before.isoformat() if what.before else None,
        "count": len(ids),
        "ids": ids,
        "proof": sealing.proof_of_pruning(key, ids),
    }
    about = {"kind": PRUNED, "object_type": "log", "object_id": "log", "data": data}
    connection.execute(sa.insert(_EVENT).values(**about, actor=None))
    connection.execute(sa.delete(_EVENT).where(_EVENT.c["id"].in_(ids)))


def _require_order(connection: Connection, known: list[str], moments: list[datetime]) -> None:
    """What was tampered with is evidence, and stays."""
    pruned = seals.pruned_ids(connection, known)
    before = None
    for one in seals.seals_of(connection):
        begins = before.ends if before else None
        if any((begins is None or begins <= moment) and moment < one.ends for moment in moments):
            living = seals.rows_between(connection, begins, one.ends)
            if found := sealing.check(one, before, living, known, pruned):
                raise SealError(f"Nothing was removed, because the log is not in order: {found[0]}")
        before = one


def _is_of(class_: str, before: datetime) -> Any:
    words = sa.or_(*_begins_with(retention.first_words(class_)))
    is_class = sa.not_(words) if class_ == retention.DECISION else words
    return sa.and_(_EVENT.c["created"] < before, is_class)


def _begins_with(words: list[str]) -> Iterator[Any]:
    return (_EVENT.c["kind"].startswith(f"{word}.", autoescape=True) for word in words)


def _batches(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
