"""Who may call which action, in CKAN's terms."""

from __future__ import annotations

from typing import Any

from ckanext.jena_governance.logic.auth.access import governance_access_explain
from ckanext.jena_governance.logic.auth.agreement import (
    governance_agreement_create,
    governance_agreement_end,
    governance_agreement_list,
    governance_agreement_show,
    governance_agreement_sign,
    governance_agreement_update,
)
from ckanext.jena_governance.logic.auth.datastore import (
    datastore_create,
    datastore_delete,
    datastore_info,
    datastore_records_delete,
    datastore_search,
    datastore_search_sql,
    datastore_upsert,
)
from ckanext.jena_governance.logic.auth.event import governance_event_list
from ckanext.jena_governance.logic.auth.governance import (
    governance_check,
    governance_entity_list,
    governance_entity_show,
    governance_entity_update,
    governance_vocabulary_show,
)
from ckanext.jena_governance.logic.auth.harvest import harvest_object_list
from ckanext.jena_governance.logic.auth.hidden import package_show, package_update
from ckanext.jena_governance.logic.auth.location import governance_location_show
from ckanext.jena_governance.logic.auth.opening import (
    governance_lock,
    governance_opening_confirm,
)
from ckanext.jena_governance.logic.auth.request import (
    governance_access_request_answer,
    governance_access_request_create,
    governance_access_request_decide,
    governance_access_request_forward,
    governance_access_request_list,
    governance_access_request_revoke,
    governance_access_request_show,
    governance_access_request_submit,
    governance_access_request_update,
    governance_access_request_withdraw,
    governance_opening_ask,
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
    },
    "harvest": {"harvest_object_list": harvest_object_list},
}

__all__ = [
    "governance_access_explain",
    "governance_access_request_answer",
    "governance_access_request_create",
    "governance_access_request_decide",
    "governance_access_request_forward",
    "governance_access_request_list",
    "governance_access_request_revoke",
    "governance_access_request_show",
    "governance_access_request_submit",
    "governance_access_request_update",
    "governance_access_request_withdraw",
    "governance_agreement_create",
    "governance_agreement_end",
    "governance_agreement_list",
    "governance_agreement_show",
    "governance_agreement_sign",
    "governance_agreement_update",
    "governance_check",
    "governance_entity_list",
    "governance_entity_show",
    "governance_entity_update",
    "governance_event_list",
    "governance_location_show",
    "governance_lock",
    "governance_opening_ask",
    "governance_opening_confirm",
    "governance_vocabulary_show",
    "package_show",
    "package_update",
]
