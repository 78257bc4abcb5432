"""What the extension costs: `python3 -m benchmarks.overhead [--datasets 1000] [--sharing 0]`.

Three portals on one machine: one with us, and two alike without. Every round asks each of them
the same, in random order, so that what disturbs the machine disturbs all; the two alike say how
large a difference means nothing.
"""

from __future__ import annotations

import argparse
import http.client
import http.cookiejar
import json
import os
import platform
import random
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks import content, figures
from benchmarks.portals import Portal, found
from dev import preparation, processes
from dev.paths import LOCAL, ROOT
from dev.say import Steps, Stop, complain, line

DOCUMENT = ROOT / "docs" / "performance.md"
RESULTS = LOCAL / "benchmark.json"
WARMING = 5
SEARCH = {
    "rows": "20",
    "facet.field": '["organization", "tags", "res_format", "license_id", "openness"]',
    "facet.limit": "10",
}

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Person:
    """Who asks one portal: an API token, and a session for the pages."""

    token: str
    cookie: str

    def api(self) -> Headers:
        """Headers for the API."""
        return {"Authorization": self.token} if self.token else {}

    def page(self) -> Headers:
        """Headers for a page."""
        return {"Cookie": self.cookie} if self.cookie else {}


NOBODY = Person("", "")


@dataclass(frozen=True)
class Request:
    """One request; what it asks for changes from round to round, the same for all portals.

    Attributes:
        ours: where a portal with us answers the same at another address.
    """

    title: str
    path: Callable[[int], str]
    is_page: bool = False
    body: Callable[[int], dict[str, Any]] | None = None
    ours: Callable[[int], str] | None = None

    def path_at(self, portal: Portal, number: int) -> str:
        """What is asked of a portal in one round."""
        return (self.ours if self.ours and portal.governed else self.path)(number)


def reads(datasets: int, rounds: int) -> list[Request]:
    """What people and programs ask for."""
    names, words = content.some_names(datasets, rounds), content.words(rounds)

    def searched(number: int) -> str:
        return urllib.parse.urlencode({"q": words[number], **SEARCH})

    return [
        Request("package_search", lambda n: f"/api/3/action/package_search?{searched(n)}"),
        Request("package_show", lambda n: f"/api/3/action/package_show?id={names[n]}"),
        Request("dataset page", lambda n: f"/dataset/{names[n]}", is_page=True),
        Request("list page", lambda n: f"/dataset/?q={quote(words[n])}", is_page=True),
    ]


def write(title: str, number: int, datasets: int) -> Request:
    """A change of the description of a dataset or one of its copies."""
    names = content.dataset_names(number, datasets)

    def body(round_: int) -> dict[str, Any]:
        return {"id": names[round_ % len(names)], "notes": f"Fassung {time.time_ns()}"}

    return Request(title, lambda _: "/api/3/action/package_patch", body=body)


# -- asking ------------------------------------------------------------------------------------


def people(portal: Portal) -> dict[str, Person]:
    """Everybody who asks, by name; '' is nobody."""
    signed = {
        name: Person(token, _session(portal, name)) for name, token in portal.accounts.items()
    }
    return {"": NOBODY, **signed}


def _session(portal: Portal, name: str) -> str:
    """Sign in as with a browser; the cookies."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
    )
    page = browser.open(f"{portal.url}/user/login").read().decode()
    token = re.search(r'name="_csrf_token"[^>]*\bvalue="([^"]+)"', page) or re.search(
        r'name="_csrf_token" content="([^"]+)"', page
    )
    form = {"login": name, "password": content.PASSWORD, "_csrf_token": token[1] if token else ""}
    browser.open(f"{portal.url}/user/login", urllib.parse.urlencode(form).encode())
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
    status, body = _ask(portal, "/dataset/", {"Cookie": cookies})
    if status != 200 or f"/user/{name}".encode() not in body:
        raise Stop(f"{portal.name}: {name} could not sign in.")
    return cookies


def _ask(
    portal: Portal, path: str, headers: Headers, body: dict[str, Any] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=120)
    try:
        if body is None:
            connection.request("GET", path, headers=dict(headers))
        else:
            kind = {"Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), {**headers, **kind})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _time(portal: Portal, request: Request, person: Person, number: int) -> float:
    headers = person.page() if request.is_page else person.api()
    body = request.body(number) if request.body else None
    began = time.perf_counter()
    path = request.path_at(portal, number)
    status, answer = _ask(portal, path, headers, body)
    seconds = time.perf_counter() - began
    if status != 200:
        raise Stop(f"{portal.name}: {path} answers {status}: {answer[:300]!r}")
    return seconds


# -- measuring ---------------------------------------------------------------------------------


def measure(
    portals: tuple[Portal, Portal, Portal], rounds: int, datasets: int
) -> Iterator[figures.Row]:
    """Every request by everybody; the portals are the plain one, its twin and the governed one."""
    known = {portal.name: people(portal) for portal in portals}
    accounts = {"": "anonymous"} | {
        content.member_name(number): f"{number} membership{'s' * (number > 1)}"
        for number in content.MEMBERSHIPS
    }
    for request in reads(datasets, rounds + WARMING):
        for name, who in accounts.items():
            yield compare(
                portals, request, who, {key: of[name] for key, of in known.items()}, rounds
            )
    for title, number in (("open", content.OPEN), ("restricted", content.RESTRICTED)):
        request = write(f"package_patch ({title})", number, datasets)
        for name, who in list(accounts.items())[1:]:
            yield compare(
                portals, request, who, {key: of[name] for key, of in known.items()}, rounds
            )


def compare(
    portals: tuple[Portal, Portal, Portal],
    request: Request,
    who: str,
    persons: Mapping[str, Person],
    rounds: int,
) -> figures.Row:
    """One request by one person, asked of all portals in turns."""
    times: dict[str, list[float]] = {portal.name: [] for portal in portals}
    for number in range(WARMING):
        for portal in portals:
            _time(portal, request, persons[portal.name], number)
    before = [portal.cpu for portal in portals]
    for number in range(WARMING, WARMING + rounds):
        for portal in random.sample(portals, len(portals)):
            times[portal.name].append(_time(portal, request, persons[portal.name], number))
    plain, twin, governed = (
        figures.Series(times[portal.name], portal.cpu - begun)
        for portal, begun in zip(portals, before, strict=True)
    )
    row = figures.row(request.title, who, plain, twin, governed)
    cpu = " → ".join(f"{milliseconds:.1f}" for milliseconds in row.cpu)
    line(f"  {row.request}, {row.who}: {row.ratio}, noise {row.noise}, CPU {cpu} ms")
    return row


def statements(portals: tuple[Portal, ...]) -> str:
    """SQL statements of each request, without us and with us, as Markdown."""
    counts = [
        found(
            portal,
            portal.python(
                "-m", "benchmarks.inside", str(portal.instance.ini), "count",
                str(portal.datasets), json.dumps(portal.accounts),
            ),
        )
        for portal in portals
    ]  # fmt: skip
    titles = list(dict.fromkeys(key.partition("|")[0] for key in counts[0]))
    accounts = list(dict.fromkeys(key.partition("|")[2] for key in counts[0]))
    heads = ["anonymous", *(f"{number} memb." for number in content.MEMBERSHIPS)]
    rows = [["SQL statements, without → with", *heads], ["---"] * (len(heads) + 1)]
    for title in titles:
        cells = (" → ".join(str(each[f"{title}|{name}"]) for each in counts) for name in accounts)
        rows.append([title, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def decisions(governed: Portal) -> str:
    """Microseconds of `decide()`, as Markdown."""
    printed = governed.python("-m", "benchmarks.inside", str(governed.instance.ini), "decide")
    timed: dict[str, float] = found(governed, printed)
    rows = [["decide()", "µs"], ["---"] * 2, *([key, f"{us:.1f}"] for key, us in timed.items())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


# -- the command -------------------------------------------------------------------------------


def main() -> None:
    """Make the portals, measure, print the tables, end everything."""
    parser = argparse.ArgumentParser(prog="benchmarks.overhead", description=__doc__)
    parser.add_argument("--datasets", type=int, default=1000, help="a multiple of 250")
    parser.add_argument(
        "--sharing", type=int, default=0, help="agreements and grants; a multiple of 20"
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--write", action="store_true", help="put the tables into the document")
    wanted = parser.parse_args()
    if wanted.datasets < content.PATTERNS or wanted.datasets % content.PATTERNS:
        raise Stop(f"--datasets is a multiple of {content.PATTERNS}.")
    if wanted.sharing % content.SHARED:
        raise Stop(f"--sharing is a multiple of {content.SHARED}.")
    plain = Portal("plain", governed=False, datasets=wanted.datasets)
    twin = Portal("twin", governed=False, datasets=wanted.datasets)
    governed = Portal("governed", governed=True, datasets=wanted.datasets, sharing=wanted.sharing)
    portals = (plain, twin, governed)
    with alone(portals):
        text = _run(portals, wanted.rounds)
    line(f"\n{text}")
    if wanted.write:
        size = f"{wanted.datasets}, {wanted.sharing}" if wanted.sharing else f"{wanted.datasets}"
        put(text, size)


@contextmanager
def alone(portals: tuple[Portal, Portal, Portal]) -> Generator[None]:
    """No other benchmark meanwhile; everything is ended afterwards."""
    with ExitStack() as locks:
        for portal in portals:
            locks.enter_context(portal.instance.lock("Another benchmark is running."))
        try:
            yield
        finally:
            with processes.undisturbed():
                for portal in portals:
                    portal.stop()


def made(portals: tuple[Portal, Portal, Portal]) -> Steps:
    """Make portals with content and web servers; the steps, of which one is left."""
    datasets = portals[2].datasets
    steps = Steps(preparation.STEPS + 4)
    preparation.prepare(steps, portals[0].instance.venv)
    with steps.step("services and tables of three portals"):
        for portal in portals:
            portal.make()
    with steps.step(f"{datasets} datasets in each"), ThreadPoolExecutor(3) as pool:
        list(pool.map(Portal.fill, portals))
    with steps.step("web servers"):
        for portal in portals:
            portal.serve()
    return steps


def machine(portal: Portal, rounds: int, load: float, more: str = "") -> str:
    """What was measured on, in one line."""
    return (
        f"{date.today().isoformat()}, CKAN {portal.instance.venv.ckan}, "  # noqa: DTZ011
        f"Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{portal.datasets:,} datasets, "
        f"{more}{rounds} rounds, load before the start {load:.1f}.\n"
    )


def _run(portals: tuple[Portal, Portal, Portal], rounds: int) -> str:
    datasets, shared = portals[2].datasets, portals[2].sharing
    steps = made(portals)
    load = os.getloadavg()[0]
    line(f"[{steps.total}/{steps.total}] {rounds} rounds; load of the machine before: {load:.1f}")
    rows = list(measure(portals, rounds, datasets))
    RESULTS.write_text(json.dumps([row.__dict__ for row in rows], default=vars, indent=1))
    about = machine(portals[2], rounds, load, f"{shared} agreements and grants, ")
    return "\n".join(
        (about, figures.table(rows), statements((portals[0], portals[2])), decisions(portals[2]))
    )


def put(text: str, size: str) -> None:
    """Replace the block of this size in the document."""
    block = re.compile(rf"(<!-- measured: {size} -->\n).*?(<!-- end -->)", re.DOTALL)
    before = DOCUMENT.read_text(encoding="utf-8")
    if not block.search(before):
        raise Stop(f"{Path(DOCUMENT).name} has no block for {size}.")
    after = block.sub(lambda part: f"{part[1]}{text}{part[2]}", before)
    DOCUMENT.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    processes.end_on_signals()
    try:
        main()
    except Stop as reason:
        complain(f"\n{reason}")
        raise SystemExit(1) from None
