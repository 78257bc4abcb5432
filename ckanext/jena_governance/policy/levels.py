"""The ladder of openness, and how far several legal bases together let one climb it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ckanext.jena_governance.policy.vocabulary import Basis, Vocabulary

OPEN = "open"
GROUP = "group"
REQUEST = "request"
CLOSED = "closed"

# From open to closed. Fixed in code, not in the vocabulary: access is decided on these four.
LEVELS = (OPEN, GROUP, REQUEST, CLOSED)

_SHARING = ("agreement", "norm", "none")
_FILES = ("allowed", "metadata_only")


def rank(level: str) -> int:
    """How closed a level is.

    Args:
        level (str): the id of a level.

    Returns:
        int: 0 for ``open`` up to 3; whatever is unknown ranks as ``closed``.
    """
    return LEVELS.index(level) if level in LEVELS else len(LEVELS) - 1


def is_more_open(level: str, than: str) -> bool:
    """Whether a level lets in more people than another."""
    return rank(level) < rank(than)


def is_more_closed(level: str, than: str) -> bool:
    """Whether a level lets in fewer people than another."""
    return rank(level) > rank(than)


@dataclass(frozen=True, kw_only=True)
class Range:
    """What several bases together permit; the columns are those of the register.

    Attributes:
        levels: what may be chosen without a word, from open to closed.
        default: what the form proposes.
        explain_closed_to: how far it may be closed further with a public explanation.
        open_with_permission: how far it may be opened with a fitting permission.
        need_to_know: plain members of the owner, too, only by a personal grant.
        sharing: ``agreement``, ``norm`` or ``none``.
        files: ``allowed`` or ``metadata_only``.
        max_review_months: how far ahead the review date may lie; ``None`` without a basis.
        opens_on: a date may be set on which the data open by themselves.
        may_hide: the description, too, may be hidden.
        hvd_ground: ground under section 2(3) DNG, if any basis is one.
    """

    levels: tuple[str, ...]
    default: str
    explain_closed_to: str | None
    open_with_permission: str | None
    need_to_know: bool
    sharing: str
    files: str
    max_review_months: int | None
    opens_on: bool
    may_hide: bool
    hvd_ground: str | None

    @property
    def most_open(self) -> str:
        """The most open level that needs no permission."""
        return self.levels[0]

    @property
    def most_closed(self) -> str:
        """The most closed level that needs no explanation."""
        return self.levels[-1]


# Without a basis everything is open, and nothing else is permitted.
_FREE = Range(
    levels=(OPEN,),
    default=OPEN,
    explain_closed_to=None,
    open_with_permission=None,
    need_to_know=False,
    sharing="agreement",
    files="allowed",
    max_review_months=None,
    opens_on=False,
    may_hide=False,
    hvd_ground=None,
)

# A basis that we do not know could forbid anything.
_UNKNOWN = Range(
    levels=(CLOSED,),
    default=CLOSED,
    explain_closed_to=None,
    open_with_permission=None,
    need_to_know=True,
    sharing="none",
    files="metadata_only",
    max_review_months=1,
    opens_on=False,
    may_hide=False,
    hvd_ground=None,
)


def permitted(bases: Iterable[str | Basis], vocabulary: Vocabulary) -> Range:
    """What several bases together permit.

    Levels start at the most closed start and end at the most closed end; every
    other column takes the strictest value. So one more basis never opens anything.

    Args:
        bases (Iterable[str | Basis]): entries of the register, or their ids.
        vocabulary (Vocabulary): the register.

    Returns:
        Range: ``open`` only, where no basis is given; ``closed`` only, as strict as
        can be, where one of them is unknown.

    Source:
        Head of the register ("Several bases"); design §2.
    """
    entries = [_entry(basis, vocabulary) for basis in bases]
    known = [entry for entry in entries if entry is not None]
    if len(known) < len(entries):
        return _UNKNOWN
    return _combined(known) if known else _FREE


def _entry(basis: str | Basis, vocabulary: Vocabulary) -> Basis | None:
    return basis if isinstance(basis, Basis) else vocabulary.bases.get(basis)


def _combined(bases: list[Basis]) -> Range:
    start = _most_closed(basis.levels[0] for basis in bases)
    end = _most_closed(basis.levels[-1] for basis in bases)
    explained = [basis.explain_closed_to for basis in bases if basis.explain_closed_to]
    opened = [basis.open_with_permission for basis in bases]
    return Range(
        levels=LEVELS[rank(start) : rank(end) + 1],
        default=_most_closed(basis.default for basis in bases),
        explain_closed_to=_most_closed(explained) if explained else None,
        open_with_permission=_least_open(opened),
        need_to_know=any(basis.need_to_know for basis in bases),
        sharing=max((basis.sharing for basis in bases), key=_SHARING.index),
        files=max((basis.files for basis in bases), key=_FILES.index),
        max_review_months=min(basis.max_review_months for basis in bases),
        opens_on=all(basis.opens_on for basis in bases),
        may_hide=all(basis.may_hide for basis in bases),
        hvd_ground=next((basis.hvd_ground for basis in bases if basis.hvd_ground), None),
    )


def _most_closed(levels: Iterable[str]) -> str:
    return max(levels, key=rank)


def _least_open(levels: list[str | None]) -> str | None:
    named = [level for level in levels if level is not None]
    return _most_closed(named) if len(named) == len(levels) else None
