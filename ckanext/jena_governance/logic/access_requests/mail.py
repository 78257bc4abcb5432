"""Mails about requests: a link, and nothing of what is asked for.

Those who cannot open the request get another way: named persons a link to the data, the body to
which it is referred the name of somebody who can tell more.

A mail is written down with the step that it tells of, in the same transaction, and sent by a
background job. What cannot be sent is tried again later; nobody waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.lib import mailer

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import charge, explaining, nightly, stored
from ckanext.jena_governance.logic.access_requests import retention
from ckanext.jena_governance.logic.access_requests.cases import Case, Row
from ckanext.jena_governance.model import GovernanceEntity, GovernanceRequestMail
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import ANONYMOUS, KEEPERS, date_label, requests, values
from ckanext.jena_governance.policy.wording import PLACEHOLDER

log = logging.getLogger(__name__)

ESCALATION = "escalation"
_OF_ENTITY = "entity:"

# Pauses before a mail is tried again; after the last one it is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720, 1440, 1440, 1440))

# So many seconds pass before a process looks again whether a mail waits.
_WHILE = 300

# What the requester is told of which step; what those in charge are.
_REQUESTER = {
    "submit": "receipt",
    "return": "question",
    "hear": "moved",
    "resume": "moved",
    "forward": "moved",
    "refer": "moved",
    "approve": "decision",
    "deny": "decision",
    "not_available": "decision",
    "revoke": "decision",
    "reply": "decision",
}
_KEEPERS = {"submit": "arrived", "answer": "answered", "withdraw": "withdrawn"}
# What named persons are told of, who do not see the request.
_OF_GRANTEES = frozenset({"named", "soon"})


def tell_of(case: Case, step: str) -> None:
    """Write down the mails that a step calls for."""
    row = case.row
    day = case.clock.on(config.today())
    if step in _REQUESTER:
        write(row, _REQUESTER[step], [row.user_id], row.lang, day)
    if step in _KEEPERS and row.submitted is not None:
        write(row, _KEEPERS[step], _in_charge(case), _house(), day)
    if step == "forward" and row.forwarded_to:
        write(row, "arrived", [_OF_ENTITY + row.forwarded_to], _house(), day)
    if step == "refer" and config.escalation_contact():
        write(row, "referred", [ESCALATION], _house(), day)
    if step == "approve":
        named = [id_ for id_ in row.grantees if id_ != row.user_id]
        write(row, "named", named, row.lang, row.granted_until)


def write(row: Row, kind: str, recipients: Iterable[str], lang: str, day: date | None) -> None:
    """Write mails down in the current transaction."""
    for recipient in recipients:
        model.Session.add(
            GovernanceRequestMail(
                request_id=row.id, kind=kind, recipient=recipient, lang=lang, day=day
            )
        )


def hurry() -> None:
    """Have waiting mails sent soon; whoever did something does not wait, whatever happens."""
    try:
        tk.enqueue_job(deliver, title="Mails about requests")
    except Exception as error:  # noqa: BLE001 - written down they are; the next job sends them
        log.error("no job for mails about requests: %s", type(error).__name__)  # noqa: TRY400


def look_round() -> None:
    """With any request to the portal: what the calendar calls for, and what waits."""
    _each_day(config.today())
    _each_while(int(now().timestamp()) // _WHILE)


@lru_cache(maxsize=1)
def _each_day(today: date) -> None:
    """Once a day in every process: needs no cron."""
    _ = today
    try:
        tk.enqueue_job(work, title="Requests: what the calendar calls for")
    except Exception as error:  # noqa: BLE001 - the next day, or the command, catches up
        log.error("no daily job for requests: %s", type(error).__name__)  # noqa: TRY400


@lru_cache(maxsize=1)
def _each_while(slot: int) -> None:
    """Every few minutes in every process: a mail that failed needs no further step to go out."""
    _ = slot
    row = GovernanceRequestMail
    if model.Session.scalar(sa.select(row.id).where(row.next_try <= now()).limit(1)) is not None:
        hurry()


def work() -> None:
    """Job: reminders, mails that wait, and what is old enough to be erased."""
    nightly.seal()
    remind()
    deliver()
    retention.prune()


def deliver() -> int:
    """Job: send what waits.

    Returns:
        How many were sent. What failed waits for its next try.
    """
    sent = 0
    while (waiting := _next()) is not None:
        sent += _send(waiting)
        model.Session.commit()
    model.Session.rollback()
    return sent


def _next() -> GovernanceRequestMail | None:
    """A mail that is due, locked; what another process is sending is passed over."""
    row = GovernanceRequestMail
    query = (
        sa.select(row)
        .where(row.next_try <= now())
        .order_by(row.next_try, row.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return model.Session.scalars(query).first()


def _send(waiting: GovernanceRequestMail) -> bool:
    request = model.Session.get(Row, waiting.request_id)
    assert request is not None  # noqa: S101 - what is erased takes its mails along
    box = _box(request, waiting.recipient)
    if not box:
        # A row for each of them: a box that fails is tried again, the others get it once.
        write(request, waiting.kind, _people(waiting.recipient), waiting.lang, waiting.day)
    elif not _is_sent(box, *_text(waiting, request)):
        _try_again(waiting)
        return False
    model.Session.delete(waiting)
    return bool(box)


def _is_sent(box: str, subject: str, body: str) -> bool:
    try:
        mailer.mail_recipient("", box, subject, body)
    except Exception as error:  # noqa: BLE001 - whatever a mail server can do
        # Never the message: it may name the address.
        log.warning("a mail about a request was not sent: %s", type(error).__name__)
        return False
    return True


def _try_again(waiting: GovernanceRequestMail) -> None:
    if waiting.tries >= len(PAUSES):
        log.error("a mail about a request is given up after %s tries", waiting.tries + 1)
        model.Session.delete(waiting)
        return
    waiting.next_try = now() + PAUSES[waiting.tries]
    waiting.tries += 1


def _text(waiting: GovernanceRequestMail, request: Row) -> tuple[str, str]:
    """Subject and body: a fixed text, a day, and how to go on."""
    entry = vocabulary.current().request_mails[waiting.kind]
    known = {
        "date": date_label(waiting.day, waiting.lang) if waiting.day else "–",
        "number": request.id,
        "contact": _contact(request) if waiting.recipient == ESCALATION else "",
    }
    said = PLACEHOLDER.sub(lambda found: known.get(found[1], ""), entry.label(waiting.lang))
    link = _link(waiting, request)
    return entry.hint(waiting.lang), f"{said}\n\n{link}\n" if link else f"{said}\n"


def _link(waiting: GovernanceRequestMail, request: Row) -> str:
    """A page that the recipient can open; its address names nothing but numbers."""
    if waiting.recipient == ESCALATION:
        return ""
    page, id_ = "governance_requests.read", request.id
    if waiting.kind in _OF_GRANTEES and waiting.recipient != request.user_id:
        page, id_ = "governance_access.read", request.dataset_id
    return tk.h.url_for(page, id=id_, qualified=True, locale=waiting.lang)


def _contact(request: Row) -> str:
    """Who can tell more: the steward or the owning entity, with a mailbox in any case."""
    package = model.Session.get(model.Package, request.dataset_id)
    found = explaining.contact_of(package) if package is not None else {"name": "", "email": ""}
    found["email"] = found["email"] or config.legal_mailbox()
    return explaining.reachable(found) or "–"


def _box(request: Row, recipient: str) -> str:
    """The mail address, as it is now; empty if there is none, or none that can be written to."""
    if recipient == ESCALATION:
        box = config.escalation_contact()
    elif recipient.startswith(_OF_ENTITY):
        box = _box_of_entity(request, recipient.removeprefix(_OF_ENTITY))
    else:
        user = model.Session.get(model.User, recipient)
        box = user.email if user is not None and user.state == model.State.ACTIVE else None
    return box.strip() if box and _is_one_line(box) else ""


def _box_of_entity(request: Row, entity_id: str) -> str | None:
    """The mailbox of the data's steward, else of the entity."""
    package = model.Session.get(model.Package, request.dataset_id)
    owner = charge.owner_of(package) if package is not None else None
    if package is not None and owner is not None and owner.id == entity_id:
        box = values.text(stored.dataset_of(package).get("data_steward_email"))
        if box:
            return box
    entity = GovernanceEntity.get(model.Session, entity_id)
    return entity.data_steward_email if entity is not None else None


def _people(recipient: str) -> list[str]:
    """Ids of those in charge at an entity; of anything else, nobody."""
    member = model.Member
    query = (
        sa.select(model.User.id)
        .join(member, member.table_id == model.User.id)
        .where(
            member.table_name == "user",
            member.group_id == recipient.removeprefix(_OF_ENTITY),
            member.state == model.State.ACTIVE,
            member.capacity.in_(KEEPERS),
            model.User.state == model.State.ACTIVE,
        )
        .order_by(model.User.id)
    )
    return list(model.Session.scalars(query)) if recipient.startswith(_OF_ENTITY) else []


def _in_charge(case: Case) -> list[str]:
    to: list[str] = []
    if case.owner is not None:
        to.append(_OF_ENTITY + case.owner.id)
    if case.row.forwarded_to:
        to.append(_OF_ENTITY + case.row.forwarded_to)
    return to


def remind(today: date | None = None) -> dict[str, int]:
    """Write down what is due by the calendar: grants that end soon, answers that are overdue.

    Each of them once; hearings that go on, counted as overdue, every 30 days. Needs no moment of
    its own: any day's run catches up with the days before.

    Args:
        today: the day; else today.

    Returns:
        How many mails of each kind were written down.
    """
    today = today or config.today()
    done = {"soon": _remind_soon(today), "overdue": _remind_overdue(today)}
    model.Session.commit()
    if any(done.values()):
        hurry()
    return done


def _remind_soon(today: date) -> int:
    query = (
        sa.select(Row)
        .where(
            Row.state == requests.APPROVED,
            Row.reminded_soon.is_(None),
            Row.granted_until.between(today, today + requests.SOON),
        )
        .with_for_update(skip_locked=True)
    )
    rows = list(model.Session.scalars(query))
    for row in rows:
        # For an entity with named persons these are others than whoever asked.
        told = dict.fromkeys((row.user_id, *row.grantees))
        write(row, "soon", told, row.lang, row.granted_until)
        row.reminded_soon = today
    return len(rows)


def _remind_overdue(today: date) -> int:
    long_ago, reminded = today - requests.LONG, Row.reminded_overdue
    late = sa.and_(
        Row.state.in_(requests.RUNNING),
        Row.due < today,
        sa.or_(reminded.is_(None), reminded < Row.due),
    )
    # The clock stands still, so nothing else would ever call it to mind.
    heard = sa.and_(
        Row.state == requests.HEARING,
        Row.stopped_on <= long_ago,
        sa.or_(reminded.is_(None), reminded <= long_ago),
    )
    query = sa.select(Row).where(sa.or_(late, heard)).with_for_update(skip_locked=True)
    rows = list(model.Session.scalars(query))
    for row in rows:
        is_heard = row.state == requests.HEARING
        kind, day = ("hearing", row.stopped_on) if is_heard else ("overdue", row.due)
        write(row, kind, _in_charge(Case(row, ANONYMOUS)), _house(), day)
        row.reminded_overdue = today
    return len(rows)


def _house() -> str:
    """The language of mailboxes, which nobody has chosen one for."""
    return "de" if str(tk.config.get("ckan.locale_default", "en")).startswith("de") else "en"


def _is_one_line(box: str) -> bool:
    return not any(ord(sign) < 32 or ord(sign) == 127 for sign in box)
