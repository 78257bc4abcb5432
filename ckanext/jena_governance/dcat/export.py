"""A whole feed as one file, in flat memory."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rdflib import Graph

from ckan import model

from ckanext.jena_governance.access import facts
from ckanext.jena_governance.dcat import feeds, fragments, members

AT_ONCE = 100


def graphs(feed: str) -> Iterator[Graph]:
    """The catalogue and all members of a feed as it is at the beginning.

    What is closed or hidden meanwhile is left out all the same.

    Raises:
        SearchError: the index does not answer.
    """
    writer, found = feeds.Writer(), members.of(feed)
    yield writer.catalogue(found.newest)
    for first in range(0, len(found.ids), AT_ONCE):
        yield from writer.datasets(feed, found.ids[first : first + AT_ONCE])
        # Of the next ones nothing is known yet, and nobody asks for these again.
        facts.forget_entities()
        model.Session.rollback()


def write(feed: str, format_: str, stream: TextIO) -> None:
    """Write a feed.

    Args:
        feed: ``full`` or ``govdata``.
        format_: one of ``fragments.DOCUMENTS``.
        stream: takes UTF-8.

    Raises:
        SearchError: the index does not answer; what was written is no document.
    """
    for piece in fragments.DOCUMENTS[format_]().pieces(graphs(feed)):
        stream.write(piece)


@contextmanager
def whole(path: Path) -> Generator[TextIO]:
    """A file that is there when all of it is written; until then whatever was there before.

    Raises:
        OSError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
