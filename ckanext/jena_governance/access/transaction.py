"""Work that waits for CKAN's transaction to end well."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from ckan import model

log = logging.getLogger(__name__)

Work = Callable[[], None]

_KEY = "jena_governance_after_commit"


def after_commit(work: Work) -> None:
    """Do something once the current transaction is committed; never, if it is rolled back.

    Args:
        work: must not use the session; what it raises is logged by its class, because the
            data are stored by then and a message could name a location.
    """
    session = model.Session()
    waiting: list[Work] = session.info.setdefault(_KEY, [])
    waiting.append(work)
    if not event.contains(session, "after_commit", _run):
        event.listen(session, "after_commit", _run)
        event.listen(session, "after_soft_rollback", _forget)


def _run(session: Any) -> None:
    # A released savepoint is no commit yet.
    if session.in_nested_transaction():
        return
    for work in _taken(session):
        _do(work)


def _do(work: Work) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the data are stored, whatever happens here
        log.error("after commit: %s: %s", work.__qualname__, type(error).__name__)  # noqa: TRY400


def _forget(session: Any, _previous: Any) -> None:
    _taken(session)


def _taken(session: Any) -> list[Work]:
    return session.info.pop(_KEY, [])
