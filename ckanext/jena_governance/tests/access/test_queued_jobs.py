"""Jobs that wait when data are closed: a link is not loaded any more, an upload still is."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage

from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.conftest import City
from ckanext.jena_governance.tests.logic.house import PLANTS

LINK = "https://fachverfahren.example/canary-4c1d/kataster.csv"
FILE = "canary-4c1d-fundorte.csv"


@pytest.fixture
def resources(city: City, tmp_path: Any, ckan_config: Any) -> dict[str, str]:
    """An open link and an open upload, which xloader has not loaded yet; their ids."""
    ckan_config["ckan.storage_path"] = str(tmp_path)
    ckan_config["ckanext.xloader.api_token"] = city.sysadmin.headers["Authorization"]
    connect_to_redis().flushdb()
    dataset = city.editor(
        "package_create",
        name="fundorte",
        title="Fundorte",
        owner_org=city.department["id"],
        license_id="dl-by-de-2.0",
    ).result
    upload = FileStorage(io.BytesIO(b"a,b\n1,2\n"), FILE)
    made = {
        kind: call_action(
            "resource_create",
            {"user": city.clerk},
            package_id=dataset["id"],
            name=kind,
            format="CSV",
            **content,
        )["id"]
        for kind, content in (("link", {"url": LINK}), ("upload", {"upload": upload}))
    }
    model.Session.remove()
    return made


def waiting(resource_id: str) -> list[str]:
    """The arguments of jobs of a resource that wait."""
    queued = [job for queue in jobs.get_all_queues() for job in queue.get_jobs()]
    return [repr(job.args) for job in queued if resource_id in repr(job.args)]


def test_closing_drops_jobs_of_links_and_renames_those_of_uploads(
    city: City, resources: dict[str, str], restriction: dict[str, Any]
) -> None:
    assert LINK in waiting(resources["link"])[0]
    assert FILE in waiting(resources["upload"])[0]
    closing = {**restriction, "legal_basis": [PLANTS], "personal_data": "none"}
    closed = city.editor("package_patch", id="fundorte", **closing)
    assert closed.status == 200, closed.body
    assert waiting(resources["link"]) == []
    (job,) = waiting(resources["upload"])
    shown = city.nobody("package_show", id="fundorte").result["resources"][1]["url"]
    assert "canary" not in job
    assert shown.rpartition("/")[2] in job
