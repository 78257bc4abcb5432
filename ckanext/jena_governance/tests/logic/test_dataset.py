"""The metadata contract at the API: what is stored, what is refused, in whose language."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance import policy
from ckanext.jena_governance.logic.enforcement import report_mode
from ckanext.jena_governance.tests.conftest import Api, City, stored


def rows(name: str) -> str:
    """Every row of a dataset, byte by byte."""
    model.Session.remove()
    id_ = model.Package.get(name).id
    tables = {"package": "id", "resource": "package_id", "package_tag": "package_id"}
    if "package_extra" in sa.inspect(model.meta.engine).get_table_names():
        tables["package_extra"] = "package_id"
    found = []
    for table, key in tables.items():
        query = sa.text(f"select t::text from {table} t where {key} = :id order by 1")
        found += model.Session.scalars(query, {"id": id_}).all()
    return "\n".join(found)


def content(name: str) -> Any:
    """What must not change where nothing is changed.

    CKAN 2.11 writes again what it has shown, with the time; there it is the fields of ours.
    """
    if tk.check_ckan_version(min_version="2.12"):
        return rows(name)
    dataset = stored(name)
    parts = [
        {field: resource.get(field) for field in policy.RESOURCE_FIELDS}
        for resource in dataset["resources"]
    ]
    return {field: dataset.get(field) for field in policy.DATASET_FIELDS}, parts


def test_nothing_said_is_open_and_stored(city: City) -> None:
    made = city.editor("package_create", name="trees", owner_org=city.department["id"]).result

    assert made["openness"] == "open"
    assert stored("trees")["openness"] == "open"
    extras = model.Package.get("trees").extras
    assert extras["openness"] == "open"


def test_owner_is_the_publisher_and_stored_as_id(city: City) -> None:
    city.editor("package_create", name="trees", owner_org=city.department["name"]).result

    assert stored("trees")["owning_entity"] == city.department["id"]


def test_update_without_openness_keeps_closed(city: City, restriction: dict[str, Any]) -> None:
    restriction["openness"] = "closed"
    made = city.editor(
        "package_create", name="files", owner_org=city.department["id"], **restriction
    ).result
    city.editor(
        "package_update", id=made["id"], name="files", title="New", owner_org=made["owner_org"]
    ).result

    after = stored("files")
    assert after["title"] == "New"
    for field, value in restriction.items():
        if field != "license_id":
            assert after[field] == value, field


def test_restriction_without_a_ground_is_refused_by_r2(city: City) -> None:
    errors = city.editor(
        "package_create", name="files", owner_org=city.department["id"], openness="closed"
    ).errors

    for field in ("legal_basis", "restriction_reason", "data_steward", "review_date"):
        assert any("(R2)" in message for message in errors[field]), errors
    assert model.Package.get("files") is None


def test_too_open_is_refused_by_r3a_and_names_what_would_permit(
    city: City, restriction: dict[str, Any]
) -> None:
    restriction |= {"openness": "group", "personal_data": "anonymised"}
    errors = city.editor(
        "package_create", name="files", owner_org=city.department["id"], **restriction
    ).errors

    (message,) = [text for text in errors["openness"] if "(R3a)" in text]
    assert "Consent" in message
    assert "Art. 5, 6 DSGVO" in message


def test_too_closed_without_explanation_is_refused_by_r3b(
    city: City, restriction: dict[str, Any]
) -> None:
    restriction |= {
        "openness": "closed",
        "legal_basis": ["artenschutz-fundorte"],
        "personal_data": "none",
    }
    api, owner = city.editor, city.department["id"]
    errors = api("package_create", name="birds", owner_org=owner, **restriction).errors
    assert "(R3b)" in str(errors)

    restriction["stricter_reason"] = "Ein Horst wurde im letzten Jahr geplündert."
    assert api("package_create", name="birds", owner_org=owner, **restriction).status == 200


def test_a_company_law_does_not_fit_a_department(city: City, restriction: dict[str, Any]) -> None:
    restriction |= {"legal_basis": ["gmbhg-geheimhaltung"], "personal_data": "none"}

    errors = city.editor(
        "package_create", name="papers", owner_org=city.department["id"], **restriction
    ).errors
    assert "(R4)" in str(errors["legal_basis"])
    assert (
        city.manager(
            "package_create", name="papers", owner_org=city.company["id"], **restriction
        ).status
        == 200
    )


def test_an_organization_without_a_row_may_restrict_at_once(
    city: City, restriction: dict[str, Any]
) -> None:
    from ckan.tests import factories

    new = factories.Organization()
    assert (
        city.sysadmin("package_create", name="x1", owner_org=new["id"], **restriction).status == 200
    )


def test_writes_long_after_the_review_date_still_work(
    city: City, restriction: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = city.editor
    api("package_create", name="files", owner_org=city.department["id"], **restriction).result
    in_three_years = date.today() + timedelta(days=3 * 365)
    monkeypatch.setattr("ckanext.jena_governance.config.today", lambda: in_three_years)

    assert api("package_patch", id="files", title="Typo mended").status == 200
    assert stored("files")["title"] == "Typo mended"
    added = api("resource_create", package_id="files", url="https://x.example/a.csv", name="a")
    assert added.status == 200, added.body

    errors = api("package_patch", id="files", review_date=restriction["review_date"][:4] + "-01-01")
    assert "(R2)" in str(errors.errors["review_date"])


def test_errors_speak_the_language_of_the_address(city: City) -> None:
    data = {"name": "files", "owner_org": city.department["id"], "openness": "closed"}
    german = city.editor_de("package_create", **data).errors
    english = city.editor("package_create", **data).errors

    assert "Rechtsgrund" in german["legal_basis"][0]
    assert "legal basis" in english["legal_basis"][0]


def test_our_errors_come_with_ckans_own(city: City) -> None:
    errors = city.editor(
        "package_create", name="Not A Name!", owner_org=city.department["id"], openness="closed"
    ).errors
    assert errors["name"]
    assert "(R2)" in str(errors["legal_basis"])


def test_a_refused_write_leaves_every_byte(city: City, restriction: dict[str, Any]) -> None:
    api = city.editor
    api("package_create", name="files", owner_org=city.department["id"], **restriction).result
    before = rows("files")

    assert api("package_patch", id="files", openness="group", title="Changed").status == 409
    assert api("package_patch", id="files", openness="secret", title="Changed").status == 409
    assert rows("files") == before


def test_whoever_may_not_edit_learns_nothing_from_the_rules(
    city: City, restriction: dict[str, Any]
) -> None:
    city.editor("package_create", name="files", owner_org=city.department["id"], **restriction)
    before = rows("files")

    for api in (city.manager, city.nobody):
        answer = api("package_patch", id="files", openness="nonsense")
        assert answer.status == 403, answer.body
    assert rows("files") == before


class TestBadInput:
    """Each line of the issue's list, at creation and at update."""

    @pytest.fixture
    def files(self, city: City, restriction: dict[str, Any]) -> str:
        city.editor(
            "package_create", name="files", owner_org=city.department["id"], **restriction
        ).result
        return "files"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("openness", "secret"),
            ("openness", ["open"]),
            ("openness", {"level": "open"}),
            ("openness", 7),
            ("legal_basis", ["no-such-law"]),
            ("legal_basis", {"id": "dsgvo-personenbezug"}),
            ("legal_basis", [["dsgvo-personenbezug"]]),
            ("legal_basis", [f"law-{number}" for number in range(21)]),
            ("restriction_reason", ["a", "b"]),
            ("restriction_reason", "x" * 100_000),
            ("restriction_reason", "   "),
            ("stricter_reason", "x" * 100_000),
            ("review_date", "31.12.2026"),
            ("review_date", "2026-02-30"),
            ("review_date", "2099-01-01"),
            ("review_date", "2020-01-01"),
            ("review_date", "2027-01-31T10:00:00+02:00"),
            ("review_date", ""),
            ("data_steward_email", "not a mailbox"),
            ("data_steward_email", "a@b\nBcc: c@d"),
            ("personal_data", "maybe"),
            ("metadata_visibility", "nobody"),
            ("metadata_visibility", ["group"]),
            ("metadata_visibility", {"a": 1}),
            ("owning_entity", "no-such-organization"),
            ("owning_entity", ["a"]),
            ("permission", [{"id": "no-such-permission", "reference": "x"}]),
            ("permission", "because"),
            ("derivative_status", "perhaps"),
            ("hvd_category", ["http://example.org/none"]),
            ("extras", [{"key": "openness", "value": "open"}]),
        ],
    )
    def test_is_refused_with_field_and_nothing_changes(
        self, city: City, files: str, field: str, value: Any
    ) -> None:
        before = rows(files)
        answer = city.editor("package_patch", id=files, title="Changed", **{field: value})

        assert answer.status == 409, answer.body
        assert any(field in key for key in answer.body["error"]) or field in str(
            answer.body["error"]
        )
        assert rows(files) == before

    # CKAN itself fails on lists in others; what we read before it must not fail.
    @pytest.mark.parametrize("field", ["state", "resources"])
    @pytest.mark.parametrize("value", [["x"], {"a": 1}, 7, [["x"]], None])
    def test_nonsense_in_ckans_own_fields_is_no_server_error(
        self, city: City, field: str, value: Any
    ) -> None:
        data = {"name": "odd", "owner_org": city.department["id"], field: value}
        assert city.editor("package_create", **data).status < 500

    def test_foreign_owner_is_refused(self, city: City, files: str) -> None:
        answer = city.editor("package_patch", id=files, owning_entity=city.company["id"])
        assert "owning_entity" in answer.errors

    def test_computed_fields_are_ignored(self, city: City, files: str) -> None:
        before = content(files)
        typed = {
            "openness_effective": "open",
            "openness_mix": "open",
            "entity_class": "external",
            "owning_entity_name": "Me",
        }
        answer = city.editor("package_patch", id=files, **typed).result

        assert answer["openness_effective"] == "request"
        assert answer["entity_class"] == "core"
        assert content(files) == before

    def test_markup_is_kept_as_text(self, city: City, files: str) -> None:
        text = "<script>alert(1)</script> & <b>bold</b>"
        city.editor("package_patch", id=files, restriction_reason=text).result
        assert stored(files)["restriction_reason"] == text


class TestKeeping:
    """What is stored and shown again survives."""

    def test_show_and_update_round_trip_changes_nothing(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        restriction["permission"] = [
            {"id": "gesetzliche-uebermittlung", "reference": "§ 17 Abs. 2 ThürDSG", "until": ""}
        ]
        restriction["openness"] = "group"
        city.editor(
            "package_create",
            name="files",
            owner_org=city.department["id"],
            resources=[
                {"url": "https://x.example/a.csv", "name": "a"},
                {
                    "url": "https://x.example/b.csv",
                    "name": "b",
                    "openness": "closed",
                    "legal_basis": ["dsgvo-personenbezug"],
                    "restriction_reason": "Einzelfälle.",
                },
            ],
            **restriction,
        ).result
        before = content("files")
        shown = city.editor("package_show", id="files").result
        city.editor("package_update", **shown).result

        assert content("files") == before
        assert shown["permission"][0]["id"] == "gesetzliche-uebermittlung"
        assert shown["resources"][1]["legal_basis"] == ["dsgvo-personenbezug"]

    def test_resource_update_without_its_level_keeps_it(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        made = city.editor(
            "package_create",
            name="mixed",
            owner_org=city.department["id"],
            license_id="dl-by-de-2.0",
            data_steward=restriction["data_steward"],
            data_steward_email=restriction["data_steward_email"],
            review_date=restriction["review_date"],
            resources=[
                {
                    "url": "https://x.example/b.csv",
                    "openness": "request",
                    "legal_basis": ["urhg-werke-dritter"],
                    "restriction_reason": "Rechte Dritter.",
                    "license": "other-closed",
                }
            ],
            ends_when="mit dem Ende des Vertrags",
        ).result
        resource = made["resources"][0]
        city.editor("resource_update", id=resource["id"], url=resource["url"], name="new").result

        after = stored("mixed")["resources"][0]
        assert after["name"] == "new"
        assert after["openness"] == "request"
        assert after["legal_basis"] == ["urhg-werke-dritter"]

    def test_the_callers_dictionary_is_left_alone(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        data = {
            "name": "files",
            "owner_org": city.department["id"],
            "resources": [{"url": "https://x.example/a.csv"}],
            **restriction,
        }
        before = repr(data)
        call_action("package_create", context={"user": city.clerk}, **data)
        assert repr(data) == before

    def test_what_ckan_keeps_is_kept(self, city: City) -> None:
        owner = city.department["id"]
        city.editor("package_create", name="trees", title="Bäume", owner_org=owner).result
        city.editor("package_update", id="trees", notes="More").result
        after = stored("trees")
        assert (after["title"], after["owner_org"], after["notes"]) == ("Bäume", owner, "More")

    def test_empty_core_fields_are_shown_as_ckan_shows_them(self, city: City) -> None:
        city.editor(
            "package_create",
            name="trees",
            owner_org=city.department["id"],
            resources=[{"url": "https://x.example/a"}],
        ).result
        shown = city.nobody("package_show", id="trees").result
        assert {"license_id", "notes", "url", "version", "extras"} <= shown.keys()
        assert {"name", "description", "mimetype", "size"} <= shown["resources"][0].keys()


class TestMachines:
    """Harvesters and jobs report; they never loosen."""

    def test_report_mode_stores_what_a_person_may_not(self, city: City) -> None:
        with report_mode():
            call_action(
                "package_create",
                context={"user": city.clerk},
                name="harvested",
                owner_org=city.department["id"],
                openness="closed",
            )
        assert stored("harvested")["openness"] == "closed"

    @pytest.mark.ckan_config("ckanext.harvest.user_name", "harvest")
    def test_the_harvesters_account_reports_but_not_at_the_api(self, app: Any, city: City) -> None:
        harvester = factories.Sysadmin(name="harvest")
        data = {"owner_org": city.department["id"], "openness": "closed"}
        assert Api(app, harvester)("package_create", name="byhand", **data).status == 409
        call_action("package_create", context={"user": "harvest"}, name="harvested", **data)
        assert stored("harvested")["openness"] == "closed"

    def test_report_mode_never_loosens(self, city: City, restriction: dict[str, Any]) -> None:
        city.editor("package_create", name="files", owner_org=city.department["id"], **restriction)
        with report_mode():
            call_action(
                "package_patch",
                context={"user": city.clerk},
                id="files",
                openness="open",
                legal_basis=[],
            )
        after = stored("files")
        assert after["openness"] == "request"
        assert after["legal_basis"] == ["dsgvo-personenbezug"]

    def test_an_unknown_level_is_refused_even_there(self, city: City) -> None:
        with report_mode(), pytest.raises(tk.ValidationError):
            call_action(
                "package_create",
                context={"user": city.clerk},
                name="odd",
                owner_org=city.department["id"],
                openness="secret",
            )

    def test_a_client_cannot_ask_for_it(self, city: City) -> None:
        for trick in ({"harvest_source_id": "x"}, {"enforcement": "report"}, {"ignore_auth": True}):
            answer = city.editor(
                "package_create",
                name="trick",
                owner_org=city.department["id"],
                openness="closed",
                **trick,
            )
            assert answer.status == 409

    @pytest.mark.ckan_config("ckanext.jena_governance.enforcement", "report")
    def test_the_whole_portal_may_report(self, city: City) -> None:
        assert (
            city.editor(
                "package_create", name="lax", owner_org=city.department["id"], openness="closed"
            ).status
            == 200
        )


class TestDrafts:
    def test_a_draft_may_have_gaps_but_not_be_published_with_them(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        api = city.sysadmin
        api(
            "package_create",
            name="draft",
            owner_org=city.department["id"],
            openness="closed",
            state="draft",
        ).result
        assert api("package_patch", id="draft", notes="More to come").status == 200
        assert "(R2)" in str(api("package_patch", id="draft", state="active").errors)
        restriction["openness"] = "closed"
        assert api("package_patch", id="draft", state="active", **restriction).status == 200
        assert stored("draft")["state"] == "active"

    def test_who_cannot_make_drafts_cannot_escape_by_asking_for_one(self, city: City) -> None:
        answer = city.editor(
            "package_create",
            name="draft",
            owner_org=city.department["id"],
            openness="closed",
            state="draft",
        )
        assert "(R2)" in str(answer.errors)


class TestOlderData:
    """Datasets from before the plugin: no field of ours, perhaps odd values."""

    @pytest.fixture
    def old(self, city: City) -> str:
        package = model.Package(name="old", title="Old", owner_org=city.department["id"])
        package.license_id = "odd-licence"
        # Somebody's free field from before; nothing that we can read.
        odd = {"derivative_status": "perhaps"}
        if package.extras is None:  # CKAN 2.12: a column; 2.11: a table behind a proxy
            package.extras = odd
        else:
            package.extras.update(odd)
        model.Session.add(package)
        model.Session.flush()
        model.Session.add(
            model.Member(
                table_name="package",
                table_id=package.id,
                capacity="organization",
                group_id=city.department["id"],
            )
        )
        resource = model.Resource(package_id=package.id, url="https://x.example/old.csv")
        resource.position = 0
        model.Session.add(resource)
        model.repo.commit()
        from ckan.lib import search

        search.rebuild("old")
        return "old"

    def test_shows_as_open_and_is_found(self, city: City, old: str) -> None:
        shown = city.nobody("package_show", id=old).result
        assert shown["openness_mix"]
        assert city.nobody("package_search", q="Old").result["count"] == 1

    def test_can_be_edited(self, city: City, old: str) -> None:
        assert city.editor("package_patch", id=old, notes="Still here").status == 200
        assert stored(old)["notes"] == "Still here"

    def test_its_page_opens(self, app: Any, city: City, old: str) -> None:
        assert app.get(f"/dataset/{old}").status_code == 200
        resource = stored(old)["resources"][0]
        assert app.get(f"/dataset/{old}/resource/{resource['id']}").status_code == 200


class TestIndex:
    def test_facets(self, city: City, restriction: dict[str, Any]) -> None:
        city.editor("package_create", name="files", owner_org=city.department["id"], **restriction)
        city.editor("package_create", name="trees", owner_org=city.department["id"])
        facets = city.nobody(
            "package_search",
            **{"facet.field": ["openness", "vocab_legal_basis", "entity_class"], "rows": 0},
        ).result["facets"]
        assert facets["openness"] == {"request": 1, "open": 1}
        assert facets["vocab_legal_basis"] == {"dsgvo-personenbezug": 1}
        assert facets["entity_class"] == {"core": 2}

    def test_long_texts_do_not_break_indexing(self, city: City) -> None:
        city.editor(
            "package_create",
            name="long",
            owner_org=city.department["id"],
            extras=[{"key": "history", "value": "ä" * 40_000}],
            provenance="wort " * 20_000,
        ).result
        assert city.nobody("package_search", q="wort").result["count"] == 1
