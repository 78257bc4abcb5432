"""CKAN's pages of a dataset and a resource: badge, panel, states, terms in words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from ckanext.jena_governance.tests.views.reading import checked

LINK = "https://intern.example/kanarie.csv"
EU = "http://publications.europa.eu/resource/authority/"
THIRD = {
    "license_id": "other-closed",
    "legal_basis": ["urhg-werke-dritter"],
    "permission": [{"id": "lizenz-oder-vertrag", "reference": "Vertrag 7"}],
    "restriction_reason": "Die Bilder gehören einer Agentur.",
    "data_steward": "Kulturamt",
    "data_steward_email": "daten@kultur.example",
    "ends_when": "Ende des Vertrags",
}


@pytest.fixture
def make(city):
    def run(**fields: Any) -> dict[str, Any]:
        data = {
            "name": "data",
            "title": "Daten",
            "owner_org": city.department["id"],
            "resources": [{"url": LINK, "name": "Liste"}],
            **fields,
        }
        return city.editor("package_create", **data).result

    return run


def panel(app, path: str = "", headers: Any = None, language: str = "de") -> BeautifulSoup:
    text = app.get(f"/{language}/dataset/data{path}", headers=headers or {}).text
    found = BeautifulSoup(text, "html.parser").select("section.governance-access")
    assert len(found) == 1
    return found[0]


def facts(section: BeautifulSoup) -> dict[str, str]:
    names = [one.get_text(" ", strip=True) for one in section.select("dt")]
    values = [one.get_text(" ", strip=True) for one in section.select("dd")]
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("language", ["de", "en"])
def test_in_order(app, make, restriction, language):
    made = make(**restriction)
    for path in ("", "/access", f"/resource/{made['resources'][0]['id']}"):
        page = app.get(f"/{language}/dataset/data{path}").text
        assert LINK not in page
        if path == "/access":
            checked(page)


def test_first_what_one_can_do_then_why(app, make, restriction):
    make(
        **restriction,
        derivative_status="exists",
        open_derivative="https://example.org/zusammengefasst",
        stricter_reason="Sehr kleine Gruppen.",
    )
    section = panel(app)
    text = section.get_text(" ", strip=True)
    order = ("Sie haben noch keinen Zugang.", "Das können Sie tun", "offene, zusammengefasste Fassung",
             "Thüringer Transparenzgesetz", "Warum nicht offen?", "Begründung")  # fmt: skip
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    told = facts(section)
    assert told["Begründung"] == restriction["restriction_reason"]
    assert "Art. 5, 6 DSGVO" in told["Rechtsgrund"]
    assert "Die Fundstelle wird noch rechtlich geprüft." in told["Rechtsgrund"]
    assert told["Zuständige Stelle"] == "Fachdienst Umweltschutz"
    assert restriction["data_steward_email"] in told["Ansprechstelle"]
    assert told["Nächste Prüfung"]
    assert told["Offene Fassung"] == "https://example.org/zusammengefasst"
    links = [one["href"] for one in section.select("a")]
    for address in (
        "http://data.europa.eu/eli/reg/2016/679/oj",
        "/de/governance/legal-bases#dsgvo-personenbezug",
        "https://example.org/zusammengefasst",
        f"mailto:{restriction['data_steward_email']}",
    ):
        assert address in links, address


def test_nothing_is_said_twice(app, make, restriction):
    make(**restriction)
    text = app.get("/de/dataset/data").text
    assert text.count(restriction["restriction_reason"]) == 1


@pytest.mark.parametrize(
    ("status", "said"), [("planned", "Geplant: Ende 2027"), ("none", "Es gibt keine: Ende 2027")]
)
def test_no_open_version_yet(app, make, restriction, status, said):
    make(**restriction, derivative_status=status, derivative_note="Ende 2027")
    assert facts(panel(app))["Offene Fassung"] == said


def test_announced_with_a_date(app, make):
    day = (date.today() + timedelta(days=40)).isoformat()
    make(license_id="dl-by-de-2.0", resources=[], publish_by=day)
    section = panel(app)
    year, month, of_month = day.split("-")
    assert f"Geplant: {of_month}.{month}.{year}." in section.get_text()
    assert section.select_one(".governance-badge").get_text(strip=True) == "Angekündigt"


def test_viewable(app, make):
    make(**THIRD, review_date=(date.today() + timedelta(days=100)).isoformat())
    section = panel(app)
    text = section.get_text(" ", strip=True)
    assert "Alle dürfen die Daten ansehen." in text
    assert "Diese Daten sind offen." not in text
    assert "Warum ist die Nutzung eingeschränkt?" in text
    assert "§§ 2, 4, 72 UrhG" in text
    badge = section.select_one(".governance-badge").get_text(strip=True)
    assert badge == "Frei einsehbar, Nutzung eingeschränkt"


def test_an_editor_reads_who_else_gets_them(app, city, make, restriction):
    make(**restriction)
    section = panel(app, headers=city.editor.headers)
    assert "weil Sie diesen Datensatz bearbeiten" in section.get_text()
    assert "Nur benannte Personen" in facts(section)["Offenheit"]


def test_the_page_of_a_file(app, make, restriction):
    made = make(**restriction)
    path = f"/resource/{made['resources'][0]['id']}"
    section = panel(app, path)
    assert "Das können Sie tun" in section.get_text()
    assert facts(section)["Nächste Prüfung"]


def test_eu_terms_are_words(app, make):
    make(
        license_id="dl-by-de-2.0",
        theme=[EU + "data-theme/ENVI", EU + "data-theme/REGI"],
        language=[EU + "language/DEU"],
        frequency=EU + "frequency/ANNUAL",
        applicable_legislation=["http://data.europa.eu/eli/reg_impl/2023/138/oj"],
        conforms_to=["https://example.org/norm"],
    )
    for language, words in {
        "de": ("Umwelt, Regionen und Städte", "Deutsch", "jährlich", "(hochwertige Datensätze)"),
        "en": ("Environment, Regions and cities", "German", "annual", "(high-value datasets)"),
    }.items():
        page = BeautifulSoup(app.get(f"/{language}/dataset/data").text, "html.parser")
        table = page.select_one("section.additional-info")
        said = " ".join(table.get_text(" ", strip=True).split())
        for word in words:
            assert word in said, word
        assert "publications.europa.eu" not in said
        assert table.select_one('a[href="https://example.org/norm"]')


def test_markup_in_every_text(app, city, make, restriction):
    evil = "<script>alert(7)</script>"
    fields = (
        "title",
        "notes",
        "restriction_reason",
        "stricter_reason",
        "data_steward",
        "ends_when",
    )
    make(
        **{**restriction, **dict.fromkeys(fields, evil)},
        derivative_status="none",
        derivative_note=evil,
        frequency=evil,
        theme=["javascript:alert(7)", evil],
        resources=[{"url": LINK, "name": evil, "description": evil}],
    )
    for path in (
        "/de/dataset/data",
        "/de/dataset/data/access",
        "/de/dataset/data/lock",
        "/de/dataset/",
    ):
        text = app.get(path, headers=city.editor.headers).text
        assert evil not in text, path
        assert 'href="javascript' not in text, path


def test_long_and_right_to_left(app, make):
    make(title="ל" * 10_000, license_id="dl-by-de-2.0")
    for path in ("/de/dataset/data", "/de/dataset/", "/de/dataset/data/access"):
        assert app.get(path).status_code == 200
