"""Which addresses a harvester asks for: http and https, read the same way by everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import requests

import ckantoolkit as tk

from ckanext.jena_governance.harvesting.errors import SourceError

SCHEMES = ("http", "https")
_PORTS = {"http": 80, "https": 443}
# Signs that one library takes for a separator and another one does not.
_AMBIGUOUS = re.compile(r"[\s\\\x00-\x1f\x7f]")
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")
_SECRET = "***"  # noqa: S105


@dataclass(frozen=True)
class Address:
    """An address as it is requested.

    Attributes:
        url: without user, password and fragment.
        scheme, host, port: where the request goes.
        user, password: what stood before the host; empty if nothing did.
    """

    url: str
    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    def is_same_origin(self, other: Address) -> bool:
        """Whether both lead to the same server, so that credentials may go there, too."""
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)

    def is_same_host(self, other: Address) -> bool:
        """Whether both lead to one host, on one port or on the usual ones of http and https."""
        if self.host != other.host:
            return False
        usual = all(one.port == _PORTS[one.scheme] for one in (self, other))
        return self.port == other.port or usual


def address_of(url: str, base: Address | None = None) -> Address:
    """Read an address, and refuse what could be read in two ways.

    Args:
        url: what stands in the source, a page link or a redirect.
        base: what a relative one is relative to.

    Returns:
        The address as it is requested.

    Raises:
        SourceError: no http or https, no host, signs that have no place in an address, or
            another server in the eyes of the library that makes the request.

    Source:
        RFC 3986; WHATWG URL (they differ on backslashes and blanks).
    """
    shown = without_credentials(url)[:200]
    if _AMBIGUOUS.search(url.strip()):
        raise _refused(shown, tk._("it contains blanks, backslashes or control characters"))
    joined = urljoin(base.url, url.strip()) if base else url.strip()
    try:
        parts = urlsplit(joined)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise _refused(shown, str(error)) from error
    if parts.scheme not in SCHEMES or not host:
        raise _refused(
            shown, tk._("only addresses that begin with http:// or https:// are fetched")
        )
    if parts.netloc.count("@") > 1:
        raise _refused(shown, tk._("it contains more than one @ before the path"))
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    address = Address(
        url=bare,
        scheme=parts.scheme,
        host=host,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    _require_same_reading(address, shown)
    return address


def without_credentials(text: str) -> str:
    """A text that may be shown: without what stands before the host in its addresses."""
    return _CREDENTIALS.sub(f"{_SECRET}@", text)


def _require_same_reading(address: Address, shown: str) -> None:
    try:
        prepared = requests.Request("GET", address.url).prepare().url or ""
        parts = urlsplit(prepared)
        read = (parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme])
    except (requests.RequestException, ValueError, KeyError) as error:
        raise _refused(shown, tk._("it cannot be requested")) from error
    asked = address.host.encode("idna").decode() if not address.host.isascii() else address.host
    if read != (address.scheme, asked, address.port):
        raise _refused(shown, tk._("it can be read in two ways"))


def _refused(shown: str, why: str) -> SourceError:
    return SourceError(tk._("The address “{}” is not fetched: {}.").format(shown, why))
