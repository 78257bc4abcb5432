"""The page on access, and the panel on CKAN's own pages."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.jena_governance.tests.conftest import City

CANARY = "canary-51be"


@pytest.fixture
def dataset(city: City, restriction: dict[str, Any]) -> dict[str, Any]:
    return city.editor(
        "package_create",
        name="personalliste",
        title="Personalliste",
        owner_org=city.department["id"],
        resources=[{"url": f"https://intern.example/{CANARY}.csv", "name": "Liste"}],
        **restriction,
    ).result


@pytest.mark.parametrize("path", ["", "/access", "/resource/{resource}"])
def test_pages_say_what_to_do(app, dataset, path):
    address = "/de/dataset/personalliste" + path.format(resource=dataset["resources"][0]["id"])
    page = app.get(address)
    assert page.status_code == 200
    assert "Sie haben noch keinen Zugang." in page.text
    assert page.text.index("Anmelden, wenn Sie zu") < page.text.index("Warum nicht offen?")
    assert 'href="http://data.europa.eu/eli/reg/2016/679/oj"' in page.text
    assert CANARY not in page.text


def test_signing_in_leads_back_to_the_page(app, dataset):
    page = app.get("/dataset/personalliste")
    assert 'href="/user/login?came_from=/dataset/personalliste"' in page.text.replace("%2F", "/")


def test_open_data(app, city):
    city.editor(
        "package_create",
        name="baeume",
        owner_org=city.department["id"],
        license_id="dl-by-de-2.0",
        resources=[{"url": "https://example.org/baeume.csv", "name": "Bäume"}],
    )
    for path in ("", "/access"):
        page = app.get(f"/de/dataset/baeume{path}")
        assert "Diese Daten sind offen. Lizenz: Datenlizenz Deutschland" in page.text
        assert "Warum nicht offen?" not in page.text


def test_announced_data_have_a_panel_too(app, city):
    city.editor("package_create", name="geplant", owner_org=city.department["id"])
    text = app.get("/de/dataset/geplant").text
    assert "Die Daten gibt es, sie sind noch nicht bereitgestellt." in text
    assert "Diese Daten sind offen." not in text


def test_markup_in_texts_is_shown_as_text(app, city, restriction):
    city.editor(
        "package_create",
        name="boese",
        owner_org=city.department["id"],
        resources=[{"url": "https://intern.example/x.csv", "name": "<script>alert(1)</script>"}],
        **{**restriction, "restriction_reason": "<script>alert(2)</script>"},
    )
    for path in ("", "/access"):
        page = app.get(f"/dataset/boese{path}")
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(2)" in page.text


def test_hidden_and_missing_are_the_same(app, city, restriction):
    city.editor(
        "package_create",
        name="geheim",
        title="Geheimer Titel",
        owner_org=city.department["id"],
        resources=[],
        **{
            **restriction,
            "personal_data": "none",
            "legal_basis": ["kritis-schutzinformation"],
            "metadata_visibility": "group",
        },
    )
    for name in ("geheim", "gibt-es-nicht"):
        page = app.get(f"/dataset/{name}/access", status=404)
        assert "Geheimer Titel" not in page.text


def test_open_version_that_is_hidden_is_not_named(app, city, restriction):
    hidden = {
        **restriction,
        "personal_data": "none",
        "legal_basis": ["kritis-schutzinformation"],
    }
    city.editor(
        "package_create",
        name="grobfassung",
        title="Geheimer Titel",
        owner_org=city.department["id"],
        resources=[],
        **{**hidden, "metadata_visibility": "group"},
    )
    city.editor(
        "package_create",
        name="leitungen",
        owner_org=city.department["id"],
        resources=[{"url": "https://intern.example/x.csv", "name": "Leitungen"}],
        **{**hidden, "derivative_status": "exists", "open_derivative": "grobfassung"},
    )
    told = city.nobody("governance_access_explain", id="leitungen").result
    assert "remedy_open_version" not in [one["code"] for one in told["remedies"]]
    assert "Geheimer Titel" not in app.get("/dataset/leitungen/access").text

    city.editor("package_patch", id="grobfassung", metadata_visibility="public")
    told = city.nobody("governance_access_explain", id="leitungen").result
    [version] = [one for one in told["remedies"] if one["code"] == "remedy_open_version"]
    assert version["text"].endswith("Geheimer Titel")
    assert version["url"] == "/dataset/grobfassung"
