"""From raw records to datasets with an owner, before anything is written. No CKAN import."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ckanext.jena_governance.policy import values
from ckanext.jena_governance.takeover.draft import Conversion, Draft
from ckanext.jena_governance.takeover.errors import RecordError, TakeoverError
from ckanext.jena_governance.takeover.findings import Finding
from ckanext.jena_governance.takeover.inventory import convert_row
from ckanext.jena_governance.takeover.mapping import Unit
from ckanext.jena_governance.takeover.records import convert, organization_of, source_id
from ckanext.jena_governance.takeover.report import Entry
from ckanext.jena_governance.takeover.sources import Broken, Source


@dataclass
class Planned:
    """One dataset to write.

    Attributes:
        draft: the dataset.
        owner: the organization that gets it.
    """

    draft: Draft
    owner: Unit


@dataclass
class Plan:
    """What will be written, and what will not."""

    datasets: list[Planned]
    left_out: list[Entry]

    def drafts(self) -> list[Draft]:
        """All datasets without their owners."""
        return [planned.draft for planned in self.datasets]


def make(source: Source, conversion: Conversion) -> Plan:
    """Converts all records; one that cannot be taken over never stops the others.

    Raises:
        TakeoverError: where the mapping file names organizations that do not exist.
    """
    missing = conversion.units.unknown_targets()
    if missing:
        raise TakeoverError(
            f"mapping file: units: no organization is called “{missing[0]}” in this portal. "
            "Create it first, or correct the name (the name in its address, not the title)."
        )
    if not source.is_inventory and conversion.organization is None:
        _announce_organizations(source, conversion)
    plan = Plan([], [])
    first_seen: dict[str, int] = {}
    for position, raw in enumerate(source.records, start=1):
        try:
            planned = _planned(raw, position, source, conversion)
        except RecordError as error:
            plan.left_out.append(_rejected(raw, position, error))
            continue
        key = planned.draft.source_id
        if key in first_seen:
            plan.left_out.append(_duplicate(planned.draft, first_seen[key]))
            continue
        first_seen[key] = position
        plan.datasets.append(planned)
    return plan


def _announce_organizations(source: Source, conversion: Conversion) -> None:
    """Makes the source's organizations known before the first record is converted.

    Else the first run, which creates them on the way, would find other owners than the second.
    """
    for raw in source.records:
        if not isinstance(raw, dict):
            continue
        name, title = organization_of(raw)
        if name and _organization_here(name, title, conversion) is None:
            conversion.units.add(Unit(name, title or name))


def _organization_here(name: str, title: str, conversion: Conversion) -> Unit | None:
    return conversion.units.find(title or name) or conversion.units.named(name)


def _planned(raw: Any, position: int, source: Source, conversion: Conversion) -> Planned:
    if isinstance(raw, Broken):
        raise RecordError(raw.reason, "Correct it in the source.")
    if source.is_inventory:
        draft = convert_row(raw, position, conversion)
    else:
        draft = convert(raw, position, conversion)
    owner = draft.unit or conversion.organization
    if owner is None and draft.organization[0]:
        owner = _organization_here(*draft.organization, conversion)
    if owner is None:
        raise RecordError(
            "names no publishing unit that is known, and no organization",
            "Say which organization takes such datasets: --organization NAME",
        )
    if not source.is_inventory and not values.is_uuid(draft.source_id):
        # "parken" may be a dataset of two portals; a UUID is not
        place = draft.organization[0] or (conversion.organization or owner).name
        draft = replace(draft, source_id=f"{place}/{draft.source_id}")
    return Planned(draft, owner)


def label_of(raw: Any) -> str:
    """What a record is called in the report."""
    if isinstance(raw, dict):
        return str(raw.get("title") or raw.get("name") or raw.get("id") or "")[:200]
    return raw.label if isinstance(raw, Broken) else str(raw)[:60]


def _rejected(raw: Any, position: int, error: RecordError) -> Entry:
    finding = Finding("rejected", error.reason, error.remedy)
    return Entry(position, source_id(raw), label_of(raw), "rejected", findings=[finding])


def _duplicate(draft: Draft, first: int) -> Entry:
    finding = Finding(
        "duplicate", f"record {draft.position} repeats record {first}", "Remove one at the source."
    )
    return Entry(draft.position, draft.source_id, draft.title, "skipped", findings=[finding])


def in_order(entries: list[Entry]) -> Iterator[Entry]:
    """Entries as the source has them."""
    yield from sorted(entries, key=lambda entry: entry.position)
