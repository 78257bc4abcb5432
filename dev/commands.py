"""The commands behind the Makefile's targets."""

import json
import shutil
import sys
from collections.abc import Callable

from dev import machine, portal, processes, proof, test_ckan, testing
from dev.instance import Instance, existing
from dev.paths import LOCAL, ROOT, tool_environment
from dev.preparation import prepare
from dev.say import Steps, Stop, complain, line
from dev.second import Second
from dev.venv import NEWEST, Venv


def _run(port: str = "5000") -> int:
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Stop(f"PORT is a number from 1 to 65535, not {port!r}.")
    portal.run(int(port))
    return 0


def _stop() -> int:
    line(portal.instance().end())
    return 0


def _end() -> int:
    for instance in existing():
        line(instance.end())
    return 0


def _clean() -> int:
    _end()
    shutil.rmtree(LOCAL, ignore_errors=True)
    if LOCAL.exists():
        raise Stop(f"{LOCAL} holds files of another user: remove it as that user.")
    line("Removed .local.")
    return 0


def _test(*arguments: str) -> int:
    return testing.test("test", NEWEST, arguments)


def _test_211(*arguments: str) -> int:
    return testing.test("test-211", "2.11", ["-m", "not once", *arguments])


def _test_ckan(*arguments: str) -> int:
    return test_ckan.main(arguments)


def _test_up(name: str = "test", ckan: str = NEWEST) -> int:
    testing.up(name, ckan)
    return 0


def _test_down(name: str = "test") -> int:
    testing.down(name)
    return 0


def _second_up(name: str = "test", flavour: str = "plain") -> int:
    line(json.dumps(Second(Instance(name), flavour).make()))
    return 0


def _second_down(name: str = "test", flavour: str = "plain") -> int:
    Second(Instance(name), flavour).remove()
    return 0


def _lint() -> int:
    venv = Venv(NEWEST)
    if not venv.ready():
        prepare(Steps(3), venv)
    checks = (
        [venv.program("ruff"), "check", "--extend-exclude", ".local"],
        [venv.program("ruff"), "format", "--check", "--extend-exclude", ".local"],
        [venv.program("pyright"), "--warnings"],
    )
    codes = [processes.run(check, cwd=ROOT, env=tool_environment()) for check in checks]
    return max(codes)


def _screenshots() -> int:
    """With the Python of the portal, which has playwright."""
    running = portal.instance()
    if not running.up:
        raise Stop("The portal does not run: start it with `make run`, in another terminal.")
    command = [running.venv.program("python"), ROOT / "docs" / "screenshots.py"]
    chromium = {"CHROMIUM": str(machine.which(*machine.BROWSERS))}
    arguments = [running.state["url"], str(portal.ACCOUNTS)]
    return processes.run(
        [*map(str, command), *arguments], cwd=ROOT, env=tool_environment() | chromium
    )


def _prove(*arguments: str) -> int:
    return proof.prove(arguments)


def _prove_full(*arguments: str) -> int:
    return proof.prove(["--full", *arguments])


_COMMANDS: dict[str, Callable[..., int]] = {
    "run": _run,
    "stop": _stop,
    "end": _end,
    "clean": _clean,
    "test": _test,
    "test-211": _test_211,
    "test-ckan": _test_ckan,
    "test-up": _test_up,
    "test-down": _test_down,
    "second-up": _second_up,
    "second-down": _second_down,
    "lint": _lint,
    "prove": _prove,
    "prove-full": _prove_full,
    "screenshots": _screenshots,
}


def main() -> None:
    """Run one command; what goes wrong is told in one sentence."""
    name, *arguments = sys.argv[1:] or [""]
    if name not in _COMMANDS:
        complain(f"Commands: {', '.join(_COMMANDS)}")
        sys.exit(2)
    processes.end_on_signals()
    try:
        sys.exit(_COMMANDS[name](*arguments))
    except Stop as reason:
        complain(f"\n{reason}")
        sys.exit(1)
    except KeyboardInterrupt:
        # Ending the portal is how one leaves it; an interrupted test run has not passed.
        sys.exit(0 if name == "run" else 130)
