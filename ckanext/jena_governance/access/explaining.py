"""One decision in words: for the panel, the page, the denial, the API and the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import entitlement, facts, stored
from ckanext.jena_governance.logic import agreements
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.policy import (
    ANNOUNCED,
    KEEPERS,
    OPEN,
    REQUEST,
    VIEWABLE,
    Actor,
    Asset,
    Decision,
    Statement,
    granting,
    licence_of,
    say,
)
from ckanext.jena_governance.policy import agreements as rules

# What is done by writing to the contact.
_BY_MAIL = frozenset(
    {
        *("remedy_editor", "remedy_request", "remedy_request_norm", "remedy_request_personal"),
        *("remedy_request_outside", "remedy_agreement", "remedy_review"),
        *("remedy_none", "remedy_none_wall", "remedy_none_plain"),
    }
)
# What is done on a page of ours, once somebody is signed in.
_BY_FORM = {
    **dict.fromkeys(
        (
            *("remedy_request", "remedy_request_norm", "remedy_request_personal"),
            "remedy_request_outside",
        ),
        "governance_requests.new",
    ),
    "remedy_review": "governance_requests.why",
}
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
        ``legal_basis`` (list of ``id, label, citation, url, verify, jurisdiction, sharing``);
        ``reason`` (text: why this person, and what the public is told); ``remedies`` (list of
        ``code, text, url``, the nearest way first); ``contact`` (``name, email``).
        For pages also ``state`` (the level, or ``viewable``, ``announced``, ``partly-open``),
        ``reasons``, ``denied``, ``level_label``, ``level_text``, ``restriction_reason``,
        ``stricter_reason``, ``review_date``, ``opens_on``, ``owner`` (title) and
        ``open_version`` (``status``, ``title``, ``url``, ``note``). JSON can hold it as it is.
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
        and ``name``; and ``agreements``, as from ``agreed_upon``.
    """
    parts = [explain_resource(actor, part, lang) for part in package.resources]
    agreed = agreed_upon(actor, package)
    return {**explain(actor, package, lang=lang), "resources": parts, "agreements": agreed}


def agreed_upon(actor: Actor, package: model.Package) -> list[dict[str, Any]]:
    """The agreements that let others see these data today, for their parties only.

    Args:
        actor: who asks; direct members of either side are told.
        package: the dataset.

    Returns:
        ``id``, ``title``, ``provider``, ``consumer`` (titles), ``until`` (text or ``None``) and
        ``url`` of each, by title.
    """
    whole = facts.asset_of(package, None)
    if not actor.roles or whole.owner is None:
        return []
    assets = [facts.asset_of(package, one) for one in package.resources] or [whole]
    today, found = config.today(), list[dict[str, Any]]()
    for agreement, sides in agreements.counting_for(actor, package.id, whole.owner.id):
        reach = (agreement.provider, agreement.level, today, whole.owner)
        if rules.scope_refused(assets, *reach) is None:
            until = agreement.until
            told = {
                "id": agreement.id,
                "title": agreement.title,
                **{side: entity.title for side, entity in sides.items()},
                "until": until.isoformat() if until else None,
                "url": tk.h.url_for("governance_agreements.read", id=agreement.id),
            }
            found.append(told)
    return sorted(found, key=lambda one: (one["title"], one["id"]))


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
        common["agreements"] = told["agreements"]
        remedies = [_leading_back(one, package) for one in parts[0]["remedies"]]
        return {**common, "remedies": remedies, "resources": parts, "parts_differ": False}
    return {**told, "parts_differ": bool(parts)}


def basis_of(id_: str, lang: str) -> dict[str, Any]:
    """A legal basis as people are told of it; an unknown one by its id."""
    basis = vocabulary.current().bases.get(id_)
    notes = granting.sharing_of(basis) if basis else (Statement("request_light_unknown"),)
    return {
        "id": id_,
        "label": basis.label(lang) if basis else id_,
        "citation": basis.citation if basis else "?",
        "url": basis.url if basis else None,
        "verify": basis.verify if basis else True,
        "jurisdiction": basis.jurisdiction if basis else None,
        "sharing": " ".join(say(one, lang, vocabulary.current()) for one in notes),
    }


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
        state = self._state(dataset, part, decision)
        contact = contact_of(package)
        public = _text(part.get("restriction_reason")) or _text(dataset.get("restriction_reason"))
        reasons = self._reasons(decision, state, dataset, part)
        told = {
            "allowed": decision.allowed,
            "rule": decision.rule,
            "level": decision.level,
            "state": state,
            "legal_basis": [] if state in (OPEN, ANNOUNCED) else self._bases(asset),
            "reason": self._reason(decision, asset, reasons, public),
            "remedies": self._remedies(decision, contact),
            "contact": contact,
            "reasons": reasons,
            "denied": "" if decision.allowed else self.say("access_denied"),
            **self._level(state, asset),
            "restriction_reason": public,
            "stricter_reason": _text(dataset.get("stricter_reason")),
            "review_date": _text(dataset.get("review_date")),
            "opens_on": asset.opens_on.isoformat() if asset.opens_on else None,
            "owner": asset.owner.title if asset.owner else "",
            "open_version": self._derivative(dataset),
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

    def _state(
        self, dataset: Mapping[str, Any], part: Mapping[str, Any], decision: Decision
    ) -> str:
        """The level that was decided on; of open data also whether they can be got and used."""
        if decision.level != OPEN:
            return decision.level
        words, today = vocabulary.current(), config.today()
        if self.resource is not None:
            shown = policy.state_of(dataset, part, words, today)
        else:
            parts = [stored.resource_of(one) for one in self.package.resources]
            shown = policy.state_of({**dataset, "resources": parts}, None, words, today)
        return shown if shown in (ANNOUNCED, VIEWABLE) else OPEN

    def _reasons(
        self,
        decision: Decision,
        state: str,
        dataset: Mapping[str, Any],
        part: Mapping[str, Any],
    ) -> list[str]:
        if state == ANNOUNCED:
            day = policy.day(dataset.get("publish_by"))
            return [self.say("access_announced_by" if day else "access_announced", date=day)]
        reasons = [self._said(reason) for reason in decision.reasons]
        if decision.level == OPEN:
            if state == VIEWABLE:
                reasons = [self.say("access_viewable")]
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
        named = [id_ for id_ in known if id_ in asset.bases]
        unknown = sorted(id_ for id_ in asset.bases if id_ not in known)
        return [basis_of(id_, self.lang) for id_ in (*named, *unknown)]

    def _level(self, state: str, asset: Asset) -> dict[str, str]:
        words = vocabulary.current()
        is_personal = state == REQUEST and asset.terms.need_to_know
        shown = "request_ntk" if is_personal else state
        entry = words.levels.get(shown) or words.states[shown]
        # The date that an announcement holds stands among the reasons.
        text = self.say("access_announced") if state == ANNOUNCED else entry.text(self.lang)
        return {"level_label": entry.label(self.lang), "level_text": text}

    def _remedies(self, decision: Decision, contact: dict[str, str]) -> list[dict[str, Any]]:
        told = (self._remedy(remedy, contact) for remedy in decision.remedies)
        return [remedy for remedy in told if remedy is not None]

    def _remedy(self, remedy: Statement, contact: dict[str, str]) -> dict[str, Any] | None:
        code, words, url = remedy.code, {"contact": reachable(contact)}, None
        if code == "remedy_open_version":
            found = self._open_version(str(remedy.values["reference"]))
            if found is None:
                return None
            words["title"], url = found
        elif code in _SIGN_IN:
            url = _sign_in(self.package, self.resource)
        elif code == "remedy_agreement" and (drafting := self._drafting()) is not None:
            url = drafting
        elif code in _BY_FORM and self.actor.id is not None:
            url = tk.h.url_for(_BY_FORM[code], id=self.package.name)
        elif code in _BY_MAIL and contact["email"]:
            url = f"mailto:{contact['email']}"
        return {"code": code, "text": self._said(remedy, words), "url": url}

    def _drafting(self) -> str | None:
        """Where editors and admins of another entity draft an agreement on this dataset."""
        owner = facts.asset_of(self.package, None).owner
        reader = next((one for one in self.actor.entities if owner and one.id != owner.id), None)
        if owner is None or reader is None or self.actor.roles.get(reader.id) not in KEEPERS:
            return None
        asked = {"provider": owner.id, "consumer": reader.id, "dataset": self.package.name}
        return tk.h.url_for("governance_agreements.draft", **asked)

    def _derivative(self, dataset: Mapping[str, Any]) -> dict[str, str | None] | None:
        """What is said about an open version: where it is, by when it is planned, or why not."""
        status, note = (
            _text(dataset.get("derivative_status")),
            _text(dataset.get("derivative_note")),
        )
        reference = _text(dataset.get("open_derivative"))
        if status in ("planned", "none"):
            return {"status": status, "title": None, "url": None, "note": note}
        found = self._open_version(reference) if reference else None
        if found is None:
            return None
        return {"status": "exists", "title": found[0], "url": found[1], "note": note}

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


def contact_of(package: model.Package) -> dict[str, str]:
    """Who answers questions, ``name`` and ``email``: the steward, else the owning entity."""
    dataset, owned_by = stored.dataset_of(package), facts.asset_of(package, None).owner
    owner = owned_by.title if owned_by else ""
    return {
        "name": _text(dataset.get("data_steward")) or owner,
        "email": _text(dataset.get("data_steward_email")),
    }


def reachable(contact: Mapping[str, str]) -> str:
    """A contact in one line."""
    name, email = contact["name"], contact["email"]
    return f"{name} ({email})" if name and email else name or email


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
