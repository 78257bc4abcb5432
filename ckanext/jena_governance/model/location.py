"""The vault: where restricted data really are, out of the catalogue's reach."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Table, UnicodeText
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

import ckantoolkit as tk

from ckanext.jena_governance.model.entity import now


class GovernanceResourceLocation(tk.BaseModel):
    """The location of one restricted resource.

    No foreign keys: CKAN purges datasets past the model, and a deleted dataset may come back.
    """

    __table__ = Table(
        "governance_resource_location",
        tk.BaseModel.metadata,
        Column("package_id", UnicodeText, primary_key=True),
        Column("resource_id", UnicodeText, primary_key=True, index=True),
        Column("url", UnicodeText),
        Column("file_name", UnicodeText),
        Column("fields", JSONB, nullable=False, default=dict),
        Column("modified", DateTime(timezone=True), nullable=False, default=now),
    )

    package_id: Mapped[str]
    resource_id: Mapped[str]
    url: Mapped[str | None]
    file_name: Mapped[str | None]
    fields: Mapped[dict[str, Any]]
    modified: Mapped[datetime]
