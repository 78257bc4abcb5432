"""Who belongs into a feed today, in the order in which its pages tell of them.

Read from the tables, never from the index, which may be behind: a dataset that was closed is
out at once, and one that opens by date is in on that day. The rules are asked once for each
dataset and each of its changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.dcat import live
from ckanext.jena_governance.policy import Vocabulary

_AT_ONCE = 500


@dataclass(frozen=True)
class Member:
    """A dataset of a feed.

    Attributes:
        id: of the dataset.
        modified: when its description was changed last.
    """

    id: str
    modified: datetime


@dataclass(frozen=True)
class _Known:
    """What the rules said of each dataset, by a print of all its rows.

    Attributes:
        day, words: what else they depend on.
        feeds: print and feeds by the dataset's id.
    """

    day: date
    words: Vocabulary | None
    feeds: Mapping[str, tuple[str, frozenset[str]]]


_known: list[_Known] = [_Known(date.min, None, {})]


def of(feed: str) -> list[Member]:
    """The datasets of a feed, oldest first: what is added meanwhile moves no page.

    Args:
        feed: ``full`` or ``govdata``.
    """
    rows = model.Session.execute(_all_public()).all()
    prints = {row.id: str(row.print) for row in rows}
    feeds = _feeds(prints)
    return [Member(row.id, row.metadata_modified) for row in rows if feed in feeds[row.id]]


def newest(listed: Iterable[Member]) -> datetime | None:
    """When any of them was changed last."""
    return max((one.modified for one in listed), default=None)


def _feeds(prints: Mapping[str, str]) -> dict[str, frozenset[str]]:
    day, words = config.today(), vocabulary.current()
    before = _known[0].feeds if (_known[0].day, _known[0].words) == (day, words) else {}
    nothing = ("", frozenset[str]())
    found = {id_: before[id_] for id_ in prints if before.get(id_, nothing)[0] == prints[id_]}
    missing = iter([id_ for id_ in prints if id_ not in found])
    while ids := list(islice(missing, _AT_ONCE)):
        datasets = live.datasets(ids)
        for id_ in ids:
            feeds = frozenset(_belongs(datasets.get(id_), words, day))
            found[id_] = (prints[id_], feeds)
    _known[0] = _Known(day, words, found)
    return {id_: feeds for id_, (_print, feeds) in found.items()}


def _belongs(dataset: dict[str, Any] | None, words: Vocabulary, day: date) -> Iterator[str]:
    if dataset is None:
        return
    vaulted = live.vaulted(dataset)
    for feed in policy.FEEDS:
        if policy.part_for(feed, dataset, words, day, vaulted=vaulted) is not None:
            yield feed


def _all_public() -> sa.Select[Any]:
    package = model.package_table
    parts = [_prints_of_parts(table) for table in _parts()]
    prints = [_print("package"), *(sa.func.coalesce(part.c.print, 0) for part in parts)]
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


def _prints_of_parts(table: Any) -> sa.Subquery:
    """The rows of a table that belong to each dataset, in one number."""
    number = sa.func.sum(_print(table.name)).label("print")
    return sa.select(table.c.package_id, number).group_by(table.c.package_id).subquery()


def _print(table: str) -> sa.ColumnElement[Any]:
    """A number that changes with anything in a row."""
    row = sa.cast(sa.literal_column(f'"{table}"'), sa.Text)
    return sa.cast(sa.func.hashtextextended(row, 0), sa.Numeric)


def _parts() -> list[Any]:
    """Tables that a dataset has rows in; CKAN 2.11 has one for extras."""
    extra: Any = getattr(model, "PackageExtra", None)
    return [model.resource_table] + ([] if extra is None else [extra.__table__])
