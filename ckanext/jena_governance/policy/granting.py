"""What a law makes of a request: may it be granted, may it be denied, and what that takes.

A grant never goes beyond what the decision on access can give; a denial never without a law that
forbids this very transfer. Where none does, one grants, or refers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from ckanext.jena_governance.policy.access import decide, effective_level
from ckanext.jena_governance.policy.asking import (
    ANONYMOUS,
    MEMBER,
    Actor,
    Asset,
    Grant,
    Membership,
    Statement,
)
from ckanext.jena_governance.policy.effective import LOCK
from ckanext.jena_governance.policy.facts import Entity
from ckanext.jena_governance.policy.levels import CLOSED
from ckanext.jena_governance.policy.vocabulary import Basis, RequestRemedy, Vocabulary

ALLOWED = "allowed"
POSSIBLE = "possible"
IMPOSSIBLE = "impossible"

# Classes of whoever asks: those of entities, and people who belong to none of the city group.
PERSON = "person"
MAX_YEARS = 2
USUAL_YEARS = 1


class Problem(NamedTuple):
    """What is missing or wrong: the field, and what is said about it."""

    field: str
    statement: Statement


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that is asked for: a resource, or a dataset without any.

    Attributes:
        asset: as the decision sees it.
        is_personal: whether the data identify persons.
        has_data: whether the portal has data of it, as far as the catalogue knows.
        name: what people call it.
    """

    asset: Asset
    is_personal: bool = False
    has_data: bool = False
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Light:
    """The traffic light.

    Attributes:
        id: ``allowed`` (already, without asking), ``possible`` or ``impossible``.
        why: the sentence beside it.
        needs_norm: a norm that permits the transfer must be named.
        needs_persons: an entity must name the persons who need to know.
    """

    id: str
    why: Statement
    needs_norm: bool = False
    needs_persons: bool = False


def as_beneficiary(actor: Actor, entity: Entity | None) -> Actor:
    """Whoever would get the data: the person, or any member of the entity.

    Args:
        actor (Actor): who asks.
        entity (Entity | None): for whom; ``None`` for themselves.

    Returns:
        Actor: without the rights of administering, and without the grants there are already:
        these can be asked for again before they end.
    """
    if entity is None:
        return replace(actor, sysadmin=False, grants=())
    agreements = tuple(one for one in actor.agreements if one.consumer == entity.id)
    seat = Membership(entity=entity, role=MEMBER)
    return Actor(id=actor.id, memberships=(seat,), agreements=agreements)


def light_of(actor: Actor, part: Part, entity: Entity | None, today: date) -> Light:
    """The traffic light of one part.

    Args:
        actor (Actor): who asks.
        part (Part): what for.
        entity (Entity | None): on behalf of which entity.
        today (date): the day, in the portal's time zone.

    Returns:
        Light: computed from the decision on access, never by hand.
    """
    asset = part.asset
    decision = decide(as_beneficiary(actor, entity), asset, today)
    if decision.allowed:
        return Light(id=ALLOWED, why=decision.reasons[0])
    barrier = barrier_of(asset, today)
    if barrier is not None:
        return Light(id=IMPOSSIBLE, why=barrier)
    needs_norm = asset.terms.sharing == "norm" or part.is_personal
    code = "request_light_norm" if needs_norm else "request_light_possible"
    return Light(
        id=POSSIBLE,
        why=Statement(code, {"entity": asset.owner.title if asset.owner else ""}),
        needs_norm=needs_norm,
        needs_persons=asset.terms.need_to_know and entity is not None,
    )


def barrier_of(asset: Asset, today: date) -> Statement | None:
    """What no grant gets past: no owner, a wall, a basis that allows no transfer, ``closed``."""
    owner = asset.owner
    if owner is None:
        return Statement("request_light_no_owner")
    if owner.walled:
        return Statement("request_light_wall", {"entity": owner.title})
    if asset.terms.sharing == "none":
        if asset.walled_by:
            return Statement("request_light_basis", {"basis": asset.walled_by})
        return Statement("request_light_unknown")
    if effective_level(asset, today) == CLOSED:
        return Statement("request_light_closed", {"entity": owner.title})
    return None


def whole(lights: Sequence[Light]) -> Light:
    """The light of a request: what is possible of it counts, then what needs no asking."""
    possible = [one for one in lights if one.id == POSSIBLE]
    if possible:
        with_norm = next((one for one in possible if one.needs_norm), possible[0])
        return replace(with_norm, needs_persons=any(one.needs_persons for one in possible))
    impossible = (one for one in lights if one.id == IMPOSSIBLE)
    return next(impossible, lights[0])


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a decider wants to grant.

    Attributes:
        parts: the parts it names.
        until: its last day.
        norm: the norm relied on.
        entity: the entity it is for.
        persons: ids of the persons it is for, if they are named.
        role: for what the recipient uses data on persons, if that is said.
    """

    parts: Sequence[Part]
    until: date | None
    norm: str = ""
    role: str = ""
    entity: Entity | None = None
    persons: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for, as far as a grant may not go beyond it."""

    until: date | None
    persons: frozenset[str] = frozenset()


def grant_problems(actor: Actor, offer: Offer, asked: Asked, today: date) -> list[Problem]:
    """What stands against a grant.

    Args:
        actor (Actor): who asked for it, with their memberships of today.
        offer (Offer): what would be granted.
        asked (Asked): what was asked for.
        today (date): the day, in the portal's time zone.

    Returns:
        list[Problem]: empty if it can be given.

    Source:
        Work order 6, Build 2; design §5 (no grant reaches ``closed`` or passes a wall); for the
        role Articles 4, 26 and 28 GDPR.
    """
    if not offer.parts:
        return [Problem("resources", Statement("request_no_parts"))]
    problems: list[Problem] = []
    lights = [light_of(actor, part, offer.entity, today) for part in offer.parts]
    for part, light in zip(offer.parts, lights, strict=True):
        if light.id == IMPOSSIBLE:
            problems.append(Problem("resources", _about(part, light.why)))
    if all(light.id == ALLOWED for light in lights):
        problems.append(Problem("resources", Statement("request_allowed_already")))
    problems += _unsaid(offer, lights)
    if not offer.persons <= asked.persons:
        problems.append(Problem("persons", Statement("request_more_persons")))
    return problems + list(until_problems(offer.until, today, asked.until))


def _unsaid(offer: Offer, lights: Sequence[Light]) -> Iterable[Problem]:
    """What the data demand to be said."""
    if any(light.needs_norm for light in lights) and not offer.norm.strip():
        yield Problem("norm", Statement("request_needs_norm"))
    if any(part.is_personal for part in offer.parts) and not offer.role:
        yield Problem("role", Statement("request_needs_role"))
    if any(light.needs_persons for light in lights) and not offer.persons:
        yield Problem("persons", Statement("request_needs_persons"))


def until_problems(until: date | None, today: date, asked: date | None = None) -> Iterable[Problem]:
    """Whether a last day can be asked for, or granted."""
    last = latest(today)
    if until is None:
        yield Problem("until", Statement("request_needs_until"))
    elif until < today:
        yield Problem("until", Statement("request_until_past", {"date": until}))
    elif until > last:
        yield Problem("until", Statement("request_until_far", {"date": last}))
    elif asked is not None and until > asked:
        yield Problem("until", Statement("request_until_beyond", {"date": asked}))


def latest(today: date) -> date:
    """The last day that can be granted today."""
    return in_years(today, MAX_YEARS)


def in_years(today: date, years: int) -> date:
    """The same day some years later; 29 February becomes the 28th."""
    try:
        return today.replace(year=today.year + years)
    except ValueError:
        return today.replace(year=today.year + years, day=28)


def grants_of(
    number: str, snapshot: Mapping[str, object], since: date, until: date, entity: str | None
) -> tuple[Grant, ...]:
    """The facts that the decision on access needs, out of what was granted.

    Args:
        number (str): id of the request.
        snapshot (Mapping): as from ``snapshot_of``.
        since (date): the first day.
        until (date): the last day.
        entity (str | None): id of the entity whose every member it lets in.

    Returns:
        tuple[Grant, ...]: one for each resource, since each was given for a level of its own.
    """
    resources = snapshot.get("resources")
    owner = snapshot.get("owner")
    if not isinstance(resources, Mapping) or not isinstance(owner, str):
        return ()
    return tuple(
        Grant(
            id=number,
            resources=frozenset({str(id_)}),
            level=str(given["level"]),
            bases=frozenset(given["bases"]),
            owner=owner,
            since=since,
            until=until,
            entity=entity,
        )
        for id_, given in resources.items()
    )


def snapshot_of(parts: Sequence[Part], today: date, person: Actor = ANONYMOUS) -> dict[str, object]:
    """What a grant is given for; JSON can hold it.

    Args:
        parts (Sequence[Part]): what is granted.
        today (date): the first day.
        person (Actor): who gets it for themselves, with their memberships of today.

    Returns:
        dict[str, object]: ``owner``, and by resource level and bases; ``member_of`` where the
        person belongs to the owner: what colleagues are let into ends with their membership.
    """
    assets = [part.asset for part in parts]
    owner = assets[0].owner if assets else None
    inside = {"member_of": owner.id} if owner is not None and owner.id in person.roles else {}
    return {
        **inside,
        "owner": owner.id if owner else None,
        "resources": {
            asset.resource: {
                "level": effective_level(asset, today),
                "bases": sorted(asset.bases),
            }
            for asset in assets
            if asset.resource is not None
        },
        "outside": any(asset.terms.files != "allowed" for asset in assets),
    }


def lasts(snapshot: Mapping[str, object], entities: Collection[str]) -> bool:
    """Whether a grant outlives the memberships of today: of people of the owner it does not.

    Args:
        snapshot (Mapping): as from ``snapshot_of``.
        entities (Collection[str]): ids of the entities that the person directly belongs to.

    Returns:
        bool: false once somebody has left the owner to whom it was granted as one of its people.
    """
    member_of = snapshot.get("member_of")
    return member_of is None or member_of in entities


def sharing_of(basis: Basis) -> tuple[Statement, ...]:
    """What a legal basis means for passing the data on, in plain words.

    Args:
        basis (Basis): an entry of the register.

    Returns:
        tuple[Statement, ...]: the way first, then to whom and where.
    """
    notes = [_SHARING[basis.sharing]]
    if basis.need_to_know:
        notes.append("request_sharing_persons")
    if basis.files != "allowed":
        notes.append("request_sharing_outside")
    return tuple(Statement(code) for code in notes)


_SHARING = {
    "agreement": "request_sharing_agreement",
    "norm": "request_sharing_norm",
    "none": "request_sharing_none",
}


def forbids(basis: Basis, part: Part) -> bool:
    """Whether a law forbids this very transfer.

    It must be named by the data, bind their owner, and leave no transfer without a further norm.
    The provisional lock is no law: while it holds, nobody knows which one applies.
    """
    asset, owner = part.asset, part.asset.owner
    if basis.id == LOCK or basis.id not in asset.bases or owner is None:
        return False
    if owner.entity_class is not None and owner.entity_class not in basis.applies_to:
        return False
    return basis.sharing in ("norm", "none") or basis.levels == (CLOSED,)


def forbidding(parts: Sequence[Part], vocabulary: Vocabulary) -> list[str]:
    """Ids of the legal bases with which these parts can be denied, in the order of the register."""
    known = vocabulary.bases.values()
    return [basis.id for basis in known if any(forbids(basis, part) for part in parts)]


def denial_problems(  # noqa: PLR0913, PLR0917 - who, what, and the three things that it takes
    actor: Actor,
    parts: Sequence[Part],
    entity: Entity | None,
    named: Sequence[str],
    text: str,
    way_on: str,
    vocabulary: Vocabulary,
    today: date,
) -> list[Problem]:
    """What stands against a denial.

    Args:
        actor (Actor): who asked, with their memberships of today.
        parts (Sequence[Part]): all that was asked for.
        entity (Entity | None): on behalf of which entity.
        named (Sequence[str]): ids of the legal bases that are said to forbid it.
        text (str): why, in the decider's words.
        way_on (str): what they can do instead.
        vocabulary (Vocabulary): the register.
        today (date): the day, in the portal's time zone.

    Returns:
        list[Problem]: empty if it can be saved.

    Source:
        Work order 6: "No system we studied refuses only with a law named; ours does."
    """
    problems: list[Problem] = []
    if not named:
        problems.append(Problem("legal_basis", Statement("request_needs_basis")))
    for id_ in named:
        basis = vocabulary.bases.get(id_)
        if basis is None:
            problems.append(Problem("legal_basis", Statement("request_no_basis", {"value": id_})))
        elif not any(forbids(basis, part) for part in parts):
            problems.append(Problem("legal_basis", Statement("request_idle_basis", {"basis": id_})))
    if not problems:
        problems += _uncovered(actor, parts, entity, named, vocabulary, today)
    if not text.strip():
        problems.append(Problem("text", Statement("request_needs_text")))
    if not way_on.strip():
        problems.append(Problem("way_on", Statement("request_needs_way_on")))
    return problems


def _uncovered(  # noqa: PLR0913, PLR0917 - as above
    actor: Actor,
    parts: Sequence[Part],
    entity: Entity | None,
    named: Sequence[str],
    vocabulary: Vocabulary,
    today: date,
) -> Iterable[Problem]:
    """Parts that no law named here forbids; those that need no asking are not denied either."""
    for part in parts:
        if light_of(actor, part, entity, today).id == ALLOWED:
            continue
        if not any(forbids(vocabulary.bases[id_], part) for id_ in named):
            yield Problem("legal_basis", _about(part, Statement("request_part_not_forbidden")))


def absence_problems(
    actor: Actor, parts: Sequence[Part], entity: Entity | None, today: date
) -> list[Problem]:
    """What stands against the answer that there are no such data.

    It names no law, so it is no way to refuse what is there.

    Args:
        actor (Actor): who asked, with their memberships of today.
        parts (Sequence[Part]): all that was asked for.
        entity (Entity | None): on behalf of which entity.
        today (date): the day, in the portal's time zone.

    Returns:
        list[Problem]: one for each file that is in the portal and needs asking; empty if the
        answer can be given.

    Source:
        Work order 6, Build 2: a denial cannot be saved without a law.
    """
    held = [part for part in parts if part.has_data and part.asset.terms.files == "allowed"]
    asked = [part for part in held if light_of(actor, part, entity, today).id != ALLOWED]
    return [Problem("decision", _about(part, Statement("request_data_there"))) for part in asked]


def way_of(asking: str, owner: Entity | None, vocabulary: Vocabulary) -> RequestRemedy | None:
    """What can be done against an answer: a table, class by class.

    Args:
        asking (str): class of whoever asks, ``person`` for nobody of the city group.
        owner (Entity | None): the owning entity.
        vocabulary (Vocabulary): with ``remedies.yaml``.

    Returns:
        RequestRemedy | None: the row.
    """
    owning = (owner.entity_class if owner else None) or "external"
    rows = vocabulary.request_remedies.values()
    return next((row for row in rows if asking in row.asking and owning in row.owning), None)


def class_of(actor: Actor, entity: Entity | None) -> str:
    """The class in which somebody asks: of the entity, else of one they belong to."""
    if entity is not None:
        return entity.entity_class or "external"
    own = next((one.entity_class for one in actor.in_group if one.entity_class), None)
    return own or PERSON


def _about(part: Part, statement: Statement) -> Statement:
    return Statement(statement.code, {**statement.values, "resource": part.name})
