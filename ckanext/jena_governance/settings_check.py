"""Settings around us that would let restricted data out: what is wrong, the risk, the fix.

A table and a pure function. What they look at is collected by `settings_facts.py`; what follows
from a finding (a warning, or no start) is decided in `startup.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk

OURS = "jena_governance"


@dataclass(frozen=True)
class Database:
    """What the DataStore's reading role may do where it has no business.

    Args:
        reachable: whether the database could be asked; if not, the rest says nothing.
        read_role: name of the role.
        connects: databases other than the DataStore's that it may connect to.
        reads: tables of CKAN's own database that it may read.
        is_owner: whether it has the rights of the role that owns the tables.
        shared: whether the DataStore lies in CKAN's own database.
        opens_new_tables: whether it may read every new table of the DataStore.
    """

    reachable: bool = True
    read_role: str = ""
    connects: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    is_owner: bool = False
    shared: bool = False
    opens_new_tables: bool = False


@dataclass(frozen=True)
class Setup:
    """All that the checks look at.

    Args:
        settings: CKAN's configuration, defaults included.
        plugins: names of the plugins, in order.
        ahead: plugins that CKAN asks before ours, by interface.
        backend_is_ours: whether the DataStore is read through our backend; None without one.
        database: None where it is not asked (no DataStore).
        workers: background workers of this portal that run without our plugin.
    """

    settings: Mapping[str, Any]
    plugins: tuple[str, ...] = (OURS,)
    ahead: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    backend_is_ours: bool | None = None
    database: Database | None = None
    workers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One row of the table.

    Args:
        id: short name, stable.
        subject: the setting, or what is looked at.
        wrong: what is wrong.
        risk: what may happen.
        fix: what to do.
        look: what was found wrong in a setup; nothing where all is well.
    """

    id: str
    subject: str
    wrong: str
    risk: str
    fix: str
    look: Callable[[Setup], object]


@dataclass(frozen=True)
class Finding:
    """A check that found something."""

    check: Check
    found: str

    def __str__(self) -> str:
        """One line for the log."""
        subject, found = self.check.subject, f" ({self.found})" if self.found else ""
        return (
            f"[{self.check.id}] {subject}: {self.check.wrong}{found}. Risk: {self.check.risk}. "
            f"Fix: {self.check.fix}."
        )


def findings(setup: Setup) -> list[Finding]:
    """Everything that is wrong with a setup, in the order of the table."""
    looked = ((check, check.look(setup)) for check in CHECKS)
    return [Finding(check, _shown(found)) for check, found in looked if found]


def _shown(found: object) -> str:
    if isinstance(found, (tuple, list)):
        return ", ".join(map(str, found))
    return "" if found is True else str(found)


def is_on(settings: Mapping[str, Any], key: str) -> bool:
    """Whether a switch is on; a value that is none counts as on."""
    try:
        return tk.asbool(settings.get(key) or False)
    except ValueError:
        return True


# -- what the checks look at -------------------------------------------------------------------


_STOCK_HARVESTERS = ("ckan_harvester", "dcat_rdf_harvester", "dcat_json_harvester")


def _on(key: str) -> Callable[[Setup], object]:
    return lambda setup: is_on(setup.settings, key)


def _off(key: str) -> Callable[[Setup], object]:
    return lambda setup: not is_on(setup.settings, key)


def _listed(key: str) -> Callable[[Setup], object]:
    return lambda setup: tuple(tk.aslist(setup.settings.get(key)))


def _on_with(plugin: str, look: Callable[[Setup], object]) -> Callable[[Setup], object]:
    return lambda setup: plugin in setup.plugins and look(setup)


def _lax(key: str) -> Callable[[Setup], object]:
    def look(setup: Setup) -> object:
        value = str(setup.settings.get(key) or "not set")
        return None if value.lower() in ("lax", "strict") else value

    return look


def _plain(key: str) -> Callable[[Setup], object]:
    def look(setup: Setup) -> object:
        site = str(setup.settings.get("ckan.site_url") or "")
        return site.lower().startswith("https:") and not is_on(setup.settings, key)

    return look


def _ahead(interface: str) -> Callable[[Setup], object]:
    return lambda setup: setup.ahead.get(interface)


def _in_database(name: str) -> Callable[[Setup], object]:
    def look(setup: Setup) -> object:
        database = setup.database
        return database.reachable and getattr(database, name) if database else None

    return look


def _unreachable(setup: Setup) -> object:
    return setup.database is not None and not setup.database.reachable


def _order(setup: Setup) -> object:
    behind = setup.plugins.index(OURS) if OURS in setup.plugins else 0
    return setup.plugins[:behind]


def _public_storages(setup: Setup) -> object:
    settings = setup.settings
    prefix = "ckan.files.storage."
    pictures = {settings.get(f"ckan.files.default_storages.{kind}") for kind in _PICTURES}
    names = [
        key[len(prefix) : -len(".public")]
        for key in settings
        if key.startswith(prefix) and key.endswith(".public") and is_on(settings, key)
    ]
    return tuple(sorted(name for name in names if name not in pictures))


# CKAN's own public storages hold pictures of accounts and organizations.
_PICTURES = ("user", "group", "admin")


def _cascading_files(setup: Setup) -> object:
    value = setup.settings.get("ckan.files.owner.cascade_access")
    types = value if isinstance(value, Mapping) else tk.aslist(value)
    owners = sorted({str(name).partition(":")[0] for name in types})
    return tuple(name for name in owners if name in ("package", "resource"))


# -- the table ---------------------------------------------------------------------------------

_AUTH = "ckan.auth."
_ORDER_FIX = f"put {OURS} first in ckan.plugins"

CHECKS: tuple[Check, ...] = (
    # Who gains rights on data of others.
    Check(
        id="cascading-roles",
        subject=_AUTH + "roles_that_cascade_to_sub_groups",
        wrong="roles reach from an organization into those below it",
        risk="an administrator of the parent edits, and so opens, data of a walled child",
        fix="set it to nothing",
        look=_listed(_AUTH + "roles_that_cascade_to_sub_groups"),
    ),
    Check(
        id="unowned-datasets",
        subject=_AUTH + "create_unowned_dataset",
        wrong="datasets without an organization are allowed",
        risk="editors of any organization may edit them, also those whose owner was deleted",
        fix="set it to false",
        look=_on(_AUTH + "create_unowned_dataset"),
    ),
    Check(
        id="datasets-of-outsiders",
        subject=_AUTH + "create_dataset_if_not_in_organization",
        wrong="users without an organization may create datasets",
        risk="data that nobody answers for",
        fix="set it to false",
        look=_on(_AUTH + "create_dataset_if_not_in_organization"),
    ),
    Check(
        id="anonymous-datasets",
        subject=_AUTH + "anon_create_dataset",
        wrong="everybody may create datasets",
        risk="data that nobody answers for, and no name in the record of changes",
        fix="set it to false",
        look=_on(_AUTH + "anon_create_dataset"),
    ),
    Check(
        id="collaborators",
        subject=_AUTH + "allow_dataset_collaborators",
        wrong="an organization may name editors from outside for a dataset",
        risk="outsiders find hidden metadata and change the openness, without an agreement",
        fix="set it to false",
        look=_on(_AUTH + "allow_dataset_collaborators"),
    ),
    Check(
        id="admin-collaborators",
        subject=_AUTH + "allow_admin_collaborators",
        wrong="collaborators may name further collaborators",
        risk="outsiders decide who gets in",
        fix="set it to false",
        look=_on(_AUTH + "allow_admin_collaborators"),
    ),
    Check(
        id="moving-collaborators",
        subject=_AUTH + "allow_collaborators_to_change_owner_org",
        wrong="collaborators may move a dataset to another organization",
        risk="outsiders take restricted data over",
        fix="set it to false",
        look=_on(_AUTH + "allow_collaborators_to_change_owner_org"),
    ),
    Check(
        id="organizations-by-users",
        subject=_AUTH + "user_create_organizations",
        wrong="every user may create organizations",
        risk="a name that became free is taken over, with what others link to it",
        fix="set it to false",
        look=_on(_AUTH + "user_create_organizations"),
    ),
    Check(
        id="groups-by-users",
        subject=_AUTH + "user_create_groups",
        wrong="every user may create groups",
        risk="groups that look like offices of the city",
        fix="set it to false",
        look=_on(_AUTH + "user_create_groups"),
    ),
    Check(
        id="organizations-deleted",
        subject=_AUTH + "user_delete_organizations",
        wrong="administrators of an organization may delete it",
        risk="its restricted data are left without an owner",
        fix="set it to false",
        look=_on(_AUTH + "user_delete_organizations"),
    ),
    # What CKAN tells everybody.
    Check(
        id="public-users",
        subject=_AUTH + "public_user_details",
        wrong="everybody sees the list of accounts",
        risk="who works where, and on which data, is public",
        fix="set it to false",
        look=_on(_AUTH + "public_user_details"),
    ),
    Check(
        id="activity-detail",
        subject=_AUTH + "public_activity_stream_detail",
        wrong="everybody sees old versions of datasets",
        risk="what was public before a dataset was closed stays to be read",
        fix="set it to false",
        look=_on(_AUTH + "public_activity_stream_detail"),
    ),
    Check(
        id="revealed-datasets",
        subject=_AUTH + "reveal_private_datasets",
        wrong="CKAN says that a dataset is private instead of not found",
        risk="hidden metadata are known to exist",
        fix="set it to false",
        look=_on(_AUTH + "reveal_private_datasets"),
    ),
    Check(
        id="public-caching",
        subject="ckan.cache_enabled",
        wrong="pages and answers are marked as public",
        risk="a cache in between goes on showing what has been closed",
        fix="set it to false",
        look=_on("ckan.cache_enabled"),
    ),
    Check(
        id="debug",
        subject="debug",
        wrong="errors are shown with the program's variables",
        risk="locations and secrets stand on error pages",
        fix="set it to false",
        look=_on("debug"),
    ),
    Check(
        id="stock-harvesters",
        subject="ckan.plugins",
        wrong="harvesters that trust what a source sends",
        risk="by sending its id, a source overwrites another organization's dataset; an address of"
        " a source may lead into this machine's files",
        fix="use jena_governance_ckan_harvester and jena_governance_dcat_harvester instead",
        look=lambda setup: [one for one in _STOCK_HARVESTERS if one in setup.plugins],
    ),
    # The DataStore.
    Check(
        id="sql-search",
        subject="ckan.datastore.sqlsearch.enabled",
        wrong="everybody may send SQL",
        risk="a large surface to attack, with a history of holes",
        fix="set it to false",
        look=_on_with("datastore", _on("ckan.datastore.sqlsearch.enabled")),
    ),
    Check(
        id="public-tables",
        subject="ckan.datastore.public_table_search",
        wrong="tables that everybody may read without a check",
        risk="the list of all tables and aliases is public",
        fix="set it to nothing",
        look=_on_with("datastore", _listed("ckan.datastore.public_table_search")),
    ),
    Check(
        id="datastore-backend",
        subject="DataStore backend",
        wrong="rows are not read through ours",
        risk="nobody reads restricted rows, or everybody does",
        fix="take the plugin that brings another IDatastoreBackend out of ckan.plugins",
        look=_on_with("datastore", lambda setup: setup.backend_is_ours is False),
    ),
    Check(
        id="database-unknown",
        subject="sqlalchemy.url",
        wrong="the database does not answer, so its privileges could not be looked at",
        risk="unknown",
        fix="start PostgreSQL, then CKAN",
        look=_unreachable,
    ),
    Check(
        id="datastore-shared",
        subject="ckan.datastore.read_url",
        wrong="the DataStore lies in CKAN's own database",
        risk="whoever reads rows is one privilege away from the location vault",
        fix="give the DataStore a database of its own",
        look=_in_database("shared"),
    ),
    Check(
        id="read-role-owner",
        subject="ckan.datastore.read_url",
        wrong="the reading role has the rights of the role that owns the tables",
        risk="it reads the rows of restricted resources",
        fix="use a role that owns nothing, is no superuser and no member of another role",
        look=_in_database("is_owner"),
    ),
    Check(
        id="read-role-connect",
        subject="ckan.datastore.read_url",
        wrong="the reading role, or everybody, may connect to another database than the DataStore",
        risk="one wrong privilege there and the location vault is read",
        fix="REVOKE CONNECT ON DATABASE … FROM PUBLIC, and from that role",
        look=_in_database("connects"),
    ),
    Check(
        id="read-role-select",
        subject="ckan.datastore.read_url",
        wrong="the reading role may read tables of CKAN's own database",
        risk="locations, accounts and hidden metadata are read past CKAN",
        fix="REVOKE ALL ON ALL TABLES IN SCHEMA public FROM that role, and from PUBLIC",
        look=_in_database("reads"),
    ),
    Check(
        id="open-by-default",
        subject="ckan.datastore.read_url",
        wrong="the reading role may read every new table",
        risk="rows of a restricted resource are readable from their loading on",
        fix="restart CKAN, which takes this privilege back; its log says why it could not",
        look=_in_database("opens_new_tables"),
    ),
    # Browsers.
    Check(
        id="session-cookie-samesite",
        subject="SESSION_COOKIE_SAMESITE",
        wrong="a foreign page may send the session's cookie along",
        risk="it acts in the name of whoever is signed in",
        fix="set it to Lax",
        look=_lax("SESSION_COOKIE_SAMESITE"),
    ),
    Check(
        id="remember-cookie-samesite",
        subject="REMEMBER_COOKIE_SAMESITE",
        wrong="a foreign page may send the remembering cookie along",
        risk="it acts in the name of whoever was signed in",
        fix="set it to Lax",
        look=_lax("REMEMBER_COOKIE_SAMESITE"),
    ),
    Check(
        id="session-cookie-secure",
        subject="SESSION_COOKIE_SECURE",
        wrong="the portal is on https, the session's cookie is not",
        risk="it is read on its way by whoever listens",
        fix="set it to true",
        look=_plain("SESSION_COOKIE_SECURE"),
    ),
    Check(
        id="remember-cookie-secure",
        subject="REMEMBER_COOKIE_SECURE",
        wrong="the portal is on https, the remembering cookie is not",
        risk="it is read on its way by whoever listens",
        fix="set it to true",
        look=_plain("REMEMBER_COOKIE_SECURE"),
    ),
    Check(
        id="csrf-off",
        subject="WTF_CSRF_ENABLED",
        wrong="forms are accepted from anywhere",
        risk="a foreign page changes organizations and memberships in a user's name",
        fix="set it to true",
        look=_off("WTF_CSRF_ENABLED"),
    ),
    Check(
        id="csrf-extensions",
        subject="ckan.csrf_protection.ignore_extensions",
        wrong="forms of extensions are accepted from anywhere (CKAN 2.11)",
        risk="a foreign page acts in a user's name",
        fix="set it to false; an extension whose forms then fail needs an update",
        look=_on("ckan.csrf_protection.ignore_extensions"),
    ),
    # Other plugins.
    Check(
        id="plugin-order",
        subject="ckan.plugins",
        wrong=f"plugins stand before {OURS}",
        risk="they answer before our checks are asked",
        fix=_ORDER_FIX,
        look=_order,
    ),
    Check(
        id="other-uploader",
        subject="IUploader",
        wrong="another plugin stores the files",
        risk="files of restricted resources lie where CKAN and others find them",
        fix=_ORDER_FIX + ", or take the other one out",
        look=_ahead("IUploader"),
    ),
    Check(
        id="other-labels",
        subject="IPermissionLabels",
        wrong="another plugin says who finds what",
        risk="hidden metadata are found; CKAN asks the first plugin only",
        fix=_ORDER_FIX + ", or take the other one out",
        look=_ahead("IPermissionLabels"),
    ),
    Check(
        id="other-file-access",
        subject="IFiles",
        wrong="another plugin says first who may read files",
        risk="it allows what we refuse",
        fix=_ORDER_FIX + ", or take the other one out",
        look=_ahead("IFiles"),
    ),
    Check(
        id="resource-proxy",
        subject="ckan.plugins",
        wrong="resource_proxy fetches addresses from inside the city's network",
        risk="whoever may edit reads internal servers through the portal",
        fix="take resource_proxy out",
        look=lambda setup: "resource_proxy" in setup.plugins,
    ),
    # Files of CKAN 2.12.
    Check(
        id="public-storage",
        subject="ckan.files.storage.<name>.public",
        wrong="a storage is readable without a check",
        risk="files of restricted resources are read by their path, which can be guessed",
        fix="set it to false, or keep nothing but pictures there",
        look=_public_storages,
    ),
    Check(
        id="cascading-files",
        subject="ckan.files.owner.cascade_access",
        wrong="whoever sees the metadata may read files owned by a dataset or resource",
        risk="metadata are public; without us, so are these files",
        fix="set it to: group organization",
        look=_cascading_files,
    ),
    # Other processes.
    Check(
        id="worker-without-us",
        subject="ckan jobs worker",
        wrong=f"a background worker runs without {OURS}",
        risk="it writes and indexes datasets past the rules",
        fix="restart the workers with the configuration of the web server, then start CKAN again",
        look=lambda setup: setup.workers,
    ),
)
