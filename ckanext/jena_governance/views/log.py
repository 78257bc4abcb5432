"""The log as files; and what the portal keeps of people, out of its settings."""

from __future__ import annotations

import io
import json
from typing import Any

from flask import Blueprint, Response

import ckantoolkit as tk

from ckanext.jena_governance import config
from ckanext.jena_governance.access import caching
from ckanext.jena_governance.logic import schema, timeline

blueprint = Blueprint("governance_log", __name__)

_ASKED = ("object_type", "object_id", "entity", "since", "before", "limit")


@blueprint.route("/governance/events.json")
def as_json() -> Response:
    """Events as ``governance_event_list`` gives them."""
    found = _found()
    text = json.dumps(found["events"], ensure_ascii=False, indent=1)
    return _file(text, "json", "application/json", found["next"])


@blueprint.route("/governance/events.csv")
def as_csv() -> Response:
    """The same as a table; the header ``Link`` leads to the next page."""
    found = _found()
    text = io.StringIO()
    timeline.write_table(text, found["events"])
    # Spreadsheets take a file without this mark for Latin-1.
    return _file("\ufeff" + text.getvalue(), "csv", "text/csv", found["next"])


def _found() -> dict[str, Any]:
    asked = {name: tk.request.args[name] for name in _ASKED if tk.request.args.get(name)}
    asked.setdefault("limit", str(schema.MOST_EVENTS))
    kinds = tk.request.args.getlist("kind")
    caching.keep_private()
    try:
        return tk.get_action("governance_event_list")({}, {**asked, "kind": kinds})
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error.message))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ValidationError as error:
        told = " ".join(f"{name}: {said}" for name, said in error.error_summary.items())
        return tk.abort(400, told)


def _file(text: str, ending: str, type_: str, next_: int | None) -> Response:
    answer = Response(text, content_type=f"{type_}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="events.{ending}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    if next_ is not None:
        arguments = {**tk.request.args.to_dict(flat=False), "before": next_}
        address = tk.h.url_for(f"governance_log.as_{ending}", **arguments)
        answer.headers["Link"] = f'<{address}>; rel="next"'
    return answer


@blueprint.route("/governance/privacy")
def privacy() -> str:
    """What is kept of people, what for, and for how long: as this portal is configured."""
    variables = {
        "access_log_days": config.access_log_days(),
        "max_draft_days": config.max_draft_days(),
        "request_months": config.request_retention_months(),
        "decision_months": config.decision_retention_months(),
        "event_months": config.event_retention_months(),
        "is_sealed": bool(config.event_keys()),
        "mailbox": config.legal_mailbox(),
    }
    return tk.render("governance/privacy.html", extra_vars=variables)
