"""Requests for access, and the question why data are not open."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.model.types import make_uuid
from ckan.types import Context, DataDict

from ckanext.jena_governance.access import entitlement, facts, forgery
from ckanext.jena_governance.logic import request_schema
from ckanext.jena_governance.logic.access_requests import (
    deciding,
    inbox,
    shown,
    steps,
    wishes,
)
from ckanext.jena_governance.logic.access_requests.cases import Case, Row, open_case
from ckanext.jena_governance.logic.access_requests.problems import refuse_field
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import requests

Act = Callable[[Context, DataDict], dict[str, Any]]


def _all_or_nothing(action: Act) -> Act:
    """What is refused leaves nothing behind, and no lock."""

    @functools.wraps(action)
    def run(context: Context, data_dict: DataDict) -> dict[str, Any]:
        try:
            return action(context, data_dict)
        except Exception:
            model.Session.rollback()
            raise

    return run


@_all_or_nothing
def governance_access_request_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask for access to a dataset or some of its resources, for oneself or for an entity.

    A draft, until it is submitted; then it needs purpose, last day and whatever the data demand.
    State, decider and dates of the portal cannot be sent.

    :param dataset_id: id or name of the dataset
    :type dataset_id: string
    :param resources: ids of resources (optional; default: all that is restricted)
    :type resources: list of strings
    :param entity: id or name of an organization that whoever asks directly belongs to, and that
        all its members shall use the data for (optional; default: for oneself)
    :type entity: string
    :param purpose: what the data are needed for (at most 5,000 characters)
    :type purpose: string
    :param until: last day (YYYY-MM-DD; at most two years ahead)
    :type until: string
    :param persons: names or ids of direct members of the entity, where only persons who need to
        know get access
    :type persons: list of strings
    :param norm: task or norm relied on; needed for data on persons, and wherever a law asks for one
    :type norm: string
    :param submit: submit it at once (default: false)
    :type submit: boolean

    :returns: the request as from :py:func:`governance_access_request_show`
    :rtype: dictionary
    :raises NotFound: no such dataset, or whoever asks may not know of it
    :raises NotAuthorized: nobody is signed in
    :raises ValidationError: names field and remedy; quotas; there is access already; it was asked
        for already
    """
    tk.check_access("governance_access_request_create", context, {})
    forgery.require_own_page()
    data = request_schema.read(data_dict, request_schema.create(), "dataset_id")
    actor = wishes.actor_in(context)
    package = wishes.package_in(context, data["dataset_id"])
    wishes.queue_up(actor)
    wishes.require_pace(actor)
    row = Row(
        id=make_uuid(),
        kind=requests.ACCESS,
        state=requests.DRAFT,
        user_id=actor.id,
        dataset_id=package.id,
        lang=language(),
        **_EMPTY,
    )
    wishes.apply(row, actor, package, data)
    case = Case(row, actor)
    if data.get("submit"):
        return _submitted(case)
    wishes.require_draft_quota(actor)
    model.Session.add(row)
    model.Session.flush()
    steps.record(case, "draft", {})
    model.Session.commit()
    return shown.whole(case)


@_all_or_nothing
def governance_access_request_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change a draft, or a request that somebody has a question about. Requester only.

    Keys that are missing stay as stored; the names of those that change are recorded.
    Parameters as for :py:func:`governance_access_request_create`, without ``dataset_id`` and
    ``submit``.

    :param id: id of the request
    :type id: string

    :returns: the request
    :rtype: dictionary
    :raises NotFound: no such request, or it is somebody else's
    :raises NotAuthorized: whoever asks is not the requester
    :raises ValidationError: it is decided, or a field means nothing
    """
    case, data = _opened(
        "governance_access_request_update", context, data_dict, request_schema.update()
    )
    steps.require(case, "update")
    fields = _apply(case, data)
    if case.row.state == requests.RETURNED:
        wishes.require_complete(case)
        if fields:
            steps.note(case, "update", fields=fields)
    if fields:
        wishes.require_calm(case.row)
        steps.record(case, "update", {"state": case.row.state, "fields": list(fields)})
    model.Session.commit()
    return shown.whole(case)


@_all_or_nothing
def governance_access_request_submit(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Submit a draft. From then on those in charge of the data see it, and the clock runs.

    :param id: id of the request
    :type id: string

    :returns: the request
    :rtype: dictionary
    :raises NotFound: no such request, or it is somebody else's
    :raises ValidationError: something is missing, it was submitted already, or it was asked for
        already
    """
    case, _data = _opened(
        "governance_access_request_submit", context, data_dict, request_schema.one()
    )
    steps.require(case, "submit")
    if not case.may_find():
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    wishes.queue_up(case.actor)
    return _submitted(case)


@_all_or_nothing
def governance_access_request_answer(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Answer a question about a request; the clock goes on. Requester only.

    :param id: id of the request
    :type id: string
    :param text: the answer (at most 5,000 characters)
    :type text: string

    Everything else that :py:func:`governance_access_request_update` takes can be changed with it.

    :returns: the request
    :rtype: dictionary
    :raises NotFound: no such request, or it is somebody else's
    :raises ValidationError: there is no question, or no answer
    """
    case, data = _opened(
        "governance_access_request_answer", context, data_dict, request_schema.answer(), "text"
    )
    steps.require(case, "answer")
    text = data.pop("text")
    fields = _apply(case, data)
    wishes.require_complete(case)
    steps.take(case, "answer", text, fields=fields)
    return _again(case)


@tk.side_effect_free
def governance_access_request_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """A request: for whoever asked, those in charge of the data, and sysadmins.

    A draft is the requester's alone. What it says of the dataset depends on whether whoever looks
    may know of it.

    :param id: id of the request
    :type id: string

    :returns: ``id``, ``kind`` (``access`` or ``opening``), ``state`` (``expired`` is computed),
        ``state_label``, ``dataset``, ``owner``, ``entity``, ``requester``, ``purpose``, ``norm``,
        ``belongs_to`` (the entities of whoever asks for themselves), ``asked_until``,
        ``resources`` (each with its ``light``), ``persons``, ``wish_hash`` (a fingerprint of what
        is asked for, for :py:func:`governance_access_request_decide`), ``light`` (``id``:
        ``allowed``, ``possible`` or ``impossible``; ``text``, ``needs_norm``,
        ``needs_persons``), ``due`` (the portal's target), ``is_stopped``, ``is_overdue``,
        ``forwarded_to``, ``decision``, ``grant``, ``remedy``, ``thread``, ``may`` (the
        steps that whoever looks can take), ``partiality`` (why they may not decide)
    :rtype: dictionary
    :raises NotFound: no such request, or it is somebody else's
    """
    tk.check_access("governance_access_request_show", context, {})
    data = request_schema.read(data_dict, request_schema.one(), "id")
    case = open_case(wishes.actor_in(context), data["id"])
    if case is None:
        raise tk.ObjectNotFound(_not_found())
    return shown.whole(case)


@tk.side_effect_free
def governance_access_request_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Requests, page by page.

    :param box: ``mine`` (default), or of those in charge: ``decide`` (waits for them),
        ``overdue``, ``waiting`` (for somebody else), ``done``
    :type box: string
    :param state: only this state (optional)
    :type state: string
    :param kind: only ``access`` or ``opening`` (optional)
    :type kind: string
    :param dataset_id: only of this dataset, by id (optional)
    :type dataset_id: string
    :param after: ``next`` of the page before (optional)
    :type after: string
    :param limit: how many (default 25, at most 100)
    :type limit: integer

    :returns: ``results``, ``next`` (empty on the last page), ``counts`` (``mine``, ``questions``,
        ``decide``, ``overdue``)
    :rtype: dictionary
    """
    tk.check_access("governance_access_request_list", context, {})
    data = request_schema.read(data_dict, request_schema.listed())
    actor = wishes.actor_in(context)
    wanted = inbox.Wanted(
        box=data.get("box") or inbox.MINE,
        state=data.get("state") or "",
        kind=data.get("kind") or "",
        dataset=data.get("dataset_id") or "",
        after=data.get("after") or "",
        limit=inbox.read_limit(data.get("limit")),
    )
    page = inbox.page(actor, wanted)
    return {
        "results": [shown.short(case) for case in page.cases],
        "next": page.following,
        "counts": inbox.counts(actor),
    }


@_all_or_nothing
def governance_access_request_decide(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Answer a request. Direct editors and admins of the owning entity only.

    Never whoever asked or gains by it, a member of the entity it is for, or an account with the
    same mail address; sysadmins do not stand in for them. Two cannot decide at once.

    :param id: id of the request
    :type id: string
    :param decision: ``approve``, ``deny``, ``return`` (a question to the requester), ``hear``
        (third parties are heard, the clock stops), ``resume``, ``not_available`` (not for files
        that the portal has), ``refer`` (to the body of
        ``ckanext.jena_governance.escalation_contact``); ``reply`` for questions
        "Why is this not open?"
    :type decision: string
    :param text: what is said to the requester; needed for all but ``approve``, ``hear`` and
        ``resume``
    :type text: string
    :param until: last day of a grant (default: as asked for; never later)
    :type until: string
    :param resources: ids of the resources granted (default: all that were asked for)
    :type resources: list of strings
    :param persons: names or ids of the persons let in, of those asked for
    :type persons: list of strings
    :param norm: the norm relied on (default: as the requester says)
    :type norm: string
    :param role: needed for data on persons: the recipient uses them for ``own`` purposes, as
        ``processor``, or they are ``joint`` controllers
    :type role: string
    :param conditions: conditions of a grant
    :type conditions: string
    :param onward: whether the data may be passed on for another purpose (default: false)
    :type onward: boolean
    :param legal_basis: for a denial: ids of bases of the data that forbid this very transfer
    :type legal_basis: list of strings
    :param way_on: for a denial: what the requester can do instead
    :type way_on: string
    :param outcome: for ``reply``: ``opened``, ``open_version`` or ``confirmed``
    :type outcome: string
    :param open_version: for ``open_version``: another dataset that is public, open and holds data,
        or an address outside of this portal
    :type open_version: string
    :param wish_hash: ``wish_hash`` of the request as it was read; refused if what is asked for has
        changed since (optional)
    :type wish_hash: string
    :param preview: show what the requester would see, and save nothing (default: false)
    :type preview: boolean

    :returns: the request; with ``preview`` as the requester would see it
    :rtype: dictionary
    :raises NotFound: no such request, or it is somebody else's
    :raises NotAuthorized: somebody else decides
    :raises ValidationError: names what is missing, or what the law says: no denial without a law
        that forbids the transfer, no grant beyond the rules
    """
    case, data = _opened(
        "governance_access_request_decide",
        context,
        data_dict,
        request_schema.decide(),
        "decision",
    )
    case.is_trial = bool(data.pop("preview", False))
    decision, read = data.pop("decision"), data.pop("wish_hash", "")
    deciding.decide(case, decision, data, read)
    if not case.is_trial:
        return _again(case)
    seen = shown.whole(Case(case.row, case.asker))
    model.Session.rollback()
    facts.forget_entities()
    return seen


@_all_or_nothing
def governance_access_request_forward(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Pass a request on to another entity, which may know better; the owner still decides.

    :param id: id of the request
    :type id: string
    :param entity: id or name of an organization of the city group
    :type entity: string
    :param text: why (optional)
    :type text: string

    :returns: the request
    :rtype: dictionary
    :raises NotFound: no such request, or it is somebody else's
    :raises NotAuthorized: somebody else decides
    """
    case, data = _opened(
        "governance_access_request_forward",
        context,
        data_dict,
        request_schema.forward(),
        "entity",
    )
    deciding.forward(case, data["entity"], data.get("text") or "")
    return _again(case)


@_all_or_nothing
def governance_access_request_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Withdraw a request, or give a grant back. Requester only.

    :param id: id of the request
    :type id: string

    :returns: the request
    :rtype: dictionary
    :raises NotFound: no such request, or it is somebody else's
    """
    case, _data = _opened(
        "governance_access_request_withdraw", context, data_dict, request_schema.one()
    )
    steps.take(case, "withdraw")
    return _again(case)


@_all_or_nothing
def governance_access_request_revoke(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a grant back before its end. Direct editors and admins of the owning entity only.

    :param id: id of the request
    :type id: string
    :param text: why
    :type text: string
    :param ground: ``law`` (default), ``purpose_ended`` or ``conditions_broken``
    :type ground: string
    :param legal_basis: for ``law``: ids of bases of the data that forbid the transfer
    :type legal_basis: list of strings

    :returns: the request
    :rtype: dictionary
    :raises NotFound: no such request, or it is somebody else's
    :raises NotAuthorized: somebody else decides
    :raises ValidationError: no ground, or nothing to take back
    """
    case, data = _opened(
        "governance_access_request_revoke", context, data_dict, request_schema.revoke()
    )
    deciding.revoke(case, data)
    return _again(case)


@_all_or_nothing
def governance_opening_ask(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask why a dataset is not open: everybody who is signed in, once per dataset in 30 days.

    Those in charge answer by opening it, by naming the open version, or by confirming the ground
    (:py:func:`governance_access_request_decide`, decision ``reply``).

    :param id: id or name of the dataset
    :type id: string
    :param text: more about the question (optional)
    :type text: string

    :returns: the question, as from :py:func:`governance_access_request_show`
    :rtype: dictionary
    :raises NotFound: no such dataset, or whoever asks may not know of it
    :raises ValidationError: the data are open, or it was asked already
    """
    tk.check_access("governance_opening_ask", context, {})
    forgery.require_own_page()
    data = request_schema.read(data_dict, request_schema.ask(), "id")
    actor = wishes.actor_in(context)
    package = wishes.package_in(context, data["id"])
    if not _is_restricted(package):
        refuse_field("id", tk._("The data are open already"))
    wishes.queue_up(actor)
    _require_pause(actor.id or "", package.id)
    wishes.require_pace(actor)
    row = Row(
        id=make_uuid(),
        kind=requests.OPENING,
        state=requests.DRAFT,
        user_id=actor.id,
        dataset_id=package.id,
        lang=language(),
        **{**_EMPTY, "purpose": data.get("text") or ""},
    )
    case = Case(row, actor)
    wishes.require_quota(row)
    _send(case)
    return _again(case)


_EMPTY: dict[str, Any] = {
    "resources": [],
    "persons": [],
    "purpose": "",
    "norm": "",
    "decision": {},
    "grantees": [],
    "granted": {},
}


def _opened(
    action: str, context: Context, data_dict: DataDict, fields: request_schema.Fields, *needed: str
) -> tuple[Case, dict[str, Any]]:
    """A request that shall be changed, locked; and what was sent."""
    tk.check_access(action, context, {})
    forgery.require_own_page()
    data = request_schema.read(data_dict, fields, "id", *needed)
    id_ = data.pop("id")
    actor = wishes.actor_in(context)
    if open_case(actor, id_) is None:
        raise tk.ObjectNotFound(_not_found())
    case = open_case(actor, id_, lock=True)
    if case is None:
        raise tk.ObjectNotFound(_not_found())
    return case, data


def _apply(case: Case, data: dict[str, Any]) -> tuple[str, ...]:
    """The names of the fields that have changed."""
    before = case.wish
    wishes.apply(case.row, case.actor, case.package, data)
    _forget(case)
    return requests.changed(before, case.wish)


def _submitted(case: Case) -> dict[str, Any]:
    wishes.require_complete(case)
    wishes.require_quota(case.row)
    _send(case)
    return _again(case)


def _send(case: Case) -> None:
    case.row.submitted = now()
    model.Session.add(case.row)
    model.Session.flush()
    steps.take(case, "submit")


def _again(case: Case) -> dict[str, Any]:
    return shown.whole(Case(case.row, facts.actor_of(case.actor.id)))


def _forget(case: Case) -> None:
    """What was worked out of fields that have changed."""
    for name in ("entity", "parts", "lights"):
        case.__dict__.pop(name, None)


def _is_restricted(package: model.Package) -> bool:
    if entitlement.is_dataset_restricted(package):
        return True
    return any(entitlement.is_restricted(one) for one in package.resources)


def _require_pause(user_id: str, dataset_id: str) -> None:
    """Once in 30 days, withdrawn or not."""
    query = sa.select(Row.id).where(
        Row.kind == requests.OPENING,
        Row.user_id == user_id,
        Row.dataset_id == dataset_id,
        Row.created > now() - requests.ASK_AGAIN,
    )
    if model.Session.scalar(query.limit(1)) is not None:
        message = tk._("You have asked this already. You can ask again {days} days after it")
        refuse_field("id", message.format(days=requests.ASK_AGAIN.days))


def _not_found() -> str:
    return tk._("Request not found")
