"""An inventory as CSV or XLSX: delimiter and encoding found out. No CKAN import."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from ckanext.jena_governance.takeover.cleaning import text
from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.takeover.inventory import columns

# An .xlsx is a zip file: 100 KB may unfold to gigabytes.
MAX_UNPACKED = 512 * 1024 * 1024
MAX_ROWS = 100_000

Rows = list[dict[str, Any]]


def read_csv(content: bytes, name: str) -> tuple[Rows, list[str]]:
    """Reads a CSV inventory.

    Raises:
        TakeoverError: binary content, a web page, or no usable heading.
    """
    if b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TakeoverError(f"{name}: is no text file. Save the table as CSV or XLSX.")
    decoded, encoding = _decode(content)
    if re.match(r"\s*<(!doctype|html|\?xml)", decoded, re.IGNORECASE):
        raise TakeoverError(f"{name}: is a web page, no table.")
    first = next((line for line in decoded.splitlines() if line.strip()), "")
    # the heading decides: texts may hold any of these
    delimiter = max(";,\t|", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise TakeoverError(f"{name}: is no readable CSV ({error}).") from error
    rows, remarks = _rows(iter(lines), name)
    if encoding != "utf-8":
        remarks.append(f"{name} was read as {encoding}; check that umlauts are right.")
    return rows, remarks


def read_xlsx(content: bytes, name: str) -> tuple[Rows, list[str]]:
    """Reads the first sheet of a workbook.

    Raises:
        TakeoverError: without openpyxl, for a broken or oversized file, or no usable heading.
    """
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise TakeoverError(
            f"{name}: reading XLSX needs openpyxl: pip install 'ckanext-jena-governance[xlsx]'. "
            "Or save the table as CSV."
        ) from error
    try:
        return _read_workbook(
            load_workbook(_checked(content, name), read_only=True, data_only=True), name
        )
    except TakeoverError:
        raise
    except Exception as error:  # openpyxl raises whatever a broken file provokes
        raise TakeoverError(
            f"{name}: is no readable XLSX workbook ({type(error).__name__})."
        ) from error


def _checked(content: bytes, name: str) -> io.BytesIO:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            limit = MAX_UNPACKED >> 20
            raise TakeoverError(f"{name}: unfolds to more than {limit} MB. Save it as CSV.")
    return io.BytesIO(content)


def _read_workbook(workbook: Any, name: str) -> tuple[Rows, list[str]]:
    sheet = workbook.worksheets[0]
    lines = ([_cell(value) for value in row] for row in sheet.iter_rows(values_only=True))
    rows, remarks = _rows(lines, name)
    if len(workbook.sheetnames) > 1:
        remarks.append(f"{name}: only the first sheet, “{sheet.title}”, was read.")
    return rows, remarks


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), "utf-16"
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        # what Excel writes in Germany; five bytes mean nothing there and become a question mark
        return content.decode("cp1252", errors="replace"), "cp1252 (Windows)"


def _cell(value: Any) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text(value)


def _rows(lines: Iterator[list[str]], name: str) -> tuple[Rows, list[str]]:
    header = next((line for line in lines if any(text(cell) for cell in line)), None)
    if header is None:
        raise TakeoverError(f"{name}: the table is empty.")
    known, unknown = columns([text(cell) for cell in header], name)
    rows: Rows = []
    for line in lines:
        if not any(text(cell) for cell in line):
            continue
        if len(rows) >= MAX_ROWS:
            raise TakeoverError(f"{name}: more than {MAX_ROWS:,} lines. Split the table.")
        rows.append({column: text(line[i]) for i, column in known.items() if i < len(line)})
    return rows, list(_remarks(unknown, name))


def _remarks(unknown: Iterable[str], name: str) -> Iterator[str]:
    headings = ", ".join(f"“{heading}”" for heading in unknown)
    if headings:
        yield f"{name}: columns not taken over: {headings}."
