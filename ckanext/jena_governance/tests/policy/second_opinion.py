"""Who may see data, written a second time from the text of the rules (design §2, §5, §6).

Nothing of policy/access.py is used, not its types either: a question is a flat row of plain
values, each rule a predicate on it, the order of the rules a table. Where both disagree, one of
them has misread the text.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Row = SimpleNamespace

# A row, by its names:
#   stated      the level as it is stored; anything may stand there
#   opens       days from today until it opens by itself; None: never
#   bases       ids of the legal bases
#   need        a basis is "need to know"
#   passing     strictest "sharing" of the bases: agreement, norm, none
#   kept_here   the bases let the portal keep the files
#   owner       id of the owning entity; None: there is none
#   owner_kind, owner_takes_part, owner_walled
#   who         id of the person; None: nobody, or an account that is not active
#   sysadmin
#   seats       list of (entity, role, kind, takes_part)
#   decided     days since the sharing rules are in force (negative: not yet)
#   pairings    list of (id, level, kinds that give, kinds that get)
#   contracts   list of dictionaries: giver, taker, covers, reach, from_, to
#   permits     list of dictionaries: files, reach, bases, owner, from_, to, behalf


def level(row: Row) -> str:
    if row.opens is not None and row.opens <= 0:
        return "open"
    return row.stated if row.stated in {"open", "group", "request", "closed"} else "closed"


def _real_seats(row: Row) -> list[tuple[str, str, str | None, bool]]:
    if row.who is None:
        return []
    return [seat for seat in row.seats if seat[1] in {"member", "editor", "admin"}]


def _roles_at_owner(row: Row) -> set[str]:
    return {role for entity, role, _kind, _part in _real_seats(row) if entity == row.owner}


def _in_force(paper: dict[str, Any]) -> bool:
    return paper["from_"] <= 0 and (paper["to"] is None or paper["to"] >= 0)


# "Open: everyone."
def everyone(row: Row) -> bool:
    return level(row) == "open"


# "Sysadmin (logged)."
def administers(row: Row) -> bool:
    return row.who is not None and row.sysadmin


# The ladder: group and request let the owner's members in, closed its editors and admins; a
# basis that is need-to-know makes of "request" what "closed" is for plain members.
MEMBERS_OF_OWNER = {
    # (level, need to know): roles of the owner that are let in
    ("group", False): {"member", "editor", "admin"},
    ("group", True): {"member", "editor", "admin"},
    ("request", False): {"member", "editor", "admin"},
    ("request", True): {"editor", "admin"},
    ("closed", False): {"editor", "admin"},
    ("closed", True): {"editor", "admin"},
}


def belongs_to_owner(row: Row) -> bool:
    if row.owner is None or level(row) == "open":
        return False
    return bool(_roles_at_owner(row) & MEMBERS_OF_OWNER[level(row), row.need])


# "Walls: denied to everyone else." "No owner = nobody but sysadmin."
def hits_a_wall(row: Row) -> bool:
    return row.owner is None or row.owner_walled or row.passing == "none"


# "Both entities in_group, classes in the pairing of the rule."
def shared_by(row: Row) -> list[str]:
    if row.decided < 0 or not row.owner_takes_part:
        return []
    return [
        name
        for name, served, givers, getters in row.pairings
        if served == level(row) == "group" and row.owner_kind in givers
        if any(part and kind in getters for _entity, _role, kind, part in _real_seats(row))
    ]


# How far a paper reaches: "No agreement and no grant reaches closed"; a reach that nobody
# knows reaches nothing.
REACHES = {"group": {"group"}, "request": {"group", "request"}}


def _reaches(paper: dict[str, Any], row: Row) -> bool:
    return level(row) in REACHES.get(paper["reach"], set())


# "Agreements need sharing: agreement and no need-to-know."
def agreed(row: Row) -> bool:
    if row.passing != "agreement" or row.need:
        return False
    taken_by = {entity for entity, _role, _kind, _part in _real_seats(row)}
    return any(
        paper["giver"] == row.owner
        and paper["taker"] in taken_by
        and (paper["covers"] is None or row.dataset in paper["covers"])
        and _reaches(paper, row)
        and _in_force(paper)
        for paper in row.contracts
    )


# "A grant names its resources and the level, bases and owner it was given for: stricter or
# another owner suspends it." For metadata_only the hand-over happens outside. Need to know:
# personal grants only.
def granted(row: Row) -> bool:
    if row.who is None or not row.kept_here or row.passing == "none":
        return False
    taken_by = {entity for entity, _role, _kind, _part in _real_seats(row)}
    for paper in row.permits:
        if row.resource is None or row.resource not in paper["files"]:
            continue
        if paper["owner"] != row.owner or row.bases - paper["bases"]:
            continue
        if not _reaches(paper, row) or not _in_force(paper):
            continue
        if paper["behalf"] is None or (paper["behalf"] in taken_by and not row.need):
            return True
    return False


ORDER: tuple[tuple[str, Callable[[Row], bool], bool], ...] = (
    ("open", everyone, True),
    ("sysadmin", administers, True),
    ("owner", belongs_to_owner, True),
    ("wall", hits_a_wall, False),
    ("", lambda row: bool(shared_by(row)), True),
    ("agreement", agreed, True),
    ("grant", granted, True),
    ("denied", lambda _row: True, False),
)


def opinion(row: Row) -> tuple[bool, str, str]:
    """Allowed, rule, level."""
    for name, applies, answer in ORDER:
        if applies(row):
            return answer, name or shared_by(row)[0], level(row)
    raise AssertionError
