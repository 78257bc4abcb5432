"""What can go wrong, as two sentences: one that ends the import, one that ends a record."""

from __future__ import annotations


class TakeoverError(Exception):
    """The import cannot start or go on. The text names file, problem and remedy."""


class RecordError(Exception):
    """One record cannot be taken over; all others can."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
