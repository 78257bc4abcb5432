"""Pytest plugin of `make test-ckan`: our plugin in each of CKAN's own tests, and what came of it.

CKAN's tests name the plugins they need, most of them none at all; CKAN unloads everything else
before the first test. With `--governed` every list is led by ours, every test starts with the
plugins of its list loaded, and each is asked whether ours really was active: a run in which it
was not proves nothing.
"""

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from ckan import logic, model, plugins
from ckan.common import aslist, config
from ckan.plugins import core

# What ours needs to be of use, in the order that the documentation tells administrators.
OURS = ("jena_governance", "scheming_datasets", "scheming_organizations", "dcat")
# An action that only we have: it is there only if CKAN's registries were filled with us loaded.
WITNESS = "governance_check"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options, given by `dev/test_ckan.py`."""
    parser.addoption("--governed", action="store_true", help="load our plugin in every test")
    parser.addoption("--results", required=True, help="file for one line of JSON per test")


def pytest_configure(config: pytest.Config) -> None:
    """Install the recorder, and the plugin that is tested."""
    governed = bool(config.getoption("--governed"))
    if governed:
        config.pluginmanager.register(Governed(), "governed")
    path = Path(str(config.getoption("--results")))
    config.pluginmanager.register(Recorder(path, governed=governed), "recorder")


def pytest_sessionstart() -> None:
    """The tables are there already: CKAN need not drop them all before the first test."""
    model.repo.tables_created_and_initialised = True


def led_by_ours(names: list[str]) -> list[str]:
    """The plugins of a test, ours first, none twice."""
    return [*OURS, *(name for name in names if name not in OURS)]


def is_active() -> bool:
    """Whether CKAN would act through our plugin at this moment."""
    if not all(plugins.plugin_loaded(name) for name in OURS):
        return False
    try:
        logic.get_action(WITNESS)
    except KeyError:
        return False
    return True


class Governed:
    """Puts our plugins into every test."""

    def __init__(self) -> None:
        self._load_all: Callable[..., None] = core.load_all
        core.load_all = plugins.load_all = self.load_all

    def load_all(self, force_update: bool = False) -> None:
        """CKAN's function of that name, with our plugins at the head of the list."""
        config["ckan.plugins"] = led_by_ours(aslist(config.get("ckan.plugins")))
        self._load_all(force_update=force_update)

    def pytest_runtest_setup(self, item: pytest.Function) -> None:
        """Load the plugins before any other fixture of the test needs them."""
        if item.fixturenames[:1] != ["with_plugins"]:
            item.fixturenames.insert(0, "with_plugins")


class Recorder:
    """Writes the outcome of each test as it ends, so that the runner can tell how far it is."""

    def __init__(self, path: Path, *, governed: bool) -> None:
        self.governed = governed
        self._file = path.open("w", encoding="utf-8")
        self._active: dict[str, bool] = {}
        self._worst: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Ask before the test's own code runs: what it unloads itself is its own affair."""
        self._active[item.nodeid] = is_active()
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst of setup, call and teardown."""
        found = self._worst.setdefault(report.nodeid, {"outcome": "passed", "message": ""})
        outcome = _outcome(report)
        if outcome != "passed" and found["outcome"] in ("passed", "skipped"):
            found |= {"outcome": outcome, "message": _message(report)}
        if report.when == "teardown":
            self._write(report.nodeid)

    def _write(self, test: str) -> None:
        line = {"test": test, **self._worst.pop(test), "active": self._active.pop(test, None)}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def pytest_unconfigure(self) -> None:
        """Close the file."""
        self._file.close()


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed and report.when != "call":
        return "error"
    return report.outcome


def _message(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr or "")
    return text.strip()[:2000]
