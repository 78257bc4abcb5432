"""Taking a step: state, clock, thread, event and mails, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import scrub, vault
from ckanext.jena_governance.logic.access_requests import mail
from ckanext.jena_governance.logic.access_requests.cases import Case
from ckanext.jena_governance.logic.access_requests.problems import refuse_field, told
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.model import GovernanceAccessRequestEntry, event
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import requests

# What has ended is erased one day.
_ENDED = frozenset(
    {
        *(requests.NOT_AVAILABLE, requests.DENIED, requests.WITHDRAWN),
        *(requests.REVOKED, requests.ANSWERED),
    }
)


def require(case: Case, step: str) -> str:
    """Whether whoever looks may take a step now.

    Args:
        case: the request, locked.
        step: name of the step.

    Returns:
        The state that it leads to.

    Raises:
        ckan.logic.NotAuthorized: it is not theirs to take.
        ckan.logic.ValidationError: it cannot be taken in this state.
    """
    known = requests.STEPS[step]
    mine = case.played & known.by
    if not mine:
        raise tk.NotAuthorized(_whose(known))
    if requests.REQUESTER not in mine:
        partial = case.partiality()
        if partial is not None:
            raise tk.NotAuthorized(told(partial))
    target = requests.after(case.row.kind, case.state, step, mine)
    if target is None:
        states = vocabulary.current().request_states
        message = tk._("The request is “{state}” now: “{step}” is not possible any more").format(
            state=states[case.state].label(language()),
            step=vocabulary.current().request_steps[step].label(language()),
        )
        refuse_field("state", message)
    assert target is not None  # noqa: S101 - refused above
    return target


def _whose(step: requests.Step) -> str:
    if requests.REQUESTER in step.by:
        return tk._("Only whoever asked may do this")
    return tk._("Only direct editors and admins of the owning entity may do this")


def take(case: Case, step: str, text: str = "", *, fields: Sequence[str] = (), **data: Any) -> None:
    """Take a step and commit.

    Args:
        case: the request, locked; ``require`` has said that it is possible.
        step: name of the step.
        text: what is said with it; for the thread, never for the record or a mail.
        fields: names of what the requester changed along with it.
        data: what the record shall hold beside the state; nothing personal.
    """
    row, today = case.row, config.today()
    before = case.state
    target = require(case, step)
    row.state = target
    if target in requests.UNDECIDED and target != before:
        clock = case.clock.moved(target, today)
        row.due, row.stopped_on = clock.due, clock.stopped_on
    elif target not in requests.UNDECIDED:
        row.due, row.stopped_on = case.clock.on(today), None
    row.owner_id = case.owner.id if case.owner else row.owner_id
    row.modified = now()
    if target in _ENDED:
        row.ended = today
    note(case, step, text, fields)
    if fields:
        data["fields"] = list(fields)
    record(case, step, {"from": before, "to": target, **data})
    mail.tell_of(case, step)
    if case.is_trial:
        model.Session.flush()
        return
    model.Session.commit()
    mail.hurry()


def note(case: Case, step: str, text: str = "", fields: Sequence[str] = ()) -> None:
    """Write a step into the thread, with the names of what the requester changed."""
    entry = GovernanceAccessRequestEntry(
        request_id=case.row.id,
        user_id=case.actor.id,
        step=step,
        text=text,
        entity_id=case.voice.id if case.voice else None,
        fields=list(fields) or None,
    )
    model.Session.add(entry)


def record(case: Case, step: str, data: Mapping[str, Any]) -> None:
    """Write a step into the record: ids of things, no texts, and nobody's name.

    Whoever acts stands apart, beside what was submitted; who writes a draft is nobody's business.
    """
    row = case.row
    event.record(
        model.Session,
        f"request.{step}",
        object_type="request",
        object_id=row.id,
        user_id=case.actor.id if row.submitted is not None else None,
        data={"kind": row.kind, "dataset": row.dataset_id, "entity": row.entity_id, **data},
        subject_id=row.user_id if row.user_id != case.actor.id else None,
    )


def require_no_location(case: Case, **texts: str) -> None:
    """Those in charge do not write into an answer where the data are.

    They know it anyway. To whoever only got a request forwarded the refusal would tell whether
    an address that they guess is the right one.

    Raises:
        ckan.logic.ValidationError: names the field.
    """
    if case.package is None or requests.DECIDER not in case.played:
        return
    secrets: set[str] = set()
    for row in vault.rows_of(case.package.id).values():
        secrets.update(scrub.secrets_of(row))
    for field, text in texts.items():
        if any(secret in text for secret in secrets):
            message = tk._(
                "The address of the data does not belong in a text: whoever gets access finds "
                "them in the portal"
            )
            refuse_field(field, message)
