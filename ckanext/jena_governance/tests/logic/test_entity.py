"""Entities: who may change them, what is kept, what follows."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.lib import jobs
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.model import GovernanceEntity, GovernanceEvent, GovernanceEventPerson
from ckanext.jena_governance.model.event import commitment
from ckanext.jena_governance.tests.conftest import City, stored


def test_an_organization_without_a_row_is_external(city: City) -> None:
    shown = city.nobody("governance_entity_show", id=factories.Organization()["name"]).result
    assert shown["entity_class"] == "external"
    assert shown["registered"] is False


def test_list_by_class(city: City) -> None:
    everyone = city.nobody("governance_entity_list").result
    assert {item["title"] for item in everyone} == {"Fachdienst Umweltschutz", "Stadtwerke GmbH"}
    (company,) = city.nobody("governance_entity_list", entity_class="subsidiary").result
    assert company["organization_id"] == city.company["id"]


def test_only_sysadmins_change_entities(city: City) -> None:
    for api in (city.editor, city.nobody):
        answer = api(
            "governance_entity_update", organization_id=city.department["id"], entity_class="core"
        )
        assert answer.status == 403


def test_a_partial_update_keeps_the_rest(city: City) -> None:
    id_ = city.department["id"]
    city.sysadmin("governance_entity_update", organization_id=id_, data_steward="Team Daten")
    changed = city.sysadmin("governance_entity_update", organization_id=id_, walled=True).result
    assert changed["entity_class"] == "core"
    assert changed["data_steward"] == "Team Daten"
    assert changed["walled"] is True


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("entity_class", "department"),
        ("bound_since", "yesterday"),
        ("data_steward_email", "nobody"),
        ("publishes_for", ["no-such-organization"]),
        ("publishes_for", {"a": 1}),
        ("unknown_field", "x"),
    ],
)
def test_bad_values_name_the_field_and_change_nothing(city: City, field: str, value: Any) -> None:
    before = city.nobody("governance_entity_show", id=city.department["id"]).result
    errors = city.sysadmin(
        "governance_entity_update",
        organization_id=city.department["id"],
        walled=True,
        **{field: value},
    ).errors
    assert field in errors
    assert city.nobody("governance_entity_show", id=city.department["id"]).result == before


def test_a_change_is_an_event_without_the_person_in_it(city: City) -> None:
    city.sysadmin(
        "governance_entity_update", organization_id=city.department["id"], walled=True
    ).result
    event = model.Session.scalars(
        sa.select(GovernanceEvent).order_by(GovernanceEvent.id.desc()).limit(1)
    ).one()
    person = model.Session.get(GovernanceEventPerson, event.id)
    assert event.kind == "entity.updated"
    assert event.data["changed"] == {"walled": {"from": False, "to": True}}
    assert event.actor == commitment(person.user_id, person.salt)
    assert person.user_id not in str(event.data)


def test_saying_the_same_again_is_no_event(city: City) -> None:
    count = sa.select(sa.func.count(GovernanceEvent.id))
    before = model.Session.scalar(count)
    city.sysadmin(
        "governance_entity_update", organization_id=city.department["id"], entity_class="core"
    ).result
    assert model.Session.scalar(count) == before


def test_an_organizations_own_form_cannot_change_the_class(city: City) -> None:
    admin = factories.User()
    call_action(
        "organization_member_create",
        id=city.department["id"],
        username=admin["name"],
        role="admin",
    )
    call_action(
        "organization_patch",
        context={"user": admin["name"], "ignore_auth": False},
        id=city.department["id"],
        title="New",
        extras=[{"key": "entity_class", "value": "external"}],
    )
    shown = city.nobody("governance_entity_show", id=city.department["id"]).result
    assert shown["entity_class"] == "core"


def test_publishing_for_another_entity_needs_publishes_for(city: City) -> None:
    owner, publisher = city.company["id"], city.department["id"]
    data = {"owner_org": publisher, "owning_entity": owner}
    assert "owning_entity" in city.editor("package_create", name="a", **data).errors

    city.sysadmin(
        "governance_entity_update", organization_id=publisher, publishes_for=[city.company["name"]]
    ).result
    assert city.editor("package_create", name="a1", **data).status == 200
    assert stored("a1")["owning_entity"] == owner

    city.sysadmin("governance_entity_update", organization_id=owner, walled=True).result
    assert "owning_entity" in city.editor("package_create", name="b1", **data).errors


def test_the_owner_follows_the_publisher(city: City) -> None:
    city.sysadmin("package_create", name="a1", owner_org=city.department["id"]).result
    city.sysadmin("package_patch", id="a1", owner_org=city.company["id"]).result
    assert stored("a1")["owning_entity"] == city.company["id"]


def test_moving_a_dataset_where_its_basis_does_not_fit_is_refused(
    city: City, restriction: dict[str, Any]
) -> None:
    restriction["legal_basis"] = ["thuerdsg-zweckbindung"]
    city.editor("package_create", name="files", owner_org=city.department["id"], **restriction)
    answer = city.sysadmin(
        "package_owner_org_update", id="files", organization_id=city.company["id"]
    )
    assert "(R4)" in str(answer.errors)
    assert stored("files")["owner_org"] == city.department["id"]


def test_renaming_an_organization_changes_nothing(city: City) -> None:
    city.editor("package_create", name="a1", owner_org=city.department["id"]).result
    city.sysadmin("organization_patch", id=city.department["id"], name="another-name").result
    assert city.nobody("package_show", id="a1").result["entity_class"] == "core"


def test_purging_an_organization_takes_its_row(city: City) -> None:
    other = factories.Organization()
    city.sysadmin(
        "governance_entity_update", organization_id=other["id"], entity_class="external"
    ).result
    city.sysadmin("organization_purge", id=other["id"]).result
    model.Session.remove()
    assert model.Session.get(GovernanceEntity, other["id"]) is None


def test_a_new_class_reaches_the_index(
    city: City, clean_queues: None, with_test_worker: None
) -> None:
    city.editor("package_create", name="a1", owner_org=city.department["id"]).result
    city.sysadmin(
        "governance_entity_update",
        organization_id=city.department["id"],
        entity_class="municipal-enterprise",
    ).result
    jobs.Worker().work(burst=True)
    facets = city.nobody("package_search", rows=0, **{"facet.field": ["entity_class"]}).result
    assert facets["facets"]["entity_class"] == {"municipal-enterprise": 1}


def test_an_organization_can_be_updated_without_its_name(city: City) -> None:
    id_ = city.department["id"]
    city.sysadmin("organization_update", id=id_, title="Neuer Titel").result
    shown = city.nobody("organization_show", id=id_).result
    assert (shown["name"], shown["title"]) == (city.department["name"], "Neuer Titel")
