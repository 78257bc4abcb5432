"""Pictures of the pages for the documents: `make screenshots`, while `make run` runs.

Every page in German and English; some also as a telephone shows them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

IMAGES = Path(__file__).parent / "images"
WIDE: ViewportSize = {"width": 1280, "height": 960}
NARROW: ViewportSize = {"width": 390, "height": 844}

# File name, path, who looks ("" for anybody).
PAGES = (
    ("home", "/", ""),
    ("list", "/dataset/", ""),
    ("open", "/dataset/demo-baumkataster", ""),
    ("restricted", "/dataset/demo-altlasten", ""),
    ("access", "/dataset/demo-altlasten/access", ""),
    ("legal-bases", "/governance/legal-bases", ""),
    ("entities", "/governance/entities", ""),
    ("rules", "/governance/rules", ""),
    ("form", "/dataset/new", "kern-editor"),
    ("lock", "/dataset/demo-luftmesswerte/lock", "kern-editor"),
    ("reviews", "/governance/reviews", "kern-editor"),
    ("history", "/dataset/demo-fledermausquartiere/access#history", "kern-editor"),
    ("in-charge", "/dataset/demo-fledermausquartiere", "kern-editor"),
    ("file-form", "/dataset/demo-luftmesswerte/resource/new", "kern-editor"),
)
ON_A_TELEPHONE = {"list", "restricted", "form", "form-errors", "legal-bases"}


def choose(page: Page, level: str) -> None:
    """The form after one of its answers."""
    answer = page.locator(f"input[name=openness][value={level}]")
    answer.press("Space")
    answer.evaluate("one => one.closest('fieldset').scrollIntoView()")


def request(page: Page) -> None:
    """Not open: what stands against it?"""
    choose(page, "request")


def persons(page: Page) -> None:
    """The first card, and the legal bases behind it."""
    choose(page, "request")
    page.locator("[data-governance-card] input").first.press("Space")
    page.locator(".governance-basis").first.evaluate("one => one.scrollIntoView()")


def errors(page: Page) -> None:
    """Published without a ground."""
    page.fill("input[name=title]", "Bäume")
    choose(page, "request")
    page.locator("button[value=publish]").click()
    page.wait_for_selector(".governance-summary")


def loosen(page: Page) -> None:
    """Opening what was restricted: what has changed?"""
    choose(page, "open")


def first_file(page: Page) -> None:
    """From a dataset to its first file."""
    page.locator(".resource-item a.heading, .resource-item .heading a").first.click()
    page.wait_for_load_state()


# File name, path, who looks, what is done there.
STATES = (
    ("restricted-file", "/dataset/demo-altlasten", "", first_file),
    ("form-request", "/dataset/new", "kern-editor", request),
    ("form-bases", "/dataset/new", "kern-editor", persons),
    ("form-errors", "/dataset/new", "kern-editor", errors),
    ("form-opening", "/dataset/edit/demo-fledermausquartiere", "kern-editor", loosen),
)


def sign_in(page: Page, url: str, name: str, password: str) -> None:
    """Through CKAN's own page."""
    page.goto(f"{url}/user/login")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()


def shoot(page: Page, language: str, name: str) -> None:
    """One picture."""
    page.screenshot(path=IMAGES / language / f"{name}.png")


def visit(page: Page, url: str, language: str, who: str) -> None:
    """All pages of one reader, in one language."""
    (IMAGES / language).mkdir(parents=True, exist_ok=True)
    for name, path, do in _steps(who):
        page.goto(f"{url}/{language}{path}")
        do(page)
        shoot(page, language, name)
        if name in ON_A_TELEPHONE:
            page.set_viewport_size(NARROW)
            shoot(page, language, f"{name}-narrow")
            page.set_viewport_size(WIDE)
        # Else the form would offer what was typed, next time.
        page.evaluate("window.sessionStorage.clear()")


def _steps(who: str) -> list[tuple[str, str, Callable[[Page], None]]]:
    pages = [(name, path, _look) for name, path, reader in PAGES if reader == who]
    return [*pages, *((name, path, do) for name, path, reader, do in STATES if reader == who)]


def _look(_page: Page) -> None:
    """The page as it comes."""


def take(url: str, accounts: dict[str, dict[str, str]]) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        for who in ("", "kern-editor"):
            page = browser.new_context(viewport=WIDE, locale="de-DE").new_page()
            if who:
                sign_in(page, url, who, accounts[who]["password"])
            for language in ("de", "en"):
                visit(page, url, language, who)
        browser.close()


if __name__ == "__main__":
    address, accounts_file = sys.argv[1:]
    take(address.rstrip("/"), json.loads(Path(accounts_file).read_text("utf-8")))
    print(f"{len(list(IMAGES.glob('*/*.png')))} pictures in {IMAGES}")
