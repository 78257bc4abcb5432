"""A real server and a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance import config
from ckanext.jena_governance.tests import clock
from ckanext.jena_governance.tests.e2e import moved_clock
from ckanext.jena_governance.tests.e2e.signing_in import PASSWORD, sign_in

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Says by how many days the clock of the server is ahead."""
    return tmp_path_factory.mktemp("clock") / "days"


@pytest.fixture
def days_later(
    clock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int], date]]:
    """Move the clock of the running server, and of the test; returns the day that it is then."""
    for module in clock.MODULES:
        monkeypatch.setattr(module, "datetime", moved_clock.reading(clock_file))

    def move(days: int) -> date:
        new = clock_file.with_suffix(".new")
        new.write_text(str(days))
        new.replace(clock_file)
        return config.today()

    yield move
    clock_file.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clock_file: Path
) -> Iterator[str]:
    """CKAN in a process of its own, on the databases of the tests; its clock can be moved."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ini = request.config.getoption("--ckan-ini") or os.environ["CKAN_INI"]
    log = tmp_path_factory.mktemp("server") / "ckan.log"
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "CKAN_SITE_URL": url}
    command = [
        sys.executable,
        "-m",
        moved_clock.__name__,
        str(clock_file),
        "-c",
        ini,
        "run",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--disable-reloader",
    ]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        _wait(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api/3/action/status_show", timeout=5)
        except OSError:
            time.sleep(0.3)
        else:
            return
    pytest.fail(f"CKAN did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=QUIET
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def somebody(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """A window of somebody who has signed in."""
    contexts = []

    def open_window(name: str, width: int = 1280, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        contexts.append(context)
        page = context.new_page()
        sign_in(page, f"{server}/de/user/login", name)
        return page

    yield open_window
    for context in contexts:
        context.close()


@pytest.fixture
def department(portal: None) -> dict[str, Any]:
    """A core department with an editor who can sign in."""
    factories.User(name="clerk", password=PASSWORD)
    department = factories.Organization(
        name="umwelt",
        title="Fachdienst Umweltschutz",
        users=[{"name": "clerk", "capacity": "editor"}],
    )
    call_action(
        "governance_entity_update",
        organization_id=department["id"],
        entity_class="core",
        in_group=True,
    )
    model.Session.commit()
    return department


@pytest.fixture
def clerk(page: Page, server: str, department: dict[str, Any]) -> Page:
    """The editor, signed in."""
    sign_in(page, f"{server}/user/login")
    return page
