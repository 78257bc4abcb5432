"""Addresses of datasets and resources in RDF: none breaks a page or takes another's place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.dcat.utils import catalog_uri
from ckanext.jena_governance.dcat import safe


def of_dataset(dataset: Mapping[str, Any], proposed: str) -> str:
    """The address of a dataset.

    Args:
        dataset: its dictionary, or ``id`` alone.
        proposed: what ckanext-dcat takes, most often the dataset's own field ``uri``.

    Returns:
        What is proposed, made safe; this portal's own address where that is none, or is that of
        something else on this portal.
    """
    home = catalog_uri().rstrip("/")
    own = f"{home}/dataset/{dataset.get('id')}"
    return _settled(proposed, own if dataset.get("id") else None, home)


def of_resource(resource: Mapping[str, Any], proposed: str) -> str:
    """The address of a resource; likewise."""
    package, id_ = resource.get("package_id"), resource.get("id")
    home = catalog_uri().rstrip("/")
    own = f"{home}/dataset/{package}/resource/{id_}" if package and id_ else None
    return _settled(proposed, own, home)


def _settled(proposed: str, own: str | None, home: str) -> str:
    found = safe.web(proposed)
    is_another = found is not None and str(found).startswith(f"{home}/") and str(found) != own
    if own is not None and (found is None or is_another):
        return own
    return str(found) if found is not None else proposed
