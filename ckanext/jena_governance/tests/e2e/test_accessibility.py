"""axe-core finds nothing to object to (WCAG 2.2, levels A and AA) on any page of ours."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from ckanext.jena_governance.tests.e2e.test_pages import PUBLIC, datasets

__all__ = ["datasets"]

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
}
EDITORS = (
    "/dataset/new",
    "/dataset/edit/baeume",
    "/dataset/edit/leitungen",
    "/dataset/leitungen/resource/new",
    "/dataset/baeume/lock",
    "/dataset/leitungen/access",
    "/governance/reviews",
)
LEVELS = ("viewable", "group", "request", "closed", "announced")


def violations(page: Page) -> list[str]:
    """What axe objects to: rule, and where."""
    page.wait_for_load_state()  # a page without its styles has other sizes
    found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("language", ["de", "en"])
def test_public_pages(page: Page, server: str, datasets: None, language: str) -> None:
    told = {}
    for path in PUBLIC:
        page.goto(f"{server}/{language}{path}")
        told[path] = violations(page)
    page.goto(f"{server}/{language}/dataset/leitungen")
    gateway = page.evaluate(
        "fetch('/api/3/action/package_show?id=leitungen').then(r => r.json())"
        ".then(a => a.result.resources[0].url)"
    )
    page.goto(gateway.replace(server, f"{server}/{language}"))
    told["gateway"] = violations(page)
    assert told == {path: [] for path in told}


@pytest.mark.parametrize("language", ["de", "en"])
def test_pages_of_editors(clerk: Page, server: str, datasets: None, language: str) -> None:
    told = {}
    for path in EDITORS:
        clerk.goto(f"{server}/{language}{path}")
        told[path] = violations(clerk)
    assert told == {path: [] for path in told}


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_state_of_the_form(
    clerk: Page, server: str, department: dict[str, Any], language: str
) -> None:
    told = {}
    clerk.goto(f"{server}/{language}/dataset/new")
    for level in LEVELS:
        choice = clerk.locator(f"input[name=openness][value={level}]")
        if choice.count():
            choice.check()
            told[level] = violations(clerk)
    clerk.locator("button[name=save]").last.click()
    clerk.wait_for_load_state()
    told["errors"] = violations(clerk)
    assert told == {state: [] for state in told}
