"""What the catalogue may say of a restricted resource; everything else could be its location."""

from __future__ import annotations

from ckanext.jena_governance.policy import RESOURCE_FIELDS

PUBLIC_COLUMNS = frozenset(
    {
        "id", "package_id", "url", "name", "description", "format", "mimetype", "size", "created",
        "last_modified", "metadata_modified", "position", "state", "resource_type", "url_type",
    }
)  # fmt: skip
PUBLIC_EXTRAS = frozenset(
    {
        "datastore_active",
        # A flag that the DataStore shows on every resource, and that clients send back.
        "datastore_contains_all_records_of_source_file",
        "language",
        "conforms_to",
        "issued",
        "modified",
        *RESOURCE_FIELDS,
    }
)
# Columns of CKAN's resource table that hold, or could betray, the location.
HIDDEN_COLUMNS = ("hash", "mimetype_inner", "cache_url", "cache_last_updated")
