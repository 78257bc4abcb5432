"""What holds of every decision, whoever asks for whatever."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.jena_governance import vocabularies
from ckanext.jena_governance.policy import (
    ANONYMOUS,
    CLOSED,
    LEVELS,
    OPEN,
    Actor,
    Agreement,
    Asset,
    Entity,
    Grant,
    Membership,
    Range,
    access,
    asset_of,
    decide,
    is_more_closed,
    permitted,
    say,
)
from ckanext.jena_governance.tests.policy.samples import TODAY

WORDS = vocabularies.load()
SHARING = ("agreement", "norm", "none")
REASONS_OF_ALLOWED = {
    "open": "access_open",
    "sysadmin": "access_sysadmin",
    "owner": "access_",
    "stadtverbund": "access_group",
    "agreement": "access_agreement",
    "grant": "access_grant",
}

thorough = settings(max_examples=120)

entity_ids = st.sampled_from(["o1", "o2", "o3"])
base_ids = st.sampled_from(["b1", "b2", "b3"])
kinds = st.sampled_from([*WORDS.entity_classes, None, "verein"])
days = st.integers(-2, 2).map(lambda offset: TODAY + timedelta(days=offset))
levels = st.sampled_from([*LEVELS, "geheim", ""])
roles = st.sampled_from(["member", "editor", "admin", "guest"])
base_sets = st.frozensets(base_ids, max_size=2)


@st.composite
def cities(draw) -> dict[str, Entity]:
    return {
        id_: Entity(
            id=id_,
            title=f"Stelle {id_}",
            entity_class=draw(kinds),
            in_group=draw(st.booleans()),
            walled=draw(st.booleans()) and draw(st.booleans()),
            publishes_for=frozenset(),
        )
        for id_ in ("o1", "o2", "o3")
    }


agreements = st.builds(
    Agreement,
    id=st.sampled_from(["a1", "a2", "a3"]),
    title=st.sampled_from(["Verkehr", "Wärme"]),
    provider=entity_ids,
    consumer=entity_ids,
    datasets=st.none() | st.frozensets(st.sampled_from(["d1", "d2"])),
    level=levels,
    since=days,
    until=st.none() | days,
)
grants = st.builds(
    Grant,
    id=st.sampled_from(["g1", "g2", "g3"]),
    resources=st.frozensets(st.sampled_from(["r1", "r2"])),
    level=levels,
    bases=base_sets,
    owner=entity_ids,
    since=days,
    until=days,
    entity=st.none() | entity_ids,
)


@st.composite
def questions(draw) -> tuple[Actor, Asset, date]:
    city = draw(cities())
    held = draw(st.lists(st.tuples(entity_ids, roles), max_size=3, unique_by=lambda one: one[0]))
    actor = Actor(
        id=draw(st.sampled_from(["u1", "u1", "u1", None])),
        sysadmin=draw(st.integers(0, 9)) == 0,
        memberships=tuple(Membership(entity=city[id_], role=role) for id_, role in held),
        agreements=tuple(draw(st.lists(agreements, max_size=3))),
        grants=tuple(draw(st.lists(grants, max_size=3))),
    )
    asset = Asset(
        dataset="d1",
        resource=draw(st.sampled_from(["r1", None])),
        level=draw(levels),
        opens_on=draw(st.none() | days),
        bases=draw(base_sets),
        terms=draw(terms()),
        owner=draw(st.none() | st.sampled_from([city["o1"]] * 5)),
        sharing=replace(WORDS.sharing, in_force=draw(days)),
    )
    return actor, asset, TODAY


@st.composite
def terms(draw) -> Range:
    return replace(
        permitted([], WORDS),
        need_to_know=draw(st.booleans()),
        sharing=draw(st.sampled_from(SHARING)),
        files=draw(st.sampled_from(["allowed", "metadata_only"])),
    )


def allowed(question: tuple[Actor, Asset, date]) -> bool:
    return decide(*question).allowed


@thorough
@given(questions())
def test_closer_never_lets_more_in(question) -> None:
    actor, asset, today = question
    for level in (*LEVELS, "geheim"):
        closer = replace(asset, level=level, opens_on=None)
        if is_more_closed(level, access.effective_level(asset, today)):
            assert allowed((actor, closer, today)) <= allowed(question)


@thorough
@given(questions())
def test_a_restriction_of_the_law_never_lets_more_in(question) -> None:
    actor, asset, today = question
    rank = SHARING.index(asset.terms.sharing)
    stricter = [
        {"need_to_know": True},
        {"files": "metadata_only"},
        *({"sharing": word} for word in SHARING[rank:]),
    ]
    for change in stricter:
        walled = replace(asset, terms=replace(asset.terms, **change))
        assert allowed((actor, walled, today)) <= allowed(question), change


@thorough
@given(questions(), base_ids)
def test_one_more_basis_never_lets_more_in(question, basis) -> None:
    actor, asset, today = question
    more = replace(asset, bases=asset.bases | {basis})
    assert allowed((actor, more, today)) <= allowed(question)


@thorough
@given(questions())
def test_walls_and_missing_owners_never_let_more_in(question) -> None:
    actor, asset, today = question
    fewer = [replace(asset, owner=None)]
    if asset.owner:
        fewer.append(replace(asset, owner=replace(asset.owner, walled=True)))
        fewer.append(replace(asset, owner=replace(asset.owner, in_group=False)))
        fewer.append(replace(asset, owner=replace(asset.owner, entity_class=None)))
    for one in fewer:
        assert allowed((actor, one, today)) <= allowed(question)


@thorough
@given(questions(), agreements, grants)
def test_papers_and_seats_never_take_access_away(question, agreement, grant) -> None:
    actor, asset, today = question
    more = [
        replace(actor, agreements=(*actor.agreements, agreement)),
        replace(actor, grants=(*actor.grants, grant)),
    ]
    if actor.id is not None:
        more.append(replace(actor, sysadmin=True))
    for one in more:
        assert allowed(question) <= allowed((one, asset, today))
    fewer = replace(actor, memberships=actor.memberships[1:])
    assert allowed((fewer, asset, today)) <= allowed(question)


@thorough
@given(questions())
def test_papers_never_reach_what_they_must_not(question) -> None:
    decision = decide(*question)
    actor, asset, _today = question
    if decision.rule in {"agreement", "grant"}:
        assert decision.level in {"group", "request"}
        assert asset.terms.sharing != "none"
        assert asset.owner is not None
        assert not asset.owner.walled
        assert actor.id is not None
    if decision.rule == "agreement":
        assert asset.terms.sharing == "agreement"
        assert not asset.terms.need_to_know
    if decision.rule == "stadtverbund":
        assert decision.level == "group"


@thorough
@given(questions())
def test_whoever_is_not_active_gets_what_is_open(question) -> None:
    actor, asset, today = question
    nobody = replace(actor, id=None)
    answer, bare = decide(nobody, asset, today), decide(ANONYMOUS, asset, today)
    assert answer.allowed == bare.allowed == (answer.level == OPEN)


@thorough
@given(questions(), st.randoms())
def test_order_changes_nothing(question, random) -> None:
    actor, asset, today = question
    shuffled = {}
    for name in ("memberships", "agreements", "grants"):
        entries = list(getattr(actor, name))
        random.shuffle(entries)
        shuffled[name] = tuple(entries)
    other = decide(replace(actor, **shuffled), asset, today)
    first = decide(actor, asset, today)
    assert (other.allowed, other.rule, other.level) == (first.allowed, first.rule, first.level)
    assert other.remedies == first.remedies
    if len({paper.id for paper in actor.agreements}) == len(actor.agreements):
        assert other == first


@thorough
@given(questions())
def test_names_change_nothing(question) -> None:
    actor, asset, today = question

    def renamed(entity: Entity) -> Entity:
        return replace(entity, title=entity.title[::-1], publishes_for=frozenset({"o1"}))

    other = replace(
        actor,
        memberships=tuple(replace(one, entity=renamed(one.entity)) for one in actor.memberships),
        agreements=tuple(replace(one, title="x") for one in actor.agreements),
    )
    owner = renamed(asset.owner) if asset.owner else None
    first, second = decide(*question), decide(other, replace(asset, owner=owner), today)
    assert (first.allowed, first.rule, first.level) == (second.allowed, second.rule, second.level)


@thorough
@given(questions())
def test_unknown_closes(question) -> None:
    actor, asset, today = question
    unknown = replace(asset, level="geheim", opens_on=None)
    closed = replace(asset, level=CLOSED, opens_on=None)
    assert decide(actor, unknown, today) == decide(actor, closed, today)
    odd = replace(
        actor,
        memberships=tuple(replace(one, role="guest") for one in actor.memberships),
        agreements=tuple(replace(one, level="geheim") for one in actor.agreements),
        grants=tuple(replace(one, level="geheim") for one in actor.grants),
    )
    if not actor.sysadmin:
        assert allowed((odd, asset, today)) == (decide(odd, asset, today).level == OPEN)


@thorough
@given(questions())
def test_every_decision_says_why_and_what_to_do(question) -> None:
    decision = decide(*question)
    assert decision.reasons
    assert decision.level in LEVELS
    if decision.allowed:
        assert decision.remedies == ()
        assert decision.reasons[0].code.startswith(REASONS_OF_ALLOWED[decision.rule])
    else:
        assert decision.rule in {"wall", "denied"}
        assert decision.remedies
    codes = [statement.code for statement in decision.remedies]
    assert len(codes) == len(set(codes))
    for statement in (*decision.reasons, *decision.remedies):
        assert statement.code in WORDS.statements
        for lang in ("de", "en"):
            text = say(statement, lang, WORDS, {"contact": "Datenstelle", "title": "Grobfassung"})
            assert text
            for leftover in ("{", "}", "„“", '""', "None", "  ", " ,", " ."):
                assert leftover not in text


# What a dataset says, merged with what one of its resources says.

named = st.lists(st.sampled_from([*WORDS.bases, "unbekannt"]), max_size=3, unique=True)
texts = st.sampled_from([*LEVELS, "geheim", "", None])


@st.composite
def stored(draw) -> tuple[dict, dict]:
    dataset = {
        "id": "d1",
        "openness": draw(texts),
        "legal_basis": draw(named),
        "opens_on": draw(st.none() | days.map(str)),
    }
    resource = {"id": "r1", "openness": draw(texts), "legal_basis": draw(named)}
    return dataset, resource


OWNER = Entity(
    id="o1",
    title="Stelle",
    entity_class="core",
    in_group=True,
    walled=False,
    publishes_for=frozenset(),
)


@thorough
@given(stored(), st.sampled_from(list(WORDS.bases)))
def test_what_one_resource_says_never_tears_down_what_the_dataset_has_built(said, basis) -> None:
    dataset, resource = said
    whole = asset_of(dataset, None, OWNER, WORDS, TODAY)
    for own in (resource, {**resource, "legal_basis": [*resource["legal_basis"], basis]}):
        part = asset_of(dataset, own, OWNER, WORDS, TODAY)
        assert whole.bases <= part.bases
        assert whole.terms.need_to_know <= part.terms.need_to_know
        assert SHARING.index(whole.terms.sharing) <= SHARING.index(part.terms.sharing)
        assert (whole.terms.files == "metadata_only") <= (part.terms.files == "metadata_only")


@thorough
@given(stored())
def test_the_stop_button_holds(said) -> None:
    dataset, resource = said
    dataset["legal_basis"] = [*dataset["legal_basis"], "vorlaeufige-sperre"]
    for part in (None, resource):
        asset = asset_of(dataset, part, OWNER, WORDS, TODAY)
        assert access.effective_level(asset, date(2099, 1, 1)) == CLOSED


@thorough
@given(stored())
def test_an_unknown_basis_of_the_dataset_lets_nobody_else_in(said) -> None:
    dataset, resource = said
    dataset["legal_basis"] = [*dataset["legal_basis"], "hausrecht"]
    dataset["openness"] = "group"
    asset = asset_of(dataset, {**resource, "openness": "group"}, OWNER, WORDS, TODAY)
    reader = replace(OWNER, id="o2")
    colleague = Actor(id="u1", memberships=(Membership(entity=reader, role="admin"),))
    assert not decide(colleague, asset, TODAY).allowed
