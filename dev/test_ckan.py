"""`make test-ckan`: CKAN's own tests from its wheel, once without and once with our plugin.

Both runs go side by side, each on an instance of its own. What counts is not how many tests fail
but which of them end differently. Each of those stands in docs/compatibility.md with its reason;
the command fails where one is missing there, and where one is listed that no longer differs.
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev import preparation, processes
from dev.instance import Instance
from dev.paths import ROOT
from dev.processes import Process
from dev.say import Steps, Stop, line

DOCUMENT = ROOT / "docs" / "compatibility.md"
TESTS = ("ckan/tests/logic/action", "ckan/tests/logic/auth", "ckan/tests/controllers")
GOVERNED_PLUGINS = ("jena_governance", "scheming_datasets", "scheming_organizations", "dcat")
TIME_LIMIT = 13 * 60.0
REPORT_EVERY = 20.0

# What CKAN's own test configuration sets: its tests take these for granted, and fail without us
# where they differ. Everything else comes from test.ini.
CKAN_TEST_SETTINGS: dict[str, str] = {
    "debug": "false",
    "WTF_CSRF_ENABLED": "false",
    "SESSION_COOKIE_DOMAIN": "test.ckan.net",
    "ckan.plugins": "",
    "ckan.site_logo": "/images/ckan_logo_fullname_long.png",
    "ckan.site_description": "",
    "ckan.storage_path": "",
    "ckan.files.default_storages.default": "test",
    "ckan.files.storage.test.type": "ckan:memory",
    "ckan.auth.create_user_via_api": "false",
    "ckan.auth.create_user_via_web": "false",
    "ckan.auth.anon_create_dataset": "false",
    "ckan.auth.create_default_api_keys": "true",
    "ckan.extra_resource_fields": "alt_url",
    "ckan.jobs.timeout": "180",
    "ckan.locales_offered": "",
    "ckan.locale_order": "en pt_BR ja it cs_CZ ca es fr el sv sr sr@latin no sk fi ru de pl nl bg "
    "ko_KR hu sa sl lv",
    "package_new_return_url": "http://localhost/dataset/<NAME>?test=new",
    "package_edit_return_url": "http://localhost/dataset/<NAME>?test=edit",
    "smtp.server": "localhost",
}
GOVERNED_SETTINGS = {
    "ckan.plugins": " ".join(GOVERNED_PLUGINS),
    "ckanext.jena_governance.enforcement": "report",
}


@dataclass(frozen=True)
class Outcome:
    """How one test ended in one of the runs."""

    outcome: str
    message: str = ""
    active: bool | None = None


@dataclass
class Run:
    """CKAN's tests on one instance."""

    title: str
    instance: Instance
    governed: bool
    process: "subprocess.Popen[bytes] | None" = None
    results: dict[str, Outcome] = field(default_factory=dict[str, Outcome])

    @property
    def results_file(self) -> Path:
        """Where the pytest plugin writes."""
        return self.instance.folder / "results.jsonl"

    @property
    def log(self) -> Path:
        """What pytest printed."""
        return self.instance.folder / "log" / "pytest.log"

    def prepare(self) -> None:
        """New services, configuration and tables; what an aborted run left is ended first."""
        self.instance.stop()
        for data in ("pg", "redis", "solr"):
            shutil.rmtree(self.instance.folder / data, ignore_errors=True)
        self.instance.remember(supervisor=Process.of_this().to_json())
        self.instance.start_services()
        self.instance.prepare_databases()
        more = GOVERNED_SETTINGS if self.governed else {}
        self.instance.write_config(CKAN_TEST_SETTINGS | more)
        self.instance.ckan(
            "db", "upgrade", what=f"No tables could be made for the run {self.title}"
        )

    def start(self, tests: Iterable[str]) -> None:
        """Start pytest; it goes on by itself."""
        packages = self.instance.venv.site_packages
        self.results_file.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)
        command = [
            *processes.DIE_WITH_ME,
            str(self.instance.venv.program("python")), "-m", "pytest", "-q",
            "-p", "dev.ckan_tests_plugin", "-p", "no:cacheprovider",
            "-c", str(_pytest_ini(self.instance)), "--rootdir", str(packages),
            "--ckan-ini", str(self.instance.ini), "--results", str(self.results_file),
            *(["--governed"] if self.governed else []),
            *(str(packages / test) for test in tests),
        ]  # fmt: skip
        environment = self.instance.environment() | {"PYTHONPATH": str(ROOT)}
        self.process = processes.start(command, log=self.log, cwd=packages, env=environment)
        self.instance.record("pytest", Process.of(self.process.pid))

    def collect(self) -> None:
        """Read the outcomes; pytest must have run to its end, with whatever result."""
        assert self.process is not None  # noqa: S101 - started by the caller
        if self.process.returncode not in (0, 1) or not self.results_file.exists():
            raise Stop(f"CKAN's tests {self.title} did not run to their end, see {self.log}")
        self.results = read_results(self.results_file)

    @property
    def ended(self) -> int:
        """Number of tests that have ended so far."""
        if not self.results_file.exists():
            return 0
        return self.results_file.read_bytes().count(b"\n")


def _pytest_ini(instance: Instance) -> Path:
    path = instance.folder / "pytest.ini"
    path.write_text("[pytest]\nfilterwarnings = ignore::DeprecationWarning\n")
    return path


def read_results(path: Path) -> dict[str, Outcome]:
    """Outcomes by test, as `dev/ckan_tests_plugin.py` wrote them."""
    found: dict[str, Outcome] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        entry: dict[str, Any] = json.loads(text)
        test = entry.pop("test")
        found[test] = Outcome(**entry)
    return found


# -- what is documented ------------------------------------------------------------------------

_LISTED = re.compile(r"^- `(?P<test>ckan/tests/[^`]+)`: (?P<before>\w+) → (?P<after>\w+)$")


def documented(text: str) -> dict[str, tuple[str, str]]:
    """The tests that docs/compatibility.md lists, with their outcomes without and with us.

    Args:
        text: the document. A list item that names a test has the form
            ``- `ckan/tests/…::test_name`: passed → failed``.

    Raises:
        Stop: if an item is malformed, or a test is listed twice.
    """
    found: dict[str, tuple[str, str]] = {}
    for number, row in enumerate(text.splitlines(), start=1):
        if not row.startswith("- `ckan/tests/"):
            continue
        match = _LISTED.match(row)
        if match is None or match["test"] in found:
            raise Stop(f"{DOCUMENT.name}, line {number}: malformed, or listed twice: {row}")
        found[match["test"]] = (match["before"], match["after"])
    return found


# -- the comparison ----------------------------------------------------------------------------

_MISSING = Outcome("missing")


def differences(
    without: Mapping[str, Outcome], governed: Mapping[str, Outcome]
) -> dict[str, tuple[str, str]]:
    """The tests that ended differently, with both outcomes."""
    pairs = {
        test: (without.get(test, _MISSING).outcome, governed.get(test, _MISSING).outcome)
        for test in sorted({*without, *governed})
    }
    return {test: pair for test, pair in pairs.items() if pair[0] != pair[1]}


def check_active(without: Run, governed: Run) -> None:
    """Refuse a comparison in which our plugin was not where it should be, or was where not."""
    idle = [test for test, found in governed.results.items() if found.active is False]
    stray = [test for test, found in without.results.items() if found.active]
    if idle:
        raise Stop(f"The plugin was not active in {len(idle)} tests, e.g. {idle[0]}")
    if stray:
        raise Stop(f"The plugin was active in the run without it, e.g. in {stray[0]}")
    if not any(found.active for found in governed.results.values()):
        raise Stop("No test was run with the plugin active.")


# -- the command -------------------------------------------------------------------------------


def main(arguments: Sequence[str] = ()) -> int:
    """Compare the two runs with the document.

    Args:
        arguments: parts of CKAN's tests, as paths from the package folder (`ckan/tests/…`); all
            that are documented by default.

    Returns:
        0 if just the documented tests differ, else 1.
    """
    runs = (
        Run("without the plugin", Instance("ckan-tests-without"), governed=False),
        Run("with the plugin", Instance("ckan-tests-with"), governed=True),
    )
    expected = documented(DOCUMENT.read_text(encoding="utf-8"))
    refusal = (
        "Another `make test-ckan` is running; wait for it, or end it with `python3 -m dev end`."
    )
    with runs[0].instance.lock(refusal), runs[1].instance.lock(refusal):
        try:
            return _compare(runs, tuple(arguments) or TESTS, expected)
        finally:
            with processes.undisturbed():
                for each in runs:
                    each.instance.stop()


def _compare(
    runs: tuple[Run, Run], tests: Sequence[str], expected: Mapping[str, tuple[str, str]]
) -> int:
    steps = Steps(preparation.STEPS + 3)
    preparation.prepare(steps, runs[0].instance.venv)
    with steps.step("two sets of PostgreSQL, Redis and Solr"):
        for each in runs:
            each.prepare()
    with steps.step("CKAN's own tests, without and with the plugin"):
        _run_both(runs, tests, steps)
    found = differences(runs[0].results, runs[1].results)
    expected = {test: pair for test, pair in expected.items() if _within(test, tests)}
    with steps.step("once more what ends otherwise than documented"):
        found = _settle(runs, found, expected, steps)
    return _report(runs, found, expected)


def _within(test: str, tests: Iterable[str]) -> bool:
    return any(re.match(rf"{re.escape(part)}(/|::|\[|$)", test) for part in tests)


def _run_both(runs: tuple[Run, Run], tests: Iterable[str], steps: Steps) -> None:
    tests = list(tests)
    for each in runs:
        each.start(tests)
    told = time.monotonic()
    while waiting := [each for each in runs if each.process and each.process.poll() is None]:
        if steps.seconds > TIME_LIMIT:
            for each in waiting:
                each.instance.recorded()["pytest"].end()
            raise Stop(f"CKAN's tests took longer than {TIME_LIMIT / 60:.0f} minutes.")
        if time.monotonic() - told > REPORT_EVERY:
            told = time.monotonic()
            line("  " + ", ".join(f"{each.title}: {each.ended} tests" for each in runs))
        time.sleep(0.2)
    for each in runs:
        each.collect()
    check_active(*runs)


def _settle(
    runs: tuple[Run, Run],
    found: dict[str, tuple[str, str]],
    expected: Mapping[str, tuple[str, str]],
    steps: Steps,
) -> dict[str, tuple[str, str]]:
    """Run what is not as documented a second time: a test that wavers by itself is not our doing.

    A test counts as documented if either run of it ended so.
    """
    open_questions = [
        test for test in sorted({*found, *expected}) if found.get(test) != expected.get(test)
    ]
    again = [test for test in open_questions if all(test in each.results for each in runs)]
    if not again or len(again) > 200:
        return found
    first = [each.results for each in runs]
    _run_both(runs, again, steps)
    second = differences(runs[0].results, runs[1].results)
    for each, results in zip(runs, first, strict=True):
        each.results = results
    for test in again:
        if second.get(test) == expected.get(test):
            line(f"  wavers: {test}")
            found.pop(test, None)
            if test in second:
                found[test] = second[test]
    return found


def _report(
    runs: tuple[Run, Run],
    found: Mapping[str, tuple[str, str]],
    expected: Mapping[str, tuple[str, str]],
) -> int:
    for each in runs:
        counts: dict[str, int] = {}
        for result in each.results.values():
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
        text = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
        line(f"{each.title}: {len(each.results)} tests, {text}")
    active = sum(bool(result.active) for result in runs[1].results.values())
    line(f"active in {active} tests; {len(found)} end differently, {len(expected)} are documented")
    wrong = [test for test in sorted({*found, *expected}) if found.get(test) != expected.get(test)]
    for test in wrong:
        _explain(test, runs, found.get(test), expected.get(test))
    compared = len({*runs[0].results, *runs[1].results})
    line(f"{compared - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


def _explain(
    test: str,
    runs: tuple[Run, Run],
    found: tuple[str, str] | None,
    expected: tuple[str, str] | None,
) -> None:
    said = "differs and is not documented"
    if expected is not None:
        said = f"is documented as {' → '.join(expected)}"
        said += f" but ends {' → '.join(found)}" if found else " but does not differ"
    line(f"\n{test} {said}")
    if found is not None and expected is None:
        line(f"- `{test}`: {' → '.join(found)}")
    for each in runs:
        message = each.results.get(test, _MISSING).message
        if message:
            line(f"  {each.title}: {message.splitlines()[0][:300]}")
