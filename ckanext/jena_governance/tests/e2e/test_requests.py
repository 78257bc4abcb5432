"""Asking for access, in a browser: found, not open, asked, returned, granted, there, over."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.e2e.stories import (
    CITATION,
    CONTENT,
    GRANTED,
    THE_WAY,
    TRUE_NAME,
    data,
    key,
    nights,
    require_whole_and_sealed,
    steps_of,
)
from ckanext.jena_governance.tests.e2e.test_accessibility import violations

__all__ = ["data", "key"]

# Where pictures of the pages go, if somebody wants to look at them.
SHOTS = os.environ.get("JENA_GOVERNANCE_SHOTS")
REACH = "Math.max(...[...document.querySelectorAll('[role=main] *')].map(e => e.getBoundingClientRect().right))"


@pytest.fixture
def seen() -> Callable[[Page, str], None]:
    """Every page on the way has no barrier that axe knows; and its picture, if wanted."""

    def run(page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], name
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)

    return run


def download(page: Page) -> tuple[str, str, str]:
    """What the button on the page of a file brings: address, name and content."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Herunterladen").first.click()
    found = waiting.value
    return found.url, found.suggested_filename, Path(found.path()).read_text()


def test_the_whole_story(  # noqa: PLR0917 - what pytest hands in
    somebody, seen, server: str, data: dict[str, Any], key: None, days_later
) -> None:
    # Found by searching, and not open: which law, and what to do.
    asker = somebody("werker")
    asker.goto(f"{server}/de/dataset/")
    asker.get_by_role("main").locator("input[name=q]").fill("Schächte")
    asker.keyboard.press("Enter")
    expect(asker.get_by_role("main")).not_to_contain_text("Brunnen der Stadt")
    asker.get_by_role("link", name="Schächte und Leitungen").click()
    panel = asker.get_by_role("region", name="Zugang")
    expect(panel).to_contain_text("Sie haben noch keinen Zugang.")
    expect(panel.get_by_role("heading", name="Warum nicht offen?")).to_be_visible()
    expect(panel).to_contain_text("Die Datenbank gehört einem Vermessungsbüro.")
    expect(panel.get_by_role("link", name=CITATION)).to_have_attribute(
        "href", "https://www.gesetze-im-internet.de/urhg/__87b.html"
    )
    asker.get_by_role("link", name="Schachtliste").first.click()
    expect(asker.get_by_role("region", name="Zugang")).to_contain_text(CITATION)
    expect(asker.get_by_role("link", name="Herunterladen")).to_have_count(0)
    assert TRUE_NAME not in asker.content()
    the_file = asker.url
    asker.go_back()
    asker.get_by_role("link", name="Zugang bei „Fachdienst Umweltschutz“ anfragen").first.click()
    expect(asker.get_by_role("heading", level=1)).to_have_text("Zugang anfragen")
    seen(asker, "1-form")

    asker.get_by_label("Wofür brauchen Sie die Daten?").fill(
        "Baustelle in der Lutherstraße planen."
    )
    asker.get_by_role("button", name="Anfrage absenden").click()
    expect(asker.get_by_role("alert")).to_contain_text("Nennen Sie die Vorschrift")
    seen(asker, "2-form-errors")
    asker.get_by_role("alert").get_by_role("link").first.click()
    asker.keyboard.type("§ 4 der Betriebssatzung")
    asker.get_by_role("button", name="Anfrage absenden").click()
    expect(asker.get_by_role("main")).to_contain_text("Eingegangen")
    seen(asker, "3-submitted")
    request = asker.url

    clerk = somebody("clerk")
    clerk.goto(f"{server}/de/governance/requests")
    seen(clerk, "4-inbox")
    clerk.get_by_role("link", name="Schächte und Leitungen").click()
    seen(clerk, "5-decider")
    clerk.get_by_text("Rückfrage stellen").first.click()
    clerk.get_by_label("Ihre Frage").fill("Für welchen Abschnitt?")
    clerk.get_by_role("button", name="Rückfrage stellen").click()
    expect(clerk.get_by_role("main")).to_contain_text("Die Frist ruht")

    asker.goto(request)
    asker.get_by_label("Ihre Antwort").fill("Hausnummer 1 bis 40.")
    asker.get_by_role("button", name="Frage beantworten").click()
    expect(asker.get_by_role("main")).to_contain_text("Hausnummer 1 bis 40.")
    seen(asker, "6-answered")

    # Granted, but not for as long as was asked for.
    clerk.goto(request)
    last = date.today() + timedelta(days=GRANTED)
    clerk.get_by_label("Bis wann?").fill(last.isoformat())
    clerk.get_by_label("Auflagen (freiwillig)").fill("Nur für diese Baustelle.")
    clerk.get_by_role("button", name="Vorschau").first.click()
    expect(
        clerk.get_by_role("heading", name="Vorschau: Das wird Erika Muster sehen")
    ).to_be_visible()
    seen(clerk, "7-preview")
    clerk.get_by_role("button", name="Antwort absenden").click()
    expect(clerk.get_by_role("main")).to_contain_text("Bewilligt")

    asker.goto(request)
    expect(asker.get_by_role("main")).to_contain_text("Nur für diese Baustelle.")
    seen(asker, "8-granted")
    asker.get_by_role("main").get_by_role("link", name="Schächte und Leitungen").click()
    asker.get_by_role("link", name="Schachtliste").first.click()
    address, name, content = download(asker)
    assert content == CONTENT
    assert name == TRUE_NAME

    # The last day counts; the day after it is over, wherever one looks.
    assert nights(days_later, 1, GRANTED) == last
    asker.goto(the_file)
    assert download(asker)[2] == CONTENT
    nights(days_later, GRANTED + 1, GRANTED + 1)
    asker.goto(the_file)
    expect(asker.get_by_role("link", name="Herunterladen")).to_have_count(0)
    answer = asker.goto(address.replace(server, f"{server}/de"))
    assert answer is not None
    assert answer.status == 403
    expect(asker.get_by_role("heading", level=1)).to_have_text(
        "Diese Daten sind für Sie noch nicht freigegeben"
    )
    expect(asker.get_by_role("main")).to_contain_text(CITATION)
    assert "S-1" not in asker.content()
    asker.goto(request)
    expect(asker.get_by_role("main")).to_contain_text("Abgelaufen")

    # Each step stands in the log, as those in charge read it too; and nobody touched it.
    assert steps_of(request.rsplit("/", 1)[1]) == THE_WAY
    clerk.goto(f"{server}/de/dataset/schaechte/access")
    told = clerk.locator("#history ~ ol h3").all_inner_texts()
    assert len(told) >= len(THE_WAY)
    require_whole_and_sealed()


def test_denial_with_the_law(somebody, seen, server: str, data: dict[str, Any]) -> None:
    asked = call_action(
        "governance_access_request_create",
        context={"user": "werker"},
        dataset_id="schaechte",
        purpose="Planung",
        until=(date.today() + timedelta(days=30)).isoformat(),
        norm="§ 4",
        submit=True,
    )
    clerk = somebody("clerk")
    clerk.goto(f"{server}/de/governance/requests/{asked['id']}")
    clerk.get_by_text("Nicht bewilligen", exact=True).click()
    step = clerk.locator("details", has_text="Welches Gesetz verbietet")
    step.get_by_role("checkbox").first.check()
    step.get_by_label("Warum? Ein bis zwei Sätze").fill("Der Vertrag erlaubt keine Weitergabe.")
    step.get_by_label("Wie es weitergehen kann").fill("Fragen Sie das Vermessungsbüro.")
    step.get_by_role("button", name="Vorschau").click()
    seen(clerk, "9-denial-preview")
    clerk.get_by_role("button", name="Antwort absenden").click()
    asker = somebody("werker", 390)
    asker.goto(f"{server}/de/governance/requests/{asked['id']}")
    expect(asker.get_by_role("main")).to_contain_text("Diese Antwort ist kein Bescheid.")
    expect(asker.get_by_role("main")).to_contain_text("Fragen Sie das Vermessungsbüro.")
    seen(asker, "10-denied-narrow")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_fits_the_screen(  # noqa: PLR0917
    somebody, seen, server, data, language: str, width: int
) -> None:
    asked = call_action(
        "governance_access_request_create",
        context={"user": "werker"},
        dataset_id="schaechte",
        purpose="Planung " + "Donaudampfschifffahrt" * 4,
        until=(date.today() + timedelta(days=30)).isoformat(),
        norm="§ 4",
        submit=True,
    )
    clerk, asker = somebody("clerk", width), somebody("werker", width)
    for page, path in (
        (asker, "/dataset/schaechte/request"),
        (asker, "/dataset/schaechte/why-not-open"),
        (clerk, "/governance/requests"),
        (clerk, f"/governance/requests/{asked['id']}"),
    ):
        page.goto(f"{server}/{language}{path}")
        for fold in page.locator("details summary").all():
            if fold.locator("xpath=..").get_attribute("open") is None:
                fold.click()
        assert page.evaluate(REACH) <= width, path
        name = path.strip("/").replace("/", "-").replace(asked["id"], "one")
        seen(page, f"{language}-{width}-{name}")


def test_without_scripts_and_by_keyboard(somebody, server: str, data: dict[str, Any]) -> None:
    asker = somebody("werker", scripts=False)
    asker.goto(f"{server}/de/dataset/schaechte/request")
    asker.get_by_label("Wofür brauchen Sie die Daten?").focus()
    asker.keyboard.type("Planung")
    asker.get_by_label("Aufgabe oder Norm, auf die Sie sich stützen").focus()
    asker.keyboard.type("§ 4")
    asker.keyboard.press("Enter")
    expect(asker.get_by_role("main")).to_contain_text("Eingegangen")
    clerk = somebody("clerk", scripts=False)
    clerk.goto(asker.url)
    fold = clerk.locator("details", has_text="Welches Gesetz verbietet").first
    expect(fold).not_to_have_attribute("open", "")
    fold.locator("summary").focus()
    clerk.keyboard.press("Enter")
    expect(fold).to_have_attribute("open", "")
