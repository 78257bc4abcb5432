"""Which datasets an agreement names: found with the rights of whoever asks, held to the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jena_governance import config
from ckanext.jena_governance.access import charge, entitlement, facts, scrub, stored, vault
from ckanext.jena_governance.policy import agreements

MOST_DATASETS = 200
# Texts in which somebody could tell where the data are.
_TEXTS = ("title", "purpose", "norm", "conditions", "document")


def found(context: Context, reference: str) -> model.Package | None:
    """A dataset that whoever asks may know of; hidden and missing ones are the same: ``None``."""
    package = model.Package.get(reference) if "\0" not in reference else None
    if package is None or package.state != model.State.ACTIVE or not stored.is_governed(package):
        return None
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": package.id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
    return package


def ids_of(context: Context, references: Iterable[str], provider: str, level: str) -> list[str]:
    """The ids of the datasets that an agreement shall name.

    Args:
        context: CKAN's context; says who asks.
        references: ids or names.
        provider: id of the providing organization.
        level: how far the agreement reaches.

    Returns:
        Each once, in their order.

    Raises:
        ckan.logic.ValidationError: one sentence for each that is not possible.
    """
    listed = list(dict.fromkeys(references))
    if not listed:
        _refuse(tk._("Name at least one dataset, or agree on all data of the providing entity"))
    if len(listed) > MOST_DATASETS:
        _refuse(tk._("At most {limit} datasets are possible").format(limit=MOST_DATASETS))
    ids: list[str] = []
    wrong: list[str] = []
    for reference in listed:
        package = found(context, reference)
        if package is None:
            wrong.append(tk._("There is no dataset “{reference}”").format(reference=reference))
        elif (why := refusal(package, provider, level)) is not None:
            wrong.append(why)
        else:
            ids.append(package.id)
    if wrong:
        _refuse(*wrong)
    return list(dict.fromkeys(ids))


def require(context: Context, ids: Iterable[str], provider: str, level: str) -> None:
    """Hold datasets that are named already to the rules again.

    Raises:
        ckan.logic.ValidationError: names only those that whoever asks may know of.
    """
    wrong: list[str] = []
    for id_ in ids:
        package = model.Session.get(model.Package, id_)
        is_there = package is not None and package.state == model.State.ACTIVE
        why = refusal(package, provider, level) if package and is_there else tk._("It is deleted")
        if why is None:
            continue
        if found(context, id_) is None:
            why = tk._(
                "A dataset of this agreement cannot be part of it any more. Ask the entity that "
                "drafted it for a new one"
            )
        wrong.append(why)
    if wrong:
        _refuse(*dict.fromkeys(wrong))


def refusal(package: model.Package, provider: str, level: str) -> str | None:
    """Why a dataset cannot be part of an agreement, in words; ``None`` if it can."""
    whole = facts.asset_of(package, None)
    assets = [facts.asset_of(package, one) for one in package.resources] or [whole]
    why = agreements.scope_refused(assets, provider, level, config.today(), whole.owner)
    if why is None:
        return None
    return _said(why).format(title=package.title or package.name)


def require_no_location(
    context: Context, ids: Iterable[str] | None, texts: Mapping[str, Any]
) -> None:
    """Texts do not tell where restricted data are.

    Only those in charge are told so: anybody else could try out addresses.

    Raises:
        ckan.logic.ValidationError: names the field.
    """
    actor, secrets = entitlement.actor_in(context), set[str]()
    for id_ in ids or ():
        package = model.Session.get(model.Package, id_)
        if package is not None and charge.may_tend(actor, package):
            for row in vault.rows_of(id_).values():
                secrets.update(scrub.secrets_of(row))
    for name in _TEXTS:
        if any(secret in str(texts.get(name) or "") for secret in secrets):
            message = tk._("This tells where restricted data are; take the address out")
            raise tk.ValidationError({name: [message]})


def shown(context: Context, ids: Iterable[str]) -> tuple[list[dict[str, str]], int]:
    """The datasets of an agreement as somebody may know of them.

    Returns:
        ``id``, ``name``, ``title`` and ``type`` of each; and how many there are besides.
    """
    listed: list[dict[str, str]] = []
    unseen = 0
    for id_ in ids:
        package = found(context, id_)
        if package is None:
            unseen += 1
            continue
        title = package.title or package.name
        one = {"id": package.id, "name": package.name, "title": title, "type": package.type}
        listed.append(one)
    return listed, unseen


def _refuse(*messages: str) -> None:
    raise tk.ValidationError({"datasets": list(messages)})


def _said(why: str) -> str:
    words = {
        "owner": tk._("“{title}” does not belong to the providing entity"),
        "wall": tk._("“{title}”: the providing entity passes its data on to nobody"),
        "open": tk._("“{title}” is open already: nobody needs an agreement"),
        "closed": tk._("“{title}” is closed: no agreement reaches closed data"),
        "none": tk._("“{title}”: its legal basis allows no transfer"),
        "need_to_know": tk._("“{title}”: only named persons get access, by a request"),
        "norm": tk._("“{title}”: its legal basis allows a transfer by a single request only"),
        "level": tk._("“{title}” is less open than this agreement reaches"),
    }
    return words[why]
