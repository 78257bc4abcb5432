"""The whole of it at once: actions, database and gateway, in any order, with a clock that moves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.access import entitlement, facts
from ckanext.jena_governance.model import GovernanceAccessRequest, GovernanceEvent
from ckanext.jena_governance.tests.logic.asking import BOUND, CONTRACT, Desk, desk

__all__ = ["desk"]

START = date.today()


def machine_for(  # noqa: C901 - one method for each operation
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> type[RuleBasedStateMachine]:
    data = desk.dataset("maschine", **BOUND)
    resource_id = data["resources"][0]["id"]
    clock = {"today": START}
    monkeypatch.setattr(config, "today", lambda: clock["today"])

    class Requests(RuleBasedStateMachine):
        @initialize(days=st.integers(0, 300), for_company=st.booleans())
        def begin(self, days: int, for_company: bool) -> None:
            clock["today"] = START
            model.Session.execute(sa.delete(GovernanceAccessRequest))
            model.Session.commit()
            self.asked = START + timedelta(days=days)
            wish = {"entity": desk.city.company["id"]} if for_company else {}
            self.id = desk.ask("maschine", until=self.asked.isoformat(), norm="§ 4", **wish).result[
                "id"
            ]
            self.done = ["request.submit"]
            self.member = True

        def note(self, answer: Any, step: str) -> bool:
            if answer.status == 200:
                self.done.append(f"request.{step}")
            assert answer.status in (200, 403, 404, 409), answer.body
            return answer.status == 200

        @rule(step=st.sampled_from(["hear", "resume", "refer", "return", "not_available"]))
        def moves(self, step: str) -> None:
            text = {"text": "x"}
            self.note(desk.decide(self.id, step, **text), step)

        @rule()
        def answers(self) -> None:
            answer = desk.asker("governance_access_request_answer", id=self.id, text="x")
            self.note(answer, "answer")

        @rule()
        def withdraws(self) -> None:
            answer = desk.asker("governance_access_request_withdraw", id=self.id)
            self.note(answer, "withdraw")

        @rule(days=st.integers(-2, 400))
        def grants(self, days: int) -> None:
            until = clock["today"] + timedelta(days=days)
            answer = desk.decide(self.id, "approve", until=until.isoformat())
            if self.note(answer, "approve"):
                assert clock["today"] <= until <= self.asked
                assert self.member or answer.result["entity"] is None

        @rule(named=st.sampled_from([[], [CONTRACT], ["artenschutz-fundorte"]]))
        def denies(self, named: list[str]) -> None:
            answer = desk.decide(self.id, "deny", legal_basis=named, text="x", way_on="y")
            if self.note(answer, "deny"):
                assert named == [CONTRACT]

        @rule()
        def revokes(self) -> None:
            answer = desk.city.editor(
                "governance_access_request_revoke", id=self.id, ground="purpose_ended", text="x"
            )
            self.note(answer, "revoke")

        @rule(by=st.sampled_from(["asker", "colleague", "sysadmin"]))
        def others_try(self, by: str) -> None:
            api = desk.city.sysadmin if by == "sysadmin" else getattr(desk, by)
            assert desk.decide(self.id, "approve", api).status in (403, 404)

        @rule()
        def comes_and_goes(self) -> None:
            self.member = not self.member
            role = "member" if self.member else None
            desk.seat(desk.asker.user["name"], desk.city.company, role)

        @rule(days=st.integers(1, 150))
        def time_passes(self, days: int) -> None:
            clock["today"] += timedelta(days=days)

        @invariant()
        def holds(self) -> None:
            if not hasattr(self, "id"):
                return
            model.Session.remove()
            row = model.Session.get(GovernanceAccessRequest, self.id)
            assert row is not None
            facts.forget_entities()
            actor = facts.actor_of(desk.asker.user["id"])
            resource = model.Session.get(model.Resource, resource_id)
            decision = entitlement.decide_for(actor, resource)
            is_granted = (
                row.state == "approved"
                and row.since <= clock["today"] <= row.granted_until
                and (row.entity_id is None or self.member)
            )
            assert decision.allowed == is_granted
            if decision.allowed:
                assert decision.rule == "grant"
            if row.state == "denied":
                assert row.decision["legal_basis"] == [CONTRACT]
                assert row.decision["way_on"]
            event = GovernanceEvent
            query = sa.select(event.kind).where(event.object_id == self.id).order_by(event.id)
            assert list(model.Session.scalars(query)) == self.done
            model.Session.rollback()

        def teardown(self) -> None:
            clock["today"] = START
            if hasattr(self, "member") and not self.member:
                desk.seat(desk.asker.user["name"], desk.city.company, "member")

    return Requests


def test_any_order(desk, monkeypatch):
    run_state_machine_as_test(
        machine_for(desk, monkeypatch),
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
