"""The inverse of ``open_derivative``: which datasets a reader may know of name this one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.access import hidden, stored
from ckanext.jena_governance.access.extras import extra_of

# More than that help nobody on one page.
_MOST = 20


def derived_from(package: model.Package) -> list[dict[str, Any]]:
    """Datasets whose open version this one is, computed when it is shown.

    Args:
        package: the open version, whose description the reader sees.

    Returns:
        ``name``, ``title``, ``url`` of each that whoever asks may know of, by title.
    """
    found = model.Session.scalars(
        sa.select(model.Package)
        .where(
            model.Package.state == model.State.ACTIVE,
            model.Package.type.in_(config.dataset_types()),
            model.Package.id != package.id,
            extra_of("open_derivative").in_(_names_of(package)),
            sa.func.coalesce(extra_of("derivative_status"), "").in_(["", "exists"]),
        )
        .order_by(model.Package.title, model.Package.name)
    )
    context = hidden.of_request()
    shown = (one for one in found if stored.is_governed(one) and _may_read(context, one))
    return [
        {
            "name": one.name,
            "title": one.title or one.name,
            "url": tk.h.url_for(f"{one.type}.read", id=one.name),
        }
        for one, _number in zip(shown, range(_MOST), strict=False)
    ]


def _may_read(context: Any, package: model.Package) -> bool:
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": package.id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return hidden.may_find(context, package)


def _names_of(package: model.Package) -> list[str]:
    """What a dataset can be called by another: id, name, or its address here."""
    site = str(tk.config.get("ckan.site_url") or "").rstrip("/")
    path = f"{site}/{package.type}/"
    return [
        said
        for reference in (package.id, package.name)
        for said in (reference, path + reference, path + reference + "/")
    ]
