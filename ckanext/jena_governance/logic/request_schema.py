"""What the actions on requests accept. Everything else is refused: nobody sends us a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

import ckantoolkit as tk

from ckanext.jena_governance.logic.access_requests import inbox
from ckanext.jena_governance.logic.access_requests.problems import require_known
from ckanext.jena_governance.policy import requests, values

Reader = Callable[[object], Any]
Fields = Mapping[str, Reader]

MAX_LINE = 500
MAX_ITEMS = 500


def read(data_dict: Mapping[str, Any], fields: Fields, *needed: str) -> dict[str, Any]:
    """Input as it is meant.

    Args:
        data_dict: what was sent.
        fields: the reader of each field.
        needed: fields that must be there, and say something.

    Returns:
        The fields that were sent; ``None`` counts as not sent.

    Raises:
        ckan.logic.ValidationError: names each field that is unknown, missing or unreadable.
    """
    sent = {name: value for name, value in data_dict.items() if name != "csrf_token"}
    require_known(sent, fields)
    found: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in sent.items():
        if value is None:
            continue
        try:
            found[name] = fields[name](value)
        except tk.Invalid as error:
            errors[name] = [str(error.error)]
    for name in needed:
        if name not in errors and found.get(name) in (None, ""):
            errors[name] = [tk._("Missing value")]
    if errors:
        raise tk.ValidationError(dict[str, Any](errors))
    return found


def create() -> Fields:
    """``governance_access_request_create``."""
    return {"dataset_id": _line, **_wish(), "submit": _flag}


def update() -> Fields:
    """``governance_access_request_update``."""
    return {"id": _line, **_wish()}


def one() -> Fields:
    """Actions that need nothing but the request."""
    return {"id": _line}


def said() -> Fields:
    """Actions that say something about a request."""
    return {"id": _line, "text": _text}


def answer() -> Fields:
    """``governance_access_request_answer``: an answer, and what shall change with it."""
    return {"id": _line, "text": _text, **_wish()}


def decide() -> Fields:
    """``governance_access_request_decide``."""
    return {
        "id": _line,
        "decision": _one_of(requests.DECISIONS),
        "until": _day,
        "resources": _list,
        "persons": _list,
        "norm": _text,
        "role": _line,
        "conditions": _text,
        "onward": _flag,
        "legal_basis": _list,
        "text": _text,
        "way_on": _text,
        "outcome": _line,
        "open_version": _text,
        "preview": _flag,
        "wish_hash": _line,
    }


def forward() -> Fields:
    """``governance_access_request_forward``."""
    return {"id": _line, "entity": _line, "text": _text}


def revoke() -> Fields:
    """``governance_access_request_revoke``."""
    return {"id": _line, "text": _text, "ground": _line, "legal_basis": _list}


def listed() -> Fields:
    """``governance_access_request_list``."""
    return {
        "box": _one_of(inbox.BOXES),
        "state": _one_of((*requests.STATES, requests.EXPIRED)),
        "kind": _one_of((requests.ACCESS, requests.OPENING)),
        "dataset_id": _line,
        "after": _line,
        "limit": _number,
    }


def ask() -> Fields:
    """``governance_opening_ask``."""
    return {"id": _line, "text": _text}


def _wish() -> Fields:
    return {
        "resources": _list,
        "entity": _line,
        "purpose": _text,
        "until": _day,
        "persons": _list,
        "norm": _text,
    }


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise tk.Invalid(tk._("Expecting a text"))
    if len(value) > values.MAX_TEXT:
        message = tk._("At most {limit} characters are possible")
        raise tk.Invalid(message.format(limit=values.MAX_TEXT))
    if not values.is_storable(value):
        raise tk.Invalid(tk._("This text cannot be stored"))
    return value.replace("\r\n", "\n").strip()


def _line(value: object) -> str:
    text = _text(value)
    if len(text) > MAX_LINE or "\n" in text or "\r" in text:
        raise tk.Invalid(tk._("Expecting a single line"))
    return text


def _list(value: object) -> list[str]:
    items = values.items(value)
    if items is None or not all(isinstance(item, str) for item in items):
        raise tk.Invalid(tk._("Expecting a list of texts"))
    if len(items) > MAX_ITEMS:
        raise tk.Invalid(tk._("At most {limit} entries are possible").format(limit=MAX_ITEMS))
    return list(dict.fromkeys(_line(item) for item in cast("list[str]", items)))


def _day(value: object) -> date | None:
    if values.is_blank(value):
        return None
    found = values.day(value)
    if found is None:
        raise tk.Invalid(tk._("Expecting a date, written YYYY-MM-DD"))
    return found


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false", "on", "1", "0", ""):
        return values.truth(value)
    raise tk.Invalid(tk._("Expecting true or false"))


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise tk.Invalid(tk._("Expecting a number")) from None


def _one_of(options: tuple[str, ...]) -> Reader:
    def run(value: object) -> str:
        if value == "":
            return ""
        if value not in options or not isinstance(value, str):
            message = tk._("Choose one of: {options}")
            raise tk.Invalid(message.format(options=", ".join(options)))
        return value

    return run
