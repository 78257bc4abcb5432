"""The machine: which Debian packages are missing, and installing them where that is allowed.

Looked for are the programs and files themselves: what came without a package is as good.
"""

import ctypes
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev import jars, processes
from dev.paths import LOGS, ROOT, tool_environment
from dev.say import Stop

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class _Need:
    """Something the machine must have, and the packages that bring it, the best known first."""

    there: Callable[[], bool]
    packages: Sequence[str]
    also: Sequence[str] = ()


def which(*names: str) -> Path | None:
    """The first of these programs that is on the PATH."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    return None


def _postgres() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or bool(which("initdb"))


def _compiler() -> bool:
    return bool(which("gcc")) and Path("/usr/include/stdio.h").exists()


def _libpq() -> bool:
    if not (config := which("pg_config")):
        return False
    asked = subprocess.run([config, "--includedir"], capture_output=True, text=True, check=False)
    return (Path(asked.stdout.strip()) / "libpq-fe.h").exists()


def _libmagic() -> bool:
    try:
        ctypes.CDLL("libmagic.so.1")
    except OSError:
        return False
    return True


def _python_headers() -> bool:
    return (Path(sysconfig.get_path("include")) / "Python.h").exists()


def _venv() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


_ALWAYS = (
    _Need(_postgres, ["postgresql"]),
    _Need(lambda: bool(which("redis-server")), ["redis-server"]),
    _Need(
        lambda: jars.java_home() is not None,
        [f"openjdk-{version}-jdk-headless" for version in (21, 17, 25)],
    ),
    _Need(lambda: jars.ready() or bool(which("mvn")), ["maven"]),
    _Need(_compiler, ["gcc"], also=["libc6-dev"]),
    _Need(_libpq, ["libpq-dev"]),
    _Need(_libmagic, ["libmagic1"]),
    _Need(Path("/etc/ssl/certs/ca-certificates.crt").exists, ["ca-certificates"]),
    _Need(_python_headers, [f"{_PYTHON}-dev"]),
    _Need(_venv, [f"{_PYTHON}-venv"]),
)
_BROWSER = _Need(lambda: bool(which(*BROWSERS)), BROWSERS[:2])


def prepare(*, browser: bool = False) -> None:
    """Install what is missing, or say what to type."""
    needs = [*_ALWAYS, _BROWSER] if browser else list(_ALWAYS)
    missing = [need for need in needs if not need.there()]
    if not missing:
        return
    if not which("apt-get"):
        names = ", ".join(need.packages[0] for need in missing)
        raise Stop(f"This machine has no apt-get. Install what these Debian packages hold: {names}")
    if (administrator := _administrator()) is None:
        packages = _choose(missing)
        update = "" if all(map(_known, packages)) else "sudo apt-get update && "
        raise Stop(
            "Some Debian packages are missing, and installing them needs a password. Type this "
            f"line, then start again:\n\n  {update}sudo apt-get install --no-install-recommends "
            + " ".join(packages)
        )
    apt = [*administrator, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    _apt([*apt, "update"])  # where it fails, the old lists may still do
    packages = _choose(missing)
    failed = _apt([*apt, "install", "--yes", "--no-install-recommends", *packages])
    jars.java_home.cache_clear()
    if failed or any(not need.there() for need in missing):
        raise Stop(
            f"These Debian packages could not be installed: {' '.join(packages)}, "
            f"see {LOGS / 'apt.log'}"
        )


def _administrator() -> list[str] | None:
    """Command prefix to act as root without a password; None where that is not possible."""
    if os.geteuid() == 0:
        return []
    if which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None


def _choose(missing: Sequence[_Need]) -> list[str]:
    """For each need the first package that apt knows."""
    chosen: list[str] = []
    for need in missing:
        known = [name for name in need.packages if len(need.packages) == 1 or _known(name)]
        chosen += [*(known or need.packages)[:1], *need.also]
    return chosen


def _known(package: str) -> bool:
    asked = subprocess.run(
        ["apt-cache", "policy", package],
        capture_output=True,
        text=True,
        env=tool_environment(),
        check=False,
    )
    return bool(re.search(r"Candidate: (?!\(none\))", asked.stdout))


def _apt(command: Sequence[str]) -> int:
    # Packages belong to the machine: their scripts use its folder for temporary files, not ours.
    machines = {key: value for key, value in tool_environment().items() if key != "TMPDIR"}
    # Ended in the middle, apt would leave packages half-configured: it is given time to finish.
    return processes.run(command, log=LOGS / "apt.log", cwd=ROOT, env=machines, patience=600)
