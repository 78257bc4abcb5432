"""Some of CKAN's pages let "not found" and "not authorized" through: an error 500 to the reader."""

from __future__ import annotations

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, NotFound

import ckantoolkit as tk

blueprint = Blueprint("governance_missing", __name__)


@blueprint.before_app_request
def refuse_what_no_name_has() -> ResponseReturnValue | None:
    """There is nothing of such a name, and the database refuses even to look for it."""
    if "\0" in tk.request.path:
        return not_found(NotFound())
    return None


@blueprint.app_errorhandler(tk.ObjectNotFound)
def not_found(_error: Exception) -> ResponseReturnValue:
    """CKAN's page for what is not there; the error's own text may name what is hidden."""
    return current_app.handle_http_exception(NotFound())  # pyright: ignore[reportReturnType]


@blueprint.app_errorhandler(tk.NotAuthorized)
def not_authorized(_error: Exception) -> ResponseReturnValue:
    """CKAN's page for what one may not do."""
    return current_app.handle_http_exception(Forbidden())  # pyright: ignore[reportReturnType]
