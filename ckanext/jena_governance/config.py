"""The settings of the extension, typed. Declared in config_declaration.yaml."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import ckantoolkit as tk

PREFIX = "ckanext.jena_governance."


def dataset_types() -> frozenset[str]:
    """Dataset types that the rules apply to."""
    return frozenset(tk.config.get(PREFIX + "dataset_types") or ["dataset"])


def governs(dataset_type: object) -> bool:
    """Whether datasets of this type are ours; nothing said is CKAN's ``dataset``."""
    return isinstance(dataset_type or "", str) and ((dataset_type or "dataset") in dataset_types())


def vocabulary_path() -> Path | None:
    """Folder with the administrator's own vocabulary files, if any."""
    value = tk.config.get(PREFIX + "vocabulary_path")
    return Path(value) if value else None


def is_strict() -> bool:
    """Whether a person's write that breaks a rule is refused."""
    return tk.config.get(PREFIX + "enforcement", "strict") != "report"


def strict_settings() -> bool:
    """Whether CKAN refuses to start with settings that let restricted data out."""
    return tk.asbool(tk.config.get(PREFIX + "strict_settings", False))


def access_log_days() -> int:
    """For how many days accesses and denials are kept."""
    return int(tk.config.get(PREFIX + "access_log_days") or 180)


def legal_mailbox() -> str:
    """The mailbox that answers those who do not know; empty if there is none."""
    return str(tk.config.get(PREFIX + "legal_mailbox") or "")


def escalation_contact() -> str:
    """The mailbox of those who settle what a unit cannot; empty if there is none."""
    return str(tk.config.get(PREFIX + "escalation_contact") or "")


def request_retention_months() -> int:
    """For how many months a request is kept after its end."""
    return int(tk.config.get(PREFIX + "request_retention_months") or 36)


def max_draft_days() -> int:
    """For how many days a draft that nobody submits is kept."""
    return int(tk.config.get(PREFIX + "max_draft_days") or 30)


def event_keys() -> list[str]:
    """The keys that seal the log: the first one seals, all of them verify."""
    return str(tk.config.get(PREFIX + "event_key") or "").split()


def event_digest_file() -> Path | None:
    """Where the newest seal is noted outside of the database, if anywhere."""
    value = tk.config.get(PREFIX + "event_digest_file")
    return Path(value) if value else None


def decision_retention_months() -> int:
    """For how many months events of decisions are kept."""
    return int(tk.config.get(PREFIX + "decision_retention_months") or 120)


def event_retention_months() -> int:
    """For how many months all other events are kept."""
    return int(tk.config.get(PREFIX + "event_retention_months") or 12)


def default_licence() -> str:
    """Id of the licence that the form suggests."""
    return tk.config.get(PREFIX + "default_licence")


def dcat_contributors() -> list[str]:
    """Who delivers to GovData: names of their list, or addresses."""
    return str(tk.config.get(PREFIX + "dcat_contributor_id") or "").split()


def dcat_places() -> list[str]:
    """The keys of the places that the data are about."""
    return str(tk.config.get(PREFIX + "dcat_political_geocoding") or "").split()


def dcat_deprecated() -> bool:
    """Whether the export also holds what DCAT-AP.de 3.0 has given up."""
    return tk.asbool(tk.config.get(PREFIX + "dcat_deprecated", False))


def dcat_publisher() -> str:
    """Who publishes the catalogue."""
    said = tk.config.get(PREFIX + "dcat_publisher") or tk.config.get("ckan.site_title")
    return str(said or "CKAN")


def dcat_catalogue_licence() -> str:
    """Id of the licence of the descriptions themselves; empty for none."""
    return str(tk.config.get(PREFIX + "dcat_catalogue_licence") or "")


def timezone() -> ZoneInfo:
    """Time zone in which dates are read."""
    return ZoneInfo(tk.config.get(PREFIX + "timezone") or "Europe/Berlin")


def today() -> date:
    """Today where the city is, not where the server is."""
    return datetime.now(timezone()).date()


def moment(text: str) -> datetime:
    """A day or moment as people write it; without a zone it is meant where the city is.

    Raises:
        ValueError: it is none.
    """
    found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=timezone())


def harvest_max_mb() -> int:
    """The largest answer of a harvest source, in megabytes."""
    return int(tk.config.get(PREFIX + "harvest_max_mb") or 50)


def harvest_timeout() -> int:
    """For how many seconds a harvest source may take over one answer."""
    return int(tk.config.get(PREFIX + "harvest_timeout") or 300)


def harvest_max_missing() -> int:
    """The percentage of a source's datasets that a run deletes without asking."""
    return int(tk.config.get(PREFIX + "harvest_max_missing") or 20)
