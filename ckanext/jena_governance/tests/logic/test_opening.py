"""R11 at the API: who may open, what they must say, and the second person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.logic.enforcement import report_mode
from ckanext.jena_governance.model import GovernanceEvent, GovernanceEventPerson
from ckanext.jena_governance.tests.conftest import Api, City, stored

PLANTS = "artenschutz-fundorte"
PERSONS = "dsgvo-personenbezug"
WORKS = "urhg-werke-dritter"
LINK = "https://secret.example/canary-1.csv"


def events(kind: str | None = None) -> list[GovernanceEvent]:
    model.Session.remove()
    query = sa.select(GovernanceEvent).where(GovernanceEvent.object_type == "dataset")
    if kind:
        query = query.where(GovernanceEvent.kind == kind)
    return list(model.Session.scalars(query.order_by(GovernanceEvent.id)))


def kinds() -> list[str]:
    return [event.kind for event in events()]


@dataclass(frozen=True)
class House:
    """The department's people, and some who are not."""

    city: City
    first: Api
    second: Api
    member: Api
    users: dict[str, dict[str, Any]]

    def join_company(self, name: str) -> None:
        """Somebody becomes an editor of the company, too."""
        call_action(
            "organization_member_create",
            id=self.city.company["id"],
            username=self.users[name]["name"],
            role="editor",
        )

    def dismiss(self, name: str) -> None:
        """Somebody leaves the department."""
        self.city.sysadmin(
            "organization_member_delete",
            id=self.city.department["id"],
            username=self.users[name]["name"],
        ).result


@pytest.fixture
def house(app: Any, city: City) -> House:
    users = {name: factories.User() for name in ("first", "second", "member")}
    for name, user in users.items():
        role = "member" if name == "member" else "editor"
        call_action(
            "organization_member_create",
            id=city.department["id"],
            username=user["name"],
            role=role,
        )
    return House(city=city, users=users, **{name: Api(app, user) for name, user in users.items()})


@pytest.fixture
def plain() -> dict[str, Any]:
    """A lawful restriction that takes no second person to lift."""
    return {
        "openness": "request",
        "legal_basis": [PLANTS],
        "restriction_reason": "Fundorte geschützter Arten.",
        "data_steward": "Fachdienst Umweltschutz, Team Daten",
        "data_steward_email": "daten@umwelt.example",
        "review_date": (date.today() + timedelta(days=100)).isoformat(),
        "license_id": "other-closed",
        "stricter_reason": "Sehr wenige Fundorte.",
    }


OPEN = {"openness": "open", "legal_basis": [], "license_id": "dl-by-de-2.0"}


@pytest.fixture
def make(house: House) -> Callable[..., dict[str, Any]]:
    def run(**fields: Any) -> dict[str, Any]:
        data = {
            "name": "data",
            "owner_org": house.city.department["id"],
            "resources": [{"url": LINK, "name": "Liste", "format": "CSV"}],
            **fields,
        }
        return house.city.editor("package_create", **data).result

    return run


class TestReason:
    def test_opening_needs_a_reason_and_says_what_could_be_one(self, house, make, plain):
        make(**plain)
        before = stored("data")
        errors = house.first("package_patch", id="data", **OPEN).errors
        assert set(errors) == {"opening_reason", "__type"}
        said = errors["opening_reason"][0]
        for part in (
            "What has changed?",
            "species",
            "the ground has ended",
            "data cleaned or aggregated",
            "rights acquired",
            "was classified wrongly",
            "(R11)",
        ):
            assert part in said, part
        assert stored("data") == before
        assert kinds() == []

    def test_in_german(self, app, house, make, plain):
        make(**plain)
        errors = house.city.editor_de("package_patch", id="data", **OPEN).errors
        assert "Was hat sich geändert? Zum Beispiel: Grund entfallen" in errors["opening_reason"][0]

    def test_with_a_reason_it_opens_and_is_recorded_without_being_stored(self, house, make, plain):
        made = make(**plain)
        result = house.first(
            "package_patch", id="data", opening_reason="Grund entfallen", **OPEN
        ).result
        assert result["openness"] == "open"
        assert result["resources"][0]["url"] == LINK
        assert "opening_pending" not in result
        after = stored("data")
        assert "opening_reason" not in str(after)
        assert "Grund entfallen" not in str(after)
        (event,) = events("dataset.loosened")
        assert event.object_id == made["id"]
        assert event.data["reason"] == "Grund entfallen"
        assert event.data["changes"][""]["openness"] == {"from": "request", "to": "open"}
        assert event.data["changes"][""]["legal_basis"] == {"from": [PLANTS], "to": None}
        assert event.data["what"][0]["kind"] == "level"
        person = model.Session.get(GovernanceEventPerson, event.id)
        assert person.user_id == house.users["first"]["id"]
        assert plain["data_steward_email"] not in str(event.data)

    @pytest.mark.parametrize(
        ("reason", "part"),
        [
            ("", "What has changed?"),
            ("  ", "What has changed?"),
            ("x" * 5001, "5000"),
            ([1], "must be a text"),
        ],
    )
    def test_a_reason_that_says_nothing(self, house, make, plain, reason, part):
        make(**plain)
        answer = house.first("package_patch", id="data", opening_reason=reason, **OPEN)
        assert part in answer.errors["opening_reason"][0]

    def test_a_reason_without_an_opening_is_ignored(self, house, make, plain):
        make(opening_reason="at birth", **plain)
        house.first("package_patch", id="data", notes="New", opening_reason="No").result
        assert stored("data")["notes"] == "New"
        assert "opening_reason" not in str(stored("data"))
        assert kinds() == []

    def test_a_refused_opening_leaves_no_trace_after_a_later_commit(self, house, make, plain):
        make(**plain)
        with pytest.raises(tk.ValidationError):
            call_action(
                "package_patch",
                context={"user": house.users["first"]["name"], "ignore_auth": False},
                id="data",
                opening_reason="x",
                title="y" * 20,
                name="not a name!",
                **OPEN,
            )
        model.repo.commit()
        assert kinds() == []
        assert stored("data")["openness"] == "request"

    def test_other_errors_come_in_the_same_answer(self, house, make, plain):
        make(**plain)
        errors = house.first(
            "package_patch", id="data", openness="open", license_id="cc-by-nc-4.0", name="no name!"
        ).errors
        assert {"opening_reason", "legal_basis", "name"} <= set(errors)

    def test_the_reason_must_not_tell_the_location(self, house, make, plain):
        make(**plain)
        for field in ("openness", "opens_on"):
            change = {"openness": "group"} if field == "openness" else OPEN
            errors = house.first(
                "package_patch", id="data", opening_reason=f"see {LINK}", **change
            ).errors
            assert "opening_reason" in errors
        assert kinds() == []

    def test_without_a_basis_the_level_is_named(self, house, make):
        with report_mode():
            call_action(
                "package_create",
                context={"user": house.city.clerk},
                name="old",
                owner_org=house.city.department["id"],
                openness="closed",
            )
        errors = house.first("package_patch", id="old", openness="open").errors
        assert 'So far "Closed" applied, without a legal basis' in errors["opening_reason"][0]

    def test_resources_too(self, house, make, plain):
        made = make(**plain)
        part = made["resources"][0]
        closed = {"openness": "closed", "legal_basis": [PLANTS], "restriction_reason": "x"}
        house.first("resource_patch", id=part["id"], **closed).result
        errors = house.first("resource_patch", id=part["id"], openness="request").errors
        assert "What has changed?" in errors["opening_reason"][0]
        done = house.first(
            "resource_patch", id=part["id"], openness="request", opening_reason="So ist es."
        ).result
        assert done["openness"] == "request"
        assert "opening_reason" not in str(stored("data"))
        (event,) = events("dataset.loosened")
        assert event.data["changes"] == {
            part["id"]: {"openness": {"from": "closed", "to": "request"}}
        }

    def test_a_new_resource_opens_nothing(self, house, make, plain):
        made = make(**plain)
        house.first("resource_create", package_id=made["id"], url=LINK, name="Neu").result
        assert kinds() == []

    def test_revise(self, house, make, plain):
        make(**plain)
        change = {"update": {"openness": "group"}, "match": {"name": "data"}}
        assert "opening_reason" in house.first("package_revise", **change).errors
        change["update"]["opening_reason"] = "Grund entfallen"
        house.first("package_revise", **change).result
        assert stored("data")["openness"] == "group"
        assert kinds() == ["dataset.loosened"]

    def test_closing_and_editing_need_none(self, house, make, plain):
        make(**plain)
        house.first("package_patch", id="data", openness="closed").result
        house.first("package_patch", id="data", title="Anders").result
        assert kinds() == []


class TestWho:
    @pytest.fixture
    def foreign(self, app, house, make, plain) -> Api:
        """An editor of a publisher, who may write the company's datasets but is not its own."""
        city = house.city
        city.sysadmin(
            "governance_entity_update",
            organization_id=city.department["id"],
            publishes_for=[city.company["id"]],
        ).result
        # Both classes may name this basis.
        make(**plain, owning_entity=city.company["id"])
        return house.first

    def test_an_editor_of_the_publisher_may_not(self, house, foreign):
        answer = foreign("package_patch", id="data", opening_reason="x", **OPEN)
        said = answer.errors["openness"][0]
        assert "Stadtwerke GmbH" in said
        assert "(R11)" in said
        assert stored("data")["openness"] == "request"
        assert kinds() == []

    def test_but_may_edit_and_close(self, house, foreign):
        foreign("package_patch", id="data", title="Neu").result
        foreign("package_patch", id="data", openness="closed").result
        assert stored("data")["openness"] == "closed"

    def test_nor_can_they_make_themselves_owners_first(self, house, foreign):
        own = house.city.department["id"]
        answer = foreign("package_patch", id="data", owning_entity=own, opening_reason="x")
        assert "(R11)" in answer.errors["owning_entity"][0]

    def test_the_owners_editor_needs_a_word_of_ckan_too(self, house, foreign):
        assert house.city.manager("package_patch", id="data", **OPEN).status == 403

    def test_sysadmins_may(self, house, foreign):
        house.city.sysadmin("package_patch", id="data", opening_reason="x", **OPEN).result
        assert stored("data")["openness"] == "open"

    @pytest.mark.ckan_config("ckanext.jena_governance.enforcement", "report")
    def test_where_the_portal_only_reports_it_holds_all_the_same(self, house, foreign):
        assert foreign("package_patch", id="data", opening_reason="x", **OPEN).status == 409
        answer = house.city.sysadmin("package_patch", id="data", **OPEN)
        assert "opening_reason" in answer.errors
        assert stored("data")["openness"] == "request"
        house.city.sysadmin("package_patch", id="data", opening_reason="x", **OPEN).result
        assert stored("data")["openness"] == "open"

    def test_an_inherited_role_is_none(self, app, house, make, plain):
        city = house.city
        parent = factories.Organization()
        boss = factories.User()
        call_action(
            "organization_member_create", id=parent["id"], username=boss["name"], role="admin"
        )
        call_action(
            "member_create",
            id=city.department["id"],
            object=parent["id"],
            object_type="group",
            capacity="public",
        )
        make(**plain)
        api = Api(app, boss)
        if api("package_patch", id="data", notes="Darf schreiben").status == 200:
            assert api("package_patch", id="data", opening_reason="x", **OPEN).status == 409
        assert stored("data")["openness"] == "request"

    def test_nobody_and_machines_never_do(self, house, make, plain):
        make(**plain)
        for context in ({"user": ""}, {"user": tk.config["ckan.site_id"]}):
            change = {**OPEN, "opening_reason": "x", "owner_org": house.city.company["id"]}
            with pytest.raises(tk.ValidationError):
                call_action(
                    "package_patch", context={**context, "ignore_auth": True}, id="data", **change
                )
            model.Session.rollback()
            assert stored("data")["openness"] == "request"
            assert stored("data")["owner_org"] == house.city.department["id"]

    def test_a_former_editor_is_none(self, house, make, plain):
        make(**plain)
        house.dismiss("first")
        assert house.first("package_patch", id="data", opening_reason="x", **OPEN).status == 403


class TestMoving:
    def test_to_another_owner_is_an_opening(self, house, make, plain):
        city = house.city
        made = make(**plain)
        target = {"id": made["id"], "organization_id": city.company["id"]}
        errors = city.sysadmin("package_owner_org_update", **target).errors
        assert "opening_reason" in errors
        city.sysadmin("package_owner_org_update", opening_reason="Ausgegliedert", **target).result
        after = stored("data")
        assert after["owner_org"] == after["owning_entity"] == city.company["id"]
        (event,) = events("dataset.loosened")
        assert event.data["what"][0]["kind"] == "owner"

    def test_by_an_update_too(self, house, make, plain):
        city = house.city
        house.join_company("first")
        make(**plain)
        change = {"id": "data", "owner_org": city.company["name"]}
        assert "opening_reason" in house.first("package_patch", **change).errors
        house.first("package_patch", opening_reason="Ausgegliedert", **change).result
        assert stored("data")["owning_entity"] == city.company["id"]

    def test_open_data_move_as_before(self, house, make):
        city = house.city
        made = make()
        city.sysadmin(
            "package_owner_org_update", id=made["id"], organization_id=city.company["id"]
        ).result
        assert stored("data")["owning_entity"] == city.company["id"]
        assert kinds() == []


class TestSecondPerson:
    @pytest.fixture
    def personal(self, make, restriction) -> dict[str, Any]:
        return make(**restriction)

    CHANGE: ClassVar = {**OPEN, "personal_data": "anonymised", "restriction_reason": ""}

    def propose(self, house: House, **more: Any) -> dict[str, Any]:
        return house.first(
            "package_patch", id="data", opening_reason="Daten bereinigt", **{**self.CHANGE, **more}
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

    def test_not_with_the_same_mailbox(self, house, personal):
        self.propose(house)
        first, second = (model.User.get(house.users[name]["id"]) for name in ("first", "second"))
        second.email = f" {first.email.upper()}"
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
            ({"legal_basis": [PERSONS, "thuertg-private-belange"]}, "Personal data", "private interests"),
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
        house.first("package_patch", id="draft", **TestSecondPerson.CHANGE).result
        assert stored("draft")["openness"] == "open"
        assert kinds() == []

    def test_but_an_entitled_editor(self, house, restriction):
        self.draft(house, **restriction)
        package = model.Package.get("draft")
        package.extras["owning_entity"] = house.city.company["id"]
        model.repo.commit()
        answer = house.first("package_patch", id="draft", **TestSecondPerson.CHANGE)
        assert "(R11)" in str(answer.errors)
        assert stored("draft")["openness"] == "request"

    def test_taken_back_from_the_public_they_are_as_others(self, house, make, restriction):
        make(**restriction)
        house.first("package_patch", id="data", state="draft").result
        assert kinds() == ["dataset.unpublished"]
        result = house.first("package_patch", id="data", **TestSecondPerson.CHANGE)
        assert "opening_reason" in result.errors
        result = house.first(
            "package_patch", id="data", opening_reason="x", **TestSecondPerson.CHANGE
        ).result
        assert "opening_pending" in result
        assert stored("data")["openness"] == "request"


class TestStaleForms:
    def test_a_level_changed_meanwhile_is_refused_with_both_values(self, house, make, plain):
        make()
        house.city.editor("package_patch", id="data", **plain).result
        answer = house.first("package_patch", id="data", if_openness="open", title="Neu")
        said = answer.errors["openness"][0]
        assert '"On request"' in said
        assert '"Open"' in said
        assert stored("data")["title"] != "Neu"

    def test_also_when_closing(self, house, make, plain):
        make()
        house.city.editor("package_patch", id="data", **{**plain, "openness": "closed"}).result
        answer = house.first("package_update", id="data", name="data", if_openness="open",
                             owner_org=house.city.department["id"], **plain)  # fmt: skip
        assert '"Closed"' in answer.errors["openness"][0]

    def test_the_right_level_passes_and_is_not_stored(self, house, make, plain):
        make(**plain)
        house.first("package_patch", id="data", if_openness="request", title="Neu").result
        assert stored("data")["title"] == "Neu"
        assert "if_openness" not in str(stored("data"))

    def test_data_older_than_the_plugin_are_open(self, house):
        package = model.Package(name="old", owner_org=house.city.department["id"])
        model.Session.add(package)
        model.repo.commit()
        api = house.city.sysadmin
        assert api("package_patch", id="old", if_openness="closed", notes="x").status == 409
        api("package_patch", id="old", if_openness="", notes="x").result

    def test_resources(self, house, make, plain):
        made = make(**plain)
        id_ = made["resources"][0]["id"]
        house.first("resource_patch", id=id_, if_openness="", name="a").result
        closed = {"openness": "closed", "legal_basis": [PLANTS], "restriction_reason": "x"}
        house.first("resource_patch", id=id_, **closed).result
        answer = house.first("resource_patch", id=id_, if_openness="", name="b")
        assert '"Closed"' in answer.errors["openness"][0]
        assert '"On request"' in answer.errors["openness"][0]
        house.first("resource_patch", id=id_, if_openness="closed", name="b").result
        assert "if_openness" not in str(stored("data"))

    def test_machines_too(self, house, make, plain):
        make(**plain)
        with report_mode(), pytest.raises(tk.ValidationError):
            call_action(
                "package_patch",
                context={"user": house.city.clerk},
                id="data",
                if_openness="open",
                title="Neu",
            )


def test_check_tells_what_a_write_would_be_told(house, make, restriction):
    make(**restriction)
    change = TestSecondPerson.CHANGE
    told = house.first("governance_check", id="data", **change).result
    assert told["refused"] is True
    assert told["openness_effective"] == "open"
    told = house.first("governance_check", id="data", opening_reason="x", **change).result
    assert told["refused"] is False
    assert kinds() == []
