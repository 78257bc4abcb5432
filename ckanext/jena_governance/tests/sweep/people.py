"""Organizations and accounts of the sweep, straight into the database: passwords cost time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.leakcheck.personas import CLASSES, OWNER, PARENT, ROLES, Persona, Role


@dataclass(frozen=True)
class People:
    """Everybody.

    Attributes:
        personas: those who ask, with tokens that worked at first.
        organizations: ``owner``, ``parent`` and one of each class, as dictionaries.
        names: account by role.
    """

    personas: tuple[Persona, ...]
    organizations: dict[str, dict[str, Any]]
    names: dict[str, str]

    def of(self, role: str) -> Persona:
        """One of them."""
        return next(persona for persona in self.personas if persona.name == role)


def make() -> People:
    """Make everybody; nobody has lost anything yet."""
    accounts = {role.name: _account(f"sweep-{number}", role) for number, role in enumerate(ROLES)}
    admin = accounts["sysadmin"]
    organizations = {PARENT: _organization(PARENT, admin, "core")}
    organizations[OWNER] = _organization(OWNER, admin, "core", parent=PARENT)
    for entity_class in CLASSES:
        organizations[entity_class] = _organization(entity_class, admin, entity_class)
    for role in ROLES:
        if role.organization:
            call_action(
                "organization_member_create",
                context={"user": admin.name},
                id=organizations[role.organization]["id"],
                username=accounts[role.name].name,
                role=role.capacity,
            )
    personas = [Persona(role, _token(account), account.id) if account else Persona(role)
                for role in ROLES for account in [accounts.get(role.name)]]  # fmt: skip
    names = {role: account.name for role, account in accounts.items() if account}
    return People(tuple(personas), organizations, names)


def take_away(people: People) -> None:
    """What ends, ends: memberships and accounts; the tokens are still there."""
    for persona in people.personas:
        name = people.names.get(persona.name, "")
        if persona.role.ends == "membership":
            owner = people.organizations[OWNER]["id"]
            admin = {"user": people.names["sysadmin"]}
            call_action("organization_member_delete", context=admin, id=owner, username=name)
        if persona.role.ends == "account":
            # As a clumsy administrator would: CKAN's own way also drops token and memberships.
            model.User.get(name).state = model.State.DELETED
            model.Session.commit()


def follow(people: People, datasets: list[str]) -> None:
    """Everybody follows everything since it was open."""
    for persona in people.personas:
        for dataset in datasets if persona.user else []:
            model.Session.add(model.UserFollowingDataset(persona.user, dataset))
    model.Session.commit()


def _account(name: str, role: Role) -> Any:
    if role.name == ROLES[0].name:
        return None
    user = model.User(
        name=name, fullname=role.name, email=f"{name}@sweep.example", sysadmin=role.sysadmin
    )
    model.Session.add(user)
    model.Session.flush()
    model.Session.add(model.Dashboard(user.id))  # as CKAN's own user_create does
    model.Session.commit()
    return user


def _token(user: model.User) -> dict[str, str]:
    made = call_action("api_token_create", context={"user": user.name}, user=user.name, name="x")
    return {"Authorization": made["token"]}


def _organization(name: str, admin: model.User, entity_class: str, **more: str) -> dict[str, Any]:
    parents = [{"name": f"sweep-{more['parent']}"}] if "parent" in more else []
    made = tk.get_action("organization_create")(
        {"user": admin.name, "ignore_auth": True},
        {"name": f"sweep-{name}", "title": f"Sweep {name}", "groups": parents},
    )
    call_action(
        "governance_entity_update",
        context={"user": admin.name},
        organization_id=made["id"],
        entity_class=entity_class,
        in_group=entity_class in ("core", "municipal-enterprise", "subsidiary"),
    )
    return made
