"""One connection to a foreign portal: patient, bounded, and clear about what went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from ckanext.jena_governance.takeover.errors import TakeoverError

TRIES = 6
TIMEOUT = (10, 120)  # seconds to connect, and between two bytes
LONGEST_WAIT = 120.0
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
_AGENT = "ckanext-jena-governance import (+https://ckan.org)"


class Client:
    """Gets addresses one after the other, over one connection.

    Args:
        sleep: waits; replaced in tests.
        say: tells a person why it waits.
    """

    def __init__(
        self, sleep: Callable[[float], None] = time.sleep, say: Callable[[str], None] | None = None
    ) -> None:
        self._session = requests.Session()
        self._session.headers["User-Agent"] = _AGENT
        self._session.headers["Accept"] = "application/json, */*;q=0.5"
        self._sleep = sleep
        self._say = say or (lambda _words: None)

    def download(self, url: str, limit: int, params: dict[str, Any] | None = None) -> bytes:
        """The content at an address.

        Args:
            url: the address.
            limit: most bytes to accept.
            params: the query.

        Raises:
            TakeoverError: after the last try, for any other refusal, or beyond the limit.
        """
        problem = ""
        for attempt in range(TRIES):
            try:
                with self._session.get(
                    url, params=params, timeout=TIMEOUT, stream=True
                ) as response:
                    if response.status_code not in _TRANSIENT:
                        return _content(response, url, limit)
                    problem = f"HTTP {response.status_code}"
                    stated = retry_after(response.headers.get("Retry-After"))
            except (
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                problem, stated = _short(error), None
            except requests.RequestException as error:
                raise TakeoverError(f"{url}: {_short(error)}") from error
            if attempt < TRIES - 1:
                wait = min(stated if stated is not None else 2.0**attempt, LONGEST_WAIT)
                self._say(f"{url}: {problem}; trying again in {wait:.0f} s ({attempt + 2}/{TRIES})")
                self._sleep(wait)
        raise TakeoverError(
            f"{url}: {problem}, {TRIES} times. Try again later; what is already imported stays."
        )


def retry_after(value: str | None) -> float | None:
    """Seconds to wait by a Retry-After header, which is a number or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def _content(response: requests.Response, url: str, limit: int) -> bytes:
    if response.status_code in {401, 403}:
        raise TakeoverError(f"{url}: HTTP {response.status_code}, the portal refuses access.")
    if response.status_code >= 400:
        raise TakeoverError(
            f"{url}: HTTP {response.status_code}. Is this the address of a CKAN portal?"
        )
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_content(64 * 1024):
        size += len(chunk)
        if size > limit:
            raise TakeoverError(f"{url}: more than {limit // 1024 // 1024} MB. Import it in parts.")
        chunks.append(chunk)
    return b"".join(chunks)


def _short(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate is not trusted"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__
