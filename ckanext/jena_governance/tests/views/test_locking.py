"""The stop button: who gets it, what it asks, what it does."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from ckanext.jena_governance.tests.conftest import stored
from ckanext.jena_governance.tests.logic.house import events
from ckanext.jena_governance.tests.views.reading import checked


@pytest.fixture
def dataset(house, make) -> dict[str, Any]:
    return make(title="Bäume", license_id="dl-by-de-2.0")


def test_editors_have_the_button(app, house, dataset):
    for api, expected in (
        (house.second, True),
        (house.city.sysadmin, True),
        (house.member, False),
        (house.city.manager, False),
        (house.city.nobody, False),
    ):
        text = app.get("/de/dataset/data", headers=api.headers).text
        assert ("/dataset/data/lock" in text) == expected


def test_it_asks_first(app, house, dataset):
    page = checked(app.get("/de/dataset/data/lock", headers=house.second.headers).text)
    form = page.select_one('form[action="/de/dataset/data/lock"]')
    assert form["method"] == "post"
    assert "14 Tage" in page.get_text()
    assert stored("data")["openness"] == "open"


@pytest.mark.parametrize("who", ["member", "manager", "nobody"])
def test_nobody_else(app, house, dataset, who):
    api = getattr(house, who, None) or getattr(house.city, who)
    for method in (app.get, app.post):
        answer = method("/dataset/data/lock", headers=api.headers, follow_redirects=False)
        assert answer.status_code in (302, 403)
    assert stored("data")["openness"] == "open"


def test_lock(app, house, dataset):
    page = app.post(
        "/de/dataset/data/lock",
        headers=house.second.headers,
        data={"reason": "Name in Spalte 3"},
        follow_redirects=True,
    )
    assert "Die Daten sind gesperrt." in page.text
    assert "/dataset/data/lock" not in page.text
    assert stored("data")["openness"] == "closed"
    (event,) = events("dataset.locked")
    assert event.data["reason"] == "Name in Spalte 3"
    outside = app.get("/de/dataset/data").text
    assert "Name in Spalte 3" not in outside
    assert "Vorläufige Sperre zur Prüfung" in outside


def test_twice(app, house, dataset):
    for _time in range(2):
        page = app.post("/de/dataset/data/lock", headers=house.second.headers, data={})
    assert "waren schon gesperrt" in page.text
    assert len(events("dataset.locked")) == 1
    assert "schon gesperrt" in app.get("/de/dataset/data/lock", headers=house.second.headers).text


def test_what_was_typed_is_kept(app, house, dataset):
    reason = "<b>lang</b>" + "x" * 6000
    answer = app.post(
        "/de/dataset/data/lock", headers=house.second.headers, data={"reason": reason}
    )
    assert "&lt;b&gt;lang&lt;/b&gt;xxx" in answer.text
    assert "<b>lang" not in answer.text
    assert stored("data")["openness"] == "open"


def test_hidden_and_missing_are_the_same(app, house, make, restriction):
    make(
        title="Geheimer Titel",
        **{
            **restriction,
            "personal_data": "none",
            "legal_basis": ["kritis-schutzinformation"],
            "metadata_visibility": "group",
        },
    )
    texts = []
    for name in ("data", "none"):
        page = app.get(f"/dataset/{name}/lock", headers=house.city.manager.headers, status=404)
        assert "Geheimer Titel" not in page.text
        texts.append(BeautifulSoup(page.text, "html.parser").get_text(" ", strip=True))
    assert texts[0] == texts[1]
