"""The story of a request through `ckanapi`, as a program of another entity would tell it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ckanapi
import pytest
import requests

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance.model import GovernanceAccessRequest
from ckanext.jena_governance.tests.e2e.stories import (
    THE_WAY,
    data,
    key,
    require_whole_and_sealed,
    steps_of,
)

__all__ = ["data", "key"]


@pytest.fixture
def portals(server: str, data: dict[str, Any]) -> tuple[ckanapi.RemoteCKAN, ckanapi.RemoteCKAN]:
    """The member of the municipal enterprise, and the steward."""
    tokens = (factories.APIToken(user=name)["token"] for name in ("werker", "clerk"))
    asker, steward = (ckanapi.RemoteCKAN(server, apikey=token) for token in tokens)
    model.Session.commit()
    return asker, steward


def test_the_whole_story(
    portals: tuple[ckanapi.RemoteCKAN, ckanapi.RemoteCKAN],
    server: str,
    data: dict[str, Any],
    key: None,
) -> None:
    asker, steward = portals
    (found,) = asker.action.package_search(q="Schächte")["results"]
    why = asker.action.governance_access_explain(id=found["id"])
    assert "canary" not in str(why)
    assert why["resources"][0]["allowed"] is False

    wish = {
        "dataset_id": found["id"],
        "purpose": "Baustelle planen.",
        "until": (date.today() + timedelta(days=30)).isoformat(),
    }
    with pytest.raises(ckanapi.ValidationError, match="norm"):
        asker.action.governance_access_request_create(**wish, submit=True)
    asked = asker.action.governance_access_request_create(
        **wish, norm="§ 4 der Betriebssatzung", submit=True
    )
    id_ = asked["id"]

    decide = steward.action.governance_access_request_decide
    decide(id=id_, decision="return", text="Für welchen Abschnitt?")
    asker.action.governance_access_request_answer(id=id_, text="Hausnummer 1 bis 40.")
    decide(id=id_, decision="approve", conditions="Nur für diese Baustelle.")
    assert asker.action.governance_access_request_show(id=id_)["state"] == "approved"

    part = found["resources"][0]["id"]
    gateway = f"{server}/dataset/{found['id']}/resource/{part}/data"
    headers = {"Authorization": asker.apikey}
    file = requests.get(gateway, headers=headers, timeout=30)
    assert file.status_code == 200
    assert file.url.endswith("there")

    # The day passes.
    row = model.Session.get(GovernanceAccessRequest, id_)
    assert row is not None
    row.since = row.granted_until = date.today() - timedelta(days=1)
    model.Session.commit()
    assert requests.get(gateway, headers=headers, timeout=30).status_code == 403
    assert asker.action.governance_access_request_show(id=id_)["state"] == "expired"

    assert steps_of(id_) == THE_WAY
    told = steward.action.governance_event_list(object_type="request", object_id=id_)
    assert [one["kind"] for one in reversed(told["events"])] == THE_WAY
    require_whole_and_sealed()
