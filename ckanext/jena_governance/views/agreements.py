"""Agreements: lists, one to read, the form of a draft, and the pages that ask once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Blueprint
from werkzeug.wrappers import Response

import ckantoolkit as tk
from ckan.types import Context

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import caching, charge, entitlement
from ckanext.jena_governance.logic import agreement_scope, agreement_words, agreements
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.policy import KEEPERS
from ckanext.jena_governance.policy import agreements as rules

blueprint = Blueprint("governance_agreements", __name__)

_TEXTS = ("title", "level", "purpose", "norm", "conditions", "document", "since", "until")
_SIDES = (rules.PROVIDER, rules.CONSUMER)
_ALL = "all"

Page = str | Response


@blueprint.route("/governance/agreements")
def index() -> Page:
    """Those that whoever asks may read, list by list."""
    actor = entitlement.actor_in()
    if actor.id is None:
        return _to_login()
    caching.keep_private()
    waiting = agreements.count_to_sign(actor)
    status = _said("status") or ("to_sign" if waiting else "active")
    organization = _said("organization")
    asked = {"status": status, "after": _said("after"), "organization": organization}
    try:
        found = tk.get_action("governance_agreement_list")(
            {}, {name: value for name, value in asked.items() if value}
        )
    except (tk.ValidationError, tk.ObjectNotFound):
        return tk.abort(404, tk._("There is no such list"))
    variables = {
        "found": found,
        "status": status,
        "statuses": _lists(),
        "waiting": waiting,
        "organization": organization,
        "may_draft": _drafts_for(actor.roles),
    }
    return tk.render("governance/agreements/index.html", extra_vars=variables)


@blueprint.route("/governance/agreements/<id>")
def read(id: str) -> Page:
    """One of them, its signatures and what has happened to it."""

    def answer(shown: dict[str, Any]) -> Page:
        roles = entitlement.actor_in().roles
        ended = shown["ended_as"]
        more = {
            "steps": _steps(id),
            "signed": {
                one["side"]: datetime.fromisoformat(one["signed"]).astimezone(config.timezone())
                for one in shown["signatures"]
            },
            "may_replace": any(roles.get(shown[side]) in KEEPERS for side in _SIDES),
            "ended": agreement_words.ended_label(ended) if ended else "",
        }
        return _page("read", shown, **more)

    return _about(id, answer)


@blueprint.route("/governance/agreements/new", methods=["GET", "POST"])
def draft() -> Page:
    """Draft one; with ``replaces`` one that shall take the place of another."""
    if entitlement.actor_in().id is None:
        return _to_login()
    try:
        tk.check_access("governance_agreement_create", {}, {})
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    if tk.request.method == "GET":
        return _form(_prefilled())
    typed = {name: _typed(name) for name in (*_TEXTS, *_SIDES, "replaces", "scope", "datasets")}
    return _save("governance_agreement_create", typed, {name: typed[name] for name in _SIDES})


@blueprint.route("/governance/agreements/<id>/edit", methods=["GET", "POST"])
def edit(id: str) -> Page:
    """Change a draft."""

    def answer(shown: dict[str, Any]) -> Page:
        if not shown["may"]["update"]:
            message = tk._("Only the side that drafts it changes it, and only before it is signed")
            return tk.abort(403, message)
        if tk.request.method == "GET":
            return _form(_stored(shown), shown)
        typed = {name: _typed(name) for name in (*_TEXTS, "scope", "datasets")}
        return _save("governance_agreement_update", typed, {"id": id}, shown)

    return _about(id, answer)


@blueprint.route("/governance/agreements/<id>/sign", methods=["GET", "POST"])
def sign(id: str) -> Page:
    """Its text once more, and the button."""

    def answer(shown: dict[str, Any]) -> Page:
        if tk.request.method == "GET" or not _typed("read"):
            unread = tk.request.method == "POST"
            errors = {"read": tk._("Say that you have read it")} if unread else {}
            return _page("sign", shown, errors=errors)
        data = {"id": id, "text_hash": _typed("text_hash")}
        done = tk.get_action("governance_agreement_sign")({}, data)
        if done["state"] == rules.ACTIVE:
            tk.h.flash_success(tk._("Signed by both: it is valid"))
        else:
            tk.h.flash_success(tk._("Signed. Now an admin of the other entity has to sign."))
        return tk.redirect_to("governance_agreements.read", id=id)

    return _about(id, answer, on_error="sign")


@blueprint.route("/governance/agreements/<id>/end", methods=["GET", "POST"])
def end(id: str) -> Page:
    """What will happen, and the button."""

    def answer(shown: dict[str, Any]) -> Page:
        if tk.request.method == "GET":
            return _page("end", shown)
        data = {"id": id, "reason": _typed("reason"), "last_day": _typed("last_day")}
        tk.get_action("governance_agreement_end")({}, {k: v for k, v in data.items() if v})
        tk.h.flash_success(tk._("Done. Both sides can read that here."))
        return tk.redirect_to("governance_agreements.read", id=id)

    return _about(id, answer, on_error="end")


def _about(id_: str, answer: Callable[[dict[str, Any]], Page], on_error: str | None = None) -> Page:
    """A page on an agreement that whoever asks may read; for all others there is none."""
    if entitlement.actor_in().id is None:
        return _to_login()
    caching.keep_private()
    try:
        shown = tk.get_action("governance_agreement_show")({}, {"id": id_})
        try:
            return answer(shown)
        except tk.ValidationError as error:
            if on_error is None:
                raise
            errors = {name: _joined(said) for name, said in error.error_dict.items()}
            return _page(on_error, shown, errors=errors, typed=dict(tk.request.form))
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404, tk._("There is no such agreement"))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))


def _page(name: str, shown: dict[str, Any], **more: Any) -> str:
    variables = {"agreement": shown, "errors": {}, "typed": {}, "today": _today(), **more}
    return tk.render(f"governance/agreements/{name}.html", extra_vars=variables)


def _steps(id_: str) -> list[agreement_words.Step]:
    row = agreements.find(Context(), id_)
    return agreement_words.steps(row, agreements.actor_of(Context()))


def _save(
    action: str,
    typed: dict[str, str],
    fixed: Mapping[str, str],
    shown: dict[str, Any] | None = None,
) -> Page:
    data: dict[str, Any] = {**fixed, **{name: typed[name] for name in _TEXTS}}
    if typed.get("replaces"):
        data["replaces"] = typed["replaces"]
    listed = [_reference(line) for line in typed["datasets"].split()]
    data["datasets"] = None if typed["scope"] == _ALL else listed
    try:
        done = tk.get_action(action)({}, data)
    except tk.ValidationError as error:
        errors = {name: _joined(said) for name, said in error.error_dict.items()}
        return _form(typed, shown, errors)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    tk.h.flash_success(tk._("The draft is saved. Nobody gets any data by it yet."))
    return tk.redirect_to("governance_agreements.read", id=done["id"])


def _form(
    typed: Mapping[str, Any],
    shown: dict[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    caching.keep_private()
    entities = tk.get_action("governance_entity_list")({}, {})
    words, lang = vocabulary.current().levels, language()
    variables = {
        "typed": typed,
        "errors": errors or {},
        "agreement": shown,
        "entities": [{"value": one["organization_id"], "label": one["title"]} for one in entities],
        "levels": [
            {
                "value": level,
                "label": words[level].label(lang),
                "text": _reach(level),
                "is_chosen": typed.get("level") == level,
            }
            for level in rules.REACHES
        ],
        "scopes": [
            {
                "value": "listed",
                "label": tk._("Only these datasets"),
                "text": "",
                "is_chosen": typed.get("scope") != _ALL,
            },
            {
                "value": _ALL,
                "label": tk._("All data of the providing entity, future ones included"),
                "text": tk._("Up to the level that you choose below."),
                "is_chosen": typed.get("scope") == _ALL,
            },
        ],
        "limit": agreement_scope.MOST_DATASETS,
    }
    return tk.render("governance/agreements/form.html", extra_vars=variables)


def _reach(level: str) -> str:
    if level == rules.REACHES[0]:
        return tk._("Data that the city group shares anyway, for an entity outside of it.")
    return tk._("Data on request, too: nobody has to ask for them one by one any more.")


def _prefilled() -> dict[str, Any]:
    """What the link says that has led here; or the agreement that shall be replaced."""
    replaces = _said("replaces")
    if replaces:
        try:
            old = tk.get_action("governance_agreement_show")({}, {"id": replaces})
        except (tk.ObjectNotFound, tk.ValidationError):
            return tk.abort(404, tk._("There is no such agreement"))
        return {**_stored(old), "replaces": old["id"], "since": _today(), "until": ""}
    provider = _said("provider") or _owner_of(_said("dataset"))
    roles = entitlement.actor_in().roles
    mine = [id_ for id_, role in roles.items() if role in KEEPERS and id_ != provider]
    return {
        "provider": provider,
        "consumer": _said("consumer") or (mine[0] if provider and len(mine) == 1 else ""),
        "datasets": _said("dataset"),
        "level": rules.REACHES[-1],
        "since": _today(),
    }


def _owner_of(dataset: str) -> str:
    package = agreement_scope.found(Context(), dataset) if dataset else None
    owner = charge.owner_of(package) if package is not None else None
    return owner.id if owner is not None else ""


def _stored(shown: dict[str, Any]) -> dict[str, Any]:
    names = [one["name"] for one in shown["datasets"] or ()]
    fields = {name: shown[name] for name in (*_TEXTS, *_SIDES)}
    return {
        **fields,
        "scope": _ALL if shown["covers_all"] else "listed",
        "datasets": "\n".join(names),
    }


def _reference(line: str) -> str:
    """A dataset by id or name; its address does as well."""
    path = urlsplit(line).path if "://" in line else ""
    parts = [unquote(part) for part in path.split("/") if part]
    if "dataset" in parts[:-1]:
        return parts[parts.index("dataset") + 1]
    return line


def _lists() -> list[dict[str, str]]:
    words = {
        "to_sign": tk._("To sign"),
        "active": tk._("Valid"),
        "proposed": tk._("Proposed"),
        "draft": tk._("Drafts"),
        "ended": tk._("Ended"),
    }
    return [{"value": value, "label": label} for value, label in words.items()]


def _drafts_for(roles: Mapping[str, str]) -> bool:
    return not KEEPERS.isdisjoint(roles.values())


def _to_login() -> Response:
    return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))


def _said(name: str) -> str:
    return tk.request.args.get(name, "").replace("\0", "").strip()[:500]


def _typed(name: str) -> str:
    return tk.request.form.get(name, "").strip()


def _joined(said: Any) -> str:
    return " ".join(map(str, said)) if isinstance(said, list) else str(said)


def _today() -> str:
    return config.today().isoformat()
