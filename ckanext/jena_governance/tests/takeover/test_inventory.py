"""An inventory as CSV or XLSX."""

from __future__ import annotations

import builtins
import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from ckanext.jena_governance.takeover import sources, tables
from ckanext.jena_governance.takeover.draft import Conversion
from ckanext.jena_governance.takeover.errors import RecordError, TakeoverError
from ckanext.jena_governance.takeover.inventory import convert_row

With = Callable[..., Conversion]
ROWS = [{"title": "Bäume", "unit": "Gartenamt", "system": "GrünSys"}]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "header",
    [("title", "unit", "system"), ("Titel", "Einheit/Amt", "System/Fachverfahren"),
     ("BEZEICHNUNG", "Organisation", "Fachverfahren")],
)  # fmt: skip
def test_csv(tmp_path: Path, delimiter: str, encoding: str, header: tuple[str, ...]) -> None:
    path = tmp_path / "liste.csv"
    lines = [header, ("Bäume", "Gartenamt", "GrünSys"), ("", "", "")]
    path.write_text("\r\n".join(delimiter.join(line) for line in lines), encoding)
    source = sources.read(str(path))
    assert source.is_inventory
    assert source.records == ROWS


def test_quoted_cells_hold_anything(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text('Titel;Amt\n"Bäume; Büsche,\nHecken";Gartenamt\nWege\n', "utf-8")
    records = sources.read(str(path)).records
    assert records[0] == {"title": "Bäume; Büsche,\nHecken", "unit": "Gartenamt"}
    assert records[1] == {"title": "Wege"}


def test_unknown_columns_are_said(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text("Titel;Raum\nBäume;12\n", "cp1252")
    remarks = " ".join(sources.read(str(path)).remarks)
    assert "“Raum”" in remarks
    assert "cp1252" in remarks


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Amt;System\na;b\n", "names no column"),
        (b"Titel;Bezeichnung\na;b\n", "two columns mean"),
        (b"Titel\n", "no datasets"),
        (b"\x00\x01\x02", "no text file"),
        (b"<html><body>", "web page"),
    ],
)
def test_unusable_table(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "liste.csv"
    path.write_bytes(content)
    with pytest.raises(TakeoverError, match=words):
        sources.read(str(path))


def workbook(rows: list[list[Any]], sheets: int = 1) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    for number in range(1, sheets):
        book.create_sheet(f"Blatt {number}")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_xlsx(tmp_path: Path) -> None:
    path = tmp_path / "liste.xlsx"
    rows = [
        [None, None],
        ["Titel", "Amt", "Fachverfahren", "geplant bis"],
        ["Bäume", "Gartenamt", "GrünSys", date(2027, 12, 31)],
        [None] * 4,
        ["Wege", 67.0],
    ]
    path.write_bytes(workbook(rows, sheets=2))
    source = sources.read(str(path))
    assert source.records[0] == {**ROWS[0], "publish_by": "2027-12-31"}
    assert source.records[1] == {"title": "Wege", "unit": "67", "system": "", "publish_by": ""}
    assert "only the first sheet" in " ".join(source.remarks)


def test_broken_xlsx(tmp_path: Path) -> None:
    path = tmp_path / "liste.xlsx"
    path.write_bytes(workbook([["Titel"], ["a"]])[:-300])
    with pytest.raises(TakeoverError, match="no readable XLSX"):
        sources.read(str(path))


def test_zip_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 3_000_000)
    monkeypatch.setattr(tables, "MAX_UNPACKED", 1_000_000)
    path = tmp_path / "liste.xlsx"
    path.write_bytes(file.getvalue())
    with pytest.raises(TakeoverError, match="unfolds"):
        sources.read(str(path))


def test_without_openpyxl(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == "openpyxl":
            raise ImportError(name)
        return original(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TakeoverError, match="needs openpyxl"):
        tables.read_xlsx(b"PK\x03\x04", "liste.xlsx")


def test_line_becomes_announced_dataset(conversion: With) -> None:
    draft = convert_row({**ROWS[0], "publish_by": "2027-12-31"}, 1, conversion())
    assert draft.announced
    assert draft.unit is not None
    assert draft.unit.name == "gruen"
    assert draft.data["openness"] == "open"
    assert draft.data["resources"] == []
    assert draft.data["provenance"] == "System: GrünSys"
    assert draft.data["publish_by"] == "2027-12-31"
    assert draft.findings == []


def test_line_without_title(conversion: With) -> None:
    with pytest.raises(RecordError):
        convert_row({"title": " ", "unit": "Gartenamt"}, 1, conversion())


def test_lines_with_problems(conversion: With) -> None:
    def kinds(**row: str) -> list[str]:
        return [f.kind for f in convert_row({"title": "Bäume", **row}, 1, conversion()).findings]

    assert kinds(unit="Jugendamt") == ["unit-ambiguous"]
    assert kinds(unit="Bauamt") == ["unit-unknown"]
    assert kinds(unit="Erika Muster") == ["person-dropped"]
    assert kinds(system="Erika Muster") == ["person-dropped"]
    assert kinds(publish_by="bald") == ["field-dropped"]


def test_same_line_same_identity(conversion: With) -> None:
    one = convert_row({"title": "Bäume", "unit": "Amt"}, 1, conversion()).source_id
    assert convert_row({"title": " bäume ", "unit": "AMT"}, 9, conversion()).source_id == one
    assert convert_row({"title": "Bäume", "unit": "X"}, 1, conversion()).source_id != one
