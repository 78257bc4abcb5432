"""The documentation: generated parts are current, links lead somewhere, names in it exist."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

import ckan

from ckanext.jena_governance.cli import governance
from ckanext.jena_governance.policy import COMPUTED_FIELDS, DATASET_FIELDS, RESOURCE_FIELDS

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *(ROOT / "docker").glob("*.md")],
    key=lambda path: path.as_posix(),
)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    return load(DOCS / "generate.py")


def test_generated_documents_are_current(generator: ModuleType):
    for path, text in generator.generated().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run docs/generate.py"


def test_every_setting_is_documented(generator: ModuleType):
    text = generator.configuration()
    declared = yaml.safe_load(
        (ROOT / "ckanext" / "jena_governance" / "config_declaration.yaml").read_text()
    )
    for group in declared["groups"]:
        for option in group["options"]:
            assert f"### `{option['key']}`" in text
            assert len(option["description"]) > 20, option["key"]


def test_every_field_of_the_contract_is_documented(generator: ModuleType):
    assert set(generator.NEEDED) == DATASET_FIELDS
    assert set(generator.NEEDED_BY_RESOURCE) == RESOURCE_FIELDS
    assert set(generator.COMPUTED) <= COMPUTED_FIELDS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path):
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document: Path):
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:PORT=\d+ )?make ([a-z][a-z0-9-]+)", text))
    assert named <= targets, named - targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_path_of_a_machine(document: Path):
    text = document.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.~/])/(root|home|work|tmp)/", text)


def test_what_cron_is_told_to_call_exists():
    """`log prune --yes` and the others: one letter off, and a mail from cron nobody reads."""
    lines = [
        line
        for document in DOCUMENTS
        for line in document.read_text(encoding="utf-8").splitlines()
        if re.match(r"\d+ \d+ \* \* \*", line)
    ]
    called = re.findall(r"jena-governance ([a-z-]+)(?: ([a-z][a-z-]+))?([^&|\n]*)", "\n".join(lines))
    assert {(group, name) for group, name, _options in called} >= {
        ("log", "seal"),
        ("log", "verify"),
        ("log", "prune"),
        ("dcat-export", ""),
    }
    for group, name, said in called:
        options = " ".join(re.findall(r"--[a-z-]+", said))
        command = governance.commands[group]
        command = command.commands[name] if name else command
        known = {one for parameter in command.params for one in parameter.opts}
        assert set(options.split()) <= known, (group, name)
        # Cron answers no question.
        assert "--yes" not in known or "--yes" in options, (group, name)


def test_the_changelog_knows_this_version():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_licence_is_complete():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert "END OF TERMS AND CONDITIONS" in text


# -- the list of CKAN's tests that end differently -----------------------------------------------


@pytest.fixture(scope="module")
def comparison() -> Any:
    """`dev/test_ckan.py`, which reads that list."""
    sys.path.insert(0, str(ROOT))
    try:
        from dev import test_ckan
    finally:
        sys.path.remove(str(ROOT))
    return test_ckan


def test_every_listed_test_of_ckan_exists(comparison: Any):
    packages = Path(ckan.__file__).parent.parent
    listed = comparison.documented(comparison.DOCUMENT.read_text(encoding="utf-8"))
    assert listed
    if not ckan.__version__.startswith("2.12"):
        return  # the comparison runs on the newest CKAN
    for test in listed:
        file, *names = test.partition("[")[0].split("::")
        assert test.startswith(tuple(comparison.TESTS)), test
        text = (packages / file).read_text(encoding="utf-8")
        for name in names:
            assert re.search(rf"^\s*(class|def) {name}\b", text, re.MULTILINE), test


def test_every_listed_test_has_a_reason():
    sections = (DOCS / "compatibility.md").read_text(encoding="utf-8").split("\n### ")[1:]
    assert sections
    for section in sections:
        title, _, rest = section.partition("\n\n")
        reason = rest.partition("\n- `")[0]
        assert len(reason.split()) >= 8, title
        assert "\n- `ckan/tests/" in section, title


@pytest.mark.parametrize(
    "row",
    [
        "- `ckan/tests/a.py::test_b`",
        "- `ckan/tests/a.py::test_b`: passed -> failed",
        "- `ckan/tests/a.py::test_b`: passed → failed\n- `ckan/tests/a.py::test_b`: passed → error",
    ],
)
def test_a_malformed_list_is_refused(comparison: Any, row: str):
    with pytest.raises(comparison.Stop, match=r"malformed, or listed twice"):
        comparison.documented(row)


def results(comparison: Any, *, active: bool | None, **outcomes: str) -> Any:
    found = {name: comparison.Outcome(outcome, active=active) for name, outcome in outcomes.items()}
    return SimpleNamespace(results=found)


def test_only_different_ends_count(comparison: Any):
    without = results(comparison, active=False, a="passed", b="failed", c="passed", d="skipped")
    governed = results(comparison, active=True, a="passed", b="failed", c="error")
    assert comparison.differences(without.results, governed.results) == {
        "c": ("passed", "error"),
        "d": ("skipped", "missing"),
    }


@pytest.mark.parametrize(
    ("without", "governed", "said"),
    [
        (False, False, "was not active in 1 tests"),
        (True, True, "active in the run without it"),
        (False, None, "No test was run with the plugin active"),
    ],
)
def test_a_comparison_that_proves_nothing_is_refused(
    comparison: Any, without: bool, governed: bool | None, said: str
):
    runs = (
        results(comparison, active=without, a="passed"),
        results(comparison, active=governed, a="passed"),
    )
    with pytest.raises(comparison.Stop, match=said):
        comparison.check_active(*runs)
