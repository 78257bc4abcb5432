"""The form over HTTP: whose it is, what it holds, and how large it may be."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup

from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.access.test_forgery import (
    EVIL,
    HOME,
    Browser,
    fields_of,
    people,  # noqa: F401 - a fixture
    protected,
)
from ckanext.jena_governance.tests.conftest import City, stored


@pytest.fixture
def browser(app: Any, people: City) -> Browser:  # noqa: F811
    return Browser(app).sign_in(people.clerk)


def filled(browser: Browser, **changes: str) -> dict[str, Any]:
    fields = browser.form("/dataset/new")
    fields.pop("governance_ground", None)
    return {**fields, "title": "Baumkataster", "governance_js": "1", "save": "publish", **changes}


@protected
def test_saved_with_the_token_of_its_page(browser: Browser) -> None:
    answer = browser.post("/dataset/new", {"Origin": HOME}, data=filled(browser))
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/dataset/baumkataster")
    assert stored("baumkataster")["openness"] == "open"


@protected
def test_another_site_cannot_send_it(browser: Browser) -> None:
    answer = browser.post("/dataset/new", {"Origin": EVIL}, data=filled(browser))
    assert answer.status_code == 403
    assert call_action("package_list", context={"ignore_auth": True}) == []


@protected
@pytest.mark.parametrize("ours", [True, False])
def test_without_the_token_nothing_is_saved_and_nothing_lost(browser: Browser, ours: bool) -> None:
    fields = filled(browser, _csrf_token="old", notes="Ein langer Text")
    if not ours:
        fields.pop("governance_form")
    answer = browser.post("/dataset/new", {"Origin": HOME}, data=fields)
    assert answer.status_code == 403
    assert call_action("package_list", context={"ignore_auth": True}) == []
    if ours:
        again = fields_of(answer.get_data(as_text=True))
        assert again["title"] == ["Baumkataster"]
        assert again["notes"] == ["Ein langer Text"]
        again = {**again, "save": "publish", "governance_js": "1"}
        again.pop("governance_ground", None)
        assert browser.post("/dataset/new", {"Origin": HOME}, data=again).status_code == 302


def test_signed_out_leads_to_signing_in_and_back(app: Any, browser: Browser) -> None:
    answer = Browser(app).post("/de/dataset/new", data=filled(browser))
    assert answer.status_code == 302
    assert "/de/user/login" in answer.headers["Location"]
    assert answer.headers["Location"].endswith("came_from=/de/dataset/new")


def test_ckans_own_form_is_answered_as_by_ckan(browser: Browser, people: City) -> None:  # noqa: F811
    fields = {
        "_ckan_phase": "dataset_new_1",
        "pkg_name": "",
        "title": "Alt",
        "name": "alt",
        "owner_org": people.department["id"],
        "save": "",
    }
    answer = browser.post("/dataset/new", data=fields)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/dataset/alt/resource/new")
    assert stored("alt")["state"] == "draft"


def test_other_peoples_datasets_cannot_be_changed(
    app: Any,
    people: City,  # noqa: F811
    browser: Browser,
) -> None:
    people.editor("package_create", name="baeume", title="Bäume", owner_org=people.department["id"])
    manager = Browser(app).sign_in(people.manager.user["name"])
    fields = filled(browser, title="Meins", save="update")
    assert manager.post("/dataset/edit/baeume", data=fields).status_code == 403
    assert manager.post("/dataset/edit/nirgends", data=fields).status_code == 404
    assert manager.post("/dataset/new", data={**fields, "pkg_name": "baeume"}).status_code == 403
    assert stored("baeume")["title"] == "Bäume"


def test_what_the_rules_refuse_of_the_first_link_leaves_all_as_it_was(
    browser: Browser,
    people: City,  # noqa: F811
    restriction: dict[str, Any],
) -> None:
    owner = people.department["id"]
    people.editor(
        "package_create", name="baeume", title="Bäume", owner_org=owner, **restriction
    ).result
    fields = browser.form("/dataset/edit/baeume")
    address = "https://intern.example.org/ablage/baeume"
    notes = f"Die Daten liegen unter {address}"
    changes = {"title": "Neu", "notes": notes, "first_url": address, "save": "update"}
    answer = browser.post("/dataset/edit/baeume", data={**fields, **changes})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'id="field-notes-error"' in html
    assert fields_of(html)["title"] == ["Neu"]
    after = stored("baeume")
    assert (after["title"], after["notes"], after["resources"]) == ("Bäume", None, [])

    changes["notes"] = "Alle Bäume"
    answer = browser.post("/dataset/edit/baeume", data={**fields, **changes})
    assert answer.status_code == 302
    assert stored("baeume")["title"] == "Neu"
    assert len(stored("baeume")["resources"]) == 1


def test_a_review_too_late_is_refused_with_the_latest_date(
    browser: Browser,
    people: City,  # noqa: F811
    restriction: dict[str, Any],
) -> None:
    owner = people.department["id"]
    people.editor(
        "package_create", name="baeume", title="Bäume", owner_org=owner, **restriction
    ).result
    fields = browser.form("/dataset/edit/baeume")
    late = {**fields, "review_date": "2099-01-01", "title": "Neu", "save": "update"}
    answer = browser.post("/dataset/edit/baeume", data=late)
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert page.select_one("#field-review_date")["value"] == "2099-01-01"
    assert "the review is due no later than" in page.select_one("#field-review_date-error").text
    assert page.select_one('.governance-summary a[href="#field-review_date"]')
    assert stored("baeume")["title"] == "Bäume"


def test_nothing_of_the_form_itself_is_stored(browser: Browser) -> None:
    fields = filled(browser, first_url="https://example.org/baeume.csv")
    assert browser.post("/dataset/new", data=fields).status_code == 302
    after = stored("baumkataster")
    told = set(after) | set(after["resources"][0])
    assert not {name for name in told if name.startswith(("governance_", "first_", "_"))}
    assert not after.get("extras")


def test_2000_files(browser: Browser, people: City) -> None:  # noqa: F811
    dataset = people.editor(
        "package_create",
        name="viele",
        title="Viele",
        owner_org=people.department["id"],
        license_id="dl-by-de-2.0",
    ).result
    package = model.Package.get(dataset["id"])
    for number in range(2_000):
        resource = model.Resource(package_id=package.id, url=f"https://example.org/{number}")
        resource.position = number
        model.Session.add(resource)
    model.Session.commit()
    html = browser.get("/dataset/edit/viele")
    form = html.partition('id="dataset-edit"')[2].partition("</form>")[0]
    assert 1_000 < len(form) < 300_000  # CKAN 2.11 itself lists the files beside it
    assert len(re.findall(r'name="openness"', html)) == 4
    fields = {**fields_of(html), "title": "Sehr viele", "governance_js": "1", "save": "update"}
    fields.pop("governance_ground", None)
    assert browser.post("/dataset/edit/viele", data=fields).status_code == 302
    after = stored("viele")
    assert (after["title"], len(after["resources"])) == ("Sehr viele", 2_000)
