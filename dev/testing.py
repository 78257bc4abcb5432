"""Test instances: brought up, used by pytest, taken down."""

import os
import shlex
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from dev import machine, preparation, processes
from dev.instance import Instance
from dev.paths import CACHE, ROOT
from dev.processes import Process
from dev.say import Steps, Stop, line

BUSY = "{name} is in use by another test run; wait for it, or end it with make test-down."
# Chromium puts a socket into its temporary folder, and a socket's path may have 108 characters.
_LONGEST_TEMPORARY = 60


def bring_up(instance: Instance, *, browser: bool = True) -> None:
    """Start a test instance, or leave it as it is where it runs; the caller holds its lock."""
    if not instance.up:
        steps = Steps(preparation.STEPS + 2)
        preparation.prepare(steps, instance.venv, browser=browser)
        with steps.step("PostgreSQL, Redis, Solr"):
            instance.stop()
            instance.start_services()
        with steps.step("databases"):
            _configure(instance)
    else:
        instance.venv.prepare()
        _configure(instance)


def _configure(instance: Instance) -> None:
    instance.prepare_databases()
    instance.write_config()
    instance.prepare_datastore()
    (instance.folder / "env").write_text(_for_shells(instance))


def _for_shells(instance: Instance) -> str:
    """What a shell needs to call pytest by hand: `. .local/<name>/env`."""
    values = {"CKAN_INI": str(instance.ini), "CHROMIUM": str(machine.which(*machine.BROWSERS))}
    lines = [f"export {key}={shlex.quote(value)}" for key, value in values.items()]
    lines.append(f'export PATH={shlex.quote(str(instance.venv.folder / "bin"))}:"$PATH"')
    return "\n".join(lines) + "\n"


def environment(instance: Instance) -> dict[str, str]:
    """Environment for pytest on an instance."""
    values = instance.environment() | {
        "CHROMIUM": str(machine.which(*machine.BROWSERS)),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(CACHE / "hypothesis"),
    }
    values["PATH"] = f"{instance.venv.folder / 'bin'}{os.pathsep}{values['PATH']}"
    if len(values["TMPDIR"]) > _LONGEST_TEMPORARY:
        del values["TMPDIR"]
    return values


def up(name: str, ckan: str) -> None:
    """`make test-up`: services for tests, to stay."""
    instance = Instance(name, ckan=ckan)
    with instance.lock(BUSY.replace("{name}", name)):
        try:
            bring_up(instance)
        except BaseException:
            with processes.undisturbed():
                instance.stop()
            raise
    line(f"{name} is up (CKAN {ckan}). Now: . {instance.folder / 'env'}; pytest -k …")


def down(name: str) -> None:
    """`make test-down`."""
    line(Instance(name).end())


def test(name: str, ckan: str, arguments: Sequence[str]) -> int:
    """`make test`: the suite on one CKAN; the exit code is pytest's, or 1 for forbidden skips."""
    instance = Instance(name, ckan=ckan)
    report = instance.folder / "junit.xml"
    with instance.lock(BUSY.replace("{name}", name)):
        stays_up = instance.up
        instance.remember(supervisor=Process.of_this().to_json())
        try:
            bring_up(instance)
            report.unlink(missing_ok=True)
            began = time.monotonic()
            line(f"\nTests on CKAN {ckan}")
            code = processes.run(
                [instance.venv.program("pytest"), f"--ckan-ini={instance.ini}",
                 f"--junitxml={report}", f"--basetemp={instance.folder / 'tmp' / 'pytest'}",
                 "-o", f"cache_dir={CACHE / 'pytest'}", *arguments],
                cwd=ROOT,
                env=environment(instance),
            )  # fmt: skip
            line(f"Tests on CKAN {ckan}: {time.monotonic() - began:.0f} s")
        finally:
            if not stays_up:
                with processes.undisturbed():
                    instance.stop()
    return code or _refuse_skips(report)


def _refuse_skips(report: Path) -> int:
    """Where JENA_GOVERNANCE_NO_SKIP is set a skipped test counts as a failed one."""
    if not os.environ.get("JENA_GOVERNANCE_NO_SKIP"):
        return 0
    skipped = skips(report)
    for test_name, reason in skipped:
        line(f"SKIPPED {test_name}: {reason}")
    if skipped:
        raise Stop(f"{len(skipped)} tests were skipped, and JENA_GOVERNANCE_NO_SKIP forbids it.")
    return 0


def skips(report: Path) -> list[tuple[str, str]]:
    """Skipped tests of a junit report with their reasons; expected failures are none."""
    found: list[tuple[str, str]] = []
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - written by pytest just now
        for skip in case.iter("skipped"):
            if skip.get("type") != "pytest.xfail":
                name = f"{case.get('classname')}::{case.get('name')}"
                found.append((name, skip.get("message", "")))
    return found
