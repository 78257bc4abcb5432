"""The same form is saved once, however often its button is pressed."""

from __future__ import annotations

import logging
import time
from typing import Any

import ckantoolkit as tk
from ckan.lib.redis import connect_to_redis

log = logging.getLogger(__name__)

_HOURS = 12
_BUSY = b"busy"
# A second press that comes while the first is still being saved waits that long for it.
_PATIENCE = 45.0


def take(token: str) -> str | None:
    """Claim a form for saving.

    Args:
        token: number of the form; empty for forms without one.

    Returns:
        ``None`` if it was not saved before (then :func:`saved` or :func:`give_back` must
        follow), else the id of the dataset it became.
    """
    if not token:
        return None
    try:
        return _take(connect_to_redis(), _key(token))
    except Exception as error:  # noqa: BLE001 - without Redis a form can be saved all the same
        log.warning("double submits are not noticed: %s", type(error).__name__)
        return None


def saved(token: str, package_id: str) -> None:
    """Remember what became of a form."""
    _put(token, package_id.encode())


def give_back(token: str) -> None:
    """It was not saved after all; it may be sent again."""
    if token:
        try:
            connect_to_redis().delete(_key(token))
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("double submits are not noticed: %s", type(error).__name__)


def _take(redis: Any, key: str) -> str | None:
    end = time.monotonic() + _PATIENCE
    while not redis.set(key, _BUSY, nx=True, ex=int(_PATIENCE * 3)):
        became = redis.get(key)
        if became and became != _BUSY:
            return became.decode()
        if time.monotonic() > end:
            return None
        time.sleep(0.2)
    return None


def _put(token: str, value: bytes) -> None:
    if token:
        try:
            connect_to_redis().set(_key(token), value, ex=_HOURS * 3600)
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("double submits are not noticed: %s", type(error).__name__)


def _key(token: str) -> str:
    user = getattr(tk.current_user, "id", "") or ""
    return f"ckan:{tk.config['ckan.site_id']}:governance-form:{user}:{token[:64]}"
