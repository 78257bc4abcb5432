"""The log is sealed day by day without anybody thinking of it, and nobody waits for that."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis

from ckanext.jena_governance import config
from ckanext.jena_governance.access import nightly, outside
from ckanext.jena_governance.logic.access_requests import mail
from ckanext.jena_governance.model import GovernanceEventDigest, event
from ckanext.jena_governance.tests.access.sealed import (
    KEY,
    TODAY,
    as_owner,
    days_before,
    problems,
    put,
)

SETTING = "ckanext.jena_governance.event_key"
FILE = "ckanext.jena_governance.event_digest_file"

pytestmark = pytest.mark.ckan_config(SETTING, KEY)


@pytest.fixture
def log(portal: None, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> Iterator[list[int]]:
    """Events of yesterday and today; what is logged is heard (see test_log.py)."""
    monkeypatch.setattr(nightly.log, "disabled", False)
    nightly.log.addHandler(caplog.handler)
    monkeypatch.setattr(config, "today", lambda: TODAY)
    monkeypatch.setattr(nightly, "PAUSE", 0.01)
    yield [put(days_before(day)) for day in (1, 0)]
    nightly.log.removeHandler(caplog.handler)


def sealed() -> list[date]:
    model.Session.remove()
    return list(model.Session.scalars(sa.select(GovernanceEventDigest.day).order_by("day")))


def test_the_daily_job_seals_what_is_over(log: list[int]) -> None:
    mail.work()
    assert sealed() == [days_before(1)]
    assert problems() == []
    mail.work()
    assert len(sealed()) == 1


def test_with_notes_outside_it_catches_up(
    log: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ckan_config: Any
) -> None:
    monkeypatch.setitem(ckan_config, FILE, str(tmp_path / "seals.txt"))
    mail.work()
    later = TODAY + timedelta(days=3)
    monkeypatch.setattr(config, "today", lambda: later)
    mail.work()
    assert sealed()[-1] == later - timedelta(days=1)
    assert problems(later) == []


def test_without_notes_somebody_has_to_look(
    log: list[int], caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.work()
    later = TODAY + timedelta(days=3)
    monkeypatch.setattr(config, "today", lambda: later)
    mail.work()
    assert "--late" in caplog.text
    assert sealed() == [days_before(1)]


def test_without_a_key_nothing_happens(
    log: list[int], caplog: Any, monkeypatch: pytest.MonkeyPatch, ckan_config: Any
) -> None:
    monkeypatch.setitem(ckan_config, SETTING, "")
    mail.work()
    assert sealed() == []
    assert "seal" not in caplog.text


def test_what_stands_in_the_way_is_told_and_the_rest_goes_on(
    log: list[int], caplog: Any, monkeypatch: pytest.MonkeyPatch, ckan_config: Any
) -> None:
    monkeypatch.setitem(ckan_config, SETTING, "short")
    reminded = []
    monkeypatch.setattr(mail, "remind", lambda: reminded.append(True))
    mail.work()
    assert "event_key is too short" in caplog.text
    assert reminded
    assert sealed() == []


def test_a_chain_that_was_tampered_with_does_not_grow(
    log: list[int], caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.work()
    with as_owner() as execute:
        execute("UPDATE governance_event_digest SET count = 7 WHERE day = :day", day=days_before(1))
    put(TODAY)
    later = TODAY + timedelta(days=1)
    monkeypatch.setattr(config, "today", lambda: later)
    mail.work()
    assert "not in order" in caplog.text
    assert sealed() == [days_before(1)]


def test_a_file_that_cannot_be_written_stops_no_seal(
    log: list[int],
    tmp_path: Path,
    ckan_config: Any,
    caplog: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ckan_config, FILE, str(tmp_path / "no" / "seals.txt"))
    mail.work()
    assert "not noted outside" in caplog.text
    assert len(sealed()) == 1


def test_the_newest_seal_is_mailed(log: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[date] = []
    monkeypatch.setattr(outside, "mail", lambda one: sent.append(one.day))
    mail.work()
    mail.work()
    assert sent == [days_before(1)]


def test_nobody_waits_for_whoever_writes_for_long(log: list[int], caplog: Any) -> None:
    """One transaction hangs; the job gives up, and others go on writing all the time."""
    longest = 0.0
    with model.meta.engine.begin() as hanging:
        hanging.execute(event.SHARE)
        job = threading.Thread(target=nightly.seal)
        job.start()
        while job.is_alive():
            began = time.monotonic()
            with model.meta.engine.begin() as other:
                other.execute(event.SHARE)
            longest = max(longest, time.monotonic() - began)
        job.join()
    assert longest < 1
    assert sealed() == []
    assert "nothing was sealed" in caplog.text
    nightly.seal()
    assert len(sealed()) == 1


def test_a_short_write_only_delays_it(log: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []
    hanging = model.meta.engine.connect()
    hanging.execute(event.SHARE)

    def rest(_seconds: float) -> None:
        tries.append(True)
        hanging.close()

    monkeypatch.setattr(nightly.time, "sleep", rest)
    nightly.seal()
    assert len(tries) == 1
    assert len(sealed()) == 1


class TestTrigger:
    @pytest.fixture
    def queue(self, portal: None) -> Any:
        connect_to_redis().flushdb()
        mail._each_day.cache_clear()
        return lambda: [one.meta["title"] for one in jobs.get_queue().jobs]

    def test_the_first_request_of_a_day_is_enough(self, app: Any, queue: Any) -> None:
        title = "Requests: what the calendar calls for"
        for _request in range(3):
            app.get("/about")
        assert queue().count(title) == 1

    def test_the_worker_does_it(self, app: Any, queue: Any, log: list[int]) -> None:
        app.get("/about")
        (job,) = [one for one in jobs.get_queue().jobs if "calendar" in one.meta["title"]]
        job.perform()
        assert sealed() == [days_before(1)]

    def test_a_queue_that_is_down_stops_no_request(
        self, app: Any, queue: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_values: Any, **_more: Any) -> None:
            raise ConnectionError

        monkeypatch.setattr(mail.tk, "enqueue_job", broken)
        assert app.get("/about").status_code == 200
