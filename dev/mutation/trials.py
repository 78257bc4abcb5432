"""Runs the tests against mutants: one process collects them once and forks for each mutant.

A change in a function is put into the function itself, and only the tests that run its lines
are run, the quickest first. A change outside of functions takes effect on import: then package
and tests are imported anew, which takes a second or two more. Runs in the environment of the
tests (pytest, coverage, hypothesis), not in the one of the developer commands.
"""

import contextlib
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import coverage
import hypothesis
import pytest

from dev.mutation.mutants import Mutant, Source

SURVIVED, KILLED, TIMEOUT, UNTESTED = "survived", "killed", "timeout", "untested"
MISSED = (SURVIVED, UNTESTED)

# Of the plugins that are installed only one has a part in this; of pytest's own not those that
# print or write files.
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
_OPTIONS = (
    *("-p", "_hypothesis_pytestplugin", "--hypothesis-profile=mutants", "--capture=no"),
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
)
_MEMORY = 8 * 2**30
_PATIENCE = 8


@dataclass
class Baseline:
    """What the tests do when nothing is changed.

    Attributes:
        seconds: how long each test takes.
        tests: by file and line the tests that run it.
        problems: what failed.
    """

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    tests: dict[tuple[str, int], list[str]] = field(
        default_factory=dict[tuple[str, int], list[str]]
    )
    problems: list[str] = field(default_factory=list[str])

    def running(self, mutant: Mutant) -> list[str]:
        """The tests that run one of the lines of a change, the quickest first."""
        file = str(mutant.source.path)
        found = {test for line in mutant.lines for test in self.tests.get((file, line), ())}
        return sorted(found, key=self.seconds.__getitem__)

    def importing(self, mutant: Mutant) -> list[str]:
        """All tests: first those that run something of the module, the quickest first."""
        file = str(mutant.source.path)
        near = {test for (path, _line), some in self.tests.items() if path == file for test in some}
        return sorted(self.seconds, key=lambda test: (test not in near, self.seconds[test]))


class _Watch:
    """A plugin that notes how tests end."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.problems: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.note(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.note(report)

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
            self.problems.append(f"{report.nodeid}\n{report.longreprtext}")


class _Chosen(_Watch):
    """Runs tests in a given order, up to the first that fails."""

    def __init__(self, tests: Sequence[str]) -> None:
        super().__init__()
        self._place = {test: number for number, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # A test that is missing was made by a parameter that the change took away.
        items.sort(key=lambda item: self._place.get(item.nodeid, len(self._place)))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if len(session.items) != len(self._place):
            self.failed.append("")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not self.failed:
            self.run(session.items)
        return True

    def run(self, items: Sequence[pytest.Item]) -> None:
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return


class Trials(_Watch):
    """The plugin of the collecting process: measures the tests, then forks the mutants.

    Attributes:
        results: how each mutant ended, by its name.
        baseline: what the tests do when nothing is changed.
    """

    def __init__(
        self,
        tests: Path,
        sources: Sequence[Source],
        mutants: Sequence[Mutant],
        report: Callable[[str, str], None],
    ) -> None:
        super().__init__()
        self.results: dict[str, str] = {}
        self.baseline = Baseline()
        self._tests = tests
        self._sources = sources
        self._mutants = mutants
        self._report = report
        self._running: dict[int, tuple[Mutant, int]] = {}
        self._items: dict[str, pytest.Item] = {}
        # By function: the tests that noticed a change in it; they are likely to notice the next.
        self._noticed: defaultdict[str, list[str]] = defaultdict(list)

    def run(self) -> list[str]:
        """Try all mutants; what went wrong, if anything did."""
        _make_profile()
        code = pytest.main([*_OPTIONS, str(self._tests)], plugins=[self])
        if code and not self.problems:
            self.problems.append(f"pytest ended with exit code {int(code)}.")
        return self.problems

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Called by pytest after the tests are collected."""
        if session.testsfailed:
            return True
        self._items = {item.nodeid: item for item in session.items}
        self._measure(session.items)
        if not self.problems:
            self._check_the_trial_itself()
        if not self.problems:
            self._try_all()
        return True

    def _measure(self, items: Sequence[pytest.Item]) -> None:
        files = [str(source.path) for source in self._sources]
        package = self._sources[0].module.rpartition(".")[0]
        measured = coverage.Coverage(data_file=None, include=files, config_file=False)
        measured.start()
        for item, following in zip(items, [*items[1:], items[0]], strict=True):
            # What a function remembers from before would hide that a test needs it.
            _forget(package)
            measured.switch_context(item.nodeid)
            began = time.process_time()
            # The last one is not followed by nothing: fixtures of the session stay for the forks.
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self.baseline.seconds[item.nodeid] = time.process_time() - began
        measured.stop()
        data = measured.get_data()
        for file in files:
            for line, tests in data.contexts_by_lineno(file).items():
                self.baseline.tests[file, line] = [test for test in tests if test]

    def _check_the_trial_itself(self) -> None:
        """With nothing changed no test may fail: not in a fork, and not imported anew."""
        everything = sorted(self.baseline.seconds)
        whole = self._sources[0]
        trials = (
            self._fork(lambda: self._run_here(everything), everything),
            self._fork(lambda: _run_anew(self._tests, whole, everything), everything),
        )
        for (pid, answer), name in zip(trials, ("in a fork", "imported anew"), strict=True):
            if _outcome(os.waitpid(pid, 0)[1]) != SURVIVED:
                self.problems.append(f"{_read(answer)} fails without any change, {name}.")

    def _try_all(self) -> None:
        slots = os.cpu_count() or 1
        for mutant in self._mutants:
            self._wait(until=slots - 1)
            self._try(mutant)
        self._wait(until=0)

    def _try(self, mutant: Mutant) -> None:
        def here() -> str | None:
            return self._run_here(tests, mutant)

        def anew() -> str | None:
            return _run_anew(self._tests, mutant.source, tests, mutant)

        is_here = bool(mutant.place.function)
        tests = self.baseline.running(mutant) if is_here else self.baseline.importing(mutant)
        if not tests:
            self._note(mutant, UNTESTED)
            return
        likely = self._noticed[mutant.where]
        tests.sort(key=lambda test: test not in likely)
        pid, answer = self._fork(here if is_here else anew, tests)
        self._running[pid] = (mutant, answer)

    def _run_here(self, tests: Sequence[str], mutant: Mutant | None = None) -> str | None:
        """Put the change into the function and run tests; the first that fails."""
        if mutant is not None:
            _put_in(mutant)
        chosen = _Chosen(tests)
        items = [self._items[test] for test in tests]
        items[0].config.pluginmanager.unregister(self)
        items[0].config.pluginmanager.register(chosen)
        chosen.run(items)
        return next(iter(chosen.failed), None)

    def _fork(self, trial: Callable[[], str | None], tests: Iterable[str]) -> tuple[int, int]:
        """Run a trial in a process of its own, which answers with the test that failed."""
        seconds = sum(self.baseline.seconds[test] for test in tests)
        read, write = os.pipe()
        pid = os.fork()
        if pid:
            os.close(write)
            return pid, read
        failed: str | None = ""
        with contextlib.suppress(BaseException):
            _limit(seconds)
            failed = trial()
            os.write(write, (failed or "").encode())
        os._exit(0 if failed is None else 1)

    def _wait(self, until: int) -> None:
        """Collect results until so many are left running."""
        while len(self._running) > until:
            pid, status = os.wait()
            mutant, answer = self._running.pop(pid)
            if failed := _read(answer):
                self._noticed[mutant.where].append(failed)
            self._note(mutant, _outcome(status))

    def _note(self, mutant: Mutant, result: str) -> None:
        self.results[mutant.name] = result
        self._report(mutant.name, result)


def _read(answer: int) -> str:
    with open(answer, "rb") as pipe:
        return pipe.read().decode()


def _outcome(status: int) -> str:
    if os.WIFSIGNALED(status):
        is_late = os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)
        return TIMEOUT if is_late else KILLED
    return SURVIVED if os.WEXITSTATUS(status) == 0 else KILLED


def _limit(seconds: float) -> None:
    """A change can make a loop endless."""
    limit = int(3 * seconds) + _PATIENCE
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)


def _make_profile() -> None:
    """Property tests find the same examples each time, and do not look for smaller ones."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile(
        "mutants",
        deadline=None,
        max_examples=60,
        database=None,
        derandomize=True,
        phases=phases,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def _put_in(mutant: Mutant) -> None:
    function, code = mutant.place.function, mutant.code()
    holder: Any = sys.modules[mutant.source.module]
    for name in function.split("."):
        holder = vars(holder)[name]
        code = next(
            inner
            for inner in code.co_consts
            if isinstance(inner, CodeType) and inner.co_name == name
        )
    _bare(holder).__code__ = code
    _forget(mutant.source.module.rpartition(".")[0])


def _bare(found: Any) -> FunctionType:
    """The function behind a property or cache."""
    for name in ("fget", "func", "__func__", "__wrapped__"):
        found = getattr(found, name, found)
    return found


def _forget(package: str) -> None:
    """Empty what the package's functions remember: it was made before the change."""
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{package}."):
            for function in vars(module).values():
                if hasattr(function, "cache_clear"):
                    function.cache_clear()


def _run_anew(
    tests: Path, source: Source, chosen: Sequence[str], mutant: Mutant | None = None
) -> str | None:
    """Import package and tests anew, one module with its change; the first test that fails."""
    code = mutant.code() if mutant is not None else source.code()
    own = source.module.rpartition(".")[0].rpartition(".")[0]
    for name in list(sys.modules):
        if name == own or name.startswith(f"{own}."):
            del sys.modules[name]
    sys.meta_path.insert(0, _Finder(source, code))
    plugin = _Chosen(chosen)
    ended = pytest.main([*_OPTIONS, str(tests)], plugins=[plugin])
    return next(iter(plugin.failed), None if ended == pytest.ExitCode.OK else "")


class _Finder:
    """Gives one module the code it is to have."""

    def __init__(self, source: Source, code: CodeType) -> None:
        self._source = source
        self._code = code

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._source.module:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(self._source.path))  # type: ignore[arg-type]

    def create_module(self, _spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, vars(module))  # noqa: S102 - our own source
