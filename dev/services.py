"""PostgreSQL, Redis and Solr of one instance: own data, own port, on 127.0.0.1 only."""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from pathlib import Path

from dev import jars, processes
from dev.paths import LOCAL, SOLR_SOURCE, service_environment
from dev.say import Stop

SUPERUSER = "postgres"


class Service(ABC):
    """One server of an instance."""

    name: str
    title: str
    # How it is asked to end, and how long that may take.
    farewell = signal.SIGTERM
    patience = 15.0

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.log = folder / "log" / f"{self.name}.log"

    @abstractmethod
    def prepare(self) -> None:
        """Make its data folder where it is missing."""

    @abstractmethod
    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it answers."""


class Postgres(Service):
    """An own cluster, reached by TCP and password: a socket's path would be too long."""

    name = "postgres"
    title = "PostgreSQL"
    farewell = signal.SIGINT  # "fast": ends the connections that are still open

    def __init__(self, folder: Path, port: int, password: str, *, durable: bool) -> None:
        super().__init__(folder, port)
        self.password = password
        self.durable = durable
        self.data = folder / "pg"

    def prepare(self) -> None:
        """Create the cluster; a half-made one is replaced."""
        if self.data.exists():
            return
        binaries = _postgres_binaries(None)
        new = self.folder / "pg.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(new, SUPERUSER, SUPERUSER)
        password_file = self.folder / "pg.password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        command = [
            str(binaries / "initdb"), "--pgdata", str(new), "--username", SUPERUSER,
            "--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8",
            "--locale", "C.UTF-8", "--no-sync",
        ]  # fmt: skip
        self.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.log.open("ab") as log:
                done = subprocess.run(
                    [*_as_owner(new), *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=service_environment(),
                    check=False,
                )
        finally:
            password_file.unlink()
        if done.returncode:
            raise Stop(f"PostgreSQL's data folder could not be made, see {self.log}")
        new.rename(self.data)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server as the owner of its data."""
        version = (self.data / "PG_VERSION").read_text().strip()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "logging_collector": "off",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        server = str(_postgres_binaries(version) / "postgres")
        return processes.start(
            [*_as_owner(self.data), server, "-D", str(self.data), *options],
            log=self.log,
            cwd=self.folder,
            env=service_environment(),
        )

    def ready(self) -> bool:
        """Ask it for a connection."""
        version = (self.data / "PG_VERSION").read_text().strip()
        asked = subprocess.run(
            [_postgres_binaries(version) / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
             str(self.port)],
            env=service_environment(),
            check=False,
        )  # fmt: skip
        return asked.returncode == 0

    def run_sql(self, sql: str, *, database: str = SUPERUSER) -> str:
        """Run SQL as the superuser, all or nothing, and return what it printed."""
        version = (self.data / "PG_VERSION").read_text().strip()
        done = subprocess.run(
            [_postgres_binaries(version) / "psql", "--no-psqlrc", "--quiet", "--tuples-only",
             "--no-align", "--set", "ON_ERROR_STOP=1", "--host", "127.0.0.1",
             "--port", str(self.port), "--username", SUPERUSER, "--dbname", database],
            input=sql,
            text=True,
            capture_output=True,
            env=service_environment() | {"PGPASSWORD": self.password},
            check=False,
        )  # fmt: skip
        if done.returncode:
            with self.log.open("a") as log:
                log.write(done.stderr)
            raise Stop(f"PostgreSQL refused a statement, see the end of {self.log}")
        return done.stdout


def _postgres_binaries(version: str | None) -> Path:
    """Folder of the server's programs: Debian keeps them off the PATH, one folder per version."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: float(path.parts[-3]),
        reverse=True,
    )
    for server in folders:
        if version in (None, server.parts[-3]):
            return server.parent
    if found := shutil.which("postgres"):
        reported = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        if version is None or re.search(rf"\b{re.escape(version)}(\.|\b)", reported.stdout):
            return Path(found).resolve().parent
    if version is None:
        raise Stop("PostgreSQL's server programs are not found: install the package postgresql.")
    raise Stop(
        f"The data under {LOCAL} were made by PostgreSQL {version}, which is no longer installed: "
        f"install postgresql-{version}, or run `make clean` to start anew."
    )


def _as_owner(data: Path) -> list[str]:
    """Command prefix that runs a program as the owner of the data folder.

    PostgreSQL refuses to run as root. The one capability left to it is to pass through folders
    that are closed to others, so that the checkout may lie in root's home.
    """
    if os.geteuid() != 0:
        return []
    status = data.stat()
    if status.st_uid == 0:
        raise Stop(f"{data} belongs to root, but PostgreSQL refuses root: run `make clean`.")
    user = pwd.getpwuid(status.st_uid).pw_name
    prefix = [
        "setpriv", "--reuid", user, "--regid", str(status.st_gid), "--clear-groups",
        "--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search",
    ]  # fmt: skip
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    if tried.returncode:
        raise Stop(
            "PostgreSQL refuses root, and this machine does not let root run it as another user "
            "(setpriv with the capability dac_read_search fails): start make as an ordinary user."
        )
    return prefix


class Redis(Service):
    """Sessions and background jobs."""

    name = "redis"
    title = "Redis"

    def __init__(self, folder: Path, port: int, password: str) -> None:
        super().__init__(folder, port)
        self.password = password
        self.data = folder / "redis"

    def prepare(self) -> None:
        """Write its configuration; the password is not on the command line."""
        self.data.mkdir(exist_ok=True)
        config = self.data / "redis.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\n"
            f"daemonize no\nsave 60 1\nappendonly no\n"
        )

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it in its data folder, where it keeps its dump."""
        return processes.start(
            ["redis-server", str(self.data / "redis.conf")],
            log=self.log,
            cwd=self.data,
            env=service_environment(),
        )

    def ready(self) -> bool:
        """Log in and ping."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\n") < 2:
                    received = connection.recv(100)
                    if not received:
                        break
                    answer += received
        except OSError:
            return False
        return answer.startswith(b"+OK\r\n+PONG")


class Solr(Service):
    """The search index, one core `ckan` with the schema of the installed CKAN."""

    name = "solr"
    title = "Solr"

    def __init__(self, folder: Path, port: int, schema: Path) -> None:
        super().__init__(folder, port)
        self.schema = schema
        self.data = folder / "solr"

    def prepare(self) -> None:
        """Write the core's configuration; CKAN's schema comes from the wheel that will use it."""
        conf = self.data / "ckan" / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.schema, conf / "schema.xml")
        shutil.copyfile(SOLR_SOURCE / "solrconfig.xml", conf / "solrconfig.xml")
        for name in ("protwords.txt", "synonyms.txt", "stopwords.txt"):
            (conf / name).touch()
        (self.data / "ckan" / "core.properties").write_text("name=ckan\n")
        (self.data / "solr.xml").write_text(
            '<solr><int name="maxBooleanClauses">16384</int></solr>\n'
        )

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it from the jars."""
        return processes.start(
            [
                str(jars.java()), "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
                f"-Duser.home={LOCAL / 'home'}", f"-Djava.io.tmpdir={self.data}",
                f"-Dlog4j2.configurationFile={SOLR_SOURCE / 'log4j2.xml'}",
                "-cp", jars.classpath(), "SolrServer", str(self.data), str(self.port),
            ],
            log=self.log,
            cwd=self.data,
            env=service_environment(),
        )  # fmt: skip

    def ready(self) -> bool:
        """Search for everything."""
        address = f"http://127.0.0.1:{self.port}/solr/ckan/select?q=*:*&rows=0&wt=json"
        try:
            with direct.open(address, timeout=5) as answer:
                return "response" in json.load(answer)
        except (OSError, ValueError, urllib.error.URLError):
            return False


# The machine's proxy, if it has one, is not for its own servers.
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
