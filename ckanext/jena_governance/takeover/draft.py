"""What is made of one foreign record, and what it is made with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ckanext.jena_governance.takeover.findings import Finding
from ckanext.jena_governance.takeover.mapping import MappingFile, Unit, UnitDirectory


@dataclass(frozen=True)
class Fields:
    """Names of the fields of our dataset schema; what is not among them is no field here."""

    dataset: frozenset[str] = frozenset()
    resource: frozenset[str] = frozenset()
    reserved: frozenset[str] = frozenset()  # keys that CKAN accepts in no extra


@dataclass(frozen=True)
class Conversion:
    """What a record is converted with."""

    mapping: MappingFile
    units: UnitDirectory
    licence_of: Callable[[str, str, str], str | None]
    fields: Fields
    base_url: str = ""
    organization: Unit | None = None  # takes what names no unit, whatever the source says


@dataclass
class Draft:
    """A dataset ready to be written, without its owner, and what a person should know about it."""

    source_id: str
    position: int
    data: dict[str, Any]
    author: str = ""
    unit: Unit | None = None  # the named publishing unit, where it is known
    organization: tuple[str, str] = ("", "")  # name and title of the organization in the source
    resource_ids: list[str] = field(default_factory=list[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    licensed: bool = True
    announced: bool = False

    @property
    def title(self) -> str:
        """Title as it will be stored."""
        return self.data["title"]

    def note(self, kind: str, message: str, remedy: str = "") -> None:
        """Adds a finding."""
        self.findings.append(Finding(kind, message, remedy))

    def fingerprint(self) -> str:
        """Hash of what will be stored; it changes with the source, the mapping and the answers.

        The name is left out: it may have needed a suffix, and stays once given.
        """
        content = {**self.data, "name": "", "resource_ids": self.resource_ids}
        serialised = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(serialised.encode()).hexdigest()
