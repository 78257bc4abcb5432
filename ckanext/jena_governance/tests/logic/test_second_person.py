"""R11 at the API: what waits for a second person, and for whom nothing does: drafts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

import pytest

import ckantoolkit as tk
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.model import GovernanceEventPerson
from ckanext.jena_governance.tests.conftest import stored
from ckanext.jena_governance.tests.logic.house import (
    CLEANED,
    LINK,
    OPEN,
    PERSONS,
    PLANTS,
    House,
    events,
    kinds,
)


class TestSecondPerson:
    @pytest.fixture
    def personal(self, make, restriction) -> dict[str, Any]:
        return make(**restriction)

    def propose(self, house: House, **more: Any) -> dict[str, Any]:
        return house.first(
            "package_patch", id="data", opening_reason="Daten bereinigt", **{**CLEANED, **more}
        ).result

    def test_waits_and_the_rest_is_saved(self, house, personal, restriction):
        result = self.propose(house, title="Neuer Titel", data_steward="Neue Stelle")
        pending = result["opening_pending"]
        assert "Fachdienst Umweltschutz" in pending["message"]
        assert "second person" in pending["message"]
        after = stored("data")
        assert (after["title"], after["data_steward"]) == ("Neuer Titel", "Neue Stelle")
        for field in ("openness", "legal_basis", "personal_data", "restriction_reason"):
            assert after[field] == restriction[field], field
            assert result[field] == restriction[field], field
        assert LINK not in str(after)
        assert house.city.nobody("package_show", id="data").result["openness"] == "request"
        (event,) = events()
        assert event.kind == "opening.proposed"
        assert pending["proposal"] == event.id
        assert event.data["to"][""] == {
            "openness": "open", "legal_basis": [], "personal_data": "anonymised",
            "restriction_reason": "",
        }  # fmt: skip
        assert event.data["reason"] == "Daten bereinigt"
        for private in (LINK, "Neue Stelle", restriction["data_steward_email"], "user"):
            assert private not in str(event.data), private

    def test_is_recorded_where_nothing_else_changes(self, house, personal):
        self.propose(house)
        before = stored("data")
        self.propose(house)
        assert kinds() == ["opening.proposed", "opening.proposed"]
        assert stored("data")["openness"] == before["openness"]

    def test_another_editor_confirms(self, house, personal):
        number = self.propose(house)["opening_pending"]["proposal"]
        result = house.second("governance_opening_confirm", id="data", proposal=number).result
        assert result["openness"] == "open"
        after = stored("data")
        assert after["openness"] == "open"
        assert not after["legal_basis"]
        assert after["personal_data"] == "anonymised"
        assert after["license_id"] == "dl-by-de-2.0"
        assert after["resources"][0]["url"] == LINK
        assert kinds() == ["opening.proposed", "opening.confirmed", "dataset.loosened"]
        loosened = events("dataset.loosened")[0]
        assert loosened.data["proposal"] == number
        assert loosened.data["reason"] == "Daten bereinigt"
        person = model.Session.get(GovernanceEventPerson, loosened.id)
        assert person.user_id == house.users["second"]["id"]
        again = house.second("governance_opening_confirm", id="data")
        assert "waits" in again.errors["proposal"][0]

    def test_not_by_the_same_person_a_member_a_stranger_or_a_sysadmin(self, app, house, personal):
        self.propose(house)
        for api in (house.first, house.member, house.city.manager, house.city.sysadmin):
            assert api("governance_opening_confirm", id="data").status == 403
        assert house.city.nobody("governance_opening_confirm", id="data").status == 403
        assert stored("data")["openness"] == "request"
        assert kinds() == ["opening.proposed"]

    def test_not_past_the_check_by_code_either(self, house, personal):
        self.propose(house)
        for user in (house.users["first"]["name"], house.users["member"]["name"], ""):
            with pytest.raises(tk.NotAuthorized):
                call_action("governance_opening_confirm", context={"user": user}, id="data")
            model.Session.rollback()

    @pytest.mark.parametrize(
        "twist", [lambda box: f" {box.upper()}", lambda box: box.replace("@", "+2@")]
    )
    def test_not_with_the_same_mailbox(self, house, personal, twist):
        self.propose(house)
        first, second = (model.User.get(house.users[name]["id"]) for name in ("first", "second"))
        second.email = twist(first.email)
        model.repo.commit()
        assert house.second("governance_opening_confirm", id="data").status == 403

    def test_not_by_a_former_editor(self, house, personal):
        self.propose(house)
        house.dismiss("second")
        assert house.second("governance_opening_confirm", id="data").status == 403

    def test_not_if_nobody_knows_who_proposed(self, house, personal):
        number = self.propose(house)["opening_pending"]["proposal"]
        model.Session.delete(model.Session.get(GovernanceEventPerson, number))
        model.repo.commit()
        assert house.second("governance_opening_confirm", id="data").status == 403

    @pytest.mark.parametrize(
        ("change", "then", "now"),
        [
            ({"openness": "closed"}, "“On request”", "“Closed”"),
            (
                {"legal_basis": [PERSONS, "thuertg-private-belange"]},
                "Personal data",
                "private interests",
            ),
            ({"review_date": (date.today() + timedelta(days=30)).isoformat()}, "2", "2"),
        ],
    )
    def test_not_once_it_is_stale(self, house, personal, change, then, now):
        self.propose(house)
        house.city.editor("package_patch", id="data", **change).result
        before = stored("data")
        said = house.second("governance_opening_confirm", id="data").errors["proposal"][0]
        assert then in said
        assert now in said
        assert stored("data") == before

    def test_not_once_a_file_was_added(self, house, personal):
        self.propose(house)
        house.city.editor("resource_create", package_id=personal["id"], url=LINK, name="Neu").result
        answer = house.second("governance_opening_confirm", id="data")
        assert "file was added" in answer.errors["proposal"][0]

    def test_texts_may_change_meanwhile(self, house, personal):
        self.propose(house)
        house.city.editor("package_patch", id="data", title="Später", notes="Text").result
        house.second("governance_opening_confirm", id="data").result
        assert stored("data")["title"] == "Später"
        assert stored("data")["openness"] == "open"

    def test_a_newer_proposal_takes_its_place(self, house, personal):
        old = self.propose(house)["opening_pending"]["proposal"]
        new = self.propose(house)["opening_pending"]["proposal"]
        answer = house.second("governance_opening_confirm", id="data", proposal=old)
        assert str(new) in answer.errors["proposal"][0]
        house.second("governance_opening_confirm", id="data", proposal=new).result

    def test_what_breaks_a_rule_cannot_be_proposed(self, house, personal):
        answer = house.first(
            "package_patch",
            id="data",
            openness="open",
            opening_reason="x",
            license_id="dl-by-de-2.0",
        )
        assert "(R5)" in str(answer.errors)
        assert kinds() == []

    BY_CONSENT: ClassVar = {"openness": "group", "opening_reason": "Einwilligung"}

    @pytest.fixture
    def trade(self, make, plain) -> dict[str, Any]:
        return make(**{**plain, "legal_basis": ["geschgehg-geschaeftsgeheimnis"]})

    def test_rules_are_checked_again(self, house, trade, monkeypatch):
        until = (date.today() + timedelta(days=1)).isoformat()
        consent = [{"id": "einwilligung", "reference": "Akte 1", "until": until}]
        result = house.first(
            "package_patch", id="data", permission=consent, **self.BY_CONSENT
        ).result
        assert result["opening_pending"]["fields"][""]["permission"] == consent
        monkeypatch.setattr(
            "ckanext.jena_governance.config.today", lambda: date.today() + timedelta(days=5)
        )
        answer = house.second("governance_opening_confirm", id="data")
        assert "(R3a)" in str(answer.errors)
        assert stored("data")["openness"] == "request"
        assert kinds() == ["opening.proposed"]

    def test_a_location_is_never_kept_in_a_proposal(self, house, trade):
        consent = [{"id": "einwilligung", "reference": f"siehe {LINK}"}]
        answer = house.first("package_patch", id="data", permission=consent, **self.BY_CONSENT)
        assert set(answer.errors) == {"permission", "__type"}
        assert kinds() == []

    def test_of_a_resource(self, house, make, restriction):
        made = make(**restriction)
        part = made["resources"][0]
        closed = {"openness": "closed", "legal_basis": [PERSONS], "restriction_reason": "x"}
        house.first("resource_patch", id=part["id"], **closed).result
        result = house.first(
            "resource_patch", id=part["id"], openness="", opening_reason="Geirrt", name="Neu"
        ).result
        assert result["opening_pending"]["fields"] == {part["id"]: {"openness": ""}}
        assert result["name"] == "Neu"
        assert stored("data")["resources"][0]["openness"] == "closed"
        house.second("governance_opening_confirm", id="data").result
        assert not stored("data")["resources"][0].get("openness")

    def test_taking_a_basis_away_first_is_an_opening_too(self, house, personal):
        house.first("package_patch", id="data", openness="closed").result
        result = house.first(
            "package_patch", id="data", legal_basis=[PLANTS], stricter_reason="x",
            personal_data="none", opening_reason="x",
        ).result  # fmt: skip
        assert "opening_pending" in result
        assert stored("data")["legal_basis"] == [PERSONS]

    def test_a_move_waits_too(self, house, personal):
        city = house.city
        result = city.sysadmin(
            "package_owner_org_update",
            id=personal["id"],
            organization_id=city.company["id"],
            opening_reason="Ausgegliedert",
        ).result
        assert "opening_pending" in result
        assert stored("data")["owner_org"] == city.department["id"]
        assert stored("data")["owning_entity"] == city.department["id"]
        assert kinds() == ["opening.proposed"]
        house.second("governance_opening_confirm", id="data").result
        assert stored("data")["owner_org"] == city.company["id"]
        assert stored("data")["owning_entity"] == city.company["id"]

    def test_hidden_descriptions_come_out_with_the_opening(self, house, make, restriction):
        secret = {**restriction, "legal_basis": ["thuertg-gericht-ermittlung"],
                  "ends_when": "Ende des Verfahrens", "metadata_visibility": "group",
                  "review_date": (date.today() + timedelta(days=90)).isoformat()}  # fmt: skip
        del secret["personal_data"]
        make(**{**secret, "name": "hid"})
        house.first(
            "package_patch", id="hid", metadata_visibility="public", opening_reason="x", **OPEN
        ).result
        assert stored("hid")["private"] is True
        house.second("governance_opening_confirm", id="hid").result
        assert stored("hid")["private"] is False
        assert stored("hid")["openness"] == "open"

    def test_is_no_oracle_for_hidden_datasets(self, house):
        for name in ("nowhere", "data"):
            assert house.first("governance_opening_confirm", id=name).status == 404

    def test_asks_for_what_it_can_read(self, house, personal):
        for bad in ({}, {"id": ["data"]}, {"id": "data", "proposal": "first"}):
            assert house.second("governance_opening_confirm", **bad).status == 409


class TestDrafts:
    def draft(self, house: House, **fields: Any) -> None:
        house.city.sysadmin(
            "package_create",
            name="draft",
            owner_org=house.city.department["id"],
            state="draft",
            **fields,
        ).result

    def test_never_published_they_need_no_reason(self, house, restriction):
        self.draft(house, **restriction)
        house.first("package_patch", id="draft", **CLEANED).result
        assert stored("draft")["openness"] == "open"
        assert kinds() == []

    def test_but_an_entitled_editor(self, house, restriction):
        self.draft(house, **restriction)
        package = model.Package.get("draft")
        package.extras["owning_entity"] = house.city.company["id"]
        model.repo.commit()
        answer = house.first("package_patch", id="draft", **CLEANED)
        assert "(R11)" in str(answer.errors)
        assert stored("draft")["openness"] == "request"

    def test_taken_back_from_the_public_they_are_as_others(self, house, make, restriction):
        make(**restriction)
        house.first("package_patch", id="data", state="draft").result
        assert kinds() == ["dataset.unpublished"]
        result = house.first("package_patch", id="data", **CLEANED)
        assert "opening_reason" in result.errors
        result = house.first("package_patch", id="data", opening_reason="x", **CLEANED).result
        assert "opening_pending" in result
        assert stored("data")["openness"] == "request"


def test_check_tells_what_a_write_would_be_told(house, make, restriction):
    make(**restriction)
    change = CLEANED
    told = house.first("governance_check", id="data", **change).result
    assert told["refused"] is True
    assert told["openness_effective"] == "open"
    told = house.first("governance_check", id="data", opening_reason="x", **change).result
    assert told["refused"] is False
    assert kinds() == []
