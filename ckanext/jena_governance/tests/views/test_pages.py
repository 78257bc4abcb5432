"""Pages that everybody may read: legal bases, entities, rules; and the tasks of those in charge."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ckan.tests.helpers import call_action

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.tests.logic.house import CLEANED
from ckanext.jena_governance.tests.views.reading import checked

CANARY = "kanarientitel"
PAGES = ("legal-bases", "entities", "rules")


@pytest.fixture
def hidden(city, restriction) -> dict[str, Any]:
    """A dataset whose very existence is protected."""
    return city.editor(
        "package_create",
        name="geheim",
        title=CANARY,
        owner_org=city.department["id"],
        resources=[{"url": f"https://intern.example/{CANARY}.csv", "name": "Ort"}],
        **{
            **restriction,
            "personal_data": "none",
            "legal_basis": ["kritis-schutzinformation"],
            "metadata_visibility": "group",
            "review_date": (date.today() + timedelta(days=5)).isoformat(),
        },
    ).result


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_in_order(app, city, name, language):
    page = checked(app.get(f"/{language}/governance/{name}").text)
    assert " - " in page.title.get_text()
    assert page.html["lang"].startswith(language)


def test_legal_bases_can_be_linked_to(app, city):
    page = checked(app.get("/de/governance/legal-bases").text)
    for id_, basis in vocabulary.current().bases.items():
        entry = page.select_one(f'article[id="{id_}"]')
        assert entry, id_
        said = entry.get_text(" ", strip=True)
        assert basis.label_de in said
        assert vocabulary.current().explanations[id_].de in said
        assert ("Die Fundstelle wird noch rechtlich geprüft." in said) == basis.verify


@pytest.mark.parametrize(
    ("query", "there", "missing"),
    [
        ("q=steuer", "ao-steuergeheimnis", "urhg-werke-dritter"),
        ("q=%C2%A7+30+AO", "ao-steuergeheimnis", "sgb-sozialgeheimnis"),
        ("q=STEUERAMT", "ao-steuergeheimnis", "urhg-werke-dritter"),
        ("card=thirdparty", "urhg-werke-dritter", "ao-steuergeheimnis"),
        ("entity_class=subsidiary", "bdsg-beschaeftigte", "beamtstg-personalakte"),
    ],
)
def test_search(app, city, query, there, missing):
    page = checked(app.get(f"/de/governance/legal-bases?{query}").text)
    assert page.select_one(f'article[id="{there}"]')
    assert not page.select_one(f'article[id="{missing}"]')


@pytest.mark.parametrize(
    "query",
    ["gibtesnicht", "<script>alert(1)</script>", "%00", "x" * 5000, "%E2%80%AE", "'\"--"],
)
def test_search_with_anything(app, city, query):
    page = app.get(f"/de/governance/legal-bases?q={query}&card=<b>&entity_class=%27")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "Nichts passt." in page.text


def test_datasets_are_counted_for_those_who_may_find_them(app, city, hidden):
    number = "kritis-schutzinformation"
    for headers, expected in (
        ({}, False),
        (city.manager.headers, False),
        (city.editor.headers, True),
    ):
        for path in ("legal-bases", "entities"):
            text = app.get(f"/de/governance/{path}", headers=headers).text
            assert CANARY not in text
            link = f"vocab_legal_basis={number}" if path == "legal-bases" else "owning_entity="
            assert (link in text) == expected, (path, expected)


def test_entities(app, city):
    call_action(
        "governance_entity_update",
        organization_id=city.company["id"],
        bound_by="Gesellschafterbeschluss <4/2026>",
        bound_since="2026-03-01",
        publishes_for=[city.department["id"]],
        walled=True,
    )
    page = checked(app.get("/de/governance/entities").text)
    row = page.select_one(f'tr[id="{city.company["name"]}"]')
    said = row.get_text(" ", strip=True)
    for part in (
        "Stadtwerke GmbH",
        "nein, abgeschottet",
        "Gesellschafterbeschluss <4/2026>",
        "seit 1. März 2026",
        "Veröffentlicht für: Fachdienst Umweltschutz",
    ):
        assert part in said, part


def test_notes_and_mailboxes_of_entities_are_not_shown(app, city):
    call_action(
        "governance_entity_update",
        organization_id=city.company["id"],
        note="Nur intern",
        data_steward_email="daten@stadtwerke.example",
    )
    text = app.get("/de/governance/entities").text
    assert "Nur intern" not in text
    assert "daten@stadtwerke.example" not in text


def test_rules_come_from_the_tables(app, city):
    words = vocabulary.current()
    page = checked(app.get("/de/governance/rules").text)
    for rule in words.rules.values():
        assert rule.text_de in page.select_one(f'[id="{rule.id}"]').get_text(" ", strip=True)
    for rule in words.access_rules.values():
        assert page.select_one(f'[id="access-{rule.id}"]')
    for rule in words.sharing.rules:
        assert rule.label_de in page.select_one(f'[id="sharing-{rule.id}"]').get_text()
    text = page.get_text()
    assert words.sharing.decision in text
    assert "{date}" not in text


class TestReviews:
    def test_signing_in_first(self, app, city):
        answer = app.get("/de/governance/reviews", follow_redirects=False)
        assert answer.status_code == 302
        assert "/user/login" in answer.headers["Location"]
        assert "governance/reviews" in answer.headers["Location"].replace("%2F", "/")

    def test_empty(self, app, city):
        page = checked(app.get("/de/governance/reviews", headers=city.editor.headers).text)
        assert page.get_text().count("Nichts zu tun.") == 3

    def test_those_without_a_charge_read_why(self, app, house):
        page = app.get("/de/governance/reviews", headers=house.member.headers)
        assert "Sie betreuen keine Daten" in page.text
        assert page.headers["Cache-Control"].startswith("private")

    def test_all_three(self, app, house, make, restriction, plain):
        make(**restriction)
        house.first("package_patch", id="data", opening_reason="Bereinigt", **CLEANED).result
        make(name="gesperrt", title="Gesperrtes", license_id="dl-by-de-2.0")
        house.first("governance_lock", id="gesperrt").result
        soon = (date.today() + timedelta(days=3)).isoformat()
        make(**{**plain, "name": "bald", "title": "Baldiges", "review_date": soon})
        page = checked(app.get("/de/governance/reviews", headers=house.second.headers).text)
        links = [one["href"] for one in page.select("[role=main] a")]
        for path in (
            "/de/dataset/data/opening",
            "/de/dataset/edit/gesperrt",
            "/de/dataset/edit/bald",
        ):
            assert path in links, path
        assert "Bereinigt" in page.get_text()
        text = app.get("/de/governance/reviews", headers=house.city.manager.headers).text
        for word in ("Bereinigt", "Gesperrtes", "Baldiges"):
            assert word not in text

    def test_hidden_data_wait_only_for_their_own(self, app, city, hidden):
        assert CANARY in app.get("/de/governance/reviews", headers=city.editor.headers).text
        assert CANARY not in app.get("/de/governance/reviews", headers=city.manager.headers).text

    def test_the_menu_leads_there(self, app, house):
        for api, expected in (
            (house.second, True),
            (house.member, False),
            (house.city.nobody, False),
        ):
            text = app.get("/de/about", headers=api.headers).text
            assert ("/governance/reviews" in text) == expected

    def test_the_footer_leads_everybody_to_the_rules(self, app, city):
        text = app.get("/de/about").text
        for name in PAGES:
            assert f"/de/governance/{name}" in text
