"""Requests for access, what was said about them, and the mails that still have to go out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    UnicodeText,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

import ckantoolkit as tk
from ckan.model.types import make_uuid

from ckanext.jena_governance.model.entity import now


class GovernanceAccessRequest(tk.BaseModel):
    """A request, or a question why data are not open.

    ``state`` is one of ``policy.requests.STATES``; that a grant has ended is never stored.
    Users, entities, datasets and resources are named by id, without foreign keys: they may go,
    and what was decided stays what it was until it is erased.
    """

    __table__ = Table(
        "governance_access_request",
        tk.BaseModel.metadata,
        Column("id", UnicodeText, primary_key=True, default=make_uuid),
        Column("kind", UnicodeText, nullable=False),
        Column("state", UnicodeText, nullable=False),
        Column("user_id", UnicodeText, nullable=False),
        Column("entity_id", UnicodeText),
        Column("dataset_id", UnicodeText, nullable=False, index=True),
        # The owner as of the last change of dataset or request: for lists. Rights are looked up.
        Column("owner_id", UnicodeText),
        Column("forwarded_to", UnicodeText),
        Column("resources", JSONB, nullable=False, default=list),
        Column("persons", JSONB, nullable=False, default=list),
        Column("purpose", UnicodeText, nullable=False, default=""),
        Column("norm", UnicodeText, nullable=False, default=""),
        Column("until", Date),
        Column("lang", UnicodeText, nullable=False),
        Column("created", DateTime(timezone=True), nullable=False, default=now),
        Column("submitted", DateTime(timezone=True)),
        Column("modified", DateTime(timezone=True), nullable=False, default=now),
        Column("due", Date),
        Column("stopped_on", Date),
        Column("decided", DateTime(timezone=True)),
        Column("decider_id", UnicodeText),
        Column("decision", JSONB, nullable=False, default=dict),
        # Who may use the grant: named persons; empty for every member of the entity.
        Column("grantees", JSONB, nullable=False, default=list),
        Column("granted", JSONB, nullable=False, default=dict),
        Column("since", Date),
        Column("granted_until", Date),
        Column("ended", Date, index=True),
        Column("reminded_soon", Date),
        Column("reminded_overdue", Date),
        Index("ix_governance_access_request_mine", "user_id", "created", "id"),
        Index("ix_governance_access_request_owner", "owner_id", "state", "due", "id"),
        Index("ix_governance_access_request_forwarded", "forwarded_to", "due", "id"),
        Index("ix_governance_access_request_entity", "entity_id", "state"),
        Index(
            "ix_governance_access_request_grantees",
            "grantees",
            postgresql_using="gin",
            postgresql_where=text("state = 'approved'"),
        ),
    )

    id: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    user_id: Mapped[str]
    entity_id: Mapped[str | None]
    dataset_id: Mapped[str]
    owner_id: Mapped[str | None]
    forwarded_to: Mapped[str | None]
    resources: Mapped[list[str]]
    persons: Mapped[list[str]]
    purpose: Mapped[str]
    norm: Mapped[str]
    until: Mapped[date | None]
    lang: Mapped[str]
    created: Mapped[datetime]
    submitted: Mapped[datetime | None]
    modified: Mapped[datetime]
    due: Mapped[date | None]
    stopped_on: Mapped[date | None]
    decided: Mapped[datetime | None]
    decider_id: Mapped[str | None]
    decision: Mapped[dict[str, Any]]
    grantees: Mapped[list[str]]
    granted: Mapped[dict[str, Any]]
    since: Mapped[date | None]
    granted_until: Mapped[date | None]
    ended: Mapped[date | None]
    reminded_soon: Mapped[date | None]
    reminded_overdue: Mapped[date | None]


class GovernanceAccessRequestEntry(tk.BaseModel):
    """One step of a request, with what was said; erased with the request."""

    __table__ = Table(
        "governance_access_request_entry",
        tk.BaseModel.metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column(
            "request_id",
            UnicodeText,
            ForeignKey("governance_access_request.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        Column("created", DateTime(timezone=True), nullable=False, default=now),
        Column("user_id", UnicodeText),
        Column("step", UnicodeText, nullable=False),
        Column("text", UnicodeText, nullable=False, default=""),
        # For which entity somebody spoke; nothing for the requester.
        Column("entity_id", UnicodeText),
        # What the requester changed: names of ``policy.requests.WISH``.
        Column("fields", JSONB),
    )

    id: Mapped[int]
    request_id: Mapped[str]
    created: Mapped[datetime]
    user_id: Mapped[str | None]
    step: Mapped[str]
    text: Mapped[str]
    entity_id: Mapped[str | None]
    fields: Mapped[list[str] | None]


class GovernanceRequestMail(tk.BaseModel):
    """A mail that has not gone out yet; written with the step that it tells of.

    Attributes:
        kind: which text.
        recipient: id of a user, or ``entity:<id>``, or ``escalation``.
    """

    __table__ = Table(
        "governance_request_mail",
        tk.BaseModel.metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column(
            "request_id",
            UnicodeText,
            ForeignKey("governance_access_request.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        Column("kind", UnicodeText, nullable=False),
        Column("recipient", UnicodeText, nullable=False),
        Column("lang", UnicodeText, nullable=False),
        Column("day", Date),
        Column("tries", Integer, nullable=False, default=0),
        Column("next_try", DateTime(timezone=True), nullable=False, default=now, index=True),
    )

    id: Mapped[int]
    request_id: Mapped[str]
    kind: Mapped[str]
    recipient: Mapped[str]
    lang: Mapped[str]
    day: Mapped[date | None]
    tries: Mapped[int]
    next_try: Mapped[datetime]
