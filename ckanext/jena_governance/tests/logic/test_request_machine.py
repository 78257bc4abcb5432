"""The whole of it at once: actions, database, decision, log and seals, in any order, with a clock
that moves.

Not in it, and tested by themselves: what changes or replaces an agreement, an entity that becomes
another, the stop button, revoking by law, and retention.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ckan import model

from ckanext.jena_governance.tests import clock
from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.logic.asking import CONTRACT, PLANTS, desk
from ckanext.jena_governance.tests.logic.town import (
    AGREED,
    ASKED,
    DATABASE,
    FIELDS,
    KEY,
    Town,
    build,
)

__all__ = ["desk"]

MOST_REQUESTS, MOST_PAPERS = 3, 3
AGREEMENT = "governance_agreement"
REQUEST = "governance_access_request"


@pytest.fixture
def town(desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ckan_config: Any) -> Town:
    monkeypatch.setitem(ckan_config, "ckanext.jena_governance.event_key", KEY)
    town = build(desk, tmp_path / "seals.txt")
    for module in clock.MODULES:
        monkeypatch.setattr(module, "datetime", clock.ahead_by(lambda: town.days))
    return town


def machine_for(town: Town) -> type[RuleBasedStateMachine]:  # noqa: C901 - a method for each operation
    desk = town.desk
    asker, clerk, second = desk.asker, desk.city.editor, desk.second

    class Machine(RuleBasedStateMachine):
        requests = Bundle("requests")
        questions = Bundle("questions")
        papers = Bundle("papers")

        @initialize()
        def begin(self) -> None:
            town.begin()
            self.asked, self.papers_made = {}, 0
            self.sent, self.reworded = set(), set()

        # -- requests ----------------------------------------------------------------------------

        @precondition(lambda self: len(self.asked) < MOST_REQUESTS)
        @rule(
            target=requests,
            days=st.integers(0, 60),
            for_company=st.booleans(),
            submit=st.booleans(),
        )
        def asks(self, days: int, for_company: bool, submit: bool) -> Any:
            until = town.today + timedelta(days=days)
            wish = {"entity": desk.city.company["id"]} if for_company else {}
            answer = desk.ask(
                town.ids[ASKED], until=until.isoformat(), norm="§ 4", submit=submit, **wish
            )
            kind = "request.submit" if submit else "request.draft"
            if not town.note(answer, "", kind, by=asker if submit else None):
                return multiple()
            if submit:
                self.sent.add(answer.result["id"])
            self.asked[answer.result["id"]] = until
            return answer.result["id"]

        @rule(id_=requests, days=st.integers(0, 60))
        def updates(self, id_: str, days: int) -> None:
            until = town.today + timedelta(days=days)
            answer = asker(f"{REQUEST}_update", id=id_, until=until.isoformat(), purpose="y")
            is_new = until != self.asked[id_] or id_ not in self.reworded
            if town.note(answer, id_, *["request.update"] * is_new, by=self.writer_of(id_)):
                self.asked[id_] = until
                self.reworded.add(id_)

        @rule(id_=requests)
        def submits(self, id_: str) -> None:
            if town.note(asker(f"{REQUEST}_submit", id=id_), id_, "request.submit", by=asker):
                self.sent.add(id_)

        @rule(id_=requests)
        def answers(self, id_: str) -> None:
            answer = asker(f"{REQUEST}_answer", id=id_, text="x")
            town.note(answer, id_, "request.answer", by=asker)

        @rule(id_=requests)
        def withdraws(self, id_: str) -> None:
            answer = asker(f"{REQUEST}_withdraw", id=id_)
            town.note(answer, id_, "request.withdraw", by=self.writer_of(id_))

        def writer_of(self, id_: str) -> Api | None:
            """Who stands beside what the requester does: nobody, as long as it is a draft."""
            return asker if id_ in self.sent else None

        @rule(id_=requests, step=st.sampled_from(["hear", "resume", "refer", "return"]))
        def moves(self, id_: str, step: str) -> None:
            town.note(desk.decide(id_, step, text="x"), id_, f"request.{step}", by=clerk)

        @rule(id_=requests)
        def has_nothing(self, id_: str) -> None:
            answer = desk.decide(id_, "not_available", text="x")
            town.note(answer, id_, "request.not_available", by=clerk)

        @rule(id_=requests)
        def forwards(self, id_: str) -> None:
            answer = clerk(f"{REQUEST}_forward", id=id_, entity=town.third["id"])
            town.note(answer, id_, "request.forward", by=clerk)

        @rule(id_=requests)
        def adviser_asks(self, id_: str) -> None:
            answer = desk.decide(id_, "return", town.adviser, text="x")
            town.note(answer, id_, "request.return", by=town.adviser)

        @rule(id_=requests, days=st.integers(-2, 60))
        def grants(self, id_: str, days: int) -> None:
            until = town.today + timedelta(days=days)
            answer = desk.decide(id_, "approve", until=until.isoformat())
            if town.note(answer, id_, "request.approve", by=clerk):
                level, _bases, owner = town.facts_of(ASKED)
                assert level != "closed"
                assert owner in (desk.city.department["id"], town.third["id"])
                assert town.today <= until <= self.asked[id_]
                assert town.member or answer.result["entity"] is None

        @rule(
            id_=requests,
            named=st.sampled_from([[], [CONTRACT], [PLANTS], [DATABASE], [CONTRACT, DATABASE]]),
        )
        def denies(self, id_: str, named: list[str]) -> None:
            answer = desk.decide(id_, "deny", legal_basis=named, text="x", way_on="y")
            if town.note(answer, id_, "request.deny", by=clerk):
                assert named
                assert set(named) <= town.facts_of(ASKED)[1]
                said = town.request(id_).decision
                assert (said["legal_basis"], said["text"], said["way_on"]) == (named, "x", "y")

        @rule(id_=requests)
        def revokes(self, id_: str) -> None:
            answer = clerk(f"{REQUEST}_revoke", id=id_, ground="purpose_ended", text="x")
            town.note(answer, id_, "request.revoke", by=clerk)

        @rule(id_=requests, by=st.sampled_from([asker, desk.colleague, desk.city.sysadmin]))
        def others_try(self, id_: str, by: Any) -> None:
            assert desk.decide(id_, "approve", by).status in (403, 404)

        # -- questions ---------------------------------------------------------------------------

        @rule(target=questions)
        def wonders(self) -> Any:
            answer = asker("governance_opening_ask", id=town.ids[ASKED])
            is_sent = town.note(answer, "", "request.submit", by=asker)
            return answer.result["id"] if is_sent else multiple()

        @rule(id_=questions, basis=st.sampled_from([CONTRACT, PLANTS]))
        def replies(self, id_: str, basis: str) -> None:
            answer = desk.decide(id_, "reply", outcome="confirmed", legal_basis=[basis], text="x")
            if town.note(answer, id_, "request.reply", by=clerk):
                assert basis in town.facts_of(ASKED)[1]

        # -- agreements --------------------------------------------------------------------------

        @precondition(lambda self: self.papers_made < MOST_PAPERS)
        @rule(target=papers, since=st.integers(0, 10), days=st.none() | st.integers(0, 60))
        def drafts_agreement(self, since: int, days: int | None) -> Any:
            first = town.today + timedelta(days=since)
            last = None if days is None else (first + timedelta(days=days)).isoformat()
            answer = second(
                f"{AGREEMENT}_create",
                title="x",
                purpose="x",
                provider=desk.city.department["id"],
                consumer=desk.city.company["id"],
                datasets=[town.ids[AGREED]],
                level="request",
                since=first.isoformat(),
                until=last,
            )
            if not town.note(answer, "", "agreement.created", by=second):
                return multiple()
            self.papers_made += 1
            return answer.result["id"]

        @rule(id_=papers, by=st.sampled_from([second, town.boss]))
        def signs(self, id_: str, by: Any) -> None:
            told = [kind for kind, _day, _who in town.log[id_]]
            is_second = "agreement.signed" in told
            kinds = ["agreement.signed"] + ["agreement.activated"] * is_second
            signed = {who for kind, _day, who in town.log[id_] if kind == "agreement.signed"}
            if town.note(by(f"{AGREEMENT}_sign", id=id_), id_, *kinds, by=by):
                assert by.user["id"] not in signed
                assert "agreement.ended" not in told

        @rule(id_=papers, by=st.sampled_from([asker, clerk, desk.city.sysadmin]))
        def others_sign(self, id_: str, by: Any) -> None:
            assert by(f"{AGREEMENT}_sign", id=id_).status in (403, 404, 409)

        @rule(id_=papers, by=st.sampled_from([second, town.boss]))
        def ends(self, id_: str, by: Any) -> None:
            answer = by(f"{AGREEMENT}_end", id=id_, reason="x")
            town.note(answer, id_, "agreement.ended", by=by)

        # -- the data, and who is who ------------------------------------------------------------

        @rule(which=st.sampled_from([ASKED, AGREED]))
        def closes(self, which: str) -> None:
            town.change(which, clerk, openness="closed", stricter_reason="Zu heikel.")

        @rule(which=st.sampled_from([ASKED, AGREED]))
        def goes_back(self, which: str) -> None:
            bases = FIELDS[which]["legal_basis"]
            town.change(
                which, clerk, openness="request", legal_basis=bases, opening_reason="Geprüft."
            )

        @rule(which=st.sampled_from([ASKED, AGREED]))
        def adds_basis(self, which: str) -> None:
            bases = [*FIELDS[which]["legal_basis"], DATABASE]
            town.change(which, clerk, legal_basis=bases, ends_when="Ende der Schutzfrist")

        @rule(which=st.sampled_from([ASKED, AGREED]), back=st.booleans())
        def changes_hands(self, which: str, back: bool) -> None:
            new = desk.city.department if back else town.third
            town.change(which, clerk, owner_org=new["id"], opening_reason="Abgegeben.")

        @rule(which=st.sampled_from([ASKED, AGREED]))
        def adds_file(self, which: str) -> None:
            answer = clerk(
                "resource_create",
                package_id=town.ids[which],
                url="https://secret.example/canary-8.csv",
                name="Neu",
                format="CSV",
            )
            assert answer.status in (200, 409), answer.body
            town.done.add("file")

        @rule()
        def comes_or_goes(self) -> None:
            town.comes_or_goes()

        @rule(days=st.integers(1, 40))
        def time_passes(self, days: int) -> None:
            town.pass_time(days)

        # -- what must be true, always -----------------------------------------------------------

        @invariant()
        def holds(self) -> None:
            if not hasattr(self, "asked"):
                return
            town.require_access_as_granted()
            town.require_access_as_agreed()
            town.require_whole_record()
            model.Session.rollback()

        def teardown(self) -> None:
            if not hasattr(self, "asked"):
                return
            town.require_seals()
            if not town.member:
                town.comes_or_goes()

    return Machine


def test_any_order(town):
    run_state_machine_as_test(
        machine_for(town),
        settings=settings(
            max_examples=5,
            stateful_step_count=15,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_one_order_in_which_everything_happens(town):
    """That the machine above is not true only because everything is refused."""
    machine: Any = machine_for(town)()
    machine.begin()

    def then(operation: str, **values: Any) -> Any:
        done = getattr(machine, operation)(**values)
        machine.holds()
        return done

    id_ = then("asks", days=50, for_company=True, submit=False)
    then("updates", id_=id_, days=60)
    then("submits", id_=id_)
    then("forwards", id_=id_)
    then("adviser_asks", id_=id_)
    then("answers", id_=id_)
    for step in ("hear", "resume", "refer"):
        then("moves", id_=id_, step=step)
    question = then("wonders")
    then("replies", id_=question, basis=CONTRACT)
    then("grants", id_=id_, days=30)
    then("adds_file", which=ASKED)
    then("comes_or_goes")
    then("comes_or_goes")
    paper = then("drafts_agreement", since=0, days=40)
    then("signs", id_=paper, by=town.desk.second)
    then("signs", id_=paper, by=town.boss)
    for which in (ASKED, AGREED):
        for step in ("closes", "goes_back", "adds_basis", "goes_back"):
            then(step, which=which)
        then("changes_hands", which=which, back=False)
        then("changes_hands", which=which, back=True)
    then("time_passes", days=30)
    then("time_passes", days=1)
    then("ends", id_=paper, by=town.boss)
    other = then("asks", days=5, for_company=False, submit=True)
    then("denies", id_=other, named=[])
    then("denies", id_=other, named=[CONTRACT])
    third = then("asks", days=5, for_company=False, submit=True)
    then("grants", id_=third, days=5)
    then("revokes", id_=third)
    machine.teardown()
    expected = {
        *("access by grant", "access by agreement", "sealed", "file"),
        *("openness", "legal_basis", "owner_org"),
        *("agreement.created", "agreement.signed", "agreement.activated", "agreement.ended"),
        *(f"request.{step}" for step in ("draft", "update", "submit", "forward", "return")),
        *(f"request.{step}" for step in ("answer", "hear", "resume", "refer", "reply")),
        *(f"request.{step}" for step in ("approve", "deny", "revoke")),
    }
    assert town.done >= expected
