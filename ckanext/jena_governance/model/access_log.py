"""Who has read restricted data, and how often somebody was refused."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Identity,
    Integer,
    Table,
    UnicodeText,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped

import ckantoolkit as tk


class GovernanceAccessLog(tk.BaseModel):
    """One day, one reader, one resource, one way, one rule.

    Counted by day, because single moments would describe the working day of employees.
    Whoever is not signed in has an empty ``user_id``; no address is kept.
    """

    __table__ = Table(
        "governance_access_log",
        tk.BaseModel.metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("day", Date, nullable=False, index=True),
        Column("package_id", UnicodeText, nullable=False),
        Column("resource_id", UnicodeText, nullable=False, index=True),
        Column("user_id", UnicodeText, nullable=False, index=True),
        Column("via", UnicodeText, nullable=False),
        Column("rule", UnicodeText, nullable=False),
        Column("level", UnicodeText, nullable=False),
        Column("count", Integer, nullable=False),
        UniqueConstraint("day", "resource_id", "user_id", "via", "rule", "level"),
    )

    id: Mapped[int]
    day: Mapped[date]
    package_id: Mapped[str]
    resource_id: Mapped[str]
    user_id: Mapped[str]
    via: Mapped[str]
    rule: Mapped[str]
    level: Mapped[str]
    count: Mapped[int]
