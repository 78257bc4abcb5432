"""Schemas of our own actions."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.types import Schema

from ckanext.jena_governance.policy import values


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


def access_explain() -> Schema:
    """What ``governance_access_explain`` accepts."""
    text: list[Any] = [tk.get_validator("ignore_missing"), _text]
    return {
        "id": [tk.get_validator("not_empty"), _text],
        "resource_id": text,
        "user": text,
    }


def lock() -> Schema:
    """What ``governance_lock`` accepts."""
    return {
        "id": [tk.get_validator("not_empty"), _text],
        "reason": [tk.get_validator("ignore_missing"), _text, _short],
    }


def opening_confirm() -> Schema:
    """What ``governance_opening_confirm`` accepts."""
    return {
        "id": [tk.get_validator("not_empty"), _text],
        "proposal": [tk.get_validator("ignore_missing"), tk.get_validator("int_validator")],
    }


def _short(value: str) -> str:
    if len(value) > values.MAX_TEXT:
        raise tk.Invalid(
            tk._("At most {limit} characters are possible").format(limit=values.MAX_TEXT)
        )
    return value


def _text(value: object) -> str:
    """A text; never another type made into one."""
    if not isinstance(value, str):
        raise tk.Invalid(tk._("Expecting a text"))
    return value


def _as_list(value: object) -> list[str]:
    """A list of organization ids or names; one alone may come as text."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise tk.Invalid(tk._("Expecting a list of organization ids or names"))
    return [item for item in values if item]
