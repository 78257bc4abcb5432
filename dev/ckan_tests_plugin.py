"""Pytest plugin of `make test-ckan`: our plugin in each of CKAN's own tests, and what came of it.

CKAN's tests name the plugins they need, most of them none at all; CKAN unloads everything else
before the first test. With `--governed` every list is led by ours, every test starts with ours
loaded, and each is asked whether ours really was active: a run in which it was not proves nothing.
"""

import copy
import functools
import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckan import logic, model, plugins
from ckan.common import aslist, config
from ckan.plugins import core

from ckanext.jena_governance.tests import emptying

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
    remember_files()
    emptying.teach_ckan()
    governed = bool(config.getoption("--governed"))
    if governed:
        lead_every_list()
    path = Path(str(config.getoption("--results")))
    config.pluginmanager.register(Recorder(path), "recorder")


def pytest_sessionstart() -> None:
    """The tables are there already: CKAN need not drop them all before the first test."""
    model.repo.tables_created_and_initialised = True


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Load our plugins if the test before unloaded them; called after CKAN has reset its settings.

    CKAN loads plugins anew for each application and each test that names some, by `load_all`.
    """
    if item.config.getoption("--governed") and not all(map(plugins.plugin_loaded, OURS)):
        plugins.load_all()


def lead_every_list() -> None:
    """Put ours at the head of what CKAN loads, whoever asks."""
    original: Callable[..., None] = core.load_all

    def load_all(force_update: bool = False) -> None:
        config["ckan.plugins"] = led_by_ours(aslist(config.get("ckan.plugins")))
        original(force_update=force_update)

    core.load_all = plugins.load_all = load_all


def remember_files() -> None:
    """Parse each YAML file and search for each plugin once, not in every one of 1,300 tests."""
    original: Callable[..., Any] = yaml.load
    known: dict[tuple[Any, Any], Any] = {}

    def load(stream: Any, Loader: Any) -> Any:  # noqa: N803 - PyYAML's name
        text = stream.read() if hasattr(stream, "read") else stream
        if (text, Loader) not in known:
            known[text, Loader] = original(text, Loader)
        return copy.deepcopy(known[text, Loader])

    yaml.load = load
    core.entry_points = functools.cache(core.entry_points)


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


class Recorder:
    """Writes the outcome of each test as it ends, so that the runner can tell how far it is."""

    def __init__(self, path: Path) -> None:
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
