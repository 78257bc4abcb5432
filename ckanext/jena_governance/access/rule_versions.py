"""Rules are files; that other ones are in force from now on is an event like any other change."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ckan import model

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.access import seals
from ckanext.jena_governance.model import GovernanceEvent

CHANGED = "rules.changed"

_EVENT = GovernanceEvent.__table__


def note() -> None:
    """Write an event if the rules are not those of the last one.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: there is no database, or no table of ours yet.
    """
    said = _now_in_force()
    engine: Engine = model.meta.engine  # pyright: ignore[reportAssignmentType]
    with engine.connect() as connection:
        if _last(connection) == said:
            return
    # Several processes start at once; the first one writes.
    with seals.alone() as connection:
        if _last(connection) != said:
            about = {"kind": CHANGED, "object_type": "rules", "object_id": "rules"}
            connection.execute(sa.insert(_EVENT).values(**about, actor=None, data=said))


def _last(connection: Any) -> dict[str, Any] | None:
    query = sa.select(_EVENT.c["data"]).where(_EVENT.c["kind"] == CHANGED)
    return connection.scalar(query.order_by(_EVENT.c["id"].desc()).limit(1))


def _now_in_force() -> dict[str, Any]:
    words = vocabulary.current()
    text = json.dumps(_plain(words), sort_keys=True, ensure_ascii=False, default=str)
    return {
        "sharing_rules": words.sharing.version,
        "in_force": str(words.sharing.in_force),
        "decision": words.sharing.decision,
        "vocabulary": hashlib.sha256(text.encode()).hexdigest(),
    }


def _plain(value: Any) -> Any:
    """The same for every process: sets have no order of their own."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(value, "items"):
        return {str(key): _plain(one) for key, one in value.items()}
    return value
