"""Clients that know none of our fields write: nothing of ours changes, whoever they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import ckantoolkit as tk
from ckan.logic.schema import default_create_package_schema, default_resource_schema

from ckanext.jena_governance import policy
from ckanext.jena_governance.leakcheck.client import ActionError
from ckanext.jena_governance.logic import enforcement
from ckanext.jena_governance.tests.consumers import planting
from ckanext.jena_governance.tests.consumers.portal import Portal

LABELS = ("ansehbar", "teils", "gruppe", "anfrage", "geschlossen", "angekuendigt", planting.HIDDEN)
WRITERS = ("editor", "harvester", "report mode")

Call = Callable[..., Any]
Dataset = dict[str, Any]


@pytest.fixture(params=WRITERS)
def write(request: pytest.FixtureRequest, portal_of_consumers: Portal) -> Call:
    """An action as an editor, as the account of the harvesters, or as a harvester's own process."""
    if request.param in portal_of_consumers.people:
        return portal_of_consumers.api(request.param)

    def in_report_mode(action: str, **data: Any) -> Any:
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        with enforcement.report_mode():
            return tk.get_action(action)({"user": user, "ignore_auth": True}, data)

    return in_report_mode


def of_ckan(dataset: Dataset) -> Dataset:
    """What a client knows that was written for CKAN alone."""
    known, of_resources = default_create_package_schema(), default_resource_schema()
    sent = {name: value for name, value in dataset.items() if name in known or name == "id"}
    sent["resources"] = [
        {name: value for name, value in one.items() if name in of_resources and name != "license"}
        for one in dataset["resources"]
    ]
    return sent


def state(portal: Portal, id_: str) -> Any:
    """What must stay: all our fields, and where the files really are."""
    api = portal.api("editor")
    dataset = api("package_show", id=id_)
    ours = policy.DATASET_FIELDS | policy.COMPUTED_FIELDS | {"private", "license_id", "owner_org"}
    kept = (*policy.RESOURCE_FIELDS, "id", "url", "name", "format")
    files = [
        ({name: one.get(name) for name in kept}, api("governance_location_show", id=one["id"]))
        for one in dataset["resources"]
    ]
    return {name: dataset.get(name) for name in ours}, files


@pytest.mark.parametrize("label", LABELS)
def test_a_full_update_changes_nothing_of_ours(
    portal_of_consumers: Portal, write: Call, label: str
):
    id_ = portal_of_consumers.ids[label]
    before = state(portal_of_consumers, id_)
    sent = of_ckan(portal_of_consumers.api("editor")("package_show", id=id_))
    assert not set(sent) & policy.DATASET_FIELDS
    write("package_update", **{**sent, "notes": "Neu."})
    assert state(portal_of_consumers, id_) == before


@pytest.mark.parametrize("label", ["teils", "geschlossen"])
def test_partial_writes_change_nothing_of_ours(
    portal_of_consumers: Portal, write: Call, label: str
):
    id_ = portal_of_consumers.ids[label]
    before = state(portal_of_consumers, id_)
    write("package_patch", id=id_, notes="Geflickt.")
    write("package_revise", match={"id": id_}, update={"notes": "Durchgesehen."})
    shown = portal_of_consumers.api("editor")("package_show", id=id_)
    for resource in of_ckan(shown)["resources"]:
        write("resource_update", **{**resource, "description": "Neu."})
        write("resource_patch", id=resource["id"], description="Geflickt.")
    assert state(portal_of_consumers, id_) == before


@pytest.mark.parametrize("label", ["teils", "gruppe"])
def test_a_restricted_file_sent_back_as_a_new_one_is_refused(
    portal_of_consumers: Portal, write: Call, label: str
):
    """Without its id: it would be as open as its dataset, and lead to another one's gateway."""
    id_ = portal_of_consumers.ids[label]
    before = state(portal_of_consumers, id_)
    sent = of_ckan(portal_of_consumers.api("editor")("package_show", id=id_))
    for resource in sent["resources"]:
        del resource["id"]
    with pytest.raises((ActionError, tk.ValidationError), match="access address of another file"):
        write("package_update", **sent)
    assert state(portal_of_consumers, id_) == before


def test_a_client_that_dares_to_open_in_report_mode_does_not(portal_of_consumers: Portal):
    """What is sent is less closed than what is stored: a machine never opens."""
    id_ = portal_of_consumers.ids["gruppe"]
    before = state(portal_of_consumers, id_)
    sent = portal_of_consumers.api("editor")("package_show", id=id_)
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    with enforcement.report_mode():
        tk.get_action("package_update")({"user": user}, {**sent, "openness": "open"})
    assert state(portal_of_consumers, id_) == before
