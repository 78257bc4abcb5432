"""Closing at once, and confirming what somebody else has opened."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.jena_governance import policy
from ckanext.jena_governance.access import charge, entitlement, forgery
from ckanext.jena_governance.logic import locking, opening, proposals, schema
from ckanext.jena_governance.logic.messages import field_label, value_label
from ckanext.jena_governance.logic.proposals import Difference, Proposal
from ckanext.jena_governance.policy import Actor, loosening
from ckanext.jena_governance.policy.requests import tidy


def governance_lock(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Close a dataset at once, with all its resources, provisionally.

    Needs nothing but the right to do it, and works on drafts, deleted datasets and data that
    break the rules, too. It adds the legal basis ``vorlaeufige-sperre`` and a review date in 14
    days; afterwards the data stay closed, with a finding. What was there before is recorded.
    Taking the lock away is an opening (R11).

    :param id: id or name of the dataset
    :type id: string
    :param reason: why; recorded, not published (optional, at most 5,000 characters)
    :type reason: string

    :returns: ``id``, ``name``, ``openness``, ``legal_basis``, ``review_date``, ``locked`` (false
        if it was locked already; then its stores are put in order again), ``repair`` (commands
        an administrator still has to run, because a store could not be reached)
    :rtype: dictionary
    :raises NotFound: no such dataset, or whoever asks may not know of it
    :raises NotAuthorized: neither direct editor or admin of the owning entity, nor sysadmin
    """
    data, package = _asked(context, data_dict, schema.lock())
    tk.check_access("governance_lock", context, {"id": package.id})
    forgery.require_own_page()
    actor = entitlement.actor_in(context)
    package_id, name = package.id, package.name
    outcome = locking.lock(package, actor.id, data.get("reason") or "")
    stored = tk.get_action("package_show")(
        tk.fresh_context(context, ignore_auth=True, use_cache=False), {"id": package_id}
    )
    return {
        "id": package_id,
        "name": name,
        "openness": stored.get("openness"),
        "legal_basis": stored.get("legal_basis"),
        "review_date": outcome.review_date,
        "locked": outcome.is_new,
        "repair": outcome.repair,
    }


def governance_opening_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Confirm, as the second person, an opening that somebody else has proposed (R11).

    The rules are checked again. A proposal fits only as long as the fields it was made for are
    as they were; a newer one takes its place.

    :param id: id or name of the dataset
    :type id: string
    :param proposal: number of the proposal, as in ``opening_pending``; refused if another one
        has taken its place (optional)
    :type proposal: integer

    :returns: the dataset as from :py:func:`package_update`
    :rtype: dictionary
    :raises NotFound: no such dataset, or whoever asks may not know of it
    :raises NotAuthorized: no direct editor or admin of the owning entity, or the proposer
    :raises ValidationError: nothing waits, it no longer fits, or a rule refuses it
    """
    data, package = _asked(context, data_dict, schema.opening_confirm())
    tk.check_access("governance_opening_confirm", context, {"id": package.id})
    forgery.require_own_page()
    # From here on nobody else confirms it, or changes what it was made for.
    model.Session.refresh(package, with_for_update=True)
    proposal = _waiting(package, data.get("proposal"))
    _require_second(entitlement.actor_in(context), package, proposal)
    stored = _stored(context, package.id)
    changed = proposals.differences(proposal, stored)
    if changed:
        raise tk.ValidationError({"proposal": [_told(one) for one in changed]})
    confirmed = loosening.apply(policy.without_computed(stored), proposal.fields)
    confirmed.pop("metadata_modified", None)
    # Who may confirm was decided above: the owner's people need not be the publisher's.
    writing = tk.fresh_context(context, ignore_auth=True)
    with opening.confirming(proposal):
        return tk.get_action("package_update")(writing, confirmed)


def _asked(
    context: Context, data_dict: DataDict, fields: Any
) -> tuple[dict[str, Any], model.Package]:
    data, errors = tk.navl_validate(dict(data_dict), fields, context)
    if errors:
        raise tk.ValidationError(errors)
    package = charge.package_for(context, data["id"])
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return data, package


def _waiting(package: model.Package, number: int | None) -> Proposal:
    proposal = proposals.pending(package.id)
    if proposal is None:
        message = tk._("No opening of this dataset waits for a second person")
    elif number is not None and number != proposal.number:
        message = tk._(
            "You wanted to confirm proposal {then}; number {now} has taken its place"
        ).format(then=number, now=proposal.number)
    else:
        return proposal
    raise tk.ValidationError({"proposal": [message]})


def _require_second(actor: Actor, package: model.Package, proposal: Proposal) -> None:
    """Somebody else, of the owner, at this moment."""
    if not charge.is_in_charge(actor, package):
        raise tk.NotAuthorized(
            tk._("Only direct editors and admins of the owning entity may do this")
        )
    proposer = model.User.get(proposal.proposer) if proposal.proposer else None
    second = model.User.get(actor.id)
    if proposer is None or second is None:
        raise tk.NotAuthorized(
            tk._("Nobody knows any more who proposed this; propose it again to have it confirmed")
        )
    if proposer.id == second.id or tidy(proposer.email) == tidy(second.email) != "":
        raise tk.NotAuthorized(tk._("A second person has to confirm what you proposed"))


def _stored(context: Context, package_id: str) -> dict[str, Any]:
    show = tk.fresh_context(context, ignore_auth=True, use_cache=False)
    return tk.get_action("package_show")(show, {"id": package_id})


def _told(one: Difference) -> str:
    if one.field == "resources":
        return tk._("A file was added since this was proposed. Propose it again")
    return tk._(
        "“{field}” has changed since this was proposed: it was “{then}”, now it is “{now}”. "
        "Propose it again"
    ).format(
        field=field_label(one.field),
        then=value_label(one.field, one.then),
        now=value_label(one.field, one.now),
    )
