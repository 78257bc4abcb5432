"""Everybody asks everything; nothing is answered that may not be."""

from __future__ import annotations

from ckanext.jena_governance.leakcheck.sweep import Finding, Result, Sweep
from ckanext.jena_governance.tests.sweep.conftest import Portal


def report(findings: list[Finding]) -> str:
    return "\n".join(["", *sorted(str(one) for one in findings)])


def test_nothing_leaks(result: Result) -> None:
    assert not result.findings, report(result.findings)


def test_everything_is_given_to_those_entitled(
    result: Result, sweep: Sweep, portal_of_sweep: Portal
) -> None:
    missing = sweep.missing(result, portal_of_sweep.people.personas)
    assert not missing, report(missing)
