"""Signing in as people do."""

from __future__ import annotations

from playwright.sync_api import Page

PASSWORD = "correct-horse"


def sign_in(page: Page, address: str = "", name: str = "clerk") -> None:
    """Fill in the form at *address*, or on the page that is open."""
    if address:
        page.goto(address)
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
