"""Not entitled is not found: what hidden metadata mean for everybody else, on every way."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.lib.plugins import get_permission_labels
from ckan.types import Context

from ckanext.jena_governance import config
from ckanext.jena_governance.access import labels

# Where a dataset's dictionary holds its relations to others.
RELATIONS = ("relationships_as_subject", "relationships_as_object")

# CKAN asks for many datasets in a row there, and takes an error for the end of it.
_quiet: ContextVar[bool] = ContextVar("jena_governance_quiet", default=False)
# CKAN looks with all rights there, for pages that everybody sees.
_narrow: ContextVar[bool] = ContextVar("jena_governance_narrow", default=False)


@contextmanager
def refusing_quietly() -> Generator[None]:
    """Let checks within say "no" instead of "there is no such dataset"."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def is_loud() -> bool:
    """Whether a check shall raise "not found"."""
    return not _quiet.get()


@contextmanager
def narrowed(context: Context) -> Generator[None]:
    """Let searches within find no hidden dataset, if CKAN shows a page with all rights."""
    is_page = bool(context.get("ignore_auth")) and bool(tk.request)
    user = user_in(of_request()) if is_page else None
    token = _narrow.set(is_page and not (user is not None and user.sysadmin))
    try:
        yield
    finally:
        _narrow.reset(token)


def is_narrow() -> bool:
    """Whether a search shall find no hidden dataset."""
    return _narrow.get()


def of_request() -> Context:
    """Whoever sent the request; CKAN itself outside of requests."""
    if not tk.request:
        return {"ignore_auth": True}
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


def may_find(context: Context, package: model.Package) -> bool:
    """Whether whoever asks may know of a dataset; anybody, where it is not hidden."""
    if not labels.is_hidden(package) or context.get("ignore_auth"):
        return True
    user = user_in(context)
    if user is not None and user.sysadmin:
        return True
    plugin = get_permission_labels()
    return not set(plugin.get_dataset_labels(package)).isdisjoint(
        plugin.get_user_dataset_labels(user)
    )


def require(context: Context, package: model.Package) -> None:
    """Answer as for a dataset that does not exist.

    Raises:
        tk.ObjectNotFound: it is hidden from whoever asks.
    """
    if not may_find(context, package):
        raise tk.ObjectNotFound


def among(context: Context, ids: Iterable[str]) -> set[str]:
    """Which of these datasets are hidden from whoever asks; one query for all."""
    wanted = list(ids)
    if not wanted:
        return set()
    packages = model.Session.scalars(_all().where(model.Package.id.in_(wanted)))
    return {package.id for package in packages if not may_find(context, package)}


def from_whom(context: Context, types: Iterable[str] | None = None) -> set[str]:
    """All datasets (of these types) that are hidden from whoever asks; one query."""
    query = _all() if types is None else _all().where(model.Package.type.in_(list(types)))
    return {one.id for one in model.Session.scalars(query) if not may_find(context, one)}


def cut_relations(context: Context, dataset: dict[str, Any]) -> None:
    """Take relations to what may not be seen out of a dataset's dictionary, in place."""
    listed = [one for field in RELATIONS for one in dataset.get(field) or ()]
    if not listed:
        return
    row = model.PackageRelationship
    ends = sa.select(row.id, row.subject_package_id, row.object_package_id).where(
        row.id.in_([one.get("id") for one in listed])
    )
    found = {id_: set(both) for id_, *both in model.Session.execute(ends)}
    unseen = among(context, set().union(*found.values()))
    kept = {id_ for id_, both in found.items() if not both & unseen}
    shown = {
        field: [one for one in dataset.pop(field, None) or () if one.get("id") in kept]
        for field in RELATIONS
    }
    # Where CKAN shows them if there are none: even the order of the keys tells nothing.
    rest = list(dataset.items())
    dataset.clear()
    for key, value in rest:
        dataset[key] = value
        if key == "groups":
            dataset.update(shown)
    dataset.update(shown)


def user_in(context: Context) -> model.User | None:
    """CKAN's user in a context; ``None`` for nobody."""
    user = context.get("auth_user_obj")
    if user is not None:
        return user if isinstance(user, model.User) else None
    name = context.get("user")
    return model.User.get(name) if name else None


def _all() -> sa.Select[tuple[model.Package]]:
    package = model.Package
    return sa.select(package).where(
        package.private.is_(True), package.type.in_(config.dataset_types())
    )
