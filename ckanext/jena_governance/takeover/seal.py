"""A seal over a stored dataset: it breaks as soon as somebody changes what a person can change."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ckan import model

# Written by machines after the import (datastore, xloader, file size): no sign of a person.
_BY_MACHINES = """
    datastore_active datastore_contains_all_records_of_source_file ckan_url
    datapusher_last_upload hash hash_algorithm size mimetype total_record_count preview
    preview_rows
"""
_MACHINE = frozenset(_BY_MACHINES.split())


def seal_of(package: model.Package) -> str:
    """The seal of a dataset as it is stored, whatever the schema or other plugins show."""
    columns = ("title", "name", "notes", "url", "version", "author", "author_email", "maintainer")
    columns += ("maintainer_email", "license_id", "owner_org", "private", "type", "state")
    content: dict[str, Any] = {column: getattr(package, column) for column in columns}
    content["extras"] = dict(package.extras)
    content["tags"] = sorted(tag.name for tag in package.get_tags())
    content["groups"] = sorted(str(group.id) for group in package.get_groups("group"))
    content["resources"] = [_resource(resource) for resource in package.resources]
    serialised = json.dumps(_without_empty(content), sort_keys=True, default=str)
    return hashlib.sha256(serialised.encode()).hexdigest()


def _resource(resource: model.Resource) -> dict[str, Any]:
    columns = ("id", "url", "name", "description", "format", "url_type")
    extras = {k: v for k, v in (resource.extras or {}).items() if k not in _MACHINE}
    return _without_empty({**extras, **{column: getattr(resource, column) for column in columns}})


def _without_empty(content: dict[str, Any]) -> dict[str, Any]:
    """Empty text and nothing are the same: saving a form turns one into the other."""
    return {key: value for key, value in content.items() if value not in (None, "", [], {})}
