"""Which datasets came from which source. Nothing that a source sends can address any other one."""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from collections.abc import Iterable
from typing import Any, cast

import sqlalchemy as sa

from ckan import model

from ckanext.harvest.model import HarvestObject, HarvestObjectExtra
from ckanext.jena_governance.access import entitlement, vault
from ckanext.jena_governance.logic import locations
from ckanext.jena_governance.model import GovernanceResourceLocation
from ckanext.jena_governance.policy import CLOSED

FINGERPRINT = "fingerprint"
# Ids of resources are made from where they come from: the same in each run, chosen by nobody.
_NAMESPACE = uuid.UUID("6d1f2f0e-6f5b-4e0a-9a39-2c1d5b8a7e44")


def package_of(source_id: str, guid: str) -> model.Package | None:
    """The dataset that a record of this source became, deleted or not.

    Args:
        source_id: id of the harvest source.
        guid: how the source calls the record; any text.
    """
    query = (
        sa.select(HarvestObject.package_id)
        .where(
            HarvestObject.harvest_source_id == source_id,
            HarvestObject.guid == guid,
            HarvestObject.package_id.is_not(None),
        )
        .order_by(HarvestObject.gathered.desc())
        .limit(1)
    )
    package_id = model.Session.scalar(query)
    return model.Session.get(model.Package, package_id) if package_id else None


def current_of(source_id: str) -> dict[str, str]:
    """The datasets of a source that are there, by what the source calls them."""
    query = (
        sa.select(HarvestObject.guid, HarvestObject.package_id)
        .join(model.Package, model.Package.id == HarvestObject.package_id)
        .where(
            HarvestObject.harvest_source_id == source_id,
            HarvestObject.current.is_(True),
            model.Package.state == model.State.ACTIVE,
        )
    )
    return {str(guid): str(package_id) for guid, package_id in model.Session.execute(query)}


def is_known_elsewhere(source_id: str, guid: str) -> bool:
    """Whether another source has a record of this name: then the name says nothing here."""
    query = sa.select(HarvestObject.id).where(
        HarvestObject.guid == guid, HarvestObject.harvest_source_id != source_id
    )
    return model.Session.scalar(query.limit(1)) is not None


def last_fingerprint(source_id: str, guid: str) -> str | None:
    """What the record looked like when it was taken over."""
    query = (
        sa.select(HarvestObjectExtra.value)
        .join(HarvestObject, HarvestObject.id == HarvestObjectExtra.harvest_object_id)
        .where(
            HarvestObject.harvest_source_id == source_id,
            HarvestObject.guid == guid,
            HarvestObject.current.is_(True),
            HarvestObjectExtra.key == FINGERPRINT,
        )
        .limit(1)
    )
    return model.Session.scalar(query)


def fingerprint(record: Any, *beside: Any) -> str:
    """The same for the same record, in whatever order a parser lists its parts."""
    return hashlib.sha256(_canonical([_sorted(record), *beside]).encode()).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return sorted(map(_sorted, cast("list[Any]", value)), key=_canonical)
    return value


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def take_as_current(harvest_object: Any, package_id: str) -> None:
    """Let this record be the one that its dataset stands for."""
    let_go(harvest_object.harvest_source_id, harvest_object.guid)
    harvest_object.package_id = package_id
    harvest_object.current = True
    harvest_object.add()
    # The dataset may be made only after this; its index entry names this record.
    model.Session.execute(sa.text("SET CONSTRAINTS harvest_object_package_id_fkey DEFERRED"))
    model.Session.flush()


def let_go(source_id: str, guid: str) -> None:
    """No record of this name, from this source, is the current one any more."""
    change = sa.update(HarvestObject).where(
        HarvestObject.harvest_source_id == source_id, HarvestObject.guid == guid
    )
    model.Session.execute(
        change.values(current=False), execution_options={"synchronize_session": "fetch"}
    )


def resource_ids(
    source_id: str, guid: str, foreign: Iterable[str], stored: Iterable[str]
) -> list[str]:
    """Our ids for the resources of a record.

    Args:
        source_id: id of the harvest source.
        guid: of the record.
        foreign: how the source calls each resource.
        stored: ids of the resources that the dataset has now.

    Returns:
        One id for each; one that was used before is never given again, unless the dataset has
        it now.
    """
    kept, given = set(stored), dict[str, None]()
    for name in foreign:
        numbered = (
            str(uuid.uuid5(_NAMESPACE, _canonical([source_id, guid, name, number])))
            for number in itertools.count()
        )
        free = (one for one in numbered if one not in given)
        given[next(one for one in free if one in kept or not locations.is_used(one))] = None
    return list(given)


def held_level(source_id: str, url: str, own_id: str) -> str | None:
    """The level of data at an address that this source delivered before and that are not open.

    So nothing opens by being deleted and sent anew under another name.

    Args:
        source_id: id of the harvest source.
        url: where the data are.
        own_id: id of the resource itself, which is held to what is stored of it.

    Returns:
        The level; ``None`` where nothing is held back at that address.
    """
    of_source = sa.select(HarvestObject.package_id).where(
        HarvestObject.harvest_source_id == source_id, HarvestObject.package_id.is_not(None)
    )
    query = sa.select(GovernanceResourceLocation).where(
        GovernanceResourceLocation.url == url,
        GovernanceResourceLocation.resource_id != own_id,
        GovernanceResourceLocation.package_id.in_(of_source),
    )
    row = model.Session.scalars(query.limit(1)).first()
    if row is None:
        return None
    package = model.Session.get(model.Package, row.package_id)
    if package is None:
        return CLOSED
    levels = entitlement.levels_of(package, vaulted=frozenset(vault.rows_of(package.id)))
    return levels.get(row.resource_id, CLOSED)
