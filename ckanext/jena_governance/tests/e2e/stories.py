"""A request from the question to the end of the grant: who is there, and what the log must say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ckanapi
import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.model import GovernanceEvent
from ckanext.jena_governance.tests.access.sealed import run
from ckanext.jena_governance.tests.e2e.signing_in import PASSWORD

THE_WAY = ["request.submit", "request.return", "request.answer", "request.approve"]
# The law that stands in the way, and what it keeps back.
BASIS, CITATION = "urhg-datenbank-dritter", "§§ 87a, 87b UrhG"
TRUE_NAME = "schachtliste-canary-51d0.csv"
CONTENT = "schacht,tiefe_m\nS-1,2.4\nS-2,3.1\n"
# For so many days access is granted, the last one included.
GRANTED = 5


@pytest.fixture
def data(server: str, department: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """Data of the core administration; and a municipal enterprise with a member."""
    factories.User(name="werker", password=PASSWORD, fullname="Erika Muster")
    works = factories.Organization(
        name="ksj", title="Kommunalservice", users=[{"name": "werker", "capacity": "member"}]
    )
    call_action(
        "governance_entity_update",
        organization_id=works["id"],
        entity_class="municipal-enterprise",
        in_group=True,
    )
    call_action(
        "package_create",
        context={"user": "clerk"},
        name="schaechte",
        title="Schächte und Leitungen",
        notes="Lage der Schächte.",
        owner_org=department["id"],
        openness="request",
        legal_basis=[BASIS],
        restriction_reason="Die Datenbank gehört einem Vermessungsbüro.",
        ends_when="Ablauf der Schutzfrist",
        personal_data="none",
        data_steward="Fachdienst Umweltschutz, Team Daten",
        data_steward_email="daten@umwelt.example",
        review_date=(date.today() + timedelta(days=200)).isoformat(),
        license_id="other-closed",
    )
    # Something else that a search finds.
    factories.Dataset(
        name="brunnen",
        title="Brunnen der Stadt",
        owner_org=department["id"],
        license_id="dl-by-de-2.0",
    )
    token = factories.APIToken(user="clerk")["token"]
    model.Session.commit()
    file = tmp_path / TRUE_NAME
    file.write_text(CONTENT)
    # By the server, which writes its own address into the index.
    with ckanapi.RemoteCKAN(server, apikey=token) as portal, file.open("rb") as upload:
        portal.action.resource_create(
            package_id="schaechte", name="Schachtliste", format="CSV", upload=upload
        )
        return portal.action.package_show(id="schaechte")


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


def nights(days_later: Callable[[int], date], first: int, last: int) -> date:
    """Let days go by, with what cron does after midnight; returns the day that it is then."""
    today = date.today()
    for day in range(first, last + 1):
        today = days_later(day)
        sealed = run("log", "seal")
        assert sealed.exit_code == 0, sealed.output
        assert (today - timedelta(days=1)).isoformat() in sealed.output
    return today


def require_whole_and_sealed() -> None:
    """All days that are over are sealed, and nothing is wrong."""
    verified = run("log", "verify")
    assert verified.exit_code == 0, verified.output
    assert "The log is as it was sealed." in verified.output
    assert "not protected yet" not in verified.output
