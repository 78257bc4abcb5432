"""Foreign texts brought into the shape CKAN accepts. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

NAME_MAX = 100
TAG_MAX = 100
TITLE_MAX = 500

_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "à": "a", "á": "a", "é": "e", "è": "e", "ç": "c"}
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2})?")
_FORMATS = {"gjson": "GeoJSON", "geojson": "GeoJSON", "shape": "SHP", "jrss": "JSON", "htm": "HTML"}
_EXTENSION = re.compile(r"\.([A-Za-z][A-Za-z0-9]{1,6})$")
# What a browser runs or reads from the visitor's own machine is no link to data.
_SCHEMES = {"http", "https", "ftp", "ftps", "sftp"}
_PROGRAMS = {"php", "asp", "aspx", "jsp", "cgi", "do", "exe", "cfm"}


def text(value: Any) -> str:
    """A foreign value as trimmed text; None, lists and mappings become empty."""
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return ""
    # NUL is refused by PostgreSQL, a byte-order mark in the middle helps nobody
    return str(value).replace("\x00", "").replace("\ufeff", "").strip()


def fold(value: str) -> str:
    """Lower case with umlauts written out."""
    return value.lower().translate(_UMLAUTS)


def normal(value: str) -> str:
    """The form in which two names of a unit are compared."""
    folded = fold(text(value)).replace("&", " und ").replace("+", " und ")
    return " ".join(re.findall(r"[a-z0-9]+", folded))


def slug(value: str) -> str:
    """A dataset or organization name by CKAN's rules; empty where nothing remains."""
    # DKAN writes "dataset/xyz" and "group/xyz"
    last = value.strip().rstrip("/").rsplit("/", 1)[-1] if "://" not in value else value
    name = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9_-]+", "-", fold(last))).strip("-")
    return name[:NAME_MAX].rstrip("-") if len(name) >= 2 else ""


def is_name(value: str) -> bool:
    """Whether CKAN accepts the value as a name unchanged."""
    return bool(re.fullmatch(r"[a-z0-9_-]{2,100}", value)) and value not in {
        "new",
        "edit",
        "search",
    }


def title_and_rest(value: str) -> tuple[str, str]:
    """A title of bearable length, and the full one where it had to be cut.

    Solr refuses strings beyond 32 KB and no page can show a heading of 2,000 characters.
    """
    title = " ".join(value.split())
    if len(title) <= TITLE_MAX:
        return title, ""
    return title[: TITLE_MAX - 1].rsplit(" ", 1)[0] + "…", title


def tags(values: Iterable[Any]) -> list[dict[str, str]]:
    """Tags from strings or mappings, within CKAN's characters and lengths, each once."""
    found: dict[str, str] = {}
    for value in values:
        if isinstance(value, dict):
            value = value.get("display_name") or value.get("name")  # noqa: PLW2901
        # CKAN allows letters, digits, space, hyphen, underscore, dot: a comma separates two tags
        for part in re.split(r"[,;]", text(value)):
            tag = " ".join(re.sub(r"[^\w \-.]", " ", part).split())[:TAG_MAX].strip()
            if len(tag) >= 2:
                found.setdefault(tag.casefold(), tag)
    return [{"name": tag} for tag in found.values()]


def iso_date(value: Any) -> str:
    """The date in a foreign value ("Date changed 2015-01-21T…"), or an empty text."""
    match = _DATE.search(text(value))
    if not match:
        return ""
    try:
        return datetime.fromisoformat(match.group()).date().isoformat()
    except ValueError:
        return ""


def web_address(value: Any, base: str = "") -> str:
    """An absolute address that a visitor may follow, or an empty text."""
    address = re.sub(r"\s+", "%20", text(value))
    if not address:
        return ""
    try:
        if re.match(r"www\.[^/]+\.", address):
            address = "https://" + address
        elif base and not urlsplit(address).scheme:
            address = urljoin(base.rstrip("/") + "/", address)
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return ""
    return address if parts.scheme.lower() in _SCHEMES and host else ""


def file_format(value: Any, mimetype: Any, address: str) -> str:
    """The format as CKAN spells it, guessed from media type or file name where it is missing."""
    stated = text(value)
    if stated:
        known = _FORMATS.get(stated.lower().lstrip("."))
        return known or stated.lstrip(".").upper()
    media = text(mimetype).partition(";")[0].rpartition("/")[2].lower()
    if media and re.fullmatch(r"[a-z]{2,7}", media) and media not in {"plain", "octet"}:
        return _FORMATS.get(media, media.upper())
    match = _EXTENSION.search(unquote(urlsplit(address).path)) if address else None
    if not match or match.group(1).lower() in _PROGRAMS:
        return ""
    return _FORMATS.get(match.group(1).lower(), match.group(1).upper())


def file_name(address: str) -> str:
    """The last part of an address, as a name for a resource that has none."""
    parts = urlsplit(address)
    return unquote(parts.path.rstrip("/").rpartition("/")[2]) or (parts.hostname or "")
