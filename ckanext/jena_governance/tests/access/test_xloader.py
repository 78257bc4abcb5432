"""xloader, with its real worker: restricted uploads are loaded, restricted links are not asked for."""

from __future__ import annotations

import functools
import http.server
import io
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

import ckantoolkit as tk
from ckan import model
from ckan.lib.redis import connect_to_redis
from ckan.tests.helpers import call_action

from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine
from ckanext.jena_governance.access import datastore, log, privileges, vault
from ckanext.jena_governance.tests.access.conftest import logged
from ckanext.jena_governance.tests.conftest import City, stored
from ckanext.jena_governance.tests.sweep import servers

ROWS = "name,secret\na,canary-loaded-6e1f\n"
TRUE_NAME = "kuendigungen-canary-6e1f.csv"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def foreign(tmp_path: Path) -> Generator[str]:
    """Another server with the file."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "daten.csv").write_text(ROWS)
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/daten.csv"
        server.shutdown()


def jobs_of_xloader() -> str:
    """Everything that its own database holds."""
    with sa.create_engine(tk.config["ckanext.xloader.jobs_db.uri"]).connect() as connection:
        tables = {"jobs", "metadata", "logs"} & set(sa.inspect(connection).get_table_names())
        return "\n".join(
            str(tuple(row))
            for name in tables
            for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))
        )


def test_uploads_are_loaded_and_links_are_left_alone(
    city: City,
    restriction: dict[str, Any],
    tmp_path: Path,
    foreign: str,
    ckan_config: Any,
) -> None:
    log._prune_once.cache_clear()
    connect_to_redis().flushdb()
    port = servers.free_port()
    settings = {
        "testing": "false",
        "ckan.site_url": f"http://127.0.0.1:{port}",
        "ckan.storage_path": str(tmp_path / "storage"),
        "ckanext.xloader.api_token": city.sysadmin.headers["Authorization"],
    }
    ckan_config.update(settings)
    made: dict[str, str] = {}
    for name, more in (("offen", {}), ("zu", restriction)):
        call_action(
            "package_create",
            context={"user": city.clerk},
            **{
                "name": name,
                "title": name,
                "owner_org": city.department["id"],
                "license_id": "dl-by-de-2.0",
                **more,
            },
        )
        for kind in ("Link", "Datei"):
            upload = FileStorage(io.BytesIO(ROWS.encode()), TRUE_NAME)
            content = {"url": foreign} if kind == "Link" else {"url": "", "upload": upload}
            made[f"{kind} {name}"] = call_action(
                "resource_create",
                context={"user": city.clerk},
                package_id=name,
                name=kind,
                format="CSV",
                **content,
            )["id"]
    assert [name for name, id_ in made.items() if not datastore.is_loadable(id_)] == ["Link zu"]
    with servers.serving(tmp_path / "portal", settings, [port]):
        servers.work(tmp_path / "portal", settings)

    try:
        readable = privileges.readable()
        loaded = {name: readable[id_] for name, id_ in made.items() if id_ in readable}
        assert loaded == {"Link offen": True, "Datei offen": True, "Datei zu": False}
        states = {row.entity_id: row.state for row in model.Session.query(model.TaskStatus)}
        assert set(states.values()) == {"complete"}
        assert made["Link zu"] not in states, "skipped, not failed"
        jobs = jobs_of_xloader()
        assert made["Datei zu"] in jobs
        assert made["Link zu"] not in jobs
        assert "IntegrityError" not in (tmp_path / "portal" / "worker.log").read_text()

        id_ = made["Datei zu"]
        assert city.nobody("datastore_search", resource_id=id_).status == 403
        rows = city.editor("datastore_search", resource_id=id_).result["records"]
        assert [row["secret"] for row in rows] == ["canary-loaded-6e1f"]
        with get_read_engine().connect() as connection, pytest.raises(sa.exc.ProgrammingError):
            connection.execute(sa.text(f'SELECT * FROM "{id_}"'))
        (shown,) = [one for one in stored("zu")["resources"] if one["id"] == id_]
        assert shown["datastore_active"]
        assert not shown.get("hash"), "says what is in a small file to whoever guesses"
        row = vault.location_of(shown["package_id"], id_)
        assert row is not None
        assert row.fields["hash"]
        assert "canary" not in model.Resource.get(id_).url
        assert logged()[0][1:3] == ("download", "sysadmin")
    finally:
        with get_write_engine().begin() as connection:
            for id_ in made.values():
                connection.execute(sa.text(f'DROP TABLE IF EXISTS "{id_}" CASCADE'))
        connect_to_redis().flushdb()
