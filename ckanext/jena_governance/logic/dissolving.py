"""An organization that is gone: it is recorded, and it agrees on nothing any more.

CKAN lets one go through several actions, and through a form that sets its state; all of them go
through CKAN's model, so that is where we look.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import event as sa_event

from ckan import model
from ckan import plugins as p

from ckanext.jena_governance.access import memberships
from ckanext.jena_governance.logic import agreements
from ckanext.jena_governance.model import event
from ckanext.jena_governance.policy import agreements as rules

DISSOLVED = "entity.dissolved"


def watch() -> None:
    """Look at everything that any session writes; once in a process."""
    if not sa_event.contains(model.Session, "after_flush", _note):
        sa_event.listen(model.Session, "after_flush", _note)


def _note(session: Any, _flush: Any) -> None:
    gone = {one.id: one for one in _dissolved(session)}
    if not gone or not p.plugin_loaded("jena_governance"):
        return
    connection, user = session.connection(), memberships.acting()
    for id_, one in sorted(gone.items()):
        if memberships.was_active(one):
            event.write(
                connection,
                DISSOLVED,
                object_type="organization",
                object_id=id_,
                user_id=user,
                data={"purged": one in session.deleted},
            )
        agreements.suspend_those_of(connection, id_, rules.DISSOLVED, user)


def _dissolved(session: Any) -> Iterator[model.Group]:
    """The organizations that this flush deletes or purges."""
    for one in [*session.dirty, *session.deleted]:
        if not isinstance(one, model.Group) or not one.is_organization:
            continue
        if one in session.deleted or memberships.has_left(one):
            yield one
