"""R11: what in a write lets more people see data, and what of it must wait for a second person."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias, cast

from ckanext.jena_governance.policy import access, permissions, values
from ckanext.jena_governance.policy.access import Asset
from ckanext.jena_governance.policy.completing import comparable, copy
from ckanext.jena_governance.policy.contract import DATASET_FIELDS, RESOURCE_FIELDS
from ckanext.jena_governance.policy.effective import LOCK
from ckanext.jena_governance.policy.levels import OPEN, is_more_open
from ckanext.jena_governance.policy.vocabulary import Vocabulary

# The design's words in the register's categories: personal; secrecy (of a profession, social data,
# taxes, trade); third-party (works and contracts); critical-infrastructure; statistics.
NEEDS_SECOND = frozenset(
    {
        "personal-data",
        *("professional-secrecy", "social-secrecy", "tax-secrecy", "trade-secrets"),
        *("third-party-ip", "contract"),
        "critical-infrastructure",
        "statistical-confidentiality",
    }
)

# Written for readers; nobody's access depends on them, and they never stand in an event.
FREE_TEXTS = frozenset(
    {
        *("restriction_reason", "stricter_reason", "ends_when", "data_steward"),
        *("data_steward_email", "open_derivative", "derivative_note"),
    }
)

# ``licence_when_open`` is settled anew with each level.
_OF_DATASET = (DATASET_FIELDS | {"owner_org", "private"}) - {"licence_when_open"}

# A part of a proposal: fields of the dataset, and of resources by their id.
Parts: TypeAlias = dict[str, dict[str, Any]]

# The dataset (``None``) or a resource, as it is stored.
_Part: TypeAlias = Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Loosening:
    """One thing in a write that lets more people see data.

    Attributes:
        kind: ``level``, ``opens_on`` (set, or earlier), ``basis`` (dropped), ``lock`` (removed)
            or ``owner`` (of something not open).
        resource: id of the resource; ``None`` for the dataset.
        before, after: the level, day, bases or owner, in words of the data.
        bases: ids of the bases that applied before.
    """

    kind: str
    resource: str | None
    before: str
    after: str
    bases: tuple[str, ...]


def loosenings(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    vocabulary: Vocabulary,
    today: date,
    *,
    vaulted: Container[str] = (),
) -> list[Loosening]:
    """What in a write lets more people see data that were there before it.

    Without any, :func:`decide` allows nobody anything that it did not allow before.

    Args:
        before (Mapping): the dataset as it is stored.
        after (Mapping): the dataset as it would be stored, with its resources; owners as ids.
        vocabulary (Vocabulary): the register.
        today (date): the day, in the portal's time zone.
        vaulted (Container): ids of the resources whose location the vault holds.

    Returns:
        list[Loosening]: first those of the dataset. New resources are none.

    Source:
        Design §4, R11.
    """
    write = _Write(before, after, vocabulary, vaulted)
    days = _days(before, after, vocabulary, today)
    found: list[Loosening] = []
    held_back: list[Asset] = []
    for old, new in write.kept():
        was = write.was(old, today)
        if access.effective_level(was, today) != OPEN:
            held_back.append(was)
        found += _of_part(write, old, new, days)
    found += _of_owner(before, after, held_back)
    # What the resources only inherit is said once.
    seen = {(one.kind, one.before, one.after, one.bases) for one in found if one.resource is None}
    return [
        one
        for one in found
        if one.resource is None or (one.kind, one.before, one.after, one.bases) not in seen
    ]


def needs_second(bases: Iterable[str], vocabulary: Vocabulary) -> bool:
    """Whether dropping or lifting these bases takes a second person; unknown ones do.

    Args:
        bases (Iterable[str]): ids of the bases that applied before.
        vocabulary (Vocabulary): the register.

    Returns:
        bool: whether one of them is need-to-know or of a category in ``NEEDS_SECOND``.

    Source:
        Design §4, R11.
    """
    entries = [vocabulary.bases.get(id_) for id_ in bases]
    return any(
        basis is None or basis.need_to_know or basis.category in NEEDS_SECOND for basis in entries
    )


def hold(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], Parts]:
    """Take the governance fields that a write changes out of it.

    Free texts that say something new stay in the write; emptied ones go with the rest.

    Args:
        before (Mapping): the dataset as it is stored.
        after (Mapping): the dataset as it would be stored.

    Returns:
        tuple: ``after`` with what is stored in those fields, and what was taken out: under
        ``""`` the fields of the dataset, under their ids those of resources.

    Source:
        Design §4, R11, the second person.
    """
    held: dict[str, Any] = copy(after)
    parts = {"": _take_out(_OF_DATASET, before, held)}
    stored = _by_id(before)
    for resource in _resources(held):
        id_ = values.text(resource.get("id"))
        if id_ in stored:
            parts[id_] = _take_out(RESOURCE_FIELDS, stored[id_], resource)
    parts[""].pop("private", None)  # follows metadata_visibility
    return held, {id_: fields for id_, fields in parts.items() if fields}


def apply(before: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Put back what :func:`hold` took out.

    Args:
        before (Mapping): the dataset as it is stored.
        parts (Mapping): fields by the id of their resource, ``""`` for the dataset.

    Returns:
        dict: a new dataset; parts of resources that are gone are passed over.
    """
    whole: dict[str, Any] = copy(before)
    whole.update(copy(parts.get("", {})))
    for resource in _resources(whole):
        resource.update(copy(parts.get(str(resource.get("id")), {})))
    return whole


def snapshot(dataset: Mapping[str, Any]) -> Parts:
    """The governance fields of a dataset and its resources, without free texts, as plain JSON.

    Args:
        dataset (Mapping): a dataset.

    Returns:
        dict: fields that say something, by the id of their resource, ``""`` for the dataset.
        Every resource is there.
    """
    fields = {"": _plain(_OF_DATASET - {"private"}, dataset)}
    return {
        **fields,
        **{id_: _plain(RESOURCE_FIELDS, resource) for id_, resource in _by_id(dataset).items()},
    }


@dataclass(frozen=True)
class _Write:
    """A write to be compared, part by part."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    vocabulary: Vocabulary
    vaulted: Container[str]

    def kept(self) -> Iterator[tuple[_Part, _Part]]:
        """The dataset (``None``) and each resource that was there, before and after."""
        stored = _by_id(self.before)
        yield None, None
        for resource in values.resources_of(self.after):
            id_ = resource.get("id")
            if isinstance(id_, str) and id_ in stored:
                yield stored[id_], resource

    def was(self, part: _Part, day: date) -> Asset:
        """A part as it is, on a day."""
        return self._asset(self.before, part, day)

    def now(self, part: _Part, day: date) -> Asset:
        """A part as it would be, on a day."""
        return self._asset(self.after, part, day)

    def _asset(self, dataset: Mapping[str, Any], part: _Part, day: date) -> Asset:
        vaulted = part is not None and part["id"] in self.vaulted
        return access.asset_of(dataset, part, None, self.vocabulary, day, vaulted=vaulted)


def _days(
    before: Mapping[str, Any], after: Mapping[str, Any], vocabulary: Vocabulary, today: date
) -> list[date]:
    """Today, and each later day on which a level may change by itself."""
    days = {today}
    for dataset in (before, after):
        opening = values.day(dataset.get("opens_on"))
        if opening is not None:
            days.add(opening)
        for granted in permissions.read(dataset.get("permission"), vocabulary):
            if granted.until is not None and granted.until < date.max:
                days.add(granted.until + timedelta(days=1))
    return sorted(day for day in days if day >= today)


def _of_part(write: _Write, old: _Part, new: _Part, days: list[date]) -> Iterator[Loosening]:
    today, *later = days
    was, now = write.was(old, today), write.now(new, today)
    level, new_level = (access.effective_level(one, today) for one in (was, now))
    if is_more_open(new_level, level):
        yield _loosening("level", was, level, new_level)
    else:
        yield from _of_days(write, old, new, later)
    if LOCK in was.bases - now.bases:
        yield _loosening("lock", was, LOCK, "")
    if OPEN in (level, new_level):
        return
    # Each basis is a wall, a limit to the owner's members, or one that grants have to cover.
    if was.bases - now.bases - {LOCK}:
        yield _loosening("basis", was, _listed(was.bases), _listed(now.bases))


def _of_days(write: _Write, old: _Part, new: _Part, days: list[date]) -> Iterator[Loosening]:
    """The first later day on which the part would be more open than it would have been."""
    for day in days:
        was, now = write.was(old, day), write.now(new, day)
        if is_more_open(access.effective_level(now, day), access.effective_level(was, day)):
            before = str(write.before.get("opens_on") or "")
            yield _loosening("opens_on", was, before, str(day))
            return


def _of_owner(
    before: Mapping[str, Any], after: Mapping[str, Any], held_back: list[Asset]
) -> Iterator[Loosening]:
    """Another owner or publisher brings its own members to what is not open."""
    if not held_back:
        return
    old, new = _owners_of(before), _owners_of(after)
    if old != new:
        bases = sorted({basis for asset in held_back for basis in asset.bases})
        yield Loosening(
            kind="owner",
            resource=None,
            before=", ".join(old),
            after=", ".join(new),
            bases=tuple(bases),
        )


def _owners_of(dataset: Mapping[str, Any]) -> tuple[str, ...]:
    """Owner and publisher; one, if they are the same."""
    publisher = values.text(dataset.get("owner_org")) or ""
    owner = values.text(dataset.get("owning_entity")) or publisher
    return tuple(dict.fromkeys((owner, publisher)))


def _loosening(kind: str, was: Asset, before: str, after: str) -> Loosening:
    return Loosening(
        kind=kind,
        resource=was.resource,
        before=before,
        after=after,
        bases=tuple(sorted(was.bases)),
    )


def _listed(bases: Iterable[str]) -> str:
    return ", ".join(sorted(bases))


def _resources(copied: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources of what :func:`copy` made: there, all of them are dictionaries."""
    return cast("list[dict[str, Any]]", values.resources_of(copied))


def _by_id(dataset: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        resource["id"]: resource
        for resource in values.resources_of(dataset)
        if isinstance(resource.get("id"), str) and resource["id"]
    }


def _take_out(
    fields: Iterable[str], before: Mapping[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    """What differs, taken out of ``after``; what is stored takes its place."""
    taken: dict[str, Any] = {}
    for field in fields:
        new = comparable(field, after.get(field))
        if field not in after:
            after.update({field: copy(before[field])} if field in before else {})
            continue
        if new == comparable(field, before.get(field)):
            continue
        if field in FREE_TEXTS and new is not None:
            continue
        taken[field] = after[field]
        if field in before:
            after[field] = copy(before[field])
        else:
            del after[field]
    return taken


def _plain(fields: Iterable[str], data: Mapping[str, Any]) -> dict[str, Any]:
    said = {field: comparable(field, data.get(field)) for field in set(fields) - FREE_TEXTS}
    return {
        field: str(value) if isinstance(value, date) else value
        for field, value in sorted(said.items())
        if value is not None
    }
