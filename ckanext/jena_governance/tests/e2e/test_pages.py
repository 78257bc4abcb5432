"""Our pages in a real browser: German and English, wide and narrow, keyboard only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.e2e.signing_in import PASSWORD, sign_in

SECRET = "https://intern.example/kanarie.csv"
HIDDEN = "Kanarientitel"


@pytest.fixture
def datasets(department: dict[str, Any]) -> None:
    """One of every kind."""
    call_action(
        "governance_entity_update",
        organization_id=department["id"],
        bound_by="Beschluss 25/0815-BV des Stadtrats",
        bound_since="2025-01-01",
    )
    restriction = {
        "openness": "request",
        "legal_basis": ["kritis-schutzinformation"],
        "restriction_reason": "Angaben zu Schutz und Betrieb der Anlage.",
        "personal_data": "none",
        "data_steward": "Fachdienst Umweltschutz, Team Daten",
        "data_steward_email": "daten@umwelt.example",
        "review_date": (date.today() + timedelta(days=20)).isoformat(),
        "license_id": "other-closed",
    }
    link = {"url": "https://example.org/baeume.csv", "name": "Bäume", "format": "CSV"}
    secret = {"url": SECRET, "name": "Leitungen", "format": "CSV"}
    for fields in (
        {"name": "baeume", "title": "Bäume", "license_id": "dl-by-de-2.0", "resources": [link]},
        {"name": "geplant", "title": "Geplantes", "license_id": "dl-by-de-2.0"},
        {
            **restriction,
            "name": "leitungen",
            "title": "Leitungen",
            "resources": [secret],
            "derivative_status": "exists",
            "open_derivative": "baeume",
        },
        {
            **restriction,
            "name": "geheim",
            "title": HIDDEN,
            "resources": [secret],
            "metadata_visibility": "group",
        },
    ):
        call_action(
            "package_create",
            context={"user": "clerk"},
            owner_org=department["id"],
            **{"notes": "Beschreibung.", "resources": [], **fields},
        )
    model.Session.commit()


PUBLIC = (
    "/",
    "/dataset/",
    "/dataset/baeume",
    "/dataset/geplant",
    "/dataset/leitungen",
    "/dataset/leitungen/access",
    "/organization/umwelt",
    "/governance/legal-bases",
    "/governance/legal-bases?q=kritisch",
    "/governance/entities",
    "/governance/rules",
    "/governance/privacy",
)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("width", [1280, 320])
def test_every_page_fits_and_tells_nothing(
    page: Page, server: str, datasets: None, language: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in PUBLIC:
        answer = page.goto(f"{server}/{language}{path}")
        assert answer
        assert answer.status == 200, path
        assert page.title(), path
        assert _overflow(page) <= 0, path
        content = page.content()
        assert HIDDEN not in content, path
        assert SECRET not in content, path
    assert errors == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_twice_as_large(page: Page, server: str, datasets: None, language: str) -> None:
    """200 % zoom is half the width in CSS pixels; texts must wrap, not be cut off."""
    page.set_viewport_size({"width": 640, "height": 450})
    for path in PUBLIC:
        page.goto(f"{server}/{language}{path}")
        assert _overflow(page) <= 0, path


def _overflow(page: Page) -> int:
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def test_from_a_dataset_to_its_law_and_back(page: Page, server: str, datasets: None) -> None:
    page.goto(f"{server}/de/dataset/leitungen")
    panel = page.get_by_role("region", name="Zugang")
    name = "Vertrauliche Informationen über den Schutz kritischer Infrastrukturen"
    panel.get_by_role("link", name=name).click()
    page.wait_for_url("**/governance/legal-bases#kritis-schutzinformation")
    entry = page.get_by_role("article", name=name)
    expect(entry).to_be_in_viewport()
    expect(entry).to_contain_text("Strom, Wasser oder Verkehr")
    entry.get_by_role("link", name="1 mit diesem Rechtsgrund").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 Datensatz gefunden")


def test_the_open_version_and_what_it_was_made_of(page: Page, server: str, datasets: None) -> None:
    page.goto(f"{server}/de/dataset/leitungen")
    page.get_by_role("region", name="Zugang").get_by_role("link", name="Bäume").last.click()
    page.wait_for_url("**/de/dataset/baeume")
    expect(page.get_by_role("heading", name="Offene Fassung von")).to_be_visible()
    page.get_by_role("link", name="Leitungen").click()
    page.wait_for_url("**/de/dataset/leitungen")


def test_search_by_keyboard(page: Page, server: str, datasets: None) -> None:
    page.goto(f"{server}/de/governance/legal-bases")
    page.get_by_role("searchbox", name="Suchen").focus()
    page.keyboard.type("Steuer")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=Steuer*")
    expect(page.locator(".governance-page").get_by_role("status")).to_contain_text(
        "1 von 58 Einträgen"
    )
    expect(page.get_by_role("article", name="Steuergeheimnis")).to_be_visible()
    assert page.get_by_role("searchbox", name="Suchen").input_value() == "Steuer"


def test_filtering_a_list(page: Page, server: str, datasets: None) -> None:
    page.goto(f"{server}/de/dataset/")
    page.get_by_role("navigation", name="Offenheit").get_by_role("link").filter(
        has_text="Auf Anfrage"
    ).click()
    page.wait_for_url("**openness_effective=request*")
    expect(page.locator(".dataset-item")).to_have_count(1)
    expect(page.locator(".dataset-item")).to_contain_text("Auf Anfrage")


def test_lock_by_keyboard_and_without_javascript(
    browser: Browser, server: str, datasets: None
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, f"{server}/user/login")
    page.goto(f"{server}/de/dataset/baeume")
    page.get_by_role("link", name="Sofort sperren").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/dataset/baeume/lock")
    page.get_by_label("Warum?").fill("Ein Name steht in Spalte 3")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/de/dataset/baeume")
    expect(page.locator(".flash-messages")).to_contain_text("Die Daten sind gesperrt.")
    expect(page.get_by_role("region", name="Zugang")).to_contain_text("Geschlossen")
    page.get_by_role("link", name="Verlauf der Offenheit").click()
    expect(page.get_by_role("heading", name="Sofort gesperrt")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("Geschlossen")
    context.close()


@pytest.fixture
def colleague(browser: Browser, server: str, department: dict[str, Any]) -> Iterator[Page]:
    """A second editor of the department, signed in."""
    factories.User(name="colleague", password=PASSWORD, fullname="Kim Beispiel")
    call_action(
        "organization_member_create", id=department["id"], username="colleague", role="editor"
    )
    model.Session.commit()
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    sign_in(page, f"{server}/user/login", "colleague")
    yield page
    context.close()


def test_the_second_person_on_a_phone(server: str, datasets: None, colleague: Page) -> None:
    call_action(
        "package_patch",
        context={"user": "clerk", "ignore_auth": False},
        id="leitungen",
        openness="open",
        legal_basis=[],
        license_id="dl-by-de-2.0",
        personal_data="none",
        opening_reason="Die Anlage ist abgebaut.",
    )
    model.Session.commit()
    page = colleague
    page.goto(f"{server}/de/governance/reviews")
    assert _overflow(page) <= 0
    expect(page.get_by_role("heading", name="Öffnungen bestätigen (1)")).to_be_visible()
    page.get_by_role("link", name="Ansehen und entscheiden").click()
    page.wait_for_url("**/dataset/leitungen/opening")
    expect(page.get_by_role("blockquote")).to_contain_text("Die Anlage ist abgebaut.")
    assert _overflow(page) <= 0
    expect(page.get_by_role("table")).to_contain_text("Auf Anfrage")
    page.get_by_role("button", name="Öffnung bestätigen").click()
    page.wait_for_url("**/dataset/leitungen")
    expect(page.get_by_role("region", name="Zugang")).to_contain_text("Diese Daten sind offen.")


def test_focus_can_be_seen(page: Page, server: str, datasets: None) -> None:
    page.goto(f"{server}/de/governance/rules")
    link = page.get_by_role("navigation", name="Auf dieser Seite").get_by_role("link").first
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert link.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert link.evaluate("one => parseFloat(getComputedStyle(one).outlineWidth)") >= 2
