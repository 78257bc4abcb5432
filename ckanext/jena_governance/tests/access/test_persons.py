"""What is stored on somebody: told, erased, and what stays and why. The seals hold."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import persons, seals
from ckanext.jena_governance.model import (
    GovernanceAccessLog,
    GovernanceAccessRequest,
    GovernanceAccessRequestEntry,
    GovernanceAgreement,
    GovernanceEvent,
    GovernanceEventPerson,
    event,
)
from ckanext.jena_governance.tests.access.sealed import KEY, TODAY, problems, put, run
from ckanext.jena_governance.tests.conftest import City

pytestmark = pytest.mark.ckan_config("ckanext.jena_governance.event_key", KEY)

LONG_AGO = date(2014, 1, 1)
RECENT = TODAY - timedelta(days=10)


@pytest.fixture
def them(portal: None) -> dict[str, Any]:
    """Somebody with a past."""
    user = factories.User(fullname="Erika Muster", email="erika@stadt.example")
    put(LONG_AGO, user=user["id"])
    put(RECENT, user=user["id"])
    put(RECENT, "legal.asked", user=user["id"])
    put(RECENT, "membership.changed", user="an-admin", subject=user["id"])
    put(RECENT, user="an-admin", subject=user["id"])
    put(RECENT, user="an-admin")
    for state, until in (
        ("draft", None),
        ("withdrawn", None),
        ("denied", None),
        ("approved", TODAY + timedelta(days=30)),
        ("approved", TODAY - timedelta(days=30)),
    ):
        request = GovernanceAccessRequest(
            kind="access",
            state=state,
            user_id=user["id"],
            dataset_id="d",
            lang="de",
            purpose="Wohnungsplanung",
            granted_until=until,
        )
        model.Session.add(request)
    model.Session.add(
        GovernanceAccessRequest(
            kind="access",
            state="denied",
            user_id="x",
            dataset_id="d",
            lang="de",
            decider_id=user["id"],
        )
    )
    model.Session.add(
        GovernanceAgreement(
            title="A",
            purpose="Zweck der Stadt",
            provider="p",
            consumer="c",
            drafted_by="p",
            level="group",
            since=TODAY,
            state="active",
            created_by="x",
            provider_signed_by=user["id"],
            provider_signed_at=event.now(),
        )
    )
    for user_id in (user["id"], ""):
        model.Session.add(
            GovernanceAccessLog(
                day=RECENT,
                package_id="d",
                resource_id="r",
                user_id=user_id,
                via="gateway",
                rule="grant",
                level="request",
                count=2,
            )
        )
    model.Session.commit()
    seals.seal(TODAY, late=True)
    return user


def others_request(**values: Any) -> str:
    asked = {"kind": "access", "state": "denied", "user_id": "asker", "dataset_id": "d"}
    more = {"lang": "de", "purpose": "Geheimer Zweck"}
    row = GovernanceAccessRequest(**{**asked, **more, **values})
    model.Session.add(row)
    model.Session.commit()
    return row.id


def step(request_id: str, user_id: str, text: str) -> None:
    entry = GovernanceAccessRequestEntry(
        request_id=request_id, user_id=user_id, step="return", text=text
    )
    model.Session.add(entry)
    model.Session.commit()


def people() -> list[tuple[str | None, str | None]]:
    model.Session.remove()
    rows = model.Session.scalars(sa.select(GovernanceEventPerson).order_by("event_id"))
    return [(row.user_id, row.subject_id) for row in rows]


def account(user: dict[str, Any]) -> model.User:
    model.Session.remove()
    found = model.Session.get(model.User, user["id"])
    assert found
    return found


def erase(user: dict[str, Any], **options: Any) -> persons.Outcome:
    return persons.erase(account(user), today=TODAY, **options)


def why(outcome: persons.Outcome) -> dict[str, int]:
    assert all(len(one["why"]) > 30 for one in outcome.stays)
    return {one["what"]: one["count"] for one in outcome.stays}


def states() -> list[str]:
    query = sa.select(GovernanceAccessRequest.state).where(GovernanceAccessRequest.user_id != "x")
    return sorted(model.Session.scalars(query))


class TestExport:
    def test_everything_that_names_them(self, them: dict[str, Any]) -> None:
        done = run("person", "export", them["name"])
        assert done.exit_code == 0, done.output
        told = json.loads(done.output)
        assert told["account"]["email"] == "erika@stadt.example"
        assert [one["as"] for one in told["events"]] == [
            ["actor"],
            ["actor"],
            ["actor"],
            ["subject"],
            ["subject"],
        ]
        assert len(told["requests"]) == 5
        assert told["requests"][0]["purpose"] == "Wohnungsplanung"
        assert [one["as"] for one in told["requests_of_others"]] == [["decider"]]
        assert [one["as"] for one in told["agreements"]] == ["signed for the provider"]
        assert [one["count"] for one in told["accesses"]] == [2]
        assert "password" not in done.output
        assert "an-admin" not in json.dumps(told["events"]), "somebody else's name"

    def test_what_is_others_is_only_named(self, them: dict[str, Any]) -> None:
        """Somebody else's purpose, name, words and contract are not part of one's own data."""
        other = others_request(decider_id="somebody", persons=["third", them["id"]])
        step(other, them["id"], "Wir kennen Frau Beispiel.")
        told = persons.export(account(them))
        text = json.dumps(told, default=str)
        for theirs in ("Geheimer Zweck", "Frau Beispiel", "third", "asker", "Zweck der Stadt"):
            assert theirs not in text
        (named,) = [one for one in told["requests_of_others"] if one["id"] == other]
        assert (named["as"], set(named)) == (["named"], {"id", "as", "day"})
        (taken,) = told["request_steps"]
        assert set(taken) == {"request", "day", "step"}
        assert set(told["agreements"][0]) == {"id", "as", "day"}

    def test_their_own_request_tells_all_but_who_decided(self, them: dict[str, Any]) -> None:
        row = model.Session.scalar(
            sa.select(GovernanceAccessRequest).where(GovernanceAccessRequest.state == "draft")
        )
        row.decider_id = "official"
        model.Session.commit()
        step(row.id, them["id"], "Meine Worte.")
        told = persons.export(account(them))
        assert [one["text"] for one in told["request_steps"]] == ["Meine Worte."]
        assert "official" not in json.dumps(told["requests"], default=str)

    def test_the_export_is_an_event(self, them: dict[str, Any]) -> None:
        persons.export(account(them))
        last = model.Session.scalar(
            sa.select(GovernanceEvent).order_by(GovernanceEvent.id.desc()).limit(1)
        )
        assert last.kind == "person.exported"
        assert them["id"] not in str(last.data) + last.object_id

    def test_memberships_and_tokens(self, city: City) -> None:
        told = persons.export(account(city.editor.user or {}))
        (membership,) = told["memberships"]
        assert membership["capacity"] == "editor"
        (token,) = [one for one in told["api_tokens"] if one["name"] == "test"][:1]
        assert set(token) == {"name", "created_at", "last_access"}

    def test_nobody_of_that_name(self, portal: None) -> None:
        for command in ("export", "erase"):
            done = run("person", command, "nobody-at-all")
            assert done.exit_code == 2
            assert "no account" in done.output


class TestErase:
    def test_what_nothing_forbids(self, them: dict[str, Any]) -> None:
        outcome = erase(them)
        assert outcome.erased == {"names beside events": 4, "requests": 2}
        named = [pair for pair in people() if them["id"] in pair]
        assert named == [(them["id"], None)], "the recent decision"
        assert states() == ["approved", "approved", "denied"]
        assert why(outcome) == {
            "events of decisions taken": 1,
            "requests": 3,
            "requests decided, or in which the person is named": 1,
            "days on which restricted data were read": 1,
            "agreements drafted or signed": 1,
            "account": 1,
        }
        assert problems() == []

    @pytest.mark.parametrize("everything", [False, True])
    def test_in_requests_of_others(self, them: dict[str, Any], everything: bool) -> None:
        over = others_request(
            decider_id=them["id"], persons=["third", them["id"]], grantees=[them["id"]]
        )
        step(over, them["id"], "Eine Antwort.")
        outcome = erase(them, everything=everything)
        told = why(outcome)
        row = model.Session.get(GovernanceAccessRequest, over)
        said = model.Session.scalar(sa.select(GovernanceAccessRequestEntry))
        assert said.text == "Eine Antwort.", "it was said to somebody else"
        if not everything:
            assert told["steps taken on requests of others"] == 1
            assert told["requests decided, or in which the person is named"] == 2
            assert (row.decider_id, said.user_id) == (them["id"], them["id"])
            return
        assert (row.decider_id, said.user_id) == (None, None)
        assert (row.persons, row.grantees) == (["third", "erased"], ["erased"])
        assert "steps taken on requests of others" not in told
        assert "requests decided, or in which the person is named" not in told
        assert outcome.erased["names in requests of others"] == 2
        assert outcome.erased["steps made nameless"] == 1

    def test_a_grant_in_force_is_not_taken_from_or_given_to_anybody(
        self, them: dict[str, Any]
    ) -> None:
        """Without its one name it would be a grant for the whole entity."""
        id_ = others_request(
            state="approved",
            granted_until=TODAY + timedelta(days=1),
            persons=[them["id"]],
            grantees=[them["id"]],
        )
        outcome = erase(them, everything=True)
        row = model.Session.get(GovernanceAccessRequest, id_)
        assert (row.persons, row.grantees) == (["erased"], [them["id"]])
        assert why(outcome)["requests decided, or in which the person is named"] == 1

    def test_others_stay(self, them: dict[str, Any]) -> None:
        erase(them, everything=True)
        assert people().count(("an-admin", None)) == 3

    def test_everything(self, them: dict[str, Any]) -> None:
        outcome = erase(them, everything=True)
        assert not any(them["id"] in pair for pair in people())
        assert states() == ["approved"], "what is in force"
        rows = model.Session.scalars(sa.select(GovernanceAccessLog))
        assert [(row.user_id, row.count) for row in rows] == [("", 4)], "counted without a name"
        assert outcome.erased["accesses made nameless"] == 1
        assert problems() == []

    def test_the_erasure_is_an_event_without_a_name(self, them: dict[str, Any]) -> None:
        erase(them)
        last = model.Session.scalar(
            sa.select(GovernanceEvent).order_by(GovernanceEvent.id.desc()).limit(1)
        )
        assert (last.kind, last.object_id) == ("person.erased", "")
        assert them["id"] not in str(last.data)

    def test_seals_hold_tomorrow_as_well(self, them: dict[str, Any]) -> None:
        erase(them, everything=True)
        later = event.now().date() + timedelta(days=2)
        seals.seal(max(later, TODAY), late=True)
        assert problems(max(later, TODAY)) == []

    def test_an_account_in_use_stays(self, them: dict[str, Any]) -> None:
        erase(them)
        assert account(them).fullname == "Erika Muster"

    def test_a_deleted_account_loses_its_name(self, city: City, them: dict[str, Any]) -> None:
        call_action(
            "package_create",
            context={"user": factories.Sysadmin()["name"]},
            name="data",
            owner_org=city.department["id"],
        )
        call_action("user_delete", context={"user": factories.Sysadmin()["name"]}, id=them["id"])
        outcome = erase(them)
        assert outcome.erased["account made nameless"] == 1
        found = account(them)
        stored = {
            name: getattr(found, name) for name in ("fullname", "email", "about", "image_url")
        }
        assert stored == dict.fromkeys(stored)
        assert found.name.startswith("erased-")
        assert found.state == "deleted"

    def test_activities_do_not_name_them(self, city: City) -> None:
        user = city.editor.user or {}
        city.editor("package_create", name="data", owner_org=city.department["id"]).result
        call_action("user_delete", context={"user": factories.Sysadmin()["name"]}, id=user["id"])
        erase(user)
        from ckanext.activity.model import Activity

        rows = list(
            model.Session.scalars(sa.select(Activity).where(Activity.user_id == user["id"]))
        )
        assert rows
        assert user["name"] not in str([row.data for row in rows])

    def test_by_command(self, them: dict[str, Any]) -> None:
        assert run("person", "erase", them["name"]).exit_code == 1, "asks first"
        done = run("person", "erase", them["name"], "--yes")
        assert done.exit_code == 0, done.output
        told = json.loads(done.output)
        assert told["erased"]["requests"] == 2
        assert {one["what"] for one in told["stays"]} >= {"account"}
