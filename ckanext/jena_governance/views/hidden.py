"""Before everything else: for whoever may not know of a dataset, its pages are those of none."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from ckanext.jena_governance import config
from ckanext.jena_governance.access import hidden
from ckanext.jena_governance.access import references as of
from ckanext.jena_governance.logic import unseen

blueprint = Blueprint("governance_hidden", __name__)

_NOBODY = "jena_governance_nobody"

# What routes call their ids, wherever they are.
_IDS: unseen.Places = {
    "resource_id": of.table,
    "view_id": of.view,
    "resource_view_id": of.view,
    "activity_id": of.activity,
}
# In paths that begin with a dataset type.
_DATASETS: unseen.Places = {"id": of.dataset, "package_id": of.dataset, "dataset_id": of.dataset}


@blueprint.before_app_request
def pretend() -> None:
    """Ask CKAN for an id that nobody has."""
    args = request.view_args
    if not args or request.url_rule is None or request.endpoint == "static":
        return
    first = request.url_rule.rule.split("/")[1]
    is_dataset = first in {"dataset", *config.dataset_types()}
    places = {**_IDS, **_DATASETS} if is_dataset else _IDS
    if not places.keys() & args.keys():
        return
    request.view_args, nobody = unseen.replaced(hidden.of_request(), args, places)
    if nobody:
        setattr(g, _NOBODY, nobody)


@blueprint.after_app_request
def name(response: Response) -> Response:
    """Let the answer name what was asked for."""
    nobody = g.get(_NOBODY)
    if nobody and not response.direct_passthrough:
        response.set_data(unseen.named(response.get_data(as_text=True), nobody))
        for header, value in list(response.headers.items()):
            if (said := unseen.named(value, nobody)) != value:
                response.headers[header] = said
    return response
