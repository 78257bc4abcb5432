"""Tables of the extension (created by the migration, never on the fly)."""

from ckanext.jena_governance.model.entity import GovernanceEntity
from ckanext.jena_governance.model.event import GovernanceEvent, GovernanceEventPerson

__all__ = ["GovernanceEntity", "GovernanceEvent", "GovernanceEventPerson"]
