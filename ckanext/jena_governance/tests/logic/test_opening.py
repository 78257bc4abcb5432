"""R11 at the API: who may open, and what they must say."""

from __future__ import annotations

import pytest

import ckantoolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.logic.enforcement import report_mode
from ckanext.jena_governance.model import GovernanceEventPerson
from ckanext.jena_governance.tests.conftest import Api, stored
from ckanext.jena_governance.tests.logic.house import (
    LINK,
    OPEN,
    PLANTS,
    events,
    kinds,
)


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
        assert kinds() == ["dataset.restricted"]

    def test_what_a_file_takes_over_counts(self, house, make, plain):
        """A file on request of a closed dataset, given back to what the dataset says."""
        made = make(**plain)
        part = made["resources"][0]["id"]
        house.first("resource_patch", id=part, openness="request").result
        house.first("package_patch", id="data", openness="closed").result
        house.first("resource_patch", id=part, openness="").result
        assert kinds() == ["dataset.restricted"] * 2
        assert (
            events("dataset.restricted")[1].data["changes"][part]["openness"]["from"] == "request"
        )


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
