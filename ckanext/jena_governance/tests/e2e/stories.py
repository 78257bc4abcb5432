"""A request from the question to the end of the grant: who is there, and what the log must say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance import config
from ckanext.jena_governance.access import seals
from ckanext.jena_governance.model import GovernanceEvent

THE_WAY = ["request.submit", "request.return", "request.answer", "request.approve"]


@pytest.fixture
def data(server: str, department: dict[str, Any]) -> dict[str, Any]:
    """Data of the core administration; and a municipal enterprise with a member."""
    factories.User(name="werker", password="correct-horse", fullname="Erika Muster")
    works = factories.Organization(
        name="ksj", title="Kommunalservice", users=[{"name": "werker", "capacity": "member"}]
    )
    call_action(
        "governance_entity_update",
        organization_id=works["id"],
        entity_class="municipal-enterprise",
        in_group=True,
    )
    dataset = call_action(
        "package_create",
        context={"user": "clerk"},
        name="schaechte",
        title="Schächte und Leitungen",
        notes="Lage der Schächte.",
        owner_org=department["id"],
        resources=[
            {"url": f"{server}/api/3/action/status_show?there", "name": "Schächte", "format": "CSV"}
        ],
        openness="request",
        legal_basis=["vertragliche-bindung"],
        restriction_reason="Der Vertrag mit dem Vermessungsbüro erlaubt die Nutzung im Amt.",
        ends_when="Ende des Vertrags",
        personal_data="none",
        data_steward="Fachdienst Umweltschutz, Team Daten",
        data_steward_email="daten@umwelt.example",
        review_date=(date.today() + timedelta(days=200)).isoformat(),
        license_id="other-closed",
    )
    model.Session.commit()
    return dataset


@pytest.fixture
def key(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that days are sealed with."""
    value = "a-key-of-the-tests-that-is-long-enough"
    monkeypatch.setitem(ckan_config, "ckanext.jena_governance.event_key", value)


def steps_of(request: str) -> list[str]:
    """What the log says of a request, the oldest first."""
    model.Session.remove()
    event = GovernanceEvent
    query = sa.select(event.kind).where(event.object_id == request).order_by(event.id)
    return list(model.Session.scalars(query))


def require_whole_and_sealed() -> None:
    """Tomorrow the day is sealed, and nothing is wrong with it."""
    tomorrow = config.today() + timedelta(days=1)
    assert seals.seal(tomorrow)
    report = seals.verify(tomorrow)
    assert report.findings == []
    assert report.events > 5
    assert report.unsealed == 0
