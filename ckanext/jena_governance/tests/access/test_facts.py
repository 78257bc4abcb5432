"""Facts for the decision come from live tables, by id; what only looks like a role is none."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import entitlement, facts
from ckanext.jena_governance.tests.conftest import City


@pytest.fixture
def resource(city: City, restriction: dict[str, Any]) -> str:
    """Id of a restricted resource of the department."""
    dataset = city.editor(
        "package_create",
        name="personalliste",
        owner_org=city.department["id"],
        resources=[{"url": "https://intern.example/liste.csv", "name": "Liste"}],
        **restriction,
    ).result
    return dataset["resources"][0]["id"]


def decision(user: dict[str, Any], resource: str) -> tuple[bool, str]:
    model.Session.remove()
    found = model.Resource.get(resource)
    answer = entitlement.decide_for(facts.actor_of(user["id"]), found)
    return answer.allowed, answer.rule


def joined(organization: dict[str, Any], role: str) -> dict[str, Any]:
    user = factories.User()
    call_action(
        "organization_member_create", id=organization["id"], username=user["name"], role=role
    )
    return user


@pytest.mark.parametrize(
    ("role", "expected"),
    [("admin", (True, "owner")), ("editor", (True, "owner")), ("member", (False, "denied"))],
)
def test_direct_members(city, resource, role, expected):
    assert decision(joined(city.department, role), resource) == expected


def test_former_member(city, resource):
    user = joined(city.department, "admin")
    city.sysadmin("organization_member_delete", id=city.department["id"], username=user["name"])
    assert decision(user, resource) == (False, "denied")


def test_account_that_is_not_active(city, resource):
    for user in (joined(city.department, "admin"), factories.Sysadmin()):
        assert decision(user, resource)[0] is True
        model.User.get(user["id"]).delete()
        model.Session.commit()
        assert decision(user, resource) == (False, "denied")


def test_admin_of_the_parent(city, resource):
    parent = factories.Organization()
    admin = joined(parent, "admin")
    city.sysadmin(
        "member_create",
        id=city.department["id"],
        object=parent["id"],
        object_type="group",
        capacity="parent",
    )
    assert model.Group.get(city.department["id"]).get_parent_group_hierarchy("organization")
    assert decision(admin, resource) == (False, "denied")


@pytest.mark.ckan_config("ckan.auth.allow_dataset_collaborators", "true")
def test_collaborator(city, resource):
    user = factories.User()
    city.sysadmin(
        "package_collaborator_create",
        id="personalliste",
        user_id=user["id"],
        capacity="editor",
    )
    assert decision(user, resource) == (False, "denied")


def test_member_of_a_group_that_is_no_organization(city, resource):
    user = factories.User()
    factories.Group(users=[{"name": user["name"], "capacity": "admin"}])
    assert facts.actor_of(user["id"]).memberships == ()


def test_deleted_organization(city, resource):
    user = joined(city.department, "admin")
    model.Group.get(city.department["id"]).state = model.State.DELETED
    model.Session.commit()
    assert decision(user, resource) == (False, "wall")


def test_nobody_owns_by_a_name(city, resource):
    """An organization called like the id of the owner, or like its former name, gets nothing."""
    thief = factories.Organization(name=city.department["id"])
    for role in ("member", "admin"):
        assert decision(joined(thief, role), resource) == (False, "denied")
    assert decision(joined(city.department, "editor"), resource) == (True, "owner")

    model.Group.get(thief["id"]).title = "x"
    model.Session.get(model.Group, city.department["id"]).state = model.State.DELETED
    model.Session.commit()
    assert decision(joined(thief, "admin"), resource) == (False, "wall")


def test_a_name_that_looks_like_an_id_is_nobodys(city):
    gone = str(uuid.uuid4())
    squatter = factories.Organization(name=gone)
    assert facts.entities_of([gone]) == {}
    assert facts.entities_of([squatter["id"], gone]).keys() == {squatter["id"]}
    known = facts.facts_of({"owning_entity": gone, "owner_org": city.department["name"]})
    assert known.owner is None
    assert known.publisher.id == city.department["id"]


def test_an_edit_does_not_hand_over_what_the_owner_left(city, resource):
    """Saved again, the dataset must not come to own the id of whoever took the name."""
    gone = str(uuid.uuid4())
    thief = factories.Organization(name=gone)
    package = model.Package.get("personalliste")
    package.extras["owning_entity"] = gone
    model.Session.commit()
    answer = city.sysadmin("package_patch", id="personalliste", title="Neu")
    model.Session.remove()
    assert model.Package.get("personalliste").extras["owning_entity"] != thief["id"], answer.body
    assert decision(joined(thief, "admin"), resource)[0] is False


def test_renaming_changes_nothing(city, resource):
    before = decision(joined(city.department, "editor"), resource)
    city.sysadmin("organization_patch", id=city.department["id"], name="neuer-name", title="Neu")
    assert decision(joined(city.department, "editor"), resource) == before == (True, "owner")


def test_who_has_no_id():
    assert facts.actor_of(None) == facts.actor_of("") == facts.ANONYMOUS
