"""What a sent form means."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.jena_governance.logic import form_post

pytestmark = pytest.mark.usefixtures("with_plugins")

RESTRICTED = {
    "title": "Liste",
    "openness": "request",
    "legal_basis": ["", "dsgvo-personenbezug"],
    "restriction_reason": "Angaben zu Personen.",
    "review_date": "2027-01-01",
    "governance_form": "abc",
    "governance_js": "1",
    "governance_ground": "1",
    "governance_card": "persons",
    "save": "publish",
}


def read(**changes: Any) -> form_post.Post:
    return form_post.read({**RESTRICTED, **changes})


def test_what_is_about_the_form_is_not_stored() -> None:
    post = read(pkg_name="", _csrf_token="x", first_url="", _ckan_phase="dataset_new_1")
    assert set(post.data) == {
        "title",
        "openness",
        "legal_basis",
        "restriction_reason",
        "review_date",
    }
    assert post.data["legal_basis"] == ["dsgvo-personenbezug"]
    assert (post.token, post.save, post.is_draft, post.is_unsure) == (
        "abc",
        "publish",
        False,
        False,
    )


def test_open_takes_back_the_ground() -> None:
    post = read(openness="open", governance_ground="", legal_basis="")
    assert post.data["legal_basis"] == []
    assert post.data["restriction_reason"] == ""
    assert post.data["review_date"] == ""


def test_an_opened_dataset_loses_its_ground_also_without_a_script() -> None:
    post = read(openness="open", if_openness="request", governance_js="", governance_card="")
    assert post.data["legal_basis"] == []
    assert post.data["if_openness"] == "request"


@pytest.mark.parametrize(
    "why",
    [
        {"license_id": "other-closed"},
        {"permission": [{"id": "einwilligung", "reference": "Formular 7", "until": ""}]},
    ],
)
def test_open_data_keep_a_ground_that_they_need(why: dict[str, Any]) -> None:
    post = read(openness="open", if_openness="request", **why)
    assert post.data["legal_basis"] == ["dsgvo-personenbezug"]


def test_not_ready_is_open() -> None:
    post = read(governance_card="notyet", publish_by="2027-01-01")
    assert (post.data["openness"], post.data["legal_basis"]) == ("open", [])
    assert post.data["publish_by"] == "2027-01-01"


def test_unsure() -> None:
    post = read(governance_card="unsure")
    assert post.is_unsure
    assert post.data["legal_basis"] == []


def test_the_second_page_is_asked_for_once() -> None:
    first = {"governance_js": "", "governance_ground": ""}
    assert read(**first).wants_second_page
    assert not read(**first, openness="open").wants_second_page
    assert not read(governance_js="").wants_second_page
    assert not read().wants_second_page


def test_without_a_script_the_review_date_is_filled_in() -> None:
    assert read(review_date="").data["review_date"] == ""
    assert read(review_date="", governance_js="").data["review_date"] > "2026-01-01"


def test_first_file_or_link() -> None:
    upload: Any = SimpleNamespace(filename="bäume.csv")
    post = form_post.read({**RESTRICTED, "first_url": "https://example.org/a"}, upload)
    assert (post.first["name"], post.first["url"]) == ("bäume.csv", "")
    assert read(first_url="https://example.org/a/b.csv?x=1").first["name"] == "b.csv"
    assert read(first_url="https://example.org/").first["name"] == "example.org"
    assert read(first_url=" ").first == {}


def test_keywords() -> None:
    assert [tag["name"] for tag in read(tag_string="Baum, ,Stadt ").data["tags"]] == [
        "Baum",
        "Stadt",
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"governance_card": ["persons", "unsure"]},
        {"governance_card": "nonsense"},
        {"openness": ["open", "closed"]},
        {"legal_basis": {"0": "x"}},
        {"permission": "x"},
        {"license_id": ["a"]},
        {"review_date": ["a", "b"], "governance_js": ""},
    ],
)
def test_nonsense_is_for_the_rules_to_refuse(odd: dict[str, Any]) -> None:
    assert read(**odd).data["title"] == "Liste"


@pytest.mark.usefixtures("portal")
def test_an_address_from_the_title() -> None:
    from ckan.tests import factories

    assert form_post.name_for("Bäume der Stadt") == "baume-der-stadt"
    factories.Dataset(name="baume-der-stadt")
    assert form_post.name_for("Bäume der Stadt") == "baume-der-stadt-2"
    assert form_post.name_for("مجموعة") == "dataset"
    assert 2 <= len(form_post.name_for("Ä" * 10_000)) <= 95
