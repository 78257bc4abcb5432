"""Pages and routes."""

from __future__ import annotations

from flask import Blueprint

from ckanext.jena_governance.views import (
    access,
    agreements,
    concepts,
    dataset_form,
    due,
    feeds,
    gates,
    gateway,
    hidden,
    locking,
    log,
    missing,
    opening,
    pages,
    requests,
)


def blueprints() -> list[Blueprint]:
    """Our routes."""
    return [
        hidden.blueprint,
        access.blueprint,
        agreements.blueprint,
        concepts.blueprint,
        due.blueprint,
        feeds.blueprint,
        gates.blueprint,
        gateway.blueprint,
        missing.blueprint,
        opening.blueprint,
        locking.blueprint,
        log.blueprint,
        pages.blueprint,
        requests.blueprint,
        dataset_form.make_blueprint(),
    ]
