"""Uploaded files: where CKAN serves them while they are open, and nowhere near it while not."""

from __future__ import annotations

import io
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage

import ckantoolkit as tk
from ckan import model
from ckan.lib import uploader
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import log, uploads, vault
from ckanext.jena_governance.tests.access.conftest import logged
from ckanext.jena_governance.tests.access.test_datastore import close, reopen
from ckanext.jena_governance.tests.conftest import City

TRUE_NAME = "kuendigungen-canary-2b77.csv"
FIRST, SECOND, THIRD = (f"a,b\n{number},canary-file-2b77-{number}\n" for number in (1, 2, 3))

IS_212 = tk.check_ckan_version(min_version="2.12")
STORAGES = ["local", "keeper"] if IS_212 else ["local"]


@pytest.fixture(params=["local"])
def folder(
    request: pytest.FixtureRequest, tmp_path: Path, ckan_config: Any, monkeypatch: Any
) -> Generator[Path]:
    """An empty storage: CKAN's folder, or on request one of CKAN 2.12's file-keeper."""
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    if request.param == "local":
        yield tmp_path
        return
    name = ckan_config["ckan.files.default_storages.resource"]
    settings = {"type": "ckan:fs", "path": str(tmp_path), "initialize": "true"}
    for key, value in settings.items():
        monkeypatch.setitem(ckan_config, f"ckan.files.storage.{name}.{key}", value)
    storages = __import__("ckan.lib.files", fromlist=["storages"]).storages
    storages.reset()
    storages.collect()
    yield tmp_path
    storages.reset()


@pytest.fixture
def resource(folder: Path, city: City) -> dict[str, Any]:
    """An uploaded file in an open dataset."""
    log._prune_once.cache_clear()
    call_action(
        "package_create",
        context={"user": city.clerk},
        name="daten",
        title="Daten",
        owner_org=city.department["id"],
        license_id="dl-by-de-2.0",
    )
    return call_action(
        "resource_create",
        context={"user": city.clerk},
        package_id="daten",
        name="Übersicht 2026",
        format="CSV",
        url="",
        upload=file(FIRST),
    )


def file(content: str, name: str = TRUE_NAME) -> FileStorage:
    return FileStorage(io.BytesIO(content.encode()), name)


def replace(city: City, resource: dict[str, Any], content: str, **more: Any) -> dict[str, Any]:
    context = {"user": city.clerk}
    return call_action(
        "resource_patch", context=context, id=resource["id"], upload=file(content), **more
    )


def lying(folder: Path) -> dict[str, str]:
    """All files of the storage, with the area they lie in, and what they hold."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and parts[0] not in ("storage", "webassets"):
            area = "governed" if parts[0] == "governed" else "normal"
            assert area not in found, "two files in one area"
            found[area] = path.read_text()
    return found


def fetch(app: Any, city: City, resource: dict[str, Any], *, signed: bool = True) -> Any:
    shown = city.nobody("resource_show", id=resource["id"]).result
    path = shown["url"].split("/", 3)[3]
    headers = city.editor.headers if signed else {}
    return app.get(f"/{path}", headers=headers, follow_redirects=False)


def drop(resource: dict[str, Any], folder: Path, content: str, area: str) -> None:
    """Put a file past us where CKAN would look, or where it would not."""
    below = "governed/resources" if area == "governed" else "resources"
    id_ = resource["id"]
    path = folder / below / id_[0:3] / id_[3:6] / id_[6:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize("folder", STORAGES, indirect=True)
def test_a_file_follows_the_level(
    folder: Path, city: City, app: Any, resource: dict[str, Any], restriction: dict[str, Any]
) -> None:
    """Open, replaced, closed, replaced, opened: one file, always where it belongs."""
    assert lying(folder) == {"normal": FIRST}
    assert fetch(app, city, resource, signed=False).body == FIRST
    replace(city, resource, SECOND)
    assert lying(folder) == {"normal": SECOND}

    close(city, "daten", restriction)
    assert lying(folder) == {"governed": SECOND}
    shown = city.nobody("resource_show", id=resource["id"]).result
    assert shown["url"].endswith(f"/resource/{resource['id']}/download/ubersicht-2026.csv")
    assert "canary" not in str(city.nobody("package_show", id="daten").body)
    refused = fetch(app, city, resource, signed=False)
    assert refused.status_code == 403
    assert "canary-file" not in refused.body
    given = fetch(app, city, resource)
    assert (given.status_code, given.body) == (200, SECOND)
    disposition = given.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert TRUE_NAME in disposition
    assert [entry[1:3] for entry in logged() if entry[0]] == [("download", "owner")]

    replace(city, resource, THIRD)
    assert lying(folder) == {"governed": THIRD}
    assert fetch(app, city, resource).body == THIRD

    reopen(city, "daten")
    assert lying(folder) == {"normal": THIRD}
    assert fetch(app, city, resource, signed=False).body == THIRD
    assert list(uploads.found()) == [(resource["id"], "resources")]

    # New content and a new level in one write.
    part = {key: resource[key] for key in ("id", "name", "url", "url_type", "format")}
    call_action(
        "package_patch",
        context={"user": city.clerk},
        id="daten",
        resources=[{**part, "upload": file(SECOND)}],
        **restriction,
    )
    assert lying(folder) == {"governed": SECOND}
    assert uploads.has_file(resource["id"])
    uploads.remove(resource["id"])
    assert lying(folder) == {}
    assert fetch(app, city, resource).status_code == 404
    assert not uploads.has_file(resource["id"])


@pytest.mark.parametrize("folder", STORAGES, indirect=True)
def test_a_file_born_restricted(
    folder: Path, city: City, app: Any, resource: dict[str, Any], restriction: dict[str, Any]
) -> None:
    """And replaced by a link: nothing is left of it."""
    close(city, "daten", restriction)
    uploads.remove(resource["id"])
    made = call_action(
        "resource_create",
        context={"user": city.clerk},
        package_id="daten",
        name=TRUE_NAME,
        url="",
        upload=file(THIRD),
    )
    assert lying(folder) == {"governed": THIRD}
    assert model.Resource.get(made["id"]).url == "data.csv", "the form proposes the file's name"
    call_action(
        "resource_patch",
        context={"user": city.clerk},
        id=made["id"],
        url="https://fachverfahren.example/daten.csv",
        clear_upload="true",
    )
    assert lying(folder) == {}


def test_what_is_rolled_back_stays_within_reach(
    folder: Path, city: City, app: Any, resource: dict[str, Any], restriction: dict[str, Any]
) -> None:
    """Also after a crash: whatever was moved already is found, and leaks nowhere."""
    uploads.place(model.Resource.get(resource["id"]), restricted=True)
    model.Session.rollback()
    assert lying(folder) == {"governed": FIRST}
    assert fetch(app, city, resource, signed=False).body == FIRST
    assert city.editor("package_patch", id="daten", notes="Neu").status == 200
    assert lying(folder) == {"normal": FIRST}

    close(city, "daten", restriction)
    package = model.Package.get("daten")
    for field, value in (("openness", "open"), ("legal_basis", "[]"), ("personal_data", "none")):
        package.extras[field] = value
    model.Session.flush()
    with model.Session.begin_nested():
        vault.settle(package)
    assert lying(folder) == {"governed": FIRST}
    model.Session.rollback()
    model.repo.commit()
    assert lying(folder) == {"governed": FIRST}
    assert fetch(app, city, resource, signed=False).status_code == 403

    # An opening that broke off after its commit; then an upload, which leaves one file only.
    reopen(city, "daten")
    drop(resource, folder, SECOND, "governed")
    assert fetch(app, city, resource, signed=False).body == FIRST
    replace(city, resource, THIRD)
    assert lying(folder) == {"normal": THIRD}


def test_nothing_is_overwritten(
    folder: Path, city: City, app: Any, resource: dict[str, Any], restriction: dict[str, Any]
) -> None:
    """Two files of one resource, as after somebody has copied them there."""
    id_ = resource["id"]
    drop(resource, folder, SECOND, "governed")
    close(city, "daten", restriction)
    assert fetch(app, city, resource).body == FIRST, "what was served before"
    assert sorted(uploads.found()) == [(id_, "governed"), (f"{id_}~1", "governed")]
    # Stored while we were off, or put back from a copy: away from where CKAN looks.
    drop(resource, folder, THIRD, "normal")
    assert fetch(app, city, resource).body == THIRD
    names = [id_, f"{id_}~1", f"{id_}~2"]
    assert sorted(uploads.found()) == [(name, "governed") for name in names]
    drop(resource, folder, THIRD, "normal")
    assert city.editor("package_patch", id="daten", notes="Neu").status == 200
    assert sorted(uploads.found()) == [(name, "governed") for name in names], "the same content"

    drop(resource, folder, FIRST, "normal")
    uploads.place(model.Resource.get(id_), restricted=False)
    model.repo.commit()
    aside = [(f"{id_}~{number}", "governed") for number in (1, 2, 3)]
    assert sorted(uploads.found()) == [(id_, "resources"), *aside]
    assert fetch(app, city, resource).body == THIRD, "what was served before"
    for name, _area in list(uploads.found()):
        uploads.remove(name)
    assert lying(folder) == {}


def test_names_for_everyone(folder: Path, city: City, resource: dict[str, Any]) -> None:
    """They say what the file is about, and nothing of how it is really called."""
    found = model.Resource.get(resource["id"])
    for name, true_name, expected in (
        ("Übersicht der Bäume", "k7.csv", "ubersicht-der-baume.csv"),
        ("kündigungen müller.csv", "kundigungen-muller.csv", "data.csv"),
        ("Kündigungen Müller", "kundigungen-muller.csv", "data.csv"),
        ("Liste: kündigungen (müller), neu", "kundigungen-muller.csv", "data.csv"),
        ("", "k7.tar", "data.tar"),
        ("???", "k7.geojson", "data.geojson"),
        ("Akte", "k7.muellerakte", "akte"),
        ("Akte", "k7", "akte"),
        ("../../etc/passwd", "k7.csv", "etc-passwd.csv"),
        ("x" * 200, "k7.gpkg", "x" * 60 + ".gpkg"),
    ):
        found.name, found.url = name, true_name
        assert uploads.public_name(found) == expected, name
    model.Session.rollback()


def test_the_uploader_is_ckans_own(folder: Path, city: City, ckan_config: Any) -> None:
    assert isinstance(uploader.get_resource_uploader({}), uploads.GovernedUpload)
    assert isinstance(uploader.get_resource_uploader({}), uploader.ResourceUpload)
    ckan_config["ckan.storage_path"] = ""
    assert uploads.uploader({}) is None
    assert list(uploads.found()) == []
    assert not uploads.has_file("x")


@pytest.mark.parametrize("folder", STORAGES, indirect=True)
@pytest.mark.parametrize("id_", ["../../nope.txt", "../../../nope.txt", "a/../../b.txt"])
def test_an_id_that_is_no_file_name_is_refused_not_failed(
    folder: Path, city: City, resource: dict[str, Any], id_: str
) -> None:
    new = {"package_id": "daten", "id": id_, "name": "Neu", "url": "https://example.org/x"}
    assert "id" in city.editor("resource_create", **new).errors
    assert not uploads.has_file(id_)
