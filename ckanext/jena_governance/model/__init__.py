"""Tables of the extension (created by the migration, never on the fly)."""

from ckanext.jena_governance.model.access_log import GovernanceAccessLog
from ckanext.jena_governance.model.access_request import (
    GovernanceAccessRequest,
    GovernanceAccessRequestEntry,
    GovernanceRequestMail,
)
from ckanext.jena_governance.model.agreement import GovernanceAgreement
from ckanext.jena_governance.model.digest import GovernanceEventDigest
from ckanext.jena_governance.model.entity import GovernanceEntity
from ckanext.jena_governance.model.event import GovernanceEvent, GovernanceEventPerson
from ckanext.jena_governance.model.location import GovernanceResourceLocation

__all__ = [
    "GovernanceAccessLog",
    "GovernanceAccessRequest",
    "GovernanceAccessRequestEntry",
    "GovernanceAgreement",
    "GovernanceEntity",
    "GovernanceEvent",
    "GovernanceEventDigest",
    "GovernanceEventPerson",
    "GovernanceRequestMail",
    "GovernanceResourceLocation",
]
