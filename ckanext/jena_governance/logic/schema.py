"""Schemas of our own actions."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.types import Schema


def entity_update() -> Schema:
    """What ``governance_entity_update`` accepts; a key that is missing stays as stored."""
    optional: list[Any] = [tk.get_validator("ignore_missing")]
    text: list[Any] = [*optional, tk.get_validator("unicode_safe")]
    flag: list[Any] = [*optional, tk.get_validator("boolean_validator")]
    required: list[Any] = [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")]
    return {
        "organization_id": required,
        "entity_class": text,
        "in_group": flag,
        "walled": flag,
        "publishes_for": [*optional, _as_list],
        "bound_by": text,
        "bound_since": [*optional, tk.get_validator("isodate")],
        "data_steward": text,
        "data_steward_email": [*optional, tk.get_validator("email_validator")],
        "note": text,
    }


def _as_list(value: object) -> list[str]:
    """A list of organization ids or names; one alone may come as text."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise tk.Invalid(tk._("Expecting a list of organization ids or names"))
    return [item for item in values if item]
