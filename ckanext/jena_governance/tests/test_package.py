"""The wheel: complete, and enough to start CKAN with, in an environment that knows no checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

import ckan

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = Path("ckanext") / "jena_governance"
SOURCES = ("ckanext", "pyproject.toml", "setup.py", "README.md", "LICENSE")
# What a checkout holds for a while, and no release should.
LEFTOVERS = ("__pycache__", "*.pyc", "*.orig", "*.rej", "*~", ".*")

# CKAN 2.11 wants these in the file that it is given.
LOGGING = """
[loggers]
keys = root
[handlers]
keys =
[formatters]
keys =
[logger_root]
level = WARNING
handlers =
"""

# Run by the clean environment's Python: what an administrator's first request would show.
FIRST_REQUESTS = """
import json, sys
from werkzeug.test import Client
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(sys.argv[1]))
import ckan, ckanext.jena_governance
client = Client(app)
def ask(path):
    answer = client.get(path)
    return {"status": answer.status_code, "json": answer.get_json(silent=True)}
print(json.dumps({
    "ckan": ckan.__file__,
    "ours": ckanext.jena_governance.__file__,
    "status": ask("/api/3/action/status_show"),
    "vocabulary": ask("/de/api/3/action/governance_vocabulary_show"),
    "pages": {path: ask(path)["status"] for path in ("/", "/de/dataset/", "/organization/")},
}))
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that knows nothing of the checkout; return what it prints."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("CKAN_", "PYTHON", "PYTEST_", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def uv(*arguments: str | Path, cwd: Path) -> None:
    """What is in the cache is taken from there; the registry is asked only where it is not."""
    program = Path(sys.executable).with_name("uv")
    try:
        run(program, *arguments, "--offline", cwd=cwd)
    except AssertionError:
        run(program, *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree, built from a copy: building leaves files behind."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name)
        else:
            shutil.copy(path, source / name)
    uv("build", "--wheel", "--out-dir", folder / "dist", source, cwd=folder)
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean_python(wheel: Path) -> Iterator[Path]:
    """Python of an environment with this CKAN, the wheel and what it asks for; nothing else."""
    folder = wheel.parent.parent / "clean"
    series = ".".join(ckan.__version__.split(".")[:2])
    # CKAN 2.11 still imports pkg_resources, which newer setuptools do not have.
    older = ["setuptools<81"] if series == "2.11" else []
    uv("venv", "--python", sys.executable, folder, cwd=wheel.parent)
    uv(
        "pip", "install", "--python", folder / "bin" / "python",
        f"ckan[requirements]=={ckan.__version__}",
        f"ckanext-jena-governance[xlsx] @ {wheel.as_uri()}", *older,
        cwd=wheel.parent,
    )  # fmt: skip
    yield folder / "bin" / "python"
    shutil.rmtree(folder)


def source_files() -> set[str]:
    """Every file of the package in the source tree that is not a test or a leftover."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / PACKAGE).rglob("*")
        if path.is_file()
        and not any(part.match(pattern) for pattern in LEFTOVERS for part in _parts(path))
        and path.relative_to(ROOT / PACKAGE).parts[0] != "tests"
    }


def _parts(path: Path) -> list[Path]:
    return [Path(part) for part in path.relative_to(ROOT).parts]


def packed_files(wheel: Path) -> set[str]:
    return {name for name in ZipFile(wheel).namelist() if not name.endswith("/")}


# -- what is in it -------------------------------------------------------------------------------


def test_the_wheel_holds_every_file_of_the_package(wheel: Path):
    assert sorted(source_files() - packed_files(wheel)) == []


def test_the_wheel_holds_nothing_else(wheel: Path):
    allowed = source_files() | {"ckanext/__init__.py"}
    others = {name for name in packed_files(wheel) if ".dist-info/" not in name} - allowed
    assert sorted(others) == []


def test_the_comparison_is_not_empty():
    """Each kind of file that a portal cannot do without is among the files compared."""
    kinds = {Path(name).suffix for name in source_files()}
    assert {".py", ".yaml", ".html", ".po", ".mo", ".ini", ".mako"} <= kinds
    assert any("/migration/jena_governance/versions/" in name for name in source_files())


def test_metadata(wheel: Path):
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = archive.read(name).decode()
        licence = archive.read(name.replace("METADATA", "licenses/LICENSE")).decode()
    assert "License-Expression: AGPL-3.0-or-later" in metadata
    assert "Requires-Python: <3.13,>=3.10" in metadata
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in licence.splitlines()[0]
    assert len(licence.splitlines()) > 600


# -- that it works -------------------------------------------------------------------------------


@pytest.fixture
def ini(ckan_config: Any, wheel: Path) -> Path:
    """The tests' services, and the plugins that our requirements bring."""
    plugins = [name for name in ckan_config["ckan.plugins"] if name != "xloader"]
    path = wheel.parent / "ckan.ini"
    base = os.path.relpath(ckan_config["__file__"], path.parent)
    path.write_text(
        f"[app:main]\nuse = config:{base}\nckan.plugins = {' '.join(plugins)}\n"
        f"ckan.storage_path = {wheel.parent / 'storage'}\n{LOGGING}"
    )
    return path


def test_ckan_starts_with_the_wheel_in_a_clean_environment(
    clean_python: Path, ini: Path, wheel: Path
):
    outside = wheel.parent
    run(clean_python.with_name("ckan"), "-c", ini, "db", "upgrade", cwd=outside)
    # Not with -m or -c: both would put the working folder on the path.
    script = outside / "first_requests.py"
    script.write_text(FIRST_REQUESTS)
    answers = json.loads(run(clean_python, script, ini, cwd=outside).splitlines()[-1])
    environment = str(clean_python.parent.parent)
    assert answers["ours"].startswith(environment)
    assert answers["ckan"].startswith(environment)
    assert answers["status"]["status"] == 200
    assert "jena_governance" in answers["status"]["json"]["result"]["extensions"]
    assert answers["vocabulary"]["status"] == 200
    assert len(answers["vocabulary"]["json"]["result"]["bases"]) >= 58
    assert answers["pages"] == dict.fromkeys(answers["pages"], 200)
