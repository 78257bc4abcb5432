"""Two entities that agree on data, and their people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import entitlement, facts
from ckanext.jena_governance.model import GovernanceAgreement, GovernanceEvent
from ckanext.jena_governance.tests.conftest import Answer, Api, City
from ckanext.jena_governance.tests.logic.house import LINK

TODAY = date.today()


@dataclass(frozen=True)
class Parties:
    """The department gives, the company gets: an admin each, and a plain member who reads."""

    app: Any
    city: City
    giver: Api
    getter: Api
    reader: Api
    dataset: dict[str, Any]

    @property
    def terms(self) -> dict[str, Any]:
        return {
            "title": "Fundorte für den Netzausbau",
            "provider": self.city.department["id"],
            "consumer": self.city.company["name"],
            "datasets": [self.dataset["name"]],
            "level": "request",
            "purpose": "Trassen ohne Eingriff planen.",
        }

    def draft(self, by: Api | None = None, **changes: Any) -> dict[str, Any]:
        return (by or self.giver)("governance_agreement_create", **{**self.terms, **changes}).result

    def proposed(self, **changes: Any) -> str:
        id_ = self.draft(**changes)["id"]
        self.sign(self.giver, id_).result
        return id_

    def active(self, **changes: Any) -> str:
        id_ = self.proposed(**changes)
        self.sign(self.getter, id_).result
        return id_

    def sign(self, by: Api, id_: str, **more: Any) -> Answer:
        return by("governance_agreement_sign", id=id_, **more)

    def end(self, by: Api, id_: str, **more: Any) -> Answer:
        return by("governance_agreement_end", id=id_, **more)

    def show(self, by: Api, id_: str) -> Answer:
        return by("governance_agreement_show", id=id_)

    def access(self, who: Api | None = None) -> tuple[bool, str]:
        """Whether somebody gets the file now, and by which rule."""
        model.Session.remove()
        facts.forget_entities()
        resource = model.Resource.get(self.dataset["resources"][0]["id"])
        user = (who or self.reader).user
        decision = entitlement.decide_for(facts.actor_of(user["id"]), resource)
        return decision.allowed, decision.rule

    def person(self, organization: dict[str, Any], role: str, **account: Any) -> Api:
        user = factories.User(**account)
        self.join(user, organization, role)
        return Api(self.app, user)

    def join(self, user: dict[str, Any], organization: dict[str, Any], role: str) -> None:
        call_action(
            "organization_member_create",
            id=organization["id"],
            username=user["name"],
            role=role,
        )

    def leave(self, user: dict[str, Any], organization: dict[str, Any]) -> None:
        self.city.sysadmin(
            "organization_member_delete", id=organization["id"], username=user["name"]
        ).result


ALLOWED = (True, "agreement")


@pytest.fixture
def parties(app: Any, city: City, plain: dict[str, Any]) -> Parties:
    people = {}
    for name, organization, role in (
        ("giver", city.department, "admin"),
        ("getter", city.company, "admin"),
        ("reader", city.company, "member"),
    ):
        user = factories.User(fullname=f"{name.title()} Beispiel")
        call_action(
            "organization_member_create",
            id=organization["id"],
            username=user["name"],
            role=role,
        )
        people[name] = Api(app, user)
    dataset = city.editor(
        "package_create",
        name="fundorte",
        title="Fundorte",
        owner_org=city.department["id"],
        resources=[{"url": LINK, "name": "Liste", "format": "CSV"}],
        **plain,
    ).result
    return Parties(app=app, city=city, dataset=dataset, **people)


def row_of(id_: str) -> GovernanceAgreement:
    model.Session.remove()
    return model.Session.get(GovernanceAgreement, id_)


def happened(id_: str, of: str = "agreement") -> list[GovernanceEvent]:
    """The events of an agreement, or of something else, in their order."""
    model.Session.remove()
    event = GovernanceEvent
    query = sa.select(event).where(event.object_type == of, event.object_id == id_)
    return list(model.Session.scalars(query.order_by(event.id)))


def kinds_of(id_: str) -> list[str]:
    return [event.kind.removeprefix("agreement.") for event in happened(id_)]


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()
