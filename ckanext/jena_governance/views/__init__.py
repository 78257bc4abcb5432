"""Pages and routes."""

from __future__ import annotations

from flask import Blueprint

from ckanext.jena_governance.views import access, gates, gateway, hidden, missing, opening


def blueprints() -> list[Blueprint]:
    """Our routes."""
    return [
        hidden.blueprint,
        access.blueprint,
        gates.blueprint,
        gateway.blueprint,
        missing.blueprint,
        opening.blueprint,
    ]
