"""Locations that a closing write replaces: the vault never holds them, yet older copies do.

Whoever closes data may say in the same breath that they are elsewhere: a person with a new link, a
harvester with the gateway of its source. What stood there until now was public, and may still hold
the data.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access import entitlement, scrub, stored, vault
from ckanext.jena_governance.access.gateways import gateway_in
from ckanext.jena_governance.access.public_fields import PUBLIC_COLUMNS, PUBLIC_EXTRAS
from ckanext.jena_governance.model import GovernanceResourceLocation
from ckanext.jena_governance.policy import OPEN

Dataset = Mapping[str, Any]

_before: ContextVar[Dataset | None] = ContextVar("before", default=None)


@contextmanager
def remembering(dataset: Dataset) -> Generator[None]:
    """Within, :func:`forget` knows what a dataset said before the write.

    Args:
        dataset: as ``package_show`` gave it.
    """
    token = _before.set(dataset)
    try:
        yield
    finally:
        _before.reset(token)


def forget(package: model.Package) -> None:
    """Remove from older copies what restricted resources said of their location until now.

    Args:
        package: the dataset, with its locations settled, in CKAN's session.

    Source:
        Design §6, "Closing scrubs older copies".
    """
    before = _before.get()
    if before is None or before.get("id") != package.id or not stored.is_governed(package):
        return
    held = vault.rows_of(package.id)
    open_ids = _open_ids(package, frozenset(held))
    rows = {
        row.resource_id: row
        for row in (_said(package.id, one) for one in before.get("resources") or ())
        if row.resource_id not in open_ids and _is_news(row, held.get(row.resource_id))
    }
    if rows:
        scrub.copies(package, rows)
        _harvested(package.id, rows)


def _open_ids(package: model.Package, vaulted: frozenset[str]) -> set[str]:
    """Resources that may go on saying where they are; removed ones as their dataset may."""
    levels = entitlement.levels_of(package, vaulted=vaulted)
    if not entitlement.is_dataset_restricted(package):
        before = _before.get() or {}
        gone = {str(one.get("id")): OPEN for one in before.get("resources") or ()}
        levels = {**gone, **levels}
    return {id_ for id_, level in levels.items() if level == OPEN}


def _said(package_id: str, resource: Dataset) -> GovernanceResourceLocation:
    """What a resource said, as the vault would hold it; not part of the session."""
    url = resource.get("url")
    is_location = resource.get("url_type") != vault.UPLOAD and gateway_in(url) is None
    return GovernanceResourceLocation(
        package_id=package_id,
        resource_id=str(resource.get("id")),
        url=url if is_location else None,
        fields={
            name: value
            for name, value in resource.items()
            if name not in PUBLIC_COLUMNS | PUBLIC_EXTRAS
        },
    )


def _is_news(row: GovernanceResourceLocation, held: GovernanceResourceLocation | None) -> bool:
    """Whether it says more than the vault holds, which has been scrubbed already."""
    known = scrub.secrets_of(held) if held else []
    return bool(set(scrub.secrets_of(row)) - set(known))


def _harvested(package_id: str, rows: Mapping[str, GovernanceResourceLocation]) -> None:
    """Harvest objects keep all that ever came from the source: by the resource's id, too."""
    if not scrub.has_table("harvest_object"):
        return
    table = sa.table("harvest_object", *map(sa.column, ("id", "guid", "package_id", "content")))
    # Those that changed nothing are linked to no dataset, but have its name in the source.
    names = sa.select(table.c["guid"]).where(table.c["package_id"] == package_id)
    query = sa.select(table.c["id"], table.c["content"]).where(table.c["guid"].in_(names))
    for id_, content in model.Session.execute(query).all():
        before = _parsed(content)
        after = scrub.redacted(before, rows, {})
        if after != before:
            update = sa.update(table).where(table.c["id"] == id_)
            model.Session.execute(update.values(content=json.dumps(after)))


def _parsed(content: str | None) -> Any:
    try:
        return json.loads(content or "null")
    except ValueError:
        return None  # RDF, for one; known locations are out of it by now
