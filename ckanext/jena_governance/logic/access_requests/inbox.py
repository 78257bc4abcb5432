"""Lists of requests, page by page without counting from the start; and how many wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.logic.access_requests.cases import Case, Row
from ckanext.jena_governance.logic.access_requests.problems import refuse_field
from ckanext.jena_governance.policy import KEEPERS, Actor, requests

MINE, DECIDE, OVERDUE, WAITING, DONE = "mine", "decide", "overdue", "waiting", "done"
BOXES = (MINE, DECIDE, OVERDUE, WAITING, DONE)
# Boxes of those in charge, the most urgent first; the others the newest first.
_BY_URGENCY = frozenset({DECIDE, OVERDUE, WAITING})
_OVER = frozenset(requests.STATES) - requests.UNDECIDED - {requests.DRAFT}
MAX_LIMIT = 100
LIMIT = 25


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a list shall hold.

    Attributes:
        box: one of ``BOXES``.
        state: only this state (``expired`` too).
        kind: only ``access`` or ``opening``.
        dataset: only of this dataset (id).
        after: the cursor from the page before.
        limit: how many.
    """

    box: str = MINE
    state: str = ""
    kind: str = ""
    dataset: str = ""
    after: str = ""
    limit: int = LIMIT


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some requests, and where the next ones begin.

    Attributes:
        cases: the requests.
        following: the cursor for the next page; empty on the last one.
    """

    cases: list[Case]
    following: str


def page(actor: Actor, wanted: Wanted) -> Page:
    """One page of a list.

    Args:
        actor: who looks.
        wanted: what for.

    Returns:
        Only requests that they may see at this moment.
    """
    query = sa.select(Row).where(_of_box(actor, wanted.box), *_filters(wanted))
    column: Any = Row.due if wanted.box in _BY_URGENCY else Row.created
    ascending = wanted.box in _BY_URGENCY
    here = sa.tuple_(column, Row.id)
    if wanted.after:
        value, id_ = _cursor(wanted.after, ascending=ascending)
        start = sa.tuple_(sa.literal(value), sa.literal(id_))
        query = query.where(here > start if ascending else here < start)
    order = (column, Row.id) if ascending else (column.desc(), Row.id.desc())
    # The column comes with each row in any case: nothing is counted, nothing passed over.
    rows = list(model.Session.scalars(query.order_by(*order).limit(wanted.limit + 1)))
    shown, more = rows[: wanted.limit], len(rows) > wanted.limit
    last = shown[-1] if shown else None
    value = (last.due if ascending else last.created) if last is not None else None
    following = f"{value.isoformat()}|{last.id}" if more and last and value else ""
    cases = (Case(row, actor) for row in shown)
    return Page(cases=[case for case in cases if case.is_visible()], following=following)


def counts(actor: Actor) -> dict[str, int]:
    """How many requests wait: of one's own, to be decided, overdue; one query."""
    own = sa.and_(Row.user_id == actor.id, Row.state.in_(requests.UNDECIDED))
    questions = sa.and_(Row.user_id == actor.id, Row.state == requests.RETURNED)
    columns = [
        sa.func.count().filter(own).label("mine"),
        sa.func.count().filter(questions).label("questions"),
        sa.func.count().filter(_of_box(actor, DECIDE)).label("decide"),
        sa.func.count().filter(_of_box(actor, OVERDUE)).label("overdue"),
    ]
    query = sa.select(*columns).where(
        Row.state.in_(requests.UNDECIDED), sa.or_(Row.user_id == actor.id, _in_charge(actor))
    )
    return dict(model.Session.execute(query).mappings().one())


def is_in_charge(actor: Actor) -> bool:
    """Whether somebody can have requests to decide at all."""
    return bool(_kept(actor))


def read_limit(value: int | None) -> int:
    """How many are wanted, within reason."""
    return LIMIT if value is None else max(1, min(value, MAX_LIMIT))


def _of_box(actor: Actor, box: str) -> Any:
    return _BOXES[box](actor)


def _in_charge(actor: Actor) -> Any:
    kept = _kept(actor)
    if not kept:
        return sa.false()
    theirs = sa.or_(Row.owner_id.in_(kept), Row.forwarded_to.in_(kept))
    return sa.and_(theirs, Row.user_id != actor.id)


def _kept(actor: Actor) -> list[str]:
    return [id_ for id_, role in actor.roles.items() if role in KEEPERS]


_BOXES: Mapping[str, Callable[[Actor], Any]] = {
    MINE: lambda actor: Row.user_id == actor.id,
    DECIDE: lambda actor: sa.and_(Row.state.in_(requests.RUNNING), _in_charge(actor)),
    OVERDUE: lambda actor: sa.and_(
        Row.state.in_(requests.RUNNING), Row.due < config.today(), _in_charge(actor)
    ),
    WAITING: lambda actor: sa.and_(Row.state.in_(requests.STOPPED), _in_charge(actor)),
    DONE: lambda actor: sa.and_(
        Row.state.in_(_OVER), Row.submitted.is_not(None), _in_charge(actor)
    ),
}


def _filters(wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    if wanted.kind:
        found.append(Row.kind == wanted.kind)
    if wanted.dataset:
        found.append(Row.dataset_id == wanted.dataset)
    if wanted.state == requests.EXPIRED:
        found += [Row.state == requests.APPROVED, Row.granted_until < config.today()]
    elif wanted.state == requests.APPROVED:
        found += [Row.state == requests.APPROVED, Row.granted_until >= config.today()]
    elif wanted.state:
        found.append(Row.state == wanted.state)
    return found


def _cursor(text: str, *, ascending: bool) -> tuple[date | datetime, str]:
    value, _bar, id_ = text.partition("|")
    try:
        start = date.fromisoformat(value) if ascending else datetime.fromisoformat(value)
    except ValueError:
        start = None
    if start is None or not id_ or "\0" in id_:
        refuse_field("after", tk._("This is no place in the list: take it from the page before"))
    assert start is not None  # noqa: S101 - refused above
    return start, id_
