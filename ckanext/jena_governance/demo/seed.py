"""Fills a portal with the demo, through CKAN's own actions and held to all rules.

Whatever is there already is left as it is, so a second run changes nothing and
an aborted one can be repeated. A dataset with files is written as a draft first
and becomes active together with its files; a draft that is found is finished.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jena_governance import config
from ckanext.jena_governance.demo import datasets as demo
from ckanext.jena_governance.demo import files
from ckanext.jena_governance.demo.accounts import (
    ACCOUNTS,
    author_of,
    context_of,
    ensure_accounts,
    ensure_memberships,
)
from ckanext.jena_governance.demo.agreement import ensure_agreement
from ckanext.jena_governance.demo.errors import SeedError
from ckanext.jena_governance.demo.request import ensure_request
from ckanext.jena_governance.model import GovernanceEntity

log = logging.getLogger(__name__)

Say = Callable[[str], None]

_XLOADER_FORMATS = "ckanext.xloader.formats"

_SURE = {
    "likely": "Angaben nur teilweise bestätigt.",
    "uncertain": "Angaben nicht bestätigt.",
}


@dataclass(frozen=True)
class Summary:
    """What a run has added."""

    accounts: int
    entities: int
    memberships: int
    datasets: int
    tables: int
    agreements: int
    requests: int

    @property
    def is_nothing(self) -> bool:
        """Whether all was there already."""
        return not any(vars(self).values())


def seed(accounts_file: Path, say: Say) -> Summary:
    """Fill the portal.

    Args:
        accounts_file: where passwords and tokens are kept.
        say: told what is being done, a line at a time.

    Returns:
        What was added.

    Raises:
        SeedError: something stands in the way; what was written so far stays.
    """
    clock = time.monotonic()
    accounts = ensure_accounts(accounts_file)
    say(f"{len(ACCOUNTS)} accounts, {accounts} new or renewed")
    entities = _ensure_entities()
    memberships = ensure_memberships()
    say(f"{len(demo.entities())} organizations, {entities} new")
    wanted = demo.datasets(config.today())
    with _without_xloader():
        written = _ensure_datasets(wanted, say)
        tables = _ensure_tables(wanted)
    say(f"{len(wanted)} datasets, {written} new; {tables} new DataStore tables")
    agreements = ensure_agreement()
    say(f"1 agreement, {agreements} new or signed")
    requests = ensure_request()
    say(f"1 request, {requests} new")
    say(f"took {time.monotonic() - clock:.0f} s")
    return Summary(accounts, entities, memberships, written, tables, agreements, requests)


# --- organizations ---


def _ensure_entities() -> int:
    wanted = demo.entities()
    known = _organizations([entity.name for entity in wanted])
    rows = {row.organization_id for row in model.Session.query(GovernanceEntity)}
    new = 0
    for entity in wanted:
        id_ = known.get(entity.name)
        if id_ is None:
            id_ = _create_organization(entity)
        if id_ not in rows:
            _classify(entity, id_)
            new += 1
    return new


def _organizations(names: list[str]) -> dict[str, str]:
    group = model.Group
    query = model.Session.query(group).filter(group.name.in_(names))
    known: dict[str, str] = {}
    for row in query:
        if not row.is_organization or row.state != model.State.ACTIVE:
            raise SeedError(
                f'The name "{row.name}" is taken by a group or by a deleted organization. '
                "Purge or restore it, then seed again."
            )
        known[row.name] = row.id
    return known


def _create_organization(entity: demo.Entity) -> str:
    author = ACCOUNTS[0].name
    fields: dict[str, Any] = {
        "name": entity.name,
        "title": entity.title,
        "description": _described(entity),
        "homepage": entity.homepage or "",
        "groups": [{"name": entity.parent, "capacity": "public"}] if entity.parent else [],
    }
    created = _write("organization_create", entity.name, context_of(author), fields)
    # CKAN makes whoever creates an organization its admin. That would be a membership which
    # the decision on access counts; a sysadmin needs none.
    tk.get_action("organization_member_delete")(
        context_of(author), {"id": created["id"], "username": author}
    )
    return created["id"]


def _classify(entity: demo.Entity, organization_id: str) -> None:
    fields = {
        "organization_id": organization_id,
        "entity_class": entity.entity_class,
        "in_group": entity.in_group,
        "walled": entity.walled,
        "data_steward": entity.steward,
        "data_steward_email": entity.mailbox,
        "note": " ".join(filter(None, (_SURE.get(entity.certainty), entity.note))),
    }
    author = context_of(ACCOUNTS[0].name)
    _write("governance_entity_update", entity.name, author, fields)


def _described(entity: demo.Entity) -> str:
    doubt = f"**{_SURE['uncertain']}**" if entity.certainty == "uncertain" else None
    english = f"({entity.title_en})" if entity.title_en else None
    return "\n\n".join(filter(None, (entity.about, english, doubt)))


# --- datasets ---


def _ensure_datasets(wanted: list[demo.Dataset], say: Say) -> int:
    package = model.Package
    query = model.Session.query(package.name, package.id, package.state).filter(
        package.name.in_([dataset.name for dataset in wanted])
    )
    known = {name: (id_, state) for name, id_, state in query}
    missing = [one for one in wanted if known.get(one.name, ("", "draft"))[1] == "draft"]
    with _one_index_commit():
        for number, dataset in enumerate(missing, start=1):
            draft_id = known[dataset.name][0] if dataset.name in known else None
            _write_dataset(dataset, draft_id)
            if number % 20 == 0:
                say(f"{number} of {len(missing)} datasets written")
    return len(missing)


def _write_dataset(dataset: demo.Dataset, draft_id: str | None) -> None:
    author = author_of(dataset.owner)
    if not dataset.resources and draft_id is None:
        _write("package_create", dataset.name, context_of(author), dict(dataset.fields))
        return
    if draft_id is None:
        draft = dataset.fields | {"state": "draft"}
        draft_id = _write("package_create", dataset.name, _with_state(author), draft)["id"]
    whole = dataset.fields | {
        "id": draft_id,
        "state": "active",
        "resources": [resource.to_send() for resource in dataset.resources],
    }
    written = _write("package_update", dataset.name, _with_state(author), whole)
    tk.get_action("package_create_default_resource_views")(context_of(author), {"package": written})


def _with_state(user: str) -> Context:
    """As CKAN's own form does it: a draft that becomes active."""
    return Context(user=user, ignore_auth=False, allow_state_change=True)


# --- DataStore ---


@contextmanager
def _without_xloader() -> Generator[None]:
    """Tables are filled here: a job of xloader would empty them only to fill them again."""
    before = tk.config.get(_XLOADER_FORMATS)
    tk.config[_XLOADER_FORMATS] = ""
    try:
        yield
    finally:
        if before is None:
            del tk.config[_XLOADER_FORMATS]
        else:
            tk.config[_XLOADER_FORMATS] = before


def _ensure_tables(wanted: list[demo.Dataset]) -> int:
    if not p.plugin_loaded("datastore"):
        return 0
    return sum(
        _fill(dataset, resource)
        for dataset in wanted
        for resource in dataset.resources
        if resource.rows
    )


def _fill(dataset: demo.Dataset, resource: demo.Resource) -> bool:
    """Create the table of a resource; not where it exists or the resource has been changed."""
    author = author_of(dataset.owner)
    stored = tk.get_action("package_show")(context_of(author), {"id": dataset.name})
    same = [row for row in stored["resources"] if row["name"] == resource.fields["name"]]
    if not same or same[0].get("datastore_active") or stored["state"] != "active":
        return False
    table = {
        "resource_id": same[0]["id"],
        "fields": files.fields_of(resource.rows),
        "records": files.flatten(resource.rows),
        # The rows belong to an uploaded file: CKAN asks to confirm that.
        "force": True,
    }
    _write("datastore_create", dataset.name, context_of(author), table)
    tk.get_action("resource_create_default_resource_views")(
        context_of(author),
        {"resource": same[0] | {"datastore_active": True}, "create_datastore_views": True},
    )
    return True


# --- all ---


def _write(action: str, name: str, context: Context, fields: dict[str, Any]) -> dict[str, Any]:
    try:
        return tk.get_action(action)(context, fields)
    except tk.ValidationError as error:
        said = json.dumps(error.error_dict, ensure_ascii=False, default=str)
        raise SeedError(f"{action} refused {name}: {said}") from error
    except tk.NotAuthorized as error:
        raise SeedError(f"{action} is not allowed for {name}: {error}") from error


@contextmanager
def _one_index_commit() -> Generator[None]:
    """Let Solr commit once at the end; each commit of its own opens a new searcher."""
    from ckan.lib import search

    key = "ckan.search.solr_commit"
    before = tk.config.get(key)
    tk.config[key] = False
    try:
        yield
    finally:
        tk.config[key] = before
        search.commit()
