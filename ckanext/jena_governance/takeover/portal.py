"""The import's side towards CKAN: what is there, and how a dataset is written."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.lib import search
from ckan.lib.plugins import lookup_package_plugin
from ckan.types import Context

from ckanext.jena_governance.logic.enforcement import report_mode
from ckanext.jena_governance.takeover import cleaning
from ckanext.jena_governance.takeover.draft import Draft, Fields
from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.takeover.mapping import Unit
from ckanext.jena_governance.takeover.seal import seal_of

log = logging.getLogger(__name__)

# Key in CKAN's own `package.plugin_data`: kept with the dataset, shown to nobody, in no index.
MARK = "jena_governance_import"


@dataclass
class Known:
    """A dataset that an earlier run brought in."""

    id: str
    name: str
    state: str
    fingerprint: str = ""
    seal: str = ""
    resources: dict[str, str] = field(default_factory=dict[str, str])


class Portal:
    """Our portal, written to as CKAN's site user."""

    def __init__(self) -> None:
        self._user: str = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        self._names = set(model.Session.scalars(sa.select(model.package_table.c.name)))

    def units(self) -> list[Unit]:
        """All organizations, with what is registered about them."""
        rows = tk.get_action("governance_entity_list")(self._context(), {})
        registered = {row["name"]: row for row in rows}
        groups = model.group_table
        query = sa.select(groups.c.name, groups.c.title).where(
            groups.c.is_organization.is_(True), groups.c.state == "active"
        )
        units: list[Unit] = []
        for name, title in model.Session.execute(query):
            entity: dict[str, Any] = registered.get(name, {})
            mailbox = entity.get("data_steward_email") or ""
            external = entity.get("entity_class") == "external"
            units.append(Unit(name, title or name, mailbox, external))
        return units

    def fields(self) -> Fields:
        """Field names of the dataset schema in use."""
        schema = tk.get_action("scheming_dataset_schema_show")(self._context(), {"type": "dataset"})
        core = lookup_package_plugin("dataset").create_package_schema()
        return Fields(
            frozenset(f["field_name"] for f in schema["dataset_fields"]),
            frozenset(f["field_name"] for f in schema["resource_fields"]),
            frozenset(str(key) for key in core),
        )

    def imported(self) -> dict[str, Known]:
        """Datasets of earlier runs, by their id in the source."""
        package = model.package_table
        mark = package.c.plugin_data[MARK]
        query = sa.select(package.c.id, package.c.name, package.c.state, mark).where(
            mark.isnot(None)
        )
        found: dict[str, Known] = {}
        for id_, name, state, stored in model.Session.execute(query):
            if isinstance(stored, dict) and stored.get("id"):
                kept = {key: stored.get(key) or "" for key in ("fingerprint", "seal")}
                found[stored["id"]] = Known(
                    id_, name, state, **kept, resources=stored.get("resources") or {}
                )
        return found

    def release(self) -> None:
        """Gives the connection back: a person who is asked may think for long."""
        model.Session.remove()

    def organization_id(self, name: str) -> str | None:
        """The id of an organization that exists."""
        group = model.Group.get(name)
        return group.id if group and group.is_organization and group.state == "active" else None

    def create_organization(self, unit: Unit) -> str:
        """Creates a plain organization; without a row in governance_entity its class is external.

        Raises:
            TakeoverError: where CKAN refuses it.
        """
        data = {"name": unit.name, "title": unit.title}
        try:
            created = tk.get_action("organization_create")(self._context(), data)
        except (tk.ValidationError, tk.NotAuthorized) as error:
            model.Session.rollback()
            raise TakeoverError(
                f"organization “{unit.name}” cannot be created: {reason_of(error)}. "
                "Create it by hand, or name another one in the mapping file (units)."
            ) from error
        # CKAN makes the creator a member; the site user is no member of a city's department
        member = {"id": created["id"], "username": self._user}
        tk.get_action("organization_member_delete")(self._context(), member)
        return created["id"]

    def is_edited(self, known: Known) -> bool:
        """Whether somebody changed the dataset since the import wrote it."""
        package = model.Package.get(known.id)
        return package is None or seal_of(package) != known.seal

    def free_name(self, draft: Draft) -> str:
        """The wanted name, or one with a suffix where another dataset has it."""
        wanted = draft.data["name"]
        name, number = wanted, 2
        while name in self._names:
            suffix = f"-{number}"
            name, number = wanted[: cleaning.NAME_MAX - len(suffix)] + suffix, number + 1
        if name != wanted:
            draft.note("name-taken", f"“{wanted}” is “{name}” here")
        return name

    def create(self, draft: Draft, owner_id: str, fingerprint: str) -> str:
        """Creates a dataset; returns its name."""
        data = self._payload(draft, owner_id, fingerprint)
        data["name"] = self.free_name(draft)
        with report_mode():
            stored = tk.get_action("package_create")(self._context(), data)
        self._names.add(stored["name"])
        self._close(stored["id"], draft)
        return stored["name"]

    def update(self, draft: Draft, owner_id: str, fingerprint: str, known: Known) -> str:
        """Replaces a dataset that nobody here has touched; returns its name."""
        data = self._payload(draft, owner_id, fingerprint, known)
        data |= {"id": known.id, "name": known.name}
        with report_mode():
            tk.get_action("package_update")(self._context(), data)
        self._close(known.id, draft)
        return known.name

    def _payload(
        self, draft: Draft, owner_id: str, fingerprint: str, known: Known | None = None
    ) -> dict[str, Any]:
        ids = known.resources if known else {}
        data = {key: value for key, value in draft.data.items() if value not in ("", [], None)}
        data["owner_org"] = owner_id
        data["resources"] = [
            {**resource, "id": ids[foreign]} if foreign in ids else dict(resource)
            for foreign, resource in zip(draft.resource_ids, draft.data["resources"], strict=True)
        ]
        # in the same transaction as the dataset: killed in between, it would come in twice
        mark = {"id": draft.source_id, "fingerprint": fingerprint}
        data["plugin_data"] = {**(_plugin_data(known.id) if known else {}), MARK: mark}
        return data

    def _close(self, package_id: str, draft: Draft) -> None:
        """Seals what was stored, and notes which resource here is which there."""
        package = model.Package.get(package_id)
        if package is None:
            return
        mark = dict(package.plugin_data or {})
        ids = [resource.id for resource in package.resources]
        mark[MARK] = {
            **mark.get(MARK, {}),
            "seal": seal_of(package),
            "resources": dict(zip(draft.resource_ids, ids, strict=False)),
        }
        table = model.package_table
        # past the ORM: this is no change of the dataset, so no new date and no indexing
        model.Session.execute(
            sa.update(table).where(table.c.id == package_id).values(plugin_data=mark)
        )
        model.Session.commit()

    def _context(self) -> Context:
        user = model.User.get(self._user)
        return Context(user=self._user, auth_user_obj=user)


def _plugin_data(package_id: str) -> dict[str, Any]:
    """What all plugins keep with a dataset; package_update replaces the whole."""
    package = model.package_table
    query = sa.select(package.c.plugin_data).where(package.c.id == package_id)
    return dict(model.Session.scalar(query) or {})


@contextmanager
def one_record() -> Generator[None]:
    """A transaction and a session of its own: what goes wrong here leaves nothing behind."""
    try:
        yield
    except BaseException:
        model.Session.rollback()
        raise
    finally:
        model.Session.remove()


@contextmanager
def one_index_commit() -> Generator[None]:
    """Solr makes all changes visible at the end, which is several times faster than one by one."""
    key = "ckan.search.solr_commit"
    before = tk.config.get(key)
    tk.config[key] = False
    try:
        yield
    finally:
        tk.config[key] = before
        try:
            search.commit()
        except search.SearchError:
            log.warning("Solr did not answer at the end; run: ckan search-index rebuild")


def reason_of(error: Exception) -> str:
    """An exception in the words of a report: fields and problems, no traceback."""
    problems: Any = getattr(error, "error_dict", None)  # of CKAN's ValidationError
    if problems:
        return "; ".join(_flat(problems))
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0][:300]}" if first else type(error).__name__


def _flat(errors: Any, path: str = "") -> Iterator[str]:
    if isinstance(errors, dict):
        for key, value in errors.items():
            yield from _flat(value, f"{path}.{key}" if path else str(key))
    elif isinstance(errors, list):
        if all(isinstance(item, str) for item in errors):
            yield f"{path}: {' '.join(errors)}"
            return
        for number, item in enumerate(errors, start=1):
            yield from _flat(item, f"{path} {number}")
    elif errors:
        yield f"{path}: {errors}"
