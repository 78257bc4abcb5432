"""Fetching from a source that may be broken or hostile: bounded in bytes, time and requests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

import ckantoolkit as tk

from ckanext.jena_governance.harvesting.addresses import Address, address_of
from ckanext.jena_governance.harvesting.errors import SourceError

MEGABYTE = 1024 * 1024
MAX_REDIRECTS = 5
# A small step: what is packed in it cannot unfold beyond some megabytes.
_STEP = 16 * 1024
_PACKED = frozenset({"", "identity", "gzip", "deflate"})
_CONNECT = 10
_AGENT = "ckanext-jena-governance harvester (+https://ckan.org)"


@dataclass(frozen=True)
class Limits:
    """What a source may cost.

    Attributes:
        megabytes: of one answer, unpacked.
        seconds: for one answer, from connecting to the last byte.
        pages: requests in one run.
    """

    megabytes: int = 50
    seconds: float = 300
    pages: int = 2_000


@dataclass(frozen=True)
class Answer:
    """What a source sent.

    Attributes:
        address: where it came from, after redirects.
        body: the bytes, unpacked.
        media_type: as the source calls it, without parameters.
        charset: as the source calls it; empty if it does not.
    """

    address: Address
    body: bytes
    media_type: str
    charset: str

    def text(self) -> str:
        """The body as text: UTF-8, else what the source says.

        Raises:
            SourceError: it is neither.
        """
        text = _decoded(self.body, "utf-8-sig")
        if text is None:
            text = _decoded(self.body, self.charset)
        if text is None:
            message = tk._("The answer of {} is not UTF-8. Deliver it as UTF-8.")
            raise SourceError(message.format(self.address.url))
        return text


class Web:
    """Asks one source, address after address.

    Args:
        limits: what the source may cost.
        headers: sent to the source's own server only (an API key, say).
    """

    def __init__(self, limits: Limits, headers: Mapping[str, str] | None = None) -> None:
        self._limits = limits
        self._headers = dict(headers or {})
        self._asked = 0
        self._sockets: list[socket.socket] = []
        self._is_late = False
        self._session = requests.Session()
        # Else a .netrc of this machine would be asked for passwords.
        self._session.auth = _unchanged
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._sockets.append))

    def get(self, url: str, home: Address) -> Answer:
        """Fetch an address.

        Args:
            url: the address.
            home: the source's own; credentials and keys go to that server only.

        Raises:
            SourceError: the address is refused, the source does not answer as it should, or it
                sends too much or takes too long.
        """
        address = address_of(url, home)
        with self._deadline(address):
            for _hop in range(MAX_REDIRECTS + 1):
                self._count(address)
                with self._ask(address, home) as response:
                    if not response.is_redirect:
                        return self._answer(response, address)
                    address = address_of(response.headers["location"], address)
        raise SourceError(
            tk._("{} redirects more than {} times.").format(address.url, MAX_REDIRECTS)
        )

    def _count(self, address: Address) -> None:
        self._asked += 1
        if self._asked > self._limits.pages:
            message = tk._("The source has more than {} pages; stopped at {}.")
            raise SourceError(message.format(self._limits.pages, address.url))

    @contextmanager
    def _deadline(self, address: Address) -> Generator[None]:
        """Within, connections are cut when the time is over: a drop a minute resets timeouts."""
        self._is_late = False
        timer = threading.Timer(self._limits.seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if self._is_late:
                message = tk._("{} took longer than {} seconds.")
                raise SourceError(message.format(address.url, self._limits.seconds)) from error
            message = tk._("{} cannot be fetched: {}.")
            # The class alone: texts of these errors repeat addresses with their passwords.
            raise SourceError(message.format(address.url, type(error).__name__)) from error
        finally:
            timer.cancel()
            self._sockets.clear()

    def _cut(self) -> None:
        self._is_late = True
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _ask(self, address: Address, home: Address) -> requests.Response:
        headers = {"User-Agent": _AGENT, "Accept-Encoding": "gzip"}
        if address.is_same_origin(home):
            headers |= self._headers
        credentials = address if address.user else home
        is_ours = address.is_same_origin(home) and bool(credentials.user)
        return self._session.get(
            address.url,
            headers=headers,
            auth=(credentials.user, credentials.password) if is_ours else _unchanged,
            allow_redirects=False,
            stream=True,
            timeout=(_CONNECT, self._limits.seconds),
        )

    def _answer(self, response: requests.Response, address: Address) -> Answer:
        if not response.ok:
            message = tk._("{} answered with status {}.")
            raise SourceError(message.format(address.url, response.status_code))
        packed = response.headers.get("content-encoding", "").strip().lower()
        if packed not in _PACKED:
            raise SourceError(
                tk._("{} sends its answer packed in a way that is not read.").format(address.url)
            )
        body = bytearray()
        most = self._limits.megabytes * MEGABYTE
        for chunk in response.iter_content(_STEP):
            body += chunk
            if len(body) > most:
                message = tk._("The answer of {} is larger than {} MB. Split it into pages.")
                raise SourceError(message.format(address.url, self._limits.megabytes))
        if self._is_late:
            raise TimeoutError  # without a stated length the cut looks like an end
        media_type, _, _parameters = response.headers.get("content-type", "").partition(";")
        charset = requests.utils.get_encoding_from_headers(response.headers) or ""
        return Answer(address, bytes(body), media_type.strip().lower(), charset)


def _decoded(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return None


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Adapter(HTTPAdapter):
    """Tells of each socket that it opens."""

    def __init__(self, tell: Callable[[Any], None]) -> None:
        self._tell = tell
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        tell = self._tell

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                tell(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                tell(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls: Any = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls: Any = Secure

        manager: Any = self.poolmanager
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
