"""CKAN in processes of its own, as a portal runs it: no test mode, real errors, real logs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ckanext.jena_governance.leakcheck.client import Client, Request

# Plugins that come with CKAN and have leaked elsewhere.
MORE_PLUGINS = ("stats", "resource_proxy", "image_view", "webpage_view")

# The portal at its most talkative: whatever an administrator may switch on is switched on.
TALKATIVE = {
    "testing": "false",
    "debug": "false",
    "WTF_CSRF_ENABLED": "true",
    "ckan.auth.roles_that_cascade_to_sub_groups": "admin editor member",
    "ckan.auth.allow_dataset_collaborators": "true",
    "ckan.auth.allow_admin_collaborators": "true",
    "ckan.auth.public_activity_stream_detail": "true",
    "ckan.auth.public_user_details": "true",
    "ckan.auth.reveal_private_datasets": "true",
    "ckan.datastore.sqlsearch.enabled": "true",
    "ckan.datastore.public_table_search": "_table_metadata",
    "ckan.cache_enabled": "true",
    "ckan.cache_expires": "3600",
    "ckan.feeds.include_private": "true",
    "ckan.extra_resource_fields": "access_url download_url",
}

# Where the system can: a test run that is killed leaves no server behind.
_DIE_WITH_ME = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []

_LOGGING = """
[loggers]
keys = root, ckan, ckanext, werkzeug

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = INFO
handlers = console

[logger_ckan]
level = INFO
handlers = console
qualname = ckan
propagate = 0

[logger_ckanext]
level = INFO
handlers = console
qualname = ckanext
propagate = 0

[logger_werkzeug]
level = WARNING
handlers = console
qualname = werkzeug
propagate = 0

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_ini(path: Path, settings: Mapping[str, str]) -> Path:
    """An ini file that rests on the one of the tests."""
    base = os.path.relpath(os.environ["CKAN_INI"], path.parent)
    lines = ["[app:main]", f"use = config:{base}", *(f"{k} = {v}" for k, v in settings.items())]
    path.write_text("\n".join(lines) + "\n" + _LOGGING)
    return path


@contextmanager
def serving(
    folder: Path, settings: Mapping[str, str], ports: list[int], *, pages: bool = True
) -> Iterator[list[Client]]:
    """CKAN on these ports, all on the same stores; logs are in the folder."""
    folder.mkdir(exist_ok=True)
    if pages:
        # Two first requests at once for the same assets: one of them fails otherwise.
        _run(folder, "assets", settings, "asset", "build")
    with ExitStack() as stack:
        started: list[tuple[subprocess.Popen[bytes], int, Path]] = []
        for port in ports:
            ini = write_ini(folder / f"{port}.ini", settings)
            log = folder / f"{port}.log"
            process = _start(ini, port, log)
            stack.callback(_end, process)
            started.append((process, port, log))
        yield [_ready(*one) for one in started]


def work(folder: Path, settings: Mapping[str, str]) -> None:
    """Do the jobs that wait, as a worker in a process of its own; its log is in the folder."""
    _run(folder, "worker", settings, "jobs", "worker", "--burst")


def _run(folder: Path, name: str, settings: Mapping[str, str], *command: str) -> None:
    ini = write_ini(folder / f"{name}.ini", settings)
    ckan = str(Path(sys.executable).parent / "ckan")
    with (folder / f"{name}.log").open("ab") as log:
        subprocess.run(
            [ckan, "-c", str(ini), *command], stdout=log, stderr=log, check=True, timeout=240
        )


def _start(ini: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    command = [
        *_DIE_WITH_ME, str(Path(sys.executable).parent / "ckan"), "-c", str(ini), "run", "--host", "127.0.0.1",
        "--port", str(port), "--disable-reloader", "--disable-debugger", "--threaded",
    ]  # fmt: skip
    with log.open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=output)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=20)


def _ready(process: subprocess.Popen[bytes], port: int, log: Path) -> Client:
    client = Client(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.send(Request("GET", "/api/3/action/status_show"))
        except OSError:
            time.sleep(0.3)
        else:
            return client
    pytest.fail(f"CKAN did not start:\n{log.read_text(errors='replace')[-3000:]}")
