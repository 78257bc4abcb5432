"""Which routes lead to data, and which restricted resource a request names.

CKAN and its plugins have many ways to a resource's data. Known to show metadata only are the few
of them below; every other route that names a restricted resource is for those entitled, also the
ones nobody has thought of yet. The API is not gated here but in its actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import sqlalchemy as sa
from flask import Request, current_app

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jena_governance.access import datastore, stored

# Modules of CKAN (and our own) whose pages show metadata only.
_METADATA_MODULES = frozenset(
    f"ckan.views.{name}"
    for name in ("admin", "api", "dashboard", "dataset", "feed", "group", "home", "user", "util")
)
_OUR_MODULES = "ckanext.jena_governance.views."
# Of the pages about one resource; the same functions serve every dataset type.
_RESOURCE_PAGES = frozenset({"read", "new", "edit", "delete", "views"})
_RESOURCE_MODULE = "ckan.views.resource"
_STATIC = frozenset({"static", "webassets.index"})

# Their data come through actions, which count every access themselves.
_THROUGH_ACTIONS = (
    "ckanext.datastore.",
    "ckanext.datatablesview.",
    "ckanext.xloader.",
    "ckanext.activity.",
)


def is_gated(request: Request) -> bool:
    """Whether a route may lead to data."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in _STATIC:
        return False
    module, name = _view_of(endpoint)
    if module in _METADATA_MODULES or module.startswith(_OUR_MODULES):
        return False
    return module != _RESOURCE_MODULE or name not in _RESOURCE_PAGES


def is_download(request: Request) -> bool:
    """Whether a route is CKAN's download, of whatever dataset type."""
    return _view_of(request.endpoint) == (_RESOURCE_MODULE, "download")


def is_counted_elsewhere(request: Request) -> bool:
    """Whether what a route shows is logged by the actions it calls."""
    module, name = _view_of(request.endpoint)
    is_frame = module == _RESOURCE_MODULE and name != "download"
    return is_frame or f"{module}.".startswith(_THROUGH_ACTIONS)


def module_of(request: Request) -> str:
    """The module that serves a route."""
    return _view_of(request.endpoint)[0]


def resources_in(request: Request) -> list[model.Resource]:
    """The resources that a request names, if the rules apply to them.

    Args:
        request: its view arguments, query and form are searched, whatever their names, for ids
            of resources and resource views, and for names of DataStore tables.

    Returns:
        Deleted ones included; most often none.
    """
    values = set(_values_in(request))
    if not values:
        return []
    found = {resource.id: resource for resource in _resources_of(values)}
    if _view_of(request.endpoint)[0].startswith("ckanext.datastore."):
        named = (datastore.resource_of(value) for value in values - set(found))
        found.update((resource.id, resource) for resource in named if resource)
    return [one for one in found.values() if stored.is_governed(one.package)]


def may_know(package: model.Package) -> bool:
    """Whether whoever asks may know that a dataset exists; CKAN's permission labels decide."""
    context: Context = {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
    try:
        tk.check_access("package_show", context, {"id": package.id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def is_there(resource: model.Resource) -> bool:
    """Whether a resource and its dataset are not deleted, and may be known to whoever asks."""
    states = (resource.state, resource.package.state)
    return model.State.DELETED not in states and may_know(resource.package)


def _view_of(endpoint: str | None) -> tuple[str, str]:
    """Module and name of what serves a route: blueprints may be called anything."""
    view: Any = current_app.view_functions.get(endpoint or "")
    return getattr(view, "__module__", "") or "", getattr(view, "__name__", "") or ""


def _values_in(request: Request) -> Iterator[str]:
    for value in (request.view_args or {}).values():
        text = str(value)
        yield from _ids_like(text, *text.split("/"))
    for values in (request.args, request.form):
        for value in chain.from_iterable(values.listvalues()):
            yield from _ids_like(value)
    body: Any = request.get_json(silent=True) if request.is_json else None
    if isinstance(body, dict):
        yield from _ids_like(*(value for value in body.values() if isinstance(value, str)))


def _ids_like(*texts: str) -> Iterator[str]:
    for text in texts:
        # PostgreSQL knows no NUL, and no id is that long.
        if text and len(text) <= 200 and "\0" not in text:
            yield text
            yield text.lower()


def _resources_of(ids: Iterable[str]) -> Iterable[model.Resource]:
    ids = list(ids)
    if not ids:
        return ()
    view = model.ResourceView
    of_views = sa.select(view.resource_id).where(view.id.in_(ids))
    resource = model.Resource
    query = sa.select(resource).where(sa.or_(resource.id.in_(ids), resource.id.in_(of_views)))
    return model.Session.scalars(query)
