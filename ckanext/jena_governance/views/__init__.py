"""Pages and routes."""

from __future__ import annotations

from flask import Blueprint

from ckanext.jena_governance.views import (
    access,
    dataset_form,
    gates,
    gateway,
    hidden,
    locking,
    missing,
    opening,
    pages,
)


def blueprints() -> list[Blueprint]:
    """Our routes."""
    return [
        hidden.blueprint,
        access.blueprint,
        gates.blueprint,
        gateway.blueprint,
        missing.blueprint,
        opening.blueprint,
        locking.blueprint,
        pages.blueprint,
        dataset_form.make_blueprint(),
    ]
