"""What people agree on and ask for, full of canaries: and who of all personas may read which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck.canaries import Canaries
from ckanext.jena_governance.leakcheck.client import Api
from ckanext.jena_governance.leakcheck.personas import OWNER
from ckanext.jena_governance.leakcheck.planting import Subject, texts
from ckanext.jena_governance.tests.sweep.people import People

OTHER = "subsidiary"
ASKER, SIGNER = (f"{role} of another entity, {OTHER}" for role in ("member", "editor"))

_DECIDERS = {"owner's editor", "owner's admin"}
_OWNERS = {*_DECIDERS, "owner's member"}
AGREEMENT, PROPOSAL, DRAFT_AGREEMENT = "agreement/active", "agreement/proposed", "agreement/draft"
REQUEST, DRAFT_REQUEST = "request/returned", "request/draft"

READERS = {
    AGREEMENT: {*_OWNERS, ASKER, SIGNER, "sysadmin"},
    PROPOSAL: {*_OWNERS, ASKER, SIGNER, "sysadmin"},
    DRAFT_AGREEMENT: {*_OWNERS, "sysadmin"},
    REQUEST: {*_DECIDERS, ASKER, "sysadmin"},
    DRAFT_REQUEST: {ASKER},
}


def write(
    canaries: Canaries, people: People, of: Callable[[str], Api], agreed: str, asked: str
) -> list[Subject]:
    """Three agreements and two requests.

    Args:
        canaries: where the secrets come from.
        people: who is there.
        of: the API as one of the personas.
        agreed: id of a dataset that the other entity sees in any case.
        asked: id of a dataset that it has to ask for.

    Returns:
        What the sweep shall ask for.
    """
    agreements = _agreements(canaries, people, of, agreed)
    requests = _requests(canaries, of, asked)
    return [
        *(Subject(label, {"agreement": id_}) for label, id_ in agreements.items()),
        *(Subject(label, {"request": id_}) for label, id_ in requests.items()),
    ]


def _agreements(
    canaries: Canaries, people: People, of: Callable[[str], Api], dataset: str
) -> dict[str, str]:
    other = people.organizations[OTHER]["id"]
    fields = ("title", "purpose", "norm", "conditions")
    made = {
        label: of("owner's editor")(
            "governance_agreement_create",
            provider=people.organizations[OWNER]["id"],
            consumer=other,
            datasets=[dataset],
            level="group",
            **texts(canaries, kinds.AGREED, label, *fields),
        )["id"]
        for label in (AGREEMENT, PROPOSAL, DRAFT_AGREEMENT)
    }
    for label in (AGREEMENT, PROPOSAL):
        of("owner's admin")("governance_agreement_sign", id=made[label])
    # An admin for as long as it takes.
    seat: dict[str, Any] = {"id": other, "username": people.names[SIGNER]}
    of("sysadmin")("organization_member_create", **seat, role="admin")
    of(SIGNER)("governance_agreement_sign", id=made[AGREEMENT])
    of("sysadmin")("organization_member_create", **seat, role="editor")
    return made


def _requests(canaries: Canaries, of: Callable[[str], Api], dataset: str) -> dict[str, str]:
    until = (date.today() + timedelta(days=90)).isoformat()
    made = {
        label: of(ASKER)(
            "governance_access_request_create",
            dataset_id=dataset,
            until=until,
            submit=label == REQUEST,
            **texts(canaries, kinds.ASKED, label, "purpose", "norm"),
        )["id"]
        for label in (REQUEST, DRAFT_REQUEST)
    }
    question = texts(canaries, kinds.ASKED, REQUEST, "text")
    decide = of("owner's editor")
    decide("governance_access_request_decide", id=made[REQUEST], decision="return", **question)
    return made
