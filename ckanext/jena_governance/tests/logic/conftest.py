from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.conftest import Api, City
from ckanext.jena_governance.tests.logic.house import LINK, PLANTS, House


@pytest.fixture
def house(app: Any, city: City) -> House:
    users = {name: factories.User() for name in ("first", "second", "member")}
    for name, user in users.items():
        role = "member" if name == "member" else "editor"
        call_action(
            "organization_member_create",
            id=city.department["id"],
            username=user["name"],
            role=role,
        )
    return House(city=city, users=users, **{name: Api(app, user) for name, user in users.items()})


@pytest.fixture
def plain() -> dict[str, Any]:
    """A lawful restriction that takes no second person to lift."""
    return {
        "openness": "request",
        "legal_basis": [PLANTS],
        "restriction_reason": "Fundorte geschützter Arten.",
        "data_steward": "Fachdienst Umweltschutz, Team Daten",
        "data_steward_email": "daten@umwelt.example",
        "review_date": (date.today() + timedelta(days=100)).isoformat(),
        "license_id": "other-closed",
        "stricter_reason": "Sehr wenige Fundorte.",
    }


@pytest.fixture
def make(house: House) -> Callable[..., dict[str, Any]]:
    def run(**fields: Any) -> dict[str, Any]:
        data = {
            "name": "data",
            "owner_org": house.city.department["id"],
            "resources": [{"url": LINK, "name": "Liste", "format": "CSV"}],
            **fields,
        }
        return house.city.editor("package_create", **data).result

    return run
