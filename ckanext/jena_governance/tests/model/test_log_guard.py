"""The log refuses to be changed: by the application, by SQL, and at once for whole tables."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from ckan import model

from ckanext.jena_governance.model import GovernanceEvent, GovernanceEventPerson, event
from ckanext.jena_governance.tests import emptying


@pytest.fixture
def number(portal: None) -> int:
    """An event with a person, and a seal."""
    made = event.record(
        model.Session,
        "entity.updated",
        object_type="organization",
        object_id="x",
        user_id="somebody",
        subject_id="another",
        data={"a": 1},
    )
    model.Session.commit()
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO governance_event_digest (day, ends, count, rows, previous, key_id, hmac)"
                " VALUES ('2020-01-01', '2020-01-02', 0, '[]', '', 'k', 'h')"
            )
        )
    return made.id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_event SET kind = 'x'",
        "DELETE FROM governance_event",
        "TRUNCATE governance_event CASCADE",
        "UPDATE governance_event_digest SET hmac = 'x'",
        "DELETE FROM governance_event_digest",
        "TRUNCATE governance_event_digest",
    ],
)
def test_refused(number: int, statement: str) -> None:
    with (
        pytest.raises(
            ProgrammingError,
            match=r"the log is not changed: (UPDATE|DELETE|TRUNCATE) on governance_event",
        ),
        model.meta.engine.begin() as connection,
    ):
        connection.execute(sa.text(statement))
    with model.meta.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM governance_event")) == 1
        assert connection.scalar(sa.text("SELECT count(*) FROM governance_event_digest")) == 1


def test_the_application_is_refused_too(number: int) -> None:
    found = model.Session.get(GovernanceEvent, number)
    assert found
    found.kind = "something.else"
    with pytest.raises(
        ProgrammingError,
        match=r"the log is not changed: (UPDATE|DELETE|TRUNCATE) on governance_event",
    ):
        model.Session.commit()
    model.Session.rollback()


def test_an_event_that_claims_to_prune_lets_go_only_what_it_names(number: int) -> None:
    other = event.record(
        model.Session, "entity.updated", object_type="o", object_id="y", user_id=None, data={}
    )
    ids = [other.id]
    event.record(
        model.Session,
        "log.pruned",
        object_type="log",
        object_id="log",
        user_id=None,
        data={"ids": ids},
    )
    model.Session.commit()
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM governance_event WHERE id = :id"), {"id": ids[0]})
    with (
        pytest.raises(
            ProgrammingError,
            match=r"the log is not changed: (UPDATE|DELETE|TRUNCATE) on governance_event",
        ),
        model.meta.engine.begin() as connection,
    ):
        connection.execute(sa.text("DELETE FROM governance_event WHERE id = :id"), {"id": number})


def test_people_can_be_erased(number: int) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM governance_event_person"))
    model.Session.remove()
    assert model.Session.get(GovernanceEvent, number)


def test_people_stand_apart(number: int) -> None:
    person: Any = model.Session.get(GovernanceEventPerson, number)
    made: Any = model.Session.get(GovernanceEvent, number)
    assert (person.user_id, person.subject_id) == ("somebody", "another")
    assert made.actor == event.commitment("somebody", person.salt)
    assert made.data == {"a": 1, "subject": event.commitment("another", person.subject_salt)}
    assert "another" not in str(made.data)


def test_tests_have_a_way_round(number: int) -> None:
    emptying.empty_the_log()
    with model.meta.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM governance_event")) == 0
        assert connection.scalar(sa.text("SELECT count(*) FROM governance_event_digest")) == 0
