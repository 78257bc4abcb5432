"""The first request of a day has the background worker do what the calendar calls for."""

from __future__ import annotations

from flask import Blueprint

from ckanext.jena_governance import config
from ckanext.jena_governance.logic.access_requests import mail

blueprint = Blueprint("governance_daily", __name__)


@blueprint.before_app_request
def begin() -> None:
    """Once a day in each process, and no more than a note in the queue: nobody waits for it."""
    mail.each_day(config.today())
