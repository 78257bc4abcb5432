"""Who may read which events, whose names they see, page by page; as files, too."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.model import GovernanceAccessRequest, event
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.tests.conftest import Api, City
from ckanext.jena_governance.tests.logic.house import LINK, OPEN

HIDDEN = {
    "openness": "closed",
    "legal_basis": ["kritis-schutzinformation"],
    "metadata_visibility": "group",
    "private": True,
    "personal_data": "none",
}


@pytest.fixture
def opened(house: Any, make: Any, plain: dict[str, Any]) -> dict[str, Any]:
    """A dataset with an event, by the first of the department's people."""
    made = make(**plain)
    house.first("package_patch", id="data", opening_reason="Grund entfallen", **OPEN).result
    return made


def listed(api: Api, **asked: Any) -> list[dict[str, Any]]:
    return api("governance_event_list", **asked).result["events"]


def note(number: int, object_type: str = "dataset", object_id: str = "x", **more: Any) -> None:
    for _ in range(number):
        event.record(
            model.Session,
            more.get("kind", "dataset.locked"),
            object_type=object_type,
            object_id=object_id,
            user_id=more.get("user"),
            data={},
        )
    model.Session.commit()


class TestDatasets:
    def test_those_in_charge(self, house: Any, opened: dict[str, Any]) -> None:
        for reference in ("data", opened["id"]):
            (one,) = listed(house.second, object_type="dataset", object_id=reference)
            assert one["kind"] == "dataset.loosened"
            assert one["what"] == "Opened further"
            assert one["actor"] == house.users["first"]["id"]
            assert one["actor_name"] == house.users["first"]["display_name"]
            assert one["data"]["reason"] == "Grund entfallen"
            assert LINK not in str(one)

    def test_in_german(self, app: Any, house: Any, opened: dict[str, Any]) -> None:
        (one,) = listed(
            Api(app, house.users["first"], "de"), object_type="dataset", object_id="data"
        )
        assert one["what"] == "Weiter geöffnet"

    def test_nobody_else(self, app: Any, house: Any, opened: dict[str, Any]) -> None:
        for who in (
            house.member,
            house.city.manager,
            house.city.nobody,
            Api(app, factories.User()),
        ):
            assert (
                who("governance_event_list", object_type="dataset", object_id="data").status == 403
            )

    def test_hidden_is_as_missing(self, house: Any, make: Any, restriction: dict[str, Any]) -> None:
        make(**{**restriction, **HIDDEN})
        answers = [
            api("governance_event_list", object_type="dataset", object_id=reference)
            for api in (house.city.manager, house.city.nobody)
            for reference in ("data", "no-such-dataset")
        ]
        assert [one.status for one in answers] == [404] * 4
        assert len({str(one.body["error"]) for one in answers}) == 1

    def test_a_purged_dataset_is_the_sysadmins(self, house: Any, opened: dict[str, Any]) -> None:
        house.city.sysadmin("dataset_purge", id="data").result
        asked = {"object_type": "dataset", "object_id": opened["id"]}
        assert house.first("governance_event_list", **asked).status == 404
        assert len(listed(house.city.sysadmin, **asked)) == 1

    def test_requests_for_it_stand_in_its_history(self, app: Any, house: Any, opened: Any) -> None:
        from ckanext.jena_governance.logic import history
        from ckanext.jena_governance.tests.logic.house import speaking

        for id_, submitted in (("sent", now()), ("draft", None)):
            model.Session.add(
                GovernanceAccessRequest(
                    id=id_,
                    kind="access",
                    state="submitted" if submitted else "draft",
                    user_id="x",
                    dataset_id=opened["id"],
                    lang="de",
                    submitted=submitted,
                )
            )
            note(1, "request", id_, kind="request.submit")
        package = model.Package.get("data")
        with speaking(app, "en"):
            told = [entry.what for entry in history.of(package)]
        assert len(told) == 2, "a draft is its writer's alone"
        assert told[0].startswith("Request: ")
        assert told[1] == "Opened further"


class TestOrganizations:
    @pytest.fixture
    def boss(self, app: Any, city: City) -> Api:
        user = factories.User()
        call_action(
            "organization_member_create",
            id=city.department["id"],
            username=user["name"],
            role="admin",
        )
        return Api(app, user)

    def test_its_direct_admins(self, city: City, boss: Api) -> None:
        asked = {"object_type": "organization", "object_id": city.department["name"]}
        kinds = [one["kind"] for one in listed(boss, **asked)]
        assert kinds == ["membership.changed", "entity.updated"]
        assert city.editor("governance_event_list", **asked).status == 403
        assert city.manager("governance_event_list", **asked).status == 403

    def test_all_that_an_entity_owns(self, boss: Api, opened: dict[str, Any], house: Any) -> None:
        note(1, object_id="somebody-elses")
        found = listed(boss, entity=house.city.department["id"])
        assert "dataset.loosened" in {one["kind"] for one in found}
        assert "somebody-elses" not in {one["object_id"] for one in found}
        answer = boss("governance_event_list", entity=house.city.company["id"])
        assert answer.status == 403
        assert (
            house.first("governance_event_list", entity=house.city.department["id"]).status == 403
        )

    def test_unknown_ones(self, boss: Api) -> None:
        assert boss("governance_event_list", entity="no-such").status == 404
        asked = {"object_type": "organization", "object_id": "no-such"}
        assert boss("governance_event_list", **asked).status == 404


class TestEverything:
    def test_is_the_sysadmins(self, city: City) -> None:
        note(1, "log", "log", kind="log.exported")
        assert listed(city.sysadmin)[0]["kind"] == "log.exported"
        for who in (city.editor, city.nobody):
            assert who("governance_event_list").status == 403
            assert who("governance_event_list", object_type="dataset").status == 403
            assert who("governance_event_list", object_type="log", object_id="log").status == 403
            assert who("governance_event_list", kind="dataset.locked").status == 403

    def test_page_by_page(self, city: City) -> None:
        note(25, object_id="many")
        asked = {"object_type": "dataset", "object_id": "many", "limit": 10}
        seen: list[int] = []
        before = None
        for size in (10, 10, 5):
            page = city.sysadmin(
                "governance_event_list", **asked, **({"before": before} if before else {})
            ).result
            assert len(page["events"]) == size
            seen += [one["id"] for one in page["events"]]
            before = page["next"]
        assert before is None
        assert seen == sorted(seen, reverse=True)
        assert len(set(seen)) == 25

    def test_filters(self, city: City) -> None:
        note(2, object_id="a")
        note(1, object_id="a", kind="dataset.loosened")
        count = len(listed(city.sysadmin, object_type="dataset", object_id="a"))
        assert count == 3
        found = listed(city.sysadmin, kind=["dataset.loosened", "nothing"])
        assert [one["kind"] for one in found] == ["dataset.loosened"]
        assert listed(city.sysadmin, since="2999-01-01") == []
        assert (
            len(listed(city.sysadmin, object_id="a", object_type="dataset", since="2020-01-01"))
            == 3
        )

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("limit", 0),
            ("limit", 1001),
            ("limit", "many"),
            ("before", -1),
            ("since", "yesterday"),
            ("since", 5),
            ("kind", [1]),
            ("object_type", ["dataset"]),
            ("entity", {"a": 1}),
        ],
    )
    def test_what_means_nothing_names_the_field(self, city: City, field: str, value: Any) -> None:
        assert field in city.sysadmin("governance_event_list", **{field: value}).errors

    def test_a_thing_has_a_kind(self, city: City) -> None:
        assert "object_type" in city.sysadmin("governance_event_list", object_id="x").errors


class TestNames:
    def test_a_requester_sees_themselves_but_not_who_decides(
        self, app: Any, house: Any, opened: dict[str, Any]
    ) -> None:
        user = factories.User()
        row = GovernanceAccessRequest(
            kind="access",
            state="returned",
            user_id=user["id"],
            dataset_id=opened["id"],
            lang="de",
            submitted=now(),
        )
        model.Session.add(row)
        model.Session.flush()
        id_ = row.id
        note(1, "request", id_, kind="request.submit", user=user["id"])
        note(1, "request", id_, kind="request.return", user=house.users["first"]["id"])
        asked = {"object_type": "request", "object_id": id_}
        assert [one["actor"] for one in listed(Api(app, user), **asked)] == [None, user["id"]]
        assert [one["actor"] for one in listed(house.second, **asked)] == [
            house.users["first"]["id"],
            user["id"],
        ]
        for who in (house.city.manager, house.city.nobody):
            answer = who("governance_event_list", **asked)
            assert answer.status == 404
            missing = who("governance_event_list", object_type="request", object_id="none")
            assert missing.body["error"] == answer.body["error"]

    def test_erased_people_have_none(self, house: Any, opened: dict[str, Any]) -> None:
        from ckanext.jena_governance.access import persons

        user = model.User.get(house.users["first"]["id"])
        persons.erase(user, everything=True)
        (one,) = listed(house.second, object_type="dataset", object_id="data")
        assert (one["actor"], one["actor_name"]) == (None, None)


class TestFiles:
    def get(self, app: Any, who: Api, ending: str, **asked: Any) -> Any:
        return app.get(f"/governance/events.{ending}", query_string=asked, headers=who.headers)

    def test_table(self, app: Any, house: Any, opened: dict[str, Any]) -> None:
        note(1, object_id=opened["id"], kind="=1+1")
        answer = self.get(app, house.first, "csv", object_type="dataset", object_id="data")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "private, no-store"
        rows = list(csv.DictReader(io.StringIO(answer.body.removeprefix("\ufeff"))))
        assert [row["kind"] for row in rows] == ["'=1+1", "dataset.loosened"]
        assert rows[1]["actor_name"] == house.users["first"]["display_name"]

    def test_a_name_is_no_formula_wherever_a_spreadsheet_separates(
        self, app: Any, house: Any, opened: dict[str, Any]
    ) -> None:
        """German spreadsheets separate at semicolons."""
        user = model.User.get(house.users["first"]["id"])
        user.fullname = "Eve;=cmd|' /C calc'!A0;"
        model.Session.commit()
        answer = self.get(app, house.first, "csv", object_type="dataset", object_id="data")
        text = answer.body.removeprefix("\ufeff")
        cells = [one for row in csv.reader(io.StringIO(text), delimiter=";") for one in row]
        assert "'=cmd|' /C calc'!A0" in cells
        assert not [one for one in cells if one.lstrip('" ').startswith(("=", "+", "-", "@"))]

    def test_json_and_the_next_page(self, app: Any, city: City) -> None:
        note(3, object_id="many")
        asked = {"object_type": "dataset", "object_id": "many", "limit": 2}
        answer = self.get(app, city.sysadmin, "json", **asked)
        assert len(answer.json) == 2
        following = answer.headers["Link"].split(">")[0].lstrip("<")
        answer = app.get(following, headers=city.sysadmin.headers)
        assert len(answer.json) == 1
        assert "Link" not in answer.headers

    @pytest.mark.parametrize("ending", ["csv", "json"])
    def test_refused(self, app: Any, house: Any, opened: dict[str, Any], ending: str) -> None:
        asked = {"object_type": "dataset", "object_id": "data"}
        assert self.get(app, house.city.manager, ending, **asked).status_code == 403
        assert (
            self.get(app, house.first, ending, object_type="dataset", object_id="no").status_code
            == 404
        )
        assert self.get(app, house.first, ending, limit="x").status_code == 400

    def test_linked_from_the_history(self, app: Any, house: Any, opened: dict[str, Any]) -> None:
        page = app.get("/dataset/data/access", headers=house.first.headers).body
        assert f"/governance/events.csv?object_type=dataset&amp;object_id={opened['id']}" in page
        assert "/governance/events.csv" not in app.get("/dataset/data/access").body


class TestPrivacy:
    def test_out_of_the_settings(self, app: Any, portal: None, ckan_config: Any) -> None:
        page = app.get("/de/governance/privacy").body
        for said in ("180 Tage", "3 Jahre", "10 Jahre", "1 Jahr", "30 Tage"):
            assert said in page
        ckan_config["ckanext.jena_governance.access_log_days"] = 77
        ckan_config["ckanext.jena_governance.request_retention_months"] = 25
        ckan_config["ckanext.jena_governance.decision_retention_months"] = 60
        ckan_config["ckanext.jena_governance.legal_mailbox"] = "schutz@stadt.example"
        page = app.get("/de/governance/privacy").body
        for said in ("77 Tage", "25 Monate", "5 Jahre", "mailto:schutz@stadt.example"):
            assert said in page
        assert "180 Tage" not in page

    def test_says_sealed_only_where_it_is(self, app: Any, portal: None, ckan_config: Any) -> None:
        ckan_config["ckanext.jena_governance.event_key"] = ""
        assert "sealed day by day" not in app.get("/governance/privacy").body
        ckan_config["ckanext.jena_governance.event_key"] = "k" * 40
        assert "sealed day by day" in app.get("/governance/privacy").body

    def test_linked_from_every_page(self, app: Any, portal: None) -> None:
        assert "/governance/privacy" in app.get("/about").body
