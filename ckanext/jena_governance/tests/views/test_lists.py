"""CKAN's lists, home and organizations: badges, filters, and nothing of what is hidden."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.views.reading import checked

CANARY = "kanarientitel"


@pytest.fixture
def datasets(city, restriction) -> None:
    department = city.department["id"]
    link = {"url": "https://example.org/a.csv", "name": "A"}
    secret = {"url": "https://intern.example/b.csv", "name": "B"}
    restricted = {
        **restriction,
        "personal_data": "none",
        "legal_basis": ["kritis-schutzinformation"],
    }
    for name, fields in {
        "offen": {"license_id": "dl-by-de-2.0", "resources": [link]},
        "angekuendigt": {"license_id": "dl-by-de-2.0", "resources": []},
        "anfrage": {**restricted, "resources": [secret]},
        "geheim": {
            **restricted, "resources": [secret], "title": CANARY, "metadata_visibility": "group",
        },
        "teils": {
            "license_id": "dl-by-de-2.0",
            **{key: restriction[key] for key in ("data_steward", "data_steward_email", "review_date")},
            "resources": [
                link,
                {
                    **secret,
                    "openness": "request",
                    "legal_basis": ["kritis-schutzinformation"],
                    "restriction_reason": "Schutz der Anlage",
                },
            ],
        },
    }.items():  # fmt: skip
        city.editor(
            "package_create", **{"name": name, "title": name, "owner_org": department, **fields}
        ).result


def badges(page: BeautifulSoup) -> dict[str, str]:
    return {
        item.select_one("a")["href"].rsplit("/", 1)[1]: item.select_one(
            ".governance-badge:last-of-type"
        ).get_text(strip=True)
        for item in page.select(".dataset-item")
    }


def filters(page: BeautifulSoup) -> dict[str, dict[str, int]]:
    found = {}
    for section in page.select("section.module-narrow"):
        heading = section.select_one("h2.module-heading")
        if heading:
            found[heading.get_text(strip=True)] = {
                one.select_one(".item-label").get_text(strip=True): int(
                    one.select_one(".item-count").get_text(strip=True)
                )
                for one in section.select(".nav-facet .nav-item")
            }
    return found


def test_badges(app, city, datasets):
    page = checked_list(app.get("/de/dataset/").text)
    assert badges(page) == {
        "offen": "Offen",
        "angekuendigt": "Angekündigt",
        "anfrage": "Auf Anfrage",
        "teils": "Teilweise offen",
    }


def checked_list(html: str) -> BeautifulSoup:
    assert CANARY not in html
    return BeautifulSoup(html, "html.parser")


def test_filters_have_names_and_count_what_is_found(app, city, datasets):
    found = filters(checked_list(app.get("/de/dataset/").text))
    assert found["Offenheit"] == {"Offen": 2, "Angekündigt": 1, "Auf Anfrage": 1}
    name = "Vertrauliche Informationen über den Schutz kritischer Infrastrukturen"
    assert found["Rechtsgrund"] == {name: 1}
    assert found["Zuständige Stelle"] == {"Fachdienst Umweltschutz": 4}
    assert found["Art der Stelle"] == {"Stadtverwaltung": 4}
    assert list(found)[:4] == ["Offenheit", "Rechtsgrund", "Zuständige Stelle", "Art der Stelle"]

    page = BeautifulSoup(app.get("/de/dataset/", headers=city.editor.headers).text, "html.parser")
    assert filters(page)["Offenheit"]["Auf Anfrage"] == 2


def test_names_follow_the_language(app, datasets):
    found = filters(checked_list(app.get("/en/dataset/").text))
    assert found["Openness"] == {"Open": 2, "Announced": 1, "On request": 1}


def test_filtering(app, city, datasets):
    page = checked_list(app.get("/de/dataset/?openness_effective=request").text)
    assert set(badges(page)) == {"anfrage"}
    assert "Auf Anfrage" in page.select_one(".filter-list").get_text()
    page = checked_list(app.get(f"/de/dataset/?owning_entity={city.department['id']}").text)
    assert "Fachdienst Umweltschutz" in page.select_one(".filter-list").get_text()
    page = checked_list(app.get("/de/dataset/?vocab_legal_basis=gibt-es-nicht<b>").text)
    assert badges(page) == {}


@pytest.mark.parametrize(
    "path",
    [
        "/de/",
        "/de/dataset/",
        "/de/organization/",
        "/de/organization/{org}",
        "/de/organization/about/{org}",
    ],
)
def test_nothing_of_what_is_hidden(app, city, datasets, path):
    address = path.format(org=city.department["name"])
    for api in (city.nobody, city.manager):
        text = app.get(address, headers=api.headers).text
        assert CANARY not in text
        assert "intern.example" not in text


def test_home_promises_and_counts(app, city, datasets):
    page = BeautifulSoup(app.get("/de/").text, "html.parser")
    section = page.select_one("section.governance-promise")
    assert section.h1.get_text() == "Offen, wenn kein Gesetz etwas anderes verlangt"
    told = [re.sub(r"\s+", " ", one.get_text(" ", strip=True)) for one in section.select("li")]
    assert [one.split(" (")[0] for one in told] == ["2 Offen", "1 Angekündigt", "1 Auf Anfrage"]
    for link in section.select("li a"):
        assert app.get(link["href"]).status_code == 200


def test_home_without_datasets(app, city):
    assert "Offen, wenn kein Gesetz" in app.get("/de/").text


@pytest.mark.ckan_config("ckan.site_intro_text", "# Willkommen in Jena")
def test_an_own_introduction_comes_first(app, city):
    text = app.get("/de/").text
    assert text.index("Willkommen in Jena") < text.index("Offen, wenn kein Gesetz")


def test_organizations_say_what_they_are(app, city):
    call_action(
        "governance_entity_update",
        organization_id=city.company["id"],
        bound_by="Gesellschafterbeschluss 4/2026",
        bound_since="2026-03-01",
    )
    call_action(
        "member_create",
        id=city.company["id"],
        object=city.department["id"],
        object_type="group",
        capacity="parent",
    )
    text = checked(app.get(f"/de/organization/{city.company['name']}").text).get_text(" ")
    for part in ("Städtische Gesellschaft", "Gesellschafterbeschluss 4/2026", "seit 1. März 2026"):
        assert part in text, part


def test_an_unregistered_organization_is_outside(app, city):
    other = factories.Organization(name="verein", title="Verein")
    text = app.get(f"/de/organization/{other['name']}").text
    assert "Außerhalb des Stadtverbunds" in text


def test_lists_ask_no_more_for_more_datasets(app, city):
    """No query for each hit."""
    counts = []
    for number in range(8):
        city.editor(
            "package_create",
            name=f"baum-{number}",
            owner_org=city.department["id"],
            license_id="dl-by-de-2.0",
            resources=[{"url": "https://example.org/a.csv"}],
        ).result
        if number in (1, 7):
            app.get("/de/dataset/")
            counts.append(_queries(app))
    assert counts[0] == counts[1]


def _queries(app) -> int:
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    sa.event.listen(model.meta.engine, "before_cursor_execute", note)
    try:
        app.get("/de/dataset/")
    finally:
        sa.event.remove(model.meta.engine, "before_cursor_execute", note)
    return len(seen)


def test_plain_dataset_types_have_no_badge(app, city):
    """Where the rules do not apply nothing is said about openness."""
    from ckanext.jena_governance import helpers

    assert helpers.governance_badge({"type": "other", "openness": "open"}) is None
