"""Made-up foreign records; nothing here comes from a real portal."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from ckanext.jena_governance.takeover.draft import Conversion, Fields
from ckanext.jena_governance.takeover.mapping import MappingFile, Unit, UnitDirectory

RECORD: dict[str, Any] = {
    "id": "11111111-1111-4111-8111-111111111111",
    "name": "baeume",
    "title": "Bäume",
    "notes": "Alle Bäume.",
    "type": "datensatz",
    "state": "active",
    "private": False,
    "license_id": "portal-own-id",
    "license_title": "Musterlizenz",
    "license_url": "https://licence.example/by",
    "author": "Fachdienst Grün & Friedhof",
    "author_email": "gruen@musterstadt.example",
    "maintainer": "",
    "maintainer_email": "",
    "organization": {"name": "musterstadt", "title": "Stadt Musterstadt"},
    "groups": [{"name": "umwelt", "title": "Umwelt"}],
    "tags": [{"name": "Baum"}, "Grün, Park"],
    "extras": [{"key": "Turnus", "value": "jährlich"}],
    "metadata_created": "2020-03-27T09:27:45.762557",
    "metadata_modified": "2021-11-17T09:48:30.821859",
    "resources": [
        {
            "id": "r1",
            "name": "Bäume (CSV)",
            "url": "https://old.example/baeume.csv",
            "format": "csv",
            "url_type": "upload",
        }
    ],
}

UNITS = (
    Unit("musterstadt", "Stadt Musterstadt"),
    Unit("gruen", "Fachdienst Grün und Friedhof (Gartenamt)"),
    Unit("jugend", "Fachdienst Jugend (Jugendamt)"),
    Unit("jugendhilfe", "Fachdienst Jugendhilfe (Jugendamt)"),
    Unit("stadtwerke", "Stadtwerke Musterstadt GmbH (Holding)"),
)

FIELDS = Fields(
    frozenset(
        [
            "title",
            "name",
            "notes",
            "owner_org",
            "openness",
            "legal_basis",
            "license_id",
            "tag_string",
            "contact",
            "creator",
            "url",
            "issued",
            "modified",
            "version",
            "identifier",
            "frequency",
            "provenance",
            "temporal_coverage",
            "spatial_coverage",
            "theme",
            "language",
            "data_steward",
            "data_steward_email",
            "publish_by",
        ]
    ),
    frozenset({"url", "name", "description", "format", "issued", "modified", "license"}),
)


def licence_of(value: str, title: str, url: str) -> str | None:
    known = {"cc-by": "cc-by", "https://licence.example/by": "muster-by"}
    return known.get(value) or known.get(url) or known.get(title)


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """Makes a foreign record that differs from the pattern by what is given."""

    def make(**changes: Any) -> dict[str, Any]:
        return {**copy.deepcopy(RECORD), **changes}

    return make


@pytest.fixture
def conversion() -> Callable[..., Conversion]:
    """Makes a conversion with the units of Musterstadt."""

    def make(mapping: MappingFile | None = None, **more: Any) -> Conversion:
        mapping = mapping or MappingFile()
        units = UnitDirectory(UNITS, mapping.units)
        return Conversion(mapping, units, licence_of, FIELDS, **more)

    return make


class Portal:
    """A foreign portal that answers as a test tells it to."""

    def __init__(self) -> None:
        self.answers: list[Callable[[BaseHTTPRequestHandler], None]] = []
        self.requests: list[str] = []
        self.connections: set[Any] = set()
        portal = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                portal.requests.append(self.path)
                portal.connections.add(self.client_address)
                portal.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.answers.pop(0)(handler)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def foreign() -> Iterator[Portal]:
    """A real HTTP server on this machine."""
    portal = Portal()
    yield portal
    portal.close()


def reply(
    status: int, body: bytes, kind: str = "application/json", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """One answer of the foreign portal."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send
