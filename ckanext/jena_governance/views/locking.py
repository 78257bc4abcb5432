"""The stop button: asked once more, then closed at once."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint
from werkzeug.wrappers import Response

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import policy, vocabulary
from ckanext.jena_governance.access import caching, charge, stored
from ckanext.jena_governance.logic import locking

blueprint = Blueprint("governance_locking", __name__)


@blueprint.route("/dataset/<id>/lock")
def ask(id: str) -> str:
    """What will happen, and the button."""
    package = _package_for(id)
    caching.keep_private()
    is_locked = policy.is_locked(stored.dataset_of(package), vocabulary.current())
    return _page(package, is_locked=is_locked)


@blueprint.route("/dataset/<id>/lock", methods=["POST"])
def lock(id: str) -> str | Response:
    """Close it."""
    package = _package_for(id)
    name, type_ = package.name, package.type
    data = {"id": package.id, "reason": tk.request.form.get("reason", "")}
    try:
        done = tk.get_action("governance_lock")({}, data)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ValidationError as error:
        return _page(package, reason=data["reason"], errors=error.error_summary)
    _tell(done)
    return tk.redirect_to(f"{type_}.read", id=name)


def _page(
    package: model.Package,
    *,
    is_locked: bool = False,
    reason: str = "",
    errors: Mapping[str, str] | None = None,
) -> str:
    variables = {
        "package": package,
        "days": locking.DAYS,
        "is_locked": is_locked,
        "reason": reason,
        "errors": errors or {},
    }
    return tk.render("governance/lock.html", extra_vars=variables)


def _tell(done: dict[str, object]) -> None:
    day = tk.h.render_datetime(done["review_date"])
    if done["locked"]:
        said = tk._("The data are locked. Nobody outside gets them any more.")
        todo = tk._("Name the legal basis, or open the data again, by {day}.").format(day=day)
        tk.h.flash_success(f"{said} {todo}")
    else:
        tk.h.flash_notice(tk._("The data were locked already; all stores were looked at again."))
    if done["repair"]:
        tk.h.flash_error(
            tk._(
                "Not every store could be reached. Please tell the portal administration at once: "
                "older copies may still be there."
            )
        )


def _package_for(reference: str) -> model.Package:
    package = charge.package_for({}, reference)
    if package is None:
        return tk.abort(404, tk._("Dataset not found"))
    try:
        tk.check_access("governance_lock", {}, {"id": package.id})
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    return package
