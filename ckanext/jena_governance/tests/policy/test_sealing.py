"""Seals of the log: what is covered, and what each kind of tampering looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jena_governance.policy import retention, sealing
from ckanext.jena_governance.policy.sealing import Finding, Row, Seal

KEY = "k" * 32
OTHER = "o" * 32
BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2026, 3, 27)


def row(number: int, day: date = FIRST, **changed: Any) -> Row:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)
    made = Row(
        id=number,
        created=moment,
        kind="dataset.loosened",
        object_type="dataset",
        object_id="d",
        actor="a" * 64,
        data={"to": "open", "from": ["ä", 1, None]},
    )
    return replace(made, **changed)


def sealed_day(
    key: str, day: date, events: list[Row], previous: str = "", *, after: int = 1
) -> Seal:
    """Sealed so many days later."""
    ends, sealed_on = sealing.end_of(day, BERLIN), day + timedelta(days=after)
    return sealing.seal(key, day, ends, events, previous, sealed_on=sealed_on)


def chain(*amounts: int) -> tuple[list[Seal], list[list[Row]]]:
    """Seals of days with so many events each, and the events."""
    seals: list[Seal] = []
    events: list[list[Row]] = []
    number = 0
    for offset, amount in enumerate(amounts):
        day = FIRST + timedelta(days=offset)
        of_day = [row(number + one, day) for one in range(1, amount + 1)]
        number += amount
        before = seals[-1].hmac if seals else ""
        seals.append(sealed_day(KEY, day, of_day, before))
        events.append(of_day)
    return seals, events


def check(sealed: Seal, before: Seal | None, living: list[Row], **more: Any) -> list[Finding]:
    return sealing.check(sealed, before, living, more.get("keys", [KEY]), more.get("pruned", []))


def problems(found: list[Finding]) -> list[tuple[str, int | None]]:
    return [(one.problem, one.event) for one in found]


def test_all_is_well() -> None:
    seals, events = chain(3, 0, 2)
    assert [one.count for one in seals] == [3, 0, 2]
    for number, sealed in enumerate(seals):
        before = seals[number - 1] if number else None
        assert check(sealed, before, events[number][::-1]) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"created": datetime(2026, 3, 27, 12, 0, 0, 1, tzinfo=timezone.utc)},
        {"kind": "dataset.locked"},
        {"object_type": "organization"},
        {"object_id": "e"},
        {"actor": None},
        {"actor": "b" * 64},
        {"data": {"to": "open"}},
        {"data": {"to": "closed", "from": ["ä", 1, None]}},
    ],
)
def test_each_column_is_covered(changed: dict[str, Any]) -> None:
    (sealed,), (events,) = chain(2)
    assert problems(check(sealed, None, [events[0], row(2, **changed)])) == [("changed", 2)]


def test_a_moment_is_the_same_in_any_zone() -> None:
    (sealed,), (events,) = chain(1)
    there = replace(events[0], created=events[0].created.astimezone(ZoneInfo("Pacific/Auckland")))
    assert check(sealed, None, [there]) == []


def test_the_order_of_keys_says_nothing() -> None:
    assert sealing.hash_of(KEY, row(1, data={"a": 1, "b": 2})) == sealing.hash_of(
        KEY, row(1, data={"b": 2, "a": 1})
    )


def test_missing_inserted_renumbered() -> None:
    (sealed,), (events,) = chain(3)
    events[1] = replace(events[1], data={})
    sealed = sealed_day(KEY, FIRST, events)
    one, two, three = events
    assert problems(check(sealed, None, [one, three])) == [("missing", 2)]
    assert problems(check(sealed, None, [*events, row(9)])) == [("inserted", 9)]
    renumbered = [one, replace(two, id=3), replace(three, id=2)]
    assert problems(check(sealed, None, renumbered)) == [("changed", 2), ("changed", 3)]
    moved = [one, two, replace(three, id=7)]
    assert problems(check(sealed, None, moved)) == [("missing", 3), ("inserted", 7)]


def test_pruned_events_are_not_missing_but_may_not_be_changed() -> None:
    (sealed,), (events,) = chain(3)
    assert check(sealed, None, events[:1], pruned=[2, 3]) == []
    back = replace(events[1], kind="x")
    assert problems(check(sealed, None, [events[0], back], pruned=[2, 3])) == [("changed", 2)]


@pytest.mark.parametrize(
    "changed",
    [
        {"day": date(2026, 3, 26)},
        {"ends": datetime(2026, 3, 28, tzinfo=timezone.utc)},
        {"count": 1},
        {"sealed_on": date(2026, 3, 27)},
        {"sealed_on": None},
        {"hmac": "0" * 64},
        {"rows": ()},
    ],
)
def test_the_seal_itself_is_covered(changed: dict[str, Any]) -> None:
    (sealed,), (events,) = chain(2)
    found = problems(check(replace(sealed, **changed), None, events))
    assert ("seal-changed", None) in found


def test_whoever_has_no_key_cannot_seal_again() -> None:
    """The database's owner changes an event and makes a seal that fits, with another key."""
    (_sealed,), (events,) = chain(2)
    forged = [events[0], replace(events[1], data={})]
    again = sealed_day(OTHER, FIRST, forged)
    assert problems(check(again, None, forged)) == [("wrong-key", None)]
    lying = replace(again, key_id=sealing.id_of(KEY))
    assert ("seal-changed", None) in problems(check(lying, None, forged))


def test_a_key_can_be_replaced() -> None:
    seals, events = chain(1)
    day = FIRST + timedelta(days=1)
    later = [row(2, day)]
    new = sealed_day(OTHER, day, later, seals[0].hmac)
    assert check(seals[0], None, events[0], keys=[OTHER, KEY]) == []
    assert check(new, seals[0], later, keys=[OTHER, KEY]) == []
    assert problems(check(seals[0], None, events[0], keys=[OTHER])) == [("wrong-key", None)]


def test_a_seal_of_before_its_day_of_sealing_was_noted_still_holds() -> None:
    (sealed,), (events,) = chain(2)
    text = sealing._signature(KEY, replace(sealed, sealed_on=None))
    assert check(replace(sealed, sealed_on=None, hmac=text), None, events) == []


class TestLate:
    def told(self, *waits: int) -> list[str]:
        seals = [
            sealed_day(KEY, FIRST + timedelta(days=number), [], after=wait)
            for number, wait in enumerate(waits)
        ]
        return [str(one).partition(":")[0] for one in sealing.late(seals)]

    def test_the_day_after_is_in_time(self) -> None:
        assert self.told(1, 1, 1) == []

    def test_days_of_one_sealing_go_together(self) -> None:
        assert self.told(1, 4, 3, 2, 1) == ["2026-03-28 to 2026-03-30, on 2026-04-01"]

    def test_those_of_another_stand_apart(self) -> None:
        assert self.told(2, 2, 1, 2) == [
            "2026-03-27, on 2026-03-29",
            "2026-03-28, on 2026-03-30",
            "2026-03-30, on 2026-04-01",
        ]
        assert self.told(3, 1, 1)[0] == "2026-03-27, on 2026-03-30"

    def test_what_does_not_say_when_is_not_late(self) -> None:
        sealed = replace(sealed_day(KEY, FIRST, [], after=9), sealed_on=None)
        assert sealing.late([sealed]) == []

    @pytest.mark.parametrize(("days", "late"), [(0, 0), (1, 0), (2, 1), (5, 4)])
    def test_what_is_overdue_is_what_would_be_late(self, days: int, late: int) -> None:
        today = FIRST + timedelta(days=days)
        assert len(sealing.overdue(None, FIRST, today)) == late
        made = [
            replace(sealed_day(KEY, day, []), sealed_on=today) for day in sealing.days(FIRST, today)
        ]
        assert len(sealing.late(made)) == (1 if late else 0)


def test_a_day_taken_out_breaks_the_chain() -> None:
    seals, events = chain(1, 1, 1, 1)
    found = check(seals[3], seals[0], events[3])
    assert [(one.problem, one.day) for one in found] == [
        ("missing-day", date(2026, 3, 28)),
        ("missing-day", date(2026, 3, 29)),
        ("broken-chain", date(2026, 3, 30)),
    ]
    assert problems(check(seals[1], None, events[1])) == [("broken-chain", None)]
    assert problems(check(seals[0], seals[1], events[0])) == [("broken-chain", None)]


def test_a_key_that_is_gone_hides_nothing_else() -> None:
    seals, events = chain(1, 1, 1)
    found = problems(check(seals[2], seals[0], events[2], keys=[OTHER]))
    assert found == [("missing-day", None), ("broken-chain", None), ("wrong-key", None)]


def test_a_day_ends_in_utc() -> None:
    assert sealing.end_of(FIRST, BERLIN).tzinfo is timezone.utc


def test_a_short_key_protects_nothing() -> None:
    with pytest.raises(ValueError, match="31 characters; 32 are the least"):
        sealed_day("k" * 31, FIRST, [])


def test_what_a_seal_shows_tells_nothing_of_the_key_or_the_events() -> None:
    (sealed,), _events = chain(1)
    assert KEY not in str(sealed)
    assert sealed.rows[0][1] != sealing.hash_of(OTHER, row(1))
    assert sealed.key_id == sealing.id_of(KEY) != sealing.id_of(OTHER)


class TestOutside:
    def noted(self, seals: list[Seal]) -> list[sealing.Noted]:
        noted, broken = sealing.read_lines("\n".join(map(sealing.line_of, seals)))
        assert broken == []
        return noted

    def test_all_is_well(self) -> None:
        seals, _events = chain(1, 0, 2)
        assert sealing.compare(seals, self.noted(seals)) == []
        assert sealing.compare(seals, self.noted([*seals, seals[-1]])) == [], "noted twice"

    def test_cut_off(self) -> None:
        seals, _events = chain(1, 1, 1)
        found = sealing.compare(seals[:1], self.noted(seals))
        assert [(one.problem, one.day) for one in found] == [
            ("cut-off", date(2026, 3, 28)),
            ("cut-off", date(2026, 3, 29)),
        ]
        assert [one.problem for one in sealing.compare([], self.noted(seals[:1]))] == ["cut-off"]

    def test_taken_out(self) -> None:
        seals, _events = chain(1, 1, 1)
        (found,) = sealing.compare([seals[0], seals[2]], self.noted(seals))
        assert (found.problem, found.day) == ("missing-day", date(2026, 3, 28))

    def test_sealed_anew(self) -> None:
        seals, _events = chain(1, 1)
        other = replace(seals[1], hmac="0" * 64)
        (found,) = sealing.compare([seals[0], other], self.noted(seals))
        assert (found.problem, found.day) == ("outside-differs", date(2026, 3, 28))

    def test_behind(self) -> None:
        seals, _events = chain(1, 1)
        (found,) = sealing.compare(seals, self.noted(seals[:1]))
        assert (found.problem, found.day) == ("outside-behind", date(2026, 3, 28))

    def test_unreadable(self) -> None:
        seals, _events = chain(1)
        text = f"nonsense\n\n{sealing.line_of(seals[0])}\n2026-13-01 1 a b\n2026-03-01 x a b\n"
        noted, broken = sealing.read_lines(text)
        assert [one.day for one in noted] == [FIRST]
        assert [one.event for one in broken] == [1, 4, 5]
        assert {one.problem for one in broken} == {"outside-unreadable"}


class TestDays:
    def test_midnight_where_the_city_is(self) -> None:
        assert sealing.end_of(date(2026, 1, 15), BERLIN) == datetime(
            2026, 1, 15, 23, tzinfo=timezone.utc
        )
        assert sealing.end_of(date(2026, 7, 15), BERLIN) == datetime(
            2026, 7, 15, 22, tzinfo=timezone.utc
        )

    @pytest.mark.parametrize(
        ("day", "hours"),
        [
            (date(2026, 3, 29), 23),
            (date(2026, 10, 25), 25),
            (date(2026, 3, 28), 24),
            (date(2026, 3, 30), 24),
        ],
    )
    def test_days_of_the_clock_change(self, day: date, hours: int) -> None:
        begins = sealing.end_of(day - timedelta(days=1), BERLIN)
        assert sealing.end_of(day, BERLIN) - begins == timedelta(hours=hours)

    def test_today_is_not_over(self) -> None:
        today = date(2026, 3, 1)
        assert list(sealing.days(date(2026, 2, 27), today)) == [
            date(2026, 2, 27),
            date(2026, 2, 28),
        ]
        assert list(sealing.days(today, today)) == []
        assert list(sealing.days(date(2026, 3, 2), today)) == []

    def test_overdue(self) -> None:
        today = date(2026, 3, 10)

        def late(newest: date | None, first: date | None) -> list[date | None]:
            found = sealing.overdue(newest, first, today)
            assert {one.problem for one in found} <= {"not-sealed"}
            return [one.day for one in found]

        assert late(None, None) == []
        assert late(date(2026, 3, 9), date(2026, 3, 1)) == []
        assert late(date(2026, 3, 8), date(2026, 3, 1)) == [], "yesterday waits for its night"
        assert late(date(2026, 3, 7), date(2026, 3, 1)) == [date(2026, 3, 8)]
        assert late(None, date(2026, 3, 8)) == [date(2026, 3, 8)]
        assert late(None, date(2026, 3, 9)) == []


class TestPruning:
    def test_proof(self) -> None:
        proof = sealing.proof_of_pruning(KEY, [3, 1, 2])
        assert sealing.is_proven([OTHER, KEY], [1, 2, 3], proof)
        assert not sealing.is_proven([OTHER], [1, 2, 3], proof)
        assert not sealing.is_proven([KEY], [1, 2, 3, 4], proof)
        assert not sealing.is_proven([KEY], [1, 2, 3], None)

    def test_classes(self) -> None:
        assert retention.class_of("dataset.loosened") == "decision"
        assert retention.class_of("membership.changed") == "other"
        assert retention.class_of("legal.asked") == "other"
        assert retention.class_of("log.pruned") == "log"
        assert retention.class_of("person.erased") == "log"
        assert retention.class_of("something.new") == "decision"
        assert set(retention.first_words("other")) == {"membership", "legal"}
        assert set(retention.first_words("decision")) == {"membership", "legal", "log", "person"}
        assert set(retention.first_words("log")) == {"log", "person"}

    @pytest.mark.parametrize(
        ("today", "months", "before"),
        [
            (date(2026, 3, 31), 1, date(2026, 2, 28)),
            (date(2024, 3, 31), 1, date(2024, 2, 29)),
            (date(2026, 1, 15), 1, date(2025, 12, 15)),
            (date(2026, 12, 1), 12, date(2025, 12, 1)),
            (date(2026, 5, 31), 120, date(2016, 5, 31)),
            (date(2026, 7, 31), 1, date(2026, 6, 30)),
            (date(2026, 7, 28), 5, date(2026, 2, 28)),
        ],
    )
    def test_months(self, today: date, months: int, before: date) -> None:
        assert retention.months_before(today, months) == before


def test_findings_say_what_they_mean() -> None:
    assert str(Finding(problem="changed", day=FIRST, event=7)) == (
        "2026-03-27: event 7 is not what it was when the day was sealed"
    )
    assert str(Finding(problem="person-changed", event=7)).startswith(
        "whoever stands beside event 7"
    )
    assert set(sealing.MEANING) == set(get_args(sealing.Problem))
    assert len(set(sealing.MEANING.values())) == len(sealing.MEANING)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    data=st.lists(
        st.dictionaries(st.text(max_size=5), json_like, max_size=3), min_size=1, max_size=5
    ),
    change=st.data(),
)
def test_any_change_shows(data: list[dict[str, Any]], change: st.DataObject) -> None:
    events = [row(number, data=one) for number, one in enumerate(data, start=1)]
    sealed = sealed_day(KEY, FIRST, events)
    assert check(sealed, None, change.draw(st.permutations(events))) == []
    victim = change.draw(st.integers(0, len(events) - 1))
    other = change.draw(json_like.filter(lambda one: one != data[victim].get("x", ...)))
    tampered = [*events]
    tampered[victim] = replace(events[victim], data={**data[victim], "x": other})
    assert problems(check(sealed, None, tampered)) == [("changed", victim + 1)]
