"""Those who ask: everybody whose rights differ somewhere in CKAN or in the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ANONYMOUS = "anonymous"

# The entity that owns what is planted, and another one of each class.
OWNER = "owner"
PARENT = "parent"
CLASSES = (
    "core",
    "municipal-enterprise",
    "subsidiary",
    "special-purpose-association",
    "external",
)


@dataclass(frozen=True)
class Role:
    """How an account comes to its rights.

    Attributes:
        name: what it is called in reports.
        organization: where it is a member: ``owner``, ``parent`` (of the owner, with CKAN's
            inherited roles switched on) or a class of entity; empty for nowhere.
        capacity: its role there.
        sysadmin: whether it runs the portal.
        collaborator: whether it is a collaborator (editor) of every planted dataset.
        ends: what happened to it afterwards: ``membership`` or ``account``.
        deep: whether it makes every call in every variant for everything planted.
    """

    name: str
    organization: str = ""
    capacity: str = "member"
    sysadmin: bool = False
    collaborator: bool = False
    ends: str = ""
    deep: bool = False


ROLES = (
    Role(ANONYMOUS, deep=True),
    Role("no entity"),
    *(
        Role(f"{capacity} of another entity, {entity_class}", entity_class, capacity)
        for entity_class in CLASSES
        for capacity in ("member", "editor")
    ),
    Role("owner's member", OWNER, "member"),
    Role("owner's editor", OWNER, "editor"),
    Role("owner's admin", OWNER, "admin"),
    Role("parent's admin", PARENT, "admin"),
    Role("collaborator", collaborator=True),
    Role("former member", OWNER, "editor", ends="membership"),
    Role("deleted account", OWNER, "admin", ends="account"),
    Role("sysadmin", sysadmin=True),
)


@dataclass(frozen=True)
class Persona:
    """Somebody who asks.

    Attributes:
        role: how the account comes to its rights.
        headers: what proves who it is: a token, a cookie, or nothing.
        user: id of the account; empty for anonymous.
    """

    role: Role
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    user: str = ""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return self.role.name
