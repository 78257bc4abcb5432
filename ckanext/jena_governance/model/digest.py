"""The seals of the log: one for each day that is over."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Date, DateTime, Integer, Table, UnicodeText
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

import ckantoolkit as tk


class GovernanceEventDigest(tk.BaseModel):
    """The seal of a day: what was in the log, and the seal before, under a key.

    ``rows`` has the number and the hash of each event, so that a check can name the one that
    was changed, and go on when an event was pruned lawfully. ``ends`` is the moment at which the
    day ended where the city is; the next one begins there. ``sealed_on`` is the day on which it
    was sealed; older seals do not say.
    """

    __table__ = Table(
        "governance_event_digest",
        tk.BaseModel.metadata,
        Column("day", Date, primary_key=True),
        Column("ends", DateTime(timezone=True), nullable=False),
        Column("count", Integer, nullable=False),
        Column("rows", JSONB, nullable=False),
        Column("previous", UnicodeText, nullable=False),
        Column("key_id", UnicodeText, nullable=False),
        Column("sealed_on", Date),
        Column("hmac", UnicodeText, nullable=False),
    )

    day: Mapped[date]
    ends: Mapped[datetime]
    count: Mapped[int]
    rows: Mapped[list[tuple[int, str]]]
    previous: Mapped[str]
    key_id: Mapped[str]
    sealed_on: Mapped[date | None]
    hmac: Mapped[str]
