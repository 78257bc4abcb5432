"""Actions, as CKAN names them. Those of CKAN itself are chained."""

from ckanext.jena_governance.logic.action.bulk import bulk_update_private, bulk_update_public
from ckanext.jena_governance.logic.action.dataset import (
    package_create,
    package_owner_org_update,
    package_update,
)
from ckanext.jena_governance.logic.action.entity import (
    governance_entity_list,
    governance_entity_show,
    governance_entity_update,
)
from ckanext.jena_governance.logic.action.vocabulary import (
    governance_check,
    governance_vocabulary_show,
)

__all__ = [
    "bulk_update_private",
    "bulk_update_public",
    "governance_check",
    "governance_entity_list",
    "governance_entity_show",
    "governance_entity_update",
    "governance_vocabulary_show",
    "package_create",
    "package_owner_org_update",
    "package_update",
]
