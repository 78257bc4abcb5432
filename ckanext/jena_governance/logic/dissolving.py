"""An organization that is gone agrees on nothing any more, whichever way it goes.

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
from ckanext.jena_governance.policy import agreements as rules


def watch() -> None:
    """Look at everything that any session writes; once in a process."""
    if not sa_event.contains(model.Session, "after_flush", _note):
        sa_event.listen(model.Session, "after_flush", _note)


def _note(session: Any, _flush: Any) -> None:
    gone = sorted(set(_dissolved(session)))
    if not gone or not p.plugin_loaded("jena_governance"):
        return
    for id_ in gone:
        agreements.suspend_those_of(
            session.connection(), id_, rules.DISSOLVED, memberships.acting()
        )


def _dissolved(session: Any) -> Iterator[str]:
    """Ids of the organizations that this flush deletes or purges."""
    for one in [*session.dirty, *session.deleted]:
        if not isinstance(one, model.Group) or not one.is_organization:
            continue
        if one in session.deleted or memberships.has_left(one):
            yield one.id
