"""The stop button: it closes at once, in every state of the dataset and of the machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.lib import search
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import datastore, vault
from ckanext.jena_governance.access import stored as stored_fields
from ckanext.jena_governance.logic import locking
from ckanext.jena_governance.model import GovernanceEventPerson
from ckanext.jena_governance.tests.conftest import Api, City, stored
from ckanext.jena_governance.tests.logic.house import LINK, OPEN, PLANTS, events, kinds

LOCK = "vorlaeufige-sperre"
UNTIL = (date.today() + timedelta(days=14)).isoformat()


@pytest.fixture
def make(city: City) -> Callable[..., dict[str, Any]]:
    def run(**fields: Any) -> dict[str, Any]:
        data = {
            "name": "data",
            "owner_org": city.department["id"],
            "resources": [{"url": LINK, "name": "Liste", "format": "CSV"}],
            "license_id": "dl-by-de-2.0",
            **fields,
        }
        return city.editor("package_create", **data).result

    return run


def is_shut(city: City, name: str = "data") -> bool:
    """Nobody without a role sees the location anywhere."""
    shown = city.nobody("package_show", id=name)
    found = city.nobody("package_search", q="*:*", include_drafts=True)
    return LINK not in str(shown.body) + str(found.body) + str(stored(name))


def test_closes_open_data_and_says_so(city, make):
    made = make()
    result = city.editor("governance_lock", id="data", reason="Namen in Spalte 7").result
    assert result == {
        "id": made["id"],
        "name": "data",
        "openness": "closed",
        "legal_basis": [LOCK],
        "review_date": UNTIL,
        "locked": True,
        "repair": [],
    }
    after = stored("data")
    assert after["openness"] == "closed"
    assert after["openness_effective"] == "closed"
    assert after["review_date"] == UNTIL
    # An open licence would tell everybody that they may use the data.
    assert (after["license_id"], after["licence_when_open"]) == ("other-closed", "dl-by-de-2.0")
    assert is_shut(city)
    assert vault.location_of(made["id"], made["resources"][0]["id"]).url == LINK
    assert after["metadata_modified"] > made["metadata_modified"]
    facets = city.nobody("package_search", **{"facet.field": ["openness"], "rows": 0}).result
    assert facets["facets"]["openness"] == {"closed": 1}


def test_is_recorded_with_what_was_before(city, make):
    make()
    city.editor("governance_lock", id="data", reason="Namen in Spalte 7").result
    (event,) = events()
    assert event.kind == "dataset.locked"
    assert event.data["reason"] == "Namen in Spalte 7"
    assert event.data["until"] == UNTIL
    assert event.data["before"]["openness"] == "open"
    assert event.data["before"]["license_id"] == "dl-by-de-2.0"
    assert "Spalte 7" not in str(stored("data"))
    person = model.Session.get(GovernanceEventPerson, event.id)
    assert person.user_id == model.User.get(city.clerk).id


def test_the_reason_is_not_where_the_location_is_kept(city, make):
    make()
    city.editor("governance_lock", id="data", reason=f"Siehe {LINK}, Spalte 7").result
    assert events()[0].data["reason"] == "Siehe …, Spalte 7"


def test_needs_no_reason_and_is_done_once(city, make):
    make()
    assert city.editor("governance_lock", id="data").result["locked"] is True
    again = city.editor("governance_lock", id="data", reason="noch einmal").result
    assert again["locked"] is False
    assert again["review_date"] == UNTIL
    assert kinds() == ["dataset.locked"]
    assert stored("data")["legal_basis"] == [LOCK]


def test_closes_resources_with_a_level_of_their_own(city, make):
    make(
        resources=[
            {"url": LINK, "name": "a", "openness": "open"},
            {"url": "https://x.example/b", "name": "b"},
        ]
    )
    city.editor("governance_lock", id="data").result
    assert is_shut(city)
    assert "x.example" not in str(stored("data"))


def test_keeps_the_bases_that_were_there(city, make, restriction):
    make(**{**restriction, "openness": "request"})
    city.editor("governance_lock", id="data").result
    assert stored("data")["legal_basis"] == [LOCK, "dsgvo-personenbezug"]
    assert events("dataset.locked")[0].data["before"]["openness"] == "request"


class TestWho:
    def test_editors_admins_of_the_owner_and_sysadmins(self, app, city, make):
        make()
        boss, member = factories.User(), factories.User()
        for user, role in ((boss, "admin"), (member, "member")):
            call_action(
                "organization_member_create",
                id=city.department["id"],
                username=user["name"],
                role=role,
            )
        for api in (Api(app, member), city.manager, city.nobody):
            assert api("governance_lock", id="data").status == 403
        assert stored("data")["openness"] == "open"
        assert kinds() == []
        assert Api(app, boss)("governance_lock", id="data").result["locked"]
        make(name="other")
        assert city.sysadmin("governance_lock", id="other").result["locked"]

    def test_the_owner_although_another_publishes(self, city, make):
        city.sysadmin(
            "governance_entity_update",
            organization_id=city.department["id"],
            publishes_for=[city.company["id"]],
        ).result
        make(owning_entity=city.company["id"])
        assert city.editor("governance_lock", id="data").status == 403
        city.manager("governance_lock", id="data").result
        assert is_shut(city)

    def test_what_others_may_not_know_of_is_not_found(self, city, make, restriction):
        hidden = {**restriction, "openness": "request", "metadata_visibility": "group"}
        hidden["legal_basis"] = ["thuertg-gericht-ermittlung"]
        hidden["ends_when"] = "Ende"
        hidden["review_date"] = (date.today() + timedelta(days=60)).isoformat()
        make(**hidden)
        for name in ("data", "nowhere", ""):
            expected = 409 if not name else 404
            assert city.manager("governance_lock", id=name).status == expected
        assert city.editor("governance_lock", id="data").result["locked"]

    def test_other_types_are_not_ours(self, city):
        package = model.Package(name="foreign", type="showcase", owner_org=city.department["id"])
        model.Session.add(package)
        model.repo.commit()
        assert city.sysadmin("governance_lock", id="foreign").status == 404

    def test_a_long_reason_is_refused(self, city, make):
        make()
        answer = city.editor("governance_lock", id="data", reason="x" * 5001)
        assert "5000" in answer.errors["reason"][0]


class TestStates:
    def test_a_draft(self, city, make):
        city.sysadmin(
            "package_create", name="data", owner_org=city.department["id"], state="draft",
            resources=[{"url": LINK}],
        ).result  # fmt: skip
        assert city.editor("governance_lock", id="data").result["locked"]
        assert stored("data")["state"] == "draft"
        assert is_shut(city)

    def test_a_deleted_one(self, city, make):
        made = make()
        city.editor("package_delete", id="data")
        assert city.editor("governance_lock", id="data").result["repair"] == []
        assert stored("data")["state"] == "deleted"
        city.sysadmin("package_patch", id=made["id"], state="active").result
        assert is_shut(city)

    def test_data_that_break_every_rule(self, city, make):
        make()
        package = model.Package.get("data")
        odd = {
            "openness": "geheim",
            "legal_basis": "[broken",
            "review_date": "irgendwann",
            "data_steward_email": "keine",
            "permission": "[[[",
            "personal_data": "ein bisschen",
        }
        stored_fields.put(package, odd)
        package.license_id = "unbekannt"
        package.url = "no url"
        model.repo.commit()
        result = city.editor("governance_lock", id="data").result
        assert result["legal_basis"] == [LOCK]
        assert result["openness"] == "closed"
        assert events()[0].data["before"]["legal_basis"] == "[broken"
        assert is_shut(city)

    def test_more_bases_than_are_read(self, city, make):
        make()
        package = model.Package.get("data")
        many = "[" + ", ".join(f'"basis-{number}"' for number in range(30)) + "]"
        stored_fields.put(package, {"legal_basis": many})
        model.repo.commit()
        result = city.editor("governance_lock", id="data").result
        assert result["legal_basis"][0] == LOCK
        assert stored("data")["openness_effective"] == "closed"

    def test_older_than_the_plugin(self, city):
        package = model.Package(name="data", owner_org=city.department["id"])
        model.Session.add(package)
        model.Session.flush()
        resource = model.Resource(package_id=package.id, url=LINK)
        resource.position = 0
        model.Session.add(resource)
        model.repo.commit()
        assert city.editor("governance_lock", id="data").result["locked"]
        assert is_shut(city)


class TestMachinesDown:
    """What is out of reach is named; the data are closed all the same."""

    def test_solr(self, city, make, monkeypatch, caplog):
        made = make()
        # A port where nobody listens: a real refusal, for every way CKAN asks.
        monkeypatch.setitem(tk.config, "solr_url", "http://127.0.0.1:9/solr/none")
        settings = getattr(search.common, "SolrSettings", None)
        if settings is not None:  # CKAN 2.11 reads it once
            monkeypatch.setattr(settings, "_url", "http://127.0.0.1:9/solr/none")
        result = city.editor("governance_lock", id="data").result
        assert result["locked"] is True
        assert result["repair"] == [f"ckan search-index rebuild {made['id']}"]
        monkeypatch.undo()
        assert stored("data")["openness"] == "closed"
        assert vault.location_of(made["id"], made["resources"][0]["id"]).url == LINK
        assert LINK not in str(stored("data"))
        assert kinds() == ["dataset.locked"]
        assert "canary" not in caplog.text
        # Again, once Solr is back: puts the rest in order.
        assert LINK in str(city.nobody("package_search", q="*:*").body)
        assert city.editor("governance_lock", id="data").result["repair"] == []
        assert is_shut(city)

    def test_the_datastore(self, city, make, monkeypatch, caplog):
        made = make()

        def refuse(*_args: Any, **_kwargs: Any) -> None:
            raise sa.exc.OperationalError("select canary", {}, Exception("no connection"))

        monkeypatch.setattr(datastore, "settle_privileges", refuse)
        result = city.editor("governance_lock", id="data").result
        assert result["repair"] == ["ckan jena-governance vault clean"]
        assert is_shut(city)
        assert vault.location_of(made["id"], made["resources"][0]["id"]).url == LINK
        assert kinds() == ["dataset.locked"]
        assert "canary" not in caplog.text

    def test_the_vault_itself(self, city, make, monkeypatch):
        make()

        def refuse(*_args: Any, **_kwargs: Any) -> None:
            raise vault.VaultError("broken")

        monkeypatch.setattr(vault, "settle", refuse)
        result = city.editor("governance_lock", id="data").result
        assert result["locked"] is True
        assert "ckan jena-governance vault clean" in result["repair"]
        monkeypatch.undo()
        assert stored("data")["openness"] == "closed"
        assert city.editor("governance_lock", id="data").result["repair"] == []
        assert is_shut(city)


class TestAfterwards:
    def test_edits_go_on_and_nothing_reopens(self, city, make):
        make()
        city.editor("governance_lock", id="data").result
        city.editor("package_patch", id="data", title="Neuer Titel").result
        assert stored("data")["title"] == "Neuer Titel"
        assert is_shut(city)

    def test_after_two_weeks_it_stays_closed_with_a_finding(self, city, make, monkeypatch):
        make()
        city.editor("governance_lock", id="data").result
        later = date.today() + timedelta(days=15)
        monkeypatch.setattr("ckanext.jena_governance.config.today", lambda: later)
        findings = city.editor("governance_check", id="data").result["findings"]
        (over,) = [one for one in findings if one["field"] == "review_date"]
        assert (over["rule"], over["severity"]) == ("R2", "warning")
        assert "provisional lock" in over["message"]
        assert stored("data")["openness_effective"] == "closed"
        city.editor("package_patch", id="data", notes="Text").result
        assert is_shut(city)

    def test_an_opening_day_does_not_open_what_is_locked(self, city, make):
        make(
            openness="group",
            legal_basis=["thuertg-beratungen"],
            restriction_reason="x",
            data_steward="Stelle",
            data_steward_email="daten@umwelt.example",
            review_date=(date.today() + timedelta(days=20)).isoformat(),
            opens_on=(date.today() + timedelta(days=10)).isoformat(),
            license_id="other-closed",
        )
        package = model.Package.get("data")
        stored_fields.put(package, {"opens_on": (date.today() - timedelta(days=1)).isoformat()})
        model.repo.commit()
        assert stored("data")["openness_effective"] != "closed"
        city.editor("governance_lock", id="data").result
        assert stored("data")["openness_effective"] == "closed"

    def test_unlocking_is_an_opening(self, city, make):
        make()
        city.editor("governance_lock", id="data").result
        errors = city.editor("package_patch", id="data", **OPEN).errors
        assert "Provisional lock" in errors["opening_reason"][0]
        city.editor("package_patch", id="data", opening_reason="Geprüft", **OPEN).result
        after = stored("data")
        assert after["openness"] == "open"
        assert after["license_id"] == "dl-by-de-2.0"
        assert after["resources"][0]["url"] == LINK
        loosened = events("dataset.loosened")[0]
        assert [one["kind"] for one in loosened.data["what"]][:2] == ["level", "lock"]

    def test_unlocking_to_another_basis_too(self, city, make):
        make()
        city.editor("governance_lock", id="data").result
        change = {
            "legal_basis": [PLANTS], "restriction_reason": "x", "stricter_reason": "y",
            "data_steward": "Stelle", "data_steward_email": "daten@umwelt.example",
        }  # fmt: skip
        errors = city.editor("package_patch", id="data", **change).errors
        assert "opening_reason" in errors

    def test_with_a_second_person_where_a_basis_asks_for_one(self, city, make, restriction):
        make(**{**restriction, "openness": "request"})
        city.editor("governance_lock", id="data").result
        result = city.editor(
            "package_patch", id="data", opening_reason="Geprüft", openness="request",
            legal_basis=restriction["legal_basis"], review_date=restriction["review_date"],
        ).result  # fmt: skip
        assert "opening_pending" in result
        assert stored("data")["legal_basis"] == [LOCK, "dsgvo-personenbezug"]


def test_a_lock_makes_a_proposal_stale(app, city, make, restriction):
    second = factories.User()
    call_action(
        "organization_member_create",
        id=city.department["id"],
        username=second["name"],
        role="editor",
    )
    make(**{**restriction, "openness": "request"})
    city.editor(
        "package_patch", id="data", opening_reason="x", personal_data="anonymised", **OPEN
    ).result
    city.editor("governance_lock", id="data").result
    answer = Api(app, second)("governance_opening_confirm", id="data")
    said = " ".join(answer.errors["proposal"])
    assert "it was “On request”, now it is “Closed”" in said
    assert "Provisional lock" in said
    assert is_shut(city)


def test_who_locks_without_a_user_is_recorded_as_the_system(city, make):
    make()
    package = model.Package.get("data")
    assert locking.lock(package, None, "").is_new
    assert events()[0].actor is None
