"""A harvested record against the dataset that it updates: it may tighten, and opens nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, cast

from ckanext.jena_governance.policy import loosening, validation, values
from ckanext.jena_governance.policy.case import Place, place_of
from ckanext.jena_governance.policy.completing import (
    complete,
    with_stored_resources,
    without_computed,
)
from ckanext.jena_governance.policy.effective import standing_level
from ckanext.jena_governance.policy.findings import WARNING, Finding
from ckanext.jena_governance.policy.harvested import RULE, Draft, Reading
from ckanext.jena_governance.policy.levels import OPEN, is_more_closed, is_more_open
from ckanext.jena_governance.policy.vocabulary import Vocabulary


def settle_record(
    stored: Mapping[str, Any], reading: Reading, vocabulary: Vocabulary, today: date
) -> Reading:
    """Fit a record into the dataset that it updates: it may tighten, and opens nothing.

    Args:
        stored (Mapping): the dataset as it is stored, in whatever state; owners as ids.
        reading (Reading): the record as read, with owners and resources by our ids.
        vocabulary (Vocabulary): the register.
        today (date): the day.

    Returns:
        Reading: what to store; its findings are those of the reading and one for each thing
        that stays as it was.

    Source:
        Design §4, "report mode never loosens".
    """
    before = without_computed(stored)
    draft = Draft(complete(before, reading.dataset, may_loosen=False), vocabulary, today)
    draft.findings = [*reading.findings, *_kept(before, reading.dataset, vocabulary)]
    _keep_licence(draft, before)
    whole = with_stored_resources(before, draft.data)
    opened = loosening.loosenings(before, whole, vocabulary, today)
    if opened:
        _hold(draft, before, opened)
    return Reading(draft.data, tuple(draft.findings))


def _kept(
    before: Mapping[str, Any], said: Mapping[str, Any], words: Vocabulary
) -> Iterator[Finding]:
    """Where the record says more than is stored."""
    stored: dict[Any, Mapping[str, Any]] = {
        one.get("id"): one for one in values.resources_of(before) if one.get("id")
    }
    for place, old, new in (
        (Place(), None, None),
        *(
            (place_of(position, one), stored[one.get("id")], one)
            for position, one in enumerate(values.resources_of(said))
            if one.get("id") in stored
        ),
    ):
        level, stated = standing_level(said, new, words), standing_level(before, old, words)
        is_inherited = new is not None and not values.level_said(old or {})
        if is_more_open(level, stated) and not is_inherited:
            yield place.finding(
                RULE, "harvest_kept", WARNING, "openness", level=level, stated=stated
            )


def _keep_licence(draft: Draft, before: Mapping[str, Any]) -> None:
    """Reuse that was denied here is not granted by a source."""
    old = draft.words.licences.get(values.text(before.get("license_id")) or "")
    new = draft.words.licences.get(values.text(draft.data.get("license_id")) or "")
    if standing_level(before, None, draft.words) != OPEN or old is None or old.open:
        return
    if new is None or new.open:
        draft.data["license_id"] = old.id
        if new is not None:
            draft.note("harvest_kept_licence", "license_id", licence=new.id, value=old.id)


def _hold(draft: Draft, before: Mapping[str, Any], opened: Iterable[loosening.Loosening]) -> None:
    """Leave the fields of the contract as stored, but for what closes."""
    wanted = draft.data
    draft.data, _parts = loosening.hold(before, wanted)
    _tighten(draft.data, wanted, draft.words)
    shown = ", ".join(dict.fromkeys(f"{one.kind}: {one.after}" for one in opened))
    draft.note("harvest_held", "openness", value=validation.shown(shown))


def _tighten(held: dict[str, Any], wanted: Mapping[str, Any], words: Vocabulary) -> None:
    level = standing_level(wanted, None, words)
    if is_more_closed(level, standing_level(held, None, words)):
        held["openness"] = level
    pairs = zip(values.resources_of(held), values.resources_of(wanted), strict=True)
    for resource, new in pairs:
        level = standing_level(wanted, new, words)
        if is_more_closed(level, standing_level(held, resource, words)):
            cast("dict[str, Any]", resource)["openness"] = level
