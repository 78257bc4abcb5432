"""How the days of the log are sealed, and what a check of the seals can tell. Pure functions.

A day is sealed once it is over where the city is. Its seal is an HMAC under a key that the
database does not hold, over the day, the moment at which it ended, the number and the hash of
each of its events, and the seal of the day before. So nothing of a sealed day can be changed,
removed or added, and no day left out, without whoever has the key. The seal also says on which day
it was made: whoever deletes seals and has the portal make new ones cannot hide that these are late.

Source:
    Design §5; security review §6 (log), users review §6 no. 1.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Literal

SHORTEST_KEY = 32

Problem = Literal[
    "changed",
    "missing",
    "inserted",
    "seal-changed",
    "wrong-key",
    "broken-chain",
    "missing-day",
    "cut-off",
    "outside-differs",
    "outside-behind",
    "outside-unreadable",
    "pruning-forged",
    "person-changed",
    "not-sealed",
]

# What each problem means, for those who look after the portal.
MEANING: dict[Problem, str] = {
    "changed": "event {event} is not what it was when the day was sealed",
    "missing": "event {event} is gone, and no pruning accounts for it",
    "inserted": "event {event} was not there when the day was sealed",
    "seal-changed": "the seal itself was changed",
    "wrong-key": "the seal was made with a key that is not in ckanext.jena_governance.event_key",
    "broken-chain": "the seal does not continue the one before it",
    "missing-day": "the day has no seal although a later day has one",
    "cut-off": "the day was sealed, says the file outside, but the database has no such seal",
    "outside-differs": "the seal is not the one that was noted outside",
    "outside-behind": "the seal was not noted outside; 'log seal' notes what is missing",
    "outside-unreadable": "line {event} of the file outside cannot be read",
    "pruning-forged": "event {event} claims a pruning that this portal did not do",
    "person-changed": "whoever stands beside event {event} is not whom it was written with",
    "not-sealed": "the day should have a seal: seals were cut off, or 'log seal' does not run",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """An event as it is sealed."""

    id: int
    created: datetime
    kind: str
    object_type: str
    object_id: str
    actor: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Seal:
    """The seal of a day.

    Attributes:
        day: the day.
        ends: the moment at which it ended; the next one begins there.
        count: how many events it had.
        rows: number and hash of each event, by number.
        previous: the HMAC of the seal before; empty for the first.
        key_id: which key it was made with.
        sealed_on: the day on which it was made, where the city is; ``None`` for seals that were
            made before this was noted.
        hmac: over all of it.
    """

    day: date
    ends: datetime
    count: int
    rows: tuple[tuple[int, str], ...]
    previous: str
    key_id: str
    sealed_on: date | None
    hmac: str


@dataclass(frozen=True, kw_only=True)
class Late:
    """Days in a row that were all sealed on the same day, later than the day after.

    Until then whoever owns the database could change them unnoticed. That is no tampering, so it
    is no finding; but it is told with every check, for as long as there are these seals.
    """

    first: date
    last: date
    sealed_on: date

    def __str__(self) -> str:
        until = f" to {self.last.isoformat()}" if self.last > self.first else ""
        span = f"{self.first.isoformat()}{until}, on {self.sealed_on.isoformat()}"
        return f"{span}: whether these events were changed before, no seal tells"


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A seal as it was noted outside."""

    day: date
    count: int
    hmac: str
    key_id: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is not as it was sealed.

    Attributes:
        problem: what.
        day: on which day, if any.
        event: the number of the event (or line), if any.
    """

    problem: Problem
    day: date | None = None
    event: int | None = None

    def __str__(self) -> str:
        where = f"{self.day.isoformat()}: " if self.day else ""
        return where + MEANING[self.problem].format(event=self.event)


def end_of(day: date, zone: tzinfo) -> datetime:
    """The moment at which a day ends in a time zone, in UTC; days of 23 and 25 hours included."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return midnight.astimezone(timezone.utc)


def days(first: date, today: date) -> Iterator[date]:
    """The days from the first one on that are over."""
    for number in range((today - first).days):
        yield first + timedelta(days=number)


def id_of(key: str) -> str:
    """By which name a key is known in seals; tells nothing of it."""
    return _hmac(key, ["key"])[:16]


def hash_of(key: str, row: Row) -> str:
    """The hash of one event. Keyed, so that what is left of a pruned event cannot be guessed."""
    moment = row.created.astimezone(timezone.utc).isoformat(timespec="microseconds")
    told = [row.id, moment, row.kind, row.object_type, row.object_id, row.actor, row.data]
    return _hmac(key, ["event", *told])


def seal(  # noqa: PLR0913 - what a seal says, each of it
    key: str,
    day: date,
    ends: datetime,
    rows: Iterable[Row],
    previous: str,
    *,
    sealed_on: date,
) -> Seal:
    """Seal a day.

    Args:
        key: the key; at least 32 characters.
        day: the day.
        ends: the moment at which it ended.
        rows: its events, in any order.
        previous: the HMAC of the seal before; empty for the first.
        sealed_on: today where the city is.

    Raises:
        ValueError: the key is too short to protect anything.
    """
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"the key has {len(key)} characters; {SHORTEST_KEY} are the least")
    hashes = tuple(sorted((row.id, hash_of(key, row)) for row in rows))
    unsigned = Seal(
        day=day,
        ends=ends,
        count=len(hashes),
        rows=hashes,
        previous=previous,
        key_id=id_of(key),
        sealed_on=sealed_on,
        hmac="",
    )
    return replace(unsigned, hmac=_signature(key, unsigned))


def proof_of_pruning(key: str, ids: Collection[int]) -> str:
    """What shows that events were pruned by somebody who has the key."""
    return _hmac(key, ["pruned", *sorted(ids)])


def is_proven(keys: Iterable[str], ids: Collection[int], proof: object) -> bool:
    """Whether a pruning was done by somebody who has one of the keys."""
    said = proof if isinstance(proof, str) else ""
    return any(hmac.compare_digest(proof_of_pruning(key, ids), said) for key in keys)


def check(
    sealed: Seal,
    before: Seal | None,
    living: Iterable[Row],
    keys: Iterable[str],
    pruned: Collection[int],
) -> list[Finding]:
    """Compare a day with its seal.

    Args:
        sealed: its seal.
        before: the seal before, as it is stored; ``None`` for the first.
        living: the events of that day, as they are stored.
        keys: the keys of this portal, the newest first.
        pruned: numbers of events that were pruned lawfully.

    Returns:
        What is not as it was; empty if all is well.
    """
    found = [*_check_chain(sealed, before)]
    key = next((one for one in keys if id_of(one) == sealed.key_id), None)
    if key is None:
        return [*found, Finding(problem="wrong-key", day=sealed.day)]
    if not hmac.compare_digest(_signature(key, sealed), sealed.hmac):
        found.append(Finding(problem="seal-changed", day=sealed.day))
    return [*found, *_check_rows(sealed, {row.id: hash_of(key, row) for row in living}, pruned)]


def _check_chain(sealed: Seal, before: Seal | None) -> Iterator[Finding]:
    if before is not None:
        for day in days(before.day + timedelta(days=1), sealed.day):
            yield Finding(problem="missing-day", day=day)
    if sealed.previous != (before.hmac if before else ""):
        yield Finding(problem="broken-chain", day=sealed.day)


def _check_rows(
    sealed: Seal, living: Mapping[int, str], pruned: Collection[int]
) -> Iterator[Finding]:
    known = dict(sealed.rows)
    for id_, hash_ in sorted(known.items()):
        if id_ not in living and id_ not in pruned:
            yield Finding(problem="missing", day=sealed.day, event=id_)
        elif id_ in living and not hmac.compare_digest(living[id_], hash_):
            yield Finding(problem="changed", day=sealed.day, event=id_)
    for id_ in sorted(living.keys() - known.keys()):
        yield Finding(problem="inserted", day=sealed.day, event=id_)


def overdue(newest: date | None, first: date | None, today: date) -> list[Finding]:
    """Days that should be sealed by now, or were once and are not any more.

    Args:
        newest: the last day with a seal, if any.
        first: the day of the first event, if any.
        today: today where the city is.
    """
    start = newest + timedelta(days=1) if newest else first
    if start is None:
        return []
    return [
        Finding(problem="not-sealed", day=day) for day in days(start, today) if is_late(day, today)
    ]


def is_late(day: date, sealed_on: date) -> bool:
    """Whether a day that is sealed then is sealed late. The day after it, it is not."""
    return sealed_on > day + timedelta(days=1)


def late(seals: Iterable[Seal]) -> list[Late]:
    """Which days were sealed late, by day; those of one go together."""
    found: list[Late] = []
    for one in seals:
        if one.sealed_on is None or not is_late(one.day, one.sealed_on):
            continue
        before = found[-1] if found else None
        if (
            before
            and before.sealed_on == one.sealed_on
            and before.last == one.day - timedelta(days=1)
        ):
            found[-1] = replace(before, last=one.day)
        else:
            found.append(Late(first=one.day, last=one.day, sealed_on=one.sealed_on))
    return found


def compare(seals: Iterable[Seal], noted: Sequence[Noted]) -> list[Finding]:
    """Compare the seals of the database with those noted outside.

    Args:
        seals: the seals, in any order.
        noted: what was noted, as it was written; a day may stand there twice.
    """
    inside = {one.day: one.hmac for one in seals}
    newest = max(inside, default=date.min)
    found: list[Finding] = []
    for one in noted:
        if one.day not in inside:
            problem: Problem = "cut-off" if one.day > newest else "missing-day"
            found.append(Finding(problem=problem, day=one.day))
        elif not hmac.compare_digest(inside[one.day], one.hmac):
            found.append(Finding(problem="outside-differs", day=one.day))
    last = max((one.day for one in noted), default=date.min)
    found += [Finding(problem="outside-behind", day=day) for day in sorted(inside) if day > last]
    return list(dict.fromkeys(found))


def line_of(sealed: Seal) -> str:
    """A seal as it is noted outside: day, number of events, HMAC, name of the key."""
    return f"{sealed.day.isoformat()} {sealed.count} {sealed.hmac} {sealed.key_id}"


def read_lines(text: str) -> tuple[list[Noted], list[Finding]]:
    """What was noted outside, and the lines that cannot be read."""
    noted: list[Noted] = []
    broken: list[Finding] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            day, count, signature, key_id = line.split()
            one = Noted(
                day=date.fromisoformat(day), count=int(count), hmac=signature, key_id=key_id
            )
        except ValueError:
            broken.append(Finding(problem="outside-unreadable", event=number))
            continue
        noted.append(one)
    return noted, broken


def _signature(key: str, sealed: Seal) -> str:
    ends = sealed.ends.astimezone(timezone.utc).isoformat(timespec="microseconds")
    rows = [list(row) for row in sealed.rows]
    told = [sealed.day.isoformat(), ends, sealed.count, sealed.previous, sealed.key_id, rows]
    if sealed.sealed_on is not None:
        told.append(sealed.sealed_on.isoformat())
    return _hmac(key, ["day", *told])


def _hmac(key: str, message: list[Any]) -> str:
    """Over the canonical form: JSON with sorted keys, no spaces, UTF-8."""
    text = json.dumps(message, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
