"""Who gets the data of a dataset, in full."""

from __future__ import annotations

from flask import Blueprint

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance.access import caching, explaining
from ckanext.jena_governance.logic import history

blueprint = Blueprint("governance_access", __name__)


@blueprint.route("/dataset/<id>/access")
def read(id: str) -> str:
    """The page on access to a dataset."""
    try:
        package = tk.get_action("package_show")({}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    access = explaining.for_page(package["id"])
    if access is None or package["state"] == "deleted":
        return tk.abort(404, tk._("Dataset not found"))
    variables = {
        "pkg_dict": package,
        "access": access,
        "dataset_type": package["type"],
        "history": _history(package["id"]),
    }
    return tk.render("governance/access.html", extra_vars=variables)


def _history(package_id: str) -> list[history.Entry] | None:
    """For those in charge only; ``None`` for everybody else."""
    package = model.Session.get(model.Package, package_id)
    if package is None or not history.may_read(package):
        return None
    caching.keep_private()
    return history.of(package)
