"""Requests through the API: when, what comes after a grant, and who reads them."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance.access import facts, stored
from ckanext.jena_governance.model import GovernanceAccessRequest
from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.logic.asking import (
    BOUND,
    CONTRACT,
    LINK,
    PERSONAL,
    PLANTS,
    TODAY,
    UNTIL,
    Desk,
    desk,
    kinds,
    on,
    recorded,
    row_of,
)

__all__ = ["desk", "on"]

TOMORROW = (TODAY + timedelta(days=1)).isoformat()


def wait_for_a_lock() -> None:
    """Until somebody waits for a row that is held."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(200):
        with model.meta.engine.connect() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.05)
    raise AssertionError


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

    def test_whoever_waited_for_the_lock_is_judged_by_the_owner_of_now(self, desk):
        data = desk.dataset()
        other = factories.Organization()
        desk.city.sysadmin(
            "governance_entity_update", organization_id=other["id"], entity_class="core"
        ).result
        asked = desk.ask().result["id"]
        answers: list[int] = []

        def run() -> None:
            # The page has read the dataset before it asks for the lock, and keeps it.
            response = desk.app.post(
                f"/governance/requests/{asked}",
                data={"step": "approve", "approve-until": UNTIL},
                headers=desk.city.editor.headers,
                follow_redirects=False,
                status=None,
            )
            answers.append(response.status_code)
            model.Session.remove()

        model.Session.remove()
        model.Session.get(GovernanceAccessRequest, asked, with_for_update=True)
        thread = threading.Thread(target=run)
        thread.start()
        wait_for_a_lock()
        package = model.Session.get(model.Package, data["id"])
        package.owner_org = other["id"]
        stored.put(package, {"owning_entity": other["id"]})
        model.Session.commit()
        thread.join()
        assert answers == [404]
        assert row_of(asked).state == "submitted"

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

    def test_whoever_left_the_owner(self, app, desk):
        """Colleagues get need-to-know data as colleagues."""
        data = desk.dataset("intern", **PERSONAL)
        user = factories.User()
        member = Api(app, user)
        desk.seat(user["name"], desk.city.department, "member")
        wish = {"dataset_id": "intern", "purpose": "x", "until": UNTIL, "norm": "§ 4"}
        asked = member("governance_access_request_create", submit=True, **wish).result["id"]
        assert not desk.gets(data, member)
        preview = desk.decide(asked, "approve", role="own", preview=True).result
        assert preview["grant"]["member_of"]["id"] == desk.city.department["id"]
        desk.decide(asked, "approve", role="own").result
        assert desk.gets(data, member)
        page = app.get(f"/governance/requests/{asked}", headers=member.headers)
        assert "Only as long as they directly belong to" in page.get_data(as_text=True)
        assert recorded(asked)[-1]["granted"]["member_of"] == desk.city.department["id"]

        desk.seat(user["name"], desk.city.department, None)
        assert not desk.gets(data, member)
        assert desk.show(asked, member).result["grant"]["in_force"] is False
        desk.seat(user["name"], desk.city.company, "member")
        assert not desk.gets(data, member)
        desk.seat(user["name"], desk.city.department, "member")
        assert desk.gets(data, member)
        assert desk.show(asked, member).result["grant"]["in_force"] is True

    def test_whoever_never_belonged_to_the_owner(self, desk, data):
        asked = desk.asker("governance_access_request_list").result["results"][0]["id"]
        assert desk.show(asked).result["grant"]["member_of"] is None
        name = desk.asker.user["name"]
        for role in ("member", None):
            desk.seat(name, desk.city.department, role)
            assert desk.gets(data)

    def test_less_strict_does_no_harm(self, desk, data):
        desk.city.editor(
            "package_patch", id="data", openness="group", stricter_reason="", opening_reason="mehr"
        ).result
        assert desk.gets(data)


class TestWhatWasRead:
    """What is answered is what was read, not what it has become since."""

    def read(self, desk: Desk, id_: str) -> str:
        return desk.show(id_, desk.city.editor).result["wish_hash"]

    def test_a_wider_wish_is_not_approved_unread(self, desk):
        two = [{"url": LINK, "name": "a"}, {"url": "https://secret.example/b.csv", "name": "b"}]
        data = desk.dataset(resources=two)
        first, second = (one["id"] for one in data["resources"])
        asked = desk.ask(resources=[first]).result["id"]
        desk.decide(asked, "return", text="Wozu?").result
        seen = self.read(desk, asked)
        preview = desk.decide(asked, "approve", wish_hash=seen, preview=True).result
        assert list(preview["grant"]["resources"]) == [first]
        desk.asker("governance_access_request_update", id=asked, resources=[first, second]).result
        for decision, more in (("approve", {}), ("resume", {}), ("refer", {"text": "x"})):
            (said,) = desk.decide(asked, decision, wish_hash=seen, **more).errors["wish_hash"]
            assert "have changed since you read them" in said
        assert row_of(asked).state == "returned"
        assert kinds(asked) == ["request.submit", "request.return", "request.update"]
        granted = desk.decide(asked, "approve", wish_hash=self.read(desk, asked)).result
        assert set(granted["grant"]["resources"]) == {first, second}

    @pytest.mark.parametrize(
        ("field", "value"),
        [("purpose", "Anderes."), ("norm", "§ 5"), ("until", TOMORROW), ("entity", "company")],
    )
    def test_any_field_counts(self, desk, field, value):
        desk.dataset()
        asked = desk.ask(norm="§ 4").result["id"]
        desk.decide(asked, "return", text="Wozu?").result
        seen = self.read(desk, asked)
        value = desk.city.company["id"] if value == "company" else value
        desk.asker("governance_access_request_answer", id=asked, text="So.", **{field: value})
        assert "wish_hash" in desk.decide(asked, "approve", wish_hash=seen).errors
        assert desk.decide(asked, "approve", wish_hash=self.read(desk, asked)).status == 200

    def test_persons_count(self, desk):
        desk.dataset(**PERSONAL)
        names = [one.user["name"] for one in (desk.asker, desk.colleague)]
        company = desk.city.company["id"]
        asked = desk.ask(entity=company, norm="§ 5", persons=names[:1]).result["id"]
        desk.decide(asked, "return", text="Wer?").result
        seen = self.read(desk, asked)
        desk.asker("governance_access_request_update", id=asked, persons=names).result
        refused = desk.decide(asked, "approve", role="own", wish_hash=seen)
        assert "wish_hash" in refused.errors

    def test_a_file_that_came_later_counts(self, desk):
        desk.dataset()
        asked = desk.ask().result["id"]
        seen = self.read(desk, asked)
        more = {"package_id": "data", "url": "https://secret.example/2.csv", "name": "2"}
        desk.city.editor("resource_create", **more).result
        assert "wish_hash" in desk.decide(asked, "approve", wish_hash=seen).errors

    def test_what_changed_is_named(self, desk):
        desk.dataset()
        asked = desk.ask().result["id"]
        desk.decide(asked, "return", text="Wozu?").result
        desk.asker(
            "governance_access_request_update", id=asked, purpose="Anderes.", until=TOMORROW
        ).result
        answer = {"id": asked, "text": "So.", "norm": "§ 4", "purpose": "Anderes."}
        desk.asker("governance_access_request_answer", **answer).result
        thread = desk.show(asked, desk.city.editor).result["thread"]
        assert [[one["id"] for one in entry["fields"]] for entry in thread] == [
            [], [], ["purpose", "until"], ["norm"],
        ]  # fmt: skip
        assert thread[2]["fields"][0]["label"] == "Purpose"
        assert [data.get("fields") for data in recorded(asked)] == [
            None, None, ["purpose", "until"], ["norm"],
        ]  # fmt: skip

    def test_nothing_changed_is_nothing_recorded(self, desk):
        desk.dataset()
        draft = desk.ask(submit=False).result["id"]
        for _ in range(3):
            desk.asker(
                "governance_access_request_update", id=draft, purpose="Baustellen planen."
            ).result
        assert kinds(draft) == ["request.draft"]
        desk.asker("governance_access_request_update", id=draft, purpose="x").result
        assert kinds(draft) == ["request.draft", "request.update"]
        desk.asker("governance_access_request_submit", id=draft).result
        desk.decide(draft, "return", text="Wozu?").result
        desk.asker("governance_access_request_update", id=draft, purpose="x").result
        assert len(desk.show(draft).result["thread"]) == 2


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

    def test_nor_are_its_files_and_what_its_laws_mean(self, app, desk):
        data = desk.dataset(legal_basis=["kritis-schutzinformation"], stricter_reason="")
        part = data["resources"][0]["id"]
        first = desk.ask(norm="§ 3").result["id"]
        granted = desk.decide(first, "approve").result
        assert list(granted["grant"]["resources"]) == [part]
        user = factories.User()
        third = factories.Organization(users=[{"name": user["name"], "capacity": "editor"}])
        desk.city.sysadmin(
            "governance_entity_update", organization_id=third["id"], entity_class="core"
        ).result
        helper = Api(app, user)
        wish = {"dataset_id": "data", "purpose": "x", "until": UNTIL, "norm": "§ 3"}
        second = desk.colleague("governance_access_request_create", submit=True, **wish).result
        passed = {"id": second["id"], "entity": third["id"]}
        desk.city.editor("governance_access_request_forward", **passed).result
        hide = {"metadata_visibility": "group", "private": True}
        desk.city.editor("package_patch", id="data", **hide).result
        desk.asker("governance_access_request_withdraw", id=first).result
        for id_, api in (
            (first, desk.asker),
            (second["id"], helper),
            (second["id"], desk.colleague),
        ):
            seen = desk.show(id_, api)
            found = seen.result
            assert (found["dataset"], found["light"], found["wish_hash"]) == (None, None, "")
            assert part not in str(seen.body)
            listed = {"object_type": "request", "object_id": id_}
            events = api("governance_event_list", **listed)
            assert events.result["events"][0]["data"]["to"] in ("withdrawn", "forwarded")
            assert part not in str(events.body)
            assert data["id"] not in str(events.body)
        assert desk.show(first).result["grant"]["resources"] == {}
        assert desk.show(second["id"], desk.city.editor).result["light"]["id"] == "possible"

    def test_to_whom_it_is_forwarded_learns_no_location_by_guessing(self, app, desk):
        desk.dataset()
        user = factories.User()
        third = factories.Organization(users=[{"name": user["name"], "capacity": "editor"}])
        fourth = factories.Organization()
        for one in (third, fourth):
            desk.city.sysadmin(
                "governance_entity_update", organization_id=one["id"], entity_class="core"
            ).result
        helper = Api(app, user)
        asked = desk.ask().result["id"]
        forward = {"id": asked, "entity": third["id"]}
        refused = desk.city.editor("governance_access_request_forward", text=LINK, **forward)
        assert "text" in refused.errors
        desk.city.editor("governance_access_request_forward", **forward).result
        assert desk.decide(asked, "return", text=LINK, preview=True).status == 409
        answers = [
            desk.decide(asked, "return", helper, text=f"Ist es {guess}?", preview=True)
            for guess in (LINK, "https://secret.example/wrong.csv")
        ]
        assert [one.status for one in answers] == [200, 200]
        assert set(answers[0].result) == set(answers[1].result)
        for guess in (LINK, "https://secret.example/wrong.csv"):
            sent = {"id": asked, "entity": "gibt-es-nicht", "text": guess}
            errors = helper("governance_access_request_forward", **sent).errors
            assert "entity" in errors
            assert "text" not in errors

    def test_no_location_anywhere(self, desk):
        desk.dataset()
        asked = desk.ask().result
        refused = desk.decide(asked["id"], "return", text=f"Meinen Sie {LINK}?")
        assert "text" in refused.errors
        assert "canary" not in str(refused.body) + str(desk.show(asked["id"]).body)
