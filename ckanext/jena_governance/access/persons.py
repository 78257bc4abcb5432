"""What the portal has on a person: told to them, and erased as far as nothing forbids it.

Source:
    Art. 15, 17, 20 GDPR; users review §6 no. 2.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckan import model
from ckan import plugins as p

from ckanext.jena_governance import config
from ckanext.jena_governance.model import (
    GovernanceAccessLog,
    GovernanceAccessRequest,
    GovernanceAccessRequestEntry,
    GovernanceAgreement,
    GovernanceEvent,
    GovernanceEventPerson,
    event,
)
from ckanext.jena_governance.policy import retention

EXPORTED = "person.exported"
ERASED = "person.erased"

# Requests that nobody ever decided; nothing has to be proven by them.
_NEVER_DECIDED = ("draft", "withdrawn")
_ACCOUNT = (
    "id", "name", "fullname", "email", "about", "image_url", "created", "last_active", "state",
    "sysadmin",
)  # fmt: skip
_NAMING = ("fullname", "email", "about", "image_url", "reset_key", "apikey", "plugin_extras")

_Person, _Event, _Log = GovernanceEventPerson, GovernanceEvent, GovernanceAccessLog
_Request, _Entry, _Agreement = (
    GovernanceAccessRequest,
    GovernanceAccessRequestEntry,
    GovernanceAgreement,
)


# Requesters deal with an entity; who has decided is not theirs to know.
_OF_REQUEST = [one for one in _Request.__table__.columns if one.name != "decider_id"]
# Stands where somebody was named: a grant without names would be one for everybody.
_NOBODY = "erased"


@dataclass(kw_only=True)
class Outcome:
    """What became of an erasure.

    Attributes:
        erased: how much of what is gone.
        stays: what is still there, how much of it, and why.
    """

    erased: dict[str, int] = field(default_factory=dict[str, int])
    stays: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def keep(self, what: str, count: int, why: str) -> None:
        """Note what stays, if there is any."""
        if count:
            self.stays.append({"what": what, "count": count, "why": why})


def find(reference: str) -> model.User | None:
    """An account by id or name, deleted ones included."""
    return model.User.get(reference)


def export(user: model.User) -> dict[str, Any]:
    """All that is stored on a person, as JSON; the export itself becomes an event.

    Of what is somebody else's (requests that they decided or are named in, agreements): which one,
    as what and when. What stands in it is about others (Art. 15(4) GDPR).

    Args:
        user: the account.
    """
    found = {
        "account": {name: _plain(getattr(user, name)) for name in _ACCOUNT},
        "api_tokens": _api_tokens(user.id),
        "memberships": _memberships(user.id),
        "events": _events(user.id),
        "accesses": _rows(sa.select(_Log.__table__).where(_Log.user_id == user.id)),
        "requests": _rows(sa.select(*_OF_REQUEST).where(_Request.user_id == user.id)),
        "requests_of_others": _requests_of_others(user.id),
        "request_steps": _steps(user.id),
        "agreements": _agreements(user.id),
        "activities": _count_of_activities(user.id),
    }
    event.record(
        model.Session,
        EXPORTED,
        object_type="person",
        object_id="",
        user_id=None,
        subject_id=user.id,
        data={"sections": {name: len(rows) for name, rows in found.items()}},
    )
    model.Session.commit()
    return found


def erase(user: model.User, *, everything: bool = False, today: date | None = None) -> Outcome:
    """Erase a person, except where something has to stay; seals of the log stay verifiable.

    Args:
        user: the account; it is made nameless itself once it is deleted.
        everything: also what may stay by Art. 17(3) GDPR; the data-protection officer decides.
        today: for tests; today where the city is.

    Returns:
        What is gone, and what stays and why.
    """
    done, today = Outcome(), today or config.today()
    _erase_requests(user.id, done, everything, today)
    _erase_from_events(user.id, done, everything, today)
    _erase_accesses(user.id, done, everything)
    done.keep(
        "agreements drafted or signed",
        _count(_Agreement, _has_signed(user.id)),
        "contracts between entities; signing is an official act (Art. 17(3)(b) GDPR)",
    )
    _erase_account(user, done)
    event.record(
        model.Session,
        ERASED,
        object_type="person",
        object_id="",
        user_id=None,
        data={"erased": done.erased, "everything": everything},
    )
    model.Session.commit()
    return done


def forget_who_asked(*conditions: Any) -> None:
    """Erase requesters beside the events of requests that are about to be erased; the seals hold.

    Who decided stays beside the decision (``decision_retention_months``). Nothing is committed.

    Args:
        conditions: which requests.
    """
    is_event = [_Event.object_type == "request", _Event.object_id == _Request.id]
    is_theirs = _Person.user_id == _Request.user_id
    unlink = sa.update(_Person).where(_Person.event_id == _Event.id, *is_event, *conditions)
    model.Session.execute(
        unlink.values(
            user_id=sa.case((is_theirs, None), else_=_Person.user_id),
            salt=sa.case((is_theirs, None), else_=_Person.salt),
            subject_id=None,
            subject_salt=None,
        ).execution_options(synchronize_session=False)
    )
    nobody = _Person.user_id.is_(None) & _Person.subject_id.is_(None)
    model.Session.execute(
        sa.delete(_Person).where(nobody).execution_options(synchronize_session=False)
    )


def _erase_from_events(user_id: str, done: Outcome, everything: bool, today: date) -> None:
    oldest = retention.months_before(today, config.decision_retention_months())
    border = datetime.combine(oldest, datetime.min.time(), tzinfo=config.timezone())
    query = sa.select(_Event.id, _Event.kind, _Event.created, _Person).join(
        _Person, _Person.event_id == _Event.id
    )
    kept = 0
    gone = 0
    for _id, kind, created, person in model.Session.execute(query.where(_stands_in(user_id))):
        is_decision = retention.class_of(kind) == retention.DECISION and created >= border
        # Deciding is an official act; being decided upon is not.
        if person.user_id == user_id and (everything or not is_decision):
            person.user_id = person.salt = None
            gone += 1
        elif person.user_id == user_id:
            kept += 1
        if person.subject_id == user_id:
            person.subject_id = person.subject_salt = None
            gone += 1
        if person.user_id is None and person.subject_id is None:
            model.Session.delete(person)
    model.Session.flush()
    done.erased["names beside events"] = gone
    done.keep(
        "events of decisions taken",
        kept,
        "who decided is kept as long as the decision, "
        f"{config.decision_retention_months()} months (Art. 17(3)(b) GDPR)",
    )


def _erase_requests(user_id: str, done: Outcome, everything: bool, today: date) -> None:
    theirs = _Request.user_id == user_id
    in_force = sa.and_(_Request.state == "approved", _Request.granted_until >= today)
    may_go = sa.not_(in_force) if everything else _Request.state.in_(_NEVER_DECIDED)
    forget_who_asked(theirs, may_go)
    result = model.Session.execute(sa.delete(_Request).where(theirs, may_go))
    done.erased["requests"] = result.rowcount  # pyright: ignore[reportAttributeAccessIssue]
    done.keep(
        "requests",
        _count(_Request, theirs),
        "they show on which ground data were given or not; erased "
        f"{config.request_retention_months()} months after their end (Art. 17(3)(b) GDPR). "
        "Withdraw open ones, revoke what is in force",
    )
    if everything:
        _erase_from_requests_of_others(user_id, done, today)
    until = f"{config.request_retention_months()} months after its end (Art. 17(3)(b) GDPR)"
    done.keep(
        "requests decided, or in which the person is named",
        _count(_Request, _is_of_others(user_id)),
        f"they are erased with the request, {until}. Whoever is named in a grant in force stays "
        "in it: revoke it first",
    )
    done.keep(
        "steps taken on requests of others",
        _count(_Entry, _is_step_of_others(user_id)),
        f"what was said to whoever asked; erased with the request, {until}",
    )


def _erase_from_requests_of_others(user_id: str, done: Outcome, today: date) -> None:
    rows = list(
        model.Session.scalars(sa.select(_Request).where(_is_of_others(user_id)).with_for_update())
    )
    for row in rows:
        if row.decider_id == user_id:
            row.decider_id = None
        row.persons = _without(row.persons, user_id)
        is_over = row.granted_until is None or row.granted_until < today
        if is_over or row.state != "approved":
            row.grantees = _without(row.grantees, user_id)
    steps = sa.update(_Entry).where(_is_step_of_others(user_id)).values(user_id=None)
    made = model.Session.execute(steps.execution_options(synchronize_session=False))
    model.Session.flush()
    done.erased["names in requests of others"] = len(rows)
    done.erased["steps made nameless"] = made.rowcount  # pyright: ignore[reportAttributeAccessIssue]


def _without(ids: list[str], user_id: str) -> list[str]:
    return [_NOBODY if id_ == user_id else id_ for id_ in ids]


def _erase_accesses(user_id: str, done: Outcome, everything: bool) -> None:
    theirs = _Log.user_id == user_id
    if not everything:
        done.keep(
            "days on which restricted data were read",
            _count(_Log, theirs),
            "needed to answer for a breach (Art. 33, 34 GDPR); they go by themselves after "
            f"{config.access_log_days()} days",
        )
        return
    table = _Log.__table__
    what = [table.c[name] for name in ("day", "resource_id", "via", "rule", "level")]
    sums = (
        sa.select(
            *what, sa.literal(""), sa.func.min(table.c["package_id"]), sa.func.sum(table.c["count"])
        )
        .where(theirs)
        .group_by(*what)
    )
    columns = ["day", "resource_id", "via", "rule", "level", "user_id", "package_id", "count"]
    row = insert(table).from_select(columns, sums)
    unique = ["day", "resource_id", "user_id", "via", "rule", "level"]
    added = {"count": table.c["count"] + row.excluded["count"]}
    model.Session.execute(row.on_conflict_do_update(index_elements=unique, set_=added))
    result = model.Session.execute(sa.delete(_Log).where(theirs))
    done.erased["accesses made nameless"] = result.rowcount  # pyright: ignore[reportAttributeAccessIssue]


def _erase_account(user: model.User, done: Outcome) -> None:
    """CKAN keeps the row of a deleted account, with name and address."""
    if user.state != model.State.DELETED:
        done.keep("account", 1, f"it is in use; `ckan user remove {user.name}`, then erase again")
        return
    user.name = f"erased-{secrets.token_hex(8)}"
    for name in _NAMING:
        setattr(user, name, None)
    user.password = secrets.token_urlsafe(32)
    user.sysadmin = False
    model.Session.execute(sa.delete(model.ApiToken).where(model.ApiToken.user_id == user.id))
    _erase_from_activities(user.id)
    done.erased["account made nameless"] = 1
    model.Session.flush()


def _erase_from_activities(user_id: str) -> None:
    """Activities name whoever acted in their text, too."""
    if not p.plugin_loaded("activity"):
        return
    from ckanext.activity.model import Activity

    for one in model.Session.scalars(sa.select(Activity).where(Activity.user_id == user_id)):
        one.data = {**(one.data or {}), "actor": None}


def _events(user_id: str) -> list[dict[str, Any]]:
    query = (
        sa.select(_Event, _Person)
        .join(_Person, _Person.event_id == _Event.id)
        .where(_stands_in(user_id))
        .order_by(_Event.id)
    )
    return [
        {
            "id": one.id,
            "created": _plain(one.created),
            "kind": one.kind,
            "object_type": one.object_type,
            "object_id": one.object_id,
            "as": [
                role
                for role, who in (("actor", person.user_id), ("subject", person.subject_id))
                if who == user_id
            ],
            "data": one.data,
        }
        for one, person in model.Session.execute(query)
    ]


def _requests_of_others(user_id: str) -> list[dict[str, Any]]:
    query = sa.select(_Request).where(_is_of_others(user_id)).order_by(_Request.created)
    found: list[dict[str, Any]] = []
    for one in model.Session.scalars(query):
        roles = {
            "decider": one.decider_id == user_id,
            "named": user_id in one.persons,
            "let in": user_id in one.grantees,
        }
        when = one.decided or one.created
        found.append({"id": one.id, "as": _true(roles), "day": when.date().isoformat()})
    return found


def _steps(user_id: str) -> list[dict[str, Any]]:
    """All of their own requests; of others', that there was one."""
    query = (
        sa.select(_Entry, _Request.user_id)
        .join(_Request, _Request.id == _Entry.request_id)
        .where(_Entry.user_id == user_id)
        .order_by(_Entry.id)
    )
    return [
        {
            "request": one.request_id,
            "day": one.created.date().isoformat(),
            "step": one.step,
            **({"text": one.text} if requester == user_id else {}),
        }
        for one, requester in model.Session.execute(query)
    ]


def _agreements(user_id: str) -> list[dict[str, Any]]:
    """Contracts between entities: that they drafted or signed them, not what stands in them."""
    query = sa.select(_Agreement).where(_has_signed(user_id)).order_by(_Agreement.created)
    return [
        {"id": one.id, "as": role, "day": when.date().isoformat()}
        for one in model.Session.scalars(query)
        for role, who, when in (
            ("drafted", one.created_by, one.created),
            ("signed for the provider", one.provider_signed_by, one.provider_signed_at),
            ("signed for the consumer", one.consumer_signed_by, one.consumer_signed_at),
        )
        if who == user_id and when is not None
    ]


def _true(words: dict[str, bool]) -> list[str]:
    return [word for word, is_so in words.items() if is_so]


def _memberships(user_id: str) -> list[dict[str, Any]]:
    member, group = model.Member, model.Group
    query = (
        sa.select(group.name, group.title, member.capacity, member.state)
        .join(member, member.group_id == group.id)
        .where(member.table_name == "user", member.table_id == user_id)
        .order_by(group.name)
    )
    return _rows(query)


def _api_tokens(user_id: str) -> list[dict[str, Any]]:
    """Their names and times; never what signs a request."""
    token = model.ApiToken
    query = sa.select(token.name, token.created_at, token.last_access)
    return _rows(query.where(token.user_id == user_id))


def _count_of_activities(user_id: str) -> dict[str, int]:
    if not p.plugin_loaded("activity"):
        return {}
    from ckanext.activity.model import Activity

    query = (
        sa.select(Activity.activity_type, sa.func.count())
        .where(Activity.user_id == user_id)
        .group_by(Activity.activity_type)
    )
    return {str(kind): count for kind, count in model.Session.execute(query)}


def _stands_in(user_id: str) -> Any:
    return sa.or_(_Person.user_id == user_id, _Person.subject_id == user_id)


def _is_of_others(user_id: str) -> Any:
    """Requests that others made, and somebody decided or is named in."""
    named = sa.or_(
        _Request.decider_id == user_id,
        _Request.persons.contains([user_id]),  # pyright: ignore[reportAttributeAccessIssue]
        _Request.grantees.contains([user_id]),  # pyright: ignore[reportAttributeAccessIssue]
    )
    return sa.and_(_Request.user_id != user_id, named)


def _is_step_of_others(user_id: str) -> Any:
    others = sa.select(_Request.id).where(_Request.user_id != user_id)
    return sa.and_(_Entry.user_id == user_id, _Entry.request_id.in_(others))


def _has_signed(user_id: str) -> Any:
    return sa.or_(
        _Agreement.created_by == user_id,
        _Agreement.provider_signed_by == user_id,
        _Agreement.consumer_signed_by == user_id,
    )


def _count(table: Any, condition: Any) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(condition)
    return model.Session.scalar(query) or 0


def _rows(query: Any) -> list[dict[str, Any]]:
    rows = model.Session.execute(query).mappings()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        # CKAN's own times have no zone, and are UTC.
        moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return moment.isoformat()
    return value.isoformat() if isinstance(value, date) else value
