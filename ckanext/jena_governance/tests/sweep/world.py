"""What is planted for the sweep: every level, hidden, partly open, once open, deleted, purged."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ckantoolkit as tk

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck.canaries import Canaries
from ckanext.jena_governance.leakcheck.client import Api, Client, Upload
from ckanext.jena_governance.leakcheck.personas import OWNER
from ckanext.jena_governance.leakcheck.planting import (
    FILE,
    LINK,
    TABLE,
    Gardener,
    Planted,
    Subject,
    address,
    locations,
    plant,
)
from ckanext.jena_governance.tests.sweep import papers
from ckanext.jena_governance.tests.sweep.people import People

_STEWARD = {
    "restriction_reason": "Geprüft durch den Sweep.",
    "data_steward": "Team Sweep",
    "data_steward_email": "sweep@owner.example",
    "review_date": (date.today() + timedelta(days=200)).isoformat(),
    "license_id": "other-closed",
}
_PERSONAL = {**_STEWARD, "legal_basis": ["dsgvo-personenbezug"], "personal_data": "personal"}
_NATURE = {**_STEWARD, "legal_basis": ["artenschutz-fundorte"], "personal_data": "none"}
_CRITICAL = {**_STEWARD, "legal_basis": ["kritis-schutzinformation"], "personal_data": "none"}
_OPEN = {"openness": "open", "license_id": "cc-zero", "personal_data": "none"}

OPEN = "open"
RESTRICTED: Mapping[str, Mapping[str, Any]] = {
    "group": {**_NATURE, "openness": "group"},
    "request": {**_NATURE, "openness": "request"},
    "need-to-know": {**_PERSONAL, "openness": "request"},
    "closed": {**_PERSONAL, "openness": "closed"},
    "hidden": {**_CRITICAL, "openness": "request", "metadata_visibility": "group"},
}
WAS_OPEN = "was-open"
MIXED = "mixed"
WAS_PUBLIC = "was-public"
DELETED = "deleted"
HIDDEN = ("hidden", WAS_PUBLIC)
# Storage of the files API of CKAN 2.12.
STORAGE = "sweep"


@dataclass
class World:
    """Everything that was planted.

    Attributes:
        canaries: the secrets.
        planted: datasets by label.
        extra: subjects beside the datasets' own: old activities, deleted resources.
        common: $names that do not depend on a dataset.
        open: labels of what everybody may see.
        gone: labels of what was deleted: nobody needs to find it.
        victims: what was planted to be attacked; the sweep does not ask for it.
        papers: agreements and requests.
    """

    canaries: Canaries
    planted: dict[str, Planted] = field(default_factory=dict[str, Planted])
    extra: list[Subject] = field(default_factory=list[Subject])
    common: dict[str, str] = field(default_factory=dict[str, str])
    open: set[str] = field(default_factory=set[str])
    gone: set[str] = field(default_factory=set[str])
    victims: list[Subject] = field(default_factory=list[Subject])
    papers: list[Subject] = field(default_factory=list[Subject])

    @property
    def subjects(self) -> list[Subject]:
        """Everything that calls can be made for."""
        planted = [one for whole in self.planted.values() for one in whole.subjects]
        return planted + self.extra + self.papers

    @property
    def everything(self) -> list[Subject]:
        """All that lies in the stores."""
        return self.subjects + self.victims

    def ids_of(self, label: str) -> tuple[str, str | None]:
        """Dataset and resource that a label stands for."""
        whole, _, _part = label.partition("/")
        subject = next(one for one in self.subjects if one.label == label)
        return self.planted[whole].id, subject.values.get("resource")


def build(client: Client, people: People, work: Callable[[], None]) -> World:
    """Plant everything, through the API, as the owner's editor.

    Args:
        client: the portal.
        people: who is there.
        work: does the jobs that wait, xloader's for one.
    """
    api = Api(client, people.of("owner's editor").headers)
    admin = Api(client, people.of("sysadmin").headers)
    owner = people.organizations[OWNER]
    world = World(Canaries())
    gardener = Gardener(api, world.canaries, owner)
    world.planted[OPEN] = plant(gardener, OPEN, _OPEN)
    world.open |= {one.label for one in world.planted[OPEN].subjects}
    world.planted[WAS_OPEN] = _was_open(gardener, world, work)
    for label, fields in RESTRICTED.items():
        world.planted[label] = plant(gardener, label, fields)
    world.planted[WAS_PUBLIC] = _was_public(gardener)
    _picture(gardener, world.planted["closed"])
    world.planted[MIXED] = _mixed(gardener)
    world.planted[DELETED] = plant(gardener, DELETED, RESTRICTED["closed"])
    if tk.check_ckan_version(min_version="2.12"):
        _store(admin, world)
    _connect(world, admin, people)
    world.papers = papers.write(
        world.canaries,
        people,
        lambda role: Api(client, people.of(role).headers),
        agreed=world.planted["group"].id,
        asked=world.planted["request"].id,
    )
    return world


def _mixed(gardener: Gardener) -> Planted:
    """An open dataset whose resources are closed."""
    own = {name: RESTRICTED["closed"][name]
           for name in ("openness", "legal_basis", "restriction_reason")}  # fmt: skip
    fields = {**_STEWARD, **_OPEN, "personal_data": "redacted"}
    return plant(gardener, MIXED, fields, own)


def _was_open(gardener: Gardener, world: World, work: Callable[[], None]) -> Planted:
    """Open at first, loaded, with a history; then closed."""
    api = gardener.api
    planted = plant(gardener, WAS_OPEN, _OPEN)
    work()
    _picture(gardener, planted)
    old = locations(world.canaries, f"{WAS_OPEN}/{LINK}")
    new = locations(world.canaries, f"{WAS_OPEN}/{LINK}")
    api("resource_patch", id=planted.resources[LINK], **old)
    api("package_patch", id=planted.id, notes="Noch offen.")
    api("resource_patch", id=planted.resources[LINK], **new)
    doomed = api("resource_create", package_id=planted.id, name="Noch eine", format="CSV",
                 **locations(world.canaries, f"{WAS_OPEN}/deleted"))["id"]  # fmt: skip
    api("resource_delete", id=doomed)
    world.gone.add(f"{WAS_OPEN}/deleted")
    world.extra.append(
        Subject(
            f"{WAS_OPEN}/deleted",
            {**planted.subjects[0].values, "resource": doomed, "link": doomed},
        )
    )
    api("package_patch", id=planted.id, **RESTRICTED["closed"])
    return planted


def _was_public(gardener: Gardener) -> Planted:
    """Everybody knew of it; now its existence is hidden."""
    fields = {**_CRITICAL, "openness": "request"}
    planted = plant(gardener, WAS_PUBLIC, fields, described=True)
    gardener.api("package_patch", id=planted.id, version="2")
    gardener.api("package_patch", id=planted.id, metadata_visibility="group")
    return planted


def _picture(gardener: Gardener, planted: Planted) -> None:
    """A view whose configuration holds an address."""
    secret = gardener.canaries.new(kinds.VIEW_URL, f"{planted.label}/{FILE}")
    gardener.api(
        "resource_view_create",
        resource_id=planted.resources[FILE],
        view_type="image_view",
        title="Bild",
        image_url=address(secret),
    )


def _store(admin: Api, world: World) -> None:
    """Files of CKAN's own files API that belong to a restricted dataset and to its resource."""
    for label in ("closed", f"closed/{LINK}"):
        subject = next(one for one in world.subjects if one.label == label)
        is_dataset = "resource" not in subject.values
        name = f"{'dataset' if is_dataset else 'resource'}.txt"
        content = f"Inhalt: {world.canaries.new(kinds.STORED, label)}".encode()
        made = admin("file_create", Upload(name, content), name=name, storage=STORAGE)
        admin(
            "file_ownership_transfer",
            id=made["id"],
            owner_type="package" if is_dataset else "resource",
            owner_id=subject.values["dataset" if is_dataset else "resource"],
        )
        claims = {"sub": made["id"], "aud": "trusted_download"}
        parts = ({"alg": "none", "typ": "JWT"}, claims)
        forged = ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=")
                          for one in parts) + "."  # fmt: skip
        values = {**subject.values, "file": made["id"], "file_token": forged}
        world.extra.append(Subject(label, values))


def _connect(world: World, admin: Api, people: People) -> None:
    """Groups, relations, activities: whatever leads from one dataset to another."""
    ours = world.planted[OPEN]
    group = admin("group_create", name="sweep-group", title="Thema")
    for planted in world.planted.values():
        admin("member_create", id=group["id"], object=planted.id, object_type="package",
              capacity="public")  # fmt: skip
    tags: list[str] = []
    for label in HIDDEN:
        id_ = world.planted[label].id
        admin("package_relationship_create", subject=ours.id, object=id_, type="depends_on")
        tags += world.canaries.of([kinds.TAG], label)
    collaborator = people.of("collaborator")
    for planted in world.planted.values():
        admin("package_collaborator_create", id=planted.id, user_id=collaborator.user,
              capacity="editor")  # fmt: skip
    foreign = {"foreign": ours.id, "open_resource": ours.resources[LINK],
               "open_table": ours.resources[TABLE]}  # fmt: skip
    for label, planted in world.planted.items():
        listed = admin("package_activity_list", id=planted.id, limit=100)
        ids = [one["id"] for one in listed if one["activity_type"].endswith("package")]
        others = [one["id"] for one in listed if one["id"] not in ids]
        world.planted[label] = planted.also(activity=ids[-1], activity_new=ids[0])
        if label == WAS_OPEN:
            values = world.planted[label].subject(LINK).values
            middle = {**values, "activity": ids[len(ids) // 2], "activity_new": ids[1]}
            of_view = {**values, "activity": others[0], "activity_new": others[0]}
            world.extra += [Subject(f"{label}/{LINK}", one) for one in (middle, of_view)]
    listed = admin("organization_activity_list", id=ours.subjects[0].values["owner"], limit=100)
    own = [one["id"] for one in listed if "organization" in one["activity_type"]]
    world.extra.append(Subject("owner", {"group_activity": own[0] if own else listed[0]["id"]}))
    world.extra += [Subject("tag", {"tag": tag}) for tag in [*tags, "leak-check closed"]]
    admin("package_delete", id=world.planted[DELETED].id)
    world.gone |= {one.label for one in world.planted[DELETED].subjects}
    vocabulary = admin("vocabulary_create", name="sweep", tags=[{"name": "sweep"}])
    world.common |= {
        **foreign,
        "missing": str(uuid.uuid4()),
        "author": people.names["owner's editor"],
        "deleted_user": people.names["deleted account"],
        "group": group["id"],
        "vocabulary": vocabulary["id"],
        "task": str(uuid.uuid4()),
    }
