"""What a write says of locations, held against the vault before CKAN sees it.

The catalogue itself is settled on the model (:mod:`access.vault`); here stand only the checks
and comparisons that must come before CKAN decides whether anything has changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import charge, tables, uploads, vault
from ckanext.jena_governance.access.gateways import (
    could_be_location,
    gateway_in,
    gateway_url,
    is_gateway_of,
    is_on_this_portal,
)
from ckanext.jena_governance.access.public_fields import (
    HIDDEN_COLUMNS,
    PUBLIC_COLUMNS,
    PUBLIC_EXTRAS,
)
from ckanext.jena_governance.model import GovernanceResourceLocation
from ckanext.jena_governance.policy import ERROR, OPEN, Actor, Finding

Dataset = Mapping[str, Any]

# The rule of these findings: held against everybody, machines and drafts included.
RULE = "location"
# As above, but a machine's texts are taken over with a warning.
REPEATED = "location-repeated"

_PUBLIC = PUBLIC_COLUMNS | PUBLIC_EXTRAS


def findings_of(stored: Dataset | None, whole: Dataset) -> list[Finding]:
    """What stands against the locations in a write.

    Args:
        stored: the dataset as it is shown; ``None`` on creation.
        whole: the dataset as it would be stored, with all resources.

    Returns:
        Findings of the rules ``location`` and ``location-repeated``.

    Source:
        Design §6, "Links" and "Ids are never reused".
    """
    found = [*_reused_ids(stored, whole), *_foreign_gateways(whole)]
    known = {finding.key() for finding in _repeated(stored, stored)} if stored else set()
    return found + [finding for finding in _repeated(stored, whole) if finding.key() not in known]


def require_new_ids(data: Dataset) -> None:
    """Refuse used ids also in datasets that the rules leave alone.

    Raises:
        ckan.logic.ValidationError: names the resource and the id.
    """
    known = {_id(resource) for resource in _stored_resources(data)}
    for position, resource in enumerate(_resources(data)):
        id_ = _id(resource)
        if id_ and id_ not in known and is_used(id_):
            message = tk._(
                "This id belonged to a file before and is never given again: leave it out"
            )
            errors: list[dict[str, Any]] = [{} for _ in range(position)]
            raise tk.ValidationError({"resources": [*errors, {"id": [message]}]})


def _stored_resources(data: Dataset) -> list[dict[str, Any]]:
    package = model.Package.get(str(data.get("id") or data.get("name") or ""))
    return [{"id": one.id} for one in package.resources] if package else []


def put_stand_ins(stored: Dataset | None, data: dict[str, Any]) -> None:
    """Put the gateway where somebody sent the location that the vault holds already.

    So CKAN sees that nothing has changed. Also gateways written for another host or language.

    Args:
        stored: the dataset as it is shown.
        data: what CKAN shall store, changed in place.
    """
    rows = _rows(stored)
    for resource in _resources(data):
        row = rows.get(_id(resource))
        if row is None:
            continue
        is_upload = resource.get("url_type") == "upload"
        url = resource.get("url")
        if is_upload and row.file_name and _last_part(url) == row.file_name:
            resource["url"] = row.url
        elif not is_upload and (url == row.url or is_gateway_of(url, row.resource_id)):
            resource["url"] = gateway_url(row.package_id, row.resource_id)
        for name, value in row.fields.items():
            if resource.get(name) == value:
                del resource[name]


def cleared(stored: Dataset | None, data: Dataset, actor: Actor) -> dict[str, frozenset[str]]:
    """The hidden fields that a person in charge of the data empties, by resource id."""
    rows = _rows(stored)
    if not rows or not _is_in_charge(stored, actor):
        return {}
    return {
        id_: frozenset(
            name
            for name in rows[id_].fields
            # CKAN itself sends its columns back empty; xloader's hash would be gone.
            if name in resource and not resource[name] and name not in HIDDEN_COLUMNS
        )
        for resource in _resources(data)
        if (id_ := _id(resource)) in rows
    }


def _is_in_charge(stored: Dataset | None, actor: Actor) -> bool:
    package = model.Session.get(model.Package, str((stored or {}).get("id") or ""))
    return package is not None and charge.may_tend(actor, package)


def _reused_ids(stored: Dataset | None, whole: Dataset) -> Iterator[Finding]:
    """Ids that a client chose for a new resource and that once named another one."""
    own = {_id(resource) for resource in _resources(stored or {})}
    for position, resource in enumerate(_resources(whole)):
        id_ = _id(resource)
        if id_ and id_ not in own and is_used(id_):
            yield _finding(RULE, "location_id_used", "id", position, "", value=id_)


def is_used(resource_id: str) -> bool:
    """Whether an id names, or named, a resource, a stored file or a table of the DataStore."""
    held = sa.select(GovernanceResourceLocation.resource_id).where(
        GovernanceResourceLocation.resource_id == resource_id
    )
    return (
        model.Session.get(model.Resource, resource_id) is not None
        or model.Session.scalar(held) is not None
        or uploads.has_file(resource_id)
        or tables.has_table(resource_id)
    )


def _foreign_gateways(whole: Dataset) -> Iterator[Finding]:
    """The gateway of another resource is no location: it would lead to that one's decision."""
    for position, resource in enumerate(_resources(whole)):
        url = resource.get("url")
        gateway = gateway_in(url)
        if gateway is None or gateway.resource == _id(resource):
            continue
        is_ours = is_on_this_portal(str(url)) or (
            model.Session.get(model.Resource, gateway.resource) is not None
        )
        if is_ours:
            yield _finding(RULE, "location_gateway", "url", position, _id(resource))


def _repeated(stored: Dataset | None, whole: Dataset) -> list[Finding]:
    """Public texts that name the location of something restricted."""
    if policy.LOCK in (whole.get("legal_basis") or []):
        return []
    patterns = [_pattern(secret) for secret in _secrets(stored, whole)]
    if not patterns:
        return []
    found: list[Finding] = []
    for field, position, id_, text in _public_texts(whole):
        if any(pattern.search(text) for pattern in patterns):
            found.append(_finding(REPEATED, "location_repeated", field, position, id_))
    return found


def _secrets(stored: Dataset | None, whole: Dataset) -> set[str]:
    rows = _rows(stored)
    secrets: set[str] = set()
    for resource in _restricted(whole):
        row = rows.get(_id(resource))
        texts = [value for name, value in resource.items() if name not in _PUBLIC or name == "url"]
        texts += [row.url, *row.fields.values()] if row else []
        secrets |= {text for text in texts if _is_location(text)}
    return secrets


def _is_location(value: object) -> bool:
    return could_be_location(value) and gateway_in(value) is None


def _restricted(whole: Dataset) -> list[dict[str, Any]]:
    words, today = vocabulary.current(), config.today()
    return [
        resource
        for resource in _resources(whole)
        if policy.effective_level(whole, resource, words, today) != OPEN
    ]


def _pattern(secret: str) -> re.Pattern[str]:
    """The location without its scheme; a bare host only where no other path follows."""
    parts = urlsplit(secret)
    place = secret.split("://", 1)[1].rstrip("/")
    tail = r"(?![\w-]|[.:/]\w)" if not parts.path.strip("/") and not parts.query else ""
    return re.compile(r"(?<![\w.-])" + re.escape(place) + tail, re.IGNORECASE)


def _public_texts(whole: Dataset) -> Iterator[tuple[str, int | None, str, str]]:
    """Field, position and id of the resource, and text, of all that everybody reads."""
    for name, value in whole.items():
        if name != "resources":
            yield from ((name, None, "", text) for text in _texts(value))
    restricted = {id(resource) for resource in _restricted(whole)}
    for position, resource in enumerate(_resources(whole)):
        for name, value in resource.items():
            is_hidden = name not in _PUBLIC or name == "url"
            if id(resource) not in restricted or not is_hidden:
                yield from ((name, position, _id(resource), text) for text in _texts(value))


def _texts(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting.extend(cast("Mapping[Any, Any]", one).values())
        elif isinstance(one, (list, tuple)):
            waiting.extend(cast("Iterable[Any]", one))


def _rows(stored: Dataset | None) -> dict[str, GovernanceResourceLocation]:
    id_ = (stored or {}).get("id")
    if not id_:
        return {}
    return vault.rows_of(str(id_))


def _finding(
    rule: str, code: str, field: str, position: int | None, resource_id: str, **params: Any
) -> Finding:
    return Finding(
        rule=rule,
        code=code,
        severity=ERROR,
        field=field,
        resource=position,
        resource_id=resource_id or None,
        params=params,
    )


def _resources(data: Dataset) -> list[dict[str, Any]]:
    listed = data.get("resources")
    if not isinstance(listed, list):
        return []
    return [item for item in cast("list[Any]", listed) if isinstance(item, dict)]


def _id(resource: Dataset) -> str:
    id_ = resource.get("id")
    return id_ if isinstance(id_, str) else ""


def _last_part(url: object) -> str:
    return url.rsplit("/")[-1] if isinstance(url, str) else ""
