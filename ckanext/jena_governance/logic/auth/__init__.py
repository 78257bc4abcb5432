"""Who may call which action, in CKAN's terms."""

from __future__ import annotations

from typing import Any

from ckanext.jena_governance.logic.auth.access import governance_access_explain
from ckanext.jena_governance.logic.auth.datastore import (
    datastore_create,
    datastore_delete,
    datastore_info,
    datastore_records_delete,
    datastore_search,
    datastore_search_sql,
    datastore_upsert,
)
from ckanext.jena_governance.logic.auth.governance import (
    governance_check,
    governance_entity_list,
    governance_entity_show,
    governance_entity_update,
    governance_vocabulary_show,
)
from ckanext.jena_governance.logic.auth.hidden import package_show, package_update
from ckanext.jena_governance.logic.auth.location import governance_location_show
from ckanext.jena_governance.logic.auth.opening import (
    governance_lock,
    governance_opening_confirm,
)

# Chained functions of other plugins: plugin -> name -> function.
OF_PLUGINS: dict[str, dict[str, Any]] = {
    "datastore": {
        "datastore_create": datastore_create,
        "datastore_delete": datastore_delete,
        "datastore_info": datastore_info,
        "datastore_records_delete": datastore_records_delete,
        "datastore_search": datastore_search,
        "datastore_search_sql": datastore_search_sql,
        "datastore_upsert": datastore_upsert,
    }
}

__all__ = [
    "governance_access_explain",
    "governance_check",
    "governance_entity_list",
    "governance_entity_show",
    "governance_entity_update",
    "governance_location_show",
    "governance_lock",
    "governance_opening_confirm",
    "governance_vocabulary_show",
    "package_show",
    "package_update",
]
