"""An agreement in the browser: drafted by one entity, signed by both, read, ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.e2e.signing_in import PASSWORD
from ckanext.jena_governance.tests.e2e.test_accessibility import violations

LIST = "/de/governance/agreements"


@pytest.fixture
def both(department: dict[str, Any]) -> dict[str, Any]:
    """A company, an admin of each side, a plain member of the company; a dataset on request."""
    company = factories.Organization(name="werke", title="Stadtwerke GmbH")
    call_action(
        "governance_entity_update",
        organization_id=company["id"],
        entity_class="subsidiary",
        in_group=True,
    )
    for name, organization, role in (
        ("amtsleitung", department, "admin"),
        ("werksleitung", company, "admin"),
        ("planung", company, "member"),
    ):
        factories.User(name=name, fullname=name.title(), password=PASSWORD)
        call_action("organization_member_create", id=organization["id"], username=name, role=role)
    dataset = call_action(
        "package_create",
        context={"user": "clerk"},
        name="fundorte",
        title="Fundorte geschützter Arten",
        owner_org=department["id"],
        openness="request",
        legal_basis=["artenschutz-fundorte"],
        restriction_reason="Fundorte geschützter Arten.",
        stricter_reason="Sehr wenige Fundorte.",
        data_steward="Fachdienst Umweltschutz, Team Daten",
        data_steward_email="daten@umwelt.example",
        review_date=(date.today() + timedelta(days=100)).isoformat(),
        license_id="other-closed",
        resources=[{"url": "https://intern.example/c.csv", "name": "Liste", "format": "CSV"}],
    )
    model.Session.commit()
    return dataset


def test_from_the_denial_to_the_file_and_back(
    server: str, somebody: Callable[..., Page], both: dict[str, Any]
) -> None:
    getter = somebody("werksleitung")
    getter.goto(f"{server}/de/dataset/fundorte")
    panel = getter.get_by_role("region", name="Zugang")
    expect(panel).to_contain_text("Sie haben noch keinen Zugang.")
    panel.get_by_role("link", name="eine Vereinbarung zwischen").click()

    expect(getter.get_by_role("heading", level=1)).to_have_text("Vereinbarung entwerfen")
    assert violations(getter) == []
    getter.get_by_label("Titel").fill("Fundorte für den Netzausbau")
    getter.get_by_role("button", name="Entwurf speichern").click()
    expect(getter.get_by_role("heading", level=1)).to_have_text("Fundorte für den Netzausbau")
    getter.get_by_role("link", name="Lesen und unterschreiben").click()
    getter.get_by_label("Ich habe sie gelesen").check()
    getter.get_by_role("button", name="Unterschreiben").click()
    expect(getter.get_by_role("alert")).to_contain_text("Nennen Sie den Zweck")

    getter.goto(getter.url.replace("/sign", "/edit"))
    getter.get_by_label("Wofür werden die Daten gebraucht?").fill("Trassen planen.")
    getter.get_by_role("button", name="Entwurf speichern").click()
    getter.get_by_role("link", name="Lesen und unterschreiben").click()
    assert violations(getter) == []
    # By keyboard.
    getter.get_by_label("Ich habe sie gelesen").focus()
    getter.keyboard.press("Space")
    getter.keyboard.press("Tab")
    getter.keyboard.press("Enter")
    expect(getter.locator("[role=main]")).to_contain_text("Ihre Stelle hat unterschrieben")
    path = getter.url

    giver = somebody("amtsleitung")
    giver.goto(f"{server}/de/governance/reviews")
    expect(giver.locator("[role=main]")).to_contain_text("Vereinbarungen zu unterschreiben (1)")
    giver.get_by_role("main").get_by_role("link", name="Vereinbarungen").click()
    giver.get_by_role("link", name="Fundorte für den Netzausbau").click()
    assert violations(giver) == []
    giver.get_by_role("link", name="Lesen und unterschreiben").click()
    giver.get_by_label("Ich habe sie gelesen").check()
    giver.get_by_role("button", name="Unterschreiben").click()
    expect(giver.locator("[role=main]")).to_contain_text("In Kraft")

    reader = somebody("planung")
    reader.goto(f"{server}/de/dataset/fundorte")
    panel = reader.get_by_role("region", name="Zugang")
    expect(panel).to_contain_text("Sie haben Zugang durch die Vereinbarung")
    reader.goto(f"{server}/de/dataset/fundorte/access")
    reader.get_by_role("link", name="Fundorte für den Netzausbau").click()
    expect(reader.locator("[role=main]")).to_contain_text("Werksleitung")
    expect(reader.get_by_role("link", name="Beenden")).to_have_count(0)

    giver.goto(path)
    giver.get_by_role("link", name="Beenden").click()
    assert violations(giver) == []
    giver.get_by_label("Warum?").fill("Der Ausbau ist fertig.")
    giver.get_by_role("button", name="Beenden").click()
    expect(giver.locator("[role=main]")).to_contain_text("Eine Seite hat sie beendet.")
    reader.goto(f"{server}/de/dataset/fundorte")
    expect(reader.get_by_role("region", name="Zugang")).to_contain_text("noch keinen Zugang")


@pytest.mark.parametrize("path", ["", "?status=draft", "/new"])
def test_narrow_pages_do_not_scroll_sideways(
    server: str, somebody: Callable[..., Page], both: dict[str, Any], path: str
) -> None:
    call_action(
        "governance_agreement_create",
        context={"user": "amtsleitung"},
        title="Donaudampfschifffahrtsgesellschaftsvereinbarung" * 3,
        provider="umwelt",
        consumer="werke",
        datasets=None,
        level="request",
    )
    page = somebody("amtsleitung", width=320)
    page.goto(f"{server}{LIST}{path}")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320
    assert violations(page) == []
