"""Validators: they only store and restore values; the rules look at the whole dataset."""

from __future__ import annotations

import json
from typing import Any

import ckantoolkit as tk


def governance_list_to_json(value: Any) -> Any:
    """Store a list as JSON text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def governance_json_to_list(value: Any) -> Any:
    """Show stored JSON text as a list; what cannot be read is shown as it is."""
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, list) else value


def governance_required_when_new(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Required on creation; an update that does not name it keeps it, as in CKAN."""
    updating = context.get("group") is not None and data.get(("id",))
    validator: Any = tk.get_validator("ignore_missing" if updating else "not_empty")
    validator(key, data, errors, context)
