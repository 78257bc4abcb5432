"""The migration makes exactly the tables the models describe."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import ckantoolkit as tk
from ckan import model


def ours(item: Any, name: str | None, type_: str, _reflected: bool, _compare_to: Any) -> bool:
    return type_ != "table" or str(name).startswith("governance_")


def test_models_and_migration_agree(with_plugins: Any, clean_db: None) -> None:
    with model.meta.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True}
        )
        differences = compare_metadata(context, tk.BaseModel.metadata)
    mine = [entry for entry in differences if "governance_" in str(entry)]
    assert mine == []
