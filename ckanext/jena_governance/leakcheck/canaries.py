"""Secrets that are planted to be looked for, and how they are recognised in any disguise."""

from __future__ import annotations

import base64
import html
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

# No vowels, so that no word is hit; no digits, so that Solr keeps each as one term.
_LETTERS = "bcdfghjklmnpqrstvwxz"
_PREFIX = 8
_TAIL = 16
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")

LOCATION = "location"
ACCESS_URL = "access_url"
DOWNLOAD_URL = "download_url"
URI = "uri"
HASH = "hash"
FILE_NAME = "file name"
CONTENT = "content"
CELL = "cell"
COLUMN = "column"
VIEW = "view"
VIEW_URL = "address in a view"
STORED = "file of the files API"
# Kinds that tell data, or where data are; the others describe.
DATA = frozenset(
    {
        LOCATION,
        ACCESS_URL,
        DOWNLOAD_URL,
        URI,
        HASH,
        FILE_NAME,
        CONTENT,
        CELL,
        COLUMN,
        VIEW,
        VIEW_URL,
        STORED,
    }
)

TITLE = "title"
NOTES = "notes"
NAME = "name"
TAG = "tag"
RESOURCE_NAME = "resource name"
METADATA = frozenset({TITLE, NOTES, NAME, TAG, RESOURCE_NAME})

# What people write to each other; nobody else reads it, whatever it is about.
AGREED = "text of an agreement"
ASKED = "text of a request"
SAID = frozenset({AGREED, ASKED})


@dataclass(frozen=True)
class Canary:
    """A planted secret.

    Attributes:
        kind: what it was planted as, e.g. ``location``.
        subject: label of the dataset or resource that holds it, e.g. ``closed/link``.
    """

    kind: str
    subject: str

    def __str__(self) -> str:
        """What may be told of it; never the secret."""
        return f"{self.kind} of {self.subject}"


UNKNOWN = Canary("part of a canary", "?")


class Canaries:
    """Makes secrets and finds them again."""

    def __init__(self) -> None:
        self.prefix = _random(_PREFIX)
        self._known: dict[str, Canary] = {}
        self._foreign: dict[bytes, Canary] = {}
        plain = self.prefix.encode()
        self._plain = re.compile(plain + rb"[a-z]*")
        self._wide = b"\0".join(bytes([letter]) for letter in plain)
        self._hex = re.compile(plain.hex().encode() + rb"(?:[0-9a-f]{2})*")
        self._base64 = [_base64_core(plain, shift) for shift in range(3)]
        self._escapes = [
            b"\\u00%02x" % plain[0],
            b"&#%d;" % plain[0],
            b"&#x%x;" % plain[0],
            b"%%%02x" % plain[0],
        ]

    def new(self, kind: str, subject: str) -> str:
        """Make a secret and remember what it stands for."""
        secret = self.prefix + _random(_TAIL)
        self._known[secret] = Canary(kind, subject)
        return secret

    def adopt(self, secret: str, kind: str, subject: str) -> None:
        """Look for something that was there already; too short a text is left out."""
        if len(secret) >= 12:
            self._foreign[secret.lower().encode()] = Canary(kind, subject)

    def __iter__(self) -> Iterator[Canary]:
        """Every canary."""
        return iter([*self._known.values(), *self._foreign.values()])

    def of(self, kinds: Iterable[str], subject: str) -> list[str]:
        """The secrets of a subject."""
        wanted = set(kinds)
        return [
            secret
            for secret, canary in self._known.items()
            if canary.subject == subject and canary.kind in wanted
        ]

    def find(self, *parts: bytes) -> set[Canary]:
        """The canaries in some bytes: as they are, or encoded in a usual way.

        Args:
            parts: bytes to look through, e.g. headers and body of a response.

        Returns:
            What was found; ``UNKNOWN`` for the beginning of a canary that several have.
        """
        found: set[Canary] = set()
        for part in parts:
            found |= self._in(part)
        return found

    def _in(self, data: bytes) -> set[Canary]:
        data = _unpacked(data)
        lower = data.lower()
        found = self._plainly(lower)
        if self._wide in lower:
            found |= self._plainly(lower.replace(b"\0", b""))
        if any(escape in lower for escape in self._escapes):
            found |= self._plainly(_unescaped(lower))
        for match in self._hex.finditer(lower):
            found |= self._plainly(bytes.fromhex(match[0].decode()))
        if any(core in data for core in self._base64):
            for match in _BASE64.finditer(data):
                found |= self._in_base64(match[0])
        return found

    def _in_base64(self, data: bytes) -> set[Canary]:
        found: set[Canary] = set()
        standard = data.translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            whole = standard[start : start + (len(standard) - start) // 4 * 4]
            found |= self._plainly(base64.b64decode(whole).lower())
        return found

    def _plainly(self, lower: bytes) -> set[Canary]:
        found = {self._named(match[0].decode()) for match in self._plain.finditer(lower)}
        found |= {canary for secret, canary in self._foreign.items() if secret in lower}
        return found

    def _named(self, text: str) -> Canary:
        text = text[: _PREFIX + _TAIL]
        if text in self._known:
            return self._known[text]
        fitting = [canary for secret, canary in self._known.items() if secret.startswith(text)]
        return fitting[0] if len(fitting) == 1 else UNKNOWN


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _base64_core(text: bytes, shift: int) -> bytes:
    """The characters of base64 that only depend on the text, at one of three positions."""
    encoded = base64.b64encode(b"\0" * shift + text).rstrip(b"=")
    first = (shift * 8 + 5) // 6
    last = (shift + len(text)) * 8 // 6
    return encoded[first:last]


def _unpacked(data: bytes) -> bytes:
    """Compressed bodies (gzip) and values (zlib, as RQ stores jobs) as they were."""
    if data[:2] not in (b"\x1f\x8b", b"\x78\x9c"):
        return data
    try:
        return zlib.decompress(data, wbits=47)
    except zlib.error:
        return data


def _unescaped(lower: bytes) -> bytes:
    text = unquote_to_bytes(lower).decode("utf-8", "replace")
    text = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return html.unescape(text).encode()
