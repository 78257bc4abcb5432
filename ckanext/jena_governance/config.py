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


def vocabulary_path() -> Path | None:
    """Folder with the administrator's own vocabulary files, if any."""
    value = tk.config.get(PREFIX + "vocabulary_path")
    return Path(value) if value else None


def is_strict() -> bool:
    """Whether a person's write that breaks a rule is refused."""
    return tk.config.get(PREFIX + "enforcement", "strict") != "report"


def default_licence() -> str:
    """Id of the licence that the form suggests."""
    return tk.config.get(PREFIX + "default_licence")


def timezone() -> ZoneInfo:
    """Time zone in which dates are read."""
    return ZoneInfo(tk.config.get(PREFIX + "timezone") or "Europe/Berlin")


def today() -> date:
    """Today where the city is, not where the server is."""
    return datetime.now(timezone()).date()
