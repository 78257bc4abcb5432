"""What a finding says about itself: where it can be mended, and on which fields it depends."""

from __future__ import annotations

import pytest

from ckanext.jena_governance.policy import Finding, check
from ckanext.jena_governance.tests.policy import samples
from ckanext.jena_governance.tests.policy.examples import EXAMPLES, example

LEVEL = ("openness", "legal_basis")
ANYWHERE = (*LEVEL, "resources/*/openness", "resources/*/legal_basis")
PERSONS = ("personal_data", "openness", "resources/*/openness")
LICENCE = (*LEVEL, "licence_when_open")
DERIVATIVE = ("derivative_note", "open_derivative", "publish_by", *ANYWHERE)


def of_file(*fields: str) -> tuple[str, ...]:
    """Fields of the sample's file, and those of the same names of the dataset."""
    return (*fields, *(f"resources/r1/{field}" for field in fields))


# By code: the field where a person can do something, and the others it depends on. A write that
# touches one of them has to put the matter right; one that touches none of them does not.
DEPENDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "R2_basis": ("legal_basis", ("openness",)),
    "R2_level": ("openness", ("legal_basis",)),
    "R2_reason": ("restriction_reason", LEVEL),
    "R2_steward": ("data_steward", ANYWHERE),
    "R2_mailbox": ("data_steward_email", ANYWHERE),
    "R2_mailbox_personal": ("data_steward_email", ()),
    "R2_review": ("review_date", ANYWHERE),
    "R2_review_past": ("review_date", ANYWHERE),
    "R2_review_late": ("review_date", ANYWHERE),
    "R2_end": ("ends_when", ("opens_on", *ANYWHERE)),
    "R2_opens_past": ("opens_on", ()),
    "R2_opens_basis": ("opens_on", ANYWHERE),
    "R2_opens_persons": ("opens_on", ("personal_data", "permission")),
    "R2_lock": ("review_date", LEVEL),
    "R3a": ("openness", ("legal_basis", "permission", "personal_data")),
    "R3a_permission": ("openness", ("legal_basis", "permission", "personal_data")),
    "R3a_over": ("permission", ()),
    "R3b": ("stricter_reason", LEVEL),
    "R3b_never": ("openness", ("legal_basis", "stricter_reason")),
    "R3b_explained": ("openness", ("legal_basis", "stricter_reason")),
    "R3c": ("legal_basis", ()),
    "R4": ("legal_basis", ("owner_org", "owning_entity")),
    "R4_none": ("legal_basis", ("owner_org", "owning_entity")),
    "R4_no_row": ("owning_entity", ("owner_org", *ANYWHERE)),
    "R5": ("legal_basis", ("openness", "permission", "personal_data")),
    "R5b": ("permission", PERSONS),
    "R6_open": ("license_id", LICENCE),
    "R6_unknown": ("license_id", LICENCE),
    "R6_not_open": ("license_id", LICENCE),
    "R6_closed": ("license_id", ("openness",)),
    "R6_closed_resource": ("license", of_file("license", "openness")),
    "R7": ("derivative_status", DERIVATIVE),
    "R7_exists": ("open_derivative", DERIVATIVE),
    "R7_planned": ("derivative_note", DERIVATIVE),
    "R7_none": ("derivative_note", DERIVATIVE),
    "R8": ("hvd_category", LEVEL),
    "R8_no_basis": ("hvd_category", LEVEL),
    "R9_hidden": ("metadata_visibility", ("private", *LEVEL)),
    "R9_no_basis": ("private", ("metadata_visibility", *LEVEL)),
    "R10": ("legal_basis", of_file("legal_basis", "openness")),
    "R10_reason": ("restriction_reason", of_file("restriction_reason", *LEVEL)),
    "R12": ("url", of_file("url", "upload", "datastore_active", *LEVEL)),
    "R13": ("permission", PERSONS),
    "owner": ("owning_entity", ("owner_org",)),
    "owner_unknown": ("owning_entity", ("owner_org",)),
    "value_extra": ("extras", ("openness",)),
    "value_resource": ("resources", ("resources/#0/resources",)),
    "value_level": ("openness", ()),
    "value_basis": ("legal_basis", ()),
    "value_permission": ("permission", ()),
    "value_reference": ("permission", ()),
    "value_until": ("permission", ()),
    "value_choice": ("personal_data", ()),
    "value_date": ("review_date", ()),
    "value_mail": ("data_steward_email", ()),
    "value_text": ("restriction_reason", ()),
    "value_list": ("legal_basis", ()),
    "value_long": ("restriction_reason", ()),
    "value_many": ("legal_basis", ()),
    "value_control": ("restriction_reason", ()),
    "value_dataset": ("id", ()),
}
RULE_OF = {"R5b": "R5", "owner_unknown": "owner"}


@pytest.mark.parametrize("code", EXAMPLES)
def test_where_it_belongs_and_on_what_it_depends(code, words):
    dataset, facts = example(code)
    found = next(one for one in check(dataset, facts, words, samples.TODAY) if one.code == code)
    field, others = DEPENDS[code]
    assert found.rule == RULE_OF.get(code, code.partition("_")[0])
    assert found.field == field
    # Those of a resource do not depend on the field of the same name of the dataset.
    assert found.about - {field} == set(others) - {field}


def finding(**changes) -> Finding:
    values = {"rule": "R2", "code": "R2_reason", "severity": "error", "field": "openness"}
    return Finding(**{**values, **changes})


class TestKey:
    @pytest.mark.parametrize(
        "name", ["basis", "value", "permission", "level", "licence", "entity_id", "extra"]
    )
    def test_tells_apart_what_it_is_about(self, name):
        assert finding(params={name: "a"}).key() != finding(params={name: "b"}).key()
        assert finding(params={name: "a"}).key() != finding().key()

    @pytest.mark.parametrize("name", ["date", "max_date", "alternatives", "resource", "entity"])
    def test_is_the_same_whatever_may_change_by_itself(self, name):
        assert finding(params={name: "a"}).key() == finding(params={name: "b"}).key()

    @pytest.mark.parametrize(
        "other", [{"rule": "R3"}, {"code": "R2_basis"}, {"field": "legal_basis"}, {"resource": 1}]
    )
    def test_tells_apart_rule_message_and_place(self, other):
        assert finding(**other).key() != finding().key()

    def test_of_a_resource_is_its_id_where_it_has_one(self):
        assert (
            finding(resource=0, resource_id="r1").key()
            == finding(resource=1, resource_id="r1").key()
            != finding(resource=1, resource_id="r2").key()
        )
        assert finding(resource=0).key() != finding(resource=1).key()

    def test_of_a_dataset_names_no_resource(self):
        assert (finding().resource, finding().resource_id) == (None, None)
        assert finding().params == {}
        assert finding().about == frozenset()
