"""Hidden datasets: whoever may not know of one is told the same as of one that does not exist.

CKAN derives what may be done with resources, views and drafts from these two functions.
"""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from ckan.logic.auth import get_package_object
from ckan.types import AuthFunction, AuthResult, Context, DataDict

from ckanext.jena_governance.access import hidden, labels


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def package_show(
    next_auth: AuthFunction, context: Context, data_dict: DataDict | None
) -> AuthResult:
    """Who sees a dataset (see CKAN's ``package_show``)."""
    data_dict = data_dict or {}
    package = _package_of(context, data_dict)
    with labels.for_one(package):
        result = next_auth(context, data_dict)
    if not result.get("success") and hidden.is_loud() and labels.is_hidden(package):
        raise tk.ObjectNotFound
    return result


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def package_update(
    next_auth: AuthFunction, context: Context, data_dict: DataDict | None
) -> AuthResult:
    """Who edits a dataset: roles that cascade and collaborators do not reach hidden ones."""
    data_dict = data_dict or {}
    package = model.Package.get(data_dict.get("id"))
    if package is not None:
        hidden.require(context, package)
    return next_auth(context, data_dict)


def _package_of(context: Context, data_dict: DataDict) -> model.Package:
    """The dataset in question, which CKAN's ``package_show`` has looked up already."""
    package = context.get("package")
    if package is not None and data_dict.get("id") in {package.id, package.name}:
        return package
    return get_package_object(context, data_dict)
