"""Requests are erased one day: drafts nobody submits, and what has ended long ago."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.access import persons
from ckanext.jena_governance.logic.access_requests.cases import Row
from ckanext.jena_governance.model import event
from ckanext.jena_governance.policy import requests

_MONTH = timedelta(days=30.5)
# A draft that was given up is one all the same.
_UNSENT = (requests.DRAFT, requests.WITHDRAWN)


def prune(today: date | None = None) -> dict[str, int]:
    """Erase what is older than the settings say, with all that was said, and who had asked.

    The record of what was decided stays, and who decided stands beside it as long as beside any
    decision.

    Args:
        today: the day; else today.

    Returns:
        How many ``drafts`` and ``requests`` are gone. Commits.
    """
    today = today or config.today()
    drafts = _midnight(today - timedelta(days=config.max_draft_days()))
    ended = today - config.request_retention_months() * _MONTH
    done = {
        "drafts": _erase(Row.state.in_(_UNSENT), Row.submitted.is_(None), Row.modified < drafts),
        "requests": _erase(Row.ended < ended),
    }
    if any(done.values()):
        event.record(
            model.Session,
            "request.pruned",
            object_type="request",
            object_id="",
            user_id=None,
            data=done,
        )
    model.Session.commit()
    return done


def _erase(*conditions: sa.ColumnElement[bool]) -> int:
    persons.forget_who_asked(*conditions)
    gone = model.Session.scalars(sa.delete(Row).where(*conditions).returning(Row.id))
    return len(list(gone))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.utc)
