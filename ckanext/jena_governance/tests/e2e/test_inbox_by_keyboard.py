"""The inbox without a mouse: filters, requests, the next page, a request; in the order one reads."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.logic.access_requests.inbox import LIMIT
from ckanext.jena_governance.model import GovernanceAccessRequest
from ckanext.jena_governance.tests.e2e.stories import data, key

__all__ = ["data", "key"]

MORE = 3
# What has the focus: where it is, and whether one sees that it has it.
FOCUSED = """() => {
  const one = document.activeElement, look = getComputedStyle(one);
  return {
    place: one.closest('.governance-tabs, .governance-filter, .governance-list, nav')?.className || '',
    id: one.id, text: one.textContent.trim(), address: one.getAttribute('href') || '',
    rel: one.getAttribute('rel') || '', tag: one.tagName,
    seen: look.outlineStyle !== 'none' || look.boxShadow !== 'none',
  }
}"""


@pytest.fixture
def inbox(data: dict[str, Any]) -> list[str]:
    """More requests than a page holds; their ids, the most urgent first."""
    asked = call_action(
        "governance_access_request_create",
        context={"user": "werker"},
        dataset_id="schaechte",
        purpose="Planung",
        until=(date.today() + timedelta(days=30)).isoformat(),
        norm="§ 4",
        submit=True,
    )
    first = model.Session.get(GovernanceAccessRequest, asked["id"])
    assert first is not None
    columns = [one.name for one in first.__table__.columns if one.name not in ("id", "due")]
    values = {name: getattr(first, name) for name in columns}
    for number in range(1, LIMIT + MORE):
        due = first.due + timedelta(days=number)
        model.Session.add(GovernanceAccessRequest(id=f"more-{number:03}", due=due, **values))
    model.Session.commit()
    return [asked["id"], *(f"more-{number:03}" for number in range(1, LIMIT + MORE))]


def tab(page: Page) -> dict[str, Any]:
    page.keyboard.press("Tab")
    return page.evaluate(FOCUSED)


def until(page: Page, found: Any) -> list[dict[str, Any]]:
    """Everything that has the focus on the way to something."""
    way: list[dict[str, Any]] = []
    for _press in range(120):
        way.append(tab(page))
        if found(way[-1]):
            return way
    raise AssertionError(way)


def test_from_the_filters_to_a_request(somebody, server: str, inbox: list[str]) -> None:
    clerk = somebody("clerk")
    clerk.goto(f"{server}/de/governance/requests")
    way = until(clerk, lambda one: one["rel"] == "next")
    inside = [one for one in way if one["place"] or one["rel"]]
    tabs = [one for one in inside if one["place"] == "governance-tabs"]
    filters = [one for one in inside if one["place"] == "governance-filter"]
    rows = [one for one in inside if one["place"] == "governance-list"]
    assert len(tabs) == 5
    assert [one["id"] or one["text"] for one in filters] == ["field-state", "field-kind", "Filtern"]
    assert [one["address"].rsplit("/", 1)[1] for one in rows] == inbox[:LIMIT]
    # One after the other, as they stand on the page, and nothing in between.
    start = inside.index(tabs[0])
    assert inside[start:] == [*tabs, *filters, *rows, way[-1]]
    assert all(one["seen"] for one in inside[start:])

    clerk.keyboard.press("Enter")
    clerk.wait_for_url("**after=**")
    way = until(clerk, lambda one: one["place"] == "governance-list")
    assert way[-1]["address"].endswith(inbox[LIMIT])
    clerk.keyboard.press("Enter")
    clerk.wait_for_url(f"**/governance/requests/{inbox[LIMIT]}")
    expect(clerk.get_by_role("main")).to_contain_text("Schächte und Leitungen")


def test_filtering(somebody, server: str, inbox: list[str]) -> None:
    clerk = somebody("clerk")
    clerk.goto(f"{server}/de/governance/requests?box=decide")
    until(clerk, lambda one: one["id"] == "field-kind")
    clerk.keyboard.type("Warum")
    assert tab(clerk)["text"] == "Filtern"
    clerk.keyboard.press("Enter")
    clerk.wait_for_url("**kind=opening**")
    expect(clerk.get_by_role("main")).to_contain_text("Hier ist nichts.")


def test_one_s_own_requests(somebody, server: str, inbox: list[str]) -> None:
    """Whoever decides nothing has no lists to choose from: filters first, then the requests."""
    asker = somebody("werker")
    asker.goto(f"{server}/de/governance/requests")
    way = until(asker, lambda one: one["place"] == "governance-list")
    places = [one["place"] for one in way if one["place"].startswith("governance")]
    assert places == ["governance-filter"] * 3 + ["governance-list"]
    asker.keyboard.press("Enter")
    asker.wait_for_url("**/governance/requests/*")
    expect(asker.get_by_role("heading", level=1)).to_have_text("Anfrage auf Zugang")
