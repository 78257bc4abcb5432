"""A log with some days in it, and a database owner who tampers with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from click.testing import CliRunner, Result

from ckan import model

from ckanext.jena_governance.access import seals
from ckanext.jena_governance.cli import governance
from ckanext.jena_governance.model import GovernanceEvent, GovernanceEventPerson, event

KEY = "a-key-of-the-tests-that-is-long-enough"
TODAY = date(2026, 4, 2)
BERLIN = ZoneInfo("Europe/Berlin")


def put(
    moment: datetime | date,
    kind: str = "dataset.loosened",
    *,
    user: str | None = "somebody",
    subject: str | None = None,
    object_id: str = "d",
    data: dict[str, Any] | None = None,
) -> int:
    """An event of another time; a day means noon."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, 12, tzinfo=BERLIN)
    about, person = event.parts_of(user, subject, data or {})
    row = GovernanceEvent(
        created=moment, kind=kind, object_type="dataset", object_id=object_id, **about
    )
    model.Session.add(row)
    model.Session.flush()
    number = row.id
    if person:
        model.Session.add(GovernanceEventPerson(event_id=number, **person))
    model.Session.commit()
    model.Session.remove()
    return number


def days_before(number: int) -> date:
    return TODAY - timedelta(days=number)


def problems(today: date = TODAY) -> list[tuple[str, int | None]]:
    model.Session.remove()
    return [(one.problem, one.event) for one in seals.verify(today).findings]


@contextmanager
def as_owner() -> Iterator[Any]:
    """CKAN's own role owns the tables: it can switch the triggers off."""
    tables = ("governance_event", "governance_event_digest")
    with model.meta.engine.begin() as connection:
        for table in tables:
            connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield lambda statement, **values: connection.execute(sa.text(statement), values)
        for table in tables:
            connection.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def run(*arguments: str) -> Result:
    """The command, in this process."""
    model.Session.remove()
    return CliRunner().invoke(governance, list(arguments), catch_exceptions=False)
