"""The datasets that the users' review played through the form, as they come out now.

Numbers are those of its table (2, 3 and 5 concern another tool). ``levels`` is what the
bases permit without a word; the expected rules are the errors.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ckanext.jena_governance.policy import computed, permitted
from ckanext.jena_governance.tests.policy import samples
from ckanext.jena_governance.tests.policy.samples import (
    ASSOCIATION,
    CONSENT,
    CONTRACT,
    CORE,
    DECISION,
    DUTY,
    ENTERPRISE,
    GEOSPATIAL,
    SUBSIDIARY,
    resource,
)

FREE = "open"
UP_TO_GROUP = "group request"
ON_REQUEST = "request closed"
CLOSED = "closed"


@dataclass(frozen=True)
class Case:
    name: str
    owner: str
    level: str
    bases: str = ""
    levels: str = FREE
    errors: str = ""
    says: dict = field(default_factory=dict)
    effective: str = ""


FILE = {"resources": [resource()]}
VIEWABLE = {"license_id": "other-closed", **FILE}

CASES = [
    Case("1 addresses", CORE, "open", says={"hvd_category": [GEOSPATIAL]}, effective="open"),
    Case(
        "4 residents by denomination, anonymised",
        *(CORE, "open", "dsgvo-besondere-kategorien", ON_REQUEST),
        says={"personal_data": "anonymised"},
    ),
    Case(
        "4 the same, nothing said of persons",
        *(CORE, "open", "dsgvo-besondere-kategorien", ON_REQUEST, "R3a R5"),
    ),
    Case(
        "6 cable boxes of a telecommunications company",
        *(CORE, "open", "tkg-infrastrukturdaten", ON_REQUEST, "R3a R5"),
    ),
    Case(
        "6 the same, may the city license them? no, but show them",
        *(CORE, "open", "thuertg-keine-verfuegungsbefugnis", ON_REQUEST),
        says={"permission": [CONTRACT], **VIEWABLE},
        effective="viewable",
    ),
    Case(
        "7 birds in a planning procedure, basis named although a law orders publication",
        *(CORE, "open", "artenschutz-fundorte", UP_TO_GROUP, "R3a R5"),
        says={"permission": [DUTY]},
    ),
    Case("7 the same without the basis", CORE, "open"),
    Case(
        "7 the same with the nesting places taken out",
        *(CORE, "open", "artenschutz-fundorte", UP_TO_GROUP),
        says={"personal_data": "redacted"},
    ),
    Case(
        "8 audit report, published",
        *(CORE, "open", "geschgehg-geschaeftsgeheimnis thuertg-vertraulich-erhalten", ON_REQUEST),
        says={"permission": [DECISION], "personal_data": "redacted"},
    ),
    Case(
        "9 studies by third parties, readable by all",
        *(CORE, "open", "urhg-werke-dritter", "request"),
        says={"permission": [CONTRACT], **VIEWABLE},
        effective="viewable",
    ),
    Case(
        "9 the same, nothing permits it",
        *(CORE, "open", "urhg-werke-dritter", "request", "R3a R5"),
        says=VIEWABLE,
    ),
    Case(
        "9 the same, no ground named for the closed licence",
        CORE,
        "open",
        errors="R6",
        says=VIEWABLE,
    ),
    Case(
        "10 events with pictures of third parties: the pictures apart",
        *(CORE, "open"),
        says={
            "data_steward": "Kulturamt",
            "data_steward_email": "kultur@example.org",
            "review_date": "2027-11-22",
            "ends_when": "mit dem Erwerb der Rechte",
            "resources": [
                resource(),
                resource(
                    id="r2",
                    openness="request",
                    legal_basis=["urhg-werke-dritter"],
                    restriction_reason="Bilder von Agenturen.",
                ),
            ],
        },
        effective="open",
    ),
    Case(
        "11 live feed with free text", CORE, "open", errors="R5", says={"personal_data": "personal"}
    ),
    Case(
        "11 the same, moderated before release",
        *(CORE, "open"),
        says={"personal_data": "personal", "permission": [CONSENT]},
    ),
    Case(
        "12 building land, objecting parcels left out",
        *(CORE, "open", "baugb-baulandkataster-widerspruch", UP_TO_GROUP),
        says={"personal_data": "redacted"},
    ),
    Case(
        "12 the same with all parcels",
        *(CORE, "open", "baugb-baulandkataster-widerspruch", UP_TO_GROUP, "R3a R5"),
    ),
    Case("13 charging points of the utility", SUBSIDIARY, "open", effective="open"),
    Case(
        "14 polling places, empty between elections",
        *(CORE, "open"),
        says={"resources": [resource(size=0)]},
        effective="announced",
    ),
    Case("15 trade tax assessments", CORE, "closed", "ao-steuergeheimnis", CLOSED),
    Case("15 the same on request", CORE, "request", "ao-steuergeheimnis", CLOSED, "R3a"),
    Case("15 the same with a file", CORE, "closed", "ao-steuergeheimnis", CLOSED, "R12", FILE),
    Case("16 school absences", CORE, "closed", "schuldaten", CLOSED),
    Case("16 the same on request", CORE, "request", "schuldaten", CLOSED, "R3a"),
    Case("17 alarm plans", CORE, "request", "thuertg-oeffentliche-sicherheit", ON_REQUEST),
    Case(
        "17 the same for the whole group",
        *(CORE, "group", "thuertg-oeffentliche-sicherheit", ON_REQUEST, "R3a"),
    ),
    Case(
        "17 the same with a decision",
        *(CORE, "group", "thuertg-oeffentliche-sicherheit", ON_REQUEST),
        says={"permission": [DECISION]},
    ),
    Case(
        "18 smart meters",
        *(SUBSIDIARY, "closed", "msbg-messdaten dsgvo-personenbezug enwg-netzinformation"),
        levels=ON_REQUEST,
        says={"personal_data": "pseudonymised"},
    ),
    Case(
        "18 the same for the whole group",
        *(SUBSIDIARY, "group", "msbg-messdaten dsgvo-personenbezug enwg-netzinformation"),
        *(ON_REQUEST, "R3a R13"),
        says={"personal_data": "pseudonymised"},
    ),
    Case("19 staff planning", CORE, "closed", "beschaeftigte-oeffentlich", ON_REQUEST),
    Case(
        "19 the same with the law on company staff",
        *(CORE, "closed", "bdsg-beschaeftigte", ON_REQUEST, "R4"),
    ),
    Case(
        "20 papers of a works committee",
        *(ENTERPRISE, "closed", "thuerko-nichtoeffentliche-sitzung", ON_REQUEST),
    ),
    Case(
        "20 the same for the whole group",
        *(ENTERPRISE, "group", "thuerko-nichtoeffentliche-sitzung", ON_REQUEST, "R3a"),
    ),
    Case(
        "21 tree inspection, a concrete claim",
        *(ENTERPRISE, "closed", "thuertg-prozessfuehrung", ON_REQUEST),
    ),
    Case(
        "21 the same for a whole year",
        *(ENTERPRISE, "closed", "thuertg-prozessfuehrung", ON_REQUEST, "R2"),
        says={"review_date": "2027-11-22"},
    ),
    Case("22 sewers", ASSOCIATION, "request", "kritis-schutzinformation", ON_REQUEST),
    Case(
        "23 tenancies", SUBSIDIARY, "closed", "dsgvo-personenbezug gmbhg-geheimhaltung", ON_REQUEST
    ),
    Case(
        "24 day-care waiting list", CORE, "closed", "sgb8-jugendhilfe dsgvo-personenbezug", CLOSED
    ),
    Case(
        "24 the same on request",
        *(CORE, "request", "sgb8-jugendhilfe dsgvo-personenbezug", CLOSED, "R3a"),
    ),
    Case(
        "25 parking sensors under contract",
        *(SUBSIDIARY, "request", "vertragliche-bindung geschgehg-geschaeftsgeheimnis", ON_REQUEST),
    ),
    Case(
        "25 the same for the group, the contract allows it, the secret remains",
        *(SUBSIDIARY, "group", "vertragliche-bindung geschgehg-geschaeftsgeheimnis", ON_REQUEST),
        errors="R3a",
        says={"permission": [CONTRACT]},
    ),
    Case(
        "25 the same, its holder consents, too",
        *(SUBSIDIARY, "group", "vertragliche-bindung geschgehg-geschaeftsgeheimnis", ON_REQUEST),
        says={"permission": [CONTRACT, CONSENT]},
    ),
    Case(
        "26 bids at the municipal enterprise", ENTERPRISE, "closed", "vgv-vertraulichkeit", CLOSED
    ),
    Case("26 bids at the company", SUBSIDIARY, "closed", "vgv-vertraulichkeit", CLOSED),
    Case(
        "27 species, a high-value dataset",
        *(ASSOCIATION, "request", "artenschutz-fundorte", UP_TO_GROUP),
        says={"hvd_category": [GEOSPATIAL]},
    ),
    Case(
        "27 the same closed",
        *(ASSOCIATION, "closed", "artenschutz-fundorte", UP_TO_GROUP, "R3b"),
    ),
    Case(
        "27 the same closed and explained",
        *(ASSOCIATION, "closed", "artenschutz-fundorte", UP_TO_GROUP),
        says={"stricter_reason": "Brutplätze wurden geplündert."},
    ),
    Case(
        "28 limits for buying land",
        *(ENTERPRISE, "request", "thuertg-fiskalische-interessen", UP_TO_GROUP),
    ),
    Case(
        "28 the same for the group",
        *(ENTERPRISE, "group", "thuertg-fiskalische-interessen", UP_TO_GROUP),
    ),
    Case(
        "29 licensed aerial images",
        *(CORE, "request", "thuertg-keine-verfuegungsbefugnis", ON_REQUEST),
    ),
    Case(
        "29 the same for the group",
        *(CORE, "group", "thuertg-keine-verfuegungsbefugnis", ON_REQUEST, "R3a"),
    ),
    Case(
        "29 the same, the licence allows it",
        *(CORE, "group", "thuertg-keine-verfuegungsbefugnis", ON_REQUEST),
        says={"permission": [CONTRACT]},
    ),
]


def dataset_of(case: Case) -> dict:
    sample = samples.opened if case.level == "open" else samples.restricted
    return sample(**{"openness": case.level, "legal_basis": case.bases.split(), **case.says})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rules(case, checked):
    found = checked(dataset_of(case), case.owner)
    assert samples.rules(found) == set(case.errors.split())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_permitted_levels(case, words):
    assert permitted(case.bases.split(), words).levels == tuple(case.levels.split())


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.effective], ids=lambda case: case.name
)
def test_what_is_counted(case, words):
    shown = computed(dataset_of(case), samples.facts(case.owner), words, samples.TODAY)
    assert shown["openness_effective"] == case.effective


def test_every_case_is_here():
    numbers = {int(case.name.split()[0]) for case in CASES}
    assert numbers == set(range(1, 30)) - {2, 3, 5}
