"""Fields of ours in a query: CKAN 2.11 has a table for extras, 2.12 a column."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckan import model


def extra_of(field: str) -> Any:
    """The stored text of a field, for use in a query on :class:`ckan.model.Package`.

    Args:
        field: the name of a field that is kept as an extra.

    Returns:
        A scalar expression; NULL where the dataset does not say it.
    """
    extra = getattr(model, "PackageExtra", None)
    if extra is None:
        return model.Package.extras[field].astext
    return (
        sa.select(extra.value)
        .where(extra.package_id == model.Package.id, extra.key == field)
        .correlate(model.Package)
        .scalar_subquery()
    )
