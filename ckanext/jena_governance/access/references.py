"""The dataset behind a reference of any kind: names, ids of resources, views or activities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckan import model
from ckan import plugins as p
from ckan.types import Context

from ckanext.datastore.backend import DatastoreBackend
from ckanext.jena_governance.access import entitlement, hidden, sources, stored

# (whoever asks, what they refer to, what they said beside it) -> whether it does not exist for them
Unseen = Callable[[Context, str, Mapping[str, Any]], bool]


def dataset(context: Context, reference: str, _beside: Mapping[str, Any]) -> bool:
    """A dataset's id or name."""
    return _is_unseen(context, model.Package.get(reference))


def resource(context: Context, reference: str, _beside: Mapping[str, Any]) -> bool:
    """A resource's id."""
    return _is_unseen(context, _package_of_resource(reference))


def table(context: Context, reference: str, _beside: Mapping[str, Any]) -> bool:
    """A resource's id, or another name of its DataStore table."""
    package = _package_of_resource(reference)
    if package is None and p.plugin_loaded("datastore"):
        backend: Any = DatastoreBackend.get_active_backend()
        package = _package_of_resource(backend.resource_id_from_alias(reference)[1])
    return _is_unseen(context, package)


def view(context: Context, reference: str, _beside: Mapping[str, Any]) -> bool:
    """A resource view's id."""
    found = model.Session.get(model.ResourceView, reference)
    return _is_unseen(context, _package_of_resource(found.resource_id) if found else None)


def activity(context: Context, reference: str, _beside: Mapping[str, Any]) -> bool:
    """An activity's id."""
    from ckanext.activity.model import Activity

    found = model.Session.get(Activity, reference)
    package = model.Session.get(model.Package, found.object_id) if found else None
    return _is_unseen(context, package)


def member(context: Context, reference: str, beside: Mapping[str, Any]) -> bool:
    """A dataset, if that is what shall become a member of a group."""
    is_dataset = beside.get("object_type") == "package"
    return is_dataset and dataset(context, reference, beside)


def file_owner(context: Context, reference: str, beside: Mapping[str, Any]) -> bool:
    """Who owns files of CKAN 2.12: a dataset or a resource, among others."""
    owners: dict[Any, Unseen] = {"package": dataset, "resource": resource}
    of_type = owners.get(beside.get("owner_type"))
    return of_type is not None and of_type(context, reference, beside)


def task(context: Context, reference: str, beside: Mapping[str, Any]) -> bool:
    """The status of a task: a loader's error may name what it could not load."""
    found = model.Session.get(model.TaskStatus, reference)
    return found is not None and entity(context, found.entity_id, beside)


def entity(context: Context, reference: str, beside: Mapping[str, Any]) -> bool:
    """What a task is about: a resource or a dataset."""
    if resource(context, reference, beside) or dataset(context, reference, beside):
        return True
    return not entitlement.may_see(reference, context)


def harvest_object(context: Context, reference: str, beside: Mapping[str, Any]) -> bool:
    """A harvested record, as it came: for those who may see all that it became.

    What has not become anything, or was refused, is for those in charge of its source.
    """
    from ckanext.harvest.model import HarvestObject

    found: Any = HarvestObject.get(reference, attr=beside.get("attr"))
    if found is None:
        return False
    package = model.Session.get(model.Package, found.package_id) if found.package_id else None
    if package is None or found.state != "COMPLETE":
        return not sources.may_tend(context, str(found.harvest_source_id))
    return _is_record_unseen(context, package)


def harvested(context: Context, reference: str, _beside: Mapping[str, Any]) -> bool:
    """A dataset whose harvested record is asked for."""
    package = model.Package.get(reference)
    return _is_record_unseen(context, package)


def _is_record_unseen(context: Context, package: model.Package | None) -> bool:
    if package is None or not stored.is_governed(package):
        return False
    return _is_unseen(context, package) or not all(
        entitlement.may_see(one.id, context) for one in package.resources_all
    )


def _is_unseen(context: Context, package: model.Package | None) -> bool:
    return package is not None and not hidden.may_find(context, package)


def _package_of_resource(reference: str | None) -> model.Package | None:
    found = model.Session.get(model.Resource, reference) if reference else None
    return found.package if found else None
