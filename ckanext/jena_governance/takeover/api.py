"""All datasets of a portal, page by page. No CKAN import."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from ckanext.jena_governance.takeover.client import Client
from ckanext.jena_governance.takeover.errors import TakeoverError

ROWS = 100
PAGE_BYTES = 64 * 1024 * 1024


def base_of(location: str) -> str:
    """The portal in an address: https://host/de/api/3/action/… gives https://host/de."""
    return re.sub(r"(/api(/.*)?|/dataset(/.*)?)?/?([?#].*)?$", "", location)


def datasets(base: str, client: Client, limit: int) -> list[Any]:
    """Reads all public datasets, by package_search, or as DKAN offers them.

    Raises:
        TakeoverError: where the portal cannot be read to its end.
    """
    try:
        return _by_search(base, client, limit)
    except _NotOfferedError as error:
        return _by_list(base, client, limit, error)


class _NotOfferedError(TakeoverError):
    """The portal does not know package_search."""


def _by_search(base: str, client: Client, limit: int) -> list[Any]:
    url = f"{base}/api/3/action/package_search"
    found: dict[str, Any] = {}
    start, count = 0, 1
    while start < count:
        # sorted by name: by relevance, pages overlap and datasets are missed
        answer = _answer(client, url, {"start": start, "rows": ROWS, "sort": "name asc"})
        result = answer.get("result")
        if not isinstance(result, dict) or not isinstance(result.get("results"), list):
            raise _NotOfferedError(f"{url}: the answer has no “results”.")
        page = cast("list[Any]", result["results"])
        count = int(result.get("count") or 0)
        if count > limit:
            raise TakeoverError(f"{base}: {count:,} datasets; at most {limit:,} in one go.")
        if not page:
            break
        _collect(found, page)
        start += len(page)
    if len(found) < count:
        raise TakeoverError(
            f"{url}: the portal counts {count:,} datasets and gave {len(found):,}. "
            "It was probably being changed; run the import again."
        )
    return list(found.values())


def _by_list(base: str, client: Client, limit: int, cause: TakeoverError) -> list[Any]:
    url = f"{base}/api/3/action/current_package_list_with_resources"
    found: dict[str, Any] = {}
    for offset in range(0, limit, ROWS):
        try:
            result = _answer(client, url, {"limit": ROWS, "offset": offset}).get("result")
        except _NotOfferedError:
            raise cause from None
        page = cast("list[Any]", result) if isinstance(result, list) else []
        while len(page) == 1 and isinstance(page[0], list):
            page = cast("list[Any]", page[0])
        before = len(found)
        _collect(found, page)
        # a portal that ignores "offset" sends the same page for ever
        if len(page) < ROWS or len(found) == before:
            break
    return list(found.values())


def _collect(found: dict[str, Any], page: list[Any]) -> None:
    """Adds a page; a dataset that moved between two pages while we read is taken once."""
    for record in page:
        entry = cast("dict[str, Any]", record) if isinstance(record, dict) else {}
        key = str(entry.get("id") or entry.get("name") or f"#{len(found)}")
        found.setdefault(key, record)


def _answer(client: Client, url: str, params: dict[str, Any]) -> dict[str, Any]:
    try:
        content = client.download(url, PAGE_BYTES, params)
    except TakeoverError as error:
        if re.search(r"HTTP (400|404|405|409|410)\b", str(error)):
            raise _NotOfferedError(str(error)) from error
        raise
    try:
        answer: Any = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        what = "a web page (HTML)" if content.lstrip()[:1] == b"<" else "no complete JSON"
        raise TakeoverError(
            f"{url}: the answer is {what}. Is this the address of a CKAN portal, and is it up?"
        ) from error
    if not isinstance(answer, dict):
        raise _NotOfferedError(f"{url}: the answer is no CKAN answer.")
    if answer.get("success") is False:
        raise _NotOfferedError(f"{url}: the portal answered with an error: {answer.get('error')}")
    return cast("dict[str, Any]", answer)
