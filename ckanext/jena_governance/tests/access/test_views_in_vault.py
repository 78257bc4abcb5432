"""Addresses in view configurations go to the vault with the resource, and come back with it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.tests.conftest import City
from ckanext.jena_governance.tests.logic.house import OPEN, PLANTS

ADDRESSES = ["https://intern.example/canary-one", "https://intern.example/canary-two"]


@pytest.fixture
def viewed(city: City) -> list[str]:
    """An open resource with two views, each with an address; the ids of the views."""
    dataset = city.editor(
        "package_create",
        name="kataster",
        title="Kataster",
        owner_org=city.department["id"],
        license_id="dl-by-de-2.0",
        resources=[{"url": "https://offen.example/kataster.csv", "name": "K", "format": "CSV"}],
    ).result
    resource = dataset["resources"][0]["id"]
    made = [
        city.editor(
            "resource_view_create",
            resource_id=resource,
            view_type="datatables_view",
            title="Tabelle",
            show_fields=[address],
        ).result["id"]
        for address in ADDRESSES
    ]
    model.Session.remove()
    return made


@pytest.fixture
def restriction(restriction: dict[str, Any]) -> dict[str, Any]:
    """One that a single person may lift."""
    return {**restriction, "legal_basis": [PLANTS], "personal_data": "none"}


def configurations() -> str:
    with model.meta.engine.connect() as connection:
        return str(
            [tuple(row) for row in connection.execute(sa.text("select config from resource_view"))]
        )


def shown(city: City, views: list[str]) -> list[Any]:
    return [city.editor("resource_view_show", id=view).result.get("show_fields") for view in views]


def test_the_stream_forgets_what_it_noted_while_open(
    city: City, viewed: list[str], restriction: dict[str, Any]
) -> None:
    before = str(city.nobody("package_activity_list", id="kataster").body)
    assert "canary-one" in before
    city.editor("package_patch", id="kataster", **restriction)
    after = city.nobody("package_activity_list", id="kataster").result
    told = [one["data"] for one in after if one["activity_type"] == "new resource view"]
    assert [one["title"] for one in told if one["id"] in viewed] == ["datatables_view"] * 2
    assert "canary" not in str(after)
    assert "Tabelle" not in str(told)


def test_closing_hides_all_and_opening_restores_them(
    city: City, viewed: list[str], restriction: dict[str, Any]
) -> None:
    before = shown(city, viewed)
    closed = city.editor("package_patch", id="kataster", **restriction)
    assert closed.status == 200, closed.body
    assert "canary" not in configurations()
    assert shown(city, viewed) == before == [[address] for address in ADDRESSES]
    opened = city.editor("package_patch", id="kataster", opening_reason="Grund entfallen", **OPEN)
    assert opened.status == 200, opened.body
    assert shown(city, viewed) == before


def test_an_emptied_link_leaves_the_views_alone(
    city: City, viewed: list[str], restriction: dict[str, Any]
) -> None:
    city.editor("package_patch", id="kataster", **restriction)
    resource = city.editor("package_show", id="kataster").result["resources"][0]["id"]
    for _ in range(2):
        emptied = city.editor("resource_patch", id=resource, url="")
        assert emptied.status == 200, emptied.body
        assert shown(city, viewed) == [[address] for address in ADDRESSES]
    assert "canary" not in configurations()
