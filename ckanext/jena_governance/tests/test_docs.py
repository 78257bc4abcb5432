"""The documentation: generated parts are current, links lead somewhere, names in it exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from ckanext.jena_governance.policy import COMPUTED_FIELDS, DATASET_FIELDS, RESOURCE_FIELDS

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


def test_the_changelog_knows_this_version():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_licence_is_complete():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert "END OF TERMS AND CONDITIONS" in text
