"""Schemas of our own actions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import ckantoolkit as tk
from ckan.lib.navl.dictization_functions import missing
from ckan.types import Schema

from ckanext.jena_governance import config
from ckanext.jena_governance.policy import agreements, values

MOST_EVENTS = 1000
_MOST_OF_A_LINE = 200
_MOST_OF_AN_ADDRESS = 2_000


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


def event_list() -> Schema:
    """What ``governance_event_list`` accepts."""
    optional: list[Any] = [tk.get_validator("ignore_missing")]
    return {
        "object_type": [*optional, _text],
        "object_id": [*optional, _text],
        "entity": [*optional, _text],
        "kind": [*optional, _texts],
        "since": [*optional, _moment],
        "before": [*optional, _between(1, 2**63 - 1)],
        "limit": [*optional, _between(1, MOST_EVENTS)],
    }


def _between(least: int, most: int) -> Any:
    """A whole number, also as text."""

    def check(value: object) -> int:
        text = str(value).strip() if not isinstance(value, bool) else ""
        if not text.isdecimal() or not least <= int(text[:20]) <= most:
            message = tk._("Expecting a number between {least} and {most}")
            raise tk.Invalid(message.format(least=least, most=most))
        return int(text)

    return check


def _texts(value: object) -> list[str]:
    """A list of texts; one alone may come as text."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or len(found) > 100:
        raise tk.Invalid(tk._("Expecting a list of at most 100 texts"))
    return [_text(one) for one in found]


def _moment(value: object) -> datetime:
    """A day or moment; what has no zone is meant where the city is."""
    try:
        return config.moment(_text(value))
    except (ValueError, OverflowError):
        message = tk._("“{value}” is no date. Write it like 2026-05-31").format(value=value)
        raise tk.Invalid(message) from None


def _require_text(value: object) -> None:
    """CKAN goes on after an error: what is no text was refused before."""
    if not isinstance(value, str):
        raise tk.StopOnError


def _short(value: str) -> str:
    _require_text(value)
    if len(value) > values.MAX_TEXT:
        raise tk.Invalid(
            tk._("At most {limit} characters are possible").format(limit=values.MAX_TEXT)
        )
    return value


def _text(value: object) -> str:
    """A text that a database can hold; never another type made into one."""
    if not isinstance(value, str):
        raise tk.Invalid(tk._("Expecting a text"))
    if not values.is_storable(value):
        raise tk.Invalid(tk._("This text cannot be stored"))
    return value


def _as_list(value: object) -> list[str]:
    """A list of organization ids or names; one alone may come as text."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise tk.Invalid(tk._("Expecting a list of organization ids or names"))
    return [item for item in values if item]


def agreement_create() -> Schema:
    """What ``governance_agreement_create`` accepts; what follows from signing is not said."""
    required: list[Any] = [tk.get_validator("not_empty"), _text, _clean]
    return {
        **agreement_update(),
        "title": [*required, _one_line],
        "provider": required,
        "consumer": required,
        "level": [*required, _agreed_level],
        "replaces": [tk.get_validator("ignore_missing"), _text, _clean],
    }


def agreement_update() -> Schema:
    """What can be changed in a draft; a key that is missing stays as stored."""
    optional = tk.get_validator("ignore_missing")
    text: list[Any] = [optional, _text, _clean, _short]
    return {
        "title": [optional, _text, _clean, _one_line],
        "datasets": [_unless_missing, _references],
        "level": [optional, _text, _clean, _agreed_level],
        "purpose": text,
        "norm": text,
        "conditions": text,
        "document": [optional, _text, _clean, _web_address],
        "since": [_unless_missing, _day],
        "until": [_unless_missing, _day],
    }


def agreement_sign() -> Schema:
    """What ``governance_agreement_sign`` accepts."""
    return {**_agreement(), "text_hash": [tk.get_validator("ignore_missing"), _text, _clean]}


def agreement_end() -> Schema:
    """What ``governance_agreement_end`` accepts."""
    return {
        **_agreement(),
        "reason": [tk.get_validator("ignore_missing"), _text, _clean, _short],
        "last_day": [_unless_missing, _day],
    }


def agreement_show() -> Schema:
    """What ``governance_agreement_show`` accepts."""
    return _agreement()


def agreement_list() -> Schema:
    """What ``governance_agreement_list`` accepts."""
    text: list[Any] = [tk.get_validator("ignore_missing"), _text, _clean]
    return {
        "status": text,
        "organization": text,
        "dataset": text,
        "after": text,
        "limit": [tk.get_validator("ignore_missing"), tk.get_validator("natural_number_validator")],
    }


def _agreement() -> dict[str, Any]:
    return {"id": [tk.get_validator("not_empty"), _text, _clean]}


def _unless_missing(key: Any, data: Any, _errors: Any, _context: Any) -> None:
    """Go on with ``None``: it says something, too."""
    if data.get(key) is missing:
        data.pop(key)
        raise tk.StopOnError


def _clean(value: str) -> str:
    """A text without blanks around it."""
    _require_text(value)
    return value.strip()


def _one_line(value: str) -> str:
    """What becomes a heading."""
    line = " ".join(value.split())
    if not line:
        raise tk.Invalid(tk._("Missing value"))
    if len(line) > _MOST_OF_A_LINE:
        message = tk._("At most {limit} characters are possible").format(limit=_MOST_OF_A_LINE)
        raise tk.Invalid(message)
    return line


def _agreed_level(value: str) -> str:
    if value in agreements.REACHES:
        return value
    message = tk._("No agreement reaches “{value}”. Possible: {possible}")
    possible = ", ".join(agreements.REACHES)
    raise tk.Invalid(message.format(value=value[:80], possible=possible))


def _web_address(value: str) -> str:
    """A link that is safe to follow; or none."""
    message = tk._("Give an address that starts with https://")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError as error:
        raise tk.Invalid(message) from error
    if (
        not is_address
        or parts.username
        or len(value) > _MOST_OF_AN_ADDRESS
        or len(value.split()) > 1
    ):
        raise tk.Invalid(message)
    return value


def _day(value: object) -> date | None:
    """A day; or none."""
    if values.is_blank(value):
        return None
    day = values.day(value)
    if day is None:
        raise tk.Invalid(tk._("Give a day as YYYY-MM-DD"))
    return day


def _references(value: object) -> list[str] | None:
    """A list of dataset ids or names, ``None`` for all; one alone may come as text."""
    if value is None:
        return None
    listed = values.ids(value)
    if listed is None:
        raise tk.Invalid(tk._("Expecting a list of dataset ids or names"))
    return [_clean(_text(one)) for one in listed]
