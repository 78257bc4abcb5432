"""Which background workers of this portal run without us."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from datetime import timezone
from typing import Any

import redis
import rq

import ckantoolkit as tk
from ckan.lib.redis import connect_to_redis

# From loading the plugins to registering with the queue takes a worker seconds.
_START = 300.0
_DAY = 86_400.0


def sign_in() -> None:
    """Note in Redis that this process has loaded us; without Redis nothing is noted.

    A worker registers itself there under the same host and process id a moment later.
    """
    try:
        connection = connect_to_redis()
        connection.hset(_key(), f"{socket.gethostname()}:{os.getpid()}", str(time.time()))
        _forget_the_dead(connection)
    except redis.RedisError:
        return


def without_us() -> tuple[str, ...]:
    """The registered workers that have not signed in, as host and process id.

    Only what works through the queue is seen; a harvester that is started by hand is not.
    """
    try:
        connection = connect_to_redis()
        signed = _signed(connection)
        return tuple(sorted(_name(each) for each in _ours(connection) if not _is_in(each, signed)))
    except redis.RedisError:
        return ()


def _key() -> str:
    return f"ckan:{tk.config['ckan.site_id']}:jena_governance:processes"


def _signed(connection: redis.Redis) -> dict[str, float]:
    entries: dict[Any, Any] = connection.hgetall(_key())
    return {name.decode(): float(when) for name, when in entries.items()}


def _ours(connection: redis.Redis) -> Iterable[rq.worker.BaseWorker]:
    """Workers of this portal; others may use the same Redis."""
    prefix = f"ckan:{tk.config['ckan.site_id']}:"
    for worker in rq.Worker.all(connection=connection):
        queues = worker.queue_names()
        if any(name.startswith(prefix) for name in queues) and not _is_dead(worker):
            yield worker


def _is_dead(worker: rq.worker.BaseWorker) -> bool:
    """Whether it was killed on this machine; Redis goes on listing it for some minutes."""
    if worker.hostname != socket.gethostname() or not worker.pid:
        return False
    try:
        os.kill(worker.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _name(worker: rq.worker.BaseWorker) -> str:
    return f"{worker.hostname}:{worker.pid}"


def _is_in(worker: rq.worker.BaseWorker, signed: dict[str, float]) -> bool:
    """Whether the worker's own start is noted, not that of another with the same process id."""
    loaded = signed.get(_name(worker))
    if loaded is None or worker.birth_date is None:
        return False
    born = worker.birth_date.replace(tzinfo=timezone.utc).timestamp()
    return 0 <= born - loaded <= _START


def _forget_the_dead(connection: redis.Redis) -> None:
    working = {_name(worker) for worker in _ours(connection)}
    old = time.time() - _DAY
    gone = [
        name for name, when in _signed(connection).items() if when < old and name not in working
    ]
    if gone:
        connection.hdel(_key(), *gone)
