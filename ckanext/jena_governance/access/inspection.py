"""Whether catalogue, vault, storage, DataStore and index agree; what does not has a repair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from ckan import model
from ckan import plugins as p
from ckan.lib import search

from ckanext.jena_governance.access import (
    entitlement,
    index,
    privileges,
    scrub,
    storage,
    stored,
    tables,
    uploads,
    vault,
    views,
)
from ckanext.jena_governance.access.gateways import is_gateway_of
from ckanext.jena_governance.model import GovernanceEvent, GovernanceResourceLocation
from ckanext.jena_governance.model.event import record
from ckanext.jena_governance.policy import OPEN, is_hidden

CLEAN = "ckan jena-governance vault clean"

# Events by which `vault lock` remembers what it made private.
LOCKED, UNLOCKED = "vault.locked", "vault.unlocked"


@dataclass(frozen=True)
class Trouble:
    """Something that does not agree.

    Attributes:
        store: ``catalogue``, ``vault``, ``storage``, ``datastore``, ``index`` or ``copies``.
        object_id: id of the dataset or resource; never a name or location.
        problem: what is wrong.
        repair: what to do.
        leaks: whether somebody could get at data now.
    """

    store: str
    object_id: str
    problem: str
    repair: str = CLEAN
    leaks: bool = False


def look() -> Iterator[Trouble]:
    """Compare all stores; nothing is changed.

    Returns:
        Whatever does not agree, dataset by dataset, then what belongs to none.

    Source:
        Design §6, "vault status".
    """
    known: set[str] = set()
    readable = _readable()
    files = _files()
    for package in _packages():
        known |= {resource.id for resource in package.resources_all}
        if stored.is_governed(package):
            yield from _of_package(package, readable, files)
        model.Session.expunge_all()
    yield from _orphans(known, readable, files)
    if _has_datastore() and privileges.defaults_open():
        problem = "new tables are readable for the read role from the start"
        yield Trouble("datastore", "default privileges", problem, leaks=True)


def is_red_at_a_glance() -> bool:
    """Whether the vault holds locations that the catalogue shows all the same; one query.

    Cheap enough for each start; :func:`look` is the whole examination.
    """
    location, resource = GovernanceResourceLocation.__table__, model.resource_table
    query = (
        sa.select(sa.func.count())
        .select_from(location.join(resource, resource.c["id"] == location.c["resource_id"]))
        .where(location.c["file_name"].is_(None), location.c["url"] == resource.c["url"])
    )
    engine = model.meta.engine
    if engine is None:
        return False
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(location.name):
            return False
        return bool(connection.scalar(query))


def _has_datastore() -> bool:
    return p.plugin_loaded("datastore")


def _readable() -> dict[str, bool]:
    return privileges.readable() if _has_datastore() else {}


def _files() -> dict[str, str]:
    """Where each file lies; where CKAN serves it, if it lies there, too."""
    found = sorted(uploads.found(), key=lambda file: file[1] != storage.GOVERNED)
    return dict(found)


def _packages() -> Iterator[model.Package]:
    ids = list(model.Session.scalars(sa.select(model.Package.id).order_by(model.Package.id)))
    for id_ in ids:
        package = model.Session.get(model.Package, id_)
        if package is not None:
            yield package


def _of_package(
    package: model.Package, readable: dict[str, bool], files: dict[str, str]
) -> Iterator[Trouble]:
    rows = vault.rows_of(package.id)
    levels = entitlement.levels_of(package, vaulted=frozenset(rows))
    restricted = [id_ for id_, level in levels.items() if level != OPEN]
    for id_ in sorted(views.finds_addresses(restricted)):
        yield Trouble("catalogue", id_, "a view's configuration holds an address", leaks=True)
    for resource in package.resources_all:
        if levels[resource.id] == OPEN:
            yield from _of_open(resource, rows, readable, files)
        else:
            yield from _of_restricted(resource, rows, readable, files)
    yield from _of_copies(package, rows)
    is_private = _wants_private(package)
    if package.private != is_private and package.state == model.State.ACTIVE:
        problem = "is private although its metadata are public (locked?)"
        if is_private:
            problem = "is public although its metadata are hidden"
        yield Trouble("catalogue", package.id, problem, leaks=is_private)


def _wants_private(package: model.Package) -> bool:
    """Hidden by its own field; or private for a reason that is none of ours."""
    if _is_locked(package.id):
        return False
    said = stored.dataset_of(package).get("metadata_visibility")
    return is_hidden({"metadata_visibility": said}) if said else bool(package.private)


def _is_locked(package_id: str) -> bool:
    """Whether `vault lock` made a dataset private, and nobody took that back."""
    query = (
        sa.select(GovernanceEvent.kind)
        .where(
            GovernanceEvent.object_id == package_id, GovernanceEvent.kind.in_((LOCKED, UNLOCKED))
        )
        .order_by(GovernanceEvent.id.desc())
        .limit(1)
    )
    return model.Session.scalar(query) == LOCKED


def _of_restricted(
    resource: model.Resource,
    rows: dict[str, GovernanceResourceLocation],
    readable: dict[str, bool],
    files: dict[str, str],
) -> Iterator[Trouble]:
    if vault.holds_location(resource):
        problem = "is restricted, but the catalogue holds its location"
        yield Trouble("catalogue", resource.id, problem, leaks=True)
    row = rows.get(resource.id)
    if is_gateway_of(resource.url, resource.id) and (row is None or not row.url):
        problem = "its location is known nowhere"
        yield Trouble("vault", resource.id, problem, "enter the location again in the form")
    if readable.get(resource.id):
        problem = "its rows are readable for the read role"
        yield Trouble("datastore", resource.id, problem, leaks=True)
    if resource.url_type != vault.UPLOAD or resource.state != model.State.ACTIVE:
        return
    area = files.get(resource.id)
    if area is None:
        yield Trouble("storage", resource.id, "its file is missing", "upload it again")
    elif area != storage.GOVERNED:
        yield Trouble("storage", resource.id, "its file lies where CKAN serves it", leaks=True)


def _of_open(
    resource: model.Resource,
    rows: dict[str, GovernanceResourceLocation],
    readable: dict[str, bool],
    files: dict[str, str],
) -> Iterator[Trouble]:
    if resource.state != model.State.ACTIVE:
        return
    if resource.id in rows:
        yield Trouble("vault", resource.id, "is open, but its location is still in the vault")
    elif is_gateway_of(resource.url, resource.id):
        problem = "its location is known nowhere"
        yield Trouble("vault", resource.id, problem, "enter the location again in the form")
    if readable.get(resource.id) is False:
        yield Trouble("datastore", resource.id, "is open, but its rows cannot be read")
    if resource.url_type == vault.UPLOAD and files.get(resource.id) == storage.GOVERNED:
        yield Trouble("storage", resource.id, "is open, but its file lies with the restricted ones")


def _of_copies(
    package: model.Package, rows: dict[str, GovernanceResourceLocation]
) -> Iterator[Trouble]:
    secrets = {secret for row in rows.values() for secret in scrub.secrets_of(row)}
    if not secrets:
        return
    if scrub.finds_copies(package.id, secrets):
        yield Trouble("copies", package.id, "an older copy holds a location", leaks=True)
    try:
        if index.holds(package.id, secrets):
            yield Trouble("index", package.id, "Solr holds a location", leaks=True)
    except search.SearchError:
        repair = f"start Solr, then: ckan search-index rebuild {package.id}"
        yield Trouble("index", package.id, "Solr does not answer", repair)


def _orphans(
    known: set[str], readable: dict[str, bool], files: dict[str, str]
) -> Iterator[Trouble]:
    held = model.Session.scalars(sa.select(GovernanceResourceLocation.resource_id))
    for resource_id in sorted(set(held) - known):
        yield Trouble("vault", resource_id, "belongs to no resource any more")
    for resource_id in sorted(set(files) - known):
        yield Trouble("storage", resource_id, "this file belongs to no resource any more")
    for resource_id in sorted(set(readable) - known):
        problem = "this table belongs to no resource any more"
        yield Trouble("datastore", resource_id, problem, leaks=readable[resource_id])


def clean() -> list[str]:
    """Repair what can be repaired without a person.

    Returns:
        Ids of the datasets, and of what belonged to none, that were put right.
    """
    done: list[str] = []
    if _has_datastore():
        privileges.close_defaults()
    troubled = {trouble.object_id for trouble in look() if trouble.repair == CLEAN}
    for package in _packages():
        ids = {package.id, *(resource.id for resource in package.resources_all)}
        if ids & troubled:
            _settle(package)
            done.append(package.id)
            troubled -= ids
    done += _remove_orphans(troubled - {"default privileges"})
    return done


def _settle(package: model.Package) -> None:
    package_id = package.id
    if _is_locked(package_id):
        _note(UNLOCKED, package_id)
        package.private = False
    else:
        package.private = _wants_private(package)
    vault.settle(package)
    scrub.copies(package, vault.rows_of(package_id))
    model.repo.commit()
    search.rebuild(package_id)


def _remove_orphans(ids: set[str]) -> list[str]:
    table = GovernanceResourceLocation
    model.Session.execute(sa.delete(table).where(table.resource_id.in_(ids)))
    model.repo.commit()
    for resource_id in ids:
        uploads.remove(resource_id)
    tables.drop(ids)
    return sorted(ids)


def lock() -> list[str]:
    """Make every dataset with restricted data private, so that it stays hidden without us.

    Returns:
        Ids of the datasets that were public.
    """
    return [id_ for id_ in map(_lock, _with_restricted()) if id_]


def _lock(package: model.Package) -> str | None:
    if package.private:
        return None
    package_id, package.private = package.id, True
    _note(LOCKED, package_id)
    model.repo.commit()
    search.rebuild(package_id)
    return package_id


def _note(kind: str, package_id: str) -> None:
    record(
        model.Session(), kind, object_type="dataset", object_id=package_id, user_id=None, data={}
    )


def release() -> list[str]:
    """Give all locations, files and rows back to CKAN, whatever their level.

    Returns:
        Ids of the datasets.
    """
    done: list[str] = []
    for package in _with_restricted():
        package_id = package.id
        vault.release(package)
        model.repo.commit()
        search.rebuild(package_id)
        done.append(package_id)
    if _has_datastore():
        privileges.open_defaults()
    return done


def _with_restricted() -> Iterator[model.Package]:
    """Datasets with anything that is not open, or anything in the vault."""
    for package in _packages():
        if not stored.is_governed(package):
            continue
        rows = vault.rows_of(package.id)
        levels = entitlement.levels_of(package, vaulted=frozenset(rows))
        if rows or any(level != OPEN for level in levels.values()):
            yield package
