"""Moving what is stored already, when the extension is installed, upgraded or taken back.

Runs inside the migration, on its connection and in its transaction: the vault's table is not
visible to any other one yet.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access import vault


def move_in(connection: sa.Connection) -> None:
    """Put restricted locations, files and rows into their stores.

    Args:
        connection: the migration's connection.
    """
    _each_package(connection, vault.settle)


def move_out(connection: sa.Connection) -> None:
    """Give them back to CKAN; else the next step would drop the vault with them.

    Args:
        connection: the migration's connection.
    """
    _each_package(connection, vault.release)


def _each_package(connection: sa.Connection, do: Callable[[model.Package], None]) -> None:
    table = model.package_table
    with _session_on(connection):
        for id_ in list(connection.scalars(sa.select(table.c["id"]).order_by(table.c["id"]))):
            package = model.Session.get(model.Package, id_)
            if package is not None:
                do(package)
                model.Session.flush()
            model.Session.expunge_all()


@contextmanager
def _session_on(connection: sa.Connection) -> Generator[None]:
    """CKAN's session on another connection; whoever commits there, commits the migration."""
    model.Session.remove()
    session = model.Session()
    before = session.bind
    session.bind = connection
    try:
        yield
        session.flush()
    finally:
        session.expunge_all()
        session.bind = before
        model.Session.remove()
