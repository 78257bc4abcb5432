"""Before every request: restricted data for those entitled only. After it: no copies in caches."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance.access import caching, entitlement, gates, log, vault
from ckanext.jena_governance.policy import OPEN, Actor, Decision
from ckanext.jena_governance.views import denial

blueprint = Blueprint("governance_gates", __name__)

_FILE = "jena_governance_file"

# As CKAN's own views say it for what does not exist, so that hidden is no different from missing.
_MISSING = {
    "ckanext.datastore.blueprint": "DataStore resource not found",
    "ckanext.activity.views": "Dataset not found",
}


@blueprint.before_app_request
def guard() -> Response | None:
    """Let those entitled pass, and whatever leads to metadata only."""
    if not gates.is_gated(request):
        return None
    for resource in gates.resources_in(request):
        refusal = _ask(resource)
        if refusal is not None:
            return refusal
    return None


@blueprint.after_app_request
def protect(response: Response) -> Response:
    """No cache keeps restricted data, and no browser runs a file as part of the portal."""
    if _FILE in g and response.status_code < 300:
        name = g.get(_FILE)
        response.headers.set("Content-Disposition", "attachment", filename=name)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return caching.protect(response)


def _ask(resource: model.Resource) -> Response | None:
    actor = entitlement.actor_in()
    decision = entitlement.decide_for(actor, resource)
    if decision.level == OPEN:
        return None
    if decision.allowed:
        return _pass(actor, resource, decision)
    if not gates.is_there(resource):
        return tk.abort(404, tk._(_MISSING.get(gates.module_of(request), "Resource not found")))
    log.try_to_record(actor, resource, decision, "gate")
    return denial.deny(actor, resource, decision)


def _pass(actor: Actor, resource: model.Resource, decision: Decision) -> Response | None:
    is_download = gates.is_download(request)
    if gates.is_counted_elsewhere(request) or resource.state != model.State.ACTIVE:
        return None
    if not log.try_to_record(actor, resource, decision, "download" if is_download else "gate"):
        return denial.unavailable()
    if is_download:
        row = vault.location_of(resource.package_id, resource.id)
        setattr(g, _FILE, (row and row.file_name) or resource.url or resource.id)
    return None
