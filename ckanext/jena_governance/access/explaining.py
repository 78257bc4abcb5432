"""One decision in words: for the panel, the page, the denial, the API and the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.access import entitlement, facts, stored
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.policy import (
    OPEN,
    REQUEST,
    Actor,
    Asset,
    Decision,
    Statement,
    licence_of,
    say,
)

# What is done by writing to the contact.
_BY_MAIL = frozenset(
    {
        *("remedy_editor", "remedy_request", "remedy_request_norm", "remedy_request_personal"),
        *("remedy_request_outside", "remedy_agreement", "remedy_review"),
        *("remedy_none", "remedy_none_wall", "remedy_none_plain"),
    }
)
_OF_PART = ("resource_id", "name")
_SIGN_IN = frozenset({"remedy_login", "remedy_login_group"})


def explain(
    actor: Actor,
    asked: model.Resource | model.Package,
    decision: Decision | None = None,
    lang: str | None = None,
) -> dict[str, Any]:
    """What somebody is told about their access to data.

    Never holds a location or a true file name. Whether they may know that the dataset exists
    has to be settled before.

    Args:
        actor: who asks.
        asked: the resource, or the dataset as a whole.
        decision: the decision, if it has been made already.
        lang: a locale; else the language of the request.

    Returns:
        ``allowed``; ``error`` (a heading; only if denied); ``rule``, ``level`` (ids);
        ``legal_basis`` (list of ``id, label, citation, url, verify, jurisdiction``); ``reason``
        (text: why this person, and what the public is told); ``remedies`` (list of
        ``code, text, url``, the nearest way first); ``contact`` (``name, email``).
        For pages also ``reasons``, ``denied``, ``level_label``, ``level_text``,
        ``restriction_reason``, ``stricter_reason``, ``review_date`` and ``opens_on``. JSON can
        hold it as it is.
    """
    return _Telling(actor, asked, decision, lang or language()).whole()


def explain_dataset(
    actor: Actor, package: model.Package, lang: str | None = None
) -> dict[str, Any]:
    """What somebody is told about a dataset and each of its resources.

    Args:
        actor: who asks.
        package: the dataset.
        lang: a locale; else the language of the request.

    Returns:
        As from ``explain``, with ``resources``: a list of the same, each with ``resource_id``
        and ``name``.
    """
    parts = [explain_resource(actor, part, lang) for part in package.resources]
    return {**explain(actor, package, lang=lang), "resources": parts}


def explain_resource(
    actor: Actor, resource: model.Resource, lang: str | None = None
) -> dict[str, Any]:
    """As ``explain``, with ``resource_id`` and ``name``."""
    told = explain(actor, resource, lang=lang)
    return {"resource_id": resource.id, "name": resource.name or "", **told}


def for_page(package_id: str, resource_id: str | None = None) -> dict[str, Any] | None:
    """What the reader of a page is told.

    Args:
        package_id: the dataset, whose description they see already.
        resource_id: one of its resources; else the dataset with all of them.

    Returns:
        As from ``explain``. A dataset is answered for as its resources are, if these have one
        answer in common; else ``parts_differ``, and ``resources`` says how. ``None`` where the
        rules do not apply.
    """
    package = model.Package.get(package_id)
    if package is None or not stored.is_governed(package):
        return None
    actor = entitlement.actor_in()
    if resource_id is not None:
        found = (part for part in package.resources if part.id == resource_id)
        resource = next(found, None)
        return explain_resource(actor, resource) if resource is not None else None
    told = explain_dataset(actor, package)
    parts = told["resources"]
    if parts and all(_same(part, parts[0]) for part in parts):
        common = {key: value for key, value in parts[0].items() if key not in _OF_PART}
        remedies = [_leading_back(one, package) for one in parts[0]["remedies"]]
        return {**common, "remedies": remedies, "resources": parts, "parts_differ": False}
    return {**told, "parts_differ": bool(parts)}


def _leading_back(remedy: dict[str, Any], package: model.Package) -> dict[str, Any]:
    """Signing in leads back to the page of the dataset, not of one of its resources."""
    return {**remedy, "url": _sign_in(package)} if remedy["code"] in _SIGN_IN else remedy


def _same(part: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two resources have all in common that is said of access to them."""
    return all(part[key] == other[key] for key in ("rule", "level", "reason", "legal_basis"))


@dataclass(frozen=True)
class _Telling:
    """One explanation, while it is written."""

    actor: Actor
    asked: model.Resource | model.Package
    given: Decision | None
    lang: str

    def whole(self) -> dict[str, Any]:
        package, resource = self.package, self.resource
        dataset = stored.dataset_of(package)
        part = stored.resource_of(resource) if resource is not None else {}
        asset = facts.asset_of(package, resource)
        decision = self.given or self._decision()
        contact = _contact(dataset, asset)
        public = _text(part.get("restriction_reason")) or _text(dataset.get("restriction_reason"))
        reasons = self._reasons(decision, dataset, part)
        told = {
            "allowed": decision.allowed,
            "rule": decision.rule,
            "level": decision.level,
            "legal_basis": [] if decision.level == OPEN else self._bases(asset),
            "reason": self._reason(decision, asset, reasons, public),
            "remedies": self._remedies(decision, contact),
            "contact": contact,
            "reasons": reasons,
            "denied": "" if decision.allowed else self.say("access_denied"),
            **self._level(decision, asset),
            "restriction_reason": public,
            "stricter_reason": _text(dataset.get("stricter_reason")),
            "review_date": _text(dataset.get("review_date")),
            "opens_on": asset.opens_on.isoformat() if asset.opens_on else None,
        }
        return told if decision.allowed else {"error": self.say("access_error"), **told}

    def say(self, code: str, **values: Any) -> str:
        return self._said(Statement(code, values))

    @property
    def package(self) -> model.Package:
        return self.asked.package if isinstance(self.asked, model.Resource) else self.asked

    @property
    def resource(self) -> model.Resource | None:
        return self.asked if isinstance(self.asked, model.Resource) else None

    def _decision(self) -> Decision:
        if self.resource is not None:
            return entitlement.decide_for(self.actor, self.resource)
        return entitlement.decide_dataset(self.actor, self.package)

    def _reasons(
        self, decision: Decision, dataset: Mapping[str, Any], part: Mapping[str, Any]
    ) -> list[str]:
        reasons = [self._said(reason) for reason in decision.reasons]
        if decision.level == OPEN:
            said = _text(part.get("license")) or _text(dataset.get("license_id"))
            licence = licence_of(said, vocabulary.current())
            if licence is not None:
                reasons.append(self.say("access_licence", licence=licence.id))
        return reasons

    def _reason(self, decision: Decision, asset: Asset, reasons: list[str], public: str) -> str:
        """Why in one text; for a denial with what everybody may know."""
        if decision.allowed:
            return " ".join(reasons)
        why = self.say("access_why", entity=asset.owner.title) if asset.owner else ""
        return " ".join(text for text in (*reasons, why, public) if text)

    def _bases(self, asset: Asset) -> list[dict[str, Any]]:
        known = vocabulary.current().bases
        rows = [
            {
                "id": basis.id,
                "label": basis.label(self.lang),
                "citation": basis.citation,
                "url": basis.url,
                "verify": basis.verify,
                "jurisdiction": basis.jurisdiction,
            }
            for basis in known.values()
            if basis.id in asset.bases
        ]
        unknown = sorted(id_ for id_ in asset.bases if id_ not in known)
        return [*rows, *(_unknown_basis(id_) for id_ in unknown)]

    def _level(self, decision: Decision, asset: Asset) -> dict[str, str]:
        words = vocabulary.current()
        is_personal = decision.level == REQUEST and asset.terms.need_to_know
        entry = words.states["request_ntk"] if is_personal else words.levels[decision.level]
        return {"level_label": entry.label(self.lang), "level_text": entry.text(self.lang)}

    def _remedies(self, decision: Decision, contact: dict[str, str]) -> list[dict[str, Any]]:
        told = (self._remedy(remedy, contact) for remedy in decision.remedies)
        return [remedy for remedy in told if remedy is not None]

    def _remedy(self, remedy: Statement, contact: dict[str, str]) -> dict[str, Any] | None:
        code, words, url = remedy.code, {"contact": _reachable(contact)}, None
        if code == "remedy_open_version":
            found = self._open_version(str(remedy.values["reference"]))
            if found is None:
                return None
            words["title"], url = found
        elif code in _SIGN_IN:
            url = _sign_in(self.package, self.resource)
        elif code in _BY_MAIL and contact["email"]:
            url = f"mailto:{contact['email']}"
        return {"code": code, "text": self._said(remedy, words), "url": url}

    def _open_version(self, reference: str) -> tuple[str, str] | None:
        """Title and address; nothing of a dataset whose description they may not see."""
        if reference.startswith(("https://", "http://")):
            return reference, reference
        package = model.Package.get(reference)
        if package is None or package.state != model.State.ACTIVE:
            return None
        user = model.User.get(self.actor.id) if self.actor.id else None
        context: Any = {"user": user.name if user else "", "auth_user_obj": user}
        try:
            tk.check_access("package_show", context, {"id": package.id})
        except (tk.NotAuthorized, tk.ObjectNotFound):
            return None
        return package.title or package.name, tk.h.url_for(f"{package.type}.read", id=package.name)

    def _said(self, statement: Statement, words: Mapping[str, str] | None = None) -> str:
        return say(statement, self.lang, vocabulary.current(), words or {})


def _sign_in(package: model.Package, resource: model.Resource | None = None) -> str:
    """Signing in, and back to where the dataset, or the resource, is described."""
    if resource is None:
        page = tk.h.url_for(f"{package.type}.read", id=package.name)
    else:
        endpoint = f"{package.type}_resource.read"
        page = tk.h.url_for(endpoint, id=package.name, resource_id=resource.id)
    return tk.h.url_for("user.login", came_from=page)


def _contact(dataset: Mapping[str, Any], asset: Asset) -> dict[str, str]:
    """Who answers questions: the steward, else the owning entity."""
    owner = asset.owner.title if asset.owner else ""
    return {
        "name": _text(dataset.get("data_steward")) or owner,
        "email": _text(dataset.get("data_steward_email")),
    }


def _reachable(contact: dict[str, str]) -> str:
    name, email = contact["name"], contact["email"]
    return f"{name} ({email})" if name and email else name or email


def _unknown_basis(id_: str) -> dict[str, Any]:
    return {
        "id": id_,
        "label": id_,
        "citation": "?",
        "url": None,
        "verify": True,
        "jurisdiction": None,
    }


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
