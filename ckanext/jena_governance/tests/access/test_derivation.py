"""Which datasets name this one as their open version: only what the reader may know of."""

from __future__ import annotations

from typing import Any

import pytest

from ckan import model

CANARY = "Kanarientitel"


@pytest.fixture
def version(city) -> dict[str, Any]:
    return city.editor(
        "package_create",
        name="grob",
        owner_org=city.department["id"],
        license_id="dl-by-de-2.0",
        resources=[{"url": "https://example.org/grob.csv", "name": "Grob"}],
    ).result


@pytest.fixture
def fine(city, restriction):
    """A restricted dataset with the open version as given."""

    def make(name: str, reference: str, **more: Any) -> dict[str, Any]:
        return city.editor(
            "package_create",
            name=name,
            title=more.pop("title", name.title()),
            owner_org=city.department["id"],
            resources=[],
            **{
                **restriction,
                "derivative_status": "exists",
                "open_derivative": reference,
                **more,
            },
        ).result

    return make


HIDDEN = {
    "personal_data": "none",
    "legal_basis": ["kritis-schutzinformation"],
    "metadata_visibility": "group",
}


def test_by_id_name_and_address(app, version, fine):
    fine("a-fein", version["id"])
    fine("b-fein", "grob")
    fine("c-fein", "http://test.ckan.net/dataset/grob")
    fine("d-fein", "baeume")
    page = app.get("/de/dataset/grob").text
    assert "Offene Fassung von" in page
    for name in ("a-fein", "b-fein"):
        assert f"/dataset/{name}" in page
    assert "d-fein" not in page


def test_only_where_the_version_exists(app, version, fine):
    fine("geplant", "", derivative_status="planned", derivative_note="bis 2027")
    assert "Offene Fassung von" not in app.get("/de/dataset/grob").text


def test_hidden_ones_are_shown_to_those_who_may_know(app, city, version, fine):
    fine("geheim", "grob", title=CANARY, **HIDDEN)
    for headers in ({}, city.manager.headers):
        page = app.get("/de/dataset/grob", headers=headers).text
        assert CANARY not in page
        assert "Offene Fassung von" not in page
    assert CANARY in app.get("/de/dataset/grob", headers=city.editor.headers).text


def test_deleted_ones_are_gone(app, city, version, fine):
    fine("alt", "grob")
    city.editor("package_delete", id="alt").result
    assert "Offene Fassung von" not in app.get("/de/dataset/grob").text


def test_it_is_never_stored(city, version, fine):
    fine("fein", "grob")
    answer = city.editor("package_patch", id="grob", derived_from=["fein"])
    assert "derived_from" not in answer.result
    package = model.Package.get("grob")
    assert package
    assert "derived_from" not in dict(package.extras or {})
