"""Plain HTTP to a portal: nothing is followed, nothing is made nicer than it came."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT = 120


@dataclass(frozen=True)
class Response:
    """What came back.

    Attributes:
        status: the HTTP status.
        headers: names in small letters; several of one name are joined by a line break.
        body: as it came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def head(self) -> bytes:
        """All headers, to be searched."""
        return "\n".join(f"{name}: {value}" for name, value in self.headers.items()).encode()

    def json(self) -> dict[str, Any]:
        """The body as JSON; an empty dictionary where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Upload:
    """A file to send with a form."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Request:
    """What is sent.

    Attributes:
        method: ``GET``, ``HEAD`` or ``POST``.
        path: with the query, as it goes over the wire.
        data: sent as JSON; or
        form: sent as a form, with files as multipart.
    """

    method: str
    path: str
    data: Any = None
    form: Mapping[str, Any] | None = None

    @property
    def text(self) -> bytes:
        """Everything the sender said, for what a response only repeats."""
        said = [self.path, json.dumps(self.data), str(dict(self.form or {}))]
        return "\n".join(said).encode()


@dataclass
class Client:
    """One portal; every thread keeps its own connection."""

    url: str
    _local: threading.local = field(default_factory=threading.local)

    def send(self, request: Request, headers: Mapping[str, str] | None = None) -> Response:
        """Send a request.

        Args:
            request: what to send.
            headers: of whoever asks.

        Returns:
            The response as it came.

        Raises:
            OSError: the portal cannot be reached.
        """
        body, kind = _encoded(request)
        sent = {"Accept-Encoding": "identity", "Accept": "*/*", **kind, **(headers or {})}
        try:
            return self._once(request, body, sent)
        except (http.client.HTTPException, ConnectionError):
            self._close()  # the server had closed the connection
            try:
                return self._once(request, body, sent)
            except http.client.HTTPException as error:
                raise OSError(f"{request.method} {request.path}: {error!r}") from error

    def _once(self, request: Request, body: bytes | None, headers: dict[str, str]) -> Response:
        connection = self._connection()
        root = urlsplit(self.url).path.rstrip("/")
        connection.request(request.method, root + request.path, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        found: dict[str, str] = {}
        for name, value in answer.getheaders():
            key = name.lower()
            found[key] = f"{found[key]}\n{value}" if key in found else value
        return Response(answer.status, found, content)

    def _connection(self) -> http.client.HTTPConnection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            parts = urlsplit(self.url)
            secure = parts.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
            self._local.connection = connection
        return connection

    def _close(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


@dataclass(frozen=True)
class Api:
    """CKAN's API as one person."""

    client: Client
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def post(self, action: str, data: Mapping[str, Any], upload: Upload | None = None) -> Response:
        """Call an action."""
        path = f"/api/3/action/{action}"
        if upload is None:
            return self.client.send(Request("POST", path, data=dict(data)), self.headers)
        form = {**data, "upload": upload}
        return self.client.send(Request("POST", path, form=form), self.headers)

    def __call__(self, action: str, upload: Upload | None = None, /, **data: Any) -> Any:
        """Call an action that must succeed.

        Raises:
            ActionError: it did not.
        """
        response = self.post(action, data, upload)
        answer = response.json()
        if response.status != 200 or not answer.get("success"):
            raise ActionError(action, response.status, answer.get("error"))
        return answer["result"]


class ActionError(Exception):
    """An action that had to succeed did not."""

    def __init__(self, action: str, status: int, error: object) -> None:
        super().__init__(f"{action}: {status} {error}")
        self.status = status


def query(arguments: Mapping[str, Any]) -> str:
    """Arguments as CKAN reads them from a URL."""
    pairs: list[tuple[str, str]] = []
    for key, value in arguments.items():
        values = value if isinstance(value, list) else [value]
        pairs += [(key, _word(one)) for one in values]
    return urlencode(pairs)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _encoded(request: Request) -> tuple[bytes | None, dict[str, str]]:
    if request.data is not None:
        return json.dumps(request.data).encode(), {"Content-Type": "application/json"}
    if request.form is None:
        return None, {}
    if any(isinstance(value, Upload) for value in request.form.values()):
        return _multipart(request.form)
    return query(request.form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def _multipart(form: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    boundary = secrets.token_hex(16)
    lines: list[bytes] = []
    for key, value in form.items():
        for one in value if isinstance(value, list) else [value]:
            lines.append(f"--{boundary}".encode())
            disposition = f'Content-Disposition: form-data; name="{key}"'
            if isinstance(one, Upload):
                lines += [f'{disposition}; filename="{one.name}"'.encode(), b"", one.content]
            else:
                lines += [disposition.encode(), b"", _word(one).encode()]
    lines += [f"--{boundary}--".encode(), b""]
    kind = f"multipart/form-data; boundary={boundary}"
    return b"\r\n".join(lines), {"Content-Type": kind}
