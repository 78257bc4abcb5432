"""Tries mutants of the policy and reports; started by `make prove` in the tests' environment."""

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from dev.mutation.mutants import Mutant, Source, sample
from dev.mutation.trials import MISSED, TIMEOUT, Trials
from dev.paths import CACHE, ROOT
from dev.say import line

PACKAGE = "ckanext.jena_governance.policy"
FOLDER = ROOT / "ckanext" / "jena_governance" / "policy"
TESTS = ROOT / "ckanext" / "jena_governance" / "tests" / "policy"
DOCUMENT = ROOT / "docs" / "proof.md"

GOAL = 95.0
SAMPLE = 400
SEED = 2026
REPORT_EVERY = 30.0

_LISTED = re.compile(r"^- `(?P<name>[^`]+ → [^`]*)`: \S", re.MULTILINE)


def main() -> int:
    """Try mutants; the exit code is 0 where enough of them are noticed."""
    asked = _arguments()
    sources = [Source.read(path, PACKAGE) for path in sorted(FOLDER.glob("*.py"))]
    everything = [mutant for source in sources for mutant in source.mutants()]
    wanted = [one for one in everything if not asked.modules or one.source.name in asked.modules]
    chosen = wanted if asked.full else sample(wanted, asked.sample, asked.seed)
    line(
        f"{len(chosen)} of {len(everything)} mutants"
        + ("" if asked.full else f", seed {asked.seed}")
    )
    # Each import anew would otherwise compile all tests again.
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(CACHE / "mutation")
    trials = Trials(TESTS, sources, chosen, _Progress(chosen))
    for problem in trials.run():
        line(problem)
    if len(trials.results) < len(chosen):
        return 1
    is_enough = _report(chosen, trials.results)
    return 0 if is_enough and _is_document_true(asked, everything, trials.results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("modules", nargs="*", help="only these modules of policy/, such as access")
    parser.add_argument("--full", action="store_true", help="all mutants")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="how many of them")
    parser.add_argument("--seed", type=int, default=SEED, help="which of them")
    return parser.parse_args()


class _Progress:
    """What is missed, as it comes, and a line now and then."""

    def __init__(self, mutants: Sequence[Mutant]) -> None:
        self._lines = {one.name: one.lines.start for one in mutants}
        self._listed = _listed()
        self._ended = 0
        self._told = time.monotonic()

    def __call__(self, name: str, result: str) -> None:
        self._ended += 1
        if result in MISSED:
            known = " (listed)" if name in self._listed else ""
            line(f"{result}{known}: {name}, line {self._lines[name]}")
        if time.monotonic() - self._told > REPORT_EVERY:
            self._told = time.monotonic()
            line(f"  {self._ended} of {len(self._lines)}")


def _report(mutants: Sequence[Mutant], results: Mapping[str, str]) -> bool:
    """Print the figures; whether they are good enough."""
    rows = {one.source.name: Counter[str]() for one in mutants}
    for one in mutants:
        rows[one.source.name][results[one.name]] += 1
    rows["all"] = sum(rows.values(), Counter[str]())
    line(f"\n{'':12} {'mutants':>8} {'noticed':>8} {'by time':>8} {'missed':>8}")
    share = 0.0
    for name, counts in rows.items():
        missed = sum(counts[result] for result in MISSED)
        noticed = counts.total() - missed
        share = 100 * noticed / counts.total()
        figures = f"{counts.total():8} {noticed:8} {counts[TIMEOUT]:8} {missed:8} {share:7.1f} %"
        line(f"{name:12} {figures}")
    line(f"\n{share:.1f} % of the mutants are noticed; at least {GOAL:.0f} % must be.")
    return share >= GOAL


def _listed() -> set[str]:
    return {found["name"] for found in _LISTED.finditer(DOCUMENT.read_text(encoding="utf-8"))}


def _is_document_true(
    asked: argparse.Namespace, everything: Sequence[Mutant], results: Mapping[str, str]
) -> bool:
    """Whether docs/proof.md lists what survives, as far as it was tried."""
    if not asked.full:
        return True
    survived = {name for name, result in results.items() if result in MISSED}
    listed, names = _listed(), {one.name for one in everything}
    complaints = {
        "survives and is not listed": survived - listed,
        "is listed and does not survive": (listed & set(results)) - survived,
        "is listed and does not exist": listed - names,
    }
    for text, some in complaints.items():
        for name in sorted(some):
            line(f"{DOCUMENT.relative_to(ROOT)}: {name} {text}.")
    return not any(complaints.values())


if __name__ == "__main__":
    sys.exit(main())
