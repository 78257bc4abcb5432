"""What a record of another portal says, in our fields; what is unclear becomes a finding.

A record is never trusted to open anything: of two readings the stricter one is taken, and
:mod:`policy.settling` keeps what is stored where a record would let more people in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from ckanext.jena_governance.policy import licences, validation, values
from ckanext.jena_governance.policy.access_rights import is_known, level_of, words_of
from ckanext.jena_governance.policy.case import Place, place_of
from ckanext.jena_governance.policy.completing import copy, without_computed
from ckanext.jena_governance.policy.contract import DATASET_FIELDS, RESERVED_KEYS
from ckanext.jena_governance.policy.findings import ERROR, WARNING, Finding
from ckanext.jena_governance.policy.levels import CLOSED, OPEN, is_more_closed
from ckanext.jena_governance.policy.vocabulary import Licence, Vocabulary

RULE = "harvest"
ACCESS_RIGHTS = "access_rights"

# Fields on which access depends: what cannot be read there closes.
_CLOSING = frozenset({"openness", "legal_basis", "personal_data", "metadata_visibility"})
_MAX_LICENCE = 300
# What portals write where a description is not private; DKAN says so in its own language.
_PUBLISHED = frozenset({"", "false", "no", "0", "published", "veröffentlicht"})


@dataclass(frozen=True)
class Reading:
    """A record in our fields.

    Attributes:
        dataset: what may be stored; a new dictionary.
        findings: what a person should look at.
    """

    dataset: dict[str, Any]
    findings: tuple[Finding, ...]


@dataclass
class Draft:
    """A record being read."""

    data: dict[str, Any]
    words: Vocabulary
    today: date
    findings: list[Finding] = field(default_factory=list[Finding])

    def note(self, code: str, name: str, place: Place | None = None, **params: Any) -> None:
        """Keep a finding."""
        place = place or Place()
        self.findings.append(place.finding(RULE, code, WARNING, name, **params))

    def parts(self) -> Iterator[tuple[Place, dict[str, Any]]]:
        """The dataset and each of its resources."""
        yield Place(), self.data
        for position, resource in enumerate(values.resources_of(self.data)):
            # Those of a copy: dictionaries that may be changed.
            yield place_of(position, resource), cast("dict[str, Any]", resource)


def read_record(record: Mapping[str, Any], vocabulary: Vocabulary, today: date) -> Reading:
    """Read a record of another portal.

    Its own fields of our contract count first, then the access right of the EU vocabulary;
    where both speak, the stricter one holds. Nothing said is ``open`` (R1). What is said and
    not understood is ``closed``.

    Args:
        record (Mapping): the record as ``package_show`` or a DCAT parser gives it; not changed.
        vocabulary (Vocabulary): levels, bases, licences, access rights.
        today (date): the day.

    Returns:
        Reading: the dataset, with a level, and findings of the rule ``harvest``.

    Source:
        EU vocabulary access-right; DCAT-AP 3.0; design §4 (R1, report mode).
    """
    draft = Draft(_lifted(_storable(record)), vocabulary, today)
    rights = [(place, data, data.pop(ACCESS_RIGHTS, None)) for place, data in draft.parts()]
    _drop_unreadable(draft)
    for place, data, said in rights:
        _settle_level(draft, place, data, said)
    _settle_visibility(draft)
    _settle_licences(draft)
    if rights[0][2] is not None:
        _hold_against_licence(draft, rights[0][2])
    return Reading(draft.data, tuple(draft.findings))


def _storable(record: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without characters that no database takes, and without what is only said in writes."""
    copied = cast("dict[str, Any]", copy(record))
    containers: list[Any] = [copied]
    while containers:
        container = containers.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            inner = container[key]
            if isinstance(inner, str) and not values.is_storable(inner):
                container[key] = "".join(one for one in inner if values.is_storable(one))
            elif isinstance(inner, (dict, list)):
                containers.append(inner)
    resources = copied.get("resources")
    listed = cast("list[Any]", resources) if isinstance(resources, list) else []
    copied["resources"] = [one for one in listed if isinstance(one, dict)]
    for data in (copied, *copied["resources"]):
        for name in RESERVED_KEYS & data.keys():
            del data[name]
    return without_computed(copied)


def _lifted(data: dict[str, Any]) -> dict[str, Any]:
    """Our fields out of the extras, where older parsers leave them."""
    extras = data.get("extras")
    if not isinstance(extras, list):
        data.pop("extras", None)
        return data
    kept: list[Any] = []
    for extra in cast("list[Any]", extras):
        entry = values.mapping(extra)
        key = entry.get("key")
        name = key.strip() if isinstance(key, str) else ""
        if name not in DATASET_FIELDS | {ACCESS_RIGHTS}:
            kept.append(extra)
        elif values.is_blank(data.get(name)):
            data[name] = entry.get("value")
    data["extras"] = kept
    return data


def _drop_unreadable(draft: Draft) -> None:
    """Take out what the rules would refuse, so that the rest of the record is not lost."""
    parts = [data for _place, data in draft.parts()]
    for one in list(validation.value_findings(draft.data, draft.words, draft.today)):
        part = parts[0 if one.resource is None else one.resource + 1]
        if one.severity != ERROR or one.field not in part:
            continue
        _take_out(draft, one, part)


def _take_out(draft: Draft, found: Finding, part: dict[str, Any]) -> None:
    name, place = found.field, Place(found.resource, found.resource_id)
    value = part[name]
    if found.code == "value_long" and isinstance(value, str):
        part[name] = value[: values.MAX_TEXT - 1] + "…"
        draft.note("harvest_cut", name, place, limit=values.MAX_TEXT)
        return
    part.pop(name)
    shown = found.params.get("value") or validation.shown(value)
    if name not in _CLOSING:
        draft.note("harvest_dropped", name, place, value=shown)
        return
    part["openness"] = CLOSED
    if name == "legal_basis":
        part[name] = _known(value, draft.words)
    if name == "metadata_visibility":
        part[name] = "group"
    draft.note("harvest_closed", name, place, value=shown, level=CLOSED)


def _known(value: object, words: Vocabulary) -> list[str]:
    """The bases that can be read, out of a list that cannot."""
    listed = [one for one in words_of(value) if isinstance(one, str) and one.strip() in words.bases]
    return [one.strip() for one in listed][: values.MAX_BASES]


def _settle_visibility(draft: Draft) -> None:
    """``private`` and ``metadata_visibility`` as one; what cannot be read hides."""
    data, said = draft.data, draft.data.get("private")
    if isinstance(said, str) and not values.truth(said):
        data["private"] = said.strip().casefold() not in _PUBLISHED
        if data["private"]:
            draft.note("harvest_dropped", "private", value=validation.shown(said))
    if values.is_hidden(data):
        data.update(private=True, metadata_visibility="group")
    else:
        data["private"] = False


def _settle_level(draft: Draft, place: Place, data: dict[str, Any], rights: object) -> None:
    """The level of a dataset or resource, from its own field and its access right."""
    is_dataset = place.position is None
    inherited = "" if is_dataset else values.level_said(draft.data)
    own = values.level_said(data)
    if not own and not values.is_blank(data.get("legal_basis")) and inherited in ("", OPEN):
        own = CLOSED
        draft.note("harvest_basis_level", "openness", place, level=CLOSED)
    meant = level_of(rights, draft.words)
    if meant is not None and not is_known(rights, draft.words):
        draft.note(
            "harvest_access_unknown", ACCESS_RIGHTS, place, value=_shown(rights), level=CLOSED
        )
    level = _stricter(draft, place, own, meant, _shown(rights))
    if is_dataset:
        data["openness"] = level or OPEN
    elif level and (own or is_more_closed(level, inherited)):
        data["openness"] = level


def _stricter(draft: Draft, place: Place, own: str, meant: str | None, shown: str) -> str:
    """The stricter of two levels; ``group`` and ``request`` are one access right."""
    if not own or meant is None:
        return own or meant or ""
    right = draft.words.levels[own].access_right
    if not is_more_closed(meant, own) or meant == draft.words.access_rights[right].level:
        return own
    draft.note("harvest_access_level", ACCESS_RIGHTS, place, value=shown, level=meant)
    return meant


def _shown(rights: object) -> str:
    return ", ".join(validation.shown(one) for one in words_of(rights)[:3])


def _settle_licences(draft: Draft) -> None:
    """Licences by our ids; free text stays as it was said, and does not count as open."""
    own = [
        _licence_of_resource(draft, place, data)
        for place, data in draft.parts()
        if data is not draft.data
    ]
    data = draft.data
    said = values.text(data.get("license_id")) or ""
    texts = {name: values.text(data.get(f"license_{name}")) or "" for name in ("title", "url")}
    found = licences.licence_of(said, draft.words, **texts)
    for name in texts:
        data.pop(f"license_{name}", None)
    if found is None and licences.is_unsaid(said) and not any(texts.values()):
        found = _common(own)
    if found is not None:
        data["license_id"] = found.id
        return
    free = next((text for text in (said, *texts.values()) if not licences.is_unsaid(text)), "")
    data["license_id"] = free[:_MAX_LICENCE]
    if free:
        draft.note("harvest_licence_unknown", "license_id", value=validation.shown(free))
    elif None in own or not own:
        draft.note("harvest_licence_missing", "license_id")


def _licence_of_resource(draft: Draft, place: Place, data: dict[str, Any]) -> Licence | None:
    said = values.text(data.get("license"))
    if licences.is_unsaid(said):
        data.pop("license", None)
        return None
    found = licences.licence_of(said, draft.words)
    if found is None:
        data["license"] = (said or "")[:_MAX_LICENCE]
        draft.note("harvest_licence_unknown", "license", place, value=validation.shown(said))
    else:
        data["license"] = found.id
    return found


def _common(found: Iterable[Licence | None]) -> Licence | None:
    """The licence of all resources, if it is one."""
    some = set(found)
    return next(iter(some)) if len(some) == 1 else None


def _hold_against_licence(draft: Draft, rights: object) -> None:
    """Access right and licence that do not fit: the stricter one already holds."""
    licence = draft.words.licences.get(draft.data["license_id"])
    level = draft.data["openness"]
    if licence is None:
        return
    if level != OPEN and licence.open:
        draft.note("harvest_open_licence", "license_id", licence=licence.id, level=level)
    elif level == OPEN and licence.id == licences.OTHER_CLOSED:
        draft.note("harvest_public_licence", "license_id", licence=licence.id, value=_shown(rights))
