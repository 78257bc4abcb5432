"""Where records come from: a file, an address of a file, or the API of a portal. No CKAN import."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from ckanext.jena_governance.takeover import api, tables
from ckanext.jena_governance.takeover.client import Client
from ckanext.jena_governance.takeover.errors import TakeoverError

MAX_BYTES = 256 * 1024 * 1024
MAX_RECORDS = 100_000
_TABLE = (".csv", ".tsv", ".txt", ".xlsx")
_FILE = (*_TABLE, ".json", ".jsonl", ".ndjson")


@dataclass
class Broken:
    """A record that could not even be read; it is reported in its place."""

    reason: str
    label: str = ""


@dataclass
class Source:
    """What was read.

    Attributes:
        name: file or address, for messages.
        records: raw records, in order; unreadable ones as `Broken`.
        is_inventory: a list of datasets to come instead of a catalogue.
        base_url: address of the portal, where links may be relative to.
        remarks: what is worth a line in the report.
    """

    name: str
    records: list[Any]
    is_inventory: bool = False
    base_url: str = ""
    remarks: list[str] = field(default_factory=list[str])


def read(location: str, client: Client | None = None) -> Source:
    """Reads a whole source.

    Raises:
        TakeoverError: naming the source, the problem and the remedy.
    """
    if re.match(r"https?://", location, re.IGNORECASE):
        source = _read_address(location, client or Client())
    else:
        source = _parse(_read_file(Path(location)), location)
    if not source.records:
        raise TakeoverError(f"{location}: holds no datasets.")
    if len(source.records) > MAX_RECORDS:
        raise TakeoverError(
            f"{location}: {len(source.records):,} records; at most {MAX_RECORDS:,} in one go. "
            "Split the file."
        )
    return source


def _read_address(location: str, client: Client) -> Source:
    path = urlsplit(location).path.lower()
    if path.endswith(_FILE) and "/api/" not in path:
        return _parse(client.download(location, MAX_BYTES), location)
    base = api.base_of(location)
    return Source(location, api.datasets(base, client, MAX_RECORDS), base_url=base)


def _read_file(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise TakeoverError(f"{path}: is a folder. Name the file in it.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            limit = MAX_BYTES // 1024 // 1024
            raise TakeoverError(
                f"{path}: {size:,} bytes; at most {limit} MB in one go. Split the file."
            )
        return path.read_bytes()
    except OSError as error:
        raise TakeoverError(f"{path}: cannot be read ({error.strerror}).") from error


def _parse(content: bytes, name: str) -> Source:
    if not content.strip():
        raise TakeoverError(f"{name}: the file is empty.")
    kind = Path(urlsplit(name).path).suffix.lower()
    if kind == ".xlsx" or content.startswith(b"PK\x03\x04"):
        rows, remarks = tables.read_xlsx(content, name)
        return Source(name, rows, is_inventory=True, remarks=remarks)
    if kind in _TABLE:
        rows, remarks = tables.read_csv(content, name)
        return Source(name, rows, is_inventory=True, remarks=remarks)
    return _parse_json(content, name, lines=kind in {".jsonl", ".ndjson"})


def _parse_json(content: bytes, name: str, *, lines: bool) -> Source:
    source = decode(content, name)
    if re.match(r"\s*(<!doctype|<html|<\?xml|<)", source, re.IGNORECASE):
        raise TakeoverError(
            f"{name}: is a web page (HTML or XML), no JSON. Save the answer of "
            "…/api/3/action/package_search, or give the portal's address."
        )
    if lines:
        return Source(name, _json_lines(source, name))
    try:
        answer: Any = json.loads(source)
    except RecursionError as error:
        raise TakeoverError(f"{name}: is nested too deeply to be a catalogue.") from error
    except ValueError as error:
        if _is_json_lines(source):
            return Source(name, _json_lines(source, name))
        raise TakeoverError(_where_broken(name, source, error)) from error
    return Source(name, records_of(answer, name))


def decode(content: bytes, name: str) -> str:
    """JSON is UTF-8; whatever else is refused by name, before a title is garbled for good."""
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TakeoverError(
            f"{name}: is not UTF-8 (byte {error.start:,}). Convert it: "
            "iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"
        ) from error


def records_of(answer: Any, name: str) -> list[Any]:
    """The records in an answer of CKAN's API, or in a bare list.

    Raises:
        TakeoverError: for an error answer, a list of names only, or something else.
    """
    if isinstance(answer, dict):
        answer = _unwrapped(cast("dict[str, Any]", answer), name)
    if not isinstance(answer, list):
        raise TakeoverError(f"{name}: holds no list of datasets.")
    records = cast("list[Any]", answer)
    # DKAN puts a list into the list
    while len(records) == 1 and isinstance(records[0], list):
        records = cast("list[Any]", records[0])
    if records and all(isinstance(record, str) for record in records):
        raise TakeoverError(
            f"{name}: holds names only (package_list). Save the answer of package_search, "
            "or give the portal's address."
        )
    return records


def _unwrapped(answer: dict[str, Any], name: str) -> Any:
    if answer.get("success") is False:
        error = answer.get("error")
        detail = (
            cast("dict[str, Any]", error).get("message", "") if isinstance(error, dict) else error
        )
        raise TakeoverError(
            f"{name}: the portal answered with an error: {detail or 'no reason given'}"
        )
    result = answer.get("result", answer)
    if isinstance(result, dict):
        found = cast("dict[str, Any]", result)
        result = next((found[k] for k in ("results", "packages", "datasets") if k in found), found)
        if result is found and ("title" in found or "name" in found):
            return [found]  # package_show: one dataset
    return result


def _is_json_lines(source: str) -> bool:
    first, _, rest = source.strip().partition("\n")
    try:
        return bool(rest.strip()) and isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _json_lines(source: str, name: str) -> list[Any]:
    """One record a line; a broken line costs that line only."""
    records: list[Any] = []
    for number, line in enumerate(source.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            records.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            records.append(Broken(f"line {number} is no JSON: {error}", f"line {number}"))
    if records and all(isinstance(record, Broken) for record in records):
        raise TakeoverError(f"{name}: not one line is JSON.")
    return records


def _where_broken(name: str, source: str, error: ValueError) -> str:
    at = getattr(error, "pos", 0)
    if source.rstrip()[-1:] not in "]}" or at >= len(source.rstrip()):
        return (
            f"{name}: the file is cut off: its JSON does not end (at character {len(source):,}). "
            "Download it again; nothing was imported."
        )
    return f"{name}: is no valid JSON ({error}). Nothing was imported."
