"""Texts that no database can hold are refused in words, on every way in."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.jena_governance.policy import values
from ckanext.jena_governance.tests.logic.agreeing import parties
from ckanext.jena_governance.tests.logic.asking import UNTIL, Desk, desk

__all__ = ["desk", "parties"]

NUL = "a\0b"
HALF = "a\ud800b"


@pytest.mark.parametrize("text", ["", "ä", "😀", "\n\t", "\ufffe"])
def test_what_can_be_stored(text: str) -> None:
    assert values.is_storable(text)


@pytest.mark.parametrize("text", [NUL, HALF, "\udfff"])
def test_what_cannot(text: str) -> None:
    assert not values.is_storable(text)


@pytest.mark.parametrize("text", [NUL, HALF])
class TestActions:
    @pytest.mark.parametrize("field", ["purpose", "norm", "entity", "dataset_id"])
    def test_asking(self, desk: Desk, text: str, field: str) -> None:
        desk.dataset()
        wish = {"dataset_id": "data", "purpose": "x", "until": UNTIL, field: text}
        answer = desk.asker("governance_access_request_create", **wish)
        assert answer.status == 409
        assert answer.errors[field] == ["This text cannot be stored"]

    @pytest.mark.parametrize("field", ["resources", "persons"])
    def test_lists(self, desk: Desk, text: str, field: str) -> None:
        desk.dataset()
        answer = desk.ask(**{field: [text]})
        assert answer.errors[field] == ["This text cannot be stored"]

    @pytest.mark.parametrize("field", ["object_type", "object_id", "entity", "kind"])
    def test_events(self, desk: Desk, text: str, field: str) -> None:
        answer = desk.city.sysadmin("governance_event_list", **{field: text})
        assert answer.status == 409
        assert answer.errors[field] == ["This text cannot be stored"]

    @pytest.mark.parametrize(
        ("action", "field"),
        [
            ("governance_access_explain", "id"),
            ("governance_access_request_show", "id"),
            ("governance_agreement_show", "id"),
            ("governance_lock", "id"),
            ("governance_opening_ask", "id"),
        ],
    )
    def test_ids(self, desk: Desk, text: str, action: str, field: str) -> None:
        answer = desk.asker(action, **{field: text})
        assert answer.errors[field] == ["This text cannot be stored"]

    def test_agreements(self, parties: Any, text: str) -> None:
        answer = parties.giver("governance_agreement_create", **{**parties.terms, "purpose": text})
        assert answer.errors["purpose"] == ["This text cannot be stored"]
        answer = parties.giver(
            "governance_agreement_create", **{**parties.terms, "datasets": [text]}
        )
        assert answer.errors["datasets"] == ["This text cannot be stored"]


@pytest.mark.parametrize(
    "address",
    [
        "/dataset/%00/request",
        "/dataset/%00/access",
        "/dataset/%00/lock",
        "/dataset/%00/opening",
        "/dataset/%00/resource/%00/data",
        "/governance/requests/%00",
        "/governance/agreements/%00",
    ],
)
def test_pages(app: Any, desk: Desk, address: str) -> None:
    assert app.get(address, headers=desk.asker.headers).status_code == 404


@pytest.mark.parametrize("field", ["object_id=%00&object_type=dataset", "entity=%00", "kind=%00"])
def test_files(app: Any, desk: Desk, field: str) -> None:
    for ending in ("csv", "json"):
        address = f"/governance/events.{ending}?{field}"
        assert app.get(address, headers=desk.city.sysadmin.headers).status_code == 400
