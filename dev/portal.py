"""The demo portal: `make run`."""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import cast

from dev import config, preparation, processes
from dev.instance import Instance
from dev.paths import LOCAL, ROOT
from dev.processes import Process
from dev.say import Steps, Stop, line
from dev.stamps import content_of

ACCOUNTS = LOCAL / "demo-accounts.json"
_TOKEN = "xloader_token"  # noqa: S105 - its name among the instance's secrets


def instance() -> Instance:
    """The portal's instance; there is one."""
    return Instance("run", testing=False)


def run(port: int) -> None:
    """Start everything, tell the accounts, and stay until told to end."""
    portal = instance()
    url = f"http://localhost:{port}"
    with portal.lock("The portal is already running at {url}; `make stop` ends it."):
        _clear_leftovers(portal)
        _refuse_taken(port)
        portal.remember(url=url, supervisor=Process.of_this().to_json())
        try:
            _start(portal, url, port)
            _watch(portal)
        finally:
            with processes.undisturbed():
                if portal.recorded():
                    line("\nEnding the portal …")
                    portal.stop()
                    line("Ended.")


def _clear_leftovers(portal: Instance) -> None:
    if left := portal.stop():
        line(f"The last run was cut off; ended what it had left running: {', '.join(left)}.")


def _refuse_taken(port: int) -> None:
    # A browser may ask for "localhost" by IPv6 first, so nobody may be there either.
    if not processes.port_is_free(port) or processes.port_answers(port, "::1"):
        other = port + 1 if port < 65535 else port - 1
        raise Stop(f"Port {port} is taken by another program. Another one: make run PORT={other}")


def _start(portal: Instance, url: str, port: int) -> None:
    steps = Steps(preparation.STEPS + 4)
    preparation.prepare(steps, portal.venv)
    with steps.step("PostgreSQL, Redis, Solr"):
        portal.start_services()
    with steps.step("database"):
        portal.prepare_databases()
        portal.write_config(_settings(portal, url))
        portal.prepare_datastore()
        portal.migrate()
        _make_token(portal)
        _rebuild_index(portal)
        portal.write_config(_settings(portal, url))
    with steps.step("demonstration data"):
        _seed(portal)
    with steps.step("CKAN"):
        _serve(portal, port)
    _announce(url, steps.seconds)


def _settings(portal: Instance, url: str) -> dict[str, str]:
    token = portal.secrets.get(_TOKEN)
    log = {
        "ckanext.jena_governance.event_key": portal.secrets["event_key"],
        "ckanext.jena_governance.event_digest_file": str(portal.folder / "seals.txt"),
    }
    return {"ckan.site_url": url} | log | ({"ckanext.xloader.api_token": token} if token else {})


def _make_token(portal: Instance) -> None:
    """The worker fetches files and writes rows through CKAN's API, as the portal's own user."""
    if portal.stamps.holds("token", portal.secrets.get(_TOKEN, "")):
        return
    printed = portal.ckan(
        "user", "token", "add", "--quiet", config.SITE_USER, "xloader",
        what="The worker's API token could not be made",
    )  # fmt: skip
    token = printed.split()[-1]
    portal.keep_secret(_TOKEN, token)
    portal.stamps.set("token", token)


def _rebuild_index(portal: Instance) -> None:
    """Fill a search index that was lost, has a new schema, or is older than the database."""
    migrations = (ROOT / "ckanext" / "jena_governance" / "migration").rglob("*.py")
    inputs = (portal.venv.solr_schema.read_text(), content_of(migrations))
    # The first start has nothing to index yet.
    if portal.stamps.known("seeded") and not portal.stamps.holds("index", *inputs):
        portal.ckan("search-index", "rebuild", what="The search index could not be rebuilt")
    portal.stamps.set("index", *inputs)


def _seed(portal: Instance) -> None:
    """Fill the portal; repeated only where the programs or data that fill it changed."""
    package = ROOT / "ckanext" / "jena_governance"
    files = [
        path
        for path in package.rglob("*")
        if path.suffix in {".py", ".yaml"} and "tests" not in path.relative_to(package).parts
    ]
    inputs = content_of(files)
    if ACCOUNTS.exists() and portal.stamps.holds("seeded", inputs):
        return
    portal.ckan(
        "jena-governance",
        "seed",
        "--accounts",
        str(ACCOUNTS),
        what="The demonstration data could not be made",
    )
    portal.stamps.set("seeded", inputs)


def _serve(portal: Instance, port: int) -> None:
    """Start the web server, and the worker as soon as the server answers."""
    web = _launch(
        portal,
        "ckan",
        [*portal.command(), "run", "--host", "localhost", "--port", str(port), "--threaded",
         "--disable-reloader", "--disable-debugger"],
    )  # fmt: skip
    log = portal.folder / "log" / "ckan.log"
    status = f"http://127.0.0.1:{port}/api/3/action/status_show"
    deadline = time.monotonic() + 120
    while not _answers(status):
        if not web.alive:
            raise Stop(f"CKAN ended while it was starting, see the end of {log}")
        if time.monotonic() > deadline:
            raise Stop(f"CKAN does not answer, see the end of {log}")
        time.sleep(0.2)
    _launch(portal, "worker", [*portal.command(), "jobs", "worker"])


def _launch(portal: Instance, name: str, command: list[str]) -> Process:
    started = processes.start(
        command,
        log=portal.folder / "log" / f"{name}.log",
        cwd=portal.folder,
        env=portal.environment(),
    )
    process = Process.of(started.pid)
    portal.record(name, process)
    return process


def _answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=60) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def _announce(url: str, seconds: float) -> None:
    accounts = cast("dict[str, dict[str, str]]", json.loads(ACCOUNTS.read_text()))
    width = max(map(len, accounts), default=0)
    line(f"\nReady after {seconds:.0f} s: {url}\n")
    line(f"  {'account':<{width}}  password")
    for name, account in accounts.items():
        line(f"  {name:<{width}}  {account['password']}")
    line(f"\nAPI tokens: {_shown(ACCOUNTS)}. Ctrl-C or `make stop` ends the portal.")


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _watch(portal: Instance) -> None:
    """Stay until a signal comes or something that the portal needs ends."""
    recorded = portal.recorded()
    while True:
        for name, process in recorded.items():
            if not process.alive:
                log = portal.folder / "log" / f"{name}.log"
                raise Stop(f"{name} ended by itself, so the portal ends too; see the end of {log}")
        time.sleep(0.5)
