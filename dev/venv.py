"""The virtual environments, one per supported CKAN version."""

import os
import shutil
import sys
from pathlib import Path

from dev import processes
from dev.paths import LOCAL, LOGS, ROOT, tool_environment
from dev.say import Stop
from dev.stamps import Stamps, content_of

UV = "uv==0.13.9"
RELEASES = {"2.12": "2.12.0", "2.11": "2.11.6"}
NEWEST = "2.12"
_OVERRIDES = ROOT / "dev" / "overrides.txt"


class Venv:
    """A virtual environment with one CKAN, our package (editable) and the developer tools."""

    def __init__(self, ckan: str) -> None:
        self.ckan = ckan
        self.folder = LOCAL / "venv" / ckan
        self.stamps = Stamps(self.folder / "stamps")
        self._unfinished = self.folder.parent / f"{ckan}.unfinished"

    def program(self, name: str) -> Path:
        """Path of an installed command."""
        return self.folder / "bin" / name

    @property
    def site_packages(self) -> Path:
        """Where its packages are."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        own = self.folder / "lib" / version / "site-packages"
        found = sorted((self.folder / "lib").glob("python3*/site-packages"))
        return own if own.exists() or not found else found[0]

    @property
    def solr_schema(self) -> Path:
        """The Solr schema of this very CKAN: each version refuses another's."""
        return self.site_packages / "ckan" / "config" / "solr" / "schema.xml"

    def fingerprint(self, package: str = "*") -> str:
        """Changes when the installed package does, or any of them."""
        names = (path.name for path in self.site_packages.glob(f"{package}-*.dist-info"))
        return "\n".join([str(self.folder), *sorted(names)])

    @property
    def _requirements(self) -> list[Path]:
        tools = [ROOT / "dev" / "tools.txt"] if self.ckan == NEWEST else []
        return [ROOT / "dev-requirements.txt", *tools]

    def _inputs(self) -> list[str]:
        files = [*self._requirements, _OVERRIDES, ROOT / "pyproject.toml", ROOT / "setup.py"]
        return [RELEASES[self.ckan], UV, str(self.folder), content_of(files)]

    def ready(self) -> bool:
        """Whether it is complete and up to date."""
        return self.program("python").exists() and self.stamps.holds("installed", *self._inputs())

    def prepare(self) -> None:
        """Create it, or install what changed; one that was left half-made is replaced."""
        if self.ready():
            return
        if not self._usable():
            self._create()
        if not self.program("uv").exists():
            self._run(self.program("python"), "-m", "pip", "install", UV)
        release = f"ckan[requirements,dev]=={RELEASES[self.ckan]}"
        self._run(
            self.program("uv"), "pip", "install", "--python", self.program("python"),
            "--compile-bytecode", "--override", _OVERRIDES, release, "--editable", ROOT,
            *(part for path in self._requirements for part in ("--requirement", path)),
        )  # fmt: skip
        self.stamps.set("place", str(self.folder))
        self.stamps.set("installed", *self._inputs())

    def _usable(self) -> bool:
        """Whether it was made to its end, its Python still exists, and the checkout stayed put."""
        moved = self.stamps.known("place") and not self.stamps.holds("place", str(self.folder))
        return self.program("python").exists() and not self._unfinished.exists() and not moved

    def _create(self) -> None:
        self._unfinished.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished.touch()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._run(sys.executable, "-m", "venv", self.folder)
        self._unfinished.unlink()

    def _run(self, *command: str | Path) -> None:
        log = LOGS / f"venv-{self.ckan}.log"
        environment = tool_environment() | {"VIRTUAL_ENV": str(self.folder)}
        environment["PATH"] = f"{self.folder / 'bin'}{os.pathsep}{environment['PATH']}"
        if processes.run(command, log=log, cwd=ROOT, env=environment):
            raise Stop(f"The Python packages could not be installed, see the end of {log}")
