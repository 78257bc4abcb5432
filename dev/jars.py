"""Solr's jars and the Java that runs them."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from dev import processes
from dev.paths import CACHE, LOCAL, LOGS, SOLR_SOURCE, tool_environment
from dev.say import Stop
from dev.stamps import Stamps

_FOLDER = LOCAL / "solr"
_stamps = Stamps(_FOLDER / "stamps")
OLDEST_JAVA = 17


@cache
def java_home() -> Path | None:
    """The JDK to use: the one on the PATH, else the newest that the machine has."""
    on_path = shutil.which("javac")
    compilers = [Path(on_path)] if on_path else []
    compilers += sorted(Path("/usr/lib/jvm").glob("*/bin/javac"), reverse=True)
    for compiler in compilers:
        home = compiler.resolve().parent.parent
        if (home / "bin" / "java").exists() and _version(home) >= OLDEST_JAVA:
            return home
    return None


def _version(home: Path) -> int:
    asked = subprocess.run(
        [home / "bin" / "javac", "-J-XX:-UsePerfData", "-version"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"javac (\d+)", asked.stdout + asked.stderr)
    return int(found[1]) if found else 0


def java() -> Path:
    """The Java launcher."""
    home = java_home()
    if home is None:
        raise Stop(f"Solr needs a JDK of version {OLDEST_JAVA} or newer, and none is found.")
    return home / "bin" / "java"


def classpath() -> str:
    """What Solr is started with."""
    return f"{_FOLDER / 'classes'}{os.pathsep}{_FOLDER / 'lib'}/*"


def ready() -> bool:
    """Whether jars and server class are there and up to date."""
    return _stamps.holds("jars", *_inputs())


def prepare() -> None:
    """Fetch the jars with Maven and compile the small server class."""
    if ready():
        return
    new = LOCAL / "solr.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    _run(
        "maven",
        ["mvn", "--batch-mode", "--file", str(SOLR_SOURCE / "pom.xml"),
         f"-Dmaven.repo.local={CACHE / 'maven'}", f"-DoutputDirectory={new / 'lib'}",
         "-DincludeScope=runtime", "dependency:copy-dependencies"],
    )  # fmt: skip
    _run(
        "javac",
        [str(java().with_name("javac")), "-J-XX:-UsePerfData",
         "-d", str(new / "classes"), "-cp", f"{new / 'lib'}/*",
         str(SOLR_SOURCE / "SolrServer.java")],
    )  # fmt: skip
    shutil.rmtree(_FOLDER, ignore_errors=True)
    new.rename(_FOLDER)
    _stamps.set("jars", *_inputs())


def _inputs() -> list[str]:
    return [(SOLR_SOURCE / name).read_text() for name in ("pom.xml", "SolrServer.java")]


def _run(tool: str, command: list[str]) -> None:
    log = LOGS / f"{tool}.log"
    environment = tool_environment() | {"JAVA_HOME": str(java().parent.parent)}
    # Java writes its statistics to /tmp, whatever TMPDIR says.
    environment["MAVEN_OPTS"] = f"{environment.get('MAVEN_OPTS', '')} -XX:-UsePerfData".strip()
    if processes.run(command, log=log, cwd=LOCAL, env=environment):
        raise Stop(f"Solr's jars could not be made ready ({tool} failed), see the end of {log}")
