"""From the public address of restricted data to the data: denied, signed in, there."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.e2e.signing_in import sign_in

TITLE = {
    "de": "Diese Daten sind für Sie noch nicht freigegeben",
    "en": "You do not have access to these data yet",
}
DO = {"de": "Das können Sie tun", "en": "What you can do"}
WHY = {"de": "Warum Sie die Daten noch nicht erhalten", "en": "Why you do not get them yet"}
SIGN_IN = {"de": "Anmelden", "en": "Sign in"}


@pytest.fixture
def gateway(server: str, department: dict[str, Any], restriction: dict[str, Any]) -> str:
    """Restricted data somewhere on the web, behind their public address."""
    dataset = call_action(
        "package_create",
        context={"user": "clerk"},
        name="akten",
        title="Akten der Umweltprüfung",
        owner_org=department["id"],
        resources=[{"url": f"{server}/api/3/action/status_show?there", "name": "Akten 2026"}],
        **restriction,
    )
    model.Session.commit()
    return f"/dataset/{dataset['id']}/resource/{dataset['resources'][0]['id']}/data"


@pytest.mark.parametrize("language", ["de", "en"])
def test_denied_signed_in_there(page: Page, server: str, gateway: str, language: str) -> None:
    answer = page.goto(f"{server}/{language}{gateway}")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE[language])
    headings = page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts()
    assert headings[:2] == [DO[language], WHY[language]]

    page.get_by_role("main").get_by_role("link", name=SIGN_IN[language]).click()
    sign_in(page)
    page.wait_for_url(f"{server}/api/3/action/status_show?there")


@pytest.mark.parametrize("width", [1280, 390])
def test_fits_the_screen(browser: Browser, server: str, gateway: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{server}/de{gateway}")
    reach = "Math.max(...[...document.querySelectorAll('[role=main] *')].map(e => e.getBoundingClientRect().right))"
    assert page.evaluate(reach) <= width
    context.close()
