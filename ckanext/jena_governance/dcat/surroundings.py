"""What a description needs to know beyond the dataset itself, read for many datasets at once.

Who owns and publishes, and which open version belongs to which dataset: three queries for as many
datasets as there are. Whoever serialises a page wraps it into ``prefetched``; without it the
profile looks for each dataset on its own.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.lib.plugins import get_permission_labels

from ckanext.dcat.utils import dataset_uri
from ckanext.jena_governance import config
from ckanext.jena_governance.access import facts, gateways
from ckanext.jena_governance.access.extras import extra_of
from ckanext.jena_governance.dcat import safe
from ckanext.jena_governance.policy import Entity, is_hidden, values

# CKAN's label for what everybody finds.
_PUBLIC = "public"


@dataclass(frozen=True)
class Surroundings:
    """What is around some datasets.

    Attributes:
        datasets: ids of the datasets it was read for.
        entities: owners and publishers, by id.
        open_versions: where the open version of a dataset is, by the dataset's id; only such as
            everybody may know of.
        derived_from: the datasets whose open version a dataset is, by its id; likewise.
    """

    datasets: frozenset[str] = frozenset()
    entities: Mapping[str, Entity] = field(default_factory=dict[str, Entity])
    open_versions: Mapping[str, str] = field(default_factory=dict[str, str])
    derived_from: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])


_current: ContextVar[Surroundings | None] = ContextVar("jena_governance_dcat", default=None)


@contextmanager
def prefetched(datasets: Iterable[Mapping[str, Any]]) -> Generator[Surroundings]:
    """Read once what the profile needs for all these datasets.

    Args:
        datasets: as ``package_show`` or ``package_search`` gives them.
    """
    with using(load(list(datasets))) as around:
        yield around


@contextmanager
def using(around: Surroundings) -> Generator[Surroundings]:
    """Take what is around some datasets from here.

    Args:
        around: what was read for them before.
    """
    token = _current.set(around)
    try:
        yield around
    finally:
        _current.reset(token)


def of(dataset: Mapping[str, Any]) -> Surroundings:
    """What is around a dataset: prefetched, or read now."""
    around = _current.get()
    if around is not None and dataset.get("id") in around.datasets:
        return around
    return load([dataset])


def load(datasets: list[Mapping[str, Any]]) -> Surroundings:
    """Read what is around some datasets.

    Args:
        datasets: as for ``prefetched``.

    Returns:
        Nothing of a dataset that is hidden from anybody, be it named by its id, its name or an
        address of this portal.
    """
    ids = frozenset(str(one["id"]) for one in datasets if one.get("id"))
    owners = {
        str(one[name])
        for one in datasets
        for name in ("owner_org", "owning_entity")
        if isinstance(one.get(name), str) and one[name]
    }
    return Surroundings(
        datasets=ids,
        entities=facts.entities_of(owners),
        open_versions=_open_versions(datasets),
        derived_from=_derived_from(datasets),
    )


def _open_versions(datasets: list[Mapping[str, Any]]) -> dict[str, str]:
    said = {
        str(one.get("id")): reference
        for one in datasets
        if not is_hidden(one) and (reference := _reference_of(one))
    }
    local = {reference: _local(reference) for reference in said.values()}
    found = _public_by_name({name for name in local.values() if name})
    result: dict[str, str] = {}
    for id_, reference in said.items():
        name = local.get(reference)
        address = found.get(name) if name is not None else _elsewhere(reference)
        if address is not None:
            result[id_] = address
    return result


def _derived_from(datasets: list[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The inverse, for open versions that are public themselves."""
    named: dict[str, str] = {}
    for one in datasets:
        if one.get("id") and not is_hidden(one):
            named.update({name: str(one["id"]) for name in (one["id"], one.get("name")) if name})
    if not named:
        return {}
    site = gateways.portal_url("/dataset/")
    spellings = {
        said: id_ for name, id_ in named.items() for said in (name, site + name, f"{site}{name}/")
    }
    query = sa.select(model.Package).where(
        model.Package.state == model.State.ACTIVE,
        model.Package.private.is_(False),
        model.Package.type.in_(config.dataset_types()),
        extra_of("open_derivative").in_(list(spellings)),
        sa.func.coalesce(extra_of("derivative_status"), "").in_(["", "exists"]),
    )
    result: dict[str, list[str]] = {}
    for package in model.Session.scalars(query):
        id_ = spellings.get(str(dict(package.extras or {}).get("open_derivative")))
        if id_ and id_ != package.id and _is_public(package):
            result.setdefault(id_, []).append(_uri_of(package))
    return result


def _reference_of(dataset: Mapping[str, Any]) -> str:
    said = values.text(dataset.get("open_derivative")) or ""
    status = values.text(dataset.get("derivative_status"))
    return said if status in ("", "exists") else ""


def _local(reference: str) -> str | None:
    """The id or name of a dataset that a reference means on this portal.

    Returns:
        ``None`` for an address elsewhere; ``""``, which no dataset is called, for one of this
        portal that names no dataset: what it would tell is not known.
    """
    if safe.web(reference) is None:
        return reference
    parts = urlsplit(str(safe.web(reference)))
    if _host(parts.hostname) != _host(urlsplit(tk.config["ckan.site_url"]).hostname):
        return None
    path = unquote(parts.path).split("/")
    types = {"dataset", *config.dataset_types()}
    following = (name for before, name in pairwise(path) if before in types)
    return next(following, "").split(".")[0]


def _host(name: str | None) -> str:
    return (name or "").rstrip(".").lower()


def _elsewhere(reference: str) -> str | None:
    found = safe.web(reference)
    return str(found) if found is not None else None


def _public_by_name(names: set[str]) -> dict[str, str]:
    wanted = [name for name in names if values.is_storable(name)]
    if not wanted:
        return {}
    package = model.Package
    query = sa.select(package).where(
        sa.or_(package.id.in_(wanted), package.name.in_(wanted)),
        package.state == model.State.ACTIVE,
    )
    found: dict[str, str] = {}
    for one in model.Session.scalars(query):
        if _is_public(one):
            found.update({one.id: _uri_of(one), one.name: _uri_of(one)})
    return found


def _is_public(package: model.Package) -> bool:
    """Whether everybody finds a dataset; CKAN's permission labels decide, as in its search."""
    return not package.private and _PUBLIC in get_permission_labels().get_dataset_labels(package)


def _uri_of(package: model.Package) -> str:
    return dataset_uri({"id": package.id, "uri": dict(package.extras or {}).get("uri")})
