"""Agreements between two entities on sharing data."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, DateTime, Table, UnicodeText
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

import ckantoolkit as tk

from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import agreements


def _new_id() -> str:
    return str(uuid.uuid4())


class GovernanceAgreement(tk.BaseModel):
    """One agreement, from its draft to its end; never deleted.

    Organizations, datasets and users by id, without foreign keys: what was agreed stays
    readable when one of them is gone.
    """

    __table__ = Table(
        "governance_agreement",
        tk.BaseModel.metadata,
        Column("id", UnicodeText, primary_key=True, default=_new_id),
        Column("title", UnicodeText, nullable=False),
        Column("provider", UnicodeText, nullable=False, index=True),
        Column("consumer", UnicodeText, nullable=False, index=True),
        Column("drafted_by", UnicodeText, nullable=False),
        # NULL: all data of the provider.
        Column("datasets", JSONB(none_as_null=True)),
        Column("level", UnicodeText, nullable=False),
        Column("purpose", UnicodeText, nullable=False, default=""),
        Column("norm", UnicodeText, nullable=False, default=""),
        Column("conditions", UnicodeText, nullable=False, default=""),
        Column("document", UnicodeText, nullable=False, default=""),
        Column("since", Date, nullable=False),
        Column("until", Date),
        Column("replaces", UnicodeText, index=True),
        Column("state", UnicodeText, nullable=False),
        Column("created_by", UnicodeText, nullable=False, index=True),
        Column("provider_signed_by", UnicodeText),
        Column("provider_signed_at", DateTime(timezone=True)),
        Column("consumer_signed_by", UnicodeText),
        Column("consumer_signed_at", DateTime(timezone=True)),
        # What both were when the first one signed.
        Column("standing", JSONB(none_as_null=True)),
        Column("suspended", UnicodeText),
        # The last day, if it ends earlier than agreed; how, and why.
        Column("ended_on", Date),
        Column("ended_as", UnicodeText),
        Column("end_reason", UnicodeText, nullable=False, default=""),
        Column("created", DateTime(timezone=True), nullable=False, default=now, index=True),
        Column("modified", DateTime(timezone=True), nullable=False, default=now),
    )

    id: Mapped[str]
    title: Mapped[str]
    provider: Mapped[str]
    consumer: Mapped[str]
    drafted_by: Mapped[str]
    datasets: Mapped[list[str] | None]
    level: Mapped[str]
    purpose: Mapped[str]
    norm: Mapped[str]
    conditions: Mapped[str]
    document: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    replaces: Mapped[str | None]
    state: Mapped[str]
    created_by: Mapped[str]
    provider_signed_by: Mapped[str | None]
    provider_signed_at: Mapped[datetime | None]
    consumer_signed_by: Mapped[str | None]
    consumer_signed_at: Mapped[datetime | None]
    standing: Mapped[dict[str, Any] | None]
    suspended: Mapped[str | None]
    ended_on: Mapped[date | None]
    ended_as: Mapped[str | None]
    end_reason: Mapped[str]
    created: Mapped[datetime]
    modified: Mapped[datetime]

    @property
    def signed_by(self) -> dict[str, str]:
        """Ids of those who have signed, by side."""
        both = {
            agreements.PROVIDER: self.provider_signed_by,
            agreements.CONSUMER: self.consumer_signed_by,
        }
        return {side: user for side, user in both.items() if user}

    @property
    def signed_at(self) -> dict[str, datetime]:
        """When they signed, by side."""
        both = {
            agreements.PROVIDER: self.provider_signed_at,
            agreements.CONSUMER: self.consumer_signed_at,
        }
        return {side: moment for side, moment in both.items() if moment}

    @property
    def is_known_to_both(self) -> bool:
        """Whether it has left the side that drafted it."""
        return bool(self.signed_by)

    def sign(self, side: str, user_id: str) -> None:
        """Note a signature. Whether it may be given is settled before."""
        setattr(self, f"{side}_signed_by", user_id)
        setattr(self, f"{side}_signed_at", now())

    def text(self) -> dict[str, Any]:
        """What both sides sign."""
        return {name: getattr(self, name) for name in agreements.TEXT}

    def paper(self) -> agreements.Paper:
        """The row as the rules know it."""
        paper = self.paper_of(getattr(self, name) for name in _FACTS)
        return replace(paper, signed=self.signed_by)

    @classmethod
    def facts(cls) -> list[Any]:
        """The columns of ``paper_of``."""
        return [getattr(cls, name) for name in _FACTS]

    @classmethod
    def paper_of(cls, values: Iterable[Any]) -> agreements.Paper:
        """The agreement that these columns hold, without the signatures and long texts."""
        known: dict[str, Any] = dict(zip(_FACTS, values, strict=True))
        datasets = known["datasets"]
        known["datasets"] = frozenset(datasets) if datasets is not None else None
        known["standing"] = known["standing"] or {}
        return agreements.Paper(**known)


_FACTS = (
    *("id", "title", "provider", "consumer", "datasets", "level"),
    *("since", "until", "state", "ended_on", "standing", "suspended"),
)
