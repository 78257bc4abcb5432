"""What is shown to somebody entitled is kept by no cache."""

from __future__ import annotations

from flask import Response, g, has_request_context, request

_MARK = "jena_governance_private"


def keep_private() -> None:
    """Mark the answer to this request as one for this reader alone."""
    if has_request_context():
        setattr(g, _MARK, True)


def protect(response: Response) -> Response:
    """Forbid caches to keep an answer that was marked."""
    if g.get(_MARK):
        response.headers["Cache-Control"] = "private, no-store"
        # CKAN comes after us and calls everything public that did not render a template.
        request.environ["__no_cache__"] = True
    return response
