"""The report: complete, readable, private."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.takeover.findings import KINDS, Finding
from ckanext.jena_governance.takeover.report import Entry, Report, ReportFiles


@pytest.fixture
def report() -> Report:
    report = Report("dump.json", total=13)
    finding = Finding("rights", "the author “X” is a person", "Answers file")
    for number in range(1, 12):
        report.entries.append(
            Entry(number, str(number), f"T{number}", "created", f"d-{number}", "org", [finding])
        )
    report.entries.append(
        Entry(12, "12", "T12", "rejected", findings=[Finding("rejected", "no title", "Give one")])
    )
    report.entries.append(
        Entry(13, "13", "T13", "created", "d-13", "org", [Finding("group-as-tag", "tags")])
    )
    report.finish()
    return report


def test_text_groups_equal_findings(report: Report) -> None:
    text = report.as_text()
    assert "13 of 13 records: 12 created, 0 updated, 0 unchanged, 0 skipped, 1 rejected" in text
    assert text.count("the author “X” is a person") == 1
    assert "d-1, d-2" in text
    assert "… and 3 more" in text
    assert "record 12 'T12'" in text
    assert text.index("NEEDS A PERSON") < text.index("FOR INFORMATION") < text.index("became tags")


def test_files_are_private_and_complete(report: Report, tmp_path: Path) -> None:
    files = ReportFiles.at(tmp_path / "result.json")
    files.write(report)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result.json", "result.txt"]
    content = json.loads(files.json.read_text("utf-8"))
    assert content["counts"]["created"] == 12
    assert content["findings"] == {"rejected": 1, "rights": 11, "group-as-tag": 1}
    assert len(content["records"]) == 13


def test_nowhere_to_write(tmp_path: Path) -> None:
    with pytest.raises(TakeoverError, match="cannot be written"):
        ReportFiles.at(tmp_path / "missing" / "result.json")


def test_unknown_kind_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        Finding("rihgts", "x")
    assert all(heading for heading, _ in KINDS.values())
