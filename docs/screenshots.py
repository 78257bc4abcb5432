"""Pictures of the pages for the documents: `make screenshots`, while `make run` runs.

Every page in German and English; some also as a telephone shows them.
"""

from __future__ import annotations

import json
import os
import sys
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
)
ON_A_TELEPHONE = {"list", "restricted", "form"}


def choose(page: Page, level: str) -> None:
    """The form after one of its answers."""
    answer = page.locator(f"input[name=openness][value={level}]")
    answer.check(force=True)
    answer.evaluate("one => one.closest('fieldset').scrollIntoView()")


STATES = (("form-request", "request"),)


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
    for name, path in ((name, path) for name, path, reader in PAGES if reader == who):
        page.goto(f"{url}/{language}{path}")
        shoot(page, language, name)
        if name in ON_A_TELEPHONE:
            page.set_viewport_size(NARROW)
            shoot(page, language, f"{name}-narrow")
            page.set_viewport_size(WIDE)
    for name, level in STATES if who else ():
        page.goto(f"{url}/{language}/dataset/new")
        choose(page, level)
        shoot(page, language, name)
        # Else the form would offer what was typed, next time.
        page.evaluate("window.sessionStorage.clear()")


def take(url: str, accounts: dict[str, dict[str, str]]) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        for who in ("", "kern-editor"):
            page = browser.new_context(viewport=WIDE).new_page()
            if who:
                sign_in(page, url, who, accounts[who]["password"])
            for language in ("de", "en"):
                visit(page, url, language, who)
        browser.close()


if __name__ == "__main__":
    address, accounts_file = sys.argv[1:]
    take(address.rstrip("/"), json.loads(Path(accounts_file).read_text("utf-8")))
    print(f"{len(list(IMAGES.glob('*/*.png')))} pictures in {IMAGES}")
