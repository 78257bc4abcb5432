"""Requests through the API: the whole way, and everything that must not work on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance import config
from ckanext.jena_governance.access import facts
from ckanext.jena_governance.model import (
    GovernanceAccessRequest,
    GovernanceEntity,
    GovernanceEvent,
    GovernanceEventPerson,
)
from ckanext.jena_governance.tests.conftest import Answer, Api, City, stored

LINK = "https://secret.example/canary-7.csv"
PLANTS = "artenschutz-fundorte"
PERSONS = "dsgvo-personenbezug"
CONTRACT = "vertragliche-bindung"
TODAY = date.today()
UNTIL = (TODAY + timedelta(days=90)).isoformat()

PLAIN = {
    "openness": "request",
    "legal_basis": [PLANTS],
    "restriction_reason": "Fundorte geschützter Arten.",
    "data_steward": "Fachdienst Umweltschutz, Team Daten",
    "data_steward_email": "daten@umwelt.example",
    "review_date": (TODAY + timedelta(days=100)).isoformat(),
    "license_id": "other-closed",
    "stricter_reason": "Sehr wenige Fundorte.",
}
BOUND = {
    **PLAIN,
    "legal_basis": [CONTRACT],
    "stricter_reason": "",
    "ends_when": "Ende des Vertrags",
}
PERSONAL = {
    **PLAIN,
    "legal_basis": [PERSONS],
    "stricter_reason": "",
    "personal_data": "personal",
    "restriction_reason": "Die Tabelle enthält Angaben zu einzelnen Personen.",
}


@dataclass
class Desk:
    """A department that owns data, a company whose people ask, and ways to do so."""

    app: Any
    city: City
    asker: Api
    colleague: Api
    second: Api

    def dataset(self, name: str = "data", **fields: Any) -> dict[str, Any]:
        data = {
            "name": name,
            "title": "Fundorte",
            "owner_org": self.city.department["id"],
            "resources": [{"url": LINK, "name": "Liste", "format": "CSV"}],
            **PLAIN,
            **fields,
        }
        return self.city.editor("package_create", **data).result

    def ask(self, dataset: str = "data", **fields: Any) -> Answer:
        wish = {
            "dataset_id": dataset,
            "purpose": "Baustellen planen.",
            "until": UNTIL,
            "submit": True,
            **fields,
        }
        return self.asker("governance_access_request_create", **wish)

    def decide(self, id_: str, decision: str, by: Api | None = None, **fields: Any) -> Answer:
        api = by or self.city.editor
        return api("governance_access_request_decide", id=id_, decision=decision, **fields)

    def show(self, id_: str, by: Api | None = None) -> Answer:
        return (by or self.asker)("governance_access_request_show", id=id_)

    def gets(self, dataset: dict[str, Any], by: Api | None = None) -> bool:
        """Whether somebody gets the data, as the gateway says."""
        part = dataset["resources"][0]["id"]
        response = self.app.get(
            f"/dataset/{dataset['id']}/resource/{part}/data",
            headers=(by or self.asker).headers,
            follow_redirects=False,
            status=None,
        )
        assert response.status_code in (302, 403, 404), response.status_code
        return response.headers.get("Location") == LINK

    def seat(self, user: str, organization: dict[str, Any], role: str | None) -> None:
        action = "organization_member_create" if role else "organization_member_delete"
        more = {"role": role} if role else {}
        self.city.sysadmin(action, id=organization["id"], username=user, **more).result


@pytest.fixture
def desk(app: Any, city: City) -> Desk:
    users = {name: factories.User() for name in ("asker", "colleague", "second")}
    desk = Desk(app, city, **{name: Api(app, user) for name, user in users.items()})
    desk.seat(users["asker"]["name"], city.company, "member")
    desk.seat(users["colleague"]["name"], city.company, "member")
    desk.seat(users["second"]["name"], city.department, "admin")
    return desk


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Another day."""

    def run(day: date) -> None:
        monkeypatch.setattr(config, "today", lambda: day)

    return run


def row_of(id_: str) -> GovernanceAccessRequest:
    model.Session.remove()
    row = model.Session.get(GovernanceAccessRequest, id_)
    assert row is not None
    return row


def kinds(id_: str) -> list[str]:
    model.Session.remove()
    event = GovernanceEvent
    query = sa.select(event.kind).where(event.object_id == id_).order_by(event.id)
    return list(model.Session.scalars(query))


class TestTheWay:
    def test_whole(self, desk, on):
        data = desk.dataset()
        asked = desk.ask().result
        assert (asked["state"], asked["light"]["id"]) == ("submitted", "possible")
        assert asked["due"] == (TODAY + timedelta(days=30)).isoformat()
        assert not desk.gets(data)

        returned = desk.decide(asked["id"], "return", text="Welcher Bereich?").result
        assert (returned["state"], returned["is_stopped"]) == ("returned", True)
        answered = desk.asker(
            "governance_access_request_answer", id=asked["id"], text="Das Saaleufer."
        ).result
        assert answered["state"] == "submitted"
        assert [one["text"] for one in answered["thread"]] == [
            "",
            "Welcher Bereich?",
            "Das Saaleufer.",
        ]

        granted = desk.decide(asked["id"], "approve", conditions="Nicht weitergeben.").result
        assert granted["state"] == "approved"
        assert granted["grant"]["until"] == UNTIL
        assert desk.gets(data)
        assert not desk.gets(data, desk.colleague)
        told = desk.asker("governance_access_explain", id="data").result["resources"][0]
        assert (told["allowed"], told["rule"]) == (True, "grant")

        last = date.fromisoformat(UNTIL)
        on(last)
        assert desk.gets(data)
        on(last + timedelta(days=1))
        assert not desk.gets(data)
        assert desk.show(asked["id"]).result["state"] == "expired"
        assert kinds(asked["id"]) == [
            "request.submit", "request.return", "request.answer", "request.approve",
        ]  # fmt: skip

    def test_denied_with_the_law_the_way_on_and_no_formal_decision(self, desk):
        desk.dataset(**BOUND)
        asked = desk.ask(norm="§ 4 WerkSatzung").result
        denied = desk.decide(
            asked["id"], "deny", legal_basis=[CONTRACT], text="Der Vertrag erlaubt es nicht.",
            way_on="Fragen Sie den Verlag.",
        ).result  # fmt: skip
        assert denied["state"] == "denied"
        seen = desk.show(asked["id"]).result
        assert seen["decision"]["legal_basis"][0]["id"] == CONTRACT
        assert seen["decision"]["legal_basis"][0]["citation"]
        assert seen["decision"]["way_on"] == "Fragen Sie den Verlag."
        assert seen["remedy"]["no_decision"] == "This answer is not an administrative decision."
        assert seen["decision"]["decider"] is None
        assert (
            desk.show(asked["id"], desk.second).result["decision"]["decider"]["name"]
            == desk.city.clerk
        )

    def test_draft(self, desk):
        desk.dataset()
        draft = desk.asker("governance_access_request_create", dataset_id="data").result
        assert draft["state"] == "draft"
        for api in (desk.city.editor, desk.city.sysadmin, desk.colleague):
            assert desk.show(draft["id"], api).status == 404
        refused = desk.asker("governance_access_request_submit", id=draft["id"]).errors
        assert {"purpose", "until"} <= set(refused)
        desk.asker(
            "governance_access_request_update", id=draft["id"], purpose="Planung", until=UNTIL
        ).result
        sent = desk.asker("governance_access_request_submit", id=draft["id"]).result
        assert sent["state"] == "submitted"
        assert desk.show(draft["id"], desk.city.editor).result["purpose"] == "Planung"

    def test_hearing_stops_the_clock(self, desk, on):
        desk.dataset()
        asked = desk.ask().result
        desk.decide(asked["id"], "hear", text="Wir fragen den Eigentümer.").result
        on(TODAY + timedelta(days=40))
        seen = desk.show(asked["id"]).result
        assert (seen["state"], seen["is_overdue"]) == ("hearing", False)
        assert seen["due"] == (TODAY + timedelta(days=70)).isoformat()
        going = desk.decide(asked["id"], "resume").result
        assert going["due"] == (TODAY + timedelta(days=70)).isoformat()
        on(TODAY + timedelta(days=71))
        assert desk.show(asked["id"]).result["is_overdue"]

    def test_part_of_it(self, desk):
        two = [{"url": LINK, "name": "a"}, {"url": "https://secret.example/b.csv", "name": "b"}]
        data = desk.dataset(resources=two)
        first, second = (one["id"] for one in data["resources"])
        asked = desk.ask().result
        assert len(asked["resources"]) == 2
        granted = desk.decide(asked["id"], "approve", resources=[first]).result
        assert list(granted["grant"]["resources"]) == [first]
        assert desk.gets(data)
        told = desk.asker("governance_access_explain", id="data", resource_id=second).result
        assert told["allowed"] is False

    def test_for_an_entity(self, desk):
        data = desk.dataset()
        asked = desk.ask(entity=desk.city.company["name"]).result
        assert asked["entity"]["title"] == "Stadtwerke GmbH"
        desk.decide(asked["id"], "approve").result
        assert desk.gets(data)
        assert desk.gets(data, desk.colleague)
        desk.seat(desk.colleague.user["name"], desk.city.company, None)
        assert not desk.gets(data, desk.colleague)

    def test_named_persons(self, desk):
        data = desk.dataset(**PERSONAL)
        company, name = desk.city.company["id"], desk.colleague.user["name"]
        refused = desk.ask(entity=company, norm="§ 5").errors
        assert set(refused) >= {"persons"}
        asked = desk.ask(entity=company, norm="§ 5", persons=[name]).result
        desk.decide(asked["id"], "approve").result
        assert desk.gets(data, desk.colleague)
        assert not desk.gets(data)
        assert not desk.gets(data, desk.city.manager)
        desk.seat(name, desk.city.company, None)
        assert not desk.gets(data, desk.colleague)
        desk.seat(name, desk.city.company, "member")
        assert desk.gets(data, desk.colleague)

    def test_forwarded(self, app, desk):
        desk.dataset()
        third_user = factories.User()
        third = factories.Organization(users=[{"name": third_user["name"], "capacity": "editor"}])
        desk.city.sysadmin(
            "governance_entity_update", organization_id=third["id"], entity_class="core"
        ).result
        helper = Api(app, third_user)
        asked = desk.ask().result
        assert desk.show(asked["id"], helper).status == 404
        passed = desk.city.editor(
            "governance_access_request_forward", id=asked["id"], entity=third["id"], text="Dort."
        ).result
        assert passed["state"] == "forwarded"
        assert third["title"] in passed["state_label"]
        assert desk.show(asked["id"], helper).result["may"] == ["return", "forward"]
        assert desk.decide(asked["id"], "approve", helper).status == 403
        assert (
            desk.decide(asked["id"], "return", helper, text="Wozu?").result["state"] == "returned"
        )
        desk.asker("governance_access_request_answer", id=asked["id"], text="Dazu.").result
        assert desk.decide(asked["id"], "approve").result["state"] == "approved"

    def test_given_back_and_revoked(self, desk):
        data = desk.dataset()
        first = desk.ask().result
        desk.decide(first["id"], "approve").result
        desk.asker("governance_access_request_withdraw", id=first["id"]).result
        assert not desk.gets(data)
        second = desk.ask().result
        desk.decide(second["id"], "approve").result
        revoke = {"id": second["id"], "text": "Das Vorhaben ist beendet."}
        assert (
            "legal_basis" in desk.city.editor("governance_access_request_revoke", **revoke).errors
        )
        done = desk.city.editor(
            "governance_access_request_revoke", ground="purpose_ended", **revoke
        ).result
        assert done["state"] == "revoked"
        assert not desk.gets(data)

    def test_not_available_and_referred(self, desk):
        desk.dataset()
        asked = desk.ask().result
        assert "text" in desk.decide(asked["id"], "refer").errors
        assert (
            desk.decide(asked["id"], "refer", text="Wir sind unsicher.").result["state"]
            == "referred"
        )
        done = desk.decide(
            asked["id"], "not_available", text="Die Liste gibt es nicht mehr."
        ).result
        assert done["state"] == "not_available"
        assert done["may"] == []

    def test_data_outside_of_the_portal(self, desk):
        fields = {**PERSONAL, "legal_basis": ["bmg-meldegeheimnis"], "resources": []}
        desk.dataset(**fields)
        asked = desk.ask(norm="§ 34 BMG").result
        granted = desk.decide(asked["id"], "approve").result
        assert granted["grant"]["outside"] is True
        assert granted["grant"]["resources"] == {}

    def test_renewed_before_it_ends(self, desk):
        desk.dataset()
        first = desk.ask().result
        desk.decide(first["id"], "approve").result
        again = desk.ask(until=(TODAY + timedelta(days=200)).isoformat()).result
        assert again["state"] == "submitted"


class TestMidnight:
    """The last day ends at midnight where the city is, in summer, in winter and in between."""

    @pytest.mark.parametrize(
        ("until", "last", "first_after"),
        [
            ("2027-01-31", "2027-01-31T22:59:59", "2027-01-31T23:00:00"),
            ("2027-07-31", "2027-07-31T21:59:59", "2027-07-31T22:00:00"),
            # The days on which the clock is put forward and back, and those before.
            ("2027-03-27", "2027-03-27T22:59:59", "2027-03-27T23:00:00"),
            ("2027-03-28", "2027-03-28T21:59:59", "2027-03-28T22:00:00"),
            ("2027-10-30", "2027-10-30T21:59:59", "2027-10-30T22:00:00"),
            ("2027-10-31", "2027-10-31T22:59:59", "2027-10-31T23:00:00"),
        ],
    )
    def test_in_berlin(self, desk, monkeypatch, until, last, first_after):
        data = desk.dataset()
        asked = desk.ask().result
        desk.decide(asked["id"], "approve").result
        row = row_of(asked["id"])
        row.granted_until = date.fromisoformat(until)
        model.Session.commit()

        def gets_at(moment: str) -> bool:
            class Clock(datetime):
                @classmethod
                def now(cls, tz=None):
                    return datetime.fromisoformat(f"{moment}+00:00").astimezone(tz)

            monkeypatch.setattr(config, "datetime", Clock)
            return desk.gets(data)

        assert gets_at(last)
        assert not gets_at(first_after)
        assert desk.show(asked["id"]).result["state"] == "expired"


class TestTheLaw:
    def test_no_denial_without_one(self, desk):
        desk.dataset()
        asked = desk.ask().result
        full = {"text": "Nein.", "way_on": "Keiner."}
        for named in ([], [PLANTS], [CONTRACT], ["erfunden"], ["vorlaeufige-sperre"]):
            assert (
                "legal_basis" in desk.decide(asked["id"], "deny", legal_basis=named, **full).errors
            )
        assert row_of(asked["id"]).state == "submitted"

    def test_no_denial_without_text_and_way_on(self, desk):
        desk.dataset(**BOUND)
        asked = desk.ask(norm="§ 4").result
        errors = desk.decide(asked["id"], "deny", legal_basis=[CONTRACT]).errors
        assert {"text", "way_on"} <= set(errors)

    @pytest.mark.parametrize("level", ["closed", "wall"])
    def test_no_grant_beyond_the_rule(self, desk, level):
        desk.dataset()
        asked = desk.ask().result
        if level == "closed":
            desk.city.editor("governance_lock", id="data").result
        else:
            desk.city.sysadmin(
                "governance_entity_update",
                organization_id=desk.city.department["id"],
                walled=True,
            ).result
        assert desk.show(asked["id"]).result["light"]["id"] == "impossible"
        assert "resources" in desk.decide(asked["id"], "approve", norm="§ 1").errors

    def test_norms(self, desk):
        desk.dataset(**BOUND)
        assert "norm" in desk.ask().errors
        asked = desk.ask(norm="§ 4 WerkSatzung").result
        granted = desk.decide(asked["id"], "approve").result
        assert granted["decision"]["norm"] == "§ 4 WerkSatzung"

    @pytest.mark.parametrize(
        ("until", "ok"), [(-1, False), (0, True), (90, True), (91, False), (800, False)]
    )
    def test_until(self, desk, until, ok):
        desk.dataset()
        asked = desk.ask().result
        day = (TODAY + timedelta(days=until)).isoformat()
        answer = desk.decide(asked["id"], "approve", until=day)
        assert (answer.status == 200) is ok

    def test_what_is_shared_anyway_is_not_asked_for(self, desk):
        desk.dataset(openness="group", stricter_reason="")
        assert "resources" in desk.ask().errors
        desk.dataset("open", openness="open", legal_basis=[], license_id="dl-by-de-2.0")
        assert "resources" in desk.ask("open").errors


class TestWhoDecides:
    def test_neither_strangers_nor_members_nor_sysadmins(self, app, desk):
        desk.dataset()
        asked = desk.ask().result
        plain = factories.User()
        desk.seat(plain["name"], desk.city.department, "member")
        for api in (desk.colleague, Api(app, plain)):
            assert desk.decide(asked["id"], "approve", api).status == 404
        assert desk.decide(asked["id"], "approve", desk.city.sysadmin).status == 403
        assert desk.decide(asked["id"], "approve", desk.asker).status == 403
        assert desk.decide(asked["id"], "approve", desk.city.nobody).status == 403
        assert row_of(asked["id"]).state == "submitted"

    def test_not_whoever_asked_even_as_an_editor_by_now(self, desk):
        desk.dataset()
        asked = desk.ask().result
        desk.seat(desk.asker.user["name"], desk.city.department, "admin")
        assert desk.decide(asked["id"], "approve", desk.asker).status == 403

    def test_not_a_member_of_the_entity_that_gains(self, desk):
        desk.dataset()
        asked = desk.ask(entity=desk.city.company["id"]).result
        desk.seat(desk.second.user["name"], desk.city.company, "member")
        refused = desk.decide(asked["id"], "approve", desk.second)
        assert refused.status == 403
        assert "Stadtwerke" in str(refused.body)
        shown = desk.show(asked["id"], desk.second).result
        assert (shown["may"], bool(shown["partiality"])) == ([], True)
        assert desk.decide(asked["id"], "approve").status == 200

    def test_not_a_person_named(self, desk):
        desk.dataset(**PERSONAL)
        name = desk.colleague.user["name"]
        asked = desk.ask(entity=desk.city.company["id"], norm="§ 5", persons=[name]).result
        desk.seat(name, desk.city.department, "admin")
        desk.seat(name, desk.city.company, None)
        assert desk.decide(asked["id"], "approve", desk.colleague).status == 403

    @pytest.mark.parametrize(
        "twist", [lambda box: f" {box.upper()}", lambda box: box.replace("@", "+2@")]
    )
    def test_not_a_second_account_of_the_same_person(self, desk, twist):
        desk.dataset()
        asked = desk.ask().result
        box = model.User.get(desk.asker.user["name"]).email
        model.User.get(desk.second.user["name"]).email = twist(box)
        model.repo.commit()
        assert desk.decide(asked["id"], "approve", desk.second).status == 403
        assert desk.decide(asked["id"], "approve").status == 200

    def test_not_the_admin_of_a_parent(self, app, desk):
        desk.dataset()
        asked = desk.ask().result
        boss = factories.User()
        parent = factories.Organization(users=[{"name": boss["name"], "capacity": "admin"}])
        desk.city.sysadmin(
            "organization_patch",
            id=desk.city.department["id"],
            groups=[{"name": parent["name"]}],
        ).result
        assert desk.decide(asked["id"], "approve", Api(app, boss)).status == 404

    def test_not_the_former_owner(self, desk):
        desk.dataset()
        asked = desk.ask().result
        other = factories.Organization()
        desk.city.sysadmin(
            "governance_entity_update", organization_id=other["id"], entity_class="core"
        ).result
        desk.city.sysadmin(
            "package_patch", id="data", owner_org=other["id"], opening_reason="Umzug"
        ).result
        assert desk.decide(asked["id"], "approve").status == 404

    def test_a_name_that_was_reused_inherits_nothing(self, app, desk):
        desk.dataset()
        asked = desk.ask().result
        name = desk.city.department["name"]
        renamed = {"id": desk.city.department["id"], "name": "umbenannt"}
        desk.city.sysadmin("organization_patch", **renamed).result
        squatter = factories.User()
        factories.Organization(name=name, users=[{"name": squatter["name"], "capacity": "admin"}])
        assert desk.decide(asked["id"], "approve", Api(app, squatter)).status == 404
        assert desk.decide(asked["id"], "approve").status == 200


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
        desk.dataset()
        asked = desk.ask().result
        answers: list[int] = []

        def run(api: Api, decision: str) -> None:
            fields = {"text": "Die Liste gibt es nicht mehr."} if decision != "approve" else {}
            answers.append(desk.decide(asked["id"], decision, api, **fields).status)
            model.Session.remove()

        threads = [
            threading.Thread(target=run, args=(desk.city.editor, "approve")),
            threading.Thread(target=run, args=(desk.second, "not_available")),
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


class TestInput:
    @pytest.mark.parametrize(
        "field",
        [
            "state",
            "user_id",
            "decider_id",
            "due",
            "submitted",
            "granted_until",
            "owner_id",
            "id",
            "kind",
        ],
    )
    def test_nobody_sends_what_is_ours(self, desk, field):
        desk.dataset()
        assert field in desk.ask(**{field: "approved"}).errors
        asked = desk.ask().result
        if field != "id":
            sent = desk.asker(
                "governance_access_request_update", id=asked["id"], **{field: "approved"}
            )
            assert field in sent.errors
            assert field in desk.decide(asked["id"], "approve", **{field: "x"}).errors

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("until", "tomorrow"),
            ("until", "2026-02-30"),
            ("until", 5),
            ("resources", [{"id": "x"}]),
            ("resources", ["no-such-id"]),
            ("purpose", "x" * 5001),
            ("purpose", ["x"]),
            ("purpose", "a\0b"),
            ("entity", "no-such-entity"),
            ("persons", ["somebody"]),
            ("submit", "perhaps"),
        ],
    )
    def test_nonsense(self, desk, field, value):
        desk.dataset()
        assert field in desk.ask(**{field: value}).errors

    def test_entities_of_others_are_like_none(self, desk):
        desk.dataset()
        theirs = desk.ask(entity=desk.city.department["id"]).errors["entity"]
        none = desk.ask(entity="gibt-es-nicht").errors["entity"]
        assert theirs == none

    def test_not_for_the_owner_as_a_whole(self, app, desk):
        desk.dataset(**PERSONAL)
        user = factories.User()
        desk.seat(user["name"], desk.city.department, "member")
        member = Api(app, user)
        wish = {"dataset_id": "data", "purpose": "x", "until": UNTIL, "norm": "§", "submit": True}
        own = desk.city.department["id"]
        assert "entity" in member("governance_access_request_create", entity=own, **wish).errors
        asked = member("governance_access_request_create", **wish).result
        desk.decide(asked["id"], "approve").result

    def test_a_norm_does_not_go_with_a_denial(self, desk):
        desk.dataset(**BOUND)
        asked = desk.ask(norm="§ 4").result
        wrong = desk.decide(
            asked["id"], "deny", legal_basis=[CONTRACT], text="x", way_on="y", until=UNTIL
        )
        assert "until" in wrong.errors

    def test_quotas(self, desk, monkeypatch):
        from ckanext.jena_governance.policy import requests

        monkeypatch.setattr(requests, "MAX_DRAFTS", 2)
        monkeypatch.setattr(requests, "MAX_OPEN", 1)
        desk.dataset()
        desk.dataset("more")
        for _ in range(2):
            assert desk.ask(submit=False).status == 200
        assert "drafts" in desk.ask(submit=False).errors
        desk.ask().result
        assert "requests" in desk.ask("more").errors

    def test_markup_stays_text(self, desk):
        desk.dataset()
        asked = desk.ask(purpose="<script>alert(1)</script>").result
        assert asked["purpose"] == "<script>alert(1)</script>"
        page = desk.app.get(
            f"/governance/requests/{asked['id']}", headers=desk.asker.headers
        ).get_data(as_text=True)
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestRecord:
    def test_nothing_personal(self, desk):
        desk.dataset(**PERSONAL)
        name = desk.colleague.user["name"]
        asked = desk.ask(
            entity=desk.city.company["id"], norm="§ 5", persons=[name], purpose="Geheimer Zweck"
        ).result
        desk.decide(asked["id"], "return", text="Frau Muster?").result
        desk.asker("governance_access_request_answer", id=asked["id"], text="Ja, Muster.").result
        desk.decide(asked["id"], "approve", conditions="Nur Muster.").result
        model.Session.remove()
        event = GovernanceEvent
        rows = list(model.Session.scalars(sa.select(event).where(event.object_id == asked["id"])))
        said = str([row.data for row in rows])
        for word in ("Zweck", "Muster", name, desk.asker.user["id"], desk.colleague.user["id"]):
            assert word not in said
        last = rows[-1]
        person = model.Session.get(GovernanceEventPerson, last.id)
        assert person.user_id == model.User.get(desk.city.clerk).id
        assert person.subject_id == desk.asker.user["id"]
        assert last.data["granted"]["owner"] == desk.city.department["id"]

    def test_what_is_refused_leaves_nothing(self, desk):
        desk.dataset()
        asked = desk.ask().result
        desk.decide(asked["id"], "return", text="Wozu?").result
        sent = desk.asker("governance_access_request_answer", id=asked["id"], text="x", purpose="")
        assert "purpose" in sent.errors
        model.Session.commit()
        row = row_of(asked["id"])
        assert (row.state, row.purpose) == ("returned", "Baustellen planen.")
        assert kinds(asked["id"]) == ["request.submit", "request.return"]


class TestQuestions:
    def ask(self, desk: Desk, api: Api | None = None, **more: Any) -> Answer:
        return (api or desk.asker)("governance_opening_ask", id="data", **more)

    def test_confirmed(self, desk):
        desk.dataset()
        asked = self.ask(desk, text="Wird das noch offen?").result
        assert (asked["kind"], asked["state"]) == ("opening", "submitted")
        wrong = desk.decide(asked["id"], "reply", outcome="confirmed", text="Ja.")
        assert "legal_basis" in wrong.errors
        for named in ([CONTRACT], ["vorlaeufige-sperre"]):
            wrong = desk.decide(
                asked["id"], "reply", outcome="confirmed", legal_basis=named, text="Ja."
            )
            assert "legal_basis" in wrong.errors
        done = desk.decide(
            asked["id"], "reply", outcome="confirmed", legal_basis=[PLANTS], text="Ja."
        ).result
        assert done["state"] == "answered"
        assert desk.show(asked["id"]).result["decision"]["outcome"] == "confirmed"

    def test_opened(self, desk):
        desk.dataset()
        asked = self.ask(desk).result
        assert "outcome" in desk.decide(asked["id"], "reply", outcome="opened").errors
        desk.city.editor(
            "package_patch", id="data", openness="open", legal_basis=[], stricter_reason="",
            license_id="dl-by-de-2.0", opening_reason="Grund entfallen",
        ).result  # fmt: skip
        assert desk.decide(asked["id"], "reply", outcome="opened").result["state"] == "answered"

    def test_open_version(self, desk):
        desk.dataset()
        desk.dataset(
            "grob", openness="open", legal_basis=[], license_id="dl-by-de-2.0", stricter_reason=""
        )
        asked = self.ask(desk).result
        wrong = desk.decide(
            asked["id"], "reply", outcome="open_version", open_version="javascript:x"
        )
        assert "open_version" in wrong.errors
        done = desk.decide(asked["id"], "reply", outcome="open_version", open_version="grob").result
        assert done["decision"]["open_version"] == "grob"

    def test_once_in_a_month(self, desk, monkeypatch):
        desk.dataset()
        self.ask(desk).result
        assert "id" in self.ask(desk).errors
        assert self.ask(desk, desk.colleague).status == 200
        model.Session.execute(
            sa.update(GovernanceAccessRequest).values(
                created=GovernanceAccessRequest.created - timedelta(days=31)
            )
        )
        model.Session.commit()
        assert self.ask(desk).status == 200

    def test_open_data_raise_no_question(self, desk):
        desk.dataset(openness="open", legal_basis=[], license_id="dl-by-de-2.0", stricter_reason="")
        assert "id" in self.ask(desk).errors

    def test_not_answered_by_whoever_asks_and_never_a_grant(self, desk):
        desk.dataset()
        asked = self.ask(desk, desk.second).result
        fields = {"outcome": "confirmed", "legal_basis": [PLANTS], "text": "Ja."}
        assert desk.decide(asked["id"], "reply", desk.second, **fields).status == 403
        assert "state" in desk.decide(asked["id"], "approve").errors
        assert desk.decide(asked["id"], "reply", **fields).status == 200

    def test_anonymous(self, desk):
        desk.dataset()
        assert self.ask(desk, desk.city.nobody).status == 403


class TestList:
    def test_boxes(self, desk, on):
        desk.dataset()
        desk.dataset("more")
        first, second = desk.ask().result["id"], desk.ask("more").result["id"]
        editor = desk.city.editor

        def box(name: str, api: Api = editor, **more: Any) -> list[str]:
            result = api("governance_access_request_list", box=name, **more).result
            return [one["id"] for one in result["results"]]

        assert box("mine", desk.asker) == [second, first]
        assert set(box("decide")) == {first, second}
        assert box("mine") == box("done") == []
        desk.decide(first, "hear").result
        assert (box("decide"), box("waiting")) == ([second], [first])
        desk.decide(second, "approve").result
        assert box("done") == [second]
        assert box("mine", desk.asker, state="approved") == [second]
        on(TODAY + timedelta(days=200))
        assert box("mine", desk.asker, state="expired") == [second]
        counted = desk.asker("governance_access_request_list").result["counts"]
        assert counted == {"mine": 1, "questions": 0, "decide": 0, "overdue": 0}

    def test_follows_the_owner(self, desk):
        desk.dataset()
        asked = desk.ask().result["id"]
        other_user = factories.User()
        other = factories.Organization(users=[{"name": other_user["name"], "capacity": "editor"}])
        desk.city.sysadmin(
            "governance_entity_update", organization_id=other["id"], entity_class="core"
        ).result
        desk.city.sysadmin(
            "package_patch", id="data", owner_org=other["id"], opening_reason="Umzug"
        ).result
        listed = Api(desk.app, other_user)("governance_access_request_list", box="decide").result
        assert [one["id"] for one in listed["results"]] == [asked]
        assert (
            desk.city.editor("governance_access_request_list", box="decide").result["results"] == []
        )

    def test_pages(self, desk):
        desk.dataset()
        fill(desk, 60)
        seen: list[str] = []
        after = ""
        for _ in range(4):
            page = desk.asker("governance_access_request_list", limit=25, after=after).result
            seen += [one["id"] for one in page["results"]]
            after = page["next"]
            if not after:
                break
        assert len(seen) == len(set(seen)) == 60
        for broken in ("x", "|", "2026-13-01|a", "2026-01-01"):
            assert "after" in desk.asker("governance_access_request_list", after=broken).errors

    def test_ten_thousand_stay_fast(self, desk):
        import time

        desk.dataset()
        fill(desk, 10_000)
        model.Session.execute(sa.text("ANALYZE governance_access_request"))
        model.Session.commit()
        taken = []
        for box, api in (("mine", desk.asker), ("decide", desk.city.editor)):
            api("governance_access_request_list", box=box).result
            begin = time.perf_counter()
            page = api("governance_access_request_list", box=box).result
            taken.append(time.perf_counter() - begin)
            assert len(page["results"]) == 25
        assert max(taken) < 1.5, taken


def fill(desk: Desk, number: int) -> None:
    """Many requests, past the quota."""
    package = stored("data")["id"]
    user = desk.asker.user["id"]
    row = GovernanceAccessRequest
    start = row_now()
    model.Session.execute(
        sa.insert(row),
        [
            {
                "id": f"r{one:06}", "kind": "access", "state": "submitted", "user_id": user,
                "dataset_id": package, "owner_id": desk.city.department["id"], "lang": "de",
                "created": start - timedelta(minutes=one // 3), "submitted": start,
                "due": TODAY + timedelta(days=one % 40), "until": TODAY,
            }
            for one in range(number)
        ],
    )  # fmt: skip
    model.Session.commit()


def row_now():
    from ckanext.jena_governance.model.entity import now

    return now()


def test_entities_are_needed_for_nothing_here(desk):
    """A fresh portal without entity rows can handle requests, too."""
    model.Session.execute(sa.delete(GovernanceEntity))
    model.Session.commit()
    data = desk.dataset(**BOUND)
    asked = desk.ask(norm="§ 4").result
    desk.decide(asked["id"], "approve").result
    assert desk.gets(data)
