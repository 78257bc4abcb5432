"""The same stores with CKAN started without us: no link, no file, no row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck.canaries import Canary
from ckanext.jena_governance.leakcheck.client import Client
from ckanext.jena_governance.leakcheck.personas import Persona
from ckanext.jena_governance.leakcheck.sweep import Expected, Result, Sweep
from ckanext.jena_governance.tests.sweep import servers
from ckanext.jena_governance.tests.sweep.conftest import Portal

# Views keep their titles and columns in CKAN's own table; that is no data.
KEPT = kinds.DATA - {kinds.VIEW, kinds.COLUMN, kinds.STORED} | kinds.METADATA
# What CKAN tells of private datasets: their tags and what they are related to.
CKAN_TELLS = (
    "tag_list",
    "tag_search",
    "tag_autocomplete",
    "tag/autocomplete",
    "package_relationships_list",
)
STRANGER = "editor of another entity, core"


@pytest.fixture(scope="module")
def bare(portal_of_sweep: Portal) -> Iterator[list[Client]]:
    """CKAN on the same database, index and storage, with every plugin but ours."""
    loaded = portal_of_sweep.settings["ckan.plugins"].split()
    plugins = [name for name in loaded if name != "jena_governance"]
    ports = [servers.free_port(), servers.free_port()]
    settings = {
        **portal_of_sweep.settings,
        "ckan.plugins": " ".join(plugins),
        "ckan.site_url": f"http://127.0.0.1:{ports[0]}",
    }
    with servers.serving(portal_of_sweep.folder / "bare", settings, ports) as clients:
        yield clients


@pytest.fixture(scope="module")
def result_without_us(bare: list[Client], portal_of_sweep: Portal, sweep: Sweep) -> Result:
    def allowed(_persona: Persona, canary: Canary) -> bool:
        return canary.kind not in KEPT

    expected = Expected(allowed, sweep.expected.open)
    personas = [portal_of_sweep.people.of(role) for role in ("anonymous", STRANGER)]
    again = replace(sweep, clients=bare, expected=expected)
    return again.run(personas)


def test_our_plugin_is_off(bare: list[Client]) -> None:
    from ckanext.jena_governance.leakcheck.client import Api

    loaded = Api(bare[0])("status_show")["extensions"]
    assert "jena_governance" not in loaded
    assert "datastore" in loaded


def test_no_link_no_file_no_row(result_without_us: Result) -> None:
    leaks = [
        str(one)
        for one in result_without_us.findings
        if one.problem == "LEAK" and not one.surface.endswith(CKAN_TELLS)
    ]
    assert not leaks, "\n" + "\n".join(sorted(leaks))


def test_open_data_are_still_there(result_without_us: Result) -> None:
    seen = {canary.kind for (_name, canary) in result_without_us.seen if "open/" in canary.subject}
    assert seen >= {kinds.LOCATION, kinds.CONTENT, kinds.CELL}
