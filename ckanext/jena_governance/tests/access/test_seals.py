"""The log shows tampering: by the database's owner, with all triggers switched off."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access import seals
from ckanext.jena_governance.model import GovernanceEvent, GovernanceEventDigest, event
from ckanext.jena_governance.tests.access.sealed import (
    BERLIN,
    KEY,
    TODAY,
    as_owner,
    days_before,
    problems,
    put,
    run,
)

SETTING = "ckanext.jena_governance.event_key"

pytestmark = pytest.mark.ckan_config(SETTING, KEY)


@pytest.fixture
def log(portal: None) -> list[int]:
    """Two events on each of three days, one empty day, one event of today; sealed."""
    made = [put(days_before(day)) for day in (5, 5, 4, 4, 2, 2, 0)]
    for number in (4, 3, 2, 1, 0):
        assert len(seals.seal(days_before(number))) == 1
    return made


@pytest.fixture
def outside(tmp_path: Path, ckan_config: Any) -> Path:
    path = tmp_path / "seals.txt"
    ckan_config["ckanext.jena_governance.event_digest_file"] = str(path)
    return path


def test_green(log: list[int]) -> None:
    report = seals.verify(TODAY)
    assert report.findings == []
    assert (report.seals, report.events, report.pruned, report.unsealed) == (5, 6, 0, 1)
    days = list(model.Session.scalars(sa.select(GovernanceEventDigest).order_by("day")))
    assert [(one.day, one.count) for one in days] == [
        (days_before(number), count) for number, count in ((5, 2), (4, 2), (3, 0), (2, 2), (1, 0))
    ]
    assert days[0].previous == ""
    assert [one.previous for one in days[1:]] == [one.hmac for one in days[:-1]]


def test_sealing_again_changes_nothing(log: list[int]) -> None:
    assert seals.seal(TODAY) == []
    assert seals.seal(TODAY + timedelta(days=1))[0].count == 1
    assert problems(TODAY + timedelta(days=1)) == []


def test_an_empty_log_is_as_it_was(portal: None) -> None:
    assert seals.seal(TODAY) == []
    assert problems() == []


class TestTampering:
    @pytest.mark.parametrize(
        "change",
        [
            "kind = 'dataset.locked'",
            "object_id = 'e'",
            "actor = NULL",
            "data = '{\"a\": 1}'",
            "created = created + interval '1 microsecond'",
        ],
    )
    def test_a_row_changed(self, log: list[int], change: str) -> None:
        with as_owner() as sql:
            sql(f"UPDATE governance_event SET {change} WHERE id = :id", id=log[2])
        found = problems()
        assert ("changed", log[2]) in found
        assert {one for _problem, one in found} == {log[2]}

    def test_a_row_deleted(self, log: list[int]) -> None:
        with as_owner() as sql:
            sql("DELETE FROM governance_event WHERE id = :id", id=log[3])
        assert problems() == [("missing", log[3])]

    def test_a_row_inserted_later(self, log: list[int]) -> None:
        number = put(days_before(4))
        assert problems() == [("inserted", number)]

    def test_a_row_inserted_before_everything(self, log: list[int]) -> None:
        number = put(days_before(400))
        assert problems() == [("inserted", number)]

    def test_rows_renumbered(self, log: list[int]) -> None:
        with as_owner() as sql:
            sql(
                "ALTER TABLE governance_event_person DROP CONSTRAINT governance_event_person_event_id_fkey"
            )
            sql("UPDATE governance_event SET id = 1000000 WHERE id = :id", id=log[0])
            sql(
                "UPDATE governance_event_person SET event_id = 1000000 WHERE event_id = :id",
                id=log[0],
            )
            sql(
                "ALTER TABLE governance_event_person ADD CONSTRAINT governance_event_person_event_id_fkey"
                " FOREIGN KEY (event_id) REFERENCES governance_event (id) ON DELETE CASCADE"
            )
        assert problems() == [("missing", log[0]), ("inserted", 1000000)]

    def test_a_row_moved_to_another_day(self, log: list[int]) -> None:
        with as_owner() as sql:
            sql(
                "UPDATE governance_event SET created = created + interval '1 day' WHERE id = :id",
                id=log[0],
            )
        assert problems() == [("missing", log[0]), ("inserted", log[0])]

    def test_a_row_moved_to_today(self, log: list[int]) -> None:
        with as_owner() as sql:
            sql(
                "UPDATE governance_event SET created = :now WHERE id = :id",
                id=log[0],
                now=noon(TODAY),
            )
        assert problems() == [("missing", log[0])]

    def test_a_seal_rewritten_to_fit(self, log: list[int]) -> None:
        """Row and hash changed; only the HMAC cannot be made without the key."""
        with as_owner() as sql:
            sql("UPDATE governance_event SET kind = 'x' WHERE id = :id", id=log[0])
            sql(
                "UPDATE governance_event_digest SET rows = jsonb_set(rows, '{0,1}', '\"00\"') WHERE day = :day",
                day=days_before(5),
            )
        assert ("seal-changed", None) in problems()

    def test_a_row_taken_out_of_log_and_seal(self, log: list[int]) -> None:
        with as_owner() as sql:
            sql("DELETE FROM governance_event WHERE id = :id", id=log[0])
            sql(
                "UPDATE governance_event_digest SET rows = rows - 0, count = count - 1 WHERE day = :day",
                day=days_before(5),
            )
        assert problems() == [("seal-changed", None)]

    def test_a_day_taken_out(self, log: list[int]) -> None:
        with as_owner() as sql:
            sql("DELETE FROM governance_event WHERE id IN (:a, :b)", a=log[2], b=log[3])
            sql("DELETE FROM governance_event_digest WHERE day = :day", day=days_before(4))
        assert problems() == [("missing-day", None), ("broken-chain", None)]

    def test_the_tail_cut_off_shows_as_days_not_sealed(self, log: list[int]) -> None:
        with as_owner() as sql:
            sql("DELETE FROM governance_event WHERE created > :moment", moment=noon(days_before(3)))
            sql("DELETE FROM governance_event_digest WHERE day >= :day", day=days_before(3))
        assert problems() == [("not-sealed", None), ("not-sealed", None)]

    def test_somebody_else_put_in_the_place_of_who_acted(self, log: list[int]) -> None:
        with model.meta.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "UPDATE governance_event_person SET user_id = 'scapegoat' WHERE event_id = :id"
                ),
                {"id": log[1]},
            )
        assert problems() == [("person-changed", log[1])]

    def test_somebody_put_beside_an_event_of_the_system(self, portal: None) -> None:
        number = put(days_before(3), user=None)
        seals.seal(TODAY, late=True)
        assert problems() == []
        with model.meta.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO governance_event_person (event_id, user_id, salt, subject_id, subject_salt)"
                    " VALUES (:id, NULL, NULL, 'scapegoat', 'x')"
                ),
                {"id": number},
            )
        assert problems() == [("person-changed", number)]

    def test_a_forged_pruning(self, log: list[int]) -> None:
        """The trigger itself lets go what a pruning names; the key tells that it was none."""
        forged = put(TODAY, "log.pruned", data={"ids": [log[0]], "proof": "0" * 64})
        with model.meta.engine.begin() as connection:
            connection.execute(
                sa.text("DELETE FROM governance_event WHERE id = :id"), {"id": log[0]}
            )
        assert set(problems()) == {("pruning-forged", forged), ("missing", log[0])}

    def test_what_nobody_can_tell(self, log: list[int]) -> None:
        """Today's events are not sealed yet (docs/log.md)."""
        with as_owner() as sql:
            sql("UPDATE governance_event SET kind = 'x' WHERE id = :id", id=log[6])
        assert problems() == []


class TestOutside:
    def test_each_seal_is_noted(self, outside: Path, log: list[int]) -> None:
        first = outside.read_text()
        lines = [line.split() for line in first.splitlines()]
        assert [line[0] for line in lines] == [days_before(n).isoformat() for n in (5, 4, 3, 2, 1)]
        assert KEY not in first
        assert outside.stat().st_mode & 0o777 == 0o600
        seals.seal(TODAY + timedelta(days=1))
        assert outside.read_text().startswith(first), "appended"
        assert problems(TODAY + timedelta(days=1)) == []

    def test_the_tail_cut_off(self, outside: Path, log: list[int]) -> None:
        with as_owner() as sql:
            sql("DELETE FROM governance_event WHERE created > :moment", moment=noon(days_before(3)))
            sql("DELETE FROM governance_event_digest WHERE day >= :day", day=days_before(1))
        assert ("cut-off", None) in problems()

    def test_what_was_cut_off_does_not_grow_again(self, outside: Path, log: list[int]) -> None:
        """The nightly sealing must not cover up for whoever cut the tail off."""
        before = outside.read_text()
        with as_owner() as sql:
            sql("UPDATE governance_event SET kind = 'x' WHERE id = :id", id=log[5])
            sql("DELETE FROM governance_event_digest WHERE day >= :day", day=days_before(2))
        with pytest.raises(seals.SealError, match="the database has no such seal"):
            seals.seal(TODAY)
        assert outside.read_text() == before
        done = run("log", "seal")
        assert done.exit_code == 2
        assert "not in order" in done.output

    def test_everything_emptied(self, outside: Path, log: list[int]) -> None:
        with as_owner() as sql:
            sql("TRUNCATE governance_event CASCADE")
            sql("TRUNCATE governance_event_digest")
        assert [problem for problem, _ in problems()] == ["cut-off"] * 5

    def test_sealed_anew_by_somebody_who_may_say_late(self, outside: Path, log: list[int]) -> None:
        noted = outside.read_text()
        with as_owner() as sql:
            sql("UPDATE governance_event SET kind = 'x' WHERE id = :id", id=log[5])
            sql("DELETE FROM governance_event_digest WHERE day >= :day", day=days_before(2))
        outside.unlink()
        seals.seal(TODAY, late=True)
        outside.write_text(noted)
        assert problems() == [("outside-differs", None), ("outside-differs", None)]

    @pytest.mark.parametrize("is_empty", [False, True])
    def test_a_file_that_was_lost_is_written_again_when_told_to(
        self, outside: Path, log: list[int], is_empty: bool
    ) -> None:
        noted = outside.read_text()
        outside.unlink()
        if is_empty:
            outside.touch()
        assert [problem for problem, _ in problems()] == ["outside-behind"] * 5
        with pytest.raises(seals.SealError, match=r"seals\.txt\) is missing or empty"):
            seals.seal(TODAY)
        seals.seal(TODAY, late=True)
        assert outside.read_text() == noted
        assert problems() == []

    def test_a_file_that_lacks_the_newest_ones_is_completed(
        self, outside: Path, log: list[int]
    ) -> None:
        """The disk was full."""
        noted = outside.read_text()
        outside.write_text("".join(noted.splitlines(keepends=True)[:3]))
        seals.seal(TODAY)
        assert outside.read_text() == noted

    def test_a_file_that_cannot_be_written(
        self, log: list[int], tmp_path: Path, ckan_config: Any
    ) -> None:
        ckan_config["ckanext.jena_governance.event_digest_file"] = str(tmp_path / "no" / "seals")
        done = run("log", "seal", "--late")
        assert done.exit_code == 2
        assert "cannot be used" in done.output

    def test_a_line_that_nobody_can_read(self, outside: Path, log: list[int]) -> None:
        with outside.open("a") as file:
            file.write("something else\n")
        assert problems() == [("outside-unreadable", 6)]

    @pytest.mark.ckan_config("ckanext.jena_governance.legal_mailbox", "schutz@stadt.example")
    def test_by_mail(self, portal: None, mail_server: Any) -> None:
        put(days_before(2), object_id="secret-dataset")
        done = run("log", "seal", "--late")
        assert done.exit_code == 0, done.output
        assert "mailed" in done.output
        (sent,) = mail_server.get_smtp_messages()
        newest = model.Session.scalar(
            sa.select(GovernanceEventDigest).order_by(GovernanceEventDigest.day.desc()).limit(1)
        )
        assert sent[2] == ["schutz@stadt.example"]
        assert newest.hmac in decoded(sent[3])
        assert "secret-dataset" not in decoded(sent[3])

    @pytest.mark.ckan_config("ckanext.jena_governance.legal_mailbox", "schutz@stadt.example")
    @pytest.mark.ckan_config("smtp.server", "localhost:1")
    def test_a_mail_that_does_not_go_out_is_no_reason_not_to_seal(self, portal: None) -> None:
        put(days_before(2))
        done = run("log", "seal", "--late")
        assert done.exit_code == 0
        assert "mailed" not in done.output
        assert seals.verify().findings == []


class TestSealingLate:
    """The portal has the key: whoever deletes seals must not get new ones for changed events."""

    @pytest.fixture(params=[5, 2], ids=["all", "from a day on"])
    def forged(self, log: list[int], request: pytest.FixtureRequest) -> list[int]:
        with as_owner() as sql:
            sql("UPDATE governance_event SET kind = 'forged' WHERE id = :id", id=log[5])
            sql(
                "DELETE FROM governance_event_digest WHERE day >= :day",
                day=days_before(request.param),
            )
        return log

    def test_the_night_does_not_seal_what_was_forged(self, forged: list[int]) -> None:
        before = len(stored())
        done = run("log", "seal")
        assert done.exit_code == 2
        assert "should have had a seal before" in done.output
        assert "somebody has deleted seals" in done.output
        assert len(stored()) == before
        with pytest.raises(seals.SealError, match="log seal --late"):
            seals.seal(TODAY)
        assert {problem for problem, _ in problems()} == {"not-sealed"}

    def test_nor_if_the_file_is_gone_as_well(self, outside: Path, forged: list[int]) -> None:
        outside.unlink()
        with pytest.raises(seals.SealError):
            seals.seal(TODAY)

    def test_whoever_is_talked_into_it_leaves_a_trace_for_good(self, forged: list[int]) -> None:
        seals.seal(TODAY, late=True)
        done = run("log", "verify")
        assert "SEALED LATE" in done.output
        later = TODAY + timedelta(days=1)
        seals.seal(later)
        report = seals.verify(later)
        assert report.findings == [], "late is not tampered with"
        (one,) = report.late
        assert (one.last, one.sealed_on) == (days_before(2), TODAY)
        assert one.first in {days_before(5), days_before(2)}

    def test_the_trace_cannot_be_taken_out(self, forged: list[int]) -> None:
        seals.seal(TODAY, late=True)
        with as_owner() as sql:
            sql("UPDATE governance_event_digest SET sealed_on = day + 1")
        assert ("seal-changed", None) in problems()
        with as_owner() as sql:
            sql("UPDATE governance_event_digest SET sealed_on = NULL")
        assert ("seal-changed", None) in problems()

    def test_only_yesterday_deleted(self, log: list[int]) -> None:
        """Nobody can tell from a night that has not come yet; the file can (docs/log.md)."""
        with as_owner() as sql:
            sql("DELETE FROM governance_event_digest WHERE day = :day", day=days_before(1))
        assert len(seals.seal(TODAY)) == 1
        assert seals.verify(TODAY).late == []

    def test_a_portal_that_was_off_goes_on_by_itself_if_the_file_vouches(
        self, outside: Path, log: list[int]
    ) -> None:
        later = TODAY + timedelta(days=4)
        assert len(seals.seal(later)) == 4
        report = seals.verify(later)
        assert report.findings == []
        (one,) = report.late
        assert (one.first, one.last, one.sealed_on) == (TODAY, days_before(-2), later)

    def test_without_a_file_somebody_has_to_say_so(self, log: list[int]) -> None:
        later = TODAY + timedelta(days=4)
        with pytest.raises(seals.SealError, match="3 days, from 2026-04-02 on"):
            seals.seal(later)
        assert len(seals.seal(later, late=True)) == 4

    def test_a_key_that_is_new(self, portal: None) -> None:
        """A log of before there was a key; what is of yesterday needs no word."""
        put(days_before(30))
        with pytest.raises(seals.SealError, match="the key is new"):
            seals.seal(TODAY)
        seals.seal(TODAY, late=True)
        report = seals.verify(TODAY)
        assert report.findings == []
        assert report.first == days_before(30)
        assert [one.first for one in report.late] == [days_before(30)]

    def test_a_new_portal_needs_no_word(self, outside: Path, portal: None) -> None:
        put(days_before(1))
        assert len(seals.seal(TODAY)) == 1
        assert seals.verify(TODAY).late == []


class TestKey:
    @pytest.mark.parametrize("command", ["seal", "verify"])
    def test_none(self, portal: None, ckan_config: Any, command: str) -> None:
        ckan_config[SETTING] = ""
        done = run("log", command)
        assert done.exit_code == 2
        assert "event_key is not set" in done.output

    @pytest.mark.parametrize("command", ["seal", "verify"])
    def test_too_short(self, portal: None, ckan_config: Any, command: str) -> None:
        ckan_config[SETTING] = "short"
        done = run("log", command)
        assert done.exit_code == 2
        assert "32 characters" in done.output

    def test_another(self, log: list[int], ckan_config: Any) -> None:
        ckan_config[SETTING] = KEY[::-1]
        assert problems() == [("wrong-key", None)] * 5
        with pytest.raises(seals.SealError, match="made with a key that is not in"):
            seals.seal(TODAY + timedelta(days=1))

    def test_replaced(self, log: list[int], ckan_config: Any) -> None:
        ckan_config[SETTING] = f"{KEY[::-1]} {KEY}"
        later = TODAY + timedelta(days=1)
        (new,) = seals.seal(later)
        assert problems(later) == []
        ckan_config[SETTING] = KEY[::-1]
        assert problems(later) == [("wrong-key", None)] * 5
        assert new.key_id not in {one.key_id for one in list(stored())[:-1]}

    def test_is_nowhere_in_the_database(self, log: list[int]) -> None:
        for row in stored():
            assert KEY not in str(row.__dict__)


class TestDays:
    @pytest.mark.parametrize(
        ("last", "first"),
        [
            # Midnight where the city is; in winter, in summer, and beside both clock changes.
            ("2026-01-15T22:59:59.999999", "2026-01-15T23:00:00"),
            ("2026-07-15T21:59:59.999999", "2026-07-15T22:00:00"),
            ("2026-03-28T22:59:59.999999", "2026-03-28T23:00:00"),
            ("2026-03-29T21:59:59.999999", "2026-03-29T22:00:00"),
            ("2026-10-24T21:59:59.999999", "2026-10-24T22:00:00"),
            ("2026-10-25T22:59:59.999999", "2026-10-25T23:00:00"),
        ],
    )
    def test_borders(self, portal: None, last: str, first: str) -> None:
        moments = [
            datetime.fromisoformat(one).replace(tzinfo=timezone.utc) for one in (last, first)
        ]
        numbers = [put(moment) for moment in moments]
        day = moments[0].astimezone(BERLIN).date()
        today = day + timedelta(days=2)
        made = seals.seal(today, late=True)
        assert [(one.day, [id_ for id_, _ in one.rows]) for one in made] == [
            (day, numbers[:1]),
            (day + timedelta(days=1), numbers[1:]),
        ]
        assert problems(today) == []

    def test_the_hour_that_comes_twice(self, portal: None) -> None:
        hours = [
            datetime(2026, 10, 25, hour, 30, tzinfo=timezone.utc) for hour in (0, 1)
        ]  # 02:30 in summer, 02:30 in winter
        numbers = [put(moment) for moment in hours]
        (made,) = seals.seal(date(2026, 10, 26))
        assert [id_ for id_, _ in made.rows] == numbers

    def test_another_time_zone_later(self, log: list[int], ckan_config: Any) -> None:
        ckan_config["ckanext.jena_governance.timezone"] = "Pacific/Auckland"
        put(datetime(2026, 4, 2, 11, 30, tzinfo=timezone.utc))
        made = seals.seal(TODAY + timedelta(days=2), late=True)
        assert sum(one.count for one in made) == 2
        assert problems(TODAY + timedelta(days=2)) == []


class TestManyWriters:
    def test_fifty_at_once(self, portal: None) -> None:
        failures: list[BaseException] = []

        def write(number: int) -> None:
            try:
                for step in range(4):
                    event.record(
                        model.Session,
                        "dataset.loosened",
                        object_type="dataset",
                        object_id=str(number),
                        user_id=f"user-{number}",
                        data={"step": step},
                    )
                    model.Session.commit()
            except BaseException as error:  # noqa: BLE001 - told below
                failures.append(error)
            finally:
                model.Session.remove()

        model.Session.remove()
        threads = [threading.Thread(target=write, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        tomorrow = datetime.now(BERLIN).date() + timedelta(days=1)
        made = seals.seal(tomorrow)
        of_them = sa.select(sa.func.count()).where(GovernanceEvent.kind == "dataset.loosened")
        assert model.Session.scalar(of_them) == 200
        assert sum(one.count for one in made) >= 200
        assert problems(tomorrow) == []

    def test_sealing_waits_for_those_who_are_writing(self, portal: None) -> None:
        """An event that is not committed yet must not come late into a sealed day."""
        put(days_before(3))
        late = event.record(
            model.Session,
            "dataset.locked",
            object_type="dataset",
            object_id="d",
            user_id=None,
            data={},
        )
        number = late.id
        done = threading.Event()
        made: list[Any] = []
        tomorrow = datetime.now(BERLIN).date() + timedelta(days=1)

        def seal() -> None:
            made.extend(seals.seal(tomorrow, late=True))
            done.set()

        thread = threading.Thread(target=seal)
        thread.start()
        assert not done.wait(1), "it waits"
        model.Session.commit()
        thread.join(30)
        assert done.is_set()
        assert number in {id_ for one in made for id_, _ in one.rows}
        assert problems(tomorrow) == []

    def test_two_who_seal(self, portal: None) -> None:
        for number in range(1, 30):
            put(days_before(number))
        model.Session.remove()
        made: list[int] = []
        threads = [
            threading.Thread(target=lambda: made.append(len(seals.seal(TODAY, late=True))))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(made) == [0, 0, 0, 29]
        assert problems() == []


class TestCommand:
    def test_seal_and_verify(self, portal: None) -> None:
        yesterday = datetime.now(BERLIN) - timedelta(days=1)
        put(yesterday)
        done = run("log", "seal")
        assert done.exit_code == 0, done.output
        assert f"{yesterday.date().isoformat()}  1 events" in done.output
        assert "Every day that is over is sealed" in run("log", "seal").output
        done = run("log", "verify")
        assert done.exit_code == 0, done.output
        assert "The log is as it was sealed" in done.output
        assert f"sealed, from {yesterday.date().isoformat()} on." in done.output
        assert "SEALED LATE" not in done.output
        assert "event_digest_file is not set" in done.output

    def test_findings(self, portal: None) -> None:
        number = put(datetime.now(BERLIN) - timedelta(days=1))
        run("log", "seal")
        with as_owner() as sql:
            sql("UPDATE governance_event SET kind = 'x' WHERE id = :id", id=number)
        done = run("log", "verify")
        assert done.exit_code == 1
        assert f"event {number} is not what it was" in done.output

    def test_show_and_export(self, portal: None) -> None:
        number = put(TODAY, object_id="=cmd|' /C calc'!A0", data={"a": "ü"})
        put(TODAY, "dataset.locked")
        assert f"{number}  2026-04-02T12:00:00+02:00  dataset.loosened" in run("log", "show").output
        assert str(number) not in run("log", "show", "--kind", "dataset.locked").output.split()
        exported = run("log", "export", "--format", "csv", "--kind", "dataset.loosened").output
        assert "'=cmd" in exported
        assert '"a"": ""ü"' in exported
        assert run("log", "export", "--since", "yesterday").exit_code == 2
        last = model.Session.scalar(
            sa.select(GovernanceEvent).order_by(GovernanceEvent.id.desc()).limit(1)
        )
        assert (last.kind, last.data["count"]) == ("log.exported", 1)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)


def stored() -> list[GovernanceEventDigest]:
    model.Session.remove()
    return list(model.Session.scalars(sa.select(GovernanceEventDigest).order_by("day")))


def decoded(message: str) -> str:
    import email

    return email.message_from_string(message).get_payload(decode=True).decode()
