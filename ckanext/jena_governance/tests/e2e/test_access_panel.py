"""The panel on access: what one can do first, then why the data are not open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.e2e.signing_in import sign_in

SECRET = "https://intern.example/canary.csv"


@pytest.fixture
def dataset(department: dict[str, Any]) -> dict[str, Any]:
    """On request for need to know, with one link."""
    dataset = call_action(
        "package_create",
        context={"user": "clerk"},
        name="personalliste",
        title="Personalliste",
        notes="Wer in welchem Team arbeitet.",
        owner_org=department["id"],
        openness="request",
        legal_basis=["dsgvo-personenbezug"],
        restriction_reason="Enthält Angaben zu einzelnen Personen.",
        personal_data="personal",
        data_steward="Fachdienst Umweltschutz, Team Daten",
        data_steward_email="daten@umwelt.example",
        review_date=(date.today() + timedelta(days=300)).isoformat(),
        license_id="other-closed",
        resources=[{"url": SECRET, "name": "Liste", "format": "CSV"}],
    )
    model.Session.commit()
    return dataset


WORDS = {
    "de": (
        "Zugang",
        "Sie haben noch keinen Zugang.",
        "Anmelden, wenn Sie zu",
        "Warum nicht offen?",
    ),
    "en": (
        "Access",
        "You do not have access yet.",
        "Sign in if you belong",
        "Why are the data not",
    ),
}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("width", [1200, 360])
def test_nobody_is_told_what_to_do_and_then_why(
    page: Page, server: str, dataset: dict[str, Any], language: str, width: int
) -> None:
    heading, denied, sign_in, why = WORDS[language]
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server}/{language}/dataset/personalliste")
    panel = page.get_by_role("region", name=heading)
    expect(panel).to_contain_text(denied)
    expect(panel.get_by_role("link", name=sign_in)).to_be_visible()

    expect(panel.get_by_role("heading", name=why)).to_be_visible()
    expect(panel.get_by_role("link", name="Art. 5, 6 DSGVO")).to_be_visible()
    expect(panel).to_contain_text("Enthält Angaben zu einzelnen Personen.")
    expect(panel.get_by_role("link", name="daten@umwelt.example")).to_be_visible()
    assert SECRET not in page.content()
    box = panel.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width

    page.goto(f"{server}/{language}/dataset/personalliste/access")
    expect(page.get_by_role("link", name="Art. 5, 6 DSGVO")).to_be_visible()
    expect(page.get_by_role("region", name=heading)).to_contain_text(denied)


def test_signing_in_leads_back(page: Page, server: str, dataset: dict[str, Any]) -> None:
    page.goto(f"{server}/de/dataset/personalliste")
    page.get_by_role("link", name="Anmelden, wenn Sie zu").click()
    sign_in(page)
    page.wait_for_url("**/de/dataset/personalliste")
    panel = page.get_by_role("region", name="Zugang")
    expect(panel).to_contain_text("Sie haben Zugang, weil Sie diesen Datensatz bearbeiten.")

    page.get_by_role("link", name="Liste").first.click()
    expect(page.get_by_role("region", name="Zugang")).to_contain_text("Sie haben Zugang")


def test_files_that_differ_are_listed(page: Page, server: str, department: dict[str, Any]) -> None:
    factories.Dataset(
        name="veranstaltungen",
        title="Veranstaltungen",
        owner_org=department["id"],
        license_id="dl-by-de-2.0",
        data_steward="Kulturamt",
        data_steward_email="daten@kultur.example",
        review_date=(date.today() + timedelta(days=100)).isoformat(),
        ends_when="Ende des Vertrags",
        resources=[
            {"url": "https://example.org/termine.csv", "name": "Termine"},
            {
                "url": SECRET,
                "name": "Bilder",
                "openness": "request",
                "legal_basis": ["urhg-werke-dritter"],
                "restriction_reason": "Bilder einer Agentur.",
            },
        ],
    )
    model.Session.commit()
    page.goto(f"{server}/de/dataset/veranstaltungen")
    panel = page.get_by_role("region", name="Zugang")
    expect(panel.locator("li", has_text="Termine")).to_contain_text("Offen")
    expect(panel.locator("li", has_text="Bilder")).to_contain_text("Auf Anfrage")

    panel.get_by_role("link", name="Bilder").click()
    expect(page.get_by_role("region", name="Zugang")).to_contain_text("Zugang bei „Fachdienst")
    page.goto(f"{server}/de/dataset/veranstaltungen/access")
    expect(page.locator("main, [role=main]").first).to_contain_text("Bilder einer Agentur.")
