"""How we say no: first what one can do, then why. A page for people, JSON for programs."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Request, Response, jsonify, make_response, request
from werkzeug.wrappers import Response as BaseResponse

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.access import caching, explaining
from ckanext.jena_governance.logic.access_requests.problems import told as told_of
from ckanext.jena_governance.policy import Actor, Decision, Statement, requests

AnyResponse = TypeVar("AnyResponse", bound=BaseResponse)

# What a program is told, no more and no less.
KEYS = ("error", "rule", "level", "legal_basis", "reason", "remedies", "contact")


def deny(actor: Actor, resource: model.Resource, decision: Decision) -> Response:
    """The answer to somebody who may know that a resource exists, but not see its data.

    Args:
        actor: who asked.
        resource: for what.
        decision: the denial.

    Returns:
        Status 403; holds no location and no true file name.
    """
    told = explaining.explain(actor, resource, decision)
    if is_program(request):
        return answer({key: told[key] for key in KEYS}, 403)
    return page(
        "governance/denied.html",
        403,
        told=told,
        package=resource.package,
        resource=resource,
        came_from=_way_back(resource),
        target=told_of(Statement("request_target", {"date": config.today() + requests.TARGET})),
    )


def unavailable() -> Response:
    """No log, no data."""
    message = tk._(
        "Access to restricted data is logged, and the log cannot be written at the moment. "
        "Please try again in a few minutes."
    )
    if is_program(request):
        return answer({"error": message}, 503)
    return page("governance/unavailable.html", 503, message=message)


def is_program(asked: Request) -> bool:
    """Whether a program asks, not a browser: it brings a token or takes no HTML."""
    header = tk.config["apitoken_header_name"]
    accepts = asked.headers.get("Accept", "")
    return header in asked.headers or "text/html" not in accepts


def answer(content: dict[str, Any], status: int) -> Response:
    """JSON for this reader alone."""
    caching.keep_private()
    response = jsonify(content)
    response.status_code = status
    return unlisted(response)


def page(template: str, status: int, **variables: Any) -> Response:
    """A page for this reader alone."""
    caching.keep_private()
    return unlisted(make_response(tk.render(template, extra_vars=variables), status))


def unlisted(response: AnyResponse) -> AnyResponse:
    """Nothing that search engines shall list, and no address handed on."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _way_back(resource: model.Resource) -> str:
    """Where to go after signing in: to the data, if a browser can go there by itself."""
    if request.method in ("GET", "HEAD"):
        return tk.h.url_for(request.environ["CKAN_CURRENT_URL"])
    return resource_page(resource)


def resource_page(resource: model.Resource) -> str:
    """CKAN's page about a resource."""
    return tk.h.url_for(
        f"{resource.package.type}_resource.read",
        id=resource.package.name,
        resource_id=resource.id,
    )
