"""Files that CKAN 2.12 lets restricted resources and datasets own: for those entitled only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.access.conftest import Browser, collaborator, logged
from ckanext.jena_governance.tests.conftest import Api, City

Browse = Callable[[Api], Browser]

CONTENT = b"canary-file-content"
NAME = "canary-file-name.csv"
STORAGE = "files_of_tests"

pytestmark = pytest.mark.ckan_config(f"ckan.files.storage.{STORAGE}.type", "ckan:memory")


def owned_by(owner_type: str, owner_id: str) -> dict[str, Any]:
    """A file in CKAN's own storage."""
    made = call_action("file_create", name=NAME, storage=STORAGE, upload=CONTENT)
    call_action("file_ownership_transfer", id=made["id"], owner_type=owner_type, owner_id=owner_id)
    model.Session.commit()
    return made


@pytest.fixture(params=["resource", "package", "package by name"])
def file(request: pytest.FixtureRequest, restricted: dict[str, Any]) -> dict[str, Any]:
    """A file of restricted data, whoever owns it."""
    owner = {
        "resource": ("resource", restricted["resources"][0]["id"]),
        "package": ("package", restricted["id"]),
        "package by name": ("package", restricted["name"]),
    }[request.param]
    return {**owned_by(*owner), "owner": owner}


def test_reading(city: City, file: dict[str, Any], browse: Browse) -> None:
    for api in (city.nobody, city.manager, collaborator(city, "akten")):
        answer = browse(api)(f"/file/download/{file['id']}")
        assert answer.status_code == 404
        assert b"canary" not in answer.data
        shown = api("file_show", id=file["id"])
        assert shown.status == 403
        assert "canary" not in str(shown.body)
    assert {(via, rule) for _user, via, rule, _count in logged()} == {("file", "denied")}

    answer = browse(city.editor)(f"/file/download/{file['id']}")
    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert "no-store" in answer.headers["Cache-Control"]
    editor = city.editor.user["id"]
    assert [row[1:] for row in logged() if row[0] == editor] == [("file", "owner", 1)]


def test_taking_it_over(city: City, file: dict[str, Any], browse: Browse) -> None:
    """Whoever may change a file may give it to themselves; CKAN asks for editing rights only."""
    other = collaborator(city, "akten")
    mine = {"owner_type": "user", "owner_id": other.user["id"]}
    for action, more in {
        "file_ownership_transfer": mine,
        "file_rename": {"name": "x.csv"},
        "file_pin": {},
        "file_unpin": {},
        "file_delete": {},
    }.items():
        answer = other(action, id=file["id"], **more)
        assert answer.status == 403, action
        assert "canary" not in str(answer.body)
    assert browse(other)(f"/file/download/{file['id']}").status_code == 404
    assert city.editor("file_rename", id=file["id"], name="neu.csv").status == 200


def test_listing(city: City, file: dict[str, Any]) -> None:
    owner = dict(zip(("owner_type", "owner_id"), file["owner"], strict=True))
    for api in (city.nobody, city.manager, collaborator(city, "akten")):
        answer = api("file_owner_scan", **owner)
        assert answer.status == 403
        assert "canary" not in str(answer.body)
    assert city.editor("file_owner_scan", **owner).result["count"] == 1


def test_open_data_and_other_owners_are_left_to_ckan(
    city: City, restricted: dict[str, Any], browse: Browse
) -> None:
    opened = city.editor(
        "package_create",
        name="baeume",
        owner_org=city.department["id"],
        license_id="dl-by-de-2.0",
    ).result
    public = owned_by("package", opened["id"])
    assert browse(city.nobody)(f"/file/download/{public['id']}").data == CONTENT
    call_action("file_delete", id=public["id"])
    user = factories.User()
    private = owned_by("user", user["id"])
    assert browse(city.nobody)(f"/file/download/{private['id']}").status_code == 404
    assert browse(Api(city.editor._app, user))(f"/file/download/{private['id']}").data == CONTENT
    assert logged() == []
