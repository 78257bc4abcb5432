"""For each finding a dataset that has it; used by the tests of rules and of wording."""

from __future__ import annotations

from ckanext.jena_governance.policy import Facts
from ckanext.jena_governance.tests.policy.samples import (
    CONSENT,
    GEOSPATIAL,
    entity,
    facts,
    locked,
    opened,
    resource,
    restricted,
)

SECRET = "geschgehg-geschaeftsgeheimnis"
PERSONS = "dsgvo-personenbezug"

OTHER_OWNER = Facts(
    owner=entity(id_="org-2", title="Stadtwerke"), publisher=entity(title="Umweltamt")
)
NO_ROW = facts(None)
NOBODY = Facts(owner=None, publisher=None)

# A dataset with the finding; where it is about owners, also the facts.
EXAMPLES: dict[str, object] = {
    "R2_basis": restricted(legal_basis=[]),
    "R2_level": restricted(openness=""),
    "R2_reason": restricted(restriction_reason=""),
    "R2_steward": restricted(data_steward=""),
    "R2_mailbox": restricted(data_steward_email=""),
    "R2_mailbox_personal": restricted(data_steward_email="erika.mustermann@example.org"),
    "R2_review": restricted(review_date=""),
    "R2_review_past": restricted(review_date="2026-11-21"),
    "R2_review_late": restricted(review_date="2028-11-23"),
    "R2_end": restricted(legal_basis=["thuertg-fiskalische-interessen"], ends_when=""),
    "R2_opens_past": restricted(opens_on="2026-11-21"),
    "R2_opens_basis": restricted(legal_basis=[PERSONS], opens_on="2027-06-01"),
    "R2_opens_persons": restricted(opens_on="2027-06-01", personal_data="personal"),
    "R2_lock": locked(review_date="2026-11-21"),
    "R3a": restricted(openness="group", legal_basis=["tkg-infrastrukturdaten"]),
    "R3a_permission": restricted(openness="group"),
    "R3a_over": restricted(permission=[{**CONSENT, "until": "2026-11-21"}]),
    "R3b": restricted(openness="closed", legal_basis=["urhg-werke-dritter"]),
    "R3b_never": restricted(
        openness="closed", legal_basis=["baugb-baulandkataster-widerspruch"], stricter_reason="x"
    ),
    "R3b_explained": restricted(
        openness="closed", legal_basis=["urhg-werke-dritter"], stricter_reason="x"
    ),
    "R3c": restricted(legal_basis=["thuertg-besondere-geheimhaltung"]),
    "R4": restricted(legal_basis=["bdsg-beschaeftigte"]),
    "R4_none": (restricted(), facts("external")),
    "R4_no_row": (restricted(), NO_ROW),
    "R5": opened(legal_basis=[PERSONS]),
    "R5b": opened(personal_data="pseudonymised"),
    "R6_open": opened(license_id=""),
    "R6_unknown": opened(license_id="unsere-eigene"),
    "R6_not_open": opened(license_id="cc-by-nc-4.0"),
    "R6_closed": restricted(license_id="dl-by-de-2.0"),
    "R6_closed_resource": restricted(resources=[resource(license="dl-zero-de-2.0")]),
    "R7": restricted(derivative_status=""),
    "R7_exists": restricted(derivative_status="exists"),
    "R7_planned": restricted(derivative_status="planned", derivative_note=""),
    "R7_none": restricted(derivative_status="none", derivative_note=""),
    "R8": restricted(legal_basis=["bodendenkmal-fundstellen"], hvd_category=[GEOSPATIAL]),
    "R8_no_basis": restricted(legal_basis=[], hvd_category=[GEOSPATIAL]),
    "R9_hidden": restricted(metadata_visibility="group"),
    "R9_no_basis": opened(private=True),
    "R10": opened(resources=[resource(openness="request")]),
    "R10_reason": opened(resources=[resource(openness="request", legal_basis=[SECRET])]),
    "R12": restricted(
        openness="closed", legal_basis=["ao-steuergeheimnis"], resources=[resource()]
    ),
    "R13": restricted(openness="group", personal_data="personal"),
    "owner": (opened(owning_entity="org-2"), OTHER_OWNER),
    "owner_unknown": (opened(owning_entity="org-9"), NOBODY),
    "value_level": opened(openness="geheim"),
    "value_basis": restricted(legal_basis=[SECRET, "hausrecht"]),
    "value_permission": restricted(permission=[{"id": "der-chef-sagt-ja"}]),
    "value_reference": restricted(permission=[{"id": "einwilligung"}]),
    "value_until": restricted(permission=[{"id": "auftragsverarbeitung", "reference": "Art. 28"}]),
    "value_choice": opened(personal_data="ein bisschen"),
    "value_date": restricted(review_date="22.11.2027"),
    "value_mail": restricted(data_steward_email="daten at example.org"),
    "value_text": restricted(restriction_reason=["a", "b"]),
    "value_list": restricted(legal_basis={"id": SECRET}),
    "value_long": restricted(restriction_reason="x" * 5001),
    "value_many": restricted(legal_basis=[f"b{number}" for number in range(21)]),
    "value_control": restricted(restriction_reason="a\x00b"),
    "value_extra": opened(extras=[{"key": "openness", "value": "open"}]),
    "value_resource": opened(resources=["https://example.org"]),
    "value_dataset": "no dataset",
}

# Messages of findings that need more than a dataset: they are raised by the actions.
RAISED_ELSEWHERE = {
    *("R1", "R11_open", "R11_level", "R11_entitled", "R11_stale"),
    *("R11_pending", "R11_second", "R11_close"),
    *(
        f"harvest_{name}"
        for name in (
            *("access_unknown", "access_level", "basis_level", "public_licence", "open_licence"),
            *("licence_missing", "licence_unknown", "dropped", "closed", "cut", "kept"),
            *("kept_licence", "held", "known_address", "owner"),
        )
    ),
    *("location_gateway", "location_repeated", "location_id_used"),
}


def example(code: str) -> tuple[object, Facts]:
    found = EXAMPLES[code]
    return found if isinstance(found, tuple) else (found, facts())
