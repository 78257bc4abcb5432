"""Explaining access: to oneself in full, about others next to nothing."""

from __future__ import annotations

import json

import pytest

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.conftest import Api, City

CANARY = "canary-7f3a"


@pytest.fixture
def member(app, city: City) -> Api:
    """A plain member of the department."""
    return Api(app, person_in(city.department, "member"))


def person_in(organization: dict, role: str) -> dict:
    user = factories.User()
    call_action(
        "organization_member_create", id=organization["id"], username=user["name"], role=role
    )
    return user


@pytest.fixture
def dataset(city: City, restriction: dict) -> dict:
    """Restricted, with one link, of the department."""
    return city.editor(
        "package_create",
        name="personalliste",
        title="Personalliste",
        owner_org=city.department["id"],
        resources=[{"url": f"https://intern.example/{CANARY}.csv", "name": "Liste"}],
        **restriction,
    ).result


def explain(who: Api, dataset: dict, **more):
    return who("governance_access_explain", id=dataset["id"], **more)


class TestOneself:
    def test_editor(self, city, dataset):
        told = explain(city.editor, dataset).result
        assert (told["allowed"], told["rule"], told["level"]) == (True, "owner", "request")
        assert told["reason"] == "You have access because you edit this dataset."
        assert told["remedies"] == []
        assert "error" not in told

    def test_sysadmin(self, city, dataset):
        told = explain(city.sysadmin, dataset).result
        assert (told["allowed"], told["rule"]) == (True, "sysadmin")

    def test_nobody_in_german(self, app, city, dataset):
        told = explain(Api(app, None, "de"), dataset).result
        assert (told["allowed"], told["rule"]) == (False, "denied")
        assert told["error"] == "Diese Daten sind für Sie noch nicht freigegeben"
        assert "Nur benannte Personen erhalten Zugang" in told["reason"]
        assert "Die Tabelle enthält Angaben zu einzelnen Personen." in told["reason"]
        assert told["level_label"] == "Auf Anfrage (nur benannte Personen)"
        assert told["contact"] == {
            "name": "Fachdienst Umweltschutz, Team Daten",
            "email": "daten@umwelt.example",
        }
        [basis] = told["legal_basis"]
        assert basis["id"] == "dsgvo-personenbezug"
        assert basis["url"].startswith("http")
        first = told["remedies"][0]
        assert first["text"] == "Anmelden, wenn Sie zu „Fachdienst Umweltschutz“ gehören"
        assert first["url"].startswith("/de/user/login?came_from=/de/dataset/personalliste")
        mail = next(one for one in told["remedies"] if one["code"] == "remedy_request_norm")
        assert mail["url"] == "mailto:daten@umwelt.example"

    def test_plain_member_where_need_to_know(self, dataset, member):
        told = explain(member, dataset).result
        assert (told["allowed"], told["rule"]) == (False, "denied")
        assert told["remedies"][0]["code"] == "remedy_request_personal"

    def test_one_resource(self, city, dataset):
        id_ = dataset["resources"][0]["id"]
        told = explain(city.nobody, dataset, resource_id=id_).result
        assert (told["resource_id"], told["name"], told["allowed"]) == (id_, "Liste", False)
        assert "resources" not in told

    def test_each_resource(self, city, restriction):
        name = "gemischt"
        mixed = city.editor(
            "package_create",
            name=name,
            owner_org=city.department["id"],
            license_id="dl-by-de-2.0",
            resources=[
                {"url": "https://example.org/offen.csv", "name": "Offen"},
                {
                    "url": f"https://intern.example/{CANARY}.csv",
                    "name": "Bilder",
                    "openness": "request",
                    "legal_basis": ["urhg-werke-dritter"],
                    "restriction_reason": "Bilder einer Agentur.",
                },
            ],
            **{
                key: restriction[key]
                for key in ("data_steward", "data_steward_email", "review_date")
            },
            ends_when="mit dem Ende des Vertrags",
        ).result
        told = explain(city.nobody, mixed).result
        assert (told["allowed"], told["level"]) == (True, "open")
        assert "Data licence Germany" in told["reason"]
        assert [(one["name"], one["allowed"]) for one in told["resources"]] == [
            ("Offen", True),
            ("Bilder", False),
        ]
        assert "Bilder einer Agentur." in told["resources"][1]["reason"]

    def test_by_name_of_the_dataset_as_of_oneself(self, city, dataset):
        told = city.editor("governance_access_explain", id="personalliste", user=city.clerk).result
        assert told["reason"]

    def test_no_location_anywhere(self, city, dataset, member):
        for who in (city.editor, city.sysadmin, city.manager, city.nobody, member):
            answer = explain(who, dataset)
            assert CANARY not in json.dumps(answer.body)
            assert "intern.example" not in json.dumps(answer.body)


class TestOthers:
    def test_editor_asks_about_a_member(self, city, dataset):
        person = person_in(city.department, "member")
        for reference in (person["id"], person["name"]):
            told = explain(city.editor, dataset, user=reference).result
            assert told == {"allowed": False, "rule": "denied"}

    def test_resource(self, city, dataset):
        person = person_in(city.department, "editor")
        id_ = dataset["resources"][0]["id"]
        told = explain(city.editor, dataset, user=person["name"], resource_id=id_).result
        assert told == {"allowed": True, "rule": "owner"}

    def test_unknown_and_foreign_and_former_people_answer_the_same(self, city, dataset):
        former = person_in(city.department, "member")
        city.sysadmin(
            "organization_member_delete", id=city.department["id"], username=former["name"]
        )
        deleted = person_in(city.department, "member")
        model.User.get(deleted["id"]).delete()
        model.Session.commit()
        foreign = person_in(city.company, "editor")
        for who in (city.editor, city.sysadmin):
            answers = [
                explain(who, dataset, user=one)
                for one in (former["name"], deleted["id"], foreign["name"], "nobody-at-all")
            ]
            assert {one.status for one in answers} == {404}
            assert len({json.dumps(one.body["error"]) for one in answers}) == 1

    def test_only_those_in_charge_may_ask(self, city, dataset, member):
        person = person_in(city.department, "member")
        for who in (city.manager, city.nobody, member):
            known = explain(who, dataset, user=person["name"])
            unknown = explain(who, dataset, user="nobody-at-all")
            assert (known.status, unknown.status) == (403, 403)
            assert known.body["error"] == unknown.body["error"]


class TestMissing:
    @pytest.fixture
    def hidden(self, city, restriction) -> dict:
        return city.editor(
            "package_create",
            name="geheim",
            title="Geheimer Titel",
            owner_org=city.department["id"],
            resources=[{"url": f"https://intern.example/{CANARY}.csv", "name": "Liste"}],
            **{
                **restriction,
                "personal_data": "none",
                "legal_basis": ["kritis-schutzinformation"],
                "metadata_visibility": "group",
            },
        ).result

    def test_hidden_is_as_missing(self, city, hidden):
        for who in (city.nobody, city.manager):
            there = explain(who, hidden)
            gone = explain(who, {"id": "8f0c7c2e-0000-0000-0000-000000000000"})
            assert (there.status, gone.status) == (404, 404)
            assert there.body["error"] == gone.body["error"]
        assert explain(city.editor, hidden).result["allowed"] is True

    def test_resource_of_another_dataset(self, city, dataset, hidden):
        answer = explain(city.editor, dataset, resource_id=hidden["resources"][0]["id"])
        assert answer.status == 404

    @pytest.mark.parametrize("id_", [None, "", [], {"a": 1}, 7])
    def test_no_id(self, city, id_):
        assert "id" in city.nobody("governance_access_explain", id=id_).errors

    def test_deleted_dataset(self, city, dataset):
        city.sysadmin("package_delete", id=dataset["id"])
        assert explain(city.editor, dataset).status == 404
