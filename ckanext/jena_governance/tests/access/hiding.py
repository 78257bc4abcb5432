"""A portal with datasets that are hidden, and everybody who might ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.activity.model import Activity
from ckanext.jena_governance.logic.enforcement import report_mode
from ckanext.jena_governance.tests.conftest import Api, City

CANARY = "kanarie7f3a"
# For the owner only: the law protects the very existence of these data.
SECRET = {
    "openness": "request",
    "legal_basis": ["kritis-schutzinformation"],
    "metadata_visibility": "group",
    "personal_data": "none",
}
# For the group: no basis of our register lets such a description be hidden, but an
# administrator's own may.
SHARED = {
    "openness": "group",
    "legal_basis": ["thuertg-beratungen"],
    "personal_data": "none",
    "private": True,
}

# Switched on where it matters; the settings check warns of both.
TEMPTING = {
    "ckan.auth.roles_that_cascade_to_sub_groups": ["admin"],
    "ckan.auth.allow_dataset_collaborators": True,
}


@dataclass
class Portal:
    """The people, and the datasets once there are any.

    Attributes:
        city: departments and their editors.
        group: a thematic group.
        insiders: members of the owner, by a word for them.
        colleagues: of other entities within the city group.
        outsiders: everybody else.
        users: accounts of some of them.
    """

    city: City
    group: dict[str, Any]
    insiders: dict[str, Api]
    colleagues: dict[str, Api]
    outsiders: dict[str, Api]
    users: dict[str, dict[str, Any]]

    @property
    def everybody(self) -> dict[str, Api]:
        return {**self.insiders, **self.colleagues, **self.outsiders}


def open_portal(city: City, app: Any) -> Portal:
    """People of every kind; nothing hidden yet."""
    clerk, member, former, gone = (factories.User() for _ in range(4))
    guest, helper = factories.User(), factories.User()
    department = city.department["id"]
    _join(department, clerk, "editor")
    _join(department, member, "member")
    _join(department, former, "member")
    # Not of the group: only what cascades from the parent could let them in.
    parent, boss = _organization("external", "admin")
    _put_below(department, parent["id"])
    people = {
        kind: _organization(kind, "admin")[1]
        for kind in ("core", "municipal-enterprise", "subsidiary", "external")
    }
    portal = Portal(
        city=city,
        group=factories.Group(user=guest),
        insiders={"own editor": Api(app, clerk), "own member": Api(app, member)},
        colleagues={kind: Api(app, people[kind]) for kind in list(people)[:3]},
        outsiders={
            "anonymous": city.nobody,
            "guest": Api(app, guest),
            "external": Api(app, people["external"]),
            "parent": Api(app, boss),
            "collaborator": Api(app, helper),
            "former member": Api(app, former),
            "deleted user": Api(app, gone),
        },
        users={"helper": helper, "former": former},
    )
    _join(department, gone, "editor")
    city.sysadmin("organization_member_delete", id=department, username=former["name"])
    city.sysadmin("user_delete", id=gone["id"])
    return portal


def publish(portal: Portal) -> None:
    """An open dataset beside the hidden ones, with a word that they share.

    CKAN shows it from the database: relations are not in the index.
    """
    dataset = portal.city.editor(
        "package_create",
        name="offen",
        title="Offenes",
        owner_org=portal.city.department["id"],
        license_id="dl-by-de-2.0",
        tags=[{"name": "gemeinsam"}],
        resources=[{"url": "https://offen.example/a.csv", "name": "A", "format": "CSV"}],
    ).result
    model.Package.get(dataset["id"]).metadata_modified = datetime(2026, 1, 1)  # noqa: DTZ001 - CKAN's column has no time zone
    model.Session.commit()


def hide(
    portal: Portal, restriction: dict[str, Any], name: str, kind: dict[str, Any]
) -> dict[str, Any]:
    """A hidden dataset with everything that CKAN can hang on one."""
    city = portal.city
    fields = {key: value for key, value in restriction.items() if key not in kind}
    with report_mode():
        dataset = call_action(
            "package_create",
            context={"user": city.clerk, "ignore_auth": False},
            **{
                **fields,
                **kind,
                "name": name,
                "title": f"Titel {CANARY}",
                "notes": f"Notiz {CANARY}",
                "owner_org": city.department["id"],
                "tags": [{"name": f"wort-{CANARY}"}, {"name": "gemeinsam"}],
                "resources": [
                    {"url": f"https://{CANARY}.example/x.csv", "name": CANARY, "format": "Kanar"}
                ],
            },
        )
    call_action(
        "resource_view_create",
        context={"user": city.clerk, "ignore_auth": False},
        resource_id=dataset["resources"][0]["id"],
        view_type="text_view",
        title=CANARY,
    )
    return dataset


def tempt_softly(portal: Portal, dataset: dict[str, Any]) -> None:
    """What CKAN itself would take for a reason to show a private dataset."""
    helper = portal.users["helper"]
    collaborator = model.PackageMember(
        package_id=dataset["id"], user_id=helper["id"], capacity="editor"
    )
    group = model.Member(
        group_id=portal.group["id"],
        table_id=dataset["id"],
        table_name="package",
        capacity="public",
        state="active",
    )
    follower = model.UserFollowingDataset(portal.users["former"]["id"], dataset["id"])
    model.Session.add_all([collaborator, group, follower])
    model.Session.commit()


def tempt(portal: Portal, dataset: dict[str, Any]) -> None:
    """The same, and a relation to what is public.

    CKAN 2.12 cannot index a dataset with relations: what comes later must not write it.
    """
    tempt_softly(portal, dataset)
    related = model.PackageRelationship(
        subject=model.Package.get("offen"),
        object=model.Package.get(dataset["id"]),
        type="depends_on",
        comment=CANARY,
    )
    model.Session.add(related)
    model.Session.commit()


def references(dataset: dict[str, Any]) -> dict[str, str]:
    """All ids under which something of a dataset can be asked for."""
    resource = dataset["resources"][0]["id"]
    view = model.Session.query(model.ResourceView).filter_by(resource_id=resource).first()
    activity = model.Session.query(Activity).filter_by(object_id=dataset["id"]).first()
    return {
        "dataset": dataset["id"],
        "name": dataset["name"],
        "resource": resource,
        "view": view.id,
        "activity": activity.id,
    }


def _organization(kind: str, role: str) -> tuple[dict[str, Any], dict[str, Any]]:
    user = factories.User()
    organization = factories.Organization(users=[{"name": user["name"], "capacity": role}])
    call_action(
        "governance_entity_update",
        context={"user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]},
        organization_id=organization["id"],
        entity_class=kind,
        in_group=kind != "external",
    )
    return organization, user


def _join(organization: str, user: dict[str, Any], role: str) -> None:
    call_action("organization_member_create", id=organization, username=user["name"], role=role)


def _put_below(child: str, parent: str) -> None:
    member = model.Member(
        group=model.Group.get(child),
        table_id=parent,
        table_name="group",
        capacity="parent",
        state="active",
    )
    model.Session.add(member)
    model.Session.commit()
