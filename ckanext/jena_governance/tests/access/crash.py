"""Writes one dataset in a process of its own, in which something dies half-way.

python -m ckanext.jena_governance.tests.access.crash INI POINT VICTIM DATASET CHANGES USER
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ckan.cli import load_config
from ckan.config.middleware import make_app

from ckanext.jena_governance.tests.access.cable import Cable

SERVERS = {
    "postgres": (
        "sqlalchemy.url",
        "ckan.datastore.write_url",
        "ckan.datastore.read_url",
    ),
    "solr": ("solr_url",),
    "redis": ("ckan.redis.url",),
}

# After the first call of which function it happens: module, path of names in it.
POINTS = {
    "after the file move": ("ckanext.jena_governance.access.storage", "LocalFiles.move"),
    "after the flush": ("ckanext.jena_governance.access.vault", "_require_gateways"),
    "after the index": ("ckan.lib.search.index", "PackageSearchIndex.index_package"),
    "after the commit": ("ckan.model", "repo.commit"),
}


def lay_cables(config: Any, victim: str) -> list[Cable]:
    """Let the configuration lead to a server through a cable."""
    cables: dict[int, Cable] = {}
    for key in SERVERS.get(victim, ()):
        parts = urlsplit(config[key])
        assert parts.hostname
        assert parts.port
        cable = cables.setdefault(parts.port, Cable(parts.hostname, parts.port))
        config[key] = config[key].replace(f":{parts.port}/", f":{cable.port}/")
    return list(cables.values())


def strike_after(point: str, strike: Callable[[], None]) -> None:
    """Let a strike follow the first call of a function."""
    module_name, path = POINTS[point]
    *owners, name = path.split(".")
    owner = functools.reduce(getattr, owners, importlib.import_module(module_name))
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        strike()
        return result

    setattr(owner, name, wrapped)


def main() -> None:
    ini, point, victim, dataset, changes, user = sys.argv[1:]
    config = load_config(ini)
    cables = lay_cables(config, victim)
    app = make_app(config)

    import ckantoolkit as tk

    struck = False

    def strike() -> None:
        nonlocal struck
        if struck:
            return
        struck = True
        print("STRUCK", flush=True)
        if victim == "process":
            os.kill(os.getpid(), signal.SIGKILL)
        for cable in cables:
            cable.cut()

    with app._wsgi_app.test_request_context():
        action = tk.get_action("package_patch")
        strike_after(point, strike)
        action({"user": user}, {"id": dataset, **json.loads(changes)})


if __name__ == "__main__":
    main()
