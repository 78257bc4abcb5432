"""Everything that the portal keeps, searched without asking the portal."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from ckan.lib.redis import connect_to_redis

from ckanext.jena_governance.leakcheck.canaries import Canaries, Canary

Place = tuple[str, set[Canary]]

_HEADER = re.compile(rb"^-- (?:Data for )?Name: (.*?); Type: ([A-Z ]+);", re.MULTILINE)


def in_database(canaries: Canaries, url: str) -> list[Place]:
    """Canaries by section of the dump, e.g. ``TABLE DATA resource``."""
    dump = _dump(url)
    marks = [*_HEADER.finditer(dump)]
    assert len(marks) > 5, "the dump has no sections: its form has changed"
    found: list[Place] = []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        section = dump[mark.start() : following.start() if following else None]
        if canaries_there := canaries.find(section):
            found.append((f"{mark[2].decode()} {mark[1].decode()}", canaries_there))
    return found


def _dump(url: str) -> bytes:
    parts = sa.engine.make_url(url)
    done = subprocess.run(
        [
            _pg_dump(), "--host", parts.host or "", "--port", str(parts.port or 5432),
            "--username", parts.username or "", parts.database or "",
        ],
        env={"PGPASSWORD": str(parts.password), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _pg_dump() -> str:
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    found = str(newest[-1]) if newest else shutil.which("pg_dump")
    if not found:
        pytest.fail("pg_dump is needed and not found: install PostgreSQL's client programs")
    return found


def in_solr(canaries: Canaries, url: str, site_id: str) -> list[Place]:
    """Canaries by document (all stored fields), then by field (all terms of the index)."""
    documents = _solr(url, "select", q="*:*", fq=f'site_id:"{site_id}"', fl="*", rows="10000")
    assert documents["response"]["docs"], "the index is empty"
    found = [
        (f"document {one.get('name')}, field {field}", there)
        for one in documents["response"]["docs"]
        for field, value in one.items()
        if (there := canaries.find(json.dumps(value).encode()))
    ]
    fields = _solr(url, "admin/luke", numTerms="0")["fields"]
    asked = 0
    for field, described in fields.items():
        if "I" not in described.get("schema", "") or "string" not in described["type"] + "text":
            continue
        terms = _terms(url, field, canaries.prefix)
        asked += terms is not None
        if there := canaries.find(json.dumps(terms).encode()):
            found.append((f"terms of {field}", there))
    assert asked > 30, "terms could not be asked for"
    return found


def _terms(url: str, field: str, prefix: str) -> object:
    wanted = {"facet": "true", "facet.field": field, "facet.prefix": prefix, "facet.limit": "-1"}
    try:
        return _solr(url, "select", q="*:*", rows="0", **wanted)["facet_counts"]["facet_fields"]
    except OSError:  # numbers and dates have no terms with a prefix
        return None


def _solr(url: str, handler: str, **asked: str) -> dict:
    with urllib.request.urlopen(f"{url}/{handler}?{urlencode({**asked, 'wt': 'json'})}") as answer:
        return json.load(answer)


def in_redis(canaries: Canaries, connection: Any = None) -> list[Place]:
    """Canaries by key; in another Redis than that of the tests, if one is given."""
    connection = connection or connect_to_redis()
    readers = {
        b"string": lambda key: [connection.get(key)],
        b"list": lambda key: connection.lrange(key, 0, -1),
        b"set": connection.smembers,
        b"zset": lambda key: connection.zrange(key, 0, -1),
        b"hash": lambda key: [*connection.hgetall(key).items()],
        b"stream": lambda key: [str(connection.xrange(key)).encode()],
    }
    found: list[Place] = []
    for key in connection.scan_iter("*"):
        values = readers[connection.type(key)](key)
        flat = [part for one in values for part in (one if isinstance(one, tuple) else [one])]
        if there := canaries.find(key, *flat):
            found.append((key.decode(errors="replace"), there))
    return found


def in_files(canaries: Canaries, folder: Path) -> list[Place]:
    """Canaries by file, in names and contents."""
    return [
        (str(path), there)
        for path in _files(folder)
        if (there := canaries.find(str(path).encode(), path.read_bytes()))
    ]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
