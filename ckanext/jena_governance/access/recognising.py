"""Restricted files of a harvested dataset, recognised when they come again."""

from __future__ import annotations

from typing import Any

from ckan import model

from ckanext.jena_governance.access import stored, vault


def by_address(dataset: dict[str, Any]) -> None:
    """Give resources that a harvester read from RDF the ids they had, in place.

    ckanext-dcat recognises them by ``uri``, which the vault holds where they are restricted:
    without this, each harvest would replace them.

    Args:
        dataset: what ckanext-dcat is about to update, with its ``id``.
    """
    package = model.Session.get(model.Package, str(dataset.get("id") or ""))
    if package is None or not stored.is_governed(package):
        return
    rows = vault.rows_of(package.id)
    there = {one.id: rows[one.id].fields.get("uri") for one in package.resources if one.id in rows}
    known = {uri: id_ for id_, uri in there.items() if uri}
    for resource in dataset.get("resources") or []:
        if not resource.get("id") and resource.get("uri") in known:
            resource["id"] = known.pop(resource["uri"])
