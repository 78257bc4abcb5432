"""The portals that are measured: each with services, database, index and web server of its own."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any, cast

from dev import processes
from dev.instance import Instance
from dev.paths import ROOT
from dev.processes import Process
from dev.say import Stop

OTHERS = ("scheming_datasets", "scheming_organizations", "dcat", "activity")
_PORTS = range(31000, 32000)


class Portal:
    """One CKAN on an instance of its own.

    Args:
        name: which one; part of the instance's name.
        governed: whether our plugin is loaded.
        datasets: how many it holds.
        sharing: how many agreements and grants.
    """

    def __init__(self, name: str, *, governed: bool, datasets: int, sharing: int = 0) -> None:
        self.name = name
        self.governed = governed
        self.datasets = datasets
        self.sharing = sharing
        self.instance = Instance(f"bench-{name}", testing=False)
        self.port = 0

    @property
    def url(self) -> str:
        """Address of the web server."""
        return f"http://localhost:{self.port}"

    @property
    def accounts(self) -> dict[str, str]:
        """API tokens by account."""
        return cast("dict[str, str]", json.loads(self._accounts.read_text()))

    @property
    def _accounts(self) -> Path:
        return self.instance.folder / "accounts.json"

    def make(self) -> None:
        """New and empty: services, databases, tables."""
        self.instance.stop()
        for part in ("pg", "redis", "solr", "storage", "log"):
            shutil.rmtree(self.instance.folder / part, ignore_errors=True)
        self.instance.remember(supervisor=Process.of_this().to_json())
        self.instance.start_services()
        self.instance.prepare_databases()
        self.port = next(port for port in _shuffled() if processes.port_is_free(port))
        self.instance.write_config(self._settings())
        self.instance.ckan("db", "upgrade", what="The tables could not be made")

    def _settings(self) -> dict[str, str]:
        settings = {
            "ckan.site_url": self.url,
            "ckan.site_id": self.instance.name,
            "ckan.views.default_views": "",
        }
        if self.governed:
            return settings | {"ckan.plugins": " ".join(("jena_governance", *OTHERS))}
        schema = self.instance.folder / "schema.yaml"
        self.python("-m", "benchmarks.plain_schema", str(schema))
        return settings | {
            "ckan.plugins": " ".join(OTHERS),
            "scheming.dataset_schemas": schema.as_uri(),
            "scheming.presets": "ckanext.dcat.schemas:presets.yaml ckanext.scheming:presets.json",
        }

    def fill(self) -> None:
        """Content, then the index."""
        numbers = (str(self.datasets), str(self.sharing))
        self.python("-m", "benchmarks.fill", str(self.instance.ini), *numbers, str(self._accounts))
        self.instance.ckan("search-index", "rebuild", "-q", what="There is no index")

    def python(self, *arguments: str) -> str:
        """Run a module of this package with the portal's Python; what it printed."""
        log = self.instance.folder / "log" / "benchmark.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            done = subprocess.run(
                [*processes.DIE_WITH_ME, str(self.instance.venv.program("python")), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                env=self.instance.environment() | {"PYTHONPATH": str(ROOT)},
                check=False,
            )
        if done.returncode:
            raise Stop(f"{self.name}: {arguments[1]} failed, see the end of {log}")
        return done.stdout.decode()

    def serve(self) -> None:
        """Start the web server and wait for it."""
        started = processes.start(
            [*self.instance.command(), "run", "--host", "localhost", "--port", str(self.port),
             "--threaded", "--disable-reloader", "--disable-debugger"],
            log=self.instance.folder / "log" / "ckan.log",
            cwd=self.instance.folder,
            env=self.instance.environment(),
        )  # fmt: skip
        web = Process.of(started.pid)
        self.instance.record("ckan", web)
        deadline = time.monotonic() + 120
        while not self._answers():
            if not web.alive or time.monotonic() > deadline:
                raise Stop(f"{self.name} does not start, see {self.instance.folder}/log/ckan.log")
            time.sleep(0.2)

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the web server has used, whatever else goes on."""
        pid = self.instance.recorded()["ckan"].pid
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _answers(self) -> bool:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(f"{self.url}/api/3/action/status_show", timeout=60) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """End everything."""
        self.instance.stop()


def _shuffled() -> list[int]:
    return random.sample(_PORTS, len(_PORTS))


def found(portal: Portal, text: str) -> Any:
    """What a module printed as JSON, after whatever else was printed."""
    try:
        return json.loads(text.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise Stop(f"{portal.name}: no figures in what it printed: {text[-200:]}") from None
