"""The second CKAN as the tests see it: made by the project's tooling, one process, ended with us."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[4]
# Where the system can: a test run that is killed leaves no process behind. Elsewhere, it ends as
# soon as nobody holds the other end of its input.
_DIE_WITH_ME = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


class SecondError(Exception):
    """An order that had to succeed did not."""

    def __init__(self, order: dict[str, Any], answer: dict[str, Any]) -> None:
        super().__init__(f"{order}: {answer['error']}")
        self.kind: str = answer["kind"]


class Second:
    """A running second CKAN.

    Attributes:
        stores: addresses of ``database``, ``solr`` and ``redis``; ``site_id``, ``ini``, ``folder``.
        log: what it wrote.
    """

    def __init__(self, process: subprocess.Popen[str], stores: dict[str, str], log: Path) -> None:
        self._process = process
        self.stores = stores
        self.log = log

    def order(self, what: str, **order: Any) -> Any:
        """Have something done (see :class:`program.Ckan`).

        Raises:
            SecondError: it failed.
        """
        order = {"do": what, **order}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            pytest.fail(f"the second CKAN ended:\n{self.log.read_text()[-3000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise SecondError(order, answer)
        return answer["result"]

    def call(self, action: str, user: str = "", **data: Any) -> Any:
        """An action as somebody, nobody by default; ``site`` is the portal's own account."""
        return self.order("call", action=action, user=user, data=data)

    def harvester(self, *arguments: str) -> None:
        """`ckan harvester …`."""
        self.order("harvester", arguments=arguments)

    def harvest(self, source: str) -> dict[str, Any]:
        """Gather, fetch and import.

        Returns:
            How the job ended: ``stats``, ``gather_error_summary``, ``object_error_summary``.
        """
        # On CKAN 2.12, ckanext-harvest 1.6.3 leaves its source in the index without its own fields
        # after each job, and does not find them the next time.
        self.order("reindex", id=source)
        self.harvester("run-test", source)
        status = self.call("harvest_source_show", "site", id=source)["status"]
        report = self.call("harvest_job_report", "site", id=status["last_job"]["id"])
        return {**status["last_job"], "report": report}

    def datasets(self, source: str) -> dict[str, dict[str, Any]]:
        """What came from a source, as everybody reads it, by name."""
        id_ = self.call("harvest_source_show", "site", id=source)["id"]
        found = self.call("package_search", q=f'harvest_source_id:"{id_}"', rows=1000)
        shown = (self.call("package_show", id=one["id"]) for one in found["results"])
        return {one["name"]: one for one in shown}


def tooling(command: str, flavour: str) -> str:
    """A command of the project's tooling about the second CKAN of this instance."""
    instance = Path(os.environ["CKAN_INI"]).resolve().parent.name
    done = subprocess.run(
        [sys.executable, "-m", "dev", command, instance, flavour],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"the second CKAN needs an instance of `make test`: {done.stderr}")
    return done.stdout


@contextmanager
def running(flavour: str) -> Iterator[Second]:
    """A second CKAN on empty stores of its own, which go with it.

    Args:
        flavour: ``plain`` (without our extension) or ``city`` (with it).
    """
    stores = json.loads(tooling("second-up", flavour))
    log = Path(stores["folder"]) / "second.log"
    try:
        process = _start(stores, log)
        try:
            second = Second(process, stores, log)
            second.order("empty")
            yield second
        finally:
            _end(process)
    finally:
        tooling("second-down", flavour)


def _start(stores: dict[str, str], log: Path) -> subprocess.Popen[str]:
    program = f"{__package__}.program"
    environment = {**os.environ, "CKAN_INI": stores["ini"]}
    with log.open("wb") as errors:
        return subprocess.Popen(
            [*_DIE_WITH_ME, sys.executable, "-m", program, stores["ini"]],
            cwd=stores["folder"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
