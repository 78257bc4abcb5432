"""What happened to each record, and what needs a person. JSON for programs, text for people."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.takeover.findings import KINDS, Finding

OUTCOMES = ("created", "updated", "unchanged", "skipped", "rejected")
_SHOWN = 8  # datasets named in the text for one and the same finding


def _now() -> str:
    return datetime.now(timezone.utc).replace(microsecond=0).isoformat()


@dataclass
class Entry:
    """One record of the source.

    Attributes:
        position: place in the source, from 1.
        source_id: its id there.
        title: its title, or what stands for it.
        outcome: one of OUTCOMES.
        dataset: name of the dataset here.
        owner: name of the organization here.
        findings: what a person should know.
    """

    position: int
    source_id: str
    title: str
    outcome: str
    dataset: str = ""
    owner: str = ""
    findings: list[Finding] = field(default_factory=list[Finding])


@dataclass
class Report:
    """The whole import."""

    source: str
    dry_run: bool = False
    total: int = 0
    started: str = field(default_factory=_now)
    finished: str = ""
    stopped_by: str = ""
    remarks: list[str] = field(default_factory=list[str])
    organizations_created: list[str] = field(default_factory=list[str])
    entries: list[Entry] = field(default_factory=list[Entry])

    def counts(self) -> dict[str, int]:
        """How many records came out how."""
        found = Counter(entry.outcome for entry in self.entries)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    def findings(self) -> dict[str, int]:
        """How many datasets each kind of finding concerns."""
        found = Counter(kind for entry in self.entries for kind in {f.kind for f in entry.findings})
        return {kind: found[kind] for kind in KINDS if found[kind]}

    def commonest_rejections(self) -> list[tuple[str, int]]:
        """The reasons why records stayed out, the commonest first."""
        rejected = (f for entry in self.entries for f in entry.findings if f.kind == "rejected")
        return Counter(f"{f.text}. {f.remedy}".strip() for f in rejected).most_common(3)

    def finish(self, stopped_by: str = "") -> None:
        """Notes the end, and why it came early."""
        self.finished = _now()
        self.stopped_by = stopped_by

    def as_dict(self) -> dict[str, Any]:
        """For the JSON file."""
        content = asdict(self)
        records = content.pop("entries")
        return {**content, "counts": self.counts(), "findings": self.findings(), "records": records}

    def summary(self) -> str:
        """One line of figures."""
        figures = ", ".join(f"{number} {outcome}" for outcome, number in self.counts().items())
        would = " (dry run, nothing written)" if self.dry_run else ""
        return f"{len(self.entries)} of {self.total} records: {figures}{would}"

    def as_text(self) -> str:
        """For people: what needs them first, equal findings in one line."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"Import of {self.source}"
        yield f"{self.started} to {self.finished or '…'}"
        yield self.summary()
        if self.stopped_by:
            yield f"STOPPED EARLY: {self.stopped_by}"
        if self.organizations_created:
            yield f"New organizations (class external): {', '.join(self.organizations_created)}"
        yield from (f"Note: {remark}" for remark in self.remarks)
        for needs_person, heading in ((True, "NEEDS A PERSON"), (False, "FOR INFORMATION")):
            sections = [k for k in self.findings() if KINDS[k][1] is needs_person]
            if sections:
                yield from ("", heading, "=" * len(heading))
            for kind in sections:
                yield from self._section(kind)

    def _section(self, kind: str) -> Iterator[str]:
        grouped: dict[tuple[str, str], list[str]] = {}
        for entry in self.entries:
            for finding in entry.findings:
                if finding.kind == kind:
                    name = entry.dataset or f"record {entry.position} {entry.title[:60]!r}"
                    grouped.setdefault((finding.text, finding.remedy), []).append(name)
        yield f"\n{KINDS[kind][0]} ({self.findings()[kind]})"
        for (text, remedy), names in sorted(grouped.items(), key=lambda item: -len(item[1])):
            shown = ", ".join(dict.fromkeys(names[:_SHOWN]))
            more = (
                f" … and {len(names) - _SHOWN} more (see the JSON)" if len(names) > _SHOWN else ""
            )
            yield f"- {text} [{len(names)}]"
            if remedy:
                yield f"    → {remedy}"
            yield f"    {shown}{more}"


@dataclass(frozen=True)
class ReportFiles:
    """Two files, readable by their owner only: they name authors and mailboxes."""

    json: Path
    text: Path

    @classmethod
    def at(cls, path: Path | None) -> ReportFiles:
        """The files at a path, or in the working directory under the time.

        Raises:
            TakeoverError: where nothing can be written; better now than after the import.
        """
        if path is None:
            path = Path.cwd() / f"import-report-{datetime.now(timezone.utc):%Y%m%d-%H%M%S}.json"
        stem = path.with_suffix("") if path.suffix in {".json", ".txt"} else path
        files = cls(stem.with_name(stem.name + ".json"), stem.with_name(stem.name + ".txt"))
        if not files.json.parent.is_dir() or not os.access(files.json.parent, os.W_OK):
            raise TakeoverError(
                f"{files.json.parent}: the report cannot be written there. Use --report."
            )
        return files

    def write(self, report: Report) -> None:
        """Writes both, each in one step."""
        _write_private(self.json, json.dumps(report.as_dict(), ensure_ascii=False, indent=1) + "\n")
        _write_private(self.text, report.as_text())


def _write_private(path: Path, content: str) -> None:
    handle, temporary = mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    Path(temporary).replace(path)
