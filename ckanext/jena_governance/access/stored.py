"""Our fields as the database has them, read from CKAN's model without any plugin in between."""

from __future__ import annotations

from typing import Any

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.policy import DATASET_FIELDS, RESOURCE_FIELDS

_DATASET_COLUMNS = ("id", "name", "type", "state", "private", "owner_org", "license_id")
_RESOURCE_COLUMNS = ("id", "state", "url", "url_type", "size")


def is_governed(package: model.Package | None) -> bool:
    """Whether a dataset is of a type the rules apply to."""
    return package is not None and config.governs(package.type)


def dataset_of(package: model.Package) -> dict[str, Any]:
    """What the rules must know of a dataset; lists may still be JSON text, as they are stored."""
    extras = dict(package.extras or {})
    fields = {name: extras[name] for name in DATASET_FIELDS if name in extras}
    return {**fields, **{name: getattr(package, name) for name in _DATASET_COLUMNS}}


def put(package: model.Package, fields: dict[str, str | None]) -> None:
    """Write fields of ours into CKAN's model, past its validation; ``None`` leaves one alone."""
    said = {name: value for name, value in fields.items() if value is not None}
    extras: Any = package.extras
    if extras is None:  # CKAN 2.12, without any extra yet
        package.extras = {name: str(value) for name, value in said.items()}
    else:
        extras.update(said)


def resource_of(resource: model.Resource) -> dict[str, Any]:
    """What the rules must know of a resource."""
    extras = dict(resource.extras or {})
    fields = {name: extras[name] for name in RESOURCE_FIELDS if name in extras}
    active = {"datastore_active": extras.get("datastore_active")}
    return {**fields, **active, **{name: getattr(resource, name) for name in _RESOURCE_COLUMNS}}
