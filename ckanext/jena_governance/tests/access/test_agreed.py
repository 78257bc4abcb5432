"""Agreements as facts of whoever asks: one question to the database, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access import entitlement, facts, labels
from ckanext.jena_governance.model import GovernanceAgreement
from ckanext.jena_governance.policy import audience
from ckanext.jena_governance.tests.logic.agreeing import ALLOWED, TODAY, parties
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


def test_one_question_for_three_hundred(parties):
    copies(parties.active(), 300)
    model.Session.remove()
    with parties.app.flask_app.test_request_context("/"), asked() as said:
        actor = facts.actor_of(parties.reader.user["id"])
        resource = model.Resource.get(parties.dataset["resources"][0]["id"])
        for _time in range(3):
            assert entitlement.decide_for(actor, resource).rule == "agreement"
            facts.actor_of(parties.reader.user["id"])
    assert len(actor.agreements) == 301
    assert len(said) == 1


def test_nothing_is_asked_about_nobody_and_those_who_belong_nowhere(parties):
    outsider = parties.person(parties.city.company, "member")
    parties.leave(outsider.user, parties.city.company)
    with asked() as said:
        assert facts.actor_of(outsider.user["id"]).agreements == ()
        assert facts.actor_of(None).agreements == ()
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
    model.Session.remove()
    found = facts.actor_of(parties.reader.user["id"]).agreements
    assert [one.id for one in found] == [id_]
    assert parties.access() == ALLOWED


def test_the_giver_gets_nothing_by_it(parties):
    parties.active(datasets=None)
    assert facts.actor_of(parties.giver.user["id"]).agreements == ()


def test_who_finds_what_is_hidden_hears_of_all_data_of_a_provider(parties):
    """The labels of a user follow from their agreements; datasets are not indexed anew."""
    parties.active(datasets=None)
    model.Session.remove()
    user = model.User.get(parties.reader.user["id"])
    provider = parties.city.department["id"]
    actor = facts.actor_of(user.id)
    names = audience.names_of_actor(actor, facts.vocabulary.current().sharing, TODAY)
    expected = {f"provider-{provider}-{level}" for level in ("group", "request")}
    assert expected <= names
    assert {f"governance-{name}" for name in expected} <= set(labels.of_user(user, lambda _u: []))
