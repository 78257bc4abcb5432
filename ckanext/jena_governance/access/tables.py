"""The DataStore's tables as such: whether there is one, and away with it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from ckan import plugins as p

from ckanext.datastore.backend.postgres import get_write_engine


def has_table(resource_id: str) -> bool:
    """Whether the DataStore has a table of this name."""
    return p.plugin_loaded("datastore") and sa.inspect(get_write_engine()).has_table(resource_id)


def drop(resource_ids: Iterable[str]) -> None:
    """Drop the tables of resources that are gone, with the aliases on them."""
    if not p.plugin_loaded("datastore"):
        return
    engine = get_write_engine()
    quote = engine.dialect.identifier_preparer.quote_identifier
    with engine.begin() as connection:
        for resource_id in resource_ids:
            name = quote(resource_id).replace(":", "\\:")
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {name} CASCADE"))
