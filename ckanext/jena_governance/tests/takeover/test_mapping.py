"""The mapping file, and which organization a text means."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.takeover.mapping import Unit, UnitDirectory, load_mapping
from ckanext.jena_governance.tests.takeover.conftest import UNITS


@pytest.fixture
def directory() -> UnitDirectory:
    return UnitDirectory(
        [*UNITS, Unit("statistik", "Team Statistik", "zahlen@musterstadt.example")]
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Stadt Musterstadt", "musterstadt"),
        ("Fachdienst Grün & Friedhof", "gruen"),
        ("Gartenamt", "gruen"),
        ("Stadtwerke Musterstadt GmbH", "stadtwerke"),
        ("zahlen@musterstadt.example", "statistik"),
        ("Zahlen@Musterstadt.example", "statistik"),
        ("gruen", "gruen"),
    ],
)
def test_found_by_equality(directory: UnitDirectory, text: str, name: str) -> None:
    unit = directory.find(text)
    assert unit is not None
    assert unit.name == name


def test_two_units_of_one_name_are_no_match(directory: UnitDirectory) -> None:
    assert directory.find("Jugendamt") is None
    assert directory.candidates("Jugendamt") == ["jugend", "jugendhilfe"]


def test_part_of_a_name_is_no_match(directory: UnitDirectory) -> None:
    assert directory.find("Friedhof") is None
    assert directory.find("Stadtwerke") == UNITS[4]  # by its name, not by a part of the title


def test_mapping_file_wins(directory: UnitDirectory) -> None:
    explicit = UnitDirectory(UNITS, {"jugendamt": "jugend"})
    assert explicit.find("Jugendamt") == UNITS[2]
    assert UnitDirectory(UNITS, {"x": "nowhere"}).unknown_targets() == ["nowhere"]


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "units:\n  Melderegister & Co: gruen\n  Erika@X.example: jugend\n"
        "licences: {dl-de-by: dl-by-de-1.0}\nfunction_mailboxes: [rbs@x.example]\n",
        "utf-8",
    )
    mapping = load_mapping(path)
    assert mapping.units == {"melderegister und co": "gruen", "erika@x.example": "jugend"}
    assert mapping.licences == {"dl de by": "dl-by-de-1.0"}
    assert mapping.function_mailboxes == ("rbs@x.example",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"unit: {a: b}", "unknown entry “unit”"),
        (b"units: [a]", "“units” has to be a table"),
        (b"units: {a: [b]}", "“units” has to be a table"),
        (b"function_mailboxes: a@b.example", "has to be a list"),
        (b"- a", "no “name: value” entries"),
        (b"units: {a: b", "no valid YAML"),
        (b"a: &x [1]\nb: [*x, *x]", "aliases"),
        (b"units: {\xfc: b}", "not UTF-8"),
        (b"#" * 1_000_001, "at most 1,000,000"),
        (b"a: " + b"[" * 20_000, "nested more than 10 deep"),
    ],
    ids=["entry", "table", "value", "list", "root", "yaml", "bomb", "latin-1", "size", "depth"],
)
def test_bad_file_names_file_and_problem(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_bytes(content)
    with pytest.raises(TakeoverError) as error:
        load_mapping(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(TakeoverError, match="cannot be read"):
        load_mapping(tmp_path / "none.yaml")
