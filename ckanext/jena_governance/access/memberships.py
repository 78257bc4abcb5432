"""Who belongs to an entity decides on who sees its data: each change of it is an event.

Whatever changes a membership (actions, forms, invitations, deleted accounts) goes through CKAN's
model, so that is where we look.

Source:
    Security review, E15.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.engine import Connection
from sqlalchemy.orm.attributes import get_history

import ckantoolkit as tk
from ckan import model
from ckan import plugins as p

from ckanext.jena_governance.model import GovernanceEntity, event

CHANGED = "membership.changed"
UNKNOWN = "?"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A role before and after; ``None`` for none."""

    organization_id: str
    user_id: str
    before: str | None
    after: str | None


def watch() -> None:
    """Look at everything that any session writes; once in a process."""
    if not sa_event.contains(model.Session, "after_flush", _note):
        sa_event.listen(model.Session, "after_flush", _note)


def _note(session: Any, _flush: Any) -> None:
    changes = list(_changes(session))
    if not changes or not p.plugin_loaded("jena_governance"):
        return
    connection: Connection = session.connection()
    classed = _classed(connection, {one.organization_id for one in changes})
    for one in changes:
        if one.organization_id in classed:
            _record(connection, one)


def _changes(session: Any) -> Iterator[Change]:
    new, deleted = session.new, session.deleted
    for one in [*new, *session.dirty, *deleted]:
        if not isinstance(one, model.Member) or one.table_name != "user" or not one.group_id:
            continue
        before = None if one in new else _role_before(one)
        is_member = one.state == model.State.ACTIVE and one not in deleted
        after = one.capacity if is_member else None
        if before != after:
            yield Change(
                organization_id=one.group_id,
                user_id=one.table_id or "",
                before=before,
                after=after,
            )


def _role_before(member: model.Member) -> str | None:
    state = _before(member, "state")
    return _before(member, "capacity") if state in (model.State.ACTIVE, UNKNOWN) else None


def _before(row: model.Member | model.Group, name: str) -> str | None:
    """What a column held when it was read; unknown if it was overwritten unread."""
    history = get_history(row, name)
    if not history.has_changes():
        return getattr(row, name)
    return history.deleted[0] if history.deleted else UNKNOWN


def has_left(one: model.Group) -> bool:
    """Whether an organization's state has just been changed to one that is not active."""
    return one.state != model.State.ACTIVE and get_history(one, "state").has_changes()


def was_active(one: model.Group) -> bool:
    """Whether an organization was active before what is being flushed."""
    return _before(one, "state") != model.State.DELETED


def _classed(connection: Connection, ids: set[str]) -> set[str]:
    column = GovernanceEntity.__table__.c["organization_id"]
    return set(connection.scalars(sa.select(column).where(column.in_(ids))))


def _record(connection: Connection, one: Change) -> None:
    user = model.User
    state = connection.scalar(sa.select(user.state).where(user.id == one.user_id))
    data: dict[str, Any] = {"from": one.before, "to": one.after}
    if state == model.State.PENDING:
        data["invited"] = True
    event.write(
        connection,
        CHANGED,
        object_type="organization",
        object_id=one.organization_id,
        user_id=acting(),
        data=data,
        subject_id=one.user_id,
    )


def acting() -> str | None:
    """Who is signed in; nobody on the command line."""
    return getattr(tk.current_user, "id", None) if tk.request else None
