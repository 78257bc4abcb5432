"""An instance: one CKAN with its own services, data and secrets in one folder under .local/."""

import contextlib
import fcntl
import json
import random
import re
import secrets
import subprocess
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, cast

from dev import config, processes
from dev.paths import LOCAL, ROOT, service_environment
from dev.processes import Process
from dev.say import Stop
from dev.services import Postgres, Redis, Service, Solr
from dev.stamps import Stamps, content_of
from dev.venv import Venv

START_LIMIT = 90.0
# Below the range from which the system gives ports to outgoing connections.
_PORTS = range(21000, 31000)
_SECRETS = (
    "postgres", "ckan", "datastore", "redis", "SECRET_KEY", "api_token", "event_key",
)  # fmt: skip


class Instance:
    """Folder, ports, processes and configuration of one CKAN."""

    def __init__(self, name: str, *, ckan: str = "2.12", testing: bool = True) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,40}", name):
            raise Stop(f"An instance is named with small letters, digits and '-', not {name!r}.")
        self.name = name
        self.testing = testing
        self.venv = Venv(ckan)
        self.folder = LOCAL / name
        self.ini = self.folder / ("test.ini" if testing else "ckan.ini")
        self.stamps = Stamps(self.folder / "stamps")
        suffix = "test" if testing else "default"
        self.database = f"ckan_{suffix}"
        self.datastore = f"datastore_{suffix}"
        self.jobs_database = f"xloader_{suffix}"

    # -- what is kept between commands ---------------------------------------------------------

    @property
    def state(self) -> dict[str, Any]:
        """What was written down last; empty for a new instance."""
        try:
            return cast("dict[str, Any]", json.loads((self.folder / "state.json").read_text()))
        except (OSError, ValueError):
            return {}

    def remember(self, **changes: Any) -> None:
        """Add to the state; the file is replaced as a whole."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self.folder / "state.json.new"
        new.write_text(json.dumps(self.state | changes, indent=1))
        new.replace(self.folder / "state.json")

    @property
    def secrets(self) -> dict[str, str]:
        """Random passwords and keys, made once."""
        try:
            known = cast("dict[str, str]", json.loads((self.folder / "secrets.json").read_text()))
        except (OSError, ValueError):
            known = {}
        if set(_SECRETS) - set(known):
            known = {name: secrets.token_hex(24) for name in _SECRETS} | known
            self._write_secrets(known)
        return known

    def keep_secret(self, name: str, value: str) -> None:
        """Add a secret that is not simply random."""
        self._write_secrets(self.secrets | {name: value})

    def _write_secrets(self, values: Mapping[str, str]) -> None:
        new = self.folder / "secrets.json.new"
        new.touch(mode=0o600)
        new.write_text(json.dumps(values, indent=1))
        new.replace(self.folder / "secrets.json")

    @contextlib.contextmanager
    def lock(self, refusal: str | None) -> Generator[None, None, None]:
        """Keep the instance to oneself; wait for it, or refuse with a sentence."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if refusal else 0))
            except BlockingIOError:
                url = self.state.get("url", "its address")
                raise Stop((refusal or "").replace("{url}", url)) from None
            yield

    @property
    def locked(self) -> bool:
        """Whether another command holds the instance."""
        try:
            with self.lock("held"):
                return False
        except Stop:
            return True

    # -- services ------------------------------------------------------------------------------

    def _ports(self) -> dict[str, int]:
        """Last time's ports where they are still free, else others."""
        known = self.state.get("ports", {})
        ports: dict[str, int] = {}
        for name in ("postgres", "redis", "solr"):
            port = known.get(name, 0)
            while port in ports.values() or not port or not processes.port_is_free(port):
                port = random.choice(_PORTS)  # noqa: S311 - any free port will do
            ports[name] = port
        self.remember(ports=ports)
        return ports

    def _services(self) -> dict[str, Service]:
        ports = self.state["ports"]
        return {
            service.name: service
            for service in (
                Solr(self.folder, ports["solr"], self.venv.solr_schema),
                Redis(self.folder, ports["redis"], self.secrets["redis"]),
                self.postgres,
            )
        }

    @property
    def postgres(self) -> Postgres:
        """The database server."""
        return Postgres(
            self.folder,
            self.state["ports"]["postgres"],
            self.secrets["postgres"],
            durable=not self.testing,
        )

    def recorded(self) -> dict[str, Process]:
        """Every process that was started and not yet ended in order."""
        found = self.state.get("processes", {})
        return {name: Process.from_json(data) for name, data in found.items()}

    @property
    def up(self) -> bool:
        """Whether all three services run."""
        alive = {name for name, process in self.recorded().items() if process.alive}
        return alive >= {"postgres", "redis", "solr"}

    @property
    def supervisor(self) -> Process | None:
        """The command that started it and stays with it."""
        noted = self.state.get("supervisor")
        return Process.from_json(noted) if noted else None

    def record(self, name: str, process: Process) -> None:
        """Note a process at once, so that whoever comes later can end it."""
        noted = {key: value.to_json() for key, value in self.recorded().items()}
        self.remember(processes=noted | {name: process.to_json()})

    def start_services(self) -> None:
        """Start the three side by side and wait until each answers."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ports()
        services = self._services()
        if not self.postgres.data.exists():
            self.stamps.forget()
        if not (self.folder / "solr").exists():
            self.stamps.forget("index")
        running: dict[str, subprocess.Popen[bytes]] = {}
        for service in services.values():  # Solr first: it takes longest
            service.prepare()
            running[service.name] = service.start()
            self.record(service.name, Process.of(running[service.name].pid))
        deadline = time.monotonic() + START_LIMIT
        for name, service in services.items():
            while not service.ready():
                if running[name].poll() is not None:
                    raise Stop(f"{service.title} ended while it was starting, see {service.log}")
                if time.monotonic() > deadline:
                    raise Stop(f"{service.title} does not answer, see {service.log}")
                time.sleep(0.1)

    def stop(self) -> list[str]:
        """End everything that was started, the servers of CKAN before the services they use."""
        recorded = self.recorded()
        left = [name for name, process in recorded.items() if process.members()]
        last = ["solr", "redis", "postgres"]
        for name in sorted(left, key=lambda name: last.index(name) if name in last else -1):
            kind = {"postgres": Postgres, "redis": Redis, "solr": Solr}.get(name, Service)
            recorded[name].end(kind.farewell, kind.patience)
        if recorded:
            self.remember(processes={})
        return left

    # -- databases and configuration -----------------------------------------------------------

    def url(self, database: str, role: str = "ckan") -> str:
        """Address of a database for SQLAlchemy."""
        port = self.state["ports"]["postgres"]
        return f"postgresql://{role}_default:{self.secrets[role]}@127.0.0.1:{port}/{database}"

    def settings(self) -> dict[str, str]:
        """The part of CKAN's configuration that is this instance's own."""
        ports = self.state["ports"]
        return {
            "SECRET_KEY": self.secrets["SECRET_KEY"],
            "WTF_CSRF_SECRET_KEY": self.secrets["SECRET_KEY"],
            "api_token.jwt.encode.secret": f"string:{self.secrets['api_token']}",
            "api_token.jwt.decode.secret": f"string:{self.secrets['api_token']}",
            "sqlalchemy.url": self.url(self.database),
            "ckan.datastore.write_url": self.url(self.datastore),
            "ckan.datastore.read_url": self.url(self.datastore, "datastore"),
            "ckanext.xloader.jobs_db.uri": self.url(self.jobs_database),
            "solr_url": f"http://127.0.0.1:{ports['solr']}/solr/ckan",
            "ckan.redis.url": f"redis://:{self.secrets['redis']}@127.0.0.1:{ports['redis']}/0",
            "ckan.storage_path": str(self.folder / "storage"),
        }

    def write_config(self, more: Mapping[str, str] | None = None) -> None:
        """Write the ini file; ports may have changed since the last time."""
        (self.folder / "storage").mkdir(exist_ok=True)
        settings = self.settings() | dict(more or {})
        if self.testing:
            config.check_test_ini()
            config.write(self.ini, settings, base=ROOT / "test.ini")
        else:
            config.write(self.ini, config.PORTAL_SETTINGS | settings)

    def prepare_databases(self) -> None:
        """Create roles and databases; nobody but their owner may connect to them."""
        values = {
            "ckan_password": self.secrets["ckan"],
            "datastore_password": self.secrets["datastore"],
            "ckan": self.database,
            "datastore": self.datastore,
            "jobs": self.jobs_database,
        }
        settings = "".join(f"\\set {name} {value}\n" for name, value in values.items())
        text = settings + (ROOT / "dev" / "databases.sql").read_text()
        if not self.stamps.holds("databases", text):
            self.postgres.run_sql(text)
            self.stamps.set("databases", text)

    def prepare_datastore(self) -> None:
        """Let CKAN's own script set the DataStore's permissions, once per CKAN version."""
        inputs = [self.venv.fingerprint("ckan")]
        if self.stamps.holds("datastore", *inputs):
            return
        # Independent of the other plugins, ours above all: a developer may be in the middle of it.
        setup = self.folder / "setup.ini"
        config.write(setup, {"ckan.plugins": "datastore"}, base=self.ini)
        permissions = self.ckan(
            "datastore",
            "set-permissions",
            ini=setup,
            what="The DataStore's permissions could not be made",
        )
        self.postgres.run_sql(permissions)
        self.stamps.set("datastore", *inputs)

    def migrate(self) -> None:
        """Bring the tables of CKAN and all plugins up to date, if a migration may have been added.

        Only for the portal: the tests drop and make their tables themselves.
        """
        package = ROOT / "ckanext" / "jena_governance"
        inputs = [
            self.venv.fingerprint(),
            content_of((package / "migration").rglob("*.py")),
            " ".join(config.PLUGINS),
        ]
        if not self.stamps.holds("migrated", *inputs):
            self.ckan("db", "upgrade", what="The database could not be brought up to date")
            self.stamps.set("migrated", *inputs)

    def environment(self) -> dict[str, str]:
        """Environment for CKAN and what belongs to it."""
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        own = {"CKAN_INI": str(self.ini), "TMPDIR": str(temporary), "CKAN_INSTANCE": self.name}
        return service_environment() | own

    def command(self, ini: Path | None = None) -> list[str]:
        """Beginning of a command line of CKAN."""
        return [str(self.venv.program("ckan")), "-c", str(ini or self.ini)]

    def ckan(self, *arguments: str, what: str, ini: Path | None = None) -> str:
        """Run CKAN's command line; on failure `what` says what it means, the log says why."""
        log = self.folder / "log" / "ckan-cli.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            done = subprocess.run(
                [*processes.DIE_WITH_ME, *self.command(ini), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=self.folder,
                env=self.environment(),
                check=False,
            )
            if done.returncode:
                errors.write(done.stdout)
        if done.returncode:
            raise Stop(f"{what}, see the end of {log}")
        return done.stdout.decode()

    def end(self) -> str:
        """End it and the command that holds it, in order; say what was the case."""
        if (supervisor := self.supervisor) and supervisor.alive and self.locked:
            supervisor.end(patience=60)
            self.stop()
            return f"{self.name}: ended."
        if left := self.stop():
            return f"{self.name}: ended what was still running: {', '.join(left)}."
        return f"{self.name} was not running."


def existing() -> list[Instance]:
    """All instances that have left something under .local/."""
    return [Instance(path.parent.name) for path in sorted(LOCAL.glob("*/state.json"))]
