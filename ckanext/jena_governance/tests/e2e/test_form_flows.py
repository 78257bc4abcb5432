"""The steward's two minutes: four datasets described, each touch and each visible field counted.

The counts are those of the users' review (open 4, persons 7, third-party rights 6, critical
infrastructure 5). What is prefilled and stays as it is, nobody has to touch.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.conftest import stored

LANGUAGES = ["de", "en"]
BUTTON = {"de": "Veröffentlichen", "en": "Publish"}


class Steward:
    """Somebody at the form who counts what they touch."""

    def __init__(self, page: Page, server: str, language: str) -> None:
        self.page = page
        self.language = language
        self.touched: list[str] = []
        page.set_default_timeout(10_000)
        page.goto(f"{server}/{language}/dataset/new")

    def write(self, name: str, text: str) -> None:
        self._touch(name)
        self.page.fill(f"[name={name}]:not([type=hidden])", text)

    def choose(self, name: str, value: str) -> None:
        self._touch(f"{name}={value}")
        self.page.check(f"[name={name}][value={value}]")

    def upload(self, file_name: str) -> None:
        self._touch("file")
        self.page.set_input_files(
            "[name=first_upload]",
            {"name": file_name, "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"},
        )

    def publish(self) -> None:
        self._touch("publish")
        self.page.get_by_role("button", name=BUTTON[self.language], exact=True).click()
        self.page.wait_for_url(re.compile(r"/dataset/(?!new)[a-z0-9-]+$"))

    def fields(self) -> int:
        """How many fields are to be seen, a group of answers counting once."""
        script = """() => new Set([...document.querySelectorAll(
            '#dataset-edit input, #dataset-edit select, #dataset-edit textarea')]
            .filter(e => e.type !== 'hidden' && e.checkVisibility() && !e.closest('.select2-container'))
            .map(e => e.name)).size"""
        return self.page.evaluate(script)

    def _touch(self, what: str) -> None:
        self.touched.append(what)


@pytest.fixture
def prefilled(department: dict[str, Any]) -> None:
    """The department has said once who answers for its data."""
    call_action(
        "governance_entity_update",
        organization_id=department["id"],
        data_steward="Fachdienst Umweltschutz, Team Daten",
        data_steward_email="daten@umwelt.example",
    )
    model.Session.commit()


@pytest.mark.parametrize("language", LANGUAGES)
def test_open(clerk: Page, server: str, prefilled: None, language: str) -> None:
    steward = Steward(clerk, server, language)
    fields = steward.fields()
    expect(clerk.locator("[data-governance-ground]")).to_be_hidden()
    law = {"de": "Rechtsgrund", "en": "legal basis"}[language]
    assert law not in clerk.get_by_role("main").inner_text()

    steward.write("title", "Baumkataster")
    steward.upload("baeume.csv")
    steward.choose("personal_data", "none")
    steward.publish()

    assert len(steward.touched) <= 4
    assert fields <= 11
    after = stored("baumkataster")
    assert (after["openness"], after["state"]) == ("open", "active")
    assert after["license_id"] == "dl-by-de-2.0"
    assert after["personal_data"] == "none"
    assert after["resources"][0]["url"].endswith("/baeume.csv")
    assert not after.get("legal_basis")
    assert not after.get("review_date")


@pytest.mark.parametrize("language", LANGUAGES)
def test_persons(clerk: Page, server: str, prefilled: None, language: str) -> None:
    steward = Steward(clerk, server, language)
    steward.write("title", "Personalliste")
    steward.write("first_url", "https://example.org/personal.csv")
    steward.choose("personal_data", "personal")

    expect(clerk.locator("[name=openness][value=request]")).to_be_checked()
    expect(clerk.locator("[name=legal_basis][value=dsgvo-personenbezug]")).to_be_checked()
    expect(clerk.locator("[name=data_steward_email]")).to_have_value("daten@umwelt.example")
    steward.choose("derivative_status", "planned")
    steward.write("derivative_note", "Frühjahr 2027")
    fields = steward.fields()
    steward.publish()

    assert len(steward.touched) <= 7
    assert fields <= 18
    after = stored("personalliste")
    assert after["openness"] == "request"
    assert after["legal_basis"] == ["dsgvo-personenbezug"]
    assert after["restriction_reason"]
    assert date.fromisoformat(after["review_date"]) > date.today() + timedelta(days=600)
    assert (after["derivative_status"], after["derivative_note"]) == ("planned", "Frühjahr 2027")
    assert after["license_id"] == "other-closed"
    assert after["licence_when_open"] == "dl-by-de-2.0"
    assert "example.org" not in after["resources"][0]["url"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_third_party_rights(clerk: Page, server: str, prefilled: None, language: str) -> None:
    steward = Steward(clerk, server, language)
    steward.write("title", "Luftbilder")
    steward.upload("luftbilder.csv")
    steward.choose("openness", "request")
    steward.choose("governance_card", "thirdparty")
    expect(clerk.locator("[name=legal_basis][value=urhg-werke-dritter]")).to_be_checked()
    expect(clerk.locator("[name=ends_when]")).not_to_have_value("")
    fields = steward.fields()
    steward.publish()

    assert len(steward.touched) <= 6
    assert fields <= 18
    after = stored("luftbilder")
    assert (after["openness"], after["legal_basis"]) == ("request", ["urhg-werke-dritter"])
    assert after["ends_when"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_critical_infrastructure(clerk: Page, server: str, prefilled: None, language: str) -> None:
    steward = Steward(clerk, server, language)
    steward.write("title", "Umspannwerke")
    steward.upload("anlagen.csv")
    steward.choose("openness", "request")
    steward.choose("governance_card", "security")
    expect(clerk.locator("[name=legal_basis][value=kritis-schutzinformation]")).to_be_checked()
    expect(clerk.locator("[name=ends_when]")).to_be_hidden()
    expect(clerk.locator("[name=derivative_status]").first).to_be_hidden()
    fields = steward.fields()
    steward.publish()

    assert len(steward.touched) <= 5
    assert fields <= 16
    after = stored("umspannwerke")
    assert (after["openness"], after["legal_basis"]) == ("request", ["kritis-schutzinformation"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_not_ready_yet(clerk: Page, server: str, prefilled: None, language: str) -> None:
    steward = Steward(clerk, server, language)
    steward.write("title", "Solarkataster")
    steward.choose("openness", "closed")
    steward.choose("governance_card", "notyet")
    soon = (date.today() + timedelta(days=90)).isoformat()
    steward.write("publish_by", soon)
    steward.publish()
    after = stored("solarkataster")
    assert (after["openness"], after["publish_by"]) == ("open", soon)
    assert after["openness_mix"] == "announced"
    assert not after.get("legal_basis")


@pytest.mark.parametrize("language", LANGUAGES)
def test_unsure(clerk: Page, server: str, prefilled: None, language: str) -> None:
    steward = Steward(clerk, server, language)
    steward.write("title", "Lagekarte")
    steward.upload("lage.csv")
    steward.choose("openness", "group")
    steward.choose("governance_card", "unsure")
    steward.publish()
    said = {"de": "vorläufig gesperrt", "en": "provisionally locked"}[language]
    expect(clerk.locator("body")).to_contain_text(said)
    after = stored("lagekarte")
    assert (after["openness"], after["state"]) == ("closed", "active")
    assert after["legal_basis"] == ["vorlaeufige-sperre"]
    assert after["review_date"] == (date.today() + timedelta(days=14)).isoformat()

    from ckanext.jena_governance.logic import question

    assert [one.package.name for one in question.open_questions()] == ["lagekarte"]
