"""A clock that tests move: the product asks for the time in two places only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from types import ModuleType

from ckanext.jena_governance import config
from ckanext.jena_governance.model import entity

# The day that rules are held against; the moment that is stored, of events too.
MODULES: tuple[ModuleType, ...] = (config, entity)


def ahead_by(days: Callable[[], int]) -> type[datetime]:
    """What to put in the place of ``datetime`` in ``MODULES``.

    Args:
        days: by how many days the clock is ahead, at the moment of asking.
    """

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(days=days())

    return Moved
