"""A department that owns data, a company whose people ask for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance import config
from ckanext.jena_governance.model import (
    GovernanceAccessRequest,
    GovernanceEvent,
)
from ckanext.jena_governance.tests.conftest import Answer, Api, City

LINK = "https://secret.example/canary-7.csv"
PLANTS = "artenschutz-fundorte"
PERSONS = "dsgvo-personenbezug"
CONTRACT = "vertragliche-bindung"
TODAY = date.today()
UNTIL = (TODAY + timedelta(days=90)).isoformat()

PLAIN = {
    "openness": "request",
    "legal_basis": [PLANTS],
    "restriction_reason": "Fundorte geschützter Arten.",
    "data_steward": "Fachdienst Umweltschutz, Team Daten",
    "data_steward_email": "daten@umwelt.example",
    "review_date": (TODAY + timedelta(days=100)).isoformat(),
    "license_id": "other-closed",
    "stricter_reason": "Sehr wenige Fundorte.",
}
BOUND = {
    **PLAIN,
    "legal_basis": [CONTRACT],
    "stricter_reason": "",
    "ends_when": "Ende des Vertrags",
}
PERSONAL = {
    **PLAIN,
    "legal_basis": [PERSONS],
    "stricter_reason": "",
    "personal_data": "personal",
    "restriction_reason": "Die Tabelle enthält Angaben zu einzelnen Personen.",
}


@dataclass
class Desk:
    """A department that owns data, a company whose people ask, and ways to do so."""

    app: Any
    city: City
    asker: Api
    colleague: Api
    second: Api

    def dataset(self, name: str = "data", **fields: Any) -> dict[str, Any]:
        data = {
            "name": name,
            "title": "Fundorte",
            "owner_org": self.city.department["id"],
            "resources": [{"url": LINK, "name": "Liste", "format": "CSV"}],
            **PLAIN,
            **fields,
        }
        return self.city.editor("package_create", **data).result

    def ask(self, dataset: str = "data", **fields: Any) -> Answer:
        wish = {
            "dataset_id": dataset,
            "purpose": "Baustellen planen.",
            "until": UNTIL,
            "submit": True,
            **fields,
        }
        return self.asker("governance_access_request_create", **wish)

    def decide(self, id_: str, decision: str, by: Api | None = None, **fields: Any) -> Answer:
        api = by or self.city.editor
        return api("governance_access_request_decide", id=id_, decision=decision, **fields)

    def show(self, id_: str, by: Api | None = None) -> Answer:
        return (by or self.asker)("governance_access_request_show", id=id_)

    def gets(self, dataset: dict[str, Any], by: Api | None = None) -> bool:
        """Whether somebody gets the data, as the gateway says."""
        part = dataset["resources"][0]["id"]
        response = self.app.get(
            f"/dataset/{dataset['id']}/resource/{part}/data",
            headers=(by or self.asker).headers,
            follow_redirects=False,
            status=None,
        )
        assert response.status_code in (302, 403, 404), response.status_code
        return response.headers.get("Location") == LINK

    def seat(self, user: str, organization: dict[str, Any], role: str | None) -> None:
        action = "organization_member_create" if role else "organization_member_delete"
        more = {"role": role} if role else {}
        self.city.sysadmin(action, id=organization["id"], username=user, **more).result


@pytest.fixture
def desk(app: Any, city: City) -> Desk:
    users = {name: factories.User() for name in ("asker", "colleague", "second")}
    desk = Desk(app, city, **{name: Api(app, user) for name, user in users.items()})
    desk.seat(users["asker"]["name"], city.company, "member")
    desk.seat(users["colleague"]["name"], city.company, "member")
    desk.seat(users["second"]["name"], city.department, "admin")
    return desk


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Another day."""

    def run(day: date) -> None:
        monkeypatch.setattr(config, "today", lambda: day)

    return run


def row_of(id_: str) -> GovernanceAccessRequest:
    model.Session.remove()
    row = model.Session.get(GovernanceAccessRequest, id_)
    assert row is not None
    return row


def kinds(id_: str) -> list[str]:
    model.Session.remove()
    event = GovernanceEvent
    query = sa.select(event.kind).where(event.object_id == id_).order_by(event.id)
    return list(model.Session.scalars(query))


def recorded(id_: str) -> list[dict[str, Any]]:
    """The data of all events of a request, the oldest first."""
    model.Session.remove()
    event = GovernanceEvent
    query = sa.select(event.data).where(event.object_id == id_).order_by(event.id)
    return list(model.Session.scalars(query))
