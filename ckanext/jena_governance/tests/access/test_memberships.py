"""Who joins, leaves or gets another role in a classed entity is in the log, whatever did it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import rule_versions
from ckanext.jena_governance.model import GovernanceEvent, GovernanceEventPerson, event
from ckanext.jena_governance.tests.conftest import City

KIND = "membership.changed"


def changes() -> list[dict[str, Any]]:
    """Role before and after, who did it, to whom."""
    model.Session.remove()
    query = (
        sa.select(GovernanceEvent, GovernanceEventPerson)
        .outerjoin(GovernanceEventPerson, GovernanceEventPerson.event_id == GovernanceEvent.id)
        .where(GovernanceEvent.kind == KIND)
        .order_by(GovernanceEvent.id)
    )
    return [
        {
            "of": one.object_id,
            "from": one.data["from"],
            "to": one.data["to"],
            "by": person.user_id,
            "who": person.subject_id,
            "invited": one.data.get("invited"),
        }
        for one, person in model.Session.execute(query)
    ]


@pytest.fixture
def somebody(city: City) -> dict[str, Any]:
    user = factories.User()
    assert changes() == [], "what was there before the entity was classed"
    return user


def member(city: City, user: dict[str, Any], role: str) -> None:
    city.sysadmin(
        "organization_member_create", id=city.department["id"], username=user["name"], role=role
    ).result


def test_joining_changing_leaving(city: City, somebody: dict[str, Any]) -> None:
    member(city, somebody, "member")
    member(city, somebody, "member")
    member(city, somebody, "admin")
    city.sysadmin(
        "organization_member_delete", id=city.department["id"], username=somebody["name"]
    ).result
    member(city, somebody, "editor")
    common = {
        "of": city.department["id"],
        "by": (city.sysadmin.user or {})["id"],
        "who": somebody["id"],
        "invited": None,
    }
    assert changes() == [
        {**common, "from": None, "to": "member"},
        {**common, "from": "member", "to": "admin"},
        {**common, "from": "admin", "to": None},
        {**common, "from": None, "to": "editor"},
    ]


def test_nobody_is_named_in_the_event_itself(city: City, somebody: dict[str, Any]) -> None:
    member(city, somebody, "editor")
    (one,) = model.Session.scalars(sa.select(GovernanceEvent).where(GovernanceEvent.kind == KIND))
    person = model.Session.get(GovernanceEventPerson, one.id)
    assert somebody["id"] not in str(one.data)
    assert one.data["subject"] == event.commitment(somebody["id"], person.subject_salt)


def test_by_the_whole_list_of_members(city: City, somebody: dict[str, Any]) -> None:
    call_action(
        "organization_patch",
        context={"user": (city.sysadmin.user or {})["name"]},
        id=city.department["id"],
        users=[{"name": somebody["name"], "capacity": "admin"}],
    )
    found = {one["who"]: (one["from"], one["to"]) for one in changes()}
    assert found.pop(somebody["id"]) == (None, "admin")
    assert found.pop((city.editor.user or {})["id"]) == ("editor", None)
    assert set(found.values()) == {("admin", None)}, "whoever had made the organization"


def test_by_deleting_an_account(city: City, somebody: dict[str, Any]) -> None:
    member(city, somebody, "editor")
    city.sysadmin("user_delete", id=somebody["id"]).result
    assert [(one["from"], one["to"]) for one in changes()] == [(None, "editor"), ("editor", None)]


def test_invited_by_mail(city: City, somebody: dict[str, Any], mail_server: Any) -> None:
    city.sysadmin(
        "user_invite", email="neu@fremd.example", group_id=city.department["id"], role="member"
    ).result
    (one,) = changes()
    assert (one["from"], one["to"], one["invited"]) == (None, "member", True)


def test_organizations_that_are_no_entities_are_not_our_matter(
    city: City, somebody: dict[str, Any]
) -> None:
    other = factories.Organization()
    city.sysadmin(
        "organization_member_create", id=other["id"], username=somebody["name"], role="admin"
    ).result
    assert changes() == []


def test_what_is_rolled_back_is_not_in_the_log(city: City, somebody: dict[str, Any]) -> None:
    group = model.Group.get(city.department["id"])
    model.Session.add(
        model.Member(group=group, table_id=somebody["id"], table_name="user", capacity="editor")
    )
    model.Session.flush()
    model.Session.rollback()
    assert changes() == []


def test_datasets_and_parents_are_no_people(city: City, somebody: dict[str, Any]) -> None:
    city.editor("package_create", name="data", owner_org=city.department["id"]).result
    assert changes() == []


class TestRules:
    def of_rules(self) -> list[dict[str, Any]]:
        model.Session.remove()
        query = sa.select(GovernanceEvent.data).where(GovernanceEvent.kind == "rules.changed")
        return list(model.Session.scalars(query.order_by(GovernanceEvent.id)))

    def test_once_for_each_version(self, portal: None, monkeypatch: pytest.MonkeyPatch) -> None:
        rule_versions.note()
        rule_versions.note()
        (first,) = self.of_rules()
        assert first["sharing_rules"] == "1"
        assert len(first["vocabulary"]) == 64
        other = {**first, "sharing_rules": "2"}
        monkeypatch.setattr(rule_versions, "_now_in_force", lambda: other)
        rule_versions.note()
        assert self.of_rules() == [first, other]
