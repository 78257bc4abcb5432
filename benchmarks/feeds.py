"""What a page of our feeds costs: `python3 -m benchmarks.feeds [--datasets 1000]`.

The same three portals as for everything else, in turns: a page of 100 datasets of our feed `full`,
against ckanext-dcat's own catalogue with its profile for DCAT-AP 3 in a portal without us.
"""

from __future__ import annotations

import argparse
import os
import random

from benchmarks import content, figures, overhead
from benchmarks.portals import Portal
from dev import processes
from dev.say import Stop, complain, line

PER_PAGE = 100
# Ours, and the same in ckanext-dcat's words.
FORMATS = {"ttl": "ttl", "rdf": "xml", "jsonld": "jsonld"}
WHO = "anonymous"


def requests(datasets: int, rounds: int) -> list[overhead.Request]:
    """A full page of each format, from all over the catalogue."""
    pick = random.Random(8)  # noqa: S311 - the same in every run
    pages = [pick.randint(1, datasets // PER_PAGE) for _ in range(rounds)]
    return [
        overhead.Request(
            f"page of 100, {ours}",
            path=lambda n, form=theirs: f"/catalog.{form}?page={pages[n]}&profiles=euro_dcat_ap_3",
            ours=lambda n, form=ours: f"/governance/dcat/full.{form}?page={pages[n]}",
        )
        for ours, theirs in FORMATS.items()
    ]


def main() -> None:
    """Make the portals, measure, print the table, end everything."""
    parser = argparse.ArgumentParser(prog="benchmarks.feeds", description=__doc__)
    parser.add_argument("--datasets", type=int, default=1000, help="a multiple of 250")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--write", action="store_true", help="put the table into the document")
    wanted = parser.parse_args()
    if wanted.datasets < content.PATTERNS or wanted.datasets % content.PATTERNS:
        raise Stop(f"--datasets is a multiple of {content.PATTERNS}.")
    plain = Portal("plain", governed=False, datasets=wanted.datasets)
    twin = Portal("twin", governed=False, datasets=wanted.datasets)
    governed = Portal("governed", governed=True, datasets=wanted.datasets)
    with overhead.alone((plain, twin, governed)):
        text = _run((plain, twin, governed), wanted.rounds)
    line(f"\n{text}")
    if wanted.write:
        overhead.put(text, f"feeds, {wanted.datasets}")


def _run(portals: tuple[Portal, Portal, Portal], rounds: int) -> str:
    steps = overhead.made(portals)
    load = os.getloadavg()[0]
    line(f"[{steps.total}/{steps.total}] {rounds} rounds; load of the machine before: {load:.1f}")
    datasets = portals[2].datasets
    nobody = {portal.name: overhead.NOBODY for portal in portals}
    rows = [
        overhead.compare(portals, request, WHO, nobody, rounds)
        for request in requests(datasets, rounds + overhead.WARMING)
    ]
    return f"{overhead.machine(portals[2], rounds, load)}\n{figures.table(rows)}"


if __name__ == "__main__":
    processes.end_on_signals()
    try:
        main()
    except Stop as reason:
        complain(f"\n{reason}")
        raise SystemExit(1) from None
