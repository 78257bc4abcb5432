"""What permits, all the same, what a basis forbids: named permissions and whether they fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ckanext.jena_governance.policy import values
from ckanext.jena_governance.policy.levels import (
    OPEN,
    is_more_closed,
    is_more_open,
    permitted,
)
from ckanext.jena_governance.policy.vocabulary import Basis, Permission, Vocabulary

PERSONAL_DATA = "personal-data"
IDENTIFYING = frozenset({"personal", "pseudonymised"})
CLEANED = frozenset({"anonymised", "redacted"})


@dataclass(frozen=True)
class Granted:
    """A permission as a dataset names it.

    Attributes:
        permission: the entry of the vocabulary.
        reference: the norm, decision, contract or consent relied on.
        until: the day on which it ends, if it does.
        is_readable: whether ``until`` could be read.
    """

    permission: Permission
    reference: str
    until: date | None
    is_readable: bool

    def is_complete(self) -> bool:
        """Whether all is said that this permission must say."""
        return bool(self.reference) and self.is_readable and not self.lacks_end()

    def lacks_end(self) -> bool:
        """Whether an end date is demanded and missing."""
        return self.permission.needs_until and self.until is None

    def is_over(self, today: date) -> bool:
        """Whether it has ended; the day itself still counts."""
        return self.until is not None and self.until < today

    def counts(self, today: date) -> bool:
        """Whether a level may rest on it today."""
        return self.is_complete() and not self.is_over(today)


def serves(permission: Permission, category: str, level: str) -> bool:
    """Whether a permission can lift a basis of a category up to a level."""
    if permission.not_for_level and not is_more_closed(level, permission.not_for_level):
        return False
    return "*" in permission.permits or category in permission.permits


def read(value: object, vocabulary: Vocabulary) -> list[Granted]:
    """The permissions in a field that can be read; the rest is a matter of validation.

    Args:
        value (object): the field ``permission``: a list of ``{id, reference, until}``,
            one of them, or the JSON text of either.
        vocabulary (Vocabulary): the register.

    Returns:
        list[Granted]: those whose id is known.
    """
    entries = (values.mapping(item) for item in entries_of(value) or [])
    granted = (granted_of(entry, vocabulary) for entry in entries)
    return [permission for permission in granted if permission is not None]


def entries_of(value: object) -> list[Any] | None:
    """The entries of a permission field; ``None`` if it is no list."""
    if isinstance(value, Mapping):
        return [value] if value else []
    if isinstance(value, str) and value.strip().startswith("{"):
        return values.items(f"[{value}]")
    return values.items(value)


def granted_of(entry: Mapping[str, Any], vocabulary: Vocabulary) -> Granted | None:
    """One entry of a permission field; ``None`` if its id is unknown."""
    permission = vocabulary.permissions.get(values.text(entry.get("id")) or "")
    if permission is None:
        return None
    until = values.day(entry.get("until"))
    return Granted(
        permission=permission,
        reference=values.text(entry.get("reference")) or "",
        until=until,
        is_readable=until is not None or values.is_blank(entry.get("until")),
    )


def blocking(bases: Iterable[Basis], level: str) -> list[Basis]:
    """The bases that do not let a level be chosen without a word."""
    return [basis for basis in bases if is_more_open(level, basis.levels[0])]


def lifted(
    bases: tuple[Basis, ...], level: str, granted: Iterable[Granted], vocabulary: Vocabulary
) -> bool:
    """Whether permissions lift a level above what the bases let one choose.

    Args:
        bases (tuple[Basis, ...]): all bases that apply.
        level (str): the level, more open than their range.
        granted (Iterable[Granted]): the permissions that count.
        vocabulary (Vocabulary): the register.

    Returns:
        bool: true if the level is not beyond ``open_with_permission`` and each basis in the
        way is served by one of the permissions.

    Source:
        Head of the register; design §4, R3a.
    """
    furthest = permitted(bases, vocabulary).open_with_permission
    if furthest is None or is_more_open(level, furthest):
        return False
    granted = list(granted)
    return all(
        any(serves(one.permission, basis.category, level) for one in granted)
        for basis in blocking(bases, level)
    )


def fitting(bases: tuple[Basis, ...], level: str, vocabulary: Vocabulary) -> list[str]:
    """The permissions with which a level would be permitted.

    Args:
        bases (tuple[Basis, ...]): all bases that apply.
        level (str): the level wanted.
        vocabulary (Vocabulary): the register.

    Returns:
        list[str]: ids; those that serve every basis in the way, or, where none does, those
        that serve one of them. Empty where no permission helps.
    """
    furthest = permitted(bases, vocabulary).open_with_permission
    if furthest is None or is_more_open(level, furthest):
        return []
    categories = {basis.category for basis in blocking(bases, level)}
    served = {
        permission.id: {category for category in categories if serves(permission, category, level)}
        for permission in vocabulary.permissions.values()
    }
    complete = [id_ for id_, some in served.items() if some and some == categories]
    return complete or [id_ for id_, some in served.items() if some]


def allows_persons(granted: Iterable[Granted], level: str) -> bool:
    """Whether data on persons may be given as widely as a level says (R5, R13)."""
    return any(serves(one.permission, PERSONAL_DATA, level) for one in granted)


def for_persons(level: str, vocabulary: Vocabulary) -> list[str]:
    """Ids of the permissions that could serve data on persons at a level."""
    return [
        permission.id
        for permission in vocabulary.permissions.values()
        if serves(permission, PERSONAL_DATA, level)
    ]


def may_open_by_date(dataset: Mapping[str, Any], vocabulary: Vocabulary, today: date) -> bool:
    """Whether what the data say of persons lets them open without a person acting.

    Args:
        dataset (Mapping): the dataset.
        vocabulary (Vocabulary): the register.
        today (date): the day.

    Returns:
        bool: false for data on persons without a permission to publish them, and for
        statements we cannot read.
    """
    said = values.text(dataset.get("personal_data"))
    if said == "":
        return True
    if said not in vocabulary.personal_data:
        return False
    if said not in IDENTIFYING:
        return True
    granted = read(dataset.get("permission"), vocabulary)
    return allows_persons([one for one in granted if one.counts(today)], OPEN)
