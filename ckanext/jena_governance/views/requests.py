"""Requests for access: the inbox, one screen for whoever asks, one for whoever decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import (
    caching,
    charge,
    entitlement,
    explaining,
    facts,
    papers,
)
from ckanext.jena_governance.logic.access_requests import deciding, inbox, shown, wishes
from ckanext.jena_governance.logic.access_requests.cases import Case, open_case, parts_of
from ckanext.jena_governance.logic.access_requests.problems import told
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.policy import Actor, Entity, Statement, granting, requests

blueprint = Blueprint("governance_requests", __name__)

Errors = Mapping[str, Any]

# Steps that a page sends under their own name; all others are decisions.
_ACTIONS = {
    "submit": "governance_access_request_submit",
    "answer": "governance_access_request_answer",
    "withdraw": "governance_access_request_withdraw",
    "forward": "governance_access_request_forward",
    "revoke": "governance_access_request_revoke",
}
_WISH = ("purpose", "until", "norm", "entity")
_LISTS = ("resources", "persons", "legal_basis")


@blueprint.route("/governance/requests")
def index() -> str | Response:
    """The inbox: one's own requests, and those that wait for an answer."""
    actor = entitlement.actor_in()
    if actor.id is None:
        return _sign_in(tk.h.url_for("governance_requests.index"))
    caching.keep_private()
    in_charge = inbox.is_in_charge(actor)
    asked = {name: tk.request.args.get(name, "") for name in ("box", "state", "kind", "after")}
    asked["box"] = asked["box"] or (inbox.DECIDE if in_charge else inbox.MINE)
    try:
        listed = tk.get_action("governance_access_request_list")({}, dict(asked))
    except tk.ValidationError:
        return tk.redirect_to("governance_requests.index")
    variables = {
        "asked": asked,
        "in_charge": in_charge,
        "listed": listed,
        "states": vocabulary.current().request_states.values(),
        "lang": language(),
        "boxes": inbox.BOXES if in_charge else (),
    }
    return tk.render("governance/requests/index.html", extra_vars=variables)


@blueprint.route("/dataset/<id>/request", methods=["GET", "POST"])
def new(id: str) -> str | Response:
    """Ask for access to a dataset."""
    actor = entitlement.actor_in()
    if actor.id is None:
        return _sign_in(tk.h.url_for("governance_requests.new", id=id))
    package = _package_for(id)
    caching.keep_private()
    if tk.request.method == "GET":
        return _form(actor, package, _prefilled(actor, package))
    sent = {**_sent(), "dataset_id": package.id}
    sent["submit"] = tk.request.form.get("save") != "draft"
    return _save(actor, package, "governance_access_request_create", sent)


@blueprint.route("/governance/requests/<id>/edit", methods=["GET", "POST"])
def edit(id: str) -> str | Response:
    """Change a draft, or answer a question with a changed request."""
    case = _case_for(id)
    if isinstance(case, Response):
        return case
    if "update" not in case.steps() or case.package is None or not case.may_find():
        return tk.redirect_to("governance_requests.read", id=id)
    actor, package = case.actor, case.package
    if tk.request.method == "GET":
        return _form(actor, package, _stored_wish(case), case=case)
    sent = {**_sent(), "id": id}
    if tk.request.form.get("save") == "submit":
        return _save(actor, package, "governance_access_request_update", sent, case, submit=True)
    return _save(actor, package, "governance_access_request_update", sent, case)


@blueprint.route("/governance/requests/<id>")
def read(id: str) -> str | Response:
    """A request: for whoever asked, and for whoever decides."""
    case = _case_for(id)
    return case if isinstance(case, Response) else _page(case)


@blueprint.route("/governance/requests/<id>", methods=["POST"])
def act(id: str) -> str | Response:
    """Take a step."""
    case = _case_for(id)
    if isinstance(case, Response):
        return case
    form = tk.request.form
    step = form.get("step", "")
    sent: dict[str, Any] = {"id": id, **_answer(step)}
    is_preview = step in requests.DECISIONS and "preview" in form
    action = _ACTIONS.get(step, "governance_access_request_decide")
    if action == "governance_access_request_decide":
        sent = {**sent, "decision": step, "preview": is_preview}
    try:
        done = tk.get_action(action)({}, sent)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Request not found"))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ValidationError as error:
        again = _case_for(id)
        if isinstance(again, Response):
            return again
        return _page(again, sent=sent, errors=error.error_dict, step=step)
    if is_preview:
        again = _case_for(id)
        return again if isinstance(again, Response) else _page(again, sent, step=step, preview=done)
    tk.h.flash_success(_done(step))
    return tk.redirect_to("governance_requests.read", id=id)


@blueprint.route("/dataset/<id>/why-not-open", methods=["GET", "POST"])
def why(id: str) -> str | Response:
    """Ask why a dataset is not open."""
    actor = entitlement.actor_in()
    if actor.id is None:
        return _sign_in(tk.h.url_for("governance_requests.why", id=id))
    package = _package_for(id)
    caching.keep_private()
    errors: Errors = {}
    text = tk.request.form.get("text", "")
    if tk.request.method == "POST":
        try:
            asked = tk.get_action("governance_opening_ask")({}, {"id": package.id, "text": text})
        except tk.ObjectNotFound:
            return tk.abort(404, tk._("Dataset not found"))
        except tk.NotAuthorized as error:
            return tk.abort(403, str(error))
        except tk.ValidationError as error:
            errors = error.error_dict
        else:
            tk.h.flash_success(tk._("Your question has been sent."))
            return tk.redirect_to("governance_requests.read", id=asked["id"])
        package = _package_for(id)
    variables = {"package": package, "errors": errors, "text": text, **_of(package)}
    return tk.render("governance/requests/why.html", extra_vars=variables)


def _save(  # noqa: PLR0913 - one form, two actions
    actor: Actor,
    package: model.Package,
    action: str,
    sent: dict[str, Any],
    case: Case | None = None,
    *,
    submit: bool = False,
) -> str | Response:
    package_id = package.id
    try:
        saved = tk.get_action(action)({}, sent)
        if submit:
            saved = tk.get_action("governance_access_request_submit")({}, {"id": saved["id"]})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ValidationError as error:
        package = model.Session.get(model.Package, package_id) or package
        again = _case_for(case.row.id) if case is not None else None
        known = again if isinstance(again, Case) else None
        return _form(actor, package, sent, errors=error.error_dict, case=known)
    is_sent = saved["state"] != requests.DRAFT
    tk.h.flash_success(tk._("Your request has been sent.") if is_sent else tk._("Draft saved."))
    return tk.redirect_to("governance_requests.read", id=saved["id"])


def _form(
    actor: Actor,
    package: model.Package,
    wish: Mapping[str, Any],
    *,
    errors: Errors | None = None,
    case: Case | None = None,
) -> str:
    today = config.today()
    parts = parts_of(package, ())
    options = [_option(actor, entity, parts) for entity in (None, *_entities(actor, package))]
    variables = {
        "package": package,
        "wish": wish,
        "errors": errors or {},
        "request_id": case.row.id if case else "",
        "state": case.state if case else requests.DRAFT,
        "parts": [part for part in parts if part.asset.resource is not None],
        "options": options,
        "needs_norm": any(one["light"]["needs_norm"] for one in options),
        "needs_persons": any(one["light"]["needs_persons"] for one in options),
        "latest": granting.latest(today),
        "target": told(Statement("request_target", {"date": today + requests.TARGET})),
        "privacy": _privacy(package),
        "statutory": told(Statement("request_statutory")),
        **_of(package),
    }
    return tk.render("governance/requests/form.html", extra_vars=variables)


def _page(
    case: Case,
    sent: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    step: str = "",
    preview: Mapping[str, Any] | None = None,
) -> str:
    request = shown.whole(case)
    words, lang = vocabulary.current(), language()
    bases = granting.forbidding(case.parts, words)
    named = {id_ for part in case.parts for id_ in part.asset.bases}
    variables = {
        "req": request,
        "access": _of(case.package)["access"] if case.package and case.may_find() else None,
        "is_requester": requests.REQUESTER in case.played,
        "decides": requests.DECIDER in case.played or requests.RECIPIENT in case.played,
        "sent": sent or {},
        "errors": errors or {},
        "step": step,
        "preview": preview,
        "forbidding": [explaining.basis_of(id_, lang) for id_ in bases],
        "grounds": [explaining.basis_of(id_, lang) for id_ in words.bases if id_ in named],
        "entities": _others(case),
        "steps": words.request_steps,
        "escalation": shown.escalation(),
        "escalation_mailbox": config.escalation_contact(),
        "way_on": _way_on(case),
        "is_personal": any(part.is_personal for part in case.parts),
        "lang": lang,
        "privacy": _privacy(case.package) if case.package else "",
        "fields": deciding.FIELDS,
    }
    return tk.render("governance/requests/read.html", extra_vars=variables)


def _option(actor: Actor, entity: Entity | None, parts: list[granting.Part]) -> dict[str, Any]:
    """For whom one can ask, with what that leads to."""
    today = config.today()
    asker = papers.held(actor, [part.asset for part in parts])
    lights = [granting.light_of(asker, part, entity, today) for part in parts]
    return {
        "id": entity.id if entity else "",
        "title": entity.title if entity else "",
        "light": shown.light(granting.whole(lights)),
    }


def _entities(actor: Actor, package: model.Package) -> list[Entity]:
    """Those that somebody can ask for: their own, without the owner."""
    owner = charge.owner_of(package)
    return [one for one in actor.entities if owner is None or one.id != owner.id]


def _others(case: Case) -> list[dict[str, Any]]:
    """Entities that a request can be forwarded to."""
    if requests.after(case.row.kind, case.state, "forward", case.played) is None:
        return []
    listed = tk.get_action("governance_entity_list")({}, {})
    here = {case.row.forwarded_to, case.owner.id if case.owner else None}
    return [
        {"value": one["organization_id"], "label": one["title"]}
        for one in listed
        if one["organization_id"] not in here
    ]


def _prefilled(actor: Actor, package: model.Package) -> dict[str, Any]:
    """Twelve months; for the first entity of theirs, where that is possible without names."""
    entity = ""
    parts = parts_of(package, ())
    for one in _entities(actor, package):
        light = _option(actor, one, parts)["light"]
        if light["id"] == granting.POSSIBLE and not light["needs_persons"]:
            entity = one.id
            break
    until = granting.in_years(config.today(), granting.USUAL_YEARS)
    return {"until": until.isoformat(), "entity": entity}


def _stored_wish(case: Case) -> dict[str, Any]:
    row = case.row
    users = _names_of(row.persons)
    return {
        "purpose": row.purpose,
        "norm": row.norm,
        "until": row.until.isoformat() if row.until else "",
        "entity": row.entity_id or "",
        "resources": row.resources,
        "persons": users,
    }


def _names_of(ids: list[str]) -> list[str]:
    """Names of users, as one would type them."""
    found = (model.Session.get(model.User, id_) for id_ in ids)
    return [user.name for user in found if user is not None]


def _sent() -> dict[str, Any]:
    """The fields of the form; a list for what can be several."""
    form = tk.request.form
    sent: dict[str, Any] = {name: form.get(name, "") for name in _WISH}
    typed = form.get("persons", "").replace(",", "\n").replace(";", "\n")
    sent["persons"] = [one.strip() for one in typed.split("\n") if one.strip()]
    sent["resources"] = [one for one in form.getlist("resources") if one]
    return sent


def _answer(step: str) -> dict[str, Any]:
    """The fields that go with a step, out of a form that may hold those of all of them."""
    form = tk.request.form
    names = deciding.FIELDS.get(step) or {
        "answer": ("text",),
        "forward": ("text", "entity"),
        "revoke": ("text", "ground", "legal_basis"),
    }.get(step, ())
    if step in requests.DECISIONS:
        names = (*names, "wish_hash")
    sent: dict[str, Any] = {}
    for name in names:
        key = f"{step}-{name}"
        if name in _LISTS:
            if key in form or f"{key}-shown" in form:
                sent[name] = [one for one in form.getlist(key) if one]
        elif key in form:
            sent[name] = form.get(key, "")
        elif name == "onward":
            sent[name] = False
    return sent


def _way_on(case: Case) -> str:
    """What is proposed as the way on: what the data themselves say."""
    if case.package is None:
        return ""
    told_of = explaining.explain(case.asker, case.package)
    codes = ("remedy_open_version", "remedy_agreement", "remedy_date")
    found = [one["text"] for one in told_of["remedies"] if one["code"] in codes]
    return " ".join(f"{text.rstrip('.')}." for text in found)


def _of(package: model.Package) -> dict[str, Any]:
    return {"access": explaining.for_page(package.id)}


def _privacy(package: model.Package) -> str:
    owner = charge.owner_of(package)
    values = {
        "entity": owner.title if owner else "–",
        "months": config.request_retention_months(),
    }
    return told(Statement("request_privacy", values))


def _package_for(reference: str) -> model.Package:
    try:
        package = wishes.package_in({}, reference)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Dataset not found"))
    return package


def _case_for(id_: str) -> Case | Response:
    actor = entitlement.actor_in()
    if actor.id is None:
        return _sign_in(tk.h.url_for("governance_requests.read", id=id_))
    caching.keep_private()
    case = open_case(facts.actor_of(actor.id), id_)
    return case if case is not None else tk.abort(404, tk._("Request not found"))


def _sign_in(back: str) -> Response:
    return tk.redirect_to("user.login", came_from=back)


def _done(step: str) -> str:
    entry = vocabulary.current().request_steps.get(step)
    label = entry.label(language()) if entry else step
    return tk._("Done: {step}").format(step=label)
