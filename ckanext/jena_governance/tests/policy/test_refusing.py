"""Only what a write adds or touches refuses it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ckanext.jena_governance.policy import (
    Facts,
    Finding,
    check,
    complete,
    refusing,
    touched,
    with_stored_resources,
)
from ckanext.jena_governance.tests.policy import samples
from ckanext.jena_governance.tests.policy.samples import (
    TODAY,
    entity,
    opened,
    resource,
    restricted,
)

PERSONS = "dsgvo-personenbezug"


@pytest.fixture
def refused(words):
    """The codes because of which a write is refused."""

    def run(stored, today=TODAY, before=None, after=None, **submitted):
        data = complete(stored, {"id": "d1", **submitted})
        whole = with_stored_resources(stored, data)
        known = samples.facts()
        old = check(stored, before or known, words, today) if stored else []
        new = check(whole, after or known, words, today)
        return {one.code for one in refusing(new, old, touched(stored, whole))}

    return run


OLD = restricted(review_date="2020-01-01", restriction_reason="")


def test_added_touched_or_neither():
    old = Finding(rule="R2", code="R2_reason", severity="error", field="restriction_reason")
    new = Finding(rule="R2", code="R2_steward", severity="error", field="data_steward")
    assert refusing([old, new], [old], frozenset()) == [new]
    touched_one = replace(old, about=frozenset({"openness", "legal_basis"}))
    assert refusing([touched_one], [old], ["openness"]) == [touched_one]
    assert refusing([touched_one], [old], ["title"]) == []
    assert refusing([replace(new, severity="warning")], [], ["data_steward"]) == []


def test_creation_is_refused_for_every_error(refused):
    assert refused(None, **OLD) == {"R2_review_past", "R2_reason"}


def test_warnings_refuse_nothing(refused):
    assert refused(None, **opened(license_id="")) == set()


@pytest.mark.parametrize(
    "submitted",
    [
        {"title": "Neuer Titel"},
        {"notes": "x", "tags": [{"name": "x"}]},
        {"data_steward": "Andere Stelle"},
        {"resources": [resource()]},
        {"restriction_reason": "", "review_date": "2020-01-01"},
    ],
)
def test_old_findings_do_not_stand_in_the_way(submitted, refused):
    assert refused(OLD, **submitted) == set()


def test_what_is_touched_must_be_right(refused):
    assert refused(OLD, review_date="2020-02-02") == {"R2_review_past"}
    assert refused(OLD, review_date="2026-12-01") == set()


def test_a_new_level_asks_for_everything(refused):
    assert refused(OLD, openness="closed") == {"R2_review_past", "R2_reason"}


def test_a_new_basis_asks_for_everything(refused):
    assert refused(OLD, legal_basis=[PERSONS]) == {"R2_review_past", "R2_reason"}


def test_what_is_added_is_refused(refused):
    assert refused(restricted(), restriction_reason="") == {"R2_reason"}
    assert refused(restricted(), openness="group") == {"R3a_permission"}


def test_time_alone_refuses_nothing(refused):
    later = TODAY.replace(year=2040)
    assert refused(restricted(), today=later, title="x") == set()


def test_another_class_of_the_owner_alone_refuses_nothing(refused):
    company = samples.facts("subsidiary")
    stored = restricted(legal_basis=["thuertg-beratungen"])
    assert refused(stored, before=company, after=company, title="x") == set()


def test_another_owner_does(refused):
    stored = restricted(legal_basis=["thuertg-beratungen"])
    new = entity("subsidiary", "org-2")
    codes = refused(stored, owner_org="org-2", after=Facts(new, new))
    assert codes == {"R4_none"}


class TestResources:
    STORED = restricted(
        openness="closed",
        legal_basis=["ao-steuergeheimnis"],
        resources=[resource(), resource(id="r2", url="")],
    )

    def test_old_file_stays_writable(self, refused):
        parts = [resource(description="x", last_modified="2026-11-22"), resource(id="r2", url="")]
        assert refused(self.STORED, resources=parts) == set()

    def test_other_order(self, refused):
        parts = [resource(id="r2", url=""), resource()]
        assert refused(self.STORED, resources=parts) == set()

    def test_new_link(self, refused):
        parts = [resource(url="https://example.org/neu.csv"), resource(id="r2", url="")]
        assert refused(self.STORED, resources=parts) == {"R12"}

    def test_new_resource(self, refused):
        parts = [resource(), resource(id="r2", url=""), {"url": "https://example.org/3.csv"}]
        assert refused(self.STORED, resources=parts) == {"R12"}

    def test_first_link_of_another_resource(self, refused):
        parts = [resource(), resource(id="r2", url="https://example.org/2.csv")]
        assert refused(self.STORED, resources=parts) == {"R12"}

    def test_steward_is_asked_for_as_soon_as_a_resource_is_restricted(self, refused):
        part = resource(openness="request", legal_basis=[PERSONS], restriction_reason="x")
        assert refused(opened(), resources=[part]) == {"R2_steward", "R2_mailbox", "R2_review"}

    def test_steward_is_not_asked_for_by_chance(self, refused):
        part = resource(openness="request", legal_basis=[PERSONS], restriction_reason="x")
        stored = opened(resources=[part])
        assert refused(stored, resources=[{**part, "description": "x"}]) == set()
        assert refused(stored, resources=[{**part, "openness": "closed"}]) == {
            "R2_steward",
            "R2_mailbox",
            "R2_review",
        }


class TestKey:
    def test_of_a_resource_is_its_id(self, words):
        one = check(opened(resources=[resource(openness="closed")]), samples.facts(), words, TODAY)
        other = check(
            opened(resources=[resource(id="r0"), resource(openness="closed")]),
            *(samples.facts(), words, TODAY),
        )
        assert {finding.key() for finding in one} == {finding.key() for finding in other}

    def test_does_not_change_with_the_day(self, words):
        days = [TODAY, TODAY.replace(day=23)]
        keys = [{one.key() for one in check(OLD, samples.facts(), words, day)} for day in days]
        assert keys[0] == keys[1]

    def test_tells_bases_apart(self, words):
        dataset = restricted(
            openness="closed", legal_basis=["bdsg-beschaeftigte", "gmbhg-geheimhaltung"]
        )
        found = [one for one in check(dataset, samples.facts(), words, TODAY) if one.rule == "R4"]
        assert len({one.key() for one in found}) == 2
