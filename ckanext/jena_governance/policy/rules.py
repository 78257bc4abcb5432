"""The rules, one function each, in the words of the design.

Each takes a dataset laid out as a :class:`Case` and yields what it finds. None of
them knows who asks, or whether the finding will refuse anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ckanext.jena_governance.policy import licences, permissions, values
from ckanext.jena_governance.policy.case import Asset, Case, Place, any_resource_token
from ckanext.jena_governance.policy.effective import LOCK
from ckanext.jena_governance.policy.facts import Entity
from ckanext.jena_governance.policy.findings import ERROR, INFO, WARNING, Finding
from ckanext.jena_governance.policy.levels import (
    GROUP,
    OPEN,
    Range,
    is_more_closed,
    permitted,
)
from ckanext.jena_governance.policy.permissions import CLEANED, IDENTIFYING
from ckanext.jena_governance.policy.reviewing import latest_review
from ckanext.jena_governance.policy.vocabulary import Basis, Vocabulary

MAX_ALTERNATIVES = 5

_THIRD_PARTY = frozenset({"third-party-ip", "contract"})
_LEVEL = ("openness", "legal_basis")
_ANYWHERE = (*_LEVEL, *(any_resource_token(field) for field in _LEVEL))


def r2(case: Case) -> Iterator[Finding]:
    """What is not open needs a basis, a public reason, a steward with mailbox and a review date."""
    yield from _level_is_chosen(case)
    whole, place = case.whole, case.whole.place
    yield from _lock_is_over(case)
    restricted = list(case.restricted)
    if any(asset is whole for asset in restricted):
        if not whole.named:
            yield place.finding("R2", "R2_basis", ERROR, "legal_basis", _LEVEL)
        if not whole.text("restriction_reason"):
            yield place.finding("R2", "R2_reason", ERROR, "restriction_reason", _LEVEL)
    if not restricted:
        return
    if not whole.text("data_steward"):
        yield place.finding("R2", "R2_steward", ERROR, "data_steward", _ANYWHERE)
    if not whole.text("data_steward_email"):
        yield place.finding("R2", "R2_mailbox", ERROR, "data_steward_email", _ANYWHERE)
    bases = list(dict.fromkeys(basis for asset in restricted for basis in asset.bases))
    yield from _review(case, bases)
    yield from _end(case, bases)
    yield from _opening_day(case, restricted)


def _lock_is_over(case: Case) -> Iterator[Finding]:
    """The stop button is for two weeks. What it holds never opens by itself."""
    whole = case.whole
    day = values.day(whole.data.get("review_date"))
    is_locked = any(basis.id == LOCK for basis in whole.named.known)
    if is_locked and day is not None and day < case.today:
        yield whole.place.finding("R2", "R2_lock", WARNING, "review_date", _LEVEL, date=day)


def _level_is_chosen(case: Case) -> Iterator[Finding]:
    """A basis without a level: what was meant cannot be guessed, and counts as closed."""
    for asset in (case.whole, *case.parts):
        if asset.named and not asset.said and not asset.is_settled:
            yield asset.place.finding("R2", "R2_level", ERROR, "openness", _LEVEL)


def _review(case: Case, bases: list[Basis]) -> Iterator[Finding]:
    field, whole = "review_date", case.whole
    latest = latest_review(bases, case.today)
    day = values.day(whole.data.get(field))
    if values.is_blank(whole.data.get(field)):
        code = "R2_review"
    elif day is not None and day < case.today:
        code = "R2_review_past"
    elif day is not None and day > latest:
        code = "R2_review_late"
    else:
        return
    yield whole.place.finding("R2", code, ERROR, field, _ANYWHERE, max_date=latest)


def _end(case: Case, bases: list[Basis]) -> Iterator[Finding]:
    whole = case.whole
    passing = next((basis for basis in bases if basis.time_limited), None)
    is_said = not values.is_blank(whole.data.get("opens_on")) or bool(whole.text("ends_when"))
    if passing is None or is_said:
        return
    about = ("opens_on", *_ANYWHERE)
    yield whole.place.finding("R2", "R2_end", ERROR, "ends_when", about, basis=passing.id)


def _opening_day(case: Case, restricted: list[Asset]) -> Iterator[Finding]:
    """A day on which data open by themselves: not past, and allowed by every basis."""
    field, whole = "opens_on", case.whole
    day = values.day(whole.data.get(field))
    if day is None:
        return
    if day < case.today:
        yield whole.place.finding("R2", "R2_opens_past", ERROR, field)
    # The date is set for the dataset; where that is open, for its restricted resources.
    opening = [asset for asset in restricted if asset is whole] or restricted
    bases = (basis for asset in opening for basis in asset.bases)
    lasting = next((basis for basis in bases if not basis.opens_on), None)
    if lasting is not None:
        yield whole.place.finding("R2", "R2_opens_basis", ERROR, field, _ANYWHERE, basis=lasting.id)
    elif not permissions.may_open_by_date(whole.data, case.vocabulary, case.today):
        about = ("personal_data", "permission")
        yield whole.place.finding("R2", "R2_opens_persons", ERROR, field, about)


def r3(case: Case) -> Iterator[Finding]:
    """Not more open than the law permits; more closed only with an explanation."""
    for asset in case.held:
        if not asset.bases:
            continue
        if asset.is_open:
            yield from _openly_protected(case, asset)
        else:
            yield from _within_range(case, asset)
        yield from _bridge(asset)


def _openly_protected(case: Case, asset: Asset) -> Iterator[Finding]:
    """R5, first half: open and a basis named, only if cleaned or permitted."""
    if case.personal_data in CLEANED or not permissions.blocking(asset.bases, OPEN):
        return
    if permissions.lifted(asset.bases, OPEN, case.granted, case.vocabulary):
        return
    about = (*_LEVEL, "permission", "personal_data")
    yield asset.place.finding("R5", "R5", ERROR, "legal_basis", about)
    yield _too_open(case, asset)


def _within_range(case: Case, asset: Asset) -> Iterator[Finding]:
    limits = permitted(asset.bases, case.vocabulary)
    if permissions.blocking(asset.bases, asset.level):
        if not permissions.lifted(asset.bases, asset.level, case.granted, case.vocabulary):
            yield _too_open(case, asset)
    elif is_more_closed(asset.level, limits.most_closed):
        yield _too_closed(case, asset, limits)


def _too_open(case: Case, asset: Asset) -> Finding:
    """R3a."""
    helping = permissions.fitting(asset.bases, asset.level, case.vocabulary)
    return asset.place.finding(
        "R3a",
        "R3a_permission" if helping else "R3a",
        ERROR,
        "openness",
        (*_LEVEL, "permission", "personal_data"),
        basis=permissions.blocking(asset.bases, asset.level)[0].id,
        level=asset.level,
        levels=list(permitted(asset.bases, case.vocabulary).levels),
        permissions=helping,
    )


def _too_closed(case: Case, asset: Asset, limits: Range) -> Finding:
    """R3b: comply or explain; explained ones are counted, hence a finding of their own."""
    limiting = [basis for basis in asset.bases if basis.levels[-1] == limits.most_closed]
    furthest = limits.explain_closed_to
    about = (*_LEVEL, "stricter_reason")
    params = {
        "basis": limiting[0].id,
        "level": asset.level,
        "most_closed": limits.most_closed,
    }
    if furthest is None or is_more_closed(asset.level, furthest):
        return asset.place.finding("R3b", "R3b_never", ERROR, "openness", about, **params)
    if case.whole.text("stricter_reason"):
        return asset.place.finding("R3b", "R3b_explained", INFO, "openness", about, **params)
    # The explanation is one of the dataset, also where it is a resource that is more closed.
    return case.whole.place.finding("R3b", "R3b", ERROR, "stricter_reason", about, **params)


def _bridge(asset: Asset) -> Iterator[Finding]:
    """R3c: a norm that refers to another one never stands alone."""
    if asset.named.unknown or not all(basis.bridge for basis in asset.bases):
        return
    yield asset.place.finding(
        "R3c", "R3c", ERROR, "legal_basis", ("legal_basis",), basis=asset.bases[0].id
    )


def r4(case: Case) -> Iterator[Finding]:
    """Each basis binds the owner, and the publisher, if that is another body."""
    if case.is_locked:
        return
    for entity in _entities(case):
        if entity.entity_class is None:
            yield from _not_classed(case, entity)
        else:
            yield from _bound(case, entity, entity.entity_class)


def _entities(case: Case) -> list[Entity]:
    both = (case.facts.owner, case.facts.publisher)
    return list({entity.id: entity for entity in both if entity is not None}.values())


def _not_classed(case: Case, entity: Entity) -> Iterator[Finding]:
    if any(asset.named for asset in (case.whole, *case.parts)):
        yield case.whole.place.finding(
            "R4",
            "R4_no_row",
            WARNING,
            "owning_entity",
            ("owner_org", *_ANYWHERE),
            entity=entity.title,
            entity_id=entity.id,
        )


def _bound(case: Case, entity: Entity, class_: str) -> Iterator[Finding]:
    for asset in (case.whole, *case.parts):
        if asset.is_locked:
            continue
        for basis in asset.named.known:
            if class_ in basis.applies_to:
                continue
            others = _alternatives(basis, asset, class_, case.vocabulary)
            yield asset.place.finding(
                "R4",
                "R4" if others else "R4_none",
                ERROR,
                "legal_basis",
                ("owning_entity", "owner_org"),
                basis=basis.id,
                entity=entity.title,
                entity_id=entity.id,
                entity_class=class_,
                alternatives=others,
            )


def _alternatives(basis: Basis, asset: Asset, class_: str, vocabulary: Vocabulary) -> list[str]:
    """What a body of this class might have meant, the likeliest first.

    A basis of the same category or card; before the others one whose name shares a word
    (the law on employees of companies and the one on employees of public bodies).
    """
    named = {LOCK, *(one.id for one in asset.named.known)}
    near = [
        other
        for other in vocabulary.bases.values()
        if (other.category == basis.category or other.card == basis.card)
        and class_ in other.applies_to
        and other.id not in named
        and not other.bridge
    ]
    words = _words_of(basis)
    near.sort(key=lambda other: (not words & _words_of(other), other.category != basis.category))
    return [other.id for other in near[:MAX_ALTERNATIVES]]


def _words_of(basis: Basis) -> set[str]:
    return set(re.findall(r"\w{6,}", basis.label_de.lower()))


def r5(case: Case) -> Iterator[Finding]:
    """Open data on persons need a permission; the other half of R5 is part of ``r3``."""
    opened = any(asset.is_open for asset in (case.whole, *case.parts))
    if not opened or case.personal_data not in IDENTIFYING:
        return
    if not permissions.allows_persons(case.granted, OPEN):
        yield case.whole.place.finding(
            "R5",
            "R5b",
            ERROR,
            "permission",
            ("personal_data", "openness", any_resource_token("openness")),
            permissions=permissions.for_persons(OPEN, case.vocabulary),
        )


def r6(case: Case) -> Iterator[Finding]:
    """Open data have an open licence; without one they need a third party's right."""
    yield from _licence_of_dataset(case)
    for part in case.parts:
        if not licences.is_unsaid(part.data.get("license")) or _is_open_alone(case, part):
            yield from _licence_of_resource(case, part)


def _is_open_alone(case: Case, part: Asset) -> bool:
    return part.is_open and not case.whole.is_open


def _licence_of_dataset(case: Case) -> Iterator[Finding]:
    whole = case.whole
    said = whole.data.get("license_id")
    if whole.is_restricted:
        licence = licences.licence_of(values.text(said), case.vocabulary)
        if licence is not None and licence.open:
            yield whole.place.finding(
                "R6", "R6_closed", INFO, "license_id", ("openness",), licence=licence.id
            )
        return
    users = [
        part for part in case.parts if part.is_open and licences.is_unsaid(part.data.get("license"))
    ]
    if whole.is_open and (users or not case.parts):
        bases = [basis for user in users or [whole] for basis in (*user.bases, *whole.bases)]
        yield from _open_licence(case, whole.place, "license_id", said, bases)


def _licence_of_resource(case: Case, part: Asset) -> Iterator[Finding]:
    said = licences.stated_licence(case.whole.data, part.data)
    if part.is_open:
        yield from _open_licence(case, part.place, "license", said, list(part.bases))
        return
    licence = licences.licence_of(values.text(said), case.vocabulary)
    if part.is_restricted and licence is not None and licence.open:
        yield part.place.finding(
            "R6", "R6_closed_resource", WARNING, "license", ("openness",), licence=licence.id
        )


def _open_licence(
    case: Case, place: Place, field: str, said: object, bases: list[Basis]
) -> Iterator[Finding]:
    about = (*_LEVEL, "licence_when_open")
    if licences.is_unsaid(said):
        yield place.finding("R6", "R6_open", WARNING, field, about, licence=case.default_licence)
        return
    text = values.text(said)
    licence = licences.licence_of(text, case.vocabulary)
    if licence is None:
        yield place.finding("R6", "R6_unknown", WARNING, field, about, value=(text or "…")[:80])
    elif not licence.open and not any(basis.category in _THIRD_PARTY for basis in bases):
        yield place.finding("R6", "R6_not_open", ERROR, field, about, licence=licence.id)


def r7(case: Case) -> Iterator[Finding]:
    """What could be open in an aggregated form: is there one, is it planned, or why not?"""
    bases = (basis for asset in case.restricted for basis in asset.bases)
    liftable = next((basis for basis in bases if basis.liftable == "full"), None)
    if liftable is None:
        return
    missing = _derivative(case.whole)
    if missing is not None:
        about = ("open_derivative", "derivative_note", "publish_by", *_ANYWHERE)
        code, field = missing
        yield case.whole.place.finding("R7", code, WARNING, field, about, basis=liftable.id)


def _derivative(whole: Asset) -> tuple[str, str] | None:
    """The code of what is missing, and where; ``None`` if the question is answered."""
    status = whole.text("derivative_status")
    has_link, has_note = whole.text("open_derivative"), whole.text("derivative_note")
    has_date = not values.is_blank(whole.data.get("publish_by"))
    if status == "planned":
        return None if has_note or has_date else ("R7_planned", "derivative_note")
    if status == "none":
        return None if has_note else ("R7_none", "derivative_note")
    if has_link:
        return None
    return ("R7_exists", "open_derivative") if status == "exists" else ("R7", "derivative_status")


def r8(case: Case) -> Iterator[Finding]:
    """High-value datasets are open, unless a basis is a ground under section 2(3) DNG."""
    if values.is_blank(case.whole.data.get("hvd_category")):
        return
    for asset in case.restricted:
        if asset.named.unknown or any(basis.hvd_ground for basis in asset.bases):
            continue
        field = "hvd_category" if asset is case.whole else "legal_basis"
        about = ("hvd_category", *_LEVEL)
        if asset.bases:
            yield asset.place.finding("R8", "R8", ERROR, field, about, basis=asset.bases[0].id)
        else:
            yield asset.place.finding("R8", "R8_no_basis", ERROR, field, about)


def r9(case: Case) -> Iterator[Finding]:
    """A description is hidden only where the very existence of the data is protected."""
    whole = case.whole
    if not values.is_hidden(whole.data):
        return
    is_chosen = whole.text("metadata_visibility") not in ("", "public")
    field = "metadata_visibility" if is_chosen else "private"
    about = ("metadata_visibility", "private", *_LEVEL)
    visible = next((basis for basis in whole.bases if not basis.may_hide), None)
    if whole.is_open or not whole.bases:
        yield whole.place.finding("R9", "R9_no_basis", ERROR, field, about)
    elif visible is not None:
        yield whole.place.finding("R9", "R9_hidden", ERROR, field, about, basis=visible.id)


def r10(case: Case) -> Iterator[Finding]:
    """A resource less open than its dataset says itself why."""
    for part in case.parts:
        is_stricter = part.is_settled and is_more_closed(part.level, case.whole.level)
        if not is_stricter or part.is_locked:
            continue
        if not part.named:
            yield part.place.finding("R10", "R10", ERROR, "legal_basis", ("openness",))
        if not part.text("restriction_reason"):
            yield part.place.finding("R10", "R10_reason", ERROR, "restriction_reason", _LEVEL)


def r12(case: Case) -> Iterator[Finding]:
    """What must stay in its own system has neither file nor link nor rows here."""
    if case.is_locked:
        return
    for part in case.parts:
        if part.is_open or part.is_locked or not values.has_data(part.data):
            continue
        kept_out = next((basis for basis in part.bases if basis.files == "metadata_only"), None)
        if kept_out is not None:
            about = (*_LEVEL, "upload", "datastore_active")
            yield part.place.finding("R12", "R12", ERROR, "url", about, basis=kept_out.id)


def r13(case: Case) -> Iterator[Finding]:
    """Data on persons are never shared with the whole group without a permission."""
    shared = any(asset.level == GROUP for asset in case.judged)
    if not shared or case.personal_data not in IDENTIFYING:
        return
    if not permissions.allows_persons(case.granted, GROUP):
        yield case.whole.place.finding(
            "R13",
            "R13",
            ERROR,
            "permission",
            ("personal_data", "openness", any_resource_token("openness")),
            permissions=permissions.for_persons(GROUP, case.vocabulary),
        )


def owner(case: Case) -> Iterator[Finding]:
    """A body publishes for another one only where that is agreed, and never for walled ones."""
    owner, publisher = case.facts.owner, case.facts.publisher
    place, about = case.whole.place, ("owner_org",)
    if owner is None:
        if case.whole.text("owning_entity"):
            value = case.whole.text("owning_entity")[:80]
            yield place.finding(
                "owner", "owner_unknown", ERROR, "owning_entity", about, value=value
            )
        return
    if publisher is None or owner.id == publisher.id:
        return
    if owner.walled or publisher.walled or owner.id not in publisher.publishes_for:
        yield place.finding(
            "owner",
            "owner",
            ERROR,
            "owning_entity",
            about,
            entity=owner.title,
            entity_id=owner.id,
            publisher=publisher.title,
        )


RULES = (r2, r3, r4, r5, r6, r7, r8, r9, r10, r12, r13, owner)
