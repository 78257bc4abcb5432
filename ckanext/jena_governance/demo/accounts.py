"""The accounts of the demo portal and the file that holds their secrets."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.lib import api_token
from ckan.types import Context

from ckanext.jena_governance.demo.errors import SeedError

DOMAIN = "demo.example"
_TOKEN_NAME = "demo"  # noqa: S105 - the name of a token, not a token
_KEYS = {"password", "token"}

Secrets = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Account:
    """A login of the demo portal: a function, never a person.

    Attributes:
        name: the login.
        fullname: what is shown beside it.
        organization: where it is a member, if anywhere.
        role: its role there.
        sysadmin: whether it runs the portal.
    """

    name: str
    fullname: str
    organization: str | None = None
    role: str = "editor"
    sysadmin: bool = False

    @property
    def email(self) -> str:
        """Its mailbox, at a domain that does not exist. By it we know our own accounts."""
        return f"{self.name}@{DOMAIN}"


ACCOUNTS = (
    Account("admin", "Portalverwaltung (Demo)", sysadmin=True),
    Account("kern-editor", "Redaktion Umwelt (Demo)", "umweltschutz"),
    Account("kern-editor-2", "Redaktion Umwelt, Vertretung (Demo)", "umweltschutz"),
    Account("kern-admin", "Leitung Umwelt (Demo)", "umweltschutz", "admin"),
    Account("betrieb-admin", "Leitung Kommunalservice (Demo)", "ksj", "admin"),
    Account("betrieb-editor", "Redaktion Kommunalservice (Demo)", "ksj"),
    Account("tochter-editor", "Redaktion Nahverkehr (Demo)", "jenaer-nahverkehr"),
    Account("kern-member", "Mitarbeit Umwelt (Demo)", "umweltschutz", "member"),
    Account("gast", "Gast ohne Stelle (Demo)"),
)


def author_of(organization: str) -> str:
    """Who writes the datasets of an organization: its editor, else the sysadmin."""
    return next(
        (one.name for one in ACCOUNTS if (one.organization, one.role) == (organization, "editor")),
        ACCOUNTS[0].name,
    )


def ensure_accounts(path: Path) -> int:
    """Make every account exist, with a password and a token that the file holds.

    What is in the file and still works is kept.

    Args:
        path: the file with passwords and tokens.

    Returns:
        How many accounts got something new.

    Raises:
        SeedError: an account of that name belongs to somebody else, or the file
            cannot be read or written.
    """
    known = read_secrets(path)
    _refuse_strangers()
    changed = 0
    for account in ACCOUNTS:
        entry = _ensure(account, known.get(account.name, {}))
        if entry != known.get(account.name):
            known[account.name] = entry
            changed += 1
            write_secrets(path, known)
    return changed


def ensure_memberships() -> int:
    """Put the accounts into their organizations; who already is a member stays as is."""
    missing = [one for one in ACCOUNTS if one.organization and not _is_member(one)]
    for account in missing:
        tk.get_action("organization_member_create")(
            context_of(ACCOUNTS[0].name),
            {"id": account.organization, "username": account.name, "role": account.role},
        )
    return len(missing)


def context_of(user: str) -> Context:
    """A fresh context in which this account acts, with its own rights only."""
    return Context(user=user, ignore_auth=False)


def read_secrets(path: Path) -> Secrets:
    """The accounts of the file; entries that are not whole are left out.

    Args:
        path: the file; it need not exist.

    Returns:
        Password and token for each account.

    Raises:
        SeedError: there is something else in the file.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SeedError(f"{path} cannot be read ({error}). Repair or remove it.") from error
    if not isinstance(stored, dict):
        raise SeedError(f"{path} does not hold accounts. Give another file with --accounts.")
    return {name: entry for name, entry in stored.items() if _is_entry(entry)}


def write_secrets(path: Path, accounts: Mapping[str, Mapping[str, str]]) -> None:
    """Replace the file in one step; only its owner may read it.

    Args:
        path: the file.
        accounts: password and token for each account.

    Raises:
        SeedError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp creates the file with mode 0600.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(accounts, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SeedError(f"{path} cannot be written: {error}") from error


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and entry.keys() >= _KEYS
        and all(isinstance(entry[key], str) and entry[key] for key in _KEYS)
    )


def _refuse_strangers() -> None:
    """Nobody's password is changed because his account happens to be called "admin"."""
    for account in ACCOUNTS:
        user = model.User.get(account.name)
        if user and (user.email, user.state) != (account.email, model.State.ACTIVE):
            raise SeedError(
                f'There is already an account "{account.name}" that is not (or no longer) part of '
                "the demo. Nothing was changed. Seed a portal of its own for the demo."
            )


def _ensure(account: Account, entry: Mapping[str, str]) -> dict[str, str]:
    password = entry.get("password") or secrets.token_urlsafe(18)
    user = model.User.get(account.name)
    if user is None:
        _act("user_create", account, email=account.email, password=password)
    elif not user.validate_password(password):
        _act("user_patch", account, id=user.id, password=password)
    token = entry.get("token", "")
    return {"password": password, "token": token if _works(token, account) else _token(account)}


def _act(action: str, account: Account, **fields: Any) -> None:
    described = {
        "name": account.name,
        "fullname": account.fullname,
        "about": "Konto zur Demonstration",
        "sysadmin": account.sysadmin,
    }
    try:
        tk.get_action(action)(_site_context(), described | fields)
    except tk.ValidationError as error:
        raise SeedError(f'Account "{account.name}": {error.error_summary}') from error


def _works(token: str, account: Account) -> bool:
    owner = api_token.get_user_from_token(token, update_access_time=False) if token else None
    return owner is not None and owner.name == account.name


def _token(account: Account) -> str:
    """A new token; those of earlier runs, which nobody has any more, go."""
    context = _site_context()
    for row in tk.get_action("api_token_list")(context, {"user_id": account.name}):
        if row["name"] == _TOKEN_NAME:
            tk.get_action("api_token_revoke")(_site_context(), {"jti": row["id"]})
    asked = {"user": account.name, "name": _TOKEN_NAME}
    return tk.get_action("api_token_create")(_site_context(), asked)["token"]


def _is_member(account: Account) -> bool:
    query = (
        model.Session.query(model.Member)
        .join(model.Group, model.Group.id == model.Member.group_id)
        .join(model.User, model.User.id == model.Member.table_id)
        .filter(
            model.Group.name == account.organization,
            model.User.name == account.name,
            model.Member.table_name == "user",
            model.Member.state == model.State.ACTIVE,
        )
    )
    return query.first() is not None


def _site_context() -> Context:
    """Accounts are made by CKAN's own account for internal work: there is no sysadmin yet."""
    name: str = tk.get_action("get_site_user")(Context(ignore_auth=True), {})["name"]
    return context_of(name)
