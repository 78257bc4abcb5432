"""What a write may say of locations, before CKAN sees it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.logic.enforcement import report_mode
from ckanext.jena_governance.logic.locations import findings_of
from ckanext.jena_governance.model import GovernanceResourceLocation
from ckanext.jena_governance.tests.conftest import City, stored

LINK = "https://fachverfahren.example/canary/daten.csv"


@pytest.fixture
def dataset(city: City, restriction: dict[str, Any]) -> dict[str, Any]:
    """A restricted dataset with a link."""
    return city.editor(
        "package_create",
        name="daten",
        title="Daten",
        owner_org=city.department["id"],
        resources=[{"url": LINK, "name": "Link", "access_url": LINK + "?dienst"}],
        **restriction,
    ).result


def row_of(resource: dict[str, Any]) -> GovernanceResourceLocation:
    model.Session.remove()
    table = GovernanceResourceLocation
    return model.Session.scalars(sa.select(table).where(table.resource_id == resource["id"])).one()


def test_the_gateway_of_another_resource_is_no_location(
    city: City, dataset: dict[str, Any]
) -> None:
    gateway = dataset["resources"][0]["url"]
    for url in (gateway, gateway.replace("http://test.ckan.net", "https://neu.example/de")):
        errors = city.manager(
            "package_create",
            name="fremd",
            title="Fremd",
            owner_org=city.company["id"],
            license_id="dl-by-de-2.0",
            resources=[{"url": "https://x.example/a.csv"}, {"url": url}],
        ).errors
        assert errors["resources"][0] == {}
        assert "access address of another file" in errors["resources"][1]["url"][0]


def test_its_own_gateway_under_any_host_changes_nothing(
    city: City, dataset: dict[str, Any]
) -> None:
    resource = dataset["resources"][0]
    moved = resource["url"].replace("http://test.ckan.net", "https://neu.example/de")
    city.editor("resource_patch", id=resource["id"], url=moved).result
    assert stored("daten")["resources"][0]["url"] == resource["url"]
    assert row_of(resource).url == LINK


@pytest.mark.parametrize(
    "text", [LINK, "http://FACHVERFAHREN.example/canary/daten.csv", f"Siehe <a href='{LINK}#1'>"]
)
def test_a_public_text_may_not_hold_the_location(
    city: City, dataset: dict[str, Any], text: str
) -> None:
    errors = city.editor("package_patch", id="daten", notes=text).errors
    assert "address of data that are not open" in errors["notes"][0]
    assert "canary" not in str(errors)
    resources = [dataset["resources"][0], {"url": "https://x.example", "description": text}]
    errors = city.editor("package_patch", id="daten", resources=resources).errors
    assert "description" in errors["resources"][1]
    with report_mode():
        assert city.editor("package_patch", id="daten", title="Anders").status == 200


def test_a_host_alone_is_found_only_as_such() -> None:
    restricted = {"openness": "closed", "legal_basis": ["vgv-vertraulichkeit"]}
    resources = [{"url": "https://dienst.example/"}]
    for notes, is_found in (
        ("https://dienst.example", True),
        ("dienst.example.", True),
        ("https://dienst.example/kontakt", False),
        ("meindienst.example", False),
    ):
        found = findings_of(None, {**restricted, "notes": notes, "resources": resources})
        assert bool(found) is is_found, notes


def test_what_a_text_said_before_does_not_stop_other_edits(
    city: City, dataset: dict[str, Any]
) -> None:
    package = model.Session.get(model.Package, dataset["id"])
    package.notes = LINK
    model.Session.commit()
    city.editor("package_patch", id="daten", title="Neuer Titel").result
    assert stored("daten")["title"] == "Neuer Titel"


def test_an_editor_in_charge_empties_hidden_fields(city: City, dataset: dict[str, Any]) -> None:
    resource = dataset["resources"][0]
    assert row_of(resource).fields == {"access_url": LINK + "?dienst"}
    city.editor("resource_patch", id=resource["id"], access_url="").result
    assert row_of(resource).fields == {}
    assert row_of(resource).url == LINK
