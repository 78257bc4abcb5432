"""What the API tells about the regulation, and the check without saving."""

from __future__ import annotations

from typing import Any

from ckan import model

from ckanext.jena_governance.tests.conftest import City


def test_the_whole_vocabulary(city: City) -> None:
    words = city.nobody("governance_vocabulary_show").result
    assert len(words["bases"]) == 58
    assert len(words["permissions"]) == 8
    assert len(words["licences"]) == 34
    assert [level["id"] for level in words["levels"]] == ["open", "group", "request", "closed"]


def test_one_part(city: City) -> None:
    words = city.nobody("governance_vocabulary_show", name="levels").result
    assert list(words) == ["levels"]
    assert "levels" in str(city.nobody("governance_vocabulary_show", name="laws").errors)


def test_check_a_new_dataset_saves_nothing(city: City) -> None:
    answer = city.editor(
        "governance_check", dataset={"owner_org": city.department["id"], "openness": "closed"}
    ).result
    assert answer["refused"] is True
    assert {"R2"} <= {finding["rule"] for finding in answer["findings"]}
    assert model.Session.query(model.Package).count() == 0


def test_check_a_change_of_a_stored_dataset(city: City, restriction: dict[str, Any]) -> None:
    city.editor("package_create", name="files", owner_org=city.department["id"], **restriction)
    fine = city.editor("governance_check", id="files").result
    assert fine["refused"] is False
    assert fine["permitted"] == ["request", "closed"]
    assert fine["openness_effective"] == "request"

    worse = city.editor("governance_check", id="files", openness="group").result
    assert worse["refused"] is True
    assert {"R3a", "R13"} <= {finding["rule"] for finding in worse["findings"]}


def test_check_uses_the_callers_rights(city: City, restriction: dict[str, Any]) -> None:
    hidden = {
        **restriction,
        "legal_basis": ["kritis-schutzinformation"],
        "personal_data": "none",
        "metadata_visibility": "group",
    }
    city.editor("package_create", name="plan", owner_org=city.department["id"], **hidden).result
    assert city.manager("governance_check", id="plan").status == 404
    assert city.nobody("governance_check", dataset={"openness": "open"}).status == 403


def test_check_refuses_a_megabyte(city: City) -> None:
    answer = city.editor("governance_check", dataset={"notes": "x" * 2_000_000})
    assert answer.status in (409, 413)
