"""Fills one portal; run inside it: `python -m benchmarks.fill INI DATASETS SHARING ACCOUNTS`.

250 datasets are made by `package_create`, as a person would. All further ones are copies of their
rows in the database, with new ids and names: that takes seconds where CKAN's action would take
half an hour for 10,000, and every row is one that CKAN, and we, have written. The index is built
from the rows afterwards, by CKAN's own command.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan import plugins as p
from ckan.cli import load_config
from ckan.config.middleware import make_app

from benchmarks import content, sharing

ADMIN = "verwaltung"


def main(ini: str, datasets: int, agreements: int, accounts: Path) -> None:
    """Fill the portal and write down the accounts."""
    app: Any = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        _make_admin()
        organizations = _make_organizations()
        tokens = _make_members(organizations)
        for dataset in content.patterns():
            tk.get_action("package_create")({"user": ADMIN}, dataset)
        if agreements:
            users = {name: _make_user(name) for name in (sharing.GIVER, sharing.GETTER)}
            sharing.prepare(users, organizations)
            sharing.fill(agreements)
        _copy(datasets)
    accounts.write_text(json.dumps(tokens))


def _make_admin() -> None:
    _make_user(ADMIN, sysadmin=True)
    model.Session.commit()


def _make_user(name: str, **values: Any) -> model.User:
    user = model.User(name=name, email=f"{name}@stadt.example", password=content.PASSWORD, **values)
    model.Session.add(user)
    model.Session.flush()
    return user


def _make_organizations() -> list[str]:
    """Rows, not actions: nothing of ours happens when an organization is made."""
    ids: list[str] = []
    for name in content.organization_names():
        organization = model.Group(name=name, title=f"Stelle {name[-3:]}", type="organization")
        organization.is_organization = True
        model.Session.add(organization)
        model.Session.flush()
        ids.append(organization.id)
    model.Session.commit()
    if p.plugin_loaded("jena_governance"):
        for number, id_ in enumerate(ids):
            entity_class = content.CLASSES[number % len(content.CLASSES)]
            tk.get_action("governance_entity_update")(
                {"user": ADMIN},
                {"organization_id": id_, "entity_class": entity_class, "in_group": True},
            )
    return ids


def _make_members(organizations: list[str]) -> dict[str, str]:
    """Accounts with their API tokens."""
    tokens: dict[str, str] = {}
    for number in content.MEMBERSHIPS:
        name = content.member_name(number)
        user = _make_user(name)
        for id_ in organizations[:number]:
            organization = model.Session.get(model.Group, id_)
            member = model.Member(group=organization, table_name="user", table_id=user.id)
            member.capacity = "editor"
            model.Session.add(member)
        model.Session.commit()
        made = tk.get_action("api_token_create")({"user": name}, {"user": name, "name": "bench"})
        tokens[name] = made["token"]
    return tokens


# -- copies ------------------------------------------------------------------------------------

# Columns that hold the id of a dataset or of one of its rows, by table.
_IDS: dict[str, tuple[str, ...]] = {
    "package": ("id",),
    "package_extra": ("id", "package_id"),  # CKAN 2.11
    "resource": ("id", "package_id"),
    "package_tag": ("id", "package_id"),
    "member": ("id", "table_id"),
    "governance_resource_location": ("package_id", "resource_id"),
}


def _copy(wanted: int) -> None:
    """Copy rows until there are so many datasets."""
    engine = model.ensure_engine()
    tables = sa.inspect(engine).get_table_names()
    with engine.begin() as connection:
        for table, ids in _IDS.items():
            if table in tables:
                statement = sa.text(_copying(table, ids))
                connection.execute(statement, {"copies": wanted // content.PATTERNS - 1})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def _copying(table: str, ids: tuple[str, ...]) -> str:
    """The statement that copies the rows of all datasets in a table.

    Ids of copies are computed from the first ones, so that rows of different tables belong
    together again. A gateway holds the ids of its dataset and its resource.
    """
    columns = sa.inspect(model.ensure_engine()).get_columns(table)
    values = {column["name"]: f'old."{column["name"]}"' for column in columns}
    values |= {column: _new(f"old.{column}") for column in ids}
    if table == "package":
        values |= {"name": "old.name || '-' || n", "title": "old.title || ' (' || n || ')'"}
    if table == "resource":
        inner = f"replace(old.url, old.package_id, {_new('old.package_id')})"
        values["url"] = f"replace({inner}, old.id, {_new('old.id')})"
    names = ", ".join(f'"{name}"' for name in values)
    where = "WHERE old.table_name = 'package'" if table == "member" else ""
    return (
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values.values())} "  # noqa: S608
        f"FROM {table} AS old CROSS JOIN generate_series(1, :copies) AS n {where}"
    )


def _new(old: str) -> str:
    return f"md5({old} || '-' || n)::uuid::text"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
