"""Datasets to try the rules with; each is without findings until something is changed."""

from __future__ import annotations

from datetime import date

from ckanext.jena_governance.policy import Entity, Facts, Finding

TODAY = date(2026, 11, 22)

CORE = "core"
ENTERPRISE = "municipal-enterprise"
SUBSIDIARY = "subsidiary"
ASSOCIATION = "special-purpose-association"
EXTERNAL = "external"

CONSENT = {"id": "einwilligung", "reference": "Einwilligung vom 1. März 2026"}
DUTY = {"id": "veroeffentlichungspflicht", "reference": "§ 5 Abs. 2 ThürTG"}
DECISION = {"id": "beschluss", "reference": "Beschluss 26/0815-BV"}
CONTRACT = {"id": "lizenz-oder-vertrag", "reference": "Vertrag 4711"}
NORM = {"id": "gesetzliche-uebermittlung", "reference": "§ 17 Abs. 2 Nr. 3 ThürDSG"}
PROCESSING = {
    "id": "auftragsverarbeitung",
    "reference": "Vertrag nach Art. 28",
    "until": "2027-12-31",
}

GEOSPATIAL = "http://data.europa.eu/bna/c_ac64a52d"


def entity(class_: str | None = CORE, id_: str = "org-1", **changes) -> Entity:
    values = {"in_group": True, "walled": False, "publishes_for": frozenset(), "title": "Umweltamt"}
    return Entity(id=id_, entity_class=class_, **{**values, **changes})


def facts(class_: str | None = CORE) -> Facts:
    owner = entity(class_)
    return Facts(owner=owner, publisher=owner)


def opened(**changes) -> dict:
    """An open dataset with a file."""
    dataset = {
        "id": "d1",
        "name": "baeume",
        "title": "Baumkataster",
        "openness": "open",
        "license_id": "dl-by-de-2.0",
        "owner_org": "org-1",
        "private": False,
        "resources": [resource()],
    }
    return {**dataset, **changes}


def restricted(**changes) -> dict:
    """A dataset on request, lawfully so."""
    dataset = {
        "id": "d1",
        "name": "leitungen",
        "title": "Leitungen",
        "openness": "request",
        "legal_basis": ["geschgehg-geschaeftsgeheimnis"],
        "restriction_reason": "Enthält Betriebsdaten eines Unternehmens.",
        "data_steward": "Fachdienst Umwelt, Datenstelle",
        "data_steward_email": "daten@example.org",
        "review_date": "2026-12-20",
        "ends_when": "mit dem Ende des Vertrags",
        "derivative_status": "none",
        "derivative_note": "zu wenige Fälle",
        "license_id": "other-closed",
        "owner_org": "org-1",
        "private": False,
        "resources": [],
    }
    return {**dataset, **changes}


def locked(**changes) -> dict:
    """A dataset held by the stop button; it says nothing else."""
    dataset = {
        "id": "d1",
        "openness": "closed",
        "legal_basis": ["vorlaeufige-sperre"],
        "license_id": "other-closed",
        "owner_org": "org-1",
        "resources": [resource()],
    }
    return {**dataset, **changes}


def resource(**changes) -> dict:
    values = {"id": "r1", "name": "baeume.csv", "url": "https://example.org/baeume.csv"}
    return {**values, **changes}


def rules(findings: list[Finding], severity: str = "error") -> set[str]:
    return {finding.rule for finding in findings if finding.severity == severity}


def codes(findings: list[Finding], severity: str = "error") -> set[str]:
    return {finding.code for finding in findings if finding.severity == severity}
