"""The access log: counted by day, kept for as long as configured, never in the way of the data."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.access import log
from ckanext.jena_governance.model import GovernanceAccessLog
from ckanext.jena_governance.policy import ANONYMOUS, Actor, Decision

SOMEBODY = Actor(id="somebody")
DENIED = Decision(allowed=False, rule="denied", level="request")
GIVEN = Decision(allowed=True, rule="owner", level="request")


@pytest.fixture
def said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged; migrations configure logging anew and forget what was there."""
    monkeypatch.setattr(log.log, "disabled", False)
    log.log.addHandler(caplog.handler)
    yield caplog
    log.log.removeHandler(caplog.handler)


@pytest.fixture
def asked(restricted: dict[str, Any]) -> model.Resource:
    found = model.Session.get(model.Resource, restricted["resources"][0]["id"])
    assert found is not None
    return found


def rows() -> list[Any]:
    with model.meta.engine.connect() as connection:
        table = GovernanceAccessLog.__table__
        return list(connection.execute(sa.select(table).order_by(table.c["id"])))


def test_one_row_for_a_day_a_person_a_way_and_a_rule(asked: model.Resource) -> None:
    for _ in range(3):
        log.record(SOMEBODY, asked, GIVEN, "gateway")
    log.record(SOMEBODY, asked, GIVEN, "download")
    log.record(ANONYMOUS, asked, DENIED, "gateway")
    log.record(ANONYMOUS, asked, DENIED, "gateway")
    first, second, third = rows()
    assert (first.user_id, first.via, first.rule, first.count) == (
        "somebody",
        "gateway",
        "owner",
        3,
    )
    assert (first.package_id, first.resource_id) == (asked.package_id, asked.id)
    assert (second.via, second.count) == ("download", 1)
    assert (third.user_id, third.count) == ("", 2)


def test_no_moment_is_kept() -> None:
    """Counted by day: single moments would describe somebody's working day."""
    kinds = {type(column.type) for column in GovernanceAccessLog.__table__.columns}
    assert sa.Date in kinds
    assert not kinds & {sa.DateTime, sa.Time, sa.Interval}


def test_a_dataset_as_a_whole(asked: model.Resource) -> None:
    log.record(SOMEBODY, asked.package, GIVEN, "file")
    assert [(row.package_id, row.resource_id) for row in rows()] == [(asked.package_id, "")]


def test_what_ckan_rolls_back_leaves_the_trace(asked: model.Resource) -> None:
    log.record(SOMEBODY, asked, GIVEN, "gateway")
    model.Session.rollback()
    assert len(rows()) == 1


def test_many_at_once_are_all_counted(asked: model.Resource) -> None:
    model.Session.close()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            resource = model.Session.get(model.Resource, asked_id)
            for _ in range(10):
                log.record(SOMEBODY, resource, GIVEN, "gateway")
        except SQLAlchemyError as error:
            failures.append(error)
        finally:
            model.Session.remove()

    asked_id = sa.inspect(asked).identity[0]
    threads = [threading.Thread(target=read) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [row.count for row in rows()] == [120]


def test_nobody_waits_for_a_lock_for_ever(
    asked: model.Resource, said: pytest.LogCaptureFixture
) -> None:
    log.record(SOMEBODY, asked, GIVEN, "gateway")
    with model.meta.engine.begin() as other:
        other.execute(sa.text("lock table governance_access_log in access exclusive mode"))
        started = time.monotonic()
        assert not log.try_to_record(SOMEBODY, asked, GIVEN, "gateway")
        assert time.monotonic() - started < 20
    assert "cannot be written" in said.text
    assert asked.id not in said.text
    assert [row.count for row in rows()] == [1]


class TestRetention:
    @pytest.fixture(autouse=True)
    def _old(self, asked: model.Resource) -> None:
        today = config.today()
        for days in (400, 181, 180, 179, 91, 90):
            row = GovernanceAccessLog(
                day=today - timedelta(days=days),
                package_id=asked.package_id,
                resource_id=asked.id,
                user_id="",
                via="gateway",
                rule="denied",
                level="request",
                count=1,
            )
            model.Session.add(row)
        model.Session.commit()

    def ages(self) -> list[int]:
        return [(config.today() - row.day).days for row in rows()]

    def test_old_rows_go_with_the_first_record_of_a_day(self, asked: model.Resource) -> None:
        log._prune_once.cache_clear()
        log.record(ANONYMOUS, asked, DENIED, "gateway")
        assert self.ages() == [180, 179, 91, 90, 0]

    @pytest.mark.ckan_config("ckanext.jena_governance.access_log_days", 90)
    def test_for_as_long_as_configured_and_once_a_day(self, asked: model.Resource) -> None:
        log._prune_once.cache_clear()
        log.record(ANONYMOUS, asked, DENIED, "gateway")
        assert self.ages() == [90, 0]
        with model.meta.engine.begin() as connection:
            row = GovernanceAccessLog.__table__
            old = config.today() - timedelta(days=300)
            connection.execute(sa.update(row).where(row.c["day"] < config.today()).values(day=old))
        log.record(ANONYMOUS, asked, DENIED, "gateway")
        assert self.ages() == [300, 0], "the next day takes it away"

    def test_a_row_that_cannot_be_removed_keeps_nobody_from_the_data(
        self, asked: model.Resource, said: pytest.LogCaptureFixture
    ) -> None:
        with model.meta.engine.begin() as connection:
            connection.execute(sa.text(REFUSE))
        try:
            log._prune_once.cache_clear()
            assert log.try_to_record(SOMEBODY, asked, GIVEN, "gateway")
        finally:
            with model.meta.engine.begin() as connection:
                connection.execute(sa.text("drop trigger keep on governance_access_log"))
        assert 400 in self.ages()
        assert "stay" in said.text


REFUSE = """
create or replace function keep() returns trigger language plpgsql as
    $$ begin raise exception 'no'; end $$;
create trigger keep before delete on governance_access_log
    for each statement execute function keep();
"""
