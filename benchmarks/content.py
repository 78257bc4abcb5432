"""What both portals hold: the same organizations, people and datasets, made from one seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

ORGANIZATIONS = 300
# So many datasets are made through CKAN's own actions, each for another organization; the rest
# are copies of their rows.
PATTERNS = 250
# So many agreements and grants are made by actions; the rest are copies of their rows.
SHARED = 20
MEMBERSHIPS = (1, 30, 300)
PASSWORD = "nur-zum-messen-1"  # noqa: S105 - of portals that are thrown away
CLASSES = ("core", "core", "municipal-enterprise", "subsidiary")
# Two datasets of the first organization.
OPEN, RESTRICTED = 0, 1
# Shares of the levels among the datasets, in percent.
LEVELS = {"open": 70, "group": 12, "request": 12, "closed": 6}

_TEXT = (
    "Baum Straße Schule Wasser Verkehr Haushalt Bebauung Klima Lärm Spielplatz Kataster Zählung "
    "Messung Ortsteil Statistik Verwaltung Satzung Gebühr Park Brücke Leitung Anlage Betrieb Plan "
    "Jahr Monat Daten Liste Karte Bericht Fläche Gebäude Einwohner Energie Abfall Kultur Sport"
)
_WORDS = _TEXT.split()
_TAGS = tuple(f"Thema {word}" for word in _WORDS)
_RESTRICTION = {
    "derivative_status": "none",
    "derivative_note": "Eine Zusammenfassung wäre zu klein, um noch etwas auszusagen.",
    "data_steward": "Fachdienst Daten, Team Auskunft",
    "data_steward_email": "daten@stadt.example",
    "license_id": "other-closed",
}
_PERSONAL = {
    "legal_basis": ["dsgvo-personenbezug"],
    "personal_data": "personal",
    "restriction_reason": "Die Tabelle enthält Angaben zu einzelnen Personen.",
}
_GROUNDS: dict[str, dict[str, Any]] = {
    "group": {
        "legal_basis": ["artenschutz-fundorte"],
        "restriction_reason": "Die Tabelle nennt Fundorte geschützter Arten.",
    },
    "request": _PERSONAL,
    "closed": _PERSONAL,
}


def organization_names() -> list[str]:
    """Names of the organizations, in the order in which memberships are given."""
    return [f"stelle-{number:03d}" for number in range(ORGANIZATIONS)]


def member_name(memberships: int) -> str:
    """Account that edits in so many organizations."""
    return f"mitglied-{memberships}"


def patterns() -> Iterator[dict[str, Any]]:
    """The datasets that are made through CKAN's actions."""
    pick = random.Random(4)  # noqa: S311 - the same in every run
    levels = [level for level, share in LEVELS.items() for _ in range(share)]
    names = organization_names()
    for number in range(PATTERNS):
        # What the writing is measured on: the first organization is everybody's.
        level = {OPEN: "open", RESTRICTED: "request"}.get(number) or pick.choice(levels)
        yield _dataset(number, names[max(number - 1, 0)], level, pick)


def _dataset(number: int, organization: str, level: str, pick: random.Random) -> dict[str, Any]:
    def text(length: int) -> str:
        return " ".join(pick.choice(_WORDS) for _ in range(length))

    dataset: dict[str, Any] = {
        "name": pattern_name(number),
        "title": f"{text(3)} {number}",
        "notes": text(60),
        "owner_org": organization,
        "openness": level,
        "license_id": "dl-by-de-2.0",
        "tags": [{"name": tag} for tag in pick.sample(_TAGS, 5)],
        "contact": [{"name": text(2), "email": "auskunft@stadt.example"}],
        "frequency": "http://publications.europa.eu/resource/authority/frequency/ANNUAL",
        "issued": "2024-05-01",
        "provenance": text(20),
        "resources": [
            {
                "name": text(2),
                "description": text(12),
                "format": form,
                "url": f"https://daten.example/{number}/{pick.getrandbits(40)}.{form.lower()}",
            }
            for form in pick.sample(("CSV", "JSON", "XLSX", "PDF"), 3)
        ],
    }
    if level != "open":
        dataset |= _RESTRICTION | _GROUNDS[level]
        dataset["review_date"] = (date.today() + timedelta(days=300)).isoformat()  # noqa: DTZ011
    return dataset


def on_request() -> list[str]:
    """Names of datasets of other organizations than the first that one gets on request."""
    first = organization_names()[0]
    return [
        dataset["name"]
        for dataset in patterns()
        if dataset["openness"] == "request" and dataset["owner_org"] != first
    ]


def pattern_name(number: int) -> str:
    """Name of a dataset that is made through CKAN's actions."""
    return f"bestand-{number:03d}"


def dataset_names(number: int, datasets: int) -> list[str]:
    """Names of such a dataset and its copies, in a portal with so many datasets."""
    name = pattern_name(number)
    return [name, *(f"{name}-{copy}" for copy in range(1, datasets // PATTERNS))]


def some_names(datasets: int, many: int) -> list[str]:
    """Names of datasets from all over the portal; three in ten are restricted."""
    pick = random.Random(5)  # noqa: S311
    numbers = (pick.randrange(PATTERNS) for _ in range(many))
    return [pick.choice(dataset_names(number, datasets)) for number in numbers]


def words(many: int) -> list[str]:
    """Words to search for; each is in many datasets."""
    return random.Random(6).choices(_WORDS, k=many)  # noqa: S311
