"""The metadata contract: one look at the complete dataset for each write.

CKAN validates field by field, and since 2.12 only what changed; rules that
span fields and resources cannot live there. So each write is weighed here,
as what is stored merged with what was sent, before CKAN sees it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import authz
from ckan.lib import plugins as lib_plugins
from ckan.types import Context

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import facts
from ckanext.jena_governance.logic import enforcement, locations, opening
from ckanext.jena_governance.logic.messages import language

log = logging.getLogger(__name__)

# A draft may have gaps, but not what must never be stored, published or not.
REFUSED_IN_DRAFTS = frozenset(
    {"value", "owner", "R12", locations.RULE, locations.REPEATED, opening.RULE}
)

# What nobody may store, report mode or not.
REFUSED_FOR_MACHINES = frozenset({"value", locations.RULE, opening.RULE})

# What our field says, in CKAN's words: is it private?
VISIBILITY = {"public": False, "group": True}


@dataclass(frozen=True)
class Write:
    """A weighed write.

    Attributes:
        data: what CKAN shall store; a new dictionary, the caller's is untouched.
        refusing: the findings because of which it may not.
        r11: how it lets more people see data, and what becomes of that (R11).
        proposed: what was meant; differs from ``data`` where a second person has to agree.
    """

    data: dict[str, Any]
    refusing: list[policy.Finding]
    r11: opening.Opening
    proposed: dict[str, Any]


def weigh(context: Context, stored: dict[str, Any] | None, submitted: dict[str, Any]) -> Write:
    """Merge a write with what is stored and hold it against the rules.

    Args:
        context: CKAN's context; decides between strict and report mode, and says who writes.
        stored: the dataset as ``package_show`` gives it; ``None`` on creation.
        submitted: the dictionary of ``package_create`` or ``package_update``.

    Returns:
        The write with the findings that refuse it (none: it may be stored).
    """
    words = vocabulary.current()
    reporting = enforcement.is_reporting(context)
    said, submitted = opening.take_out(submitted)
    loosens = not enforcement.is_machine(context)
    unsettled = policy.complete(stored, submitted, may_loosen=loosens)
    _keep_what_ckan_keeps(unsettled, stored)
    _settle_owner(unsettled, stored)
    _settle_visibility(unsettled, stored)

    proposed = data = policy.settle_licence(unsettled, words)
    whole = policy.with_stored_resources(stored, data)
    refusing = _refusing(stored, whole)
    r11 = opening.weigh(context, stored, whole, said)
    refusing += r11.refusing
    if stored is not None and r11.waits:
        data = policy.settle_licence(opening.hold(stored, unsettled), words)
        refusing = refusing or _refusing(stored, policy.with_stored_resources(stored, data))
    if reporting:
        _log(whole, refusing)
        refusing = [finding for finding in refusing if finding.rule in REFUSED_FOR_MACHINES]
    elif _is_unfinished(context, stored, whole):
        refusing = [finding for finding in refusing if finding.rule in REFUSED_IN_DRAFTS]
    locations.put_stand_ins(stored, data)
    return Write(data=_as_stored(data), refusing=refusing, r11=r11, proposed=_as_stored(proposed))


def require_valid(context: Context, write: Write) -> None:
    """Ask CKAN about what waits for a second person, as long as somebody can correct it.

    Raises:
        ckan.logic.ValidationError: CKAN would not store it.
    """
    if write.r11.waits and (errors := _ckan_errors(context, "package_update", write.proposed)):
        raise tk.ValidationError(errors)


def _refusing(stored: dict[str, Any] | None, whole: dict[str, Any]) -> list[policy.Finding]:
    after, before = findings_of(whole), _findings_of(stored)
    refusing = policy.refusing(after, before, policy.touched(stored, whole))
    return refusing + locations.findings_of(stored, whole)


def findings_of(dataset: dict[str, Any]) -> list[policy.Finding]:
    """All findings of a dataset as it stands."""
    return policy.check(
        dataset,
        facts.facts_of(dataset),
        vocabulary.current(),
        config.today(),
        default_licence=config.default_licence(),
    )


def refuse(context: Context, action: str, write: Write) -> tk.ValidationError:
    """The error for a refused write: our findings and CKAN's own, in one go.

    Args:
        context: CKAN's context of the write.
        action: ``package_create`` or ``package_update``.
        write: the weighed write.

    Returns:
        CKAN's ``ValidationError``, keyed by field; resources by position.
    """
    errors = _own_errors(write.refusing)
    for field, messages in _ckan_errors(context, action, write.data).items():
        if field == "resources":
            _merge_resource_errors(errors, messages)
        else:
            errors.setdefault(field, []).extend(messages)
    return tk.ValidationError(errors)


def _findings_of(stored: dict[str, Any] | None) -> list[policy.Finding]:
    """What the stored dataset is excused for; a draft for nothing."""
    if stored is None or stored.get("state") == "draft":
        return []
    return findings_of(stored)


def _is_unfinished(
    context: Context, stored: dict[str, Any] | None, whole: Mapping[str, Any]
) -> bool:
    """A draft saved on the way; the first page of CKAN's own form does not count as one.

    On creation CKAN ignores the state that most people send, and publishes.
    """
    if whole.get("state") != "draft" or _is_ckans_first_page():
        return False
    return stored is not None or bool(
        context.get("allow_state_change")
        or context.get("ignore_auth")
        or authz.is_sysadmin(context.get("user"))
    )


def _is_ckans_first_page() -> bool:
    """A form of ours says itself whether it shall be a draft."""
    if not tk.request:
        return False
    return "_ckan_phase" in tk.request.form and "governance_form" not in tk.request.form


def _keep_what_ckan_keeps(data: dict[str, Any], stored: dict[str, Any] | None) -> None:
    """CKAN keeps these where an update does not name them; ckanext-scheming would not."""
    for field in ("name", "title", "owner_org"):
        if stored is not None and stored.get(field) is not None:
            data.setdefault(field, stored[field])


def _settle_owner(data: dict[str, Any], stored: dict[str, Any] | None) -> None:
    """Store the owner as organization id; nothing said means the publisher."""
    publisher = data.get("owner_org") or (stored or {}).get("owner_org")
    owner = data.get("owning_entity") or publisher
    if isinstance(owner, str):
        known = facts.entities_of({owner}).get(owner)
        data["owning_entity"] = known.id if known else owner


def _settle_visibility(data: dict[str, Any], stored: dict[str, Any] | None) -> None:
    """CKAN's ``private`` and our ``metadata_visibility`` are one thing: the changed one wins."""
    was = policy.is_hidden(stored or {})
    said = data.get("metadata_visibility")
    if said and not (isinstance(said, str) and said in VISIBILITY):
        return  # the rules refuse it
    if said and VISIBILITY[said] != was:
        data["private"] = VISIBILITY[said]
    elif "private" in data and _truth(data["private"]) != was:
        data["metadata_visibility"] = "public" if was else "group"
    elif stored is not None:
        data["private"] = was


def _truth(value: object) -> bool:
    try:
        return tk.asbool(value)
    except ValueError:
        return True


def _as_stored(data: dict[str, Any]) -> dict[str, Any]:
    """Lists of dictionaries would be taken apart by CKAN's validation; store them as JSON."""
    if isinstance(data.get("permission"), list):
        data["permission"] = json.dumps(data["permission"], ensure_ascii=False)
    return data


def _own_errors(findings: list[policy.Finding]) -> dict[str, Any]:
    words, lang = vocabulary.current(), language()
    errors: dict[str, Any] = {}
    for finding in findings:
        if finding.resource is None:
            target = errors
        else:
            target = _at(errors.setdefault("resources", []), finding.resource)
        target.setdefault(finding.field, []).append(policy.render(finding, lang, words))
    return errors


def _ckan_errors(context: Context, action: str, data: dict[str, Any]) -> dict[str, Any]:
    """What CKAN's own validation says, so that nobody has to correct in two rounds."""
    plugin = lib_plugins.lookup_package_plugin(data.get("type"))
    schema = context.get("schema") or (
        plugin.create_package_schema()
        if action == "package_create"
        else plugin.update_package_schema()
    )
    try:
        _data, errors = lib_plugins.plugin_validate(
            plugin, tk.fresh_context(context), _without_files(data), schema, action
        )
    except tk.ValidationError as error:
        return error.error_dict
    return errors


def _without_files(data: dict[str, Any]) -> dict[str, Any]:
    """A copy without files that are being uploaded: CKAN stores them before it validates."""
    copied = policy.copy(data)
    resources = copied.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        if isinstance(resource, dict):
            resource.pop("upload", None)
    return copied


def _merge_resource_errors(errors: dict[str, Any], theirs: Any) -> None:
    ours = errors.setdefault("resources", [])
    if not isinstance(theirs, list):
        return
    for position, fields in enumerate(theirs):
        target = _at(ours, position)
        for field, messages in (fields or {}).items():
            target.setdefault(field, []).extend(messages)


def _at(listed: list[dict[str, Any]], position: int) -> dict[str, Any]:
    """The errors of the resource at a position; CKAN wants one entry for each before it."""
    listed.extend({} for _ in range(position + 1 - len(listed)))
    return listed[position]


def _log(whole: Mapping[str, Any], findings: list[policy.Finding]) -> None:
    """Report mode: one line for each broken rule, without the dataset's texts."""
    for finding in findings:
        log.warning(
            "report mode: dataset %s breaks %s at %s",
            whole.get("id") or whole.get("name"),
            finding.rule,
            finding.field,
        )
