"""What is old enough goes, what is not stays, and the seals hold all the same."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.access import pruning, seals
from ckanext.jena_governance.model import GovernanceEvent, GovernanceEventPerson
from ckanext.jena_governance.tests.access.sealed import KEY, TODAY, as_owner, problems, put, run

pytestmark = pytest.mark.ckan_config("ckanext.jena_governance.event_key", KEY)

OLD = date(2014, 4, 2)
BEFORE_LAST = date(2025, 3, 1)
RECENT = date(2025, 4, 2)


@pytest.fixture
def log(portal: None) -> dict[str, int]:
    """Events of both classes, of twelve and ten years and of one year ago; sealed."""
    made = {
        "old decision": put(OLD),
        "old role": put(OLD, "membership.changed", subject="another"),
        "role": put(BEFORE_LAST, "membership.changed"),
        "question": put(BEFORE_LAST, "legal.asked"),
        "decision": put(BEFORE_LAST),
        "recent role": put(RECENT, "membership.changed"),
        "of the log": put(OLD, "log.exported"),
        "of a person": put(OLD, "person.erased"),
    }
    seals.seal(TODAY, late=True)
    return made


def left() -> set[int]:
    model.Session.remove()
    return set(model.Session.scalars(sa.select(GovernanceEvent.id)))


def of_pruning() -> list[GovernanceEvent]:
    query = sa.select(GovernanceEvent).where(GovernanceEvent.kind == "log.pruned")
    return list(model.Session.scalars(query.order_by(GovernanceEvent.id)))


def test_by_class_and_configured_age(log: dict[str, int]) -> None:
    done = pruning.prune("other", today=TODAY)
    gone = {log["old role"], log["role"], log["question"]}
    assert set(done.ids) == gone
    assert done.before == date(2025, 4, 2)
    assert set(log.values()) - left() == gone
    done = pruning.prune("decision", today=TODAY)
    assert done.ids == [log["old decision"]]
    assert problems() == []
    assert seals.verify(TODAY).pruned == 4


def test_by_another_age(log: dict[str, int]) -> None:
    assert log["decision"] in pruning.prune("decision", months=12, today=TODAY).ids
    assert problems() == []


@pytest.mark.ckan_config("ckanext.jena_governance.event_retention_months", 120)
def test_another_configuration(log: dict[str, int]) -> None:
    assert pruning.prune("other", today=TODAY).ids == [log["old role"]]


def test_the_pruning_is_an_event_itself(log: dict[str, int]) -> None:
    done = pruning.prune("other", today=TODAY)
    (one,) = of_pruning()
    assert one.data["ids"] == done.ids
    assert (one.data["class"], one.data["before"], one.data["count"]) == ("other", "2025-04-02", 3)
    people = set(model.Session.scalars(sa.select(GovernanceEventPerson.event_id)))
    assert people.isdisjoint(done.ids), "who took part goes with it"


def test_what_the_log_says_of_itself_stays(log: dict[str, int]) -> None:
    pruning.prune("other", months=1, today=TODAY)
    pruning.prune("decision", months=1, today=TODAY)
    assert {log["of the log"], log["of a person"]} <= left()
    with pytest.raises(seals.SealError, match="what the log says of itself"):
        pruning.prune_one(log["of the log"])
    with pytest.raises(seals.SealError):
        pruning.prune_one(of_pruning()[0].id)


def test_a_single_event(log: dict[str, int]) -> None:
    """Somebody wrote a name into a reason."""
    assert pruning.prune_one(log["decision"]).ids == [log["decision"]]
    assert log["decision"] not in left()
    assert problems() == []


def test_what_is_not_sealed_stays(log: dict[str, int]) -> None:
    number = put(TODAY, "membership.changed")
    with pytest.raises(seals.SealError, match="not sealed yet"):
        pruning.prune_one(number)


def test_without_a_seal_nothing_goes(portal: None) -> None:
    put(OLD)
    assert pruning.prune("decision", today=TODAY).ids == []


def test_evidence_stays(log: dict[str, int]) -> None:
    with as_owner() as sql:
        sql("UPDATE governance_event SET object_id = 'x' WHERE id = :id", id=log["old role"])
    before = left()
    with pytest.raises(seals.SealError, match="not in order"):
        pruning.prune("other", today=TODAY)
    assert left() == before
    assert of_pruning() == []
    assert problems() == [("changed", log["old role"])]


def test_seals_go_on_afterwards(log: dict[str, int]) -> None:
    """The pruning itself is sealed like anything else; nothing goes that was sealed just now."""
    today = config.today()
    seals.seal(today, late=True)
    pruning.prune("other", today=TODAY)
    tomorrow = today + timedelta(days=1)
    (made,) = seals.seal(tomorrow, late=True)
    (one,) = of_pruning()
    assert one.id in {id_ for id_, _ in made.rows}
    assert problems(tomorrow) == []
    with as_owner() as sql:
        sql("DELETE FROM governance_event WHERE id = :id", id=one.id)
    assert ("missing", log["role"]) in problems(tomorrow)


def test_more_than_one_batch(portal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "_BATCH", 2)
    numbers = [put(OLD) for _ in range(5)]
    seals.seal(TODAY, late=True)
    assert pruning.prune("decision", today=TODAY).ids == numbers
    assert [one.data["ids"] for one in of_pruning()] == [numbers[:2], numbers[2:4], numbers[4:]]
    assert problems() == []


def test_an_unknown_class(portal: None) -> None:
    with pytest.raises(seals.SealError, match="possible: decision, other"):
        pruning.prune("log", today=TODAY)


class TestCommand:
    def test_both_classes(self, log: dict[str, int]) -> None:
        done = run("log", "prune", "--yes")
        assert done.exit_code == 0, done.output
        # By the clock of the machine; the oldest ones are older than any limit.
        assert {log["old decision"], log["old role"]}.isdisjoint(left())
        assert log["of the log"] in left()

    def test_asks_first(self, log: dict[str, int]) -> None:
        before = left()
        assert run("log", "prune").exit_code == 1
        assert left() == before

    def test_one_event(self, log: dict[str, int]) -> None:
        done = run("log", "prune", "--event", str(log["decision"]), "--yes")
        assert "1 removed" in done.output
        assert run("log", "prune", "--event", str(log["decision"]), "--yes").exit_code == 2
        assert run("log", "prune", "--event", "1", "--months", "2", "--yes").exit_code == 2

    def test_without_a_key(self, portal: None, ckan_config: Any) -> None:
        ckan_config["ckanext.jena_governance.event_key"] = ""
        assert run("log", "prune", "--yes").exit_code == 2
