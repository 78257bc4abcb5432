"""What the portal holds that others get: every level, with canaries where data are restricted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck.canaries import Canaries
from ckanext.jena_governance.leakcheck.client import Api
from ckanext.jena_governance.leakcheck.planting import Gardener, locations, plant

PREFIX = "verbraucher"

_THEMES = "http://publications.europa.eu/resource/authority/data-theme"
_LATER = (date.today() + timedelta(days=200)).isoformat()

_STEWARD = {
    "restriction_reason": "Die Standorte sind geschützt.",
    "data_steward": "Fachdienst Umweltschutz, Team Daten",
    "data_steward_email": "daten@umwelt.example",
    "review_date": _LATER,
    "license_id": "other-closed",
}
NATURE = {**_STEWARD, "legal_basis": ["artenschutz-fundorte"], "personal_data": "none"}
PERSONAL = {**_STEWARD, "legal_basis": ["dsgvo-personenbezug"], "personal_data": "personal"}
CRITICAL = {**_STEWARD, "legal_basis": ["kritis-schutzinformation"], "personal_data": "none"}
OPEN = {"openness": "open", "license_id": "dl-by-de-2.0", "personal_data": "none"}

# Every descriptive field that the schema has.
DESCRIBED: Mapping[str, Any] = {
    "notes": "Mit allem, was ein Datensatz sagen kann: **Bäume**, Höhe & Umfang.",
    "contact": [{"name": "Team Daten", "email": "daten@umwelt.example",
                 "url": "https://umwelt.example/kontakt", "uri": "https://umwelt.example/#team"}],
    "publisher": [{"name": "Stadt", "email": "stadt@stadt.example", "url": "https://stadt.example",
                   "uri": "https://stadt.example/#stadt"}],
    "creator": [{"name": "Gartenamt", "uri": "https://stadt.example/#gartenamt"}],
    "url": "https://stadt.example/baeume",
    "issued": "2024-01-31",
    "modified": "2026-02-01",
    "version": "1.2",
    "identifier": "baeume-2026",
    "frequency": "http://publications.europa.eu/resource/authority/frequency/ANNUAL",
    "provenance": "Gezählt vom Gartenamt.",
    "temporal_coverage": [{"start": "2024-01-01", "end": "2024-12-31"}],
    "spatial_coverage": [{"uri": "http://dcat-ap.de/def/politicalGeocoding/districtKey/16053",
                          "text": "Stadtgebiet"}],
    "theme": [f"{_THEMES}/ENVI", f"{_THEMES}/REGI"],
    "language": ["http://publications.europa.eu/resource/authority/language/DEU"],
    "conforms_to": ["https://stadt.example/standard/baumkataster"],
    "applicable_legislation": ["http://data.europa.eu/eli/reg_impl/2023/138/oj"],
    "access_rights": "http://publications.europa.eu/resource/authority/access-right/PUBLIC",
    "uri": "https://stadt.example/daten/baeume",
    "hvd_category": ["http://data.europa.eu/bna/c_dd313021"],
    "metadata_visibility": "public",
    "tags": [{"name": "Bäume"}, {"name": "Umwelt"}],
}  # fmt: skip
RESOURCE: Mapping[str, Any] = {
    "name": "Bäume (CSV)",
    "description": "Eine Zeile je Baum.",
    "url": "https://stadt.example/baeume.csv",
    "format": "CSV",
    "mimetype": "text/csv",
    "size": 4711,
    "hash": "d41d8cd98f00b204e9800998ecf8427e",
    "hash_algorithm": "http://spdx.org/rdf/terms#checksumAlgorithm_md5",
    "rights": "Frei.",
    "availability": "http://publications.europa.eu/resource/authority/planned-availability/STABLE",
    "status": "http://purl.org/adms/status/Completed",
    "access_url": "https://stadt.example/baeume",
    "download_url": "https://stadt.example/baeume.csv",
    "issued": "2024-01-31",
    "modified": "2026-02-01",
    "language": ["http://publications.europa.eu/resource/authority/language/DEU"],
    "conforms_to": ["https://stadt.example/standard/csv"],
    "applicable_legislation": ["http://data.europa.eu/eli/reg_impl/2023/138/oj"],
    "license": "cc-by-4.0",
    "uri": "https://stadt.example/daten/baeume.csv#datei",
}
_OWN = {key: PERSONAL[key] for key in ("legal_basis", "restriction_reason")} | {
    "openness": "closed"
}

# Open at first; later the portal closes, hides or deletes them, or takes a file away.
CLOSES, HIDES, GOES = "schliesst", "verschwindet", "geht"
# Data on request open by themselves after so many days.
OPENS_IN = 900
# Canaries of these never leave the portal, nor may anybody learn of the hidden one.
RESTRICTED = ("teils", "gruppe", "anfrage", "geschlossen", "verborgen")
HIDDEN = "verborgen"
PUBLIC = frozenset(
    f"{PREFIX}-{label}"
    for label in (
        "beschrieben", "ansehbar", "teils", "gruppe", "anfrage", "geschlossen",
        "angekuendigt", CLOSES, HIDES, GOES,
    )
)  # fmt: skip


def name_of(label: str) -> str:
    """The name of a planted dataset."""
    return f"{PREFIX}-{label}"


def title_of(label: str) -> str:
    """The title of a planted dataset."""
    return f"Verbraucher: {label}"


def plant_all(api: Api, owner: Mapping[str, str]) -> tuple[Canaries, dict[str, str]]:
    """Plant everything, as an editor of the owner.

    Returns:
        The secrets, and ids of the datasets by label.
    """
    canaries = Canaries()
    bed = _Bed(api, canaries, owner["id"])
    ids = {
        "beschrieben": bed.dataset("beschrieben", {**OPEN, **DESCRIBED}, RESOURCE),
        "ansehbar": bed.dataset("ansehbar", _viewable(), _link("https://karten.example/wms")),
        "teils": bed.dataset(
            "teils",
            {**_STEWARD, **OPEN, "personal_data": "redacted"},
            _link("https://stadt.example/teil.csv"),
            {**bed.secret("teils"), **_OWN},
        ),
        "gruppe": bed.dataset("gruppe", {**NATURE, "openness": "group"}, bed.secret("gruppe")),
        "anfrage": bed.dataset("anfrage", _request(), bed.secret("anfrage")),
        "angekuendigt": bed.dataset("angekuendigt", {**OPEN, "publish_by": _LATER}),
        CLOSES: bed.dataset(CLOSES, OPEN, bed.secret(CLOSES)),
        HIDES: bed.dataset(HIDES, {**CRITICAL, "openness": "request"}, bed.secret(HIDES)),
        GOES: bed.dataset(GOES, OPEN, _link("https://stadt.example/geht.csv")),
        HIDDEN: bed.hidden(),
    }
    # With a link, a file, a table and views.
    gardener = Gardener(api, canaries, owner)
    closed = plant(gardener, "geschlossen", {**PERSONAL, "openness": "closed"})
    renamed = {"name": name_of("geschlossen"), "title": title_of("geschlossen")}
    api("package_patch", id=closed.id, **renamed)
    return canaries, {**ids, "geschlossen": closed.id}


def change_all(api: Api, ids: Mapping[str, str]) -> None:
    """What happens in the portal after others have fetched everything."""
    api("package_patch", id=ids[CLOSES], openness="closed", **PERSONAL)
    api("package_patch", id=ids[HIDES], metadata_visibility="group")
    api("package_delete", id=ids[GOES])


def _link(url: str) -> dict[str, Any]:
    return {"name": "Daten", "url": url, "format": "CSV"}


def _viewable() -> dict[str, Any]:
    return {
        **_STEWARD,
        "openness": "open",
        "legal_basis": ["thuertg-keine-verfuegungsbefugnis"],
        "permission": [
            {"id": "lizenz-oder-vertrag", "reference": "Vertrag mit dem Land", "until": _LATER}
        ],
        "ends_when": "wenn das Land die Bilder freigibt",
        "personal_data": "none",
    }


def _request() -> dict[str, Any]:
    return {
        **NATURE,
        "openness": "request",
        "stricter_reason": "Bis die Fundorte geprüft sind.",
        "opens_on": (date.today() + timedelta(days=OPENS_IN)).isoformat(),
        "licence_when_open": "dl-by-de-2.0",
        "derivative_status": "exists",
        "open_derivative": name_of("beschrieben"),
        "derivative_note": "Als Raster.",
    }


class _Bed:
    def __init__(self, api: Api, canaries: Canaries, owner: str) -> None:
        self._api = api
        self._canaries = canaries
        self._owner = owner

    def secret(self, label: str) -> dict[str, Any]:
        """A link that shall stay where it is."""
        return {"name": f"Daten {label}", "format": "CSV", **locations(self._canaries, label)}

    def dataset(self, label: str, fields: Mapping[str, Any], *resources: Any) -> str:
        described = {"name": name_of(label), "title": title_of(label), "notes": "Für andere."}
        made = self._api(
            "package_create",
            owner_org=self._owner,
            resources=list(resources),
            **{**described, **fields},
        )
        return made["id"]

    def hidden(self) -> str:
        secret = self._canaries.new
        described = {
            "name": secret(kinds.NAME, HIDDEN),
            "title": f"Titel {secret(kinds.TITLE, HIDDEN)}",
            "notes": f"Beschreibung {secret(kinds.NOTES, HIDDEN)}",
            "tags": [{"name": secret(kinds.TAG, HIDDEN)}],
        }
        fields = {**CRITICAL, "openness": "request", "metadata_visibility": "group"}
        return self.dataset(HIDDEN, {**fields, **described}, self.secret(HIDDEN))
