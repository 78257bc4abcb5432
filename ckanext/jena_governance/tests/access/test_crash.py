"""Whatever dies half-way: nothing is lost or let out, or `vault status` says what to repair."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage

import ckantoolkit as tk
from ckan import model
from ckan.lib import search
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import inspection, uploads
from ckanext.jena_governance.tests.access.crash import POINTS
from ckanext.jena_governance.tests.access.test_no_loss import (
    EVERYTHING,
    FILE_NAME,
    LINK,
    OPEN,
    places,
    troubles,
)
from ckanext.jena_governance.tests.conftest import City, stored

CRASHES = [
    *(("process", point) for point in POINTS),
    ("postgres", "after the file move"),
    ("postgres", "after the index"),
    ("solr", "after the flush"),
    ("solr", "after the commit"),
    ("redis", "after the flush"),
]


def write(city: City, point: str, victim: str, changes: dict[str, Any]) -> str:
    """A write in another process, in which the victim dies at that point."""
    command = [
        sys.executable, "-m", "ckanext.jena_governance.tests.access.crash",
        tk.config["__file__"], point, victim, "daten", json.dumps(changes), city.clerk,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "STRUCK" in done.stdout, done.stderr[-3000:]
    return done.stderr


def make(city: City) -> None:
    made = call_action(
        "package_create",
        context={"user": city.clerk},
        name="daten",
        title="Daten",
        owner_org=city.department["id"],
        license_id="dl-by-de-2.0",
        resources=[{"url": LINK, "name": "Link", "access_url": EVERYTHING["Link"][1]}],
    )
    call_action(
        "resource_create",
        context={"user": city.clerk},
        package_id=made["id"],
        name="Datei",
        url="",
        upload=FileStorage(io.BytesIO(b"a,b\n1,canary-5\n"), FILE_NAME),
    )


def shown_to_everyone() -> str:
    """What anonymous gets: the page of the catalogue, the search, and CKAN's folder of files."""
    context = {"user": "", "ignore_auth": False}
    found = tk.get_action("package_search")(dict(context), {"q": "name:daten"})
    dataset = tk.get_action("package_show")(dict(context), {"id": "daten"})
    return json.dumps([found["results"], dataset])


@pytest.mark.parametrize(("victim", "point"), CRASHES)
def test_closing(city: City, restriction: dict[str, Any], point: str, victim: str) -> None:
    make(city)
    errors = write(city, point, victim, restriction)
    require_order(errors)


@pytest.mark.parametrize(("victim", "point"), CRASHES)
def test_opening(city: City, restriction: dict[str, Any], point: str, victim: str) -> None:
    make(city)
    restriction = {**restriction, "legal_basis": ["thuertg-beratungen"], "personal_data": "none"}
    restriction["ends_when"] = "mit der Entscheidung"
    city.editor("package_patch", id="daten", **restriction).result
    errors = write(city, point, victim, OPEN)
    require_order(errors)


def require_order(errors: str) -> None:
    """Nothing lost, nothing shown that should not be, and all well after the repair."""
    model.Session.remove()
    found = troubles("daten")
    level = stored("daten")["openness"]
    assert places() == EVERYTHING
    if level != "open":
        leaks = [trouble for trouble in found if trouble.leaks]
        assert leaks or "canary" not in shown_to_everyone()
        assert [area for id_, area in uploads.found() if id_ in files()] == ["governed"]
    assert "canary" not in errors
    inspection.clean()
    model.Session.remove()
    for trouble in found:
        if trouble.store == "index":
            search.rebuild(stored("daten")["id"])
    assert troubles("daten") == []
    assert places() == EVERYTHING


def files() -> set[str]:
    return {one["id"] for one in stored("daten")["resources"] if one["url_type"] == "upload"}
