"""For how long which events of the log are kept. Pure functions.

Source:
    Users review §6: decisions ten years, everything else twelve months, unless configured.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

DECISION = "decision"
OTHER = "other"
LOG = "log"
# What ``log prune`` may be asked for. What the log says of itself stays.
CLASSES = (DECISION, OTHER)

_BY_FIRST_WORD = {"membership": OTHER, "legal": OTHER, "log": LOG, "person": LOG}


def class_of(kind: str) -> str:
    """The class of an event; a kind that nobody knows is kept as long as a decision."""
    return _BY_FIRST_WORD.get(kind.partition(".")[0], DECISION)


def first_words(class_: str) -> list[str]:
    """The first words of the kinds of a class; of decisions: of those that are none."""
    if class_ == DECISION:
        return list(_BY_FIRST_WORD)
    return [word for word, one in _BY_FIRST_WORD.items() if one == class_]


def months_before(today: date, months: int) -> date:
    """The same day some months ago; the last of its month where that has fewer days."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
