"""The parts of the benchmark that can be wrong without anybody noticing: figures and content."""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from ckanext.jena_governance import vocabularies
from ckanext.jena_governance.policy import DATASET_FIELDS, RESOURCE_FIELDS

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[3]


def module(name: str) -> ModuleType:
    sys.path.insert(0, str(ROOT))
    try:
        return importlib.import_module(f"benchmarks.{name}")
    finally:
        sys.path.remove(str(ROOT))


def times(middle: float, spread: float, seed: int, many: int = 200) -> list[float]:
    pick = random.Random(seed)
    return [middle * pick.lognormvariate(0, spread) for _ in range(many)]


def test_a_ratio_finds_what_is_there() -> None:
    figures = module("figures")
    found = figures.ratio(times(0.1, 0.1, 1), times(0.12, 0.1, 2))
    assert found.low < 1.2 < found.high
    assert found.low > 1.1
    assert found.high < 1.3


def test_two_alike_are_alike() -> None:
    figures = module("figures")
    found = figures.ratio(times(0.1, 0.3, 1), times(0.1, 0.3, 2))
    assert found.low < 1 < found.high


def test_what_disturbs_both_disturbs_no_ratio() -> None:
    """A machine that becomes three times as slow halfway through."""
    figures = module("figures")
    slow = [1.0] * 100 + [3.0] * 100
    base = [value * factor for value, factor in zip(times(0.1, 0.05, 1), slow, strict=True)]
    other = [value * 1.5 for value in base]
    found = figures.ratio(base, other)
    assert (found.low, found.value, found.high) == pytest.approx((1.5, 1.5, 1.5))


def test_the_table_has_a_cell_for_each_column() -> None:
    figures = module("figures")
    series = [figures.Series(times(0.1, 0.1, seed), cpu=2.0) for seed in range(3)]
    row = figures.row("package_search", "anonymous", *series)
    assert row.cpu == (10.0, 10.0)
    lines = figures.table([row, row]).splitlines()
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {8}


def test_the_plain_schema_has_our_fields_and_nothing_of_ours() -> None:
    plain = module("plain_schema")
    ours = yaml.safe_load(plain.SCHEMA.read_text())
    made = plain.plain(ours)
    for part, fields in (("dataset_fields", DATASET_FIELDS), ("resource_fields", RESOURCE_FIELDS)):
        names = [field["field_name"] for field in made[part]]
        assert names == [field["field_name"] for field in ours[part]]
        assert fields <= set(names)
        said = {str(value) for field in made[part] for value in field.values()}
        assert not [value for value in said if value.startswith("governance_")]


def test_content_is_the_same_every_time_and_lawful() -> None:
    content = module("content")
    datasets = list(content.patterns())
    assert datasets == list(content.patterns())
    assert len({dataset["name"] for dataset in datasets}) == content.PATTERNS
    shares = dict.fromkeys(content.LEVELS, 0)
    known = vocabularies.load(None).bases
    for dataset in datasets:
        shares[dataset["openness"]] += 1
        for basis in dataset.get("legal_basis", []):
            assert dataset["openness"] in known[basis].levels
    assert all(shares.values())
    assert datasets[content.OPEN]["openness"] == "open"
    assert datasets[content.RESTRICTED]["openness"] == "request"
    first = content.organization_names()[0]
    assert datasets[content.OPEN]["owner_org"] == datasets[content.RESTRICTED]["owner_org"] == first


def test_names_of_copies_are_those_that_are_made() -> None:
    content = module("content")
    assert content.dataset_names(3, 1000) == [
        "bestand-003", "bestand-003-1", "bestand-003-2", "bestand-003-3",
    ]  # fmt: skip
    assert len(content.some_names(1000, 30)) == 30


def test_the_document_has_a_place_for_the_tables() -> None:
    overhead = module("overhead")
    text = overhead.DOCUMENT.read_text(encoding="utf-8")
    for datasets in (1000, 10000):
        assert f"<!-- measured: {datasets} -->" in text
