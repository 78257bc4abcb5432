"""People, restrictions and records for the tests of opening and closing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.model import GovernanceEvent
from ckanext.jena_governance.tests.conftest import Api, City

PLANTS = "artenschutz-fundorte"
PERSONS = "dsgvo-personenbezug"
LINK = "https://secret.example/canary-1.csv"
OPEN = {"openness": "open", "legal_basis": [], "license_id": "dl-by-de-2.0"}
# Of data on persons, lawfully.
CLEANED = {**OPEN, "personal_data": "anonymised", "restriction_reason": ""}


def events(kind: str | None = None) -> list[GovernanceEvent]:
    model.Session.remove()
    query = sa.select(GovernanceEvent).where(GovernanceEvent.object_type == "dataset")
    if kind:
        query = query.where(GovernanceEvent.kind == kind)
    return list(model.Session.scalars(query.order_by(GovernanceEvent.id)))


def speaking(app: Any, language: str) -> Any:
    """A request in a language, without a page."""
    return app.flask_app.test_request_context("/", environ_overrides={"CKAN_LANG": language})


def kinds() -> list[str]:
    return [event.kind for event in events()]


@dataclass(frozen=True)
class House:
    """The department's people, and some who are not."""

    city: City
    first: Api
    second: Api
    member: Api
    users: dict[str, dict[str, Any]]

    def join_company(self, name: str) -> None:
        """Somebody becomes an editor of the company, too."""
        call_action(
            "organization_member_create",
            id=self.city.company["id"],
            username=self.users[name]["name"],
            role="editor",
        )

    def dismiss(self, name: str) -> None:
        """Somebody leaves the department."""
        self.city.sysadmin(
            "organization_member_delete",
            id=self.city.department["id"],
            username=self.users[name]["name"],
        ).result
