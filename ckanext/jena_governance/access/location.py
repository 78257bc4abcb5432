"""The true location of restricted data, for those entitled: in the form and over the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance.access import entitlement, log, stored, vault
from ckanext.jena_governance.access.gateways import is_gateway_of
from ckanext.jena_governance.policy import OPEN


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the form of a resource shows about where its data are.

    Attributes:
        is_restricted: whether they are anything but open.
        is_entitled: whether whoever asks may see the location.
        url: what the field holds; empty for those not entitled.
        file_name: the true name of an uploaded file, if the catalogue has a neutral one.
    """

    is_restricted: bool
    is_entitled: bool
    url: str = ""
    file_name: str = ""


def place_of(data: dict[str, Any], package_reference: str | None) -> Place:
    """Where the data of a resource are, for its form.

    Args:
        data: what the form holds: as stored, or as it was typed.
        package_reference: id or name of the dataset, for a resource that is not stored yet.
    """
    url = data.get("url") or ""
    resource = entitlement.resource_in(data.get("id"))
    if resource is None:
        return Place(is_restricted=_is_restricted(package_reference), is_entitled=True, url=url)
    actor = entitlement.actor_in()
    decision = entitlement.decide_for(actor, resource)
    if not decision.allowed:
        return Place(is_restricted=True, is_entitled=False)
    is_restricted = decision.level != OPEN
    row = vault.location_of(resource.package_id, resource.id)
    if row is None:
        return Place(is_restricted=is_restricted, is_entitled=True, url=url)
    if is_restricted and not log.try_to_record(actor, resource, decision, "form"):
        return Place(is_restricted=True, is_entitled=False)
    if is_gateway_of(url, resource.id):
        url = row.url or ""
    return Place(
        is_restricted=is_restricted, is_entitled=True, url=url, file_name=row.file_name or ""
    )


def location_of(resource: model.Resource) -> dict[str, Any]:
    """The true location and everything else the catalogue does not have.

    Whether it may be told has to be settled before.
    """
    row = vault.location_of(resource.package_id, resource.id)
    fields = {name: value for name, value in (row.fields if row else {}).items() if name[:1] != "_"}
    return {
        "package_id": resource.package_id,
        "resource_id": resource.id,
        "url": _url_of(resource, row.url if row else None),
        "file_name": row.file_name if row else None,
        "fields": fields,
    }


def _url_of(resource: model.Resource, held: str | None) -> str:
    if resource.url_type != vault.UPLOAD:
        return held or resource.url or ""
    return tk.h.url_for(
        f"{resource.package.type}_resource.download",
        id=resource.package_id,
        resource_id=resource.id,
        filename=resource.url,
        qualified=True,
    )


def _is_restricted(package_reference: str | None) -> bool:
    package = model.Package.get(package_reference) if package_reference else None
    if package is None or not stored.is_governed(package):
        return False
    return entitlement.decide_dataset(entitlement.actor_in(), package).level != OPEN
