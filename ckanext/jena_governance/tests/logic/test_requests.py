"""Requests through the API: the whole way, and everything that must not work on it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance import config
from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.logic.asking import (
    BOUND,
    CONTRACT,
    LINK,
    PERSONAL,
    PLANTS,
    TODAY,
    UNTIL,
    desk,
    kinds,
    on,
    row_of,
)

__all__ = ["desk", "on"]


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
        assert "role" in desk.decide(asked["id"], "approve").errors
        assert "role" in desk.decide(asked["id"], "approve", role="both").errors
        granted = desk.decide(asked["id"], "approve", role="processor").result
        assert granted["decision"]["role"] == "processor"
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
        said = [(one["step"], one["by"]) for one in desk.show(asked["id"]).result["thread"]]
        owner = desk.city.department["title"]
        assert said[1:] == [("forward", owner), ("return", third["title"])]
        desk.asker("governance_access_request_answer", id=asked["id"], text="Dazu.").result
        assert desk.decide(asked["id"], "approve").result["state"] == "approved"

    def test_to_whom_somebody_belongs_who_asks_for_themselves(self, desk):
        desk.dataset()
        asked = desk.ask().result["id"]
        (one,) = desk.show(asked, desk.city.editor).result["belongs_to"]
        assert (one["title"], one["class_label"]) == ("Stadtwerke GmbH", "City-owned company")
        desk.asker("governance_access_request_withdraw", id=asked).result
        for_all = desk.ask(entity=desk.city.company["id"]).result["id"]
        assert desk.show(for_all, desk.city.editor).result["belongs_to"] == []

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
        data = desk.dataset()
        asked = desk.ask().result
        assert "text" in desk.decide(asked["id"], "refer").errors
        assert (
            desk.decide(asked["id"], "refer", text="Wir sind unsicher.").result["state"]
            == "referred"
        )
        gone = {"decision": "not_available", "text": "Die Liste gibt es nicht mehr."}
        assert "not_available" not in desk.show(asked["id"], desk.city.editor).result["may"]
        (said,) = desk.decide(asked["id"], **gone).errors["decision"]
        assert '"Liste" is in this portal. Grant it, refer it' in said
        assert row_of(asked["id"]).state == "referred"
        desk.city.editor("resource_delete", id=data["resources"][0]["id"]).result
        assert "not_available" in desk.show(asked["id"], desk.city.editor).result["may"]
        done = desk.decide(asked["id"], **gone).result
        assert done["state"] == "not_available"
        assert done["may"] == []

    def test_not_available_is_what_is_no_longer_there(self, desk):
        """One file of two is gone: the other one is not refused along with it."""
        two = [{"url": LINK, "name": "a"}, {"url": LINK, "name": "b", "size": 0}]
        there, gone = (one["id"] for one in desk.dataset(resources=two)["resources"])
        answer = {"decision": "not_available", "text": "Leer."}
        for resources, ok in (([there], False), ([there, gone], False), ([gone], True)):
            asked = desk.ask(resources=resources).result["id"]
            assert desk.decide(asked, **answer).status == (200 if ok else 409)
            desk.asker("governance_access_request_withdraw", id=asked)

    def test_data_outside_of_the_portal(self, desk):
        fields = {**PERSONAL, "legal_basis": ["bmg-meldegeheimnis"], "resources": []}
        desk.dataset(**fields)
        asked = desk.ask(norm="§ 34 BMG").result
        granted = desk.decide(asked["id"], "approve", role="own").result
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

    def test_not_a_sysadmin_whatever_their_role(self, desk):
        """They can enter themselves as anything; agreements are not theirs to sign, either."""
        data = desk.dataset()
        asked = desk.ask().result["id"]
        desk.decide(asked, "return", text="Wozu?").result
        desk.seat(desk.city.sysadmin.user["name"], desk.city.department, "admin")
        refused = desk.decide(asked, "approve", desk.city.sysadmin)
        assert refused.status == 403
        assert "Whoever administers the portal" in str(refused.body)
        seen = desk.show(asked, desk.city.sysadmin).result
        assert (seen["may"], bool(seen["partiality"])) == ([], True)
        forward = {"id": asked, "entity": desk.city.company["id"]}
        sent = desk.city.sysadmin("governance_access_request_forward", **forward)
        assert sent.status == 403
        desk.decide(asked, "approve").result
        revoke = {"id": asked, "ground": "purpose_ended", "text": "x"}
        taken = desk.city.sysadmin("governance_access_request_revoke", **revoke)
        assert taken.status == 403
        assert desk.gets(data)

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
