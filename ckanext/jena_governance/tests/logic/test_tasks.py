"""What waits for whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ckanext.jena_governance.access import facts
from ckanext.jena_governance.logic import tasks
from ckanext.jena_governance.tests.logic.house import CLEANED


def of(house: Any, name: str) -> tasks.Tasks:
    facts.forget_entities()
    user = house.users.get(name)
    return tasks.of(facts.actor_of(user["id"] if user else None))


def day(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


@pytest.fixture
def proposed(house, make, restriction):
    make(**restriction)
    house.first("package_patch", id="data", opening_reason="Daten bereinigt", **CLEANED).result


def test_openings(house, proposed):
    (waiting,) = of(house, "second").openings
    assert waiting.package.name == "data"
    assert waiting.proposal.reason == "Daten bereinigt"
    assert waiting.proposer == house.users["first"]["display_name"]
    assert waiting.may_confirm
    (own,) = of(house, "first").openings
    assert not own.may_confirm


def test_members_and_others_have_none(house, proposed):
    for name in ("member", "nobody"):
        assert of(house, name) == tasks.Tasks(openings=[], locks=[], reviews=[])
    house.dismiss("second")
    assert of(house, "second").openings == []


def test_a_confirmed_opening_waits_no_more(house, proposed):
    house.second("governance_opening_confirm", id="data").result
    assert of(house, "second").openings == []


def test_sysadmins_see_all_and_confirm_none(house, proposed):
    facts.forget_entities()
    found = tasks.of(facts.actor_of(house.city.sysadmin.user["id"]))
    assert [one.may_confirm for one in found.openings] == [False]


def test_locks(house, make):
    make(license_id="dl-by-de-2.0")
    house.first("governance_lock", id="data").result
    (lock,) = of(house, "second").locks
    assert lock.day == date.today() + timedelta(days=14)
    assert not lock.is_over
    assert lock.owner == "Fachdienst Umweltschutz"
    assert of(house, "second").reviews == []


@pytest.mark.parametrize(("days", "expected"), [(3, 1), (28, 1), (29, 0)])
def test_reviews_come_four_weeks_ahead(house, make, plain, days, expected):
    make(**{**plain, "review_date": day(days)})
    assert len(of(house, "second").reviews) == expected


def test_open_data_with_a_date_left_over_need_no_review(house, make):
    make(
        license_id="dl-by-de-2.0",
        review_date=day(3),
        personal_data="anonymised",
        legal_basis=["dsgvo-personenbezug"],
    )
    assert of(house, "second").reviews == []


def test_the_most_urgent_comes_first(house, make, plain):
    for name, days in (("spaet", 20), ("bald", 2)):
        make(**{**plain, "name": name, "review_date": day(days)})
    assert [one.package.name for one in of(house, "second").reviews] == ["bald", "spaet"]


def test_the_owner_decides_not_the_publisher(house, make, plain):
    city = house.city
    city.sysadmin(
        "governance_entity_update",
        organization_id=city.department["id"],
        publishes_for=[city.company["id"]],
    ).result
    city.sysadmin(
        "package_create",
        name="fremd",
        owner_org=city.department["id"],
        owning_entity=city.company["id"],
        resources=[],
        **{
            **plain,
            "legal_basis": ["thueruig-oeffentliche-belange"],
            "ends_when": "Ende des Verfahrens",
            "review_date": day(3),
        },
    ).result
    assert of(house, "second").reviews == []
    house.join_company("second")
    assert [one.package.name for one in of(house, "second").reviews] == ["fremd"]
