"""What everybody may read about the rules; and the tasks of those in charge."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

import ckantoolkit as tk

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.access import caching, entitlement
from ckanext.jena_governance.dcat import scheme
from ckanext.jena_governance.logic import agreements, register, tasks
from ckanext.jena_governance.views import concepts

blueprint = Blueprint("governance_pages", __name__)

_LONGEST_QUERY = 200


@blueprint.route("/governance/legal-bases")
def legal_bases() -> Response:
    """The register of legal bases, with a search; its concepts for machines that ask for RDF."""
    words = vocabulary.current()
    format_ = concepts.asked_format()
    if format_ is not None:
        return concepts.answer(scheme.legal_bases(words), format_)
    asked = {name: _said(name) for name in ("q", "card", "entity_class")}
    groups = register.legal_bases(asked["q"], asked["card"], asked["entity_class"])
    variables = {
        "groups": groups,
        "found": sum(len(group.entries) for group in groups),
        "total": len(words.bases),
        "asked": asked,
        "cards": [card for card in words.cards.values() if card.categories],
        "entity_classes": [
            one
            for one in words.entity_classes.values()
            if any(one.id in basis.applies_to for basis in words.bases.values())
        ],
    }
    return concepts.page(tk.render("governance/legal_bases.html", extra_vars=variables))


@blueprint.route("/governance/entities")
def entities() -> str:
    """The entities of the city group."""
    variables = {"groups": register.entities()}
    return tk.render("governance/entities.html", extra_vars=variables)


@blueprint.route("/governance/rules")
def rules() -> str:
    """The rules, out of the tables that they are made of."""
    return tk.render("governance/rules.html", extra_vars={"words": vocabulary.current()})


@blueprint.route("/governance/reviews")
def reviews() -> str | Response:
    """What waits for whoever asks."""
    actor = entitlement.actor_in()
    if actor.id is None:
        back = tk.h.url_for("governance_pages.reviews")
        return tk.redirect_to("user.login", came_from=back)
    caching.keep_private()
    variables = {
        "tasks": tasks.of(actor),
        "has_charge": tasks.has_any_charge(actor),
        "to_sign": agreements.count_to_sign(actor),
    }
    return tk.render("governance/reviews.html", extra_vars=variables)


def _said(name: str) -> str:
    return tk.request.args.get(name, "").replace("\0", "").strip()[:_LONGEST_QUERY]
