"""A CKAN source, through ckanext-harvest's own stages."""

from __future__ import annotations

import pytest

from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.harvesting.conftest import PLUGINS, Harvesting, Server, record

pytestmark = pytest.mark.ckan_config("ckan.plugins", PLUGINS)


def test_first_and_second_run(harvesting: Harvesting, server: Server) -> None:
    server.datasets = [
        record("offen"),
        record("zu", access_rights="NON_PUBLIC"),
        record("anfrage", access_rights="http://publications.europa.eu/resource/authority/access-right/RESTRICTED"),
    ]
    source = harvesting.source(server.url)
    run = harvesting.run(source)
    assert run.gather_errors == []
    print(run)
    assert run.statuses == {"added": 3}
    assert harvesting.dataset(source, "offen")["openness"] == "open"
    closed = harvesting.dataset(source, "zu")
    print(closed)
    assert closed["openness"] == "closed"
    assert "geheim-4711" not in str(closed)
    again = harvesting.run(source)
    assert again.statuses == {"not modified": 3}
