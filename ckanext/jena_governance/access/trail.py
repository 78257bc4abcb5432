"""Activities of hidden datasets: CKAN shows them by the labels they were written with.

Those of resource views have none and are shown to everybody, so there are none of hidden datasets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan import plugins as p
from ckan.lib import search
from ckan.lib.plugins import get_permission_labels

from ckanext.jena_governance.access import labels

# CKAN's own way to tell what has labels.
_LABELLED = "package"
# What the stream, which is public, may tell about a view of a restricted resource.
_OF_VIEW = frozenset({"id", "package_id", "resource_id", "view_type"})


def relabel(package: model.Package) -> None:
    """Let what happened to a hidden dataset be seen by those only who may find it now.

    What happened while it was hidden stays as it is when it is not hidden any more.
    """
    if not labels.is_hidden(package) or not p.plugin_loaded("activity"):
        return
    from ckanext.activity.model import Activity

    table = Activity.__table__
    of_package = table.c.object_id == package.id
    is_labelled = table.c.activity_type.endswith(_LABELLED)
    new = get_permission_labels().get_dataset_labels(package)
    model.Session.execute(
        sa.update(table)
        .where(of_package, is_labelled, table.c.permission_labels.is_distinct_from(new))
        .values(permission_labels=new)
    )
    model.Session.execute(sa.delete(table).where(of_package, sa.not_(is_labelled)))


def renew(ids: Iterable[str]) -> None:
    """Work out anew who finds the hidden ones of these datasets, in the index and in activities."""
    query = sa.select(model.Package).where(
        model.Package.id.in_(list(ids)), model.Package.private.is_(True)
    )
    packages = [one for one in model.Session.scalars(query) if labels.is_hidden(one)]
    for package in packages:
        relabel(package)
    model.Session.commit()
    for package in packages:
        search.rebuild(package.id, defer_commit=True)
    if packages:
        search.commit()


def told_of_view(data: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of a resource view's activity when its resource is restricted.

    Args:
        data: what CKAN notes about a view: its columns.
    """
    told = {key: value for key, value in data.items() if key in _OF_VIEW}
    return {**told, "title": told.get("view_type")}


def is_untold(activity: Mapping[str, Any]) -> bool:
    """Whether an activity would tell everybody of a hidden dataset."""
    if str(activity.get("activity_type")).endswith(_LABELLED):
        return False
    return labels.is_hidden(model.Package.get(str(activity.get("object_id") or "")))
