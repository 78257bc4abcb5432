"""Agreements as facts of whoever asks: one question to the database, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access import entitlement, facts, labels, papers
from ckanext.jena_governance.model import GovernanceAgreement
from ckanext.jena_governance.policy import Agreement, audience
from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.logic.agreeing import ALLOWED, TODAY, Parties, parties
from ckanext.jena_governance.tests.logic.conftest import plain

__all__ = ["parties", "plain"]


@contextmanager
def asked() -> Iterator[list[str]]:
    """What is asked of the agreements meanwhile."""
    said: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        if "governance_agreement" in statement:
            said.append(statement)

    sa.event.listen(model.meta.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(model.meta.engine, "before_cursor_execute", note)


def copies(id_: str, number: int, **changes: object) -> None:
    """More of the same, past the pages."""
    row = model.Session.get(GovernanceAgreement, id_)
    columns = [column.name for column in GovernanceAgreement.__table__.columns]
    values = {name: getattr(row, name) for name in columns if name != "id"}
    for _number in range(number):
        model.Session.add(GovernanceAgreement(**{**values, **changes}))
    model.Session.commit()


def on_data(parties: Parties, who: Api) -> tuple[Agreement, ...]:
    """The agreements of somebody that are read when they ask for the data."""
    actor = facts.actor_of(who.user["id"] if who.user else None)
    package = model.Package.get(parties.dataset["id"])
    return papers.held(actor, [facts.asset_of(package, None)]).agreements


def test_one_question_for_three_hundred(parties):
    copies(parties.active(), 300)
    model.Session.remove()
    with parties.app.flask_app.test_request_context("/"), asked() as said:
        actor = facts.actor_of(parties.reader.user["id"])
        resource = model.Resource.get(parties.dataset["resources"][0]["id"])
        for _time in range(3):
            assert entitlement.decide_for(actor, resource).rule == "agreement"
    assert len(said) == 1
    assert len(on_data(parties, parties.reader)) == 301


def test_nothing_is_read_of_what_concerns_other_data(parties):
    """However much somebody has agreed on: a question about data costs what is agreed on these."""
    id_ = parties.active()
    copies(id_, 3, datasets=["another"])
    copies(id_, 3, datasets=[])
    copies(id_, 3, datasets=None, provider=parties.city.company["id"])
    copies(id_, 1, datasets=None)
    model.Session.remove()
    assert {one.datasets for one in on_data(parties, parties.reader)} == {
        frozenset({parties.dataset["id"]}),
        None,
    }
    assert len(on_data(parties, parties.reader)) == 2


def test_nothing_is_asked_where_it_cannot_matter(parties):
    """Of nobody, of those who belong nowhere, and where somebody is let in anyway."""
    outsider = parties.person(parties.city.company, "member")
    parties.leave(outsider.user, parties.city.company)
    resource = model.Resource.get(parties.dataset["resources"][0]["id"])
    with asked() as said:
        for who in (outsider.user["id"], None):
            assert not entitlement.decide_for(facts.actor_of(who), resource).allowed
        editor = facts.actor_of(parties.city.editor.user["id"])
        assert entitlement.decide_for(editor, resource).rule == "owner"
    assert said == []


def test_only_what_counts_today(parties):
    id_ = parties.active()
    day = timedelta(days=1)
    for changes in (
        {"state": "draft"},
        {"state": "proposed"},
        {"state": "ended"},
        {"since": TODAY + day},
        {"until": TODAY - day},
        {"ended_on": TODAY - day},
        {"suspended": "walled"},
        {"standing": None},
        {"level": "closed"},
        {"provider": "none"},
        {"consumer": parties.city.department["id"]},
    ):
        copies(id_, 1, **changes)
        copies(id_, 1, **{"datasets": None, **changes})
    model.Session.remove()
    assert [one.id for one in on_data(parties, parties.reader)] == [id_]
    assert papers.on_all_data(facts.actor_of(parties.reader.user["id"])).agreements == ()
    assert parties.access() == ALLOWED


def test_of_those_on_all_data_one_of_a_kind_is_read(parties):
    id_ = parties.active(datasets=None)
    copies(id_, 20)
    copies(id_, 20, level="group")
    model.Session.remove()
    with asked() as said:
        found = papers.on_all_data(facts.actor_of(parties.reader.user["id"])).agreements
    assert sorted(one.level for one in found) == ["group", "request"]
    assert len(said) == 1


def test_the_giver_gets_nothing_by_it(parties):
    parties.active(datasets=None)
    assert on_data(parties, parties.giver) == ()


def test_who_finds_what_is_hidden_hears_of_all_data_of_a_provider(parties):
    """The labels of a user follow from their agreements; datasets are not indexed anew."""
    parties.active(datasets=None)
    model.Package.get(parties.dataset["id"]).private = True
    model.Session.commit()
    model.Session.remove()
    user = model.User.get(parties.reader.user["id"])
    provider = parties.city.department["id"]
    actor = papers.on_all_data(facts.actor_of(user.id))
    names = audience.names_of_actor(actor, facts.vocabulary.current().sharing, TODAY)
    expected = {f"provider-{provider}-{level}" for level in ("group", "request")}
    assert expected <= names
    assert {f"governance-{name}" for name in expected} <= set(labels.of_user(user, lambda _u: []))


def test_finding_costs_nothing_where_nothing_is_hidden(parties):
    copies(parties.active(datasets=None), 20)
    user = model.User.get(parties.reader.user["id"])
    with asked() as said:
        assert labels.of_user(user, lambda _u: [])
    assert said == []
