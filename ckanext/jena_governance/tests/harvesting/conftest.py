"""A portal that harvests, and a source on this machine that it harvests from."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.conftest import Api

PLUGINS = (
    "jena_governance scheming_datasets scheming_organizations dcat activity datastore text_view"
    " harvest jena_governance_ckan_harvester jena_governance_dcat_harvester"
    " ckan_harvester dcat_rdf_harvester"
)

Page = tuple[int, dict[str, str], bytes]


@dataclass
class Server:
    """A source: what it answers by path, and what it was asked."""

    url: str = ""
    pages: dict[str, Page | Callable[[Any], None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    datasets: list[Any] = field(default_factory=list)

    def rdf(self, path: str, body: str | bytes, media_type: str = "application/rdf+xml") -> str:
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = (200, {"Content-Type": media_type}, content)
        return self.url + path

    def search(self, path: str) -> Page:
        """CKAN's package_search over ``datasets``."""
        query = parse_qs(urlsplit(path).query)
        start, rows = int(query["start"][0]), int(query["rows"][0])
        found = {"count": len(self.datasets), "results": self.datasets[start : start + rows]}
        body = json.dumps({"success": True, "result": found}).encode()
        return 200, {"Content-Type": "application/json"}, body


def _handler(server: Server) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            server.asked.append(self.path)
            server.headers.append(dict(self.headers))
            path = urlsplit(self.path).path
            found = server.pages.get(self.path) or server.pages.get(path)
            if callable(found):
                found(self)
                return
            if found is None and path == "/api/3/action/package_search":
                found = server.search(self.path)
            status, headers, body = found or (404, {}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


class _Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The harvester hung up; that is what some tests are about."""


@pytest.fixture
def server() -> Generator[Server]:
    found = Server()
    with _Quiet(("127.0.0.1", 0), _handler(found)) as running:
        threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
        found.url = f"http://127.0.0.1:{running.server_port}"
        yield found
        running.shutdown()


@dataclass
class Run:
    """What a run of a source did."""

    source: str
    job: str
    gathered: int
    states: dict[str, str]
    statuses: dict[str, int]
    gather_errors: list[str]
    reports: dict[str, list[str]]


class Harvesting:
    """People of a department, with sources; runs them as ckanext-harvest's queues do."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.admin = factories.Sysadmin()
        self.sysadmin = Api(app, self.admin)
        self.clerk = factories.User()
        self.editor = Api(app, self.clerk)
        self.stranger = Api(app, factories.User())
        self.nobody = Api(app, None)
        member = {"name": self.clerk["name"], "capacity": "editor"}
        self.department = factories.Organization(title="Umweltamt", users=[member])
        self.company = factories.Organization(title="Stadtwerke")
        for organization, class_ in ((self.department, "core"), (self.company, "subsidiary")):
            self.entity(organization["id"], entity_class=class_, in_group=True)

    def entity(self, organization_id: str, **fields: Any) -> None:
        call_action(
            "governance_entity_update",
            context={"user": self.admin["name"]},
            organization_id=organization_id,
            **fields,
        )

    def source(
        self, url: str, kind: str = "ckan", organization: str | None = None, **config: Any
    ) -> str:
        made = call_action(
            "harvest_source_create",
            context={"user": self.admin["name"]},
            name=f"source-{len(call_action('harvest_source_list')) + 1}",
            url=url,
            title="A source",
            source_type=f"jena_governance_{kind}",
            owner_org=organization or self.department["id"],
            config=json.dumps(config) if config else "",
        )
        return made["id"]

    def configure(self, source_id: str, **config: Any) -> None:
        from ckanext.harvest.model import HarvestSource

        HarvestSource.get(source_id).config = json.dumps(config)
        model.Session.commit()

    def point(self, source_id: str, url: str) -> None:
        """Another address, past the form's checks."""
        from ckanext.harvest.model import HarvestSource

        HarvestSource.get(source_id).url = url
        model.Session.commit()

    def run(self, source_id: str, most: int | None = None) -> Run:
        """A run; with ``most``, only so many of its records are taken over."""
        from ckanext.harvest import queue
        from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

        job = HarvestJob()
        job.source = HarvestSource.get(source_id)
        job.status = "Running"
        job.save()
        harvester = queue.get_harvester(job.source.type)
        ids = queue.gather_stage(harvester, job) or []
        for id_ in ids[:most]:
            queue.fetch_and_import_stages(harvester, HarvestObject.get(id_))
        job = HarvestJob.get(job.id)
        job.status = "Finished"
        job.save()
        return self._result(source_id, job.id, len(ids))

    def gather(self, source_id: str) -> None:
        """Only the first stage."""
        from ckanext.harvest import queue
        from ckanext.harvest.model import HarvestJob, HarvestSource

        job = HarvestJob()
        job.source = HarvestSource.get(source_id)
        job.save()
        queue.gather_stage(queue.get_harvester(job.source.type), job)

    def _result(self, source_id: str, job_id: str, gathered: int) -> Run:
        from ckanext.harvest.model import HarvestObject

        report = call_action("harvest_job_report", id=job_id)
        rows = model.Session.execute(
            sa.select(HarvestObject.guid, HarvestObject.state, HarvestObject.report_status).where(
                HarvestObject.harvest_job_id == job_id
            )
        ).all()
        statuses = [row.report_status for row in rows]
        return Run(
            source=source_id,
            job=job_id,
            gathered=gathered,
            states={row.guid: row.state for row in rows},
            statuses={one: statuses.count(one) for one in set(statuses)},
            gather_errors=[one["message"] for one in report["gather_errors"]],
            reports={
                one["guid"]: [error["message"] for error in one["errors"]]
                for one in report["object_errors"].values()
            },
        )

    def dataset(self, source_id: str, guid: str) -> dict[str, Any]:
        """What a record became, as it is stored."""
        from ckanext.jena_governance.harvesting import origin

        model.Session.remove()
        package = origin.package_of(source_id, guid)
        assert package is not None
        return tk.get_action("package_show")(
            {"ignore_auth": True, "use_cache": False}, {"id": package.id}
        )


@pytest.fixture
def harvesting(app: Any, portal: None, migrate_db_for: Callable[[str], None]) -> Harvesting:
    """An empty portal with ckanext-harvest and our harvesters."""
    engine = model.meta.engine
    if not sa.inspect(engine).has_table("harvest_source"):
        migrate_db_for("harvest")
        model.init_model(engine)
    return Harvesting(app)


def record(id_: str = "r-1", **fields: Any) -> dict[str, Any]:
    """A dataset as another CKAN shows it."""
    return {
        "id": id_,
        "name": f"name-{id_}",
        "title": f"Title {id_}",
        "notes": "Text",
        "license_id": "dl-de-by-2.0",
        "tags": [{"name": "trees"}],
        "resources": [
            {
                "id": f"{id_}-a",
                "url": f"https://data.example/{id_}/geheim-4711.csv",
                "format": "CSV",
            }
        ],
        **fields,
    }
