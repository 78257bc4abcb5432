"""What an organization is inside the city group."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, ForeignKey, Table, UnicodeText
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

import ckantoolkit as tk
from ckan.types import AlchemySession


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(timezone.utc)


class GovernanceEntity(tk.BaseModel):
    """One organization of the city group.

    Kept in a table of its own because an organization's own fields can be
    changed (or erased) by its administrators; this row only by sysadmins.
    An organization without a row is ``external``.
    """

    __table__ = Table(
        "governance_entity",
        tk.BaseModel.metadata,
        Column(
            "organization_id",
            UnicodeText,
            ForeignKey("group.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        Column("entity_class", UnicodeText, nullable=False),
        Column("in_group", Boolean, nullable=False, default=False),
        Column("walled", Boolean, nullable=False, default=False),
        Column("publishes_for", JSONB, nullable=False, default=list),
        Column("bound_by", UnicodeText),
        Column("bound_since", Date),
        Column("data_steward", UnicodeText),
        Column("data_steward_email", UnicodeText),
        Column("note", UnicodeText),
        Column("modified", DateTime(timezone=True), nullable=False, default=now),
    )

    organization_id: Mapped[str]
    entity_class: Mapped[str]
    in_group: Mapped[bool]
    walled: Mapped[bool]
    publishes_for: Mapped[list[str]]
    bound_by: Mapped[str | None]
    bound_since: Mapped[date | None]
    data_steward: Mapped[str | None]
    data_steward_email: Mapped[str | None]
    note: Mapped[str | None]
    modified: Mapped[datetime]

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
