"""A second CKAN: own database, search core and Redis database, on the services of an instance.

For tests of what others get from our portal. Whoever needs it has it made, and removed again; what
an aborted run has left is replaced. Its programs are started, and ended, by those tests.
"""

import json
import shutil
import urllib.error
import urllib.parse
from typing import Any

from dev import config
from dev.instance import Instance
from dev.paths import ROOT
from dev.say import Stop
from dev.services import direct

_HARVESTING = ("harvest", "ckan_harvester", "dcat_rdf_harvester")

_OURS = ("jena_governance", "scheming_datasets", "scheming_organizations")

# Without our extension, as any other portal; and another city's, with it. That one is made twice:
# the same files in two datasets of one portal are refused.
PLUGINS: dict[str, tuple[str, ...]] = {
    "plain": ("dcat", "activity", *_HARVESTING),
    "city": (*_OURS, "dcat", "activity", *_HARVESTING),
    "city-dcat": (*_OURS, "dcat", "activity", *_HARVESTING),
}

# The instance's own CKAN has Redis' database 0.
_REDIS = {flavour: number for number, flavour in enumerate(PLUGINS, start=1)}


class Second:
    """One flavour of it."""

    def __init__(self, instance: Instance, flavour: str) -> None:
        if flavour not in PLUGINS:
            raise Stop(f"A second CKAN is one of {', '.join(PLUGINS)}, not {flavour!r}.")
        self.instance = instance
        self.flavour = flavour
        self.database = self.core = f"second_{flavour.replace('-', '_')}"
        self.folder = instance.folder / "second" / flavour

    def make(self) -> dict[str, str]:
        """Make its stores, empty, and its configuration; say where they are.

        Returns:
            ``ini``, ``database`` (address), ``solr`` (address of the core), ``redis`` (address),
            ``site_id`` and ``folder``.
        """
        if not self.instance.up:
            raise Stop(f"{self.instance.name} does not run: start it with make test-up.")
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "storage").mkdir(parents=True)
        self._make_database()
        self._make_core()
        settings = self._settings()
        ini = self.folder / "second.ini"
        config.write(ini, settings, base=ROOT / "test.ini")
        return {
            "ini": str(ini),
            "database": settings["sqlalchemy.url"],
            "solr": settings["solr_url"],
            "redis": settings["ckan.redis.url"],
            "site_id": settings["ckan.site_id"],
            "folder": str(self.folder),
        }

    def remove(self) -> None:
        """Remove what was made."""
        self._drop_database()
        self._drop_core()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _settings(self) -> dict[str, str]:
        ports = self.instance.state["ports"]
        solr = f"http://127.0.0.1:{ports['solr']}/solr/{self.core}"
        redis = self.instance.settings()["ckan.redis.url"].rpartition("/")[0]
        name = f"second-{self.flavour}"
        return self.instance.settings() | {
            "ckan.site_id": name,
            "ckan.site_url": f"http://{name}.example",
            "ckan.plugins": " ".join(PLUGINS[self.flavour]),
            "ckan.views.default_views": "",
            "sqlalchemy.url": self.instance.url(self.database),
            "solr_url": solr,
            "ckan.redis.url": f"{redis}/{_REDIS[self.flavour]}",
            "ckan.storage_path": str(self.folder / "storage"),
        }

    def _make_database(self) -> None:
        self._drop_database()
        # CKAN's role may not make databases; nobody else may connect.
        self._sql(f"CREATE DATABASE {self.database} OWNER ckan_default")
        self._sql(f"REVOKE CONNECT ON DATABASE {self.database} FROM PUBLIC")

    def _drop_database(self) -> None:
        self._sql(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")

    def _sql(self, statement: str) -> None:
        self.instance.postgres.run_sql(statement)

    def _make_core(self) -> None:
        """A core with the configuration of the instance's own."""
        self._drop_core()
        home = self.instance.folder / "solr"
        shutil.rmtree(home / self.core, ignore_errors=True)
        shutil.copytree(home / "ckan" / "conf", home / self.core / "conf")
        self._solr(action="CREATE", name=self.core, instanceDir=self.core)

    def _drop_core(self) -> None:
        if self._solr(action="STATUS", core=self.core)["status"].get(self.core):
            self._solr(
                action="UNLOAD", core=self.core, deleteInstanceDir="true", deleteDataDir="true"
            )

    def _solr(self, **asked: str) -> dict[str, Any]:
        port = self.instance.state["ports"]["solr"]
        query = urllib.parse.urlencode({**asked, "wt": "json"})
        try:
            with direct.open(f"http://127.0.0.1:{port}/solr/admin/cores?{query}") as answer:
                return json.load(answer)
        except urllib.error.URLError as error:
            raise Stop(f"Solr refused {self.core}: {error}") from error
