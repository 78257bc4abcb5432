"""What a rule has found, and which findings stand against a write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

ERROR = "error"
WARNING = "warning"
INFO = "info"

# Parameters that say what a finding is about. The others (dates, alternatives, names) may change
# from one day to the next without making it another finding.
_TELLING = ("basis", "value", "permission", "level", "licence", "entity_id", "extra")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something a rule has found.

    Attributes:
        rule: the rule (``R2``, ``R3a``, ``value``, ``owner`` …).
        code: the key of its message (``R2_basis`` …).
        severity: ``error``, ``warning`` or ``info``.
        field: the field where a person can do something about it.
        resource: position of the resource; ``None`` for the dataset itself.
        resource_id: id of that resource, if it has one yet.
        params: what the message is filled with; ids, no wording.
        about: the fields on which the finding depends, written as :func:`touched` writes them.
    """

    rule: str
    code: str
    severity: str
    field: str
    resource: int | None = None
    resource_id: str | None = None
    params: Mapping[str, Any] = default(default_factory=dict[str, Any])
    about: frozenset[str] = frozenset()

    def key(self) -> tuple[object, ...]:
        """What makes two findings the same one, before and after a write.

        Returns:
            tuple: rule, code, field, the resource by id (by position only where it
            has no id yet), and what the finding says it is about.
        """
        place = self.resource_id if self.resource_id is not None else self.resource
        telling = tuple(str(self.params.get(name, "")) for name in _TELLING)
        return (self.rule, self.code, self.field, place, *telling)


def refusing(
    after: list[Finding], before: list[Finding], touched: Collection[str]
) -> list[Finding]:
    """The findings because of which a write is refused.

    What the stored dataset had before is shown, not raised: else a review date
    that passes would make data unwritable.

    Args:
        after (list[Finding]): findings of the dataset as it would be stored.
        before (list[Finding]): findings of the dataset as it is stored; empty on creation.
        touched (Collection[str]): the fields the write changes, from :func:`touched`.

    Returns:
        list[Finding]: the errors which the write adds or touches; none: it may be stored.

    Source:
        Design §4, "When a rule refuses".
    """
    known = {finding.key() for finding in before}
    changed = frozenset(touched)
    return [
        finding
        for finding in after
        if finding.severity == ERROR and (finding.key() not in known or finding.about & changed)
    ]
