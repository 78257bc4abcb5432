"""What is erased takes the name of whoever asked along; the seals hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access import persons, seals
from ckanext.jena_governance.logic.access_requests import retention
from ckanext.jena_governance.model import (
    GovernanceAccessRequest,
    GovernanceEvent,
    GovernanceEventPerson,
)
from ckanext.jena_governance.tests.access.sealed import KEY
from ckanext.jena_governance.tests.logic.asking import TODAY, Desk, desk, kinds, on

__all__ = ["desk", "on"]

pytestmark = pytest.mark.ckan_config("ckanext.jena_governance.event_key", KEY)


def named(*ids: str) -> list[tuple[str, str | None, str | None]]:
    """Kind of event, who acted, whom it is about."""
    model.Session.remove()
    one, person = GovernanceEvent, GovernanceEventPerson
    query = (
        sa.select(one.kind, person.user_id, person.subject_id)
        .join(person, person.event_id == one.id)
        .where(one.object_id.in_(ids))
        .order_by(one.id)
    )
    return [tuple(row) for row in model.Session.execute(query)]


def user_of(desk: Desk) -> str:
    return (desk.asker.user or {})["id"]


class TestDraft:
    def test_nobody_stands_beside_it(self, desk: Desk) -> None:
        desk.dataset()
        draft = desk.ask(submit=False).result["id"]
        desk.asker("governance_access_request_update", id=draft, purpose="Anderes.").result
        assert kinds(draft) == ["request.draft", "request.update"]
        assert named(draft) == []
        desk.asker("governance_access_request_withdraw", id=draft).result
        assert named(draft) == []
        told = desk.city.sysadmin("governance_event_list", object_type="request", object_id=draft)
        assert {one["actor_name"] for one in told.result["events"]} == {None}

    def test_from_then_on_somebody_asks(self, desk: Desk) -> None:
        desk.dataset()
        draft = desk.ask(submit=False).result["id"]
        desk.asker("governance_access_request_submit", id=draft).result
        assert named(draft) == [("request.submit", user_of(desk), None)]

    @pytest.mark.parametrize("is_given_up", [False, True])
    def test_goes_after_its_days(
        self, desk: Desk, on: Callable[[date], None], is_given_up: bool
    ) -> None:
        desk.dataset()
        draft = desk.ask(submit=False).result["id"]
        if is_given_up:
            desk.asker("governance_access_request_withdraw", id=draft).result
        on(TODAY + timedelta(days=29))
        assert retention.prune()["drafts"] == 0
        on(TODAY + timedelta(days=32))
        assert retention.prune()["drafts"] == 1
        model.Session.remove()
        assert model.Session.get(GovernanceAccessRequest, draft) is None


def test_after_its_months_nobody_knows_who_had_asked(
    desk: Desk, on: Callable[[date], None]
) -> None:
    desk.dataset()
    asker, decider = user_of(desk), (desk.city.editor.user or {})["id"]
    old = desk.ask().result["id"]
    desk.decide(old, "return", text="Wozu?").result
    desk.asker("governance_access_request_withdraw", id=old).result
    kept = desk.ask(until=(TODAY + timedelta(days=80)).isoformat()).result["id"]
    desk.decide(kept, "approve").result
    before = named(kept)
    assert named(old) == [
        ("request.submit", asker, None),
        ("request.return", decider, asker),
        ("request.withdraw", asker, None),
    ]
    seals.seal(TODAY + timedelta(days=1))
    later = TODAY + timedelta(days=int(36 * 30.5) + 2)
    on(later)
    assert retention.prune() == {"drafts": 0, "requests": 1}
    assert named(old) == [("request.return", decider, None)], "who decided"
    assert named(kept) == before, "its grant has not ended as long ago"
    assert kinds(old) == ["request.submit", "request.return", "request.withdraw"]
    found = {one.problem for one in seals.verify(TODAY + timedelta(days=1)).findings}
    # The erasure's own event: the clock was moved, the database's was not.
    assert found == {"inserted"}


def test_what_a_person_has_erased_takes_their_name_along(desk: Desk) -> None:
    desk.dataset()
    asker = user_of(desk)
    asked = desk.ask().result["id"]
    desk.decide(asked, "return", text="Wozu?").result
    desk.asker("governance_access_request_withdraw", id=asked).result
    user = model.Session.get(model.User, asker)
    assert user
    assert persons.erase(user).erased["requests"] == 1
    assert [(kind, about) for kind, _who, about in named(asked)] == [("request.return", None)]
