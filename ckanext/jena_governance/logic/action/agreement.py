"""Agreements between two entities: drafted by one, signed by both, ended by either."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict, Schema

from ckanext.jena_governance import config
from ckanext.jena_governance.access import facts, forgery
from ckanext.jena_governance.logic import agreement_scope, agreement_words, agreements, schema
from ckanext.jena_governance.model import GovernanceAgreement, GovernanceEntity
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import KEEPERS, Entity
from ckanext.jena_governance.policy import agreements as rules

_LIMIT, _MOST = 20, 100


def governance_agreement_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Draft an agreement between two registered entities.

    Whoever drafts it is a direct editor or admin of one of them. A draft lets nobody see data and
    is read by the drafting side only; the first signature proposes it to the other side
    (:py:func:`governance_agreement_sign`). State, signatures and the like follow from what people
    do and are refused here, as is every unknown field. At most 20 drafts per person.

    :param title: one line, at most 200 characters
    :type title: string
    :param provider: organization (id or name) whose data it is about
    :type provider: string
    :param consumer: organization (id or name) whose members shall get the data
    :type consumer: string
    :param datasets: ids or names, at most 200; ``null`` (say so) for all data of the provider up
        to ``level``. Never closed data, data for named persons only, nor data whose legal basis
        allows no agreement
    :type datasets: list of strings
    :param level: how far it reaches: ``group``, or ``request`` (both)
    :type level: string
    :param purpose: what the data are for; needed before anybody signs
    :type purpose: string
    :param norm: the rule of law that permits it (optional)
    :type norm: string
    :param conditions: what the consumer undertakes (optional)
    :type conditions: string
    :param document: address of the signed document or file number's page (optional)
    :type document: string
    :param since: first day (YYYY-MM-DD; today, if left out)
    :type since: string
    :param until: last day (optional)
    :type until: string
    :param replaces: id of an agreement of the same two entities that is signed by both; it ends
        when this one is signed by both, or on the day before this one begins (optional)
    :type replaces: string

    :returns: the agreement as from :py:func:`governance_agreement_show`
    :rtype: dictionary
    :raises NotAuthorized: whoever asks belongs to neither side as an editor or admin
    :raises ValidationError: names field, value and what is possible; datasets that somebody may
        not know of are answered like missing ones
    """
    tk.check_access("governance_agreement_create", context, data_dict)
    forgery.require_own_page()
    data = _validated(context, data_dict, schema.agreement_create())
    actor = agreements.actor_of(context)
    provider, consumer = _entity("provider", data), _entity("consumer", data)
    _require_two(provider, consumer)
    side = next((one for one in (provider, consumer) if actor.roles.get(one.id) in KEEPERS), None)
    if side is None or actor.id is None:
        raise tk.NotAuthorized(
            tk._("Only direct editors and admins of one of the two entities draft it")
        )
    row = GovernanceAgreement(
        provider=provider.id,
        consumer=consumer.id,
        drafted_by=side.id,
        created_by=actor.id,
        state=rules.DRAFT,
        since=data.get("since") or config.today(),
        replaces=_replaced(context, data.get("replaces"), provider.id, consumer.id),
    )
    if "datasets" not in data:
        message = tk._("Name at least one dataset, or agree on all data of the providing entity")
        raise tk.ValidationError({"datasets": [message]})
    _write(context, row, {key: data[key] for key in schema.agreement_update() if key in data})
    if agreements.drafts_of(actor.id) >= agreements.MOST_DRAFTS:
        message = tk._("You have {limit} drafts already. Have one signed, or discard it")
        raise tk.ValidationError({"title": [message.format(limit=agreements.MOST_DRAFTS)]})
    model.Session.add(row)
    agreements.record(row, agreements.CREATED, actor.id, {"text": rules.text_hash(row.text())})
    model.Session.commit()
    return agreement_words.shown(context, row)


def governance_agreement_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change a draft; keys that are missing stay as stored.

    Only as long as nobody has signed. Whatever is proposed or signed by both stays as it is: a
    change of it is a new agreement that ``replaces`` it. The two entities stay, too.

    :param id: the draft
    :type id: string

    The other parameters are those of :py:func:`governance_agreement_create`, without
    ``provider``, ``consumer`` and ``replaces``.

    :returns: the agreement as from :py:func:`governance_agreement_show`
    :rtype: dictionary
    :raises NotFound: no such agreement, or whoever asks may not read it
    :raises NotAuthorized: no direct editor or admin of the drafting side
    :raises ValidationError: it is no draft any more, or a value is not possible
    """
    id_ = _id(context, data_dict)
    tk.check_access("governance_agreement_update", context, {"id": id_})
    forgery.require_own_page()
    changed = {key: value for key, value in data_dict.items() if key != "id"}
    data = _validated(context, changed, schema.agreement_update())
    with agreements.locked(id_) as row:
        if row.state != rules.DRAFT:
            message = tk._(
                "Only a draft can be changed. Draft a new agreement; it can replace this one"
            )
            raise tk.ValidationError({"state": [message]})
        actor = agreements.actor_of(context)
        if not agreements.may_update(row, actor):
            message = tk._("Only direct editors and admins of the entity that drafts it change it")
            raise tk.NotAuthorized(message)
        before = row.text()
        _write(context, row, data)
        fields = sorted(name for name, value in row.text().items() if before[name] != value)
        if fields:
            row.modified = now()
            told = {"fields": fields, "text": rules.text_hash(row.text())}
            agreements.record(row, agreements.CHANGED, actor.id, told)
        model.Session.commit()
    return agreement_words.shown(context, row)


def governance_agreement_sign(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Sign an agreement for the entity that one is a direct admin of.

    The first signature (by the side that has drafted it) proposes the agreement: its text is
    fixed and the other side reads it. The second one makes it active. Two different persons sign,
    with different mail addresses, each at that moment a direct admin of the side they sign for
    and without any role on the other; inherited roles do not count, sysadmins sign for nobody.
    All datasets of its scope are held to the rules again, each time.

    :param id: the agreement
    :type id: string
    :param text_hash: ``text_hash`` of the text that was read; refused if it has changed since
        (optional)
    :type text_hash: string

    :returns: the agreement as from :py:func:`governance_agreement_show`
    :rtype: dictionary
    :raises NotFound: no such agreement, or whoever asks may not read it
    :raises NotAuthorized: says why they may not sign it
    :raises ValidationError: something is missing, has changed, or is not possible any more
    """
    data = _validated(context, data_dict, schema.agreement_sign())
    id_ = agreements.find(context, data["id"]).id
    tk.check_access("governance_agreement_sign", context, {"id": id_})
    forgery.require_own_page()
    with agreements.locked(id_) as row:
        actor = agreements.actor_of(context)
        if not agreements.may_read(row, actor):
            raise tk.ObjectNotFound(tk._("There is no such agreement"))
        refused = agreements.signing_refused(row, actor)
        if refused == "state":
            raise tk.ValidationError({"state": [agreement_words.refusal_text(refused)]})
        if refused is not None:
            raise tk.NotAuthorized(agreement_words.refusal_text(refused))
        _require_same_text(row, data.get("text_hash"))
        _require_signable(context, row)
        side = rules.side_of(row.paper(), actor.roles)
        assert side is not None  # noqa: S101 - who has no side was refused
        agreements.sign(row, side, actor)
        model.Session.commit()
    facts.forget_entities()
    return agreement_words.shown(context, row)


def governance_agreement_end(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """End an agreement: discard a draft, withdraw or decline a proposal, give notice.

    Either side may do so alone, by a direct admin; drafts also by an editor of the side that
    drafts. Sysadmins may, too: ending takes access away and gives none.

    :param id: the agreement
    :type id: string
    :param reason: what both sides are told; needed where both have signed (at most 5,000
        characters)
    :type reason: string
    :param last_day: last day on which it holds (YYYY-MM-DD), today or later; only where both have
        signed. Without it, it ends at once (optional)
    :type last_day: string

    :returns: the agreement as from :py:func:`governance_agreement_show`
    :rtype: dictionary
    :raises NotFound: no such agreement, or whoever asks may not read it
    :raises NotAuthorized: no direct admin of one of its sides
    :raises ValidationError: it has ended already, or a value is not possible
    """
    data = _validated(context, data_dict, schema.agreement_end())
    id_ = agreements.find(context, data["id"]).id
    tk.check_access("governance_agreement_end", context, {"id": id_})
    forgery.require_own_page()
    with agreements.locked(id_) as row:
        actor = agreements.actor_of(context)
        state = rules.state_on(row.paper(), config.today())
        if state == rules.ENDED:
            raise tk.ValidationError({"state": [tk._("This agreement has ended already")]})
        if actor.id is None or not agreements.may_end(row, actor):
            message = tk._("Only direct admins of one of the two entities end it")
            raise tk.NotAuthorized(message)
        if state == rules.ACTIVE:
            _require_notice(row, data)
        elif data.get("last_day"):
            message = tk._("Only what both have signed has a last day")
            raise tk.ValidationError({"last_day": [message]})
        how = {rules.DRAFT: rules.DISCARDED, rules.PROPOSED: rules.WITHDRAWN}
        agreements.end(
            row,
            actor.id,
            how.get(state, rules.NOTICE),
            last_day=data.get("last_day"),
            reason=data.get("reason") or "",
        )
        model.Session.commit()
    facts.forget_entities()
    return agreement_words.shown(context, row)


@tk.side_effect_free
def governance_agreement_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One agreement, for direct members of both sides and sysadmins.

    A draft is read by the side that drafts it only.

    :param id: the agreement
    :type id: string

    :returns: the parameters of :py:func:`governance_agreement_create`; ``state`` (``draft``,
        ``proposed``, ``active``, ``ended``: as of today) and ``status`` (``active`` is
        ``upcoming``, ``in_force`` or ``suspended``); ``last_day``; ``suspended`` and
        ``suspended_text`` (why it rests); ``ended_as``, ``end_reason``; ``signatures`` (``side``,
        ``user``, ``name``, ``signed``); ``datasets`` with ``id``, ``name``, ``title``, ``type`` of
        those that whoever asks may know of, ``datasets_unseen`` (how many besides); ``replaces``,
        ``replaced_by``; ``text_hash``; ``may`` (``update``, ``sign``, ``end``) and
        ``signing_refused`` (why not)
    :rtype: dictionary
    :raises NotFound: no such agreement, or whoever asks may not read it
    """
    data = _validated(context, data_dict, schema.agreement_show())
    tk.check_access("governance_agreement_show", context, {"id": data["id"]})
    return agreement_words.shown(context, agreements.find(context, data["id"]))


@tk.side_effect_free
def governance_agreement_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Agreements that whoever asks may read, the newest first, page by page.

    :param status: ``to_sign`` (by the entities that one is an admin of), ``draft``, ``proposed``,
        ``active`` (suspended ones and those that begin later included) or ``ended`` (optional)
    :type status: string
    :param organization: only those of this organization (id or name, optional)
    :type organization: string
    :param dataset: only those whose scope has this dataset (id or name, optional)
    :type dataset: string
    :param limit: how many (20; at most 100)
    :type limit: integer
    :param after: ``next`` of the page before (optional)
    :type after: string

    :returns: ``results`` (as from :py:func:`governance_agreement_show`, without the long texts;
        ``datasets_total`` instead of the datasets) and ``next`` (``null`` on the last page)
    :rtype: dictionary
    :raises NotFound: no such organization; no such dataset, or whoever asks may not know of it
    :raises ValidationError: names what is possible
    """
    data = _validated(context, data_dict, schema.agreement_list())
    tk.check_access("governance_agreement_list", context, data)
    actor = agreements.actor_of(context)
    limit = min(data.get("limit") or _LIMIT, _MOST)
    rows = agreements.page(
        actor,
        status=_status(data.get("status")),
        organization=_organization(data["organization"]) if data.get("organization") else None,
        dataset=_dataset(context, data["dataset"]) if data.get("dataset") else None,
        after=_cursor(data["after"]) if data.get("after") else None,
        limit=limit + 1,
    )
    more, rows = len(rows) > limit, rows[:limit]
    last = rows[-1] if more else None
    return {
        "results": agreement_words.listed(rows, actor),
        "next": f"{last.created.isoformat()}~{last.id}" if last else None,
    }


def _validated(context: Context, data_dict: DataDict, fields: Schema) -> dict[str, Any]:
    """A misspelt field is an error, and so is one that nobody sets by hand."""
    unknown = [name for name in data_dict if name not in fields]
    if unknown:
        message = tk._("There is no such field. Possible: {fields}").format(
            fields=", ".join(sorted(fields))
        )
        raise tk.ValidationError({name: [message] for name in unknown})
    data, errors = tk.navl_validate(dict(data_dict), fields, context)
    if errors:
        raise tk.ValidationError(errors)
    return data


def _id(context: Context, data_dict: DataDict) -> str:
    asked = {"id": data_dict["id"]} if "id" in data_dict else {}
    data = _validated(context, asked, schema.agreement_show())
    return agreements.find(context, data["id"]).id


def _entity(field: str, data: dict[str, Any]) -> Entity:
    """A registered entity: somebody has looked at who that is."""
    entity = facts.entities_of([data[field]]).get(data[field])
    if entity is None:
        message = tk._("Organization not found: {id}").format(id=data[field])
        raise tk.ValidationError({field: [message]})
    if GovernanceEntity.get(model.Session, entity.id) is None:
        message = tk._("“{title}” is not registered as an entity. Ask the portal administration")
        raise tk.ValidationError({field: [message.format(title=entity.title)]})
    return entity


def _require_two(provider: Entity, consumer: Entity) -> None:
    if provider.id == consumer.id:
        raise tk.ValidationError({"consumer": [tk._("Name two different entities")]})
    if provider.walled:
        message = tk._("“{title}” passes its data on to nobody").format(title=provider.title)
        raise tk.ValidationError({"provider": [message]})


def _replaced(context: Context, id_: str | None, provider: str, consumer: str) -> str | None:
    if not id_:
        return None
    try:
        row = agreements.find(context, id_)
    except tk.ObjectNotFound as error:
        raise tk.ValidationError({"replaces": [str(error.message)]}) from error
    is_valid = rules.state_on(row.paper(), config.today()) == rules.ACTIVE
    if not is_valid or (row.provider, row.consumer) != (provider, consumer):
        message = tk._(
            "Only an agreement of the same two entities that both have signed can be replaced"
        )
        raise tk.ValidationError({"replaces": [message]})
    return row.id


def _write(context: Context, row: GovernanceAgreement, data: dict[str, Any]) -> None:
    """Put valid values into a draft."""
    datasets = data.pop("datasets") if "datasets" in data else row.datasets
    level = data.get("level", row.level)
    if "since" in data:
        data["since"] = data["since"] or config.today()
    since, until = data.get("since", row.since), data.get("until", row.until)
    if until is not None and until < since:
        raise tk.ValidationError({"until": [tk._("It cannot end before it begins")]})
    if datasets is not None:
        datasets = agreement_scope.ids_of(context, datasets, row.provider, level)
    agreement_scope.require_no_location(context, datasets, {**row.text(), **data})
    row.datasets = datasets
    for name in schema.agreement_update():
        if name in data:
            setattr(row, name, data[name])
    for name in ("purpose", "norm", "conditions", "document"):
        if getattr(row, name) is None:
            setattr(row, name, "")


def _require_same_text(row: GovernanceAgreement, mark: str | None) -> None:
    if mark and mark != rules.text_hash(row.text()):
        message = tk._("The text has changed since you read it. Read it again before you sign")
        raise tk.ValidationError({"text_hash": [message]})


def _require_signable(context: Context, row: GovernanceAgreement) -> None:
    """All that has to be there and still true at the moment of a signature."""
    now_ = agreements.parties(row, agreements.sides_now([row]))
    errors = _missing(row, now_)
    why = rules.resting(row.paper(), now_) if row.signed_by else None
    if why is not None and not errors:
        message = tk._("Since the first signature {why}. End this agreement and draft it anew")
        errors["state"] = [message.format(why=agreement_words.standing_text(why))]
    if errors:
        raise tk.ValidationError(errors)
    if row.datasets is not None:
        agreement_scope.require(context, row.datasets, row.provider, row.level)
    _require_forerunner(row)


def _missing(row: GovernanceAgreement, now_: dict[str, Entity | None]) -> dict[str, Any]:
    gone = [tk._("This entity does not exist any more")]
    errors: dict[str, Any] = {side: gone for side, entity in now_.items() if entity is None}
    if not row.purpose:
        errors["purpose"] = [tk._("Say what the data are for before anybody signs")]
    if row.until is not None and row.until < config.today():
        errors["until"] = [tk._("This day has passed")]
    provider = now_[rules.PROVIDER]
    if provider is not None and provider.walled:
        message = tk._("“{title}” passes its data on to nobody").format(title=provider.title)
        errors["provider"] = [message]
    return errors


def _require_forerunner(row: GovernanceAgreement) -> None:
    """What it replaces is replaced once: else two of them would run side by side."""
    if not row.replaces:
        return
    agreements.hold(row.replaces)
    if agreements.replaced_by(row.replaces) is not None:
        message = tk._("Another agreement has taken its place already. Draft this one anew")
        raise tk.ValidationError({"replaces": [message]})


def _require_notice(row: GovernanceAgreement, data: dict[str, Any]) -> None:
    if not data.get("reason"):
        raise tk.ValidationError({"reason": [tk._("Say why: the other side reads it")]})
    day, last = data.get("last_day"), row.paper().last_day
    if day is None:
        return
    if day < config.today():
        raise tk.ValidationError({"last_day": [tk._("This day has passed")]})
    if last is not None and day > last:
        message = tk._("It ends earlier anyway, on {day}")
        message = message.format(day=agreement_words.day_label(last))
        raise tk.ValidationError({"last_day": [message]})


def _status(said: str | None) -> str | None:
    if not said or said in agreements.LISTS:
        return said or None
    message = tk._("There is no “{value}”. Possible: {possible}")
    possible = ", ".join(agreements.LISTS)
    raise tk.ValidationError({"status": [message.format(value=said[:80], possible=possible)]})


def _organization(reference: str) -> str:
    group = model.Group.get(reference)
    if group is None or not group.is_organization:
        raise tk.ObjectNotFound(tk._("Organization not found: {id}").format(id=reference))
    return group.id


def _dataset(context: Context, reference: str) -> tuple[str, str | None]:
    package = agreement_scope.found(context, reference)
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    owner = facts.asset_of(package, None).owner
    return package.id, owner.id if owner else None


def _cursor(said: str) -> tuple[datetime, str]:
    moment, _tilde, id_ = said.partition("~")
    try:
        found = datetime.fromisoformat(moment)
        is_whole = found.tzinfo is not None and bool(id_)
    except ValueError:
        is_whole = False
    if not is_whole:
        raise tk.ValidationError({"after": [tk._("Give `next` of the page before")]})
    return datetime.fromisoformat(moment), id_
