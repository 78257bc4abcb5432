"""The import from its first to its last record."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy.exc

from ckan.lib.search import SearchError, SearchIndexError

from ckanext.jena_governance import policy, vocabulary
from ckanext.jena_governance.takeover import plan as planning
from ckanext.jena_governance.takeover import portal, progress, rights
from ckanext.jena_governance.takeover.cleaning import is_name
from ckanext.jena_governance.takeover.draft import Conversion
from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.takeover.findings import Finding
from ckanext.jena_governance.takeover.mapping import MappingFile, Unit, UnitDirectory
from ckanext.jena_governance.takeover.plan import Plan, Planned
from ckanext.jena_governance.takeover.portal import Known, Portal
from ckanext.jena_governance.takeover.report import Entry, Report
from ckanext.jena_governance.takeover.sources import Source

log = logging.getLogger(__name__)

# A store that fails this often in a row is down; going on would only reject the rest.
_STORE_FAILURES = 3
_STORE_ERRORS = (SearchError, SearchIndexError, sqlalchemy.exc.OperationalError)


@dataclass(frozen=True)
class Options:
    """What the administrator chose.

    Attributes:
        organization: name of the organization that takes what names no unit.
        organization_title: its title, should it have to be created.
        answers: file with answers on rights.
        dry_run: decide everything, write nothing.
        prompt: asks a person; None where nobody is there.
    """

    organization: str = ""
    organization_title: str = ""
    answers: Path | None = None
    dry_run: bool = False
    prompt: Callable[[str], str] | None = None


def take_over(source: Source, mapping: MappingFile, options: Options, report: Report) -> None:
    """Takes over a whole source, noting each record in the report.

    Raises:
        TakeoverError: before the first record is written, or because a store is down.
    """
    report.total, report.remarks, report.dry_run = (
        len(source.records),
        source.remarks,
        options.dry_run,
    )
    ours = Portal()
    conversion = _conversion(ours, source, mapping, options)
    plan = planning.make(source, conversion)
    report.entries += plan.left_out
    ours.release()
    _settle_rights(plan, conversion, options)
    owners = _owner_ids(ours, plan, options, report)
    known = ours.imported()
    try:
        with portal.one_index_commit(), progress.counting("Datasets", len(plan.datasets)) as step:
            _Writer(ours, owners, known, report, dry_run=options.dry_run).write_all(plan, step)
    finally:
        report.entries = list(planning.in_order(report.entries))


def _conversion(ours: Portal, source: Source, mapping: MappingFile, options: Options) -> Conversion:
    words = vocabulary.current()
    units = UnitDirectory(ours.units(), mapping.units)
    return Conversion(
        mapping=mapping,
        units=units,
        licence_of=lambda value, title, url: _licence(
            policy.licence_of(value, words, title=title, url=url)
        ),
        fields=ours.fields(),
        base_url=source.base_url,
        organization=_home(units, mapping, options),
    )


def _licence(found: object) -> str | None:
    return getattr(found, "id", None) or (found if isinstance(found, str) else None)


def _home(units: UnitDirectory, mapping: MappingFile, options: Options) -> Unit | None:
    """The organization named by option or mapping file; it need not exist yet."""
    name = options.organization or mapping.organization
    if not name:
        return None
    if not is_name(name):
        raise TakeoverError(
            f"“{name}” is no organization name: lower-case letters, digits, - and _ only."
        )
    unit = units.named(name)
    if unit is None:
        unit = Unit(name, options.organization_title or mapping.organization_title or name)
        units.add(unit)
    return unit


def _settle_rights(plan: Plan, conversion: Conversion, options: Options) -> None:
    answers = rights.Answers(options.answers)
    found = rights.questions(plan.drafts(), conversion.units, conversion.mapping.third_parties)
    unanswered = [question for question in found if answers.is_open(question)]
    if options.prompt and unanswered:
        try:
            rights.ask(unanswered, answers, options.prompt)
        finally:
            answers.save()
    for question in found:
        rights.apply(question, answers.of(question))


def _owner_ids(ours: Portal, plan: Plan, options: Options, report: Report) -> dict[str, str]:
    """Organization ids by name; missing organizations are created, class external."""
    found: dict[str, str] = {}
    for unit in {planned.owner.name: planned.owner for planned in plan.datasets}.values():
        id_ = ours.organization_id(unit.name)
        if id_ is None:
            id_ = unit.name if options.dry_run else ours.create_organization(unit)
            report.organizations_created.append(unit.name)
        found[unit.name] = id_
    return found


class _Writer:
    def __init__(
        self,
        ours: Portal,
        owners: dict[str, str],
        known: dict[str, Known],
        report: Report,
        *,
        dry_run: bool,
    ) -> None:
        self._ours, self._owners, self._known = ours, owners, known
        self._report, self._dry_run = report, dry_run
        self._failures = 0

    def write_all(self, plan: Plan, step: progress.Step) -> None:
        for planned in plan.datasets:
            self._report.entries.append(self._entry(planned))
            step()

    def _entry(self, planned: Planned) -> Entry:
        draft = planned.draft
        try:
            with portal.one_record():
                outcome, name = self._write(planned)
            self._failures = 0
        except Exception as error:  # one bad record never stops the rest
            log.debug("record %s", draft.position, exc_info=True)
            self._stop_if_down(error)
            draft.findings = [
                Finding("rejected", portal.reason_of(error), "Correct it in the source.")
            ]
            outcome, name = "rejected", ""
        return Entry(
            draft.position,
            draft.source_id,
            draft.title,
            outcome,
            name,
            planned.owner.name,
            draft.findings,
        )

    def _write(self, planned: Planned) -> tuple[str, str]:
        draft, owner_id = planned.draft, self._owners[planned.owner.name]
        known = self._known.get(draft.source_id)
        fingerprint = hashlib.sha256(f"{draft.fingerprint()}{owner_id}".encode()).hexdigest()
        if known is None:
            name = (
                draft.data["name"]
                if self._dry_run
                else self._ours.create(draft, owner_id, fingerprint)
            )
            return "created", name
        if known.fingerprint == fingerprint:
            return "unchanged", known.name
        if known.state == "deleted":
            draft.note(
                "deleted-here", "deleted in this portal", "Restore it there if it shall come back."
            )
            return "skipped", known.name
        if self._ours.is_edited(known):
            draft.note(
                "edited-here", "changed at the source and here", "Compare and take over by hand."
            )
            return "skipped", known.name
        if not self._dry_run:
            self._ours.update(draft, owner_id, fingerprint, known)
        return "updated", known.name

    def _stop_if_down(self, error: Exception) -> None:
        if not isinstance(error, _STORE_ERRORS):
            return
        self._failures += 1
        if self._failures >= _STORE_FAILURES:
            store = "PostgreSQL" if isinstance(error, sqlalchemy.exc.OperationalError) else "Solr"
            raise TakeoverError(
                f"{store} does not answer ({portal.reason_of(error)}). "
                "Start it and run the import again: it goes on where it stopped."
            ) from error
