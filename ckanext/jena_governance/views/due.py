"""Requests to the portal are its clock: they have the background worker do what is due."""

from __future__ import annotations

from flask import Blueprint

from ckanext.jena_governance.logic.access_requests import mail

blueprint = Blueprint("governance_due", __name__)


@blueprint.before_app_request
def begin() -> None:
    """A note in the queue, once a day and where mails wait: nobody waits for the work itself."""
    mail.look_round()
