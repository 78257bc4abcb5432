"""Who belongs into a feed today, in the order in which its pages tell of them.

Read from the tables, never from the index, which may be behind: a dataset that was closed is
out at once, and one that opens by date is in on that day. The rules are asked once for each
dataset and each of its changes, which PostgreSQL knows by the transactions that wrote the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.dcat import live

_AT_ONCE = 500


@dataclass(frozen=True)
class Members:
    """The datasets of a feed.

    Attributes:
        ids: oldest dataset first, so that what is added moves no page.
        newest: the last change of any of them.
    """

    ids: tuple[str, ...] = ()
    newest: datetime | None = None


@dataclass(frozen=True)
class _Known:
    """What the rules said last.

    Attributes:
        premises: what it depends on beside the datasets: the day, the vocabulary, the types.
        whole: a print of all rows of all datasets.
        prints: of each dataset, with the feeds it belongs into.
        members: of each feed.
    """

    premises: object = None
    whole: str | None = None
    prints: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict[str, Any])
    members: Mapping[str, Members] = field(default_factory=dict[str, Members])


_known: list[_Known] = [_Known()]


def of(feed: str) -> Members:
    """The datasets of a feed.

    Args:
        feed: ``full`` or ``govdata``.
    """
    premises = (config.today(), vocabulary.current(), config.dataset_types())
    known = _known[0]
    # Before the datasets are read: what changes meanwhile is seen the next time.
    whole = str(model.Session.scalar(_print_of_all()))
    if known.premises != premises:
        known = _Known(premises)
    if known.whole != whole:
        known = _read(premises, whole, known.prints)
        _known[0] = known
    return known.members[feed]


def _read(premises: object, whole: str, before: Mapping[str, tuple[str, frozenset[str]]]) -> _Known:
    rows = model.Session.execute(_all_public()).all()
    prints = {row.id: str(row.print) for row in rows}
    nothing = ("", frozenset[str]())
    found = {id_: before[id_] for id_ in prints if before.get(id_, nothing)[0] == prints[id_]}
    missing = iter([id_ for id_ in prints if id_ not in found])
    while ids := list(islice(missing, _AT_ONCE)):
        datasets = live.datasets(ids)
        for id_ in ids:
            found[id_] = (prints[id_], frozenset(_feeds_of(datasets.get(id_))))
    members = {
        feed: _members([row for row in rows if feed in found[row.id][1]]) for feed in policy.FEEDS
    }
    return _Known(premises, whole, found, members)


def _members(rows: list[Any]) -> Members:
    newest = max((row.metadata_modified for row in rows), default=None)
    return Members(tuple(row.id for row in rows), newest)


def _feeds_of(dataset: dict[str, Any] | None) -> Iterator[str]:
    if dataset is None:
        return
    vaulted, words, today = live.vaulted(dataset), vocabulary.current(), config.today()
    for feed in policy.FEEDS:
        if policy.part_for(feed, dataset, words, today, vaulted=vaulted) is not None:
            yield feed


def _all_public() -> sa.Select[Any]:
    """All datasets that everybody may know of, each with a print of its rows."""
    package = _table(model.Package)
    parts = [_prints_of(table) for table in _parts()]
    prints = [_print(package), *(sa.func.coalesce(part.c.print, 0) for part in parts)]
    rows: sa.FromClause = package
    for part in parts:
        rows = rows.outerjoin(part, part.c.package_id == package.c.id)
    whole = sa.func.concat_ws(" ", *prints)
    return (
        sa.select(package.c.id, package.c.metadata_modified, whole.label("print"))
        .select_from(rows)
        .where(live.is_public())
        .order_by(package.c.metadata_created, package.c.id)
    )


def _prints_of(table: Any) -> sa.Subquery:
    """The rows of a table that belong to each dataset, in one number."""
    number = sa.func.sum(_print(table)).label("print")
    return sa.select(table.c.package_id, number).group_by(table.c.package_id).subquery()


def _print_of_all() -> sa.Select[Any]:
    """All rows of all datasets, in one text."""
    tables = [_table(model.Package), *_parts()]
    sums = [
        sa.select(sa.func.sum(_print(table))).select_from(table).scalar_subquery()
        for table in tables
    ]
    return sa.select(sa.func.concat_ws(" ", *sums))


def _print(table: Any) -> sa.ColumnElement[Any]:
    """A number that a row has only until it is written again.

    It is made of the transaction that wrote the row and of the command within it, both of which
    PostgreSQL keeps with each row.
    """
    parts = (
        sa.cast(sa.cast(sa.literal_column(f"{table.name}.{column}"), sa.Text), sa.BigInteger)
        for column in ("xmin", "cmin")
    )
    return sa.cast(sa.func.hashint8extended(*parts), sa.Numeric)


def _parts() -> list[Any]:
    """Tables that a dataset has rows in; CKAN 2.11 has one for extras."""
    extra: Any = getattr(model, "PackageExtra", None)
    return [_table(one) for one in (model.Resource, extra) if one is not None]


def _table(mapped: Any) -> Any:
    """Core's view of a class of CKAN's: rows are wanted, not objects."""
    return mapped.__table__
