"""The record of what changed. Written in the transaction of the change itself."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Table, UnicodeText
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped

import ckantoolkit as tk
from ckan.types import AlchemySession

from ckanext.jena_governance.model.entity import now

# Of PostgreSQL's advisory lock: whoever writes an event shares it until their transaction ends,
# whoever seals days holds it alone. So no event can come late into a day that is sealed.
LOCK = 0x6A656E61
SHARE = sa.select(sa.func.pg_advisory_xact_lock_shared(LOCK))
ALONE = sa.select(sa.func.pg_advisory_xact_lock(LOCK))
# The same without queueing up: who waits for it makes whoever writes an event wait behind them.
ALONE_IF_FREE = sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))


class GovernanceEvent(tk.BaseModel):
    """One change. Holds nothing personal: who acted is a salted commitment.

    The person stands in :class:`GovernanceEventPerson`, which may be erased
    (Art. 17 GDPR) while this row stays as it is.
    """

    __table__ = Table(
        "governance_event",
        tk.BaseModel.metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("created", DateTime(timezone=True), nullable=False, default=now, index=True),
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
    """Who acted in an event, whom it is about, and the salts that tie them to it.

    Either may be erased without the other; ``None`` then, or where there was nobody.
    """

    __table__ = Table(
        "governance_event_person",
        tk.BaseModel.metadata,
        Column(
            "event_id",
            BigInteger,
            ForeignKey("governance_event.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        Column("user_id", UnicodeText, index=True),
        Column("salt", UnicodeText),
        Column("subject_id", UnicodeText, index=True),
        Column("subject_salt", UnicodeText),
    )

    event_id: Mapped[int]
    user_id: Mapped[str | None]
    salt: Mapped[str | None]
    subject_id: Mapped[str | None]
    subject_salt: Mapped[str | None]


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
    subject_id: str | None = None,
) -> GovernanceEvent:
    """Add an event to the current transaction.

    Args:
        session: the session of the change; it commits both or neither.
        kind: what happened, e.g. ``entity.updated``.
        object_type: ``organization``, ``dataset``, ``agreement``, ``request`` …
        object_id: id of that object.
        user_id: id of the acting user; ``None`` for the system.
        data: what changed, JSON-like, nothing personal.
        subject_id: id of the user whom it is about, if it is about one.

    Returns:
        The event, flushed (it has its number).
    """
    session.execute(SHARE)
    event_values, person = parts_of(user_id, subject_id, data)
    event = GovernanceEvent(kind=kind, object_type=object_type, object_id=object_id, **event_values)
    session.add(event)
    session.flush()
    if person:
        session.add(GovernanceEventPerson(event_id=event.id, **person))
    return event


def write(  # noqa: PLR0913 - as record
    connection: Connection,
    kind: str,
    *,
    object_type: str,
    object_id: str,
    user_id: str | None,
    data: dict[str, Any],
    subject_id: str | None = None,
) -> None:
    """As :func:`record`, for use while a session is writing (within its flush).

    Args:
        connection: that of the session.
        kind: as for :func:`record`, and so are all others.
        object_type: what kind of object.
        object_id: which.
        user_id: who acts.
        data: what changed.
        subject_id: whom it is about.
    """
    connection.execute(SHARE)
    about, person = parts_of(user_id, subject_id, data)
    table = GovernanceEvent.__table__
    row = sa.insert(table).values(kind=kind, object_type=object_type, object_id=object_id, **about)
    number = connection.scalar(row.returning(table.c["id"]))
    if person:
        people = sa.insert(GovernanceEventPerson.__table__)
        connection.execute(people.values(event_id=number, **person))


def parts_of(
    user_id: str | None, subject_id: str | None, data: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the event says of people, and what stands apart.

    Args:
        user_id: who acts, if anybody.
        subject_id: whom it is about, if anybody.
        data: what changed.

    Returns:
        ``actor`` and ``data`` of the event, with commitments only; the columns of the person.
    """
    person: dict[str, Any] = {}
    event: dict[str, Any] = {"actor": None, "data": data}
    if user_id:
        person |= {"user_id": user_id, "salt": secrets.token_hex(16)}
        event["actor"] = commitment(user_id, person["salt"])
    if subject_id:
        person |= {"subject_id": subject_id, "subject_salt": secrets.token_hex(16)}
        event["data"] = {**data, "subject": commitment(subject_id, person["subject_salt"])}
    return event, person
