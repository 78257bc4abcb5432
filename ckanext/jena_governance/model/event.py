"""The record of what changed. Written in the transaction of the change itself."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timezone
from typing import Any

import ckantoolkit as tk
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, UnicodeText
from sqlalchemy.dialects.postgresql import JSONB

from ckan.types import AlchemySession


class GovernanceEvent(tk.BaseModel):  # type: ignore[misc]
    """One change. Holds nothing personal: who acted is a salted commitment.

    The person stands in :class:`GovernanceEventPerson`, which may be erased
    (Art. 17 GDPR) while this row stays as it is.
    """

    __tablename__ = "governance_event"

    id: int = Column(BigInteger, Identity(), primary_key=True)
    created: datetime = Column(
        DateTime(timezone=True), nullable=False, default=lambda: datetime.now(timezone.utc)
    )
    kind: str = Column(UnicodeText, nullable=False, index=True)
    object_type: str = Column(UnicodeText, nullable=False)
    object_id: str = Column(UnicodeText, nullable=False, index=True)
    actor: str | None = Column(UnicodeText)
    data: dict[str, Any] = Column(JSONB, nullable=False, default=dict)


class GovernanceEventPerson(tk.BaseModel):  # type: ignore[misc]
    """Who acted in an event, and the salt that ties them to it."""

    __tablename__ = "governance_event_person"

    event_id: int = Column(
        BigInteger, ForeignKey("governance_event.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: str = Column(UnicodeText, nullable=False, index=True)
    salt: str = Column(UnicodeText, nullable=False)


def commitment(user_id: str, salt: str) -> str:
    """SHA-256 over salt and user id, as hexadecimal text."""
    return hashlib.sha256(f"{salt}{user_id}".encode()).hexdigest()


def record(
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
