"""What an organization is inside the city group."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import ckantoolkit as tk
from sqlalchemy import Boolean, Column, Date, DateTime, ForeignKey, UnicodeText
from sqlalchemy.dialects.postgresql import JSONB

from ckan.types import AlchemySession


class GovernanceEntity(tk.BaseModel):  # type: ignore[misc]
    """One organization of the city group.

    Kept in a table of its own because an organization's own fields can be
    changed (or erased) by its administrators; this row only by sysadmins.
    An organization without a row is ``external``.
    """

    __tablename__ = "governance_entity"

    organization_id: str = Column(
        UnicodeText, ForeignKey("group.id", ondelete="CASCADE"), primary_key=True
    )
    entity_class: str = Column(UnicodeText, nullable=False)
    in_group: bool = Column(Boolean, nullable=False, default=False)
    walled: bool = Column(Boolean, nullable=False, default=False)
    publishes_for: list[str] = Column(JSONB, nullable=False, default=list)
    bound_by: str | None = Column(UnicodeText)
    bound_since: date | None = Column(Date)
    data_steward: str | None = Column(UnicodeText)
    data_steward_email: str | None = Column(UnicodeText)
    note: str | None = Column(UnicodeText)
    modified: datetime = Column(
        DateTime(timezone=True), nullable=False, default=lambda: datetime.now(timezone.utc)
    )

    def as_dict(self) -> dict[str, Any]:
        """The row as the API shows it (dates as ISO 8601 text)."""
        return {
            "organization_id": self.organization_id,
            "entity_class": self.entity_class,
            "in_group": self.in_group,
            "walled": self.walled,
            "publishes_for": list(self.publishes_for),
            "bound_by": self.bound_by,
            "bound_since": self.bound_since.isoformat() if self.bound_since else None,
            "data_steward": self.data_steward,
            "data_steward_email": self.data_steward_email,
            "note": self.note,
        }

    @classmethod
    def get(cls, session: AlchemySession, organization_id: str) -> GovernanceEntity | None:
        """The row of an organization, by its id."""
        return session.get(cls, organization_id)
