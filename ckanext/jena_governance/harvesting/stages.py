"""The stages of a run, for both harvesters: gather, fetch, import; each in report mode."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import ckantoolkit as tk
from ckan.types import Context

from ckanext.harvest.model import HarvestObject, HarvestObjectExtra
from ckanext.jena_governance import config
from ckanext.jena_governance.harvesting import importing, origin, reports, settings
from ckanext.jena_governance.harvesting.addresses import Address, address_of
from ckanext.jena_governance.harvesting.errors import SourceError
from ckanext.jena_governance.harvesting.settings import Settings
from ckanext.jena_governance.harvesting.web import MEGABYTE, Limits, Web
from ckanext.jena_governance.logic import enforcement

log = logging.getLogger(__name__)

STATUS, DELETE, PROBLEM = "status", "delete", "problem"
MAX_RECORD = 2 * MEGABYTE


@dataclass(frozen=True)
class Found:
    """A record in a source.

    Attributes:
        guid: what the source calls it; empty if it says nothing.
        data: what it says.
        problem: why it cannot be read; empty if it can.
    """

    guid: str
    data: dict[str, Any] | None = None
    problem: str = ""


@dataclass(frozen=True)
class Source:
    """A source in a run."""

    home: Address
    settings: Settings
    web: Web


class Governed:
    """What both harvesters do alike; stands before their base class."""

    def records(self, source: Source) -> Iterator[Found]:
        """The records of a source, page by page.

        Raises:
            SourceError: it does not answer as it should; what came before counts.
        """
        raise NotImplementedError

    def gather_stage(self, harvest_job: Any) -> list[str] | None:
        """Note all records of the source; what is no longer there, only after a complete run.

        Returns:
            Ids of harvest objects; what could be read, also where the source broke off.
        """
        with enforcement.report_mode():
            run = _Run(harvest_job)
            try:
                source = _source(harvest_job)
                for found in self.records(source):
                    run.note(found)
                run.is_complete = True
            except SourceError as error:
                reports.of_run(str(error), harvest_job)
            except Exception as error:
                log.warning("harvest job %s broke off", harvest_job.id, exc_info=True)
                reports.undo()
                reports.of_run(reports.words_of(error), harvest_job)
            else:
                run.note_missing(source.settings)
                run.note_emptiness()
            return run.ids

    def fetch_stage(self, harvest_object: Any) -> Literal[True]:
        """All was fetched while gathering."""
        return True

    def import_stage(self, harvest_object: Any) -> bool | str:
        """Take over one record.

        Returns:
            Whether it was taken over, or ``"unchanged"``.
        """
        with enforcement.report_mode():
            try:
                return self._take_over(harvest_object)
            except Exception as error:
                reports.undo()
                if not isinstance(error, tk.ValidationError):
                    log.warning("harvest object %s", harvest_object.id, exc_info=True)
                reports.of_record(harvest_object, reports.words_of(error))
                return False

    def _take_over(self, harvest_object: Any) -> bool | str:
        base: Any = self
        user = base._get_user_name()
        said = {one.key: one.value for one in harvest_object.extras}
        if said.get(STATUS) == DELETE:
            return _delete(harvest_object, user)
        if said.get(PROBLEM) or not harvest_object.content:
            reports.of_record(harvest_object, said.get(PROBLEM) or tk._("The record is empty."))
            return False
        record = importing.Record(
            harvest_object,
            json.loads(harvest_object.content),
            settings.read(harvest_object.source.config),
            user,
        )
        return importing.take_over(record)


def _source(job: Any) -> Source:
    try:
        said = settings.read(job.source.config)
    except ValueError as error:
        raise SourceError(str(error)) from error
    headers = {"Authorization": said.api_key} if said.api_key else {}
    if said.user_agent:
        headers["User-Agent"] = said.user_agent
    limits = Limits(megabytes=config.harvest_max_mb(), seconds=config.harvest_timeout())
    return Source(address_of(job.source.url), said, Web(limits, headers))


class _Run:
    """What a run has found so far."""

    def __init__(self, job: Any) -> None:
        self._job = job
        self._guids: set[str] = set()
        self._has_nameless = False
        self.ids: list[str] = []
        self.is_complete = False

    def note(self, found: Found) -> None:
        """Keep a record for the import."""
        guid = found.guid.replace("\0", "").strip()
        if not guid:
            self._has_nameless = True
            message = found.problem or tk._("A record has no id and no address.")
            reports.of_run(message, self._job)
            return
        if guid in self._guids:
            reports.of_run(
                tk._("“{}” is there twice; the first one counts.").format(guid), self._job
            )
            return
        self._guids.add(guid)
        content = None if found.data is None else json.dumps(found.data)
        problem = found.problem
        if content is not None and len(content) > MAX_RECORD:
            content, problem = None, tk._("The record is larger than {} MB.").format(2)
        self._add(guid, content, {PROBLEM: problem} if problem else {})

    def note_missing(self, said: Settings) -> None:
        """Keep what is to be deleted; nothing where too much is missing at once."""
        known = origin.current_of(self._job.source.id)
        missing = sorted(known.keys() - self._guids)
        if not missing or not said.delete_missing:
            return
        most = said.max_missing or config.harvest_max_missing()
        if self._has_nameless or not self._guids or len(missing) * 100 > most * len(known):
            message = tk._(
                "{} of {} datasets are missing in the source. Nothing was deleted. If that is"
                ' meant, set "max_missing" in the configuration of the source for one run (now:'
                " {} %); an empty source is never followed."
            )
            reports.of_run(message.format(len(missing), len(known), most), self._job)
            return
        for guid in missing:
            self._add(guid, None, {STATUS: DELETE}, known[guid])

    def note_emptiness(self) -> None:
        """A source without datasets is more likely a wrong address."""
        if not self._guids and not self._has_nameless:
            message = tk._("No datasets were found at {}. Check the address of the source.")
            reports.of_run(message.format(self._job.source.url), self._job)

    def _add(
        self, guid: str, content: str | None, extras: dict[str, str], package_id: str | None = None
    ) -> None:
        harvest_object: Any = HarvestObject(
            guid=guid,
            job=self._job,
            content=content,
            package_id=package_id,
            extras=[HarvestObjectExtra(key=key, value=value) for key, value in extras.items()],
        )
        harvest_object.save()
        self.ids.append(harvest_object.id)


def _delete(harvest_object: Any, user: str) -> bool:
    """Delete the dataset of a record that is gone; it must be this source's own."""
    package = origin.package_of(harvest_object.harvest_source_id, harvest_object.guid)
    origin.let_go(harvest_object.harvest_source_id, harvest_object.guid)
    if package is not None:
        harvest_object.package_id = package.id
        context = cast("Context", {"user": user, "ignore_auth": True})
        tk.get_action("package_delete")(context, {"id": package.id})
    harvest_object.save()
    return True
