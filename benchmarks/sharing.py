"""Agreements and grants in the governed portal, made as people make them.

All agreements are in favour of the first organization, and all grants of one person in it: so
everybody who is measured reads them all, where a real city's would be spread over many.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model

from benchmarks import content

GIVER, GETTER = "gebend", "nehmend"


def prepare(users: dict[str, model.User], organizations: list[str]) -> None:
    """Roles of those who sign and grant: one for all that give, one for the first organization."""
    for name, ids in ((GIVER, organizations[1:]), (GETTER, organizations[:1])):
        for id_ in ids:
            organization = model.Session.get(model.Group, id_)
            member = model.Member(group=organization, table_name="user", table_id=users[name].id)
            member.capacity = "admin"
            model.Session.add(member)
    model.Session.commit()


def fill(many: int) -> None:
    """So many agreements and so many grants.

    Args:
        many: how many of each; a multiple of 20.
    """
    giving = content.organization_names()[1 : content.SHARED + 1]
    for number, provider in enumerate(giving):
        _agree(number, provider)
    for name in content.on_request()[: content.SHARED]:
        _grant(name)
    for table in ("governance_agreement", "governance_access_request"):
        _copy(table, many // content.SHARED - 1)


def _agree(number: int, provider: str) -> None:
    drafted = _call(
        GIVER,
        "governance_agreement_create",
        title=f"Vereinbarung {number}",
        provider=provider,
        consumer=content.organization_names()[0],
        datasets=None,
        level="group",
        purpose="Gemeinsame Nutzung der Daten für die laufenden Aufgaben beider Seiten.",
    )
    for who in (GIVER, GETTER):
        _call(who, "governance_agreement_sign", id=drafted["id"])


def _grant(dataset: str) -> None:
    asked = _call(
        content.member_name(1),
        "governance_access_request_create",
        dataset_id=dataset,
        purpose="Auswertung für den Bericht des kommenden Jahres, ohne Nennung von Personen.",
        norm="§ 16 ThürDSG",
        until=(date.today() + timedelta(days=300)).isoformat(),  # noqa: DTZ011
        submit=True,
    )
    _call(GIVER, "governance_access_request_decide", id=asked["id"], decision="approve", role="own")


def _call(user: str, action: str, **data: Any) -> dict[str, Any]:
    context: Any = {"user": user, "auth_user_obj": model.User.get(user)}
    return tk.get_action(action)(context, data)


def _copy(table: str, copies: int) -> None:
    """The same again, with new ids."""
    columns = [column["name"] for column in sa.inspect(model.ensure_engine()).get_columns(table)]
    new = "md5(old.id || '-' || n)::uuid::text"
    values = [new if one == "id" else f"old.{one}" for one in columns]
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "  # noqa: S608
        f"FROM {table} AS old CROSS JOIN generate_series(1, :copies) AS n"
    )
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement), {"copies": copies})
