"""What was restricted before there was a vault moves into it, and back out of it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from ckan import model
from ckan.lib import search
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import inspection, takeover, vault
from ckanext.jena_governance.startup import warn_of_disorder
from ckanext.jena_governance.tests.access.test_vault import LINK, catalogue, create, rows
from ckanext.jena_governance.tests.conftest import City, stored


@pytest.fixture
def old(city: City, restriction: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str:
    """A restricted dataset as the first release stored it: with its link in the catalogue."""
    made = create(city, {"license_id": "dl-by-de-2.0"})
    with monkeypatch.context() as before_the_vault:
        before_the_vault.setattr(vault, "settle", lambda package: None)
        call_action("package_patch", context={"user": city.clerk}, id=made["id"], **restriction)
    assert "canary" in catalogue()
    return made["id"]


def test_moving_in_and_out(old: str) -> None:
    assert {trouble.store for trouble in troubles(old)} == {"catalogue"}
    with model.meta.engine.begin() as connection:
        takeover.move_in(connection)
    assert "canary" not in catalogue()
    assert [row.url for row in rows().values()] == [LINK]
    found = troubles(old)
    assert {(one.store, one.leaks) for one in found} == {("index", True)}
    inspection.clean()
    assert troubles(old) == []
    with model.meta.engine.begin() as connection:
        takeover.move_out(connection)
    assert rows() == {}
    assert stored("kataster")["resources"][0]["url"] == LINK


def test_a_migration_that_fails_moves_nothing(old: str) -> None:
    with model.meta.engine.connect() as connection:
        transaction = connection.begin()
        takeover.move_in(connection)
        transaction.rollback()
    assert rows() == {}
    assert stored("kataster")["resources"][0]["url"] == LINK


def test_start_warns_of_a_location_in_the_catalogue(
    old: str, caplog: pytest.LogCaptureFixture
) -> None:
    # The configuration of the tests switches off loggers that were there before it.
    logging.getLogger("ckanext.jena_governance.startup").disabled = False
    inspection.clean()
    warn_of_disorder()
    assert "vault status" not in caplog.text
    resource = model.Session.get(model.Resource, next(iter(rows())))
    resource.url = LINK
    model.Session.commit()
    warn_of_disorder()
    assert "vault status" in caplog.text
    assert "canary" not in caplog.text


def test_the_two_ways_before_uninstalling(old: str) -> None:
    inspection.clean()
    assert inspection.lock() == [old]
    assert stored("kataster")["private"] is True
    assert [trouble.problem for trouble in troubles(old)] == [
        "is private although its metadata are public (locked?)"
    ]
    inspection.clean()
    assert stored("kataster")["private"] is False
    assert troubles(old) == []
    assert inspection.release() == [old]
    assert stored("kataster")["resources"][0]["url"] == LINK
    inspection.clean()
    assert "canary" not in str(stored("kataster"))


def troubles(package_id: str) -> list[inspection.Trouble]:
    search.commit()
    shown = stored(package_id)
    ids = {package_id, *(resource["id"] for resource in shown["resources"])}
    return [trouble for trouble in inspection.look() if trouble.object_id in ids]
