"""When a restriction is looked at again."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from ckanext.jena_governance.policy.vocabulary import Basis

# The register's most frequent interval. It matters only beside the error that a basis is missing.
MONTHS_WITHOUT_BASIS = 24


def latest_review(bases: Iterable[Basis], today: date) -> date:
    """The last day on which the next review may be due.

    Args:
        bases (Iterable[Basis]): all bases that apply.
        today (date): the day of the decision.

    Returns:
        date: today and as many months as the strictest of the bases allows.

    Source:
        Design §4, R2 (``max_review_months``).
    """
    months = min((basis.max_review_months for basis in bases), default=MONTHS_WITHOUT_BASIS)
    return _months_after(today, months)


def _months_after(day: date, months: int) -> date:
    """The same day some months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
