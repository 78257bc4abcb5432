"""Attacks by writing: what is written back, moved, revived or slipped in by those not entitled."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from ckanext.jena_governance.leakcheck.client import Request, Response, Upload
from ckanext.jena_governance.leakcheck.personas import OWNER
from ckanext.jena_governance.leakcheck.planting import FILE, LINK, TABLE, Gardener, Planted, plant
from ckanext.jena_governance.tests.sweep.conftest import VERSION, Portal
from ckanext.jena_governance.tests.sweep.world import RESTRICTED

# They may edit the owner's datasets, as far as CKAN is concerned, but are not entitled to the data.
EDITORS = ("parent's admin", "collaborator")
STRANGER = "editor of another entity, subsidiary"
EVIL = "https://evil.example/collect"

State = dict[str, Any]


@dataclass
class Victim:
    """A closed dataset that is attacked.

    Attributes:
        portal: where.
        planted: the dataset.
        before: everything about it as its owner saw it before.
    """

    portal: Portal
    planted: Planted
    before: State

    def attack(self, role: str, action: str, upload: Upload | None = None, **data: Any) -> Response:
        """Call an action; whatever it answers may hold no canary of the victim."""
        response = self.portal.api(role).post(action, data, upload)
        self.search(response, role, action)
        return response

    def search(self, response: Response, role: str, what: str) -> None:
        found = self.portal.world.canaries.find(response.head, response.body)
        told = {str(one) for one in found if one.subject.startswith(self.planted.label)}
        assert not told, f"{what} told {role}: {told}"

    def state(self) -> State:
        return state_of(self.portal, self.planted)

    def is_unharmed(self) -> None:
        assert self.state() == self.before


def state_of(portal: Portal, planted: Planted) -> State:
    """Locations, files and rows, as an entitled editor gets them."""
    api = portal.api("owner's editor")
    locations = {part: api("governance_location_show", id=id_)
                 for part, id_ in planted.resources.items()}  # fmt: skip
    for location in locations.values():
        location.pop("modified", None)
    dataset = api("package_show", id=planted.id)
    return {
        "locations": locations,
        "files": {part: download(portal, "owner's editor", planted, part).body
                  for part in (FILE, TABLE)},
        "rows": api("datastore_search", resource_id=planted.resources[TABLE])["records"],
        "levels": [dataset["openness"], *(one.get("openness") for one in dataset["resources"])],
        "owner": dataset["owner_org"],
        "resources": {(one["id"], one["url"], one["url_type"]) for one in dataset["resources"]},
    }  # fmt: skip


def download(portal: Portal, role: str, planted: Planted, part: str) -> Response:
    path = f"/dataset/{planted.id}/resource/{planted.resources[part]}/download"
    return portal.clients[0].send(Request("GET", path), portal.people.of(role).headers)


def prepare(portal: Portal, label: str) -> Victim:
    owner = portal.people.organizations[OWNER]
    gardener = Gardener(portal.api("owner's editor"), portal.world.canaries, owner)
    planted = plant(gardener, label, RESTRICTED["closed"])
    portal.world.victims += planted.subjects
    collaborator = portal.people.of("collaborator").user
    portal.api("sysadmin")(
        "package_collaborator_create", id=planted.id, user_id=collaborator, capacity="editor"
    )
    return Victim(portal, planted, state_of(portal, planted))


@pytest.fixture(scope="module")
def victim_of_module(portal_of_sweep: Portal) -> Victim:
    return prepare(portal_of_sweep, "attacked")


@pytest.fixture
def victim(victim_of_module: Victim) -> Iterator[Victim]:
    """Attacked, and then looked at by its owner: nothing may have changed."""
    yield victim_of_module
    victim_of_module.is_unharmed()


def shown(victim: Victim, role: str) -> dict[str, Any]:
    return victim.portal.api(role)("package_show", id=victim.planted.id)


def patch_dataset(victim: Victim, role: str) -> None:
    answer = victim.attack(role, "package_patch", id=victim.planted.id, notes=f"Von {role}")
    assert answer.status == 200, answer.json()


def write_back(victim: Victim, role: str) -> None:
    answer = victim.attack(role, "package_update", **shown(victim, role))
    assert answer.status == 200, answer.json()


def write_back_without_resources(victim: Victim, role: str) -> None:
    dataset = shown(victim, role)
    if VERSION == "2.12":  # 2.11 takes missing resources for deleted ones
        del dataset["resources"]
    answer = victim.attack(role, "package_update", **dataset)
    assert answer.status == 200, answer.json()


def revise(victim: Victim, role: str) -> None:
    answer = victim.attack(
        role, "package_revise", match={"id": victim.planted.id}, update={"notes": f"Neu von {role}"}
    )
    assert answer.status == 200, answer.json()


def revise_resource(victim: Victim, role: str) -> None:
    key = f"update__resources__{victim.planted.resources[LINK]}__description"
    answer = victim.attack(
        role, "package_revise", **{"match__id": victim.planted.id, key: f"Text von {role}"}
    )
    assert answer.status == 200, answer.json()


def patch_resources(victim: Victim, role: str) -> None:
    for id_ in victim.planted.resources.values():
        answer = victim.attack(role, "resource_patch", id=id_, description=f"Text von {role}")
        assert answer.status == 200, answer.json()


def write_back_resources(victim: Victim, role: str) -> None:
    for id_ in victim.planted.resources.values():
        resource = victim.portal.api(role)("resource_show", id=id_)
        answer = victim.attack(role, "resource_update", **resource)
        assert answer.status == 200, answer.json()


def reorder(victim: Victim, role: str) -> None:
    ids = [one["id"] for one in shown(victim, role)["resources"]]
    answer = victim.attack(
        role, "package_resource_reorder", id=victim.planted.id, order=ids[1:] + ids[:1]
    )
    assert answer.status == 200, answer.json()


WRITES: tuple[Callable[[Victim, str], None], ...] = (
    patch_dataset,
    write_back,
    write_back_without_resources,
    revise,
    revise_resource,
    patch_resources,
    write_back_resources,
    reorder,
)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
@pytest.mark.parametrize("role", EDITORS)
def test_editors_who_are_not_entitled_lose_nothing(
    victim: Victim, role: str, write: Callable[[Victim, str], None]
) -> None:
    write(victim, role)


@pytest.mark.parametrize("role", [*EDITORS, STRANGER, "no entity", "former member"])
def test_nobody_opens_what_they_may_not_see(victim: Victim, role: str) -> None:
    id_ = victim.planted.id
    opened = {
        "openness": "open",
        "legal_basis": [],
        "personal_data": "none",
        "license_id": "cc-zero",
    }
    ways: list[tuple[str, dict[str, Any]]] = [
        ("package_patch", {"id": id_, **opened}),
        ("package_patch", {"id": id_, **opened, "what_changed": "x", "openness_was": "closed"}),
        ("package_revise", {"match": {"id": id_}, "update": opened}),
        ("bulk_update_public", {"datasets": [id_], "org_id": victim.before["owner"]}),
    ]
    ways += [("resource_patch", {"id": resource, "openness": "open", "legal_basis": []})
             for resource in victim.planted.resources.values()]  # fmt: skip
    for action, data in ways:
        answer = victim.attack(role, action, **data)
        if action != "bulk_update_public":  # which shows descriptions, not data
            assert answer.status in (403, 409), f"{action}: {answer.status}"


@pytest.mark.parametrize("role", EDITORS)
def test_datasets_are_not_moved_away(victim: Victim, role: str) -> None:
    own = victim.portal.people.organizations["subsidiary"]["id"]
    for action, data in (
        ("package_owner_org_update", {"id": victim.planted.id, "organization_id": own}),
        ("package_patch", {"id": victim.planted.id, "owner_org": own}),
        ("package_patch", {"id": victim.planted.id, "owning_entity": own}),
    ):
        assert victim.attack(role, action, **data).status in (403, 409), action


@pytest.mark.parametrize("role", [*EDITORS, STRANGER])
def test_rows_do_not_come_back_from_writes(victim: Victim, role: str) -> None:
    table = victim.planted.resources[TABLE]
    for action, data in (
        ("datastore_upsert", {"method": "insert", "records": [{"ort": "x"}], "dry_run": True,
                              "include_records": True}),
        ("datastore_upsert", {"method": "upsert", "records": [{"_id": 1, "ort": "Jena"}],
                              "dry_run": True, "include_records": True}),
        ("datastore_records_delete", {"filters": {"ort": "nowhere"},
                                      "include_deleted_records": True}),
        ("datastore_delete", {"filters": {"ort": "nowhere"}, "include_deleted_records": True}),
        ("datastore_run_triggers", {}),
    ):  # fmt: skip
        victim.attack(role, action, resource_id=table, force=True, **data)


def test_a_foreign_table_gets_no_alias_of_mine(victim: Victim) -> None:
    api = victim.portal.api(STRANGER)
    mine = own_dataset(victim.portal)
    made = api("resource_create", package_id=mine, url="https://mine.example/x", name="Meine")
    table = victim.planted.resources[TABLE]
    for data in (
        {"resource_id": made["id"], "aliases": [table]},
        {"resource_id": made["id"], "aliases": ["mine"], "fields": [{"id": "a", "type": "text"}]},
    ):
        victim.attack(STRANGER, "datastore_create", force=True, **data)
    answer = victim.attack(STRANGER, "datastore_search", resource_id=table)
    assert answer.status in (403, 404)


def test_a_refused_write_leaves_nothing_for_a_later_commit(victim: Victim) -> None:
    editor = victim.portal.api("owner's editor")
    dataset = editor("package_show", id=victim.planted.id)
    for resource in dataset["resources"]:
        if resource["id"] == victim.planted.resources[LINK]:
            resource["url"] = EVIL
    for role in (STRANGER, "anonymous", "no entity"):
        assert victim.attack(role, "package_update", **dataset).status == 403
    own = victim.attack(
        "owner's editor", "package_patch", id=victim.planted.id,
        resources=dataset["resources"], review_date="never",
    )  # fmt: skip
    assert own.status == 409
    editor("package_patch", id=victim.planted.id, notes="Danach.")


def test_what_is_true_is_not_told_by_the_way_it_is_refused(victim: Victim) -> None:
    """`package_revise` compares before it asks: a right guess must not answer differently."""
    true = victim.before["locations"][LINK]["url"]
    for role in (*EDITORS, STRANGER, "anonymous"):
        answers = {}
        for guess in (true, EVIL):
            key = f"match__resources__{victim.planted.resources[LINK]}__url"
            response = victim.portal.api(role).post(
                "package_revise",
                {"match__id": victim.planted.id, key: guess, "update__notes": "x"},
            )
            answers[guess] = (response.status, str(response.json()).replace(guess, "…"))
        assert answers[true] == answers[EVIL], role


def test_gateways_of_others_are_no_locations(victim: Victim) -> None:
    """Neither a copy nor a link to somebody else's gateway leads to the location."""
    mine = own_dataset(victim.portal)
    url = shown(victim, STRANGER)["resources"][0]["url"]
    answer = victim.attack(STRANGER, "resource_create", package_id=mine, name="Kopie", url=url)
    if answer.status == 200:
        id_ = answer.json()["result"]["id"]
        for path in (f"/dataset/{mine}/resource/{id_}/download",
                     f"/dataset/{mine}/resource/{id_}/data"):  # fmt: skip
            headers = victim.portal.people.of(STRANGER).headers
            got = victim.portal.clients[0].send(Request("GET", path), headers)
            victim.search(got, STRANGER, path)


def own_dataset(portal: Portal) -> str:
    """An open dataset of the stranger's."""
    api = portal.api(STRANGER)
    name = f"mine-{uuid.uuid4().hex}"
    owner = portal.people.organizations["subsidiary"]["id"]
    return api("package_create", name=name, owner_org=owner, license_id="cc-zero")["id"]


def claims(id_: str) -> list[tuple[dict[str, Any], Upload | None]]:
    """Ways to call a resource of one's own by an id that was somebody else's."""
    return [
        ({"url": f"http://x.example/dataset/a/resource/{id_}/data"}, None),
        ({"url_type": "upload", "url": "daten.csv"}, None),
        ({"url_type": "datastore", "url": ""}, None),
        ({"url": "", "datastore_active": True}, None),
        ({}, Upload("eigene.txt", b"eigenes")),
    ]


def claim(victim: Victim, mine: str, id_: str) -> Iterator[tuple[Mapping[str, Any], Response]]:
    for fields, upload in claims(id_):
        data = {"package_id": mine, "id": id_, "name": "Meine", **fields}
        yield data, victim.attack(STRANGER, "resource_create", upload, **data)
        dataset = victim.portal.api(STRANGER)("package_show", id=mine)
        dataset["resources"] = [*dataset["resources"], {"id": id_, "name": "Meine", **fields}]
        yield data, victim.attack(STRANGER, "package_update", **dataset)


def reach(victim: Victim, mine: str, id_: str, part: str) -> None:
    """Ask for everything that the id ever stood for, as the stranger and as nobody."""
    for role in (STRANGER, "anonymous"):
        victim.attack(role, "datastore_search", resource_id=id_)
        victim.attack(role, "datastore_info", id=id_)
        victim.attack(role, "governance_location_show", id=id_)
        victim.attack(role, "resource_show", id=id_)
        headers = victim.portal.people.of(role).headers
        for path in (f"/dataset/{mine}/resource/{id_}/download",
                     f"/dataset/{mine}/resource/{id_}/data",
                     f"/dataset/{victim.planted.id}/resource/{id_}/download/x.txt",
                     f"/datastore/dump/{id_}"):  # fmt: skip
            victim.search(victim.portal.clients[0].send(Request("GET", path), headers), role, path)


@pytest.mark.parametrize("end", ["living", "resource_delete", "package_delete", "dataset_purge"])
def test_ids_are_never_used_again(portal_of_sweep: Portal, end: str) -> None:
    victim = prepare(portal_of_sweep, f"ended-by-{end.replace('_', '-')}")
    if end == "resource_delete":
        for id_ in victim.planted.resources.values():
            portal_of_sweep.api("owner's editor")(end, id=id_)
    elif end != "living":
        # CKAN cannot purge a dataset that still has collaborators.
        collaborator = portal_of_sweep.people.of("collaborator").user
        portal_of_sweep.api("sysadmin")(
            "package_collaborator_delete", id=victim.planted.id, user_id=collaborator
        )
        portal_of_sweep.api("sysadmin")(end, id=victim.planted.id)
    mine = own_dataset(portal_of_sweep)
    for part, id_ in victim.planted.resources.items():
        for fields, answer in claim(victim, mine, id_):
            # What was purged has left nothing that its id could lead to.
            allowed = (200, 403, 409) if end == "dataset_purge" else (403, 409)
            assert answer.status in allowed, f"{part} after {end}: {answer.status} for {fields}"
            if answer.status == 200:
                break  # now it is one's own, which CKAN does not let one create twice
        reach(victim, mine, id_, part)
    if end == "living":
        victim.is_unharmed()
