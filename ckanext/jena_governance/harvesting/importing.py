"""One record becomes a dataset, or changes the dataset that it became before."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.harvest.harvesters.base import HarvesterBase
from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import facts
from ckanext.jena_governance.harvesting import origin, reports, sameness
from ckanext.jena_governance.harvesting.settings import Settings
from ckanext.jena_governance.harvesting.shaping import CORE, CORE_OF_RESOURCE, Schema, shape
from ckanext.jena_governance.logic import contract, locations
from ckanext.jena_governance.policy import ERROR, WARNING, Finding, Reading
from ckanext.jena_governance.policy.case import Place, place_of
from ckanext.jena_governance.policy.harvested import RULE
from ckanext.jena_governance.takeover import cleaning

UNCHANGED = "unchanged"
TYPE = "dataset"


@dataclass(frozen=True)
class Record:
    """A record on its way.

    Attributes:
        harvest_object: its row in ckanext-harvest.
        data: what the source said.
        settings: of the source.
        user: whose name the write bears.
    """

    harvest_object: Any
    data: dict[str, Any]
    settings: Settings
    user: str

    @property
    def source_id(self) -> str:
        """Id of the harvest source."""
        return str(self.harvest_object.harvest_source_id)

    @property
    def guid(self) -> str:
        """What the source calls it."""
        return str(self.harvest_object.guid)


def take_over(record: Record) -> bool | str:
    """Create or update the dataset of a record; called inside report mode.

    Args:
        record: the record.

    Returns:
        What ckanext-harvest wants of an import: true, or ``"unchanged"``.

    Raises:
        ckan.logic.ValidationError: CKAN, or a rule that holds for machines, refuses it.
    """
    source = model.Session.get(model.Package, record.source_id)
    publisher = str(source.owner_org or "") if source else ""
    package = origin.package_of(record.source_id, record.guid)
    mark = origin.fingerprint(record.data, publisher, dict(record.settings.publishers))
    if _is_unchanged(record, package, mark):
        return UNCHANGED
    record.harvest_object.extras.append(
        origin.HarvestObjectExtra(key=origin.FINGERPRINT, value=mark)
    )
    stored = _stored(package)
    shaped = shape(record.data, _schema(), record.harvest_object.source.url)
    reading = policy.read_record(shaped.data, vocabulary.current(), config.today())
    _name(record, reading, stored)
    found = [*shaped.findings, *_settle_owner(record, reading, publisher)]
    found += _settle_resources(record, reading, stored)
    _settle_uri(record, reading)
    if stored is None:
        _create(record, reading)
        _report(record, [*reading.findings, *found], reading.dataset["id"])
        return True
    settled = policy.settle_record(stored, reading, vocabulary.current(), config.today())
    is_changed = _update(record, settled, stored)
    _report(record, [*settled.findings, *found], stored["id"])
    return True if is_changed else UNCHANGED


def _is_unchanged(record: Record, package: model.Package | None, mark: str) -> bool:
    if package is None or package.state != model.State.ACTIVE or record.settings.force_all:
        return False
    return origin.last_fingerprint(record.source_id, record.guid) == mark


def _stored(package: model.Package | None) -> dict[str, Any] | None:
    if package is None:
        return None
    context = cast("Context", {"ignore_auth": True, "use_cache": False})
    return tk.get_action("package_show")(context, {"id": package.id})


def _schema() -> Schema:
    """Our fields, as ckanext-scheming knows them."""
    found = tk.get_action("scheming_dataset_schema_show")(
        cast("Context", {"ignore_auth": True}), {"type": TYPE, "expanded": False}
    )
    return Schema(
        {one["field_name"]: one for one in found["dataset_fields"]},
        {one["field_name"]: one for one in found["resource_fields"]},
    )


def _name(record: Record, reading: Reading, stored: Mapping[str, Any] | None) -> None:
    """A dataset keeps its name; a new one gets the source's, or one made of the title."""
    data = reading.dataset
    said = str(data.get("name") or "")
    if not data.get("title"):
        if not said:
            message = tk._(
                "The record has neither a title nor a name. Give it a title in the source."
            )
            raise tk.ValidationError({"title": [message]})
        data["title"] = said
    if stored is not None:
        data["name"] = stored["name"]
        return
    base: Any = HarvesterBase
    wanted = said if cleaning.is_name(said) else cleaning.slug(said) or cleaning.slug(data["title"])
    data["name"] = base._gen_new_name(wanted or "dataset") or f"dataset-{uuid.uuid4()}"


def _settle_owner(record: Record, reading: Reading, publisher: str) -> list[Finding]:
    """Publisher is the source's organization; owner, too, unless the mapping says other."""
    data = reading.dataset
    data["owner_org"] = data["owning_entity"] = publisher
    wanted = _mapped(record)
    if not wanted:
        return []
    known = facts.entities_of({wanted, publisher})
    owner, by = known.get(wanted), known.get(publisher)
    may_publish = (
        owner is not None
        and by is not None
        and (owner.id == by.id or (owner.id in by.publishes_for and not owner.walled))
    )
    if owner is not None and may_publish:
        data["owning_entity"] = owner.id
        return []
    return [Place().finding(RULE, "harvest_owner", WARNING, "owning_entity", value=wanted)]


def _mapped(record: Record) -> str:
    """The organization that the source's configuration names for the record's publisher."""
    table = {_key(said): name for said, name in record.settings.publishers.items()}
    return next((table[key] for key in _publishers(record.data) if key in table), "")


def _publishers(data: Mapping[str, Any]) -> list[str]:
    """What a record says about who publishes it."""
    said: list[Any] = []
    organization = data.get("organization")
    holders = (
        [organization, *(data.get("publisher") or [])]
        if isinstance(data.get("publisher"), list)
        else [organization]
    )
    for holder in holders:
        if isinstance(holder, dict):
            held = cast("dict[str, Any]", holder)
            said += [held.get(name) for name in ("uri", "id", "name", "title")]
    said += [data.get(name) for name in ("author", "maintainer")]
    return [_key(one) for one in said if isinstance(one, str) and one.strip()]


def _key(said: str) -> str:
    return said.strip().rstrip("/").casefold()


def _settle_resources(
    record: Record, reading: Reading, stored: Mapping[str, Any] | None
) -> list[Finding]:
    """Ids of ours, and no level that is more open than what is known of an address."""
    resources: list[dict[str, Any]] = reading.dataset["resources"]
    names = [str(one.get("uri") or one.get("id") or one.get("url") or "") for one in resources]
    kept = [one["id"] for one in (stored or {}).get("resources", [])]
    ids = origin.resource_ids(record.source_id, record.guid, names, kept)
    found: list[Finding] = []
    for position, (resource, id_) in enumerate(zip(resources, ids, strict=True)):
        resource["id"] = id_
        level = origin.held_level(record.source_id, str(resource.get("url") or ""), id_)
        said = resource.get("openness") or reading.dataset["openness"]
        if level is not None and policy.is_more_closed(level, said):
            resource["openness"] = level
            place = place_of(position, resource)
            found.append(
                place.finding(RULE, "harvest_known_address", WARNING, "openness", level=level)
            )
    return found


def _settle_uri(record: Record, reading: Reading) -> None:
    """Nobody speaks for a dataset of this portal, or of another source, in our own catalogue."""
    uri = str(reading.dataset.get("uri") or "")
    site = str(tk.config.get("ckan.site_url") or "").rstrip("/")
    if not uri:
        return
    if uri.startswith(f"{site}/") or origin.is_known_elsewhere(record.source_id, uri):
        del reading.dataset["uri"]


def _create(record: Record, reading: Reading) -> None:
    data = reading.dataset
    data.update(id=str(uuid.uuid4()), type=TYPE)
    origin.take_as_current(record.harvest_object, data["id"])
    tk.get_action("package_create")(_context(record), data)


def _update(record: Record, settled: Reading, stored: dict[str, Any]) -> bool:
    """Write what differs; whether anything does."""
    data = settled.dataset
    data.update(id=stored["id"], type=TYPE, state=model.State.ACTIVE)
    origin.take_as_current(record.harvest_object, stored["id"])
    schema = _schema()
    fields = (schema.dataset.keys() | CORE, schema.resource.keys() | CORE_OF_RESOURCE)
    after = policy.settle_licence(policy.copy(data), vocabulary.current())
    locations.put_stand_ins(stored, after)
    if sameness.is_same(stored, after, *fields):
        model.Session.commit()
        return False
    tk.get_action("package_update")(_context(record), data)
    return True


def _context(record: Record) -> Context:
    return cast("Context", {"user": record.user, "ignore_auth": True})


def _report(record: Record, found: list[Finding], package_id: str) -> None:
    """What the source said unclearly, and what the rules miss in the dataset as it is now."""
    context = cast("Context", {"ignore_auth": True, "use_cache": False})
    dataset = tk.get_action("package_show")(context, {"id": package_id})
    missing = [one for one in contract.findings_of(dataset) if one.severity == ERROR]
    reports.of_findings(record.harvest_object, dataset["name"], [*found, *missing])
