"""The administrator's mapping file, and the units that texts are matched with. No CKAN import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from ckanext.jena_governance.takeover.cleaning import normal, text
from ckanext.jena_governance.takeover.errors import TakeoverError

MAX_BYTES = 1_000_000
MAX_DEPTH = 10


@dataclass(frozen=True)
class MappingFile:
    """What the administrator says about a foreign catalogue; every part may be empty."""

    units: Mapping[str, str] = field(default_factory=dict[str, str])
    licences: Mapping[str, str] = field(default_factory=dict[str, str])
    themes: Mapping[str, str] = field(default_factory=dict[str, str])
    function_mailboxes: tuple[str, ...] = ()
    third_parties: tuple[str, ...] = ()
    organization: str = ""
    organization_title: str = ""


def load_mapping(path: Path | None) -> MappingFile:
    """Reads a mapping file.

    Raises:
        TakeoverError: naming file, entry and problem.
    """
    if path is None:
        return MappingFile()
    content = read_yaml(path)
    known = [entry.name for entry in fields(MappingFile)]
    unknown = sorted(set(content) - set(known))
    if unknown:
        listed = ", ".join(known)
        raise TakeoverError(f"{path}: unknown entry “{unknown[0]}”. Known are: {listed}.")
    return MappingFile(
        units=_table(path, "units", content),
        licences=_table(path, "licences", content),
        themes=_table(path, "themes", content),
        function_mailboxes=_list(path, "function_mailboxes", content),
        third_parties=_list(path, "third_parties", content),
        organization=text(content.get("organization")),
        organization_title=text(content.get("organization_title")),
    )


def read_yaml(path: Path) -> dict[str, Any]:
    """Reads a small YAML (or JSON) file that holds a mapping.

    Raises:
        TakeoverError: where it is missing, too large, not readable, uses aliases or is no mapping.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TakeoverError(
                f"{path}: {size:,} bytes; a file of this kind has at most {MAX_BYTES:,}."
            )
        source = path.read_text(encoding="utf-8-sig")
        _refuse_bombs(path, source)
        content: Any = yaml.safe_load(source)
    except OSError as error:
        raise TakeoverError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise TakeoverError(f"{path}: is not UTF-8. Save it as UTF-8.") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = str(error).splitlines()[-1].strip() if str(error) else type(error).__name__
        raise TakeoverError(f"{path}: is no valid YAML: {where}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise TakeoverError(f"{path}: holds no “name: value” entries.")
    return {text(key): value for key, value in content.items()}


def _refuse_bombs(path: Path, source: str) -> None:
    """Stops before PyYAML spends minutes or gigabytes on a few lines; nobody needs these here."""
    depth = 0
    for event in yaml.parse(source):
        if isinstance(event, yaml.AliasEvent):
            raise TakeoverError(f"{path}: uses YAML aliases (*name). Write the values out.")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise TakeoverError(f"{path}: is nested more than {MAX_DEPTH} deep.")


def _table(path: Path, key: str, content: Mapping[str, Any]) -> dict[str, str]:
    value = content.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict) or any(not text(k) or not text(v) for k, v in value.items()):
        raise TakeoverError(f"{path}: “{key}” has to be a table of “text: text”.")
    return {normal_key(text(k)): text(v) for k, v in value.items()}


def _list(path: Path, key: str, content: Mapping[str, Any]) -> tuple[str, ...]:
    value = content.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or any(not text(v) for v in value):
        raise TakeoverError(f"{path}: “{key}” has to be a list of texts.")
    return tuple(text(v) for v in value)


def normal_key(value: str) -> str:
    """How the left-hand sides of the mapping file are compared; mail addresses stay apart."""
    return value.strip().lower() if "@" in value else normal(value)


@dataclass(frozen=True)
class Unit:
    """An organization of our portal, with what it is known by."""

    name: str
    title: str
    mailbox: str = ""
    external: bool = False  # registered as no part of the city group

    def called(self) -> set[str]:
        """All normalised texts that mean this unit."""
        texts = [self.name, self.title]
        # "Fachdienst Gesundheit (Gesundheitsamt)" is known by all three
        texts.append(re.sub(r"\([^)]*\)", " ", self.title))
        texts.extend(re.findall(r"\(([^)]*)\)", self.title))
        found = {normal(value) for value in texts} - {""}
        return found | ({self.mailbox.lower()} if self.mailbox else set())


class UnitDirectory:
    """Finds the organization that a text means: by the mapping file, else by equality of names."""

    def __init__(self, units: Iterable[Unit], explicit: Mapping[str, str] | None = None) -> None:
        self._by_name: dict[str, Unit] = {}
        self._by_key: dict[str, set[str]] = {}
        self._explicit = dict(explicit or {})
        for unit in units:
            self.add(unit)

    def add(self, unit: Unit) -> None:
        """Makes an organization known, also one that is about to be created."""
        self._by_name[unit.name] = unit
        for key in unit.called():
            self._by_key.setdefault(key, set()).add(unit.name)

    def named(self, name: str) -> Unit | None:
        """The organization with exactly this name."""
        return self._by_name.get(name)

    def unknown_targets(self) -> list[str]:
        """Organizations that the mapping file names and the portal does not have."""
        return sorted({name for name in self._explicit.values() if name not in self._by_name})

    def find(self, value: str) -> Unit | None:
        """The one organization that the text means, or None."""
        key = normal_key(value)
        target = self._explicit.get(key)
        if target:
            return self._by_name.get(target)
        names = self._by_key.get(key, set())
        # its own full title beats the alias of another one
        if len(names) > 1:
            names = {n for n in names if normal(self._by_name[n].title) == key} or names
        return self._by_name[next(iter(names))] if len(names) == 1 else None

    def explicit(self, value: str) -> Unit | None:
        """The organization that the mapping file gives to a text."""
        return self._by_name.get(self._explicit.get(normal_key(value), ""))

    def candidates(self, value: str) -> list[str]:
        """Names of all organizations that the text could mean."""
        return sorted(self._by_key.get(normal_key(value), set()))
