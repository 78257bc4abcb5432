"""Where a second person looks at an opening, and confirms it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.access import caching, charge, entitlement, explaining
from ckanext.jena_governance.logic import opening_form, proposals
from ckanext.jena_governance.logic.messages import language

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
    caching.keep_private()
    variables = {"package": package, **_told(package)}
    return tk.render("governance/opening.html", extra_vars=variables)


def _told(package: model.Package) -> dict[str, Any]:
    """What is proposed, in words; by whom; and why two people decide."""
    proposal = proposals.pending(package.id)
    if proposal is None:
        return {"proposal": None}
    words, lang = vocabulary.current(), language()
    explained = words.explanations.get(proposal.basis)
    return {
        "proposal": proposal,
        "proposer": opening_form.name_of(proposal.proposer),
        "rows": opening_form.rows_of(proposal, package),
        "basis": explaining.basis_of(proposal.basis, lang),
        "explanation": explained.label(lang) if explained else "",
        "may_confirm": opening_form.may_confirm(package, proposal),
        "is_proposer": entitlement.actor_in().id == proposal.proposer,
    }


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
