"""Whether a change was asked for on a page of ours, and not on somebody else's (CSRF).

CKAN's own check can be switched off for a view in the whole process, by one request with any
API token (2.12), and never looks at the API. So whatever changes or opens something looks itself.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from flask import current_app, g
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

import ckantoolkit as tk

log = logging.getLogger(__name__)


def require_own_page() -> None:
    """Refuse what a browser sends on its own, with nothing but the cookies it has.

    Asks for CKAN's CSRF token (form field, or header ``X-CSRFToken``) and looks where the
    request comes from. API tokens, the command line and background jobs pass: no foreign page
    can make use of those. ``WTF_CSRF_ENABLED = false`` switches the token off, as in CKAN.

    Raises:
        ckan.logic.NotAuthorized: says what to do.

    Source:
        Design §7; security review, E14.
    """
    if not _is_by_cookie():
        return
    if not _is_from_here():
        _refuse("it comes from a page of another site")
    if current_app.config.get("WTF_CSRF_ENABLED", True):
        _require_token()


def is_from_elsewhere() -> bool:
    """Whether the browser says that a page of another site has sent this."""
    return _is_by_cookie() and not _is_from_here()


def _is_by_cookie() -> bool:
    """Whether a session or "remember me" cookie says who this is.

    CKAN sets its flag where nothing but an API token could say so. Whoever is signed in another
    way (by a proxy, by another plugin) counts as signed in by cookie: browsers do that unasked.
    """
    if not tk.request or not getattr(tk.current_user, "is_authenticated", False):
        return False
    header = str(tk.config.get("apitoken_header_name") or "Authorization")
    return not (g.get("login_via_auth_header") and tk.request.headers.get(header))


def _is_from_here() -> bool:
    """Whether the page that sent this is ours, as far as the browser says."""
    said = tk.request.headers.get("Origin") or tk.request.headers.get("Referer")
    if not said:
        return True  # then the token alone decides
    try:
        place, site = _place(said), _place(str(tk.config["ckan.site_url"]))
    except ValueError:
        return False
    # Behind a proxy CKAN may not know that it is reached by https.
    return place == site or urlsplit(said).netloc.lower() == tk.request.host.lower()


def _place(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _require_token() -> None:
    try:
        validate_csrf(_token())
    except ValidationError as error:
        _refuse(str(error))


def _token() -> str | None:
    settings = current_app.config
    field = settings.get("WTF_CSRF_FIELD_NAME") or "csrf_token"
    names = settings.get("WTF_CSRF_HEADERS") or ["X-CSRFToken", "X-CSRF-Token"]
    headers = (tk.request.headers.get(name) for name in names)
    return tk.request.form.get(field) or next((value for value in headers if value), None)


def _refuse(why: str) -> None:
    log.warning("a change was refused: %s", why)
    raise tk.NotAuthorized(
        tk._(
            "This was not sent by a page of this portal. Reload the page and try again; "
            "programs use an API token."
        )
    )
