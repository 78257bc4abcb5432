"""Where a second person looks at an opening, and confirms it."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

import ckantoolkit as tk

from ckanext.jena_governance.access import charge
from ckanext.jena_governance.logic import opening_form, proposals

blueprint = Blueprint("governance_opening", __name__)


@blueprint.route("/dataset/<id>/opening")
def read(id: str) -> str:
    """What waits for a second person, for those in charge of the data."""
    package = charge.package_for({}, id)
    if package is None:
        return tk.abort(404, tk._("Dataset not found"))
    try:
        tk.check_access("governance_opening_confirm", {}, {"id": package.id})
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    proposal = proposals.pending(package.id)
    variables = {
        "package": package,
        "proposal": proposal,
        "rows": opening_form.rows_of(proposal, package) if proposal else [],
        "may_confirm": proposal is not None and opening_form.may_confirm(package, proposal),
    }
    return tk.render("governance/opening.html", extra_vars=variables)


@blueprint.route("/dataset/<id>/opening", methods=["POST"])
def confirm(id: str) -> str | Response:
    """Confirm it."""
    data = {"id": id, "proposal": tk.request.form.get("proposal", "")}
    try:
        dataset = tk.get_action("governance_opening_confirm")({}, data)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ValidationError as error:
        for messages in error.error_summary.values():
            tk.h.flash_error(messages)
        return tk.redirect_to("governance_opening.read", id=id)
    tk.h.flash_success(tk._("Confirmed. It holds from now on."))
    return tk.redirect_to(f"{dataset['type']}.read", id=dataset["name"])
