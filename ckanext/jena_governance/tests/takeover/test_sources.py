"""What can be read, and what a person is told about what cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ckanext.jena_governance.takeover import sources
from ckanext.jena_governance.takeover.errors import TakeoverError

DATASETS: list[dict[str, Any]] = [{"id": "1", "title": "Ä"}, {"id": "2", "title": "B"}]


def write(tmp_path: Path, content: bytes, name: str = "dump.json") -> str:
    path = tmp_path / name
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize(
    "answer",
    [
        DATASETS,
        [DATASETS],
        {"success": True, "result": {"count": 2, "results": DATASETS}},
        {"success": True, "result": DATASETS},
        {"success": True, "result": [DATASETS]},
        {"count": 2, "results": DATASETS},
    ],
)
def test_ckan_answers(tmp_path: Path, answer: Any) -> None:
    source = sources.read(write(tmp_path, json.dumps(answer).encode()))
    assert source.records == DATASETS
    assert not source.is_inventory


def test_one_dataset(tmp_path: Path) -> None:
    content = json.dumps({"success": True, "result": DATASETS[0]}).encode()
    assert sources.read(write(tmp_path, content)).records == DATASETS[:1]


@pytest.mark.parametrize("name", ["dump.jsonl", "dump.json", "dump.ndjson"])
def test_json_lines(tmp_path: Path, name: str) -> None:
    content = "\n\n".join(json.dumps(dataset) for dataset in DATASETS).encode()
    assert sources.read(write(tmp_path, content, name)).records == DATASETS


def test_broken_line_costs_that_line(tmp_path: Path) -> None:
    lines = [json.dumps(DATASETS[0]), '{"id": "x", "ti', json.dumps(DATASETS[1])]
    records = sources.read(write(tmp_path, "\n".join(lines).encode(), "dump.jsonl")).records
    assert [type(record) for record in records] == [dict, sources.Broken, dict]
    assert "line 2" in records[1].reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    content = json.dumps(DATASETS, ensure_ascii=False).encode(encoding)
    assert sources.read(write(tmp_path, content)).records == DATASETS


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\xef\xbb\xbf[]", "no datasets"),
        (json.dumps(DATASETS).encode()[:-9], "cut off"),
        (b'{"success": true, "result": {"results": [{"id": "1", "title": "A"}', "cut off"),
        (b'[{"id": 1,, }]', "no valid JSON"),
        (b"<!DOCTYPE html><html><body>Fehler</body></html>", "web page"),
        (b"\n<html>", "web page"),
        ('[{"title": "Bäume"}]'.encode("cp1252"), "not UTF-8"),
        (b'{"success": false, "error": {"message": "Not found"}}', "Not found"),
        (b'{"success": true, "result": ["baeume", "wege"]}', "names only"),
        (b"7", "no list of datasets"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_unusable_file_names_file_and_problem(tmp_path: Path, content: bytes, words: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(TakeoverError) as error:
        sources.read(path)
    assert path in str(error.value)
    assert words in str(error.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(TakeoverError, match="cannot be read"):
        sources.read(str(tmp_path / "none.json"))
    with pytest.raises(TakeoverError, match="is a folder"):
        sources.read(str(tmp_path))


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, json.dumps(DATASETS).encode())
    monkeypatch.setattr(sources, "MAX_RECORDS", 1)
    with pytest.raises(TakeoverError, match="at most 1 in one go"):
        sources.read(path)
    monkeypatch.setattr(sources, "MAX_BYTES", 10)
    with pytest.raises(TakeoverError, match="Split the file"):
        sources.read(path)
