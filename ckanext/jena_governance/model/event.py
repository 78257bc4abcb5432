"""The record of what changed. Written in the transaction of the change itself."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Table, UnicodeText
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

import ckantoolkit as tk
from ckan.types import AlchemySession

from ckanext.jena_governance.model.entity import now


class GovernanceEvent(tk.BaseModel):
    """One change. Holds nothing personal: who acted is a salted commitment.

    The person stands in :class:`GovernanceEventPerson`, which may be erased
    (Art. 17 GDPR) while this row stays as it is.
    """

    __table__ = Table(
        "governance_event",
        tk.BaseModel.metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("created", DateTime(timezone=True), nullable=False, default=now),
        Column("kind", UnicodeText, nullable=False, index=True),
        Column("object_type", UnicodeText, nullable=False),
        Column("object_id", UnicodeText, nullable=False, index=True),
        Column("actor", UnicodeText),
        Column("data", JSONB, nullable=False, default=dict),
    )

    id: Mapped[int]
    created: Mapped[datetime]
    kind: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    actor: Mapped[str | None]
    data: Mapped[dict[str, Any]]


class GovernanceEventPerson(tk.BaseModel):
    """Who acted in an event, and the salt that ties them to it."""

    __table__ = Table(
        "governance_event_person",
        tk.BaseModel.metadata,
        Column(
            "event_id",
            BigInteger,
            ForeignKey("governance_event.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        Column("user_id", UnicodeText, nullable=False, index=True),
        Column("salt", UnicodeText, nullable=False),
    )

    event_id: Mapped[int]
    user_id: Mapped[str]
    salt: Mapped[str]


def commitment(user_id: str, salt: str) -> str:
    """SHA-256 over salt and user id, as hexadecimal text."""
    return hashlib.sha256(f"{salt}{user_id}".encode()).hexdigest()


def record(  # noqa: PLR0913 - what, on what, by whom
    session: AlchemySession,
    kind: str,
    *,
    object_type: str,
    object_id: str,
    user_id: str | None,
    data: dict[str, Any],
) -> GovernanceEvent:
    """Add an event to the current transaction.

    Args:
        session: the session of the change; it commits both or neither.
        kind: what happened, e.g. ``entity.updated``.
        object_type: ``organization`` or ``dataset``.
        object_id: id of that object.
        user_id: id of the acting user; ``None`` for the system.
        data: what changed, JSON-like, nothing personal.

    Returns:
        The event, flushed (it has its number).
    """
    salt = secrets.token_hex(16)
    event = GovernanceEvent(
        kind=kind,
        object_type=object_type,
        object_id=object_id,
        actor=commitment(user_id, salt) if user_id else None,
        data=data,
    )
    session.add(event)
    session.flush()
    if user_id:
        session.add(GovernanceEventPerson(event_id=event.id, user_id=user_id, salt=salt))
    return event
