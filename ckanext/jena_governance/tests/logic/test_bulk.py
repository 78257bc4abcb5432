"""Hiding many at once obeys R9, all or nothing."""

from __future__ import annotations

from typing import Any

from ckanext.jena_governance.tests.conftest import City, stored


def test_data_that_may_not_be_hidden_stay_visible(city: City, restriction: dict[str, Any]) -> None:
    owner = city.department["id"]
    hideable = {**restriction, "legal_basis": ["kritis-schutzinformation"], "personal_data": "none"}
    made = [
        city.editor("package_create", name="plan", owner_org=owner, **hideable).result,
        city.editor("package_create", name="trees", owner_org=owner).result,
    ]
    ids = [item["id"] for item in made]

    answer = city.sysadmin("bulk_update_private", datasets=ids, org_id=owner)
    assert answer.status == 403
    assert "trees" in str(answer.body)
    assert stored("plan")["private"] is False

    assert city.sysadmin("bulk_update_private", datasets=ids[:1], org_id=owner).status == 200
    assert stored("plan")["private"] is True
    assert stored("plan")["metadata_visibility"] == "group"

    assert city.sysadmin("bulk_update_public", datasets=ids[:1], org_id=owner).status == 200
    assert stored("plan")["private"] is False
    assert stored("plan")["metadata_visibility"] == "public"


def test_private_needs_a_ground_that_may_hide(city: City, restriction: dict[str, Any]) -> None:
    owner = city.department["id"]
    errors = city.editor("package_create", name="t1", owner_org=owner, private=True).errors
    assert "(R9)" in str(errors)
    errors = city.editor(
        "package_create", name="t1", owner_org=owner, metadata_visibility="group", **restriction
    ).errors
    assert "(R9)" in str(errors)
