"""The way of a request: its states, who may do what in which of them, and its clock.

The clock is the portal's own target, no deadline of any law. Dates come from outside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ckanext.jena_governance.policy.asking import KEEPERS, Actor, Statement
from ckanext.jena_governance.policy.facts import Entity

# What is asked for: access, or only an answer to "Why is this not open?".
ACCESS = "access"
OPENING = "opening"

DRAFT = "draft"
SUBMITTED = "submitted"
RETURNED = "returned"
HEARING = "hearing"
FORWARDED = "forwarded"
REFERRED = "referred"
NOT_AVAILABLE = "not_available"
APPROVED = "approved"
DENIED = "denied"
WITHDRAWN = "withdrawn"
REVOKED = "revoked"
# Of questions only.
ANSWERED = "answered"
# Never stored: what is approved and has ended.
EXPIRED = "expired"

STATES = (
    *(DRAFT, SUBMITTED, RETURNED, HEARING, FORWARDED, REFERRED),
    *(NOT_AVAILABLE, APPROVED, DENIED, WITHDRAWN, REVOKED, ANSWERED),
)
UNDECIDED = frozenset({SUBMITTED, RETURNED, HEARING, FORWARDED, REFERRED})
# Somebody else has to act: the clock stands still.
STOPPED = frozenset({RETURNED, HEARING})
RUNNING = UNDECIDED - STOPPED

# What a requester says; all of it can be changed until it is decided.
WISH = ("resources", "entity", "purpose", "until", "persons", "norm")

REQUESTER = "requester"
DECIDER = "decider"
# Whom a request was forwarded to: they may look and ask, the owner decides.
RECIPIENT = "recipient"

TARGET = timedelta(days=30)
MAX_OPEN = 50
MAX_DRAFTS = 20
# What somebody begins in a day, whatever became of it; and changes of one draft or request.
MAX_A_DAY = 50
MAX_CHANGES_A_DAY = 50
ASK_AGAIN = timedelta(days=30)
SOON = timedelta(days=14)
# A hearing that takes longer is called to mind, again and again.
LONG = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that somebody does with a request.

    Attributes:
        name: what events and the thread call it.
        sources: the states in which it can be done.
        target: the state that it leads to; ``None`` for the same one.
        by: who does it.
        kind: of requests for ``access``, or questions about ``opening``; ``None`` for both.
    """

    name: str
    sources: frozenset[str]
    target: str | None
    by: frozenset[str]
    kind: str | None = ACCESS


def _step(
    name: str, sources: Iterable[str], target: str | None, *by: str, kind: str | None = ACCESS
) -> Step:
    return Step(name=name, sources=frozenset(sources), target=target, by=frozenset(by), kind=kind)


STEPS = {
    step.name: step
    for step in (
        _step("update", {DRAFT, RETURNED}, None, REQUESTER),
        _step("submit", {DRAFT}, SUBMITTED, REQUESTER, kind=None),
        _step("answer", {RETURNED}, SUBMITTED, REQUESTER),
        _step("withdraw", {DRAFT, APPROVED, *UNDECIDED}, WITHDRAWN, REQUESTER, kind=None),
        _step("return", UNDECIDED - {RETURNED}, RETURNED, DECIDER, RECIPIENT),
        _step("hear", UNDECIDED - {HEARING}, HEARING, DECIDER),
        _step("resume", {HEARING, RETURNED}, SUBMITTED, DECIDER),
        _step("forward", UNDECIDED, FORWARDED, DECIDER, RECIPIENT),
        _step("refer", UNDECIDED - {REFERRED}, REFERRED, DECIDER),
        _step("not_available", UNDECIDED, NOT_AVAILABLE, DECIDER),
        _step("approve", UNDECIDED, APPROVED, DECIDER),
        _step("deny", UNDECIDED, DENIED, DECIDER),
        _step("revoke", {APPROVED}, REVOKED, DECIDER),
        _step("reply", {SUBMITTED}, ANSWERED, DECIDER, kind=OPENING),
    )
}
# What ``governance_access_request_decide`` can do.
DECISIONS = ("approve", "deny", "return", "hear", "resume", "not_available", "refer", "reply")


def after(kind: str, state: str, step: str, by: Iterable[str]) -> str | None:
    """Where a step leads.

    Args:
        kind (str): ``access`` or ``opening``.
        state (str): the state today; an expired grant is ``expired``.
        step (str): the name of the step.
        by (Iterable[str]): the parts that whoever takes it plays in this request.

    Returns:
        str | None: the new state; ``None`` if they may not do this, or not in this state.
    """
    found = STEPS.get(step)
    if found is None or found.kind not in (None, kind):
        return None
    if state not in found.sources or found.by.isdisjoint(by):
        return None
    return found.target or state


def possible(kind: str, state: str, by: Iterable[str]) -> tuple[str, ...]:
    """The names of the steps that somebody can take now, in the order of the table."""
    played = frozenset(by)
    return tuple(name for name in STEPS if after(kind, state, name, played) is not None)


def state_today(state: str, until: date | None, today: date) -> str:
    """The state as it is read: a grant ends by itself, the day itself still counts."""
    is_over = state == APPROVED and (until is None or until < today)
    return EXPIRED if is_over else state


def played_by(
    actor: Actor, requester: str, owner: Entity | None, forwarded_to: str | None
) -> frozenset[str]:
    """Which parts somebody plays in a request.

    Args:
        actor (Actor): with their direct memberships of today.
        requester (str): id of the user who asks.
        owner (Entity | None): the owning entity of today.
        forwarded_to (str | None): id of the entity that it was forwarded to.

    Returns:
        frozenset[str]: of ``requester``, ``decider``, ``recipient``; administering the portal
        plays none.
    """
    if actor.id is None:
        return frozenset()
    found: set[str] = set()
    if actor.id == requester:
        found.add(REQUESTER)
    if owner is not None and actor.roles.get(owner.id) in KEEPERS:
        found.add(DECIDER)
    if forwarded_to is not None and actor.roles.get(forwarded_to) in KEEPERS:
        found.add(RECIPIENT)
    return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class Parties:
    """Who gains by a request.

    Attributes:
        requester: id of the user who asks.
        persons: ids of the persons named.
        entity: the entity it is for, if it is for one.
        mailboxes: the mail addresses of requester and persons.
    """

    requester: str
    persons: frozenset[str] = frozenset()
    entity: Entity | None = None
    mailboxes: frozenset[str] = frozenset()


def partiality(actor: Actor, mailbox: str, parties: Parties) -> Statement | None:
    """Why somebody may not decide although they are in charge of the data.

    Args:
        actor (Actor): who decides, with their memberships at this moment.
        mailbox (str): their mail address.
        parties (Parties): who gains.

    Returns:
        Statement | None: the reason, if there is one.

    Source:
        Work order 6, Build 2; security review, E7.
    """
    if actor.id == parties.requester or actor.id in parties.persons:
        return Statement("request_own")
    # They can enter themselves as anything, so no role of theirs proves anything.
    if actor.sysadmin:
        return Statement("request_sysadmin")
    if parties.entity is not None and parties.entity.id in actor.roles:
        return Statement("request_benefits", {"entity": parties.entity.title})
    own = tidy(mailbox)
    if own and own in {tidy(one) for one in parties.mailboxes}:
        return Statement("request_same_mailbox")
    return None


def wish_hash(wish: Mapping[str, Any]) -> str:
    """A fingerprint of what is asked for: whoever answers says which wish they have read.

    Args:
        wish (Mapping): the fields of ``WISH``, dates as ISO 8601, and ``files``: ids of all that
            it covers today, which grows where a whole dataset is asked for.

    Returns:
        str: SHA-256, hexadecimal; the order of lists does not count.
    """
    whole = {name: wish.get(name) for name in (*WISH, "files")}
    tidied = {
        name: sorted(value) if isinstance(value, list) else value for name, value in whole.items()
    }
    written = json.dumps(tidied, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the fields of a wish that are not what they were, in the order of ``WISH``."""
    return tuple(name for name in WISH if before.get(name) != after.get(name))


def tidy(mailbox: str | None) -> str:
    """A mail address as it is compared: without blanks, capitals and what follows a ``+``."""
    name, at, domain = (mailbox or "").strip().casefold().rpartition("@")
    return f"{name.partition('+')[0]}{at}{domain}"


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The portal's target for an answer.

    Attributes:
        due: the day by which it should be given, as if the clock ran from now on.
        stopped_on: since when the clock stands still, if it does.
    """

    due: date | None = None
    stopped_on: date | None = None

    def on(self, today: date) -> date | None:
        """The target as it stands today: each day of standing still moves it by one."""
        if self.due is None or self.stopped_on is None:
            return self.due
        return self.due + max(today - self.stopped_on, timedelta())

    def moved(self, state: str, today: date) -> Clock:
        """The clock once a request is in a state.

        Args:
            state (str): the new state.
            today (date): the day of the step.

        Returns:
            Clock: started with the submission, standing still in ``STOPPED``, running on
            elsewhere.
        """
        if state == DRAFT:
            return Clock()
        if self.due is None:
            return Clock(due=today + TARGET)
        if state in STOPPED:
            return self if self.stopped_on else Clock(due=self.due, stopped_on=today)
        return Clock(due=self.on(today))

    def is_overdue(self, state: str, today: date) -> bool:
        """Whether an answer should have been given before today."""
        return state in RUNNING and self.due is not None and self.due < today
