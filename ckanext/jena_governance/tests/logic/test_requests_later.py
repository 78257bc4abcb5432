"""Requests through the API: when, what comes after a grant, and who reads them."""

from __future__ import annotations

import threading

import pytest

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance.access import facts
from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.logic.asking import (
    BOUND,
    CONTRACT,
    LINK,
    PERSONAL,
    PLANTS,
    desk,
    kinds,
    on,
    row_of,
)

__all__ = ["desk", "on"]


class TestWhen:
    def test_not_after_it_was_withdrawn(self, desk):
        data = desk.dataset()
        asked = desk.ask().result
        desk.asker("governance_access_request_withdraw", id=asked["id"]).result
        refused = desk.decide(asked["id"], "approve")
        assert "state" in refused.errors
        assert not desk.gets(data)

    def test_not_twice(self, desk):
        desk.dataset()
        asked = desk.ask().result
        desk.decide(asked["id"], "approve").result
        for decision in ("approve", "deny", "return", "refer"):
            assert "state" in desk.decide(asked["id"], decision, desk.second, text="x").errors
        assert desk.asker("governance_access_request_submit", id=asked["id"]).status == 409
        assert row_of(asked["id"]).decider_id == model.User.get(desk.city.clerk).id

    def test_two_at_once(self, desk):
        """Both have the page open; one lock, one answer."""
        desk.dataset(**BOUND)
        asked = desk.ask(norm="§ 4").result
        law = {"legal_basis": [CONTRACT], "text": "Der Vertrag.", "way_on": "Der Verlag."}
        answers: list[int] = []

        def run(api: Api, decision: str) -> None:
            fields = law if decision == "deny" else {}
            answers.append(desk.decide(asked["id"], decision, api, **fields).status)
            model.Session.remove()

        threads = [
            threading.Thread(target=run, args=(desk.city.editor, "approve")),
            threading.Thread(target=run, args=(desk.second, "deny")),
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(answers) == [200, 409]
        decided = [kind for kind in kinds(asked["id"]) if kind != "request.submit"]
        assert len(decided) == 1

    def test_asked_once_however_often_the_button_is_pressed(self, desk):
        desk.dataset()
        first = desk.ask().result
        again = desk.ask()
        assert first["id"] in str(again.errors["request"])
        draft = desk.ask(submit=False).result
        assert desk.asker("governance_access_request_submit", id=draft["id"]).status == 409

    def test_pressed_twice_at_the_same_moment(self, desk):
        desk.dataset()
        answers: list[int] = []

        def run() -> None:
            answers.append(desk.ask().status)
            model.Session.remove()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(answers) == [200, 409, 409, 409]

    def test_whoever_asked_is_gone(self, desk):
        desk.dataset()
        asked = desk.ask().result
        desk.city.sysadmin("user_delete", id=desk.asker.user["id"]).result
        assert "state" in desk.decide(asked["id"], "approve").errors

    def test_whoever_asked_has_left_the_entity(self, desk):
        desk.dataset()
        asked = desk.ask(entity=desk.city.company["id"]).result
        desk.seat(desk.asker.user["name"], desk.city.company, None)
        assert "state" in desk.decide(asked["id"], "approve").errors

    def test_leaves_and_comes_back(self, desk):
        data = desk.dataset()
        asked = desk.ask().result
        desk.decide(asked["id"], "approve").result
        user = desk.asker.user["id"]
        headers = desk.asker.headers
        desk.city.sysadmin("user_delete", id=user).result
        assert facts.actor_of(user).grants == ()
        found = model.User.get(user)
        found.state = "active"
        model.repo.commit()
        back = Api(desk.app, {"name": found.name, "id": user})
        assert desk.gets(data, back)
        assert headers != back.headers


class TestAfterTheGrant:
    @pytest.fixture
    def data(self, desk):
        data = desk.dataset()
        asked = desk.ask().result
        desk.decide(asked["id"], "approve").result
        assert desk.gets(data)
        return data

    def test_closed(self, desk, data):
        desk.city.editor("governance_lock", id="data").result
        assert not desk.gets(data)
        told = desk.asker("governance_access_explain", id="data").result["resources"][0]
        assert "does not count any more" in " ".join(told["reasons"])

    def test_another_basis(self, desk, data):
        desk.city.editor(
            "package_patch", id="data", legal_basis=[PLANTS, CONTRACT], ends_when="Ende"
        ).result
        assert not desk.gets(data)

    def test_another_owner(self, desk, data):
        other = factories.Organization()
        desk.city.sysadmin(
            "governance_entity_update", organization_id=other["id"], entity_class="core"
        ).result
        moved = {"id": "data", "owner_org": other["id"], "opening_reason": "Umzug"}
        desk.city.sysadmin("package_patch", **moved).result
        assert not desk.gets(data)
        back = {**moved, "owner_org": desk.city.department["id"]}
        desk.city.sysadmin("package_patch", **back).result
        assert desk.gets(data)

    def test_a_file_added_later_is_not_in_it(self, desk, data):
        more = {"package_id": "data", "url": "https://secret.example/2.csv", "name": "2"}
        added = desk.city.editor("resource_create", **more).result
        told = desk.asker("governance_access_explain", id="data", resource_id=added["id"]).result
        assert told["allowed"] is False
        assert desk.gets(data)

    def test_less_strict_does_no_harm(self, desk, data):
        desk.city.editor(
            "package_patch", id="data", openness="group", stricter_reason="", opening_reason="mehr"
        ).result
        assert desk.gets(data)


class TestReading:
    def test_others_requests(self, desk, app):
        desk.dataset()
        asked = desk.ask().result
        stranger = Api(app, factories.User())
        for api in (desk.colleague, stranger):
            missing = desk.show("nothing", api)
            hidden = desk.show(asked["id"], api)
            assert (hidden.status, hidden.body["error"]) == (missing.status, missing.body["error"])
            for action in ("update", "submit", "withdraw", "answer", "revoke", "forward", "decide"):
                more = {"answer": {"text": "x"}, "forward": {"entity": "x"}}.get(action, {})
                more = {"decision": "approve"} if action == "decide" else more
                answer = api(f"governance_access_request_{action}", id=asked["id"], **more)
                assert answer.status == 404, action
            assert api("governance_access_request_list", box="decide").result["results"] == []
            assert api("governance_access_request_list", box="done").result["results"] == []
        assert desk.show(asked["id"], desk.city.nobody).status == 403
        assert desk.show(asked["id"], desk.city.sysadmin).status == 200

    def test_hidden_or_missing_is_one_answer(self, desk):
        hidden = {
            **PERSONAL,
            "legal_basis": ["kritis-schutzinformation"],
            "personal_data": "none",
            "metadata_visibility": "group",
            "private": True,
            "title": "Geheimer Titel",
        }
        desk.dataset("geheim", **hidden)
        for action, key in (
            ("governance_access_request_create", "dataset_id"),
            ("governance_opening_ask", "id"),
        ):
            there = desk.asker(action, **{key: "geheim"})
            gone = desk.asker(action, **{key: "gibt-es-nicht"})
            assert there.status == gone.status == 404
            assert there.body["error"] == gone.body["error"]

    def test_what_was_hidden_later_is_not_told(self, desk):
        desk.dataset(
            legal_basis=["kritis-schutzinformation"], stricter_reason="", title="Geheimer Titel"
        )
        asked = desk.ask(norm="§ 3").result
        assert asked["dataset"]["title"] == "Geheimer Titel"
        desk.city.editor(
            "package_patch", id="data", metadata_visibility="group", private=True
        ).result
        seen = desk.show(asked["id"])
        assert seen.result["dataset"] is None
        assert "Geheimer" not in str(seen.body)
        listed = desk.asker("governance_access_request_list")
        assert "Geheimer" not in str(listed.body)
        draft = desk.asker("governance_access_request_update", id=asked["id"], purpose="x")
        assert "Geheimer" not in str(draft.body)

    def test_no_location_anywhere(self, desk):
        desk.dataset()
        asked = desk.ask().result
        refused = desk.decide(asked["id"], "return", text=f"Meinen Sie {LINK}?")
        assert "text" in refused.errors
        assert "canary" not in str(refused.body) + str(desk.show(asked["id"]).body)
