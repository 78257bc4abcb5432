"""Where a second person looks at an opening, and confirms it."""

from __future__ import annotations

import pytest

from ckanext.jena_governance.tests.conftest import stored
from ckanext.jena_governance.tests.logic.house import CLEANED, LINK
from ckanext.jena_governance.tests.views.reading import checked

REASON = "Namen <b>entfernt</b>"


@pytest.fixture
def proposed(house, make, restriction):
    make(title="Personalliste", **restriction)
    house.first("package_patch", id="data", opening_reason=REASON, **CLEANED).result


def test_the_second_person_reads_all_they_need(app, house, proposed):
    text = app.get("/de/dataset/data/opening", headers=house.second.headers).text
    page = checked(text)
    said = page.select_one("[role=main]").get_text(" ", strip=True)
    for part in (
        "Was hat sich geändert?",
        REASON,
        house.users["first"]["display_name"],
        "Auf Anfrage",
        "Offen",
        "Personenbezogene Daten",
        "Bevor Sie bestätigen",
    ):
        assert part in said, part
    assert "<b>entfernt" not in text
    assert LINK not in text


def test_confirming(app, house, proposed):
    page = checked(app.get("/de/dataset/data/opening", headers=house.second.headers).text)
    number = page.select_one("input[name=proposal]")["value"]
    answer = app.post(
        "/de/dataset/data/opening", headers=house.second.headers, data={"proposal": number}
    )
    assert "Bestätigt. Es gilt ab sofort." in answer.text or answer.status_code == 200
    assert stored("data")["openness"] == "open"
    again = checked(app.get("/de/dataset/data/opening", headers=house.second.headers).text)
    assert not again.select("[role=main] form")


def test_the_first_person_cannot(app, house, proposed):
    page = checked(app.get("/de/dataset/data/opening", headers=house.first.headers).text)
    assert "Das haben Sie vorgeschlagen" in page.get_text()
    assert not page.select("[role=main] form")


def test_administering_is_not_enough(app, house, proposed):
    answer = app.get("/de/dataset/data/opening", headers=house.city.sysadmin.headers)
    assert answer.status_code == 403 or not checked(answer.text).select("[role=main] form")


@pytest.mark.parametrize("who", ["member", "manager", "nobody"])
def test_nobody_else_reads_it(app, house, proposed, who):
    api = getattr(house, who, None) or getattr(house.city, who)
    answer = app.get("/de/dataset/data/opening", headers=api.headers, follow_redirects=False)
    assert answer.status_code in (302, 403)
    assert "entfernt" not in answer.text


def test_the_dataset_page_tells_those_in_charge(app, house, proposed):
    for api, expected in ((house.second, True), (house.city.nobody, False)):
        text = app.get("/de/dataset/data", headers=api.headers).text
        assert ("/dataset/data/opening" in text) == expected
        assert "entfernt" not in text
