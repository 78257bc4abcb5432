"""The gateway: from a restricted resource's public address to the data, for those entitled."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance.access import caching, entitlement, gates, log, vault
from ckanext.jena_governance.access.gateways import is_gateway_of
from ckanext.jena_governance.policy import OPEN
from ckanext.jena_governance.views import denial

blueprint = Blueprint("governance_gateway", __name__)

# Where a browser may be sent. Nothing is fetched by the server itself.
SCHEMES = frozenset({"http", "https", "ftp"})


@blueprint.route("/dataset/<id>/resource/<resource_id>/data")
def data(id: str, resource_id: str) -> Response:
    """Send those entitled to the data; tell everybody else what they can do."""
    caching.keep_private()
    resource = entitlement.resource_in(resource_id)
    if resource is None or id not in (resource.package.id, resource.package.name):
        return _missing()
    if not gates.is_there(resource):
        return _missing()
    actor = entitlement.actor_in()
    decision = entitlement.decide_for(actor, resource)
    if not decision.allowed:
        log.try_to_record(actor, resource, decision, "gateway")
        return denial.deny(actor, resource, decision)
    if decision.level != OPEN and not log.try_to_record(actor, resource, decision, "gateway"):
        return denial.unavailable()
    return denial.unlisted(_lead_to(resource))


def _missing() -> Response:
    return tk.abort(404, tk._("Resource not found"))


def _lead_to(resource: model.Resource) -> Response:
    """A redirect to where the data are."""
    if resource.url_type == vault.UPLOAD:
        return redirect(
            tk.h.url_for(
                f"{resource.package.type}_resource.download",
                id=resource.package_id,
                resource_id=resource.id,
                filename=resource.url,
            )
        )
    location = _location_of(resource)
    if not location:
        return redirect(denial.resource_page(resource))
    address = web_address(location)
    return redirect(address) if address else _no_redirect(resource, location)


def web_address(location: str) -> str | None:
    """Where a browser can be sent; ``None`` for everything that is no web address."""
    if any(ord(sign) < 32 for sign in location):
        return None
    try:
        scheme = urlsplit(location).scheme.lower()
    except ValueError:
        return None
    if not scheme:
        # As CKAN itself reads addresses without one.
        return "http://" + location.lstrip("/")
    return location if scheme in SCHEMES else None


def _location_of(resource: model.Resource) -> str | None:
    """The vault's address; the catalogue's, where the resource was never restricted."""
    row = vault.location_of(resource.package_id, resource.id)
    if row is not None and row.url:
        return row.url
    is_gateway = is_gateway_of(resource.url, resource.id)
    return None if is_gateway or resource.url_type else resource.url


def _no_redirect(resource: model.Resource, location: str) -> Response:
    """An address that no browser opens, shown to the person entitled."""
    if denial.is_program(request):
        return denial.answer({"error": tk._("This is no web address"), "url": location}, 409)
    return denial.page(
        "governance/no_redirect.html",
        409,
        location=location,
        package=resource.package,
        resource=resource,
    )
