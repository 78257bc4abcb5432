"""The sweep can fail: a leak that is made on purpose is found and told without the secret."""

from __future__ import annotations

from dataclasses import replace

from ckanext.jena_governance.leakcheck.sweep import Sweep
from ckanext.jena_governance.tests.sweep.conftest import LEAKING, Portal


def test_a_leak_is_found_on_every_surface_and_told_without_the_secret(
    leak: str, portal_of_sweep: Portal, sweep: Sweep
) -> None:
    some = {"package_show", "package_search", "resource_search", "/dataset/<id>/resource/<resource_id>",
            "/dataset/<_id>.<_format>", "/catalog.<_format>"}  # fmt: skip
    few = replace(sweep, entries=[one for one in sweep.entries if one.name in some])
    result = few.run([portal_of_sweep.people.of("anonymous")])

    told = {one.surface.split(" ")[-1] for one in result.findings if one.problem == "LEAK"}
    assert told == some
    assert all(one.what == f"location of {LEAKING}" for one in result.findings)
    assert leak not in "\n".join(map(str, result.findings))
