"""The answer "I do not know": the data are locked at once, and somebody who knows is asked."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.lib import mailer
from ckan.types import Context

from ckanext.jena_governance import config
from ckanext.jena_governance.access import entitlement, stored
from ckanext.jena_governance.model import GovernanceEvent, event
from ckanext.jena_governance.policy import LOCK, values

log = logging.getLogger(__name__)

ASKED = "legal.asked"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A dataset that is locked because somebody did not know.

    Attributes:
        package: the dataset.
        asked: the day of the question, as text.
        until: the day on which the answer is due, as text.
    """

    package: model.Package
    asked: str
    until: str


def ask(context: Context, package_id: str) -> dict[str, Any]:
    """Lock a dataset for 14 days, and make it a task of those who know the law.

    Args:
        context: CKAN's context; says who asks.
        package_id: the dataset.

    Returns:
        What ``governance_lock`` returns.

    Raises:
        ckan.logic.NotAuthorized: whoever asks is not in charge of the data.

    Source:
        Design §4, "Closing at once" ("also the way of 'Ich weiß es nicht'").
    """
    lock = tk.fresh_context(context)
    locked = tk.get_action("governance_lock")(lock, {"id": package_id})
    actor = entitlement.actor_in(context)
    event.record(
        model.Session,
        ASKED,
        object_type="dataset",
        object_id=package_id,
        user_id=actor.id,
        data={"until": locked["review_date"]},
    )
    model.Session.commit()
    _tell(package_id, locked["review_date"])
    return locked


def is_asked(package_id: str) -> bool:
    """Whether somebody asked which law applies to a dataset, answered or not."""
    event_ = GovernanceEvent
    query = sa.select(event_.id).where(event_.object_id == package_id, event_.kind == ASKED)
    return model.Session.scalar(query.limit(1)) is not None


def open_questions() -> list[Question]:
    """All questions that nobody has answered yet, the oldest first.

    A question is answered as soon as the provisional lock is gone.
    """
    newest = (
        sa.select(sa.func.max(GovernanceEvent.id))
        .where(GovernanceEvent.kind == ASKED)
        .group_by(GovernanceEvent.object_id)
    )
    query = (
        sa.select(GovernanceEvent, model.Package)
        .join(model.Package, model.Package.id == GovernanceEvent.object_id)
        .where(GovernanceEvent.id.in_(newest), model.Package.state != model.State.DELETED)
        .order_by(GovernanceEvent.id)
    )
    return [
        Question(
            package=package,
            asked=row.created.astimezone(config.timezone()).date().isoformat(),
            until=str(row.data.get("until") or ""),
        )
        for row, package in model.Session.execute(query)
        if LOCK in (values.ids(stored.dataset_of(package).get("legal_basis")) or [])
    ]


def _tell(package_id: str, until: str) -> None:
    """A mail to those who know; without a word about the data, and not at the steward's cost."""
    mailbox = config.legal_mailbox()
    if not mailbox:
        return
    link = tk.h.url_for("dataset.read", id=package_id, qualified=True)
    subject = tk._("A dataset waits for its legal basis")
    body = tk._(
        "Somebody did not know whether a dataset may be open, and locked it provisionally until "
        "{date}. Please look at it and tell them which legal basis applies, or that it may be "
        "open:\n\n{link}"
    ).format(date=until, link=link)
    try:
        tk.enqueue_job(send, [mailbox, subject, body], title="Mail about a legal question")
    except Exception as error:  # noqa: BLE001 - the task stands in the list in any case
        log.error("no mail about a legal question: %s", type(error).__name__)  # noqa: TRY400


def send(mailbox: str, subject: str, body: str) -> None:
    """Job: send the mail."""
    mailer.mail_recipient("", mailbox, subject, body)
