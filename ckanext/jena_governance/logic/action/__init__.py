"""Actions, as CKAN names them. Those of CKAN itself are chained."""

from __future__ import annotations

from typing import Any

from ckanext.jena_governance.logic.action.access import governance_access_explain
from ckanext.jena_governance.logic.action.agreement import (
    governance_agreement_create,
    governance_agreement_end,
    governance_agreement_list,
    governance_agreement_show,
    governance_agreement_sign,
    governance_agreement_update,
)
from ckanext.jena_governance.logic.action.bulk import bulk_update_private, bulk_update_public
from ckanext.jena_governance.logic.action.dataset import (
    dataset_purge,
    package_create,
    package_owner_org_update,
    package_update,
    resource_update,
)
from ckanext.jena_governance.logic.action.datastore import (
    datastore_create,
    datastore_info,
    datastore_search,
    datastore_search_sql,
)
from ckanext.jena_governance.logic.action.entity import (
    governance_entity_list,
    governance_entity_show,
    governance_entity_update,
)
from ckanext.jena_governance.logic.action.event import governance_event_list
from ckanext.jena_governance.logic.action.harvest import (
    harvest_source_list,
    harvest_source_show_status,
)
from ckanext.jena_governance.logic.action.hidden import (
    dataset_followee_list,
    followee_list,
    format_autocomplete,
    group_list,
    group_list_authz,
    group_show,
    member_create,
    member_list,
    organization_list,
    organization_list_for_user,
    organization_show,
    package_relationships_list,
    package_search,
    package_show,
    tag_autocomplete,
    tag_list,
    tag_search,
    tag_show,
)
from ckanext.jena_governance.logic.action.location import governance_location_show
from ckanext.jena_governance.logic.action.opening import (
    governance_lock,
    governance_opening_confirm,
)
from ckanext.jena_governance.logic.action.request import (
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
from ckanext.jena_governance.logic.action.views import (
    activity_create,
    resource_view_create,
    resource_view_delete,
    resource_view_list,
    resource_view_reorder,
    resource_view_show,
    resource_view_update,
)
from ckanext.jena_governance.logic.action.vocabulary import (
    governance_check,
    governance_vocabulary_show,
)

__all__ = [
    "bulk_update_private",
    "bulk_update_public",
    "dataset_followee_list",
    "dataset_purge",
    "followee_list",
    "format_autocomplete",
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
    "group_list",
    "group_list_authz",
    "group_show",
    "member_create",
    "member_list",
    "organization_list",
    "organization_list_for_user",
    "organization_show",
    "package_create",
    "package_owner_org_update",
    "package_relationships_list",
    "package_search",
    "package_show",
    "package_update",
    "resource_update",
    "resource_view_create",
    "resource_view_delete",
    "resource_view_list",
    "resource_view_reorder",
    "resource_view_show",
    "resource_view_update",
    "tag_autocomplete",
    "tag_list",
    "tag_search",
    "tag_show",
]

# Chained actions of other plugins: plugin -> name -> function.
OF_PLUGINS: dict[str, dict[str, Any]] = {
    "activity": {"activity_create": activity_create},
    "harvest": {
        "harvest_source_list": harvest_source_list,
        "harvest_source_show_status": harvest_source_show_status,
    },
    "datastore": {
        "datastore_create": datastore_create,
        "datastore_info": datastore_info,
        "datastore_search": datastore_search,
        "datastore_search_sql": datastore_search_sql,
    },
}
