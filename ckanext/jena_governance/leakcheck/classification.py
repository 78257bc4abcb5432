"""The tables that say of every action and every route how the sweep treats it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Any
from urllib.parse import quote

import yaml

METADATA = "metadata"
DATA = "data"
GENERAL = "general"
SYSADMIN = "sysadmin"
WRITES = "writes"
STATIC = "static"
API = "api"
CLASSES = (METADATA, DATA, GENERAL, SYSADMIN, WRITES, STATIC, API)

_PACKAGE = "ckanext.jena_governance.leakcheck"
_PARTS = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


@dataclass(frozen=True)
class Entry:
    """What the tables say of one action, or of one method of a route.

    Attributes:
        name: the action, or the rule.
        method: ``POST`` for actions, else the route's method.
        treatment: one of ``CLASSES``.
        calls, deep: arguments to call it with; the deep ones are for few persons.
        only: the one CKAN version that has it; empty for all.
        plugin: the plugin that brings it, where the demo portal does not load it.
        fails: why CKAN itself answers some calls with an error 500; empty where it does not.
    """

    name: str
    method: str
    treatment: str
    calls: tuple[Mapping[str, Any], ...]
    deep: tuple[Mapping[str, Any], ...]
    only: str = ""
    plugin: str = ""
    fails: str = ""

    @property
    def is_action(self) -> bool:
        """Whether it is an action of the API."""
        return not self.name.startswith("/")

    @property
    def surface(self) -> str:
        """How it is called in reports."""
        return self.name if self.is_action else f"{self.method} {self.name}"


@dataclass(frozen=True)
class Tables:
    """Both tables.

    Attributes:
        actions: by name.
        routes: by rule and method.
    """

    actions: Mapping[str, Entry]
    routes: Mapping[tuple[str, str], Entry]

    def __iter__(self) -> Iterator[Entry]:
        """Every entry."""
        return iter([*self.actions.values(), *self.routes.values()])

    def of_version(self, version: str) -> list[Entry]:
        """The entries of a CKAN version (``2.12``)."""
        return [entry for entry in self if entry.only in ("", version)]


class TableError(Exception):
    """A table cannot be read as one."""


def load() -> Tables:
    """Read both tables.

    Raises:
        TableError: a row is not as the table's head says.
    """
    found = _read("actions.yaml")
    actions = {name: _entry(name, "POST", row, {}) for name, row in found["actions"].items()}
    for version, names in found["writes"].items():
        only = "" if version == "both" else version
        actions |= {name: Entry(name, "POST", WRITES, (), (), only) for name in names}
    routes = {
        (rule, method): _entry(rule, method, row, rows)
        for rule, rows in _read("routes.yaml").items()
        for method, row in rows.items()
        if method in ("GET", "POST")
    }
    return Tables(actions, routes)


def unclassified(
    tables: Tables,
    version: str,
    plugins: Iterable[str],
    actions: Iterable[str],
    rules: Iterable[tuple[str, Iterable[str]]],
) -> list[str]:
    """What the tables and a running CKAN do not agree on.

    Args:
        tables: the tables.
        version: the CKAN version, e.g. ``2.12``.
        plugins: the plugins that are loaded.
        actions: the names of all actions.
        rules: every rule with its methods.

    Returns:
        One sentence for each disagreement, with what to do about it.
    """
    routes = {
        (rule, "GET" if method == "HEAD" else method)
        for rule, methods in rules
        for method in methods
        if method != "OPTIONS"
    }
    loaded = set(plugins)
    expected = [one for one in tables.of_version(version) if not one.plugin or one.plugin in loaded]
    known_actions = {one.name for one in expected if one.is_action}
    known_routes = {(one.name, one.method) for one in expected if not one.is_action}
    there = set(actions)
    return [
        *(_add("action", name, "actions.yaml") for name in sorted(there - known_actions)),
        *(_remove("action", name, "actions.yaml") for name in sorted(known_actions - there)),
        *(_add(m, rule, "routes.yaml") for rule, m in sorted(routes - known_routes)),
        *(_remove(m, rule, "routes.yaml") for rule, m in sorted(known_routes - routes)),
    ]


def names_in(arguments: Mapping[str, Any]) -> set[str]:
    """The $names that a call needs."""
    found: set[str] = set()
    for text in _texts(arguments):
        found |= {match[1] for match in re.finditer(r"\$(\w+)", text)}
    return found


def fill(value: Any, values: Mapping[str, str]) -> Any:
    """Arguments with the $names replaced."""
    if isinstance(value, str):
        return Template(value).substitute(values) if "$" in value else value
    if isinstance(value, dict):
        return {key: fill(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [fill(one, values) for one in value]
    return value


def path_of(rule: str, arguments: Mapping[str, Any]) -> str:
    """The path of a rule with its parts filled in."""
    return _PARTS.sub(lambda match: quote(str(arguments[match[1]]), safe="/%:@"), rule)


def _read(name: str) -> dict[str, Any]:
    text = resources.files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")
    return yaml.safe_load(text)


def _entry(name: str, method: str, row: Mapping[str, Any], common: Mapping[str, Any]) -> Entry:
    unknown = set(row) - {"class", "calls", "deep", "only", "plugin", "fails", "reason"}
    treatment = row.get("class")
    calls = tuple(row.get("calls", ()))
    if unknown or treatment not in CLASSES:
        raise TableError(f"{method} {name}: {unknown or treatment} is not known")
    if treatment == WRITES and not row.get("reason"):
        raise TableError(f"{method} {name}: say as its reason why it is not called")
    if not calls and treatment not in (WRITES, API):
        raise TableError(f"{method} {name}: say how to call it")
    for call in (*calls, *row.get("deep", ())):
        missing = set(_PARTS.findall(name)) - set(call)
        if name.startswith("/") and missing:
            raise TableError(f"{method} {name}: a call has no {missing}")
    return Entry(
        name=name,
        method=method,
        treatment=treatment,
        calls=calls,
        deep=tuple(row.get("deep", ())),
        only=row.get("only") or common.get("only", ""),
        plugin=row.get("plugin") or common.get("plugin", ""),
        fails=row.get("fails", ""),
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


def _add(what: str, name: str, table: str) -> str:
    return f"{what} {name} is not classified: add it to leakcheck/{table}"


def _remove(what: str, name: str, table: str) -> str:
    return (
        f"{what} {name} is classified but not there: remove it from leakcheck/{table}, "
        "or say with `only` or `plugin` where it exists"
    )
