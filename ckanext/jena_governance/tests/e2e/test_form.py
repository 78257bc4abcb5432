"""The form holds the contract: open by default, no restriction without a ground."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ckanext.jena_governance.tests.conftest import stored


def fill_restriction(page: Page) -> None:
    page.select_option("[name=openness]", "request")
    page.select_option("select[name=legal_basis]", ["dsgvo-personenbezug"])
    page.fill("[name=restriction_reason]", "Enthält Angaben zu einzelnen Personen.")
    page.select_option("[name=personal_data]", "personal")
    page.fill("[name=data_steward]", "Fachdienst Umweltschutz")
    page.fill("[name=data_steward_email]", "daten@umwelt.example")


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_open_dataset_needs_no_law(clerk: Page, server: str, language: str) -> None:
    clerk.goto(f"{server}/{language}/dataset/new")
    question = {"de": "Wie offen sind die Daten?", "en": "How open are the data?"}[language]
    expect(clerk.get_by_label(question)).to_have_value("open")
    expect(clerk.locator("[name=private]")).to_have_count(0)

    clerk.fill("[name=title]", "Baumkataster")
    clerk.click("button[name=save]")
    clerk.wait_for_url(re.compile("/resource/new"))
    clerk.click(".resource-url >> text=Link" if False else "[name=url], .btn:has-text('Link')")
    clerk.fill("[name=url]", "https://example.org/baeume.csv")
    clerk.fill("[name=name]", "Bäume")
    clerk.click("button[name=save][value=go-metadata]")
    clerk.wait_for_url(re.compile("/dataset/baumkataster$"))

    assert stored("baumkataster")["openness"] == "open"
    assert stored("baumkataster")["state"] == "active"


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Warum sind die Daten nicht offen"), ("en", "Why are the data not open")],
)
def test_a_restriction_without_a_ground_is_refused_and_nothing_typed_is_lost(
    clerk: Page, server: str, language: str, words: str
) -> None:
    clerk.goto(f"{server}/{language}/dataset/new")
    clerk.fill("[name=title]", "Personalliste")
    clerk.select_option("[name=openness]", "closed")
    clerk.click("button[name=save]")

    expect(clerk.locator(".error-explanation")).to_contain_text(words)
    expect(clerk.locator("[name=title]")).to_have_value("Personalliste")
    expect(clerk.locator("[name=openness]")).to_have_value("closed")

    fill_restriction(clerk)
    clerk.fill("[name=review_date]", "2099-01-01")
    clerk.click("button[name=save]")
    expect(clerk.locator(".error-explanation")).to_contain_text("(R2)")
    expect(clerk.locator("select[name=legal_basis]")).to_have_values(["dsgvo-personenbezug"])


def test_a_restriction_can_be_edited_and_lifted(clerk: Page, server: str) -> None:
    from datetime import date, timedelta

    clerk.goto(f"{server}/de/dataset/new")
    clerk.fill("[name=title]", "Personalliste")
    fill_restriction(clerk)
    clerk.fill("[name=review_date]", (date.today() + timedelta(days=300)).isoformat())
    clerk.click("button[name=save]")
    clerk.wait_for_url(re.compile("/resource/new"))
    assert stored("personalliste")["legal_basis"] == ["dsgvo-personenbezug"]

    clerk.goto(f"{server}/de/dataset/edit/personalliste")
    expect(clerk.locator("select[name=legal_basis]")).to_have_values(["dsgvo-personenbezug"])
    clerk.select_option("[name=openness]", "open")
    clerk.select_option("select[name=legal_basis]", [])
    clerk.select_option("[name=personal_data]", "anonymised")
    clerk.click("button[name=save] >> nth=0")
    clerk.wait_for_load_state()
    after = stored("personalliste")
    assert after["openness"] == "open"
    assert not after.get("legal_basis")
