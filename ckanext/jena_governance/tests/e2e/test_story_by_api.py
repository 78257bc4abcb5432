"""The story of a request through `ckanapi`, as a program of another entity would tell it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ckanapi
import pytest
import requests

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance.tests.e2e.stories import (
    BASIS,
    CITATION,
    CONTENT,
    GRANTED,
    THE_WAY,
    TRUE_NAME,
    data,
    key,
    nights,
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
    data: dict[str, Any],
    key: None,
    days_later: Callable[[int], date],
) -> None:
    asker, steward = portals
    (found,) = asker.action.package_search(q="Schächte")["results"]
    why = asker.action.governance_access_explain(id=found["id"])
    assert TRUE_NAME not in str((found, why))
    (part,) = why["resources"]
    assert part["allowed"] is False
    assert [(one["id"], one["citation"]) for one in part["legal_basis"]] == [(BASIS, CITATION)]
    assert "Vermessungsbüro" in part["reason"]
    address = found["resources"][0]["url"]
    headers = {"Authorization": asker.apikey}
    denied = requests.get(address, headers=headers, timeout=30)
    assert denied.status_code == 403
    assert denied.json()["legal_basis"][0]["citation"] == CITATION

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
    last = date.today() + timedelta(days=GRANTED)
    decide(
        id=id_, decision="approve", until=last.isoformat(), conditions="Nur für diese Baustelle."
    )
    assert asker.action.governance_access_request_show(id=id_)["state"] == "approved"
    assert requests.get(address, headers=headers, timeout=30).text == CONTENT

    assert nights(days_later, 1, GRANTED) == last
    assert requests.get(address, headers=headers, timeout=30).text == CONTENT
    nights(days_later, GRANTED + 1, GRANTED + 1)
    over = requests.get(address, headers=headers, timeout=30)
    assert over.status_code == 403
    assert "S-1" not in over.text
    assert asker.action.governance_access_request_show(id=id_)["state"] == "expired"

    assert steps_of(id_) == THE_WAY
    told = steward.action.governance_event_list(object_type="request", object_id=id_)
    assert [one["kind"] for one in reversed(told["events"])] == THE_WAY
    require_whole_and_sealed()
