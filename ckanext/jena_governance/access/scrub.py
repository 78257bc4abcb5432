"""Closing takes the location out of older copies, too: what was public until now lies elsewhere.

The rows of our own database change in CKAN's transaction; job queues and the job database of
ckanext-xloader after its commit.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from urllib.parse import quote
from xml.sax.saxutils import escape

import sqlalchemy as sa
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import BaseRegistry, FailedJobRegistry, FinishedJobRegistry

import ckantoolkit as tk
from ckan import model
from ckan.lib import jobs

from ckanext.jena_governance.access import trail
from ckanext.jena_governance.access.gateways import could_be_location, gateway_url
from ckanext.jena_governance.access.public_fields import PUBLIC_COLUMNS, PUBLIC_EXTRAS
from ckanext.jena_governance.access.transaction import after_commit
from ckanext.jena_governance.model import GovernanceResourceLocation

log = logging.getLogger(__name__)

Rows = Mapping[str, GovernanceResourceLocation]

# Below this a text is no location but a word that may stand anywhere.
SHORTEST = 8

# Tables of plugins that keep what they fetched or sent: table, columns.
_COPIES = (
    ("harvest_object", ("content",)),
    ("harvest_object_error", ("message",)),
    ("harvest_object_extra", ("value",)),
    ("tracking_raw", ("url",)),
    ("tracking_summary", ("url",)),
)
# When xloader is done with a job.
_OVER = ("complete", "error")


def copies(package: model.Package, rows: Rows) -> None:
    """Remove the locations of a dataset's restricted resources from older copies.

    Args:
        package: the dataset.
        rows: what the vault holds, by resource id.

    Source:
        Design §6; security review V11.
    """
    secrets = {row.resource_id: secrets_of(row) for row in rows.values()}
    _activities(package, rows, secrets)
    _task_status(rows)
    stand_ins = _stand_ins(package.id, secrets)
    _tables_of_plugins(stand_ins)
    names = {id_: row.file_name for id_, row in rows.items()}
    public_names = {id_: row.url or "" for id_, row in rows.items()}
    after_commit(lambda: _jobs(names, public_names, list(stand_ins)))


def gone(package: model.Package) -> None:
    """Let the history of a restricted dataset tell nothing of resources that are no more.

    Args:
        package: the dataset.
    """
    there = {one.id for one in package.resources_all}
    removed: dict[str, None] = {}

    def told(resource: dict[str, Any]) -> dict[str, Any]:
        if resource.get("id") in there:
            return resource
        stand_in = _stand_in(package.id, resource)
        # Its jobs are looked for once, not with every later save.
        if stand_in != resource:
            removed[resource["id"]] = None
        return stand_in

    def change(data: dict[str, Any]) -> dict[str, Any]:
        dataset = data.get("package")
        if not isinstance(dataset, dict):
            return data
        resources = [told(one) for one in dataset.get("resources") or []]
        return {**data, "package": {**dataset, "resources": resources}}

    _change_activities(package.id, change)
    if removed:
        after_commit(lambda: _jobs(removed, {}, []))


def view_activities(package_id: str, resource_ids: Iterable[str]) -> None:
    """Let the public stream tell of views of restricted resources only that there are some.

    What was noted while they were open holds titles, columns and addresses.

    Args:
        package_id: id of the dataset.
        resource_ids: ids of its restricted resources.
    """
    restricted = set(resource_ids)
    if not restricted:
        return

    def change(data: dict[str, Any]) -> dict[str, Any]:
        return trail.told_of_view(data) if data.get("resource_id") in restricted else data

    _change_activities(package_id, change, kind="resource view")


def finds_copies(package_id: str, secrets: Iterable[str]) -> bool:
    """Whether an activity of a dataset, or a table of a plugin, holds one of these texts."""
    columns = [(name, column) for name, some in _COPIES for column in some]
    for secret in secrets:
        written = {secret, escape(secret), secret.replace("/", "\\/"), json.dumps(secret)[1:-1]}
        if any(_finds("activity", "data", text, package_id) for text in written):
            return True
        if any(_finds(name, column, text) for name, column in columns for text in written):
            return True
    return False


def _finds(name: str, column: str, text: str, object_id: str | None = None) -> bool:
    if not has_table(name):
        return False
    table = _table(name, column, "object_id")
    query = sa.select(sa.literal(1)).where(table.c[column].contains(text, autoescape=True)).limit(1)
    if object_id is not None:
        query = query.where(table.c["object_id"] == object_id)
    return model.Session.scalar(query.select_from(table)) is not None


def secrets_of(row: GovernanceResourceLocation) -> list[str]:
    """The texts of a row that must stand nowhere else, the longest first."""
    texts = [row.url if row.file_name is None else None, *_texts(row.fields)]
    found = {text for text in texts if text and could_be_location(text) and len(text) >= SHORTEST}
    return sorted(found, key=len, reverse=True)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [
            text for inner in cast("Mapping[Any, Any]", value).values() for text in _texts(inner)
        ]
    if isinstance(value, list):
        return [text for inner in cast("list[Any]", value) for text in _texts(inner)]
    return []


def _stand_ins(package_id: str, secrets: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Each secret with what takes its place, the longest first; secrets are by resource id."""
    pairs = [
        (secret, gateway_url(package_id, resource_id))
        for resource_id, some in secrets.items()
        for secret in some
    ]
    return dict(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))


def _activities(package: model.Package, rows: Rows, secrets: Mapping[str, list[str]]) -> None:
    stand_ins = _stand_ins(package.id, secrets)
    _change_activities(package.id, lambda data: redacted(data, rows, stand_ins))


def _change_activities(
    package_id: str, change: Callable[[dict[str, Any]], dict[str, Any]], *, kind: str = ""
) -> None:
    """Rewrite what the activities of a dataset note; those whose type ends so, if it is said."""
    if not has_table("activity"):
        return
    table = _table("activity", "id", "object_id", "activity_type", "data")
    query = sa.select(table.c["id"], table.c["data"]).where(
        table.c["object_id"] == package_id, table.c["activity_type"].endswith(kind)
    )
    for id_, data in model.Session.execute(query).all():
        before = (json.loads(data) if isinstance(data, str) else data) or {}
        after = change(before)
        if after != before:
            update = sa.update(table).where(table.c["id"] == id_)
            model.Session.execute(update.values(data=json.dumps(after)))


def redacted(value: Any, rows: Rows, stand_ins: Mapping[str, str]) -> Any:
    """A copy of stored JSON without locations.

    Args:
        value: what was stored, e.g. a dataset.
        rows: what the vault holds, or held, by resource id: no more of these is told than is plain.
        stand_ins: locations with what takes their place in all texts.
    """
    if isinstance(value, str):
        return _replaced(value, stand_ins)
    if isinstance(value, list):
        return [redacted(inner, rows, stand_ins) for inner in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    held = cast("dict[str, Any]", value)
    row = rows.get(held["id"]) if isinstance(held.get("id"), str) and "url" in held else None
    if row is not None:
        held = _stand_in(row.package_id, held)
    return {key: redacted(inner, rows, stand_ins) for key, inner in held.items()}


def _stand_in(package_id: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """What may be told of a resource: its plain metadata and its gateway."""
    allowed = PUBLIC_COLUMNS | PUBLIC_EXTRAS
    kept = {key: value for key, value in resource.items() if key in allowed}
    return {**kept, "url": gateway_url(package_id, str(resource.get("id")))}


def _replaced(text: str, stand_ins: Mapping[str, str]) -> str:
    """Also where the location was written for JSON, XML or a query string."""
    for secret, stand_in in stand_ins.items():
        for written in (secret, escape(secret), secret.replace("/", "\\/"), quote(secret, safe="")):
            text = text.replace(written, stand_in)
    return text


def _task_status(rows: Rows) -> None:
    """What loaders note about a resource (messages quote addresses); they start anew anyway."""
    table = model.task_status_table
    model.Session.execute(sa.delete(table).where(table.c["entity_id"].in_(list(rows))))


def _tables_of_plugins(stand_ins: Mapping[str, str]) -> None:
    for name, columns in _COPIES:
        if not stand_ins or not has_table(name):
            continue
        table = _table(name, *columns)
        for column in (table.c[column] for column in columns):
            for secret, stand_in in stand_ins.items():
                for written in {secret, escape(secret), secret.replace("/", "\\/")}:
                    change = sa.update(table).where(column.contains(written, autoescape=True))
                    new = sa.func.replace(column, written, stand_in)
                    model.Session.execute(change.values({column: new}))


def _jobs(
    names: Mapping[str, str | None], public_names: Mapping[str, str], secrets: list[str]
) -> None:
    """Jobs that ran and jobs that wait, by the ids of resources and the true names of uploads."""
    _jobs_of_xloader(list(names))
    _finished_jobs([*names, *secrets])
    _waiting_jobs(names, public_names)


def _jobs_of_xloader(resource_ids: list[str]) -> None:
    uri = tk.config.get("ckanext.xloader.jobs_db.uri")
    if not uri:
        return
    engine = sa.create_engine(uri)
    try:
        if not sa.inspect(engine).has_table("metadata"):
            return
        noted = _table("metadata", "job_id", "key", "value")
        of_resources = sa.select(noted.c["job_id"]).where(
            noted.c["key"] == "resource_id", noted.c["value"].in_(resource_ids)
        )
        job = _table("jobs", "job_id", "status")
        over = sa.select(job.c["job_id"]).where(job.c["status"].in_(_OVER))
        with engine.begin() as connection:
            ids = list(connection.scalars(of_resources))
            # A job that is running, perhaps this one, could not go on without its row.
            away = list(connection.scalars(over.where(job.c["job_id"].in_(ids))))
            for name, gone in (("logs", ids), ("metadata", away), ("jobs", away)):
                table = _table(name, "job_id")
                connection.execute(sa.delete(table).where(table.c["job_id"].in_(gone)))
            is_address = sa.and_(noted.c["job_id"].in_(ids), noted.c["key"] == "original_url")
            connection.execute(sa.delete(noted).where(is_address))
    finally:
        engine.dispose()


def _finished_jobs(texts: list[str]) -> None:
    """Finished and failed jobs keep their arguments in Redis, failed ones for a year."""
    for queue in jobs.get_all_queues():
        kept: list[BaseRegistry] = [
            FailedJobRegistry(queue=queue),
            FinishedJobRegistry(queue=queue),
        ]
        for job in (_fetched(id_, queue) for one in kept for id_ in one.get_job_ids()):
            if job is not None and _says(job, texts):
                job.delete()


def _waiting_jobs(names: Mapping[str, str | None], public_names: Mapping[str, str]) -> None:
    """Jobs that wait would load a link that is restricted now; uploads are still to be loaded."""
    links = [id_ for id_, name in names.items() if name is None]
    for queue in jobs.get_all_queues():
        for job in [_fetched(id_, queue) for id_ in queue.get_job_ids()]:
            if job is None:
                continue
            if _says(job, links):
                job.delete()
            for id_, name in names.items():
                if name and _says(job, [id_]):
                    job.args = redacted(list(job.args), {}, {name: public_names[id_]})
                    job.save()


def _fetched(job_id: str, queue: Queue) -> Job | None:
    try:
        return Job.fetch(job_id, connection=queue.connection)
    except NoSuchJobError:
        return None


def _says(job: Job, texts: Iterable[str]) -> bool:
    said = repr((job.args, job.kwargs, job.exc_info))
    return any(text in said for text in texts)


def has_table(name: str) -> bool:
    """Whether CKAN's database has a table, for one of a plugin that may not be there."""
    return bool(model.Session.scalar(sa.select(sa.func.to_regclass(name))))


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))
