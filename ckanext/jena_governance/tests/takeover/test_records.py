"""One foreign record becomes one of our datasets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ckanext.jena_governance.takeover.draft import Conversion, Draft
from ckanext.jena_governance.takeover.errors import RecordError
from ckanext.jena_governance.takeover.mapping import MappingFile
from ckanext.jena_governance.takeover.records import convert

Make = Callable[..., dict[str, Any]]
With = Callable[..., Conversion]


def kinds(draft: Draft) -> list[str]:
    return sorted({finding.kind for finding in draft.findings})


def test_a_good_record(record: Make, conversion: With) -> None:
    draft = convert(record(), 1, conversion())
    assert draft.source_id == record()["id"]
    assert draft.unit is not None
    assert draft.unit.name == "gruen"
    assert draft.organization == ("musterstadt", "Stadt Musterstadt")
    assert draft.data == {
        "title": "Bäume",
        "name": "baeume",
        "type": "dataset",
        "openness": "open",
        "notes": "Alle Bäume.",
        "url": "",
        "version": "",
        "tags": [{"name": "Baum"}, {"name": "Grün"}, {"name": "Park"}, {"name": "Umwelt"}],
        "identifier": record()["id"],
        "issued": "2020-03-27",
        "modified": "2021-11-17",
        "theme": [],
        "license_id": "muster-by",
        "contact": [{"name": "Fachdienst Grün & Friedhof", "email": "gruen@musterstadt.example"}],
        "data_steward": "Fachdienst Grün & Friedhof",
        "data_steward_email": "gruen@musterstadt.example",
        "extras": [{"key": "Turnus", "value": "jährlich"}],
        "resources": [
            {
                "url": "https://old.example/baeume.csv",
                "name": "Bäume (CSV)",
                "description": "",
                "format": "CSV",
            }
        ],
    }
    assert kinds(draft) == ["group-as-tag", "upload-linked"]


@pytest.mark.parametrize(
    "changes",
    [
        {"private": True},
        {"private": "Unveröffentlicht"},
        {"private": "true"},
        {"private": 1},
        {"state": "deleted"},
        {"state": "Draft"},
        {"openness": "closed"},
        {"resources": [{"url": "https://a.example/x", "openness": "group"}]},
    ],
)
def test_nothing_unpublished_gets_published(
    record: Make, conversion: With, changes: dict[str, Any]
) -> None:
    with pytest.raises(RecordError):
        convert(record(**changes), 1, conversion())


@pytest.mark.parametrize(
    "changes",
    [
        {"private": "Veröffentlicht", "state": "Active", "type": "Dataset"},
        {"private": None, "state": None},
        {"private": "false"},
        {"openness": "open"},
    ],
)
def test_other_words_for_published(record: Make, conversion: With, changes: dict[str, Any]) -> None:
    draft = convert(record(**changes), 1, conversion())
    assert draft.data["type"] == "dataset"
    assert "private" not in draft.data
    assert "state" not in draft.data


@pytest.mark.parametrize(
    "raw", [None, 7, "name", [], {}, {"id": "x"}, {"title": " ", "name": None}]
)
def test_no_dataset(conversion: With, raw: Any) -> None:
    with pytest.raises(RecordError):
        convert(raw, 1, conversion())


def test_title_from_name_and_name_from_title(record: Make, conversion: With) -> None:
    assert convert(record(title=""), 1, conversion()).title == "baeume"
    assert (
        convert(record(name="", title="Alle Bäume"), 1, conversion()).data["name"] == "alle-baeume"
    )
    assert convert(record(name="bäume/grün"), 1, conversion()).data["name"] == "gruen"
    assert convert(record(name="", title="???"), 3, conversion()).data["name"] == "dataset-3"


def test_title_of_2000_characters_is_kept_in_the_description(
    record: Make, conversion: With
) -> None:
    long = "Sehr lang " * 200
    draft = convert(record(title=long), 1, conversion())
    assert len(draft.title) <= 500
    assert draft.data["notes"].startswith(long.strip())
    assert draft.data["notes"].endswith("Alle Bäume.")
    assert "title-long" in kinds(draft)


def test_person_as_contact_is_dropped(record: Make, conversion: With) -> None:
    draft = convert(
        record(maintainer="Erika Muster", maintainer_email="erika.muster@musterstadt.example"),
        1,
        conversion(),
    )
    assert "Muster" not in str(draft.data["contact"])
    assert draft.data["contact"][0]["email"] == "gruen@musterstadt.example"
    assert "person-dropped" in kinds(draft)
    assert "Erika" not in str(draft.findings)  # nor does the report repeat it


def test_authorship_stays_as_credit(record: Make, conversion: With) -> None:
    draft = convert(
        record(author="Prof. Dr. Erika Muster", author_email="muster@uni.example"), 1, conversion()
    )
    assert draft.data["creator"] == [{"name": "Prof. Dr. Erika Muster"}]
    assert "uni.example" not in str(draft.data)
    assert draft.unit is None


def test_third_partys_mailbox_is_not_our_contact(record: Make, conversion: With) -> None:
    draft = convert(
        record(author="ORBITAL Institut", author_email="office@orbital.example"), 1, conversion()
    )
    assert "orbital.example" not in str(draft.data)


def test_mail_in_the_contact_field(record: Make, conversion: With) -> None:
    draft = convert(
        record(author="", author_email="", maintainer="muster@x.example"), 1, conversion()
    )
    assert "contact" not in draft.data
    assert "person-dropped" in kinds(draft)


def test_placeholder_is_no_contact(record: Make, conversion: With) -> None:
    draft = convert(
        record(author="", author_email="", maintainer="Ansprechperson",
               maintainer_email="kontakt@musterstadt.example"),
        1, conversion(),
    )  # fmt: skip
    assert draft.data["contact"] == [
        {"name": "Stadt Musterstadt", "email": "kontakt@musterstadt.example"}
    ]


def test_personal_mailbox_in_the_description_is_reported(record: Make, conversion: With) -> None:
    draft = convert(record(notes="Fragen an erika.muster@x.example"), 1, conversion())
    assert "mail-in-text" in kinds(draft)


def test_unknown_and_ambiguous_units(record: Make, conversion: With) -> None:
    unknown = convert(record(author="Melderegister Musterstadt"), 1, conversion())
    assert unknown.unit is None
    assert "unit-unknown" in kinds(unknown)
    ambiguous = convert(record(author="Jugendamt"), 1, conversion())
    assert ambiguous.unit is None
    assert "unit-ambiguous" in kinds(ambiguous)
    mapped = conversion(MappingFile(units={"melderegister musterstadt": "musterstadt"}))
    draft = convert(record(author="Melderegister Musterstadt"), 1, mapped)
    assert draft.unit is not None
    assert draft.unit.name == "musterstadt"


def test_topic_called_like_a_unit_is_no_unit(record: Make, conversion: With) -> None:
    groups = [{"name": "gruen", "title": "Gartenamt"}]
    draft = convert(record(author="", author_email="", groups=groups), 1, conversion())
    assert draft.unit is None


def test_mailbox_called_like_a_unit_is_a_hint(record: Make, conversion: With) -> None:
    draft = convert(record(author="", author_email="gartenamt@x.example"), 1, conversion())
    assert draft.unit is None
    assert "unit-mailbox" in kinds(draft)
    mapped = conversion(MappingFile(units={"gartenamt@x.example": "gruen"}))
    assert convert(record(author="", author_email="gartenamt@x.example"), 1, mapped).unit


def test_dkan_groups_are_publishers(record: Make, conversion: With) -> None:
    groups = [{"name": "group/werke-aör", "title": "Werke AöR"}]
    draft = convert(record(organization=None, groups=groups), 1, conversion())
    assert draft.organization == ("werke-aoer", "Werke AöR")
    assert {"name": "Werke AöR"} not in draft.data["tags"]


@pytest.mark.parametrize(
    ("licence", "stored", "kind"),
    [
        ({"license_id": "cc-by"}, "cc-by", None),
        ({"license_id": "home-made"}, "home-made", "licence-unknown"),
        ({"license_title": "Eigene"}, "Eigene", "licence-unknown"),
        ({}, "", "licence-missing"),
        ({"license_id": "notspecified"}, "", "licence-missing"),
    ],
)
def test_licence(
    record: Make, conversion: With, licence: dict[str, str], stored: str, kind: str | None
) -> None:
    unlicensed: dict[str, Any] = {"license_id": None, "license_title": None, "license_url": None}
    draft = convert(record(**{**unlicensed, **licence}), 1, conversion())
    assert draft.data["license_id"] == stored
    assert draft.licensed is (kind is None)
    assert [k for k in kinds(draft) if k.startswith("licence")] == ([kind] if kind else [])


def test_licence_by_mapping_file(record: Make, conversion: With) -> None:
    mapped = conversion(MappingFile(licences={"home made": "cc-by"}))
    draft = convert(record(license_id="home-made", license_url=""), 1, mapped)
    assert draft.data["license_id"] == "cc-by"


def test_extras_in_both_forms(record: Make, conversion: With) -> None:
    extras = {
        "temporal_coverage-from": "2007-01-01",
        "temporal_coverage-to": "2008-12-31",
        "geographical_coverage": "Musterstadt",
        "date_released": "2010-10-01",
        "username": "Erika Muster",
        "openness": "closed",
        "nested": {"a": 1},
        "empty": "",
        "Turnus": "jährlich",
    }
    as_list = [{"key": key, "value": value} for key, value in extras.items()]
    for form in (extras, as_list):
        draft = convert(record(extras=form, unknown_key="Wert"), 1, conversion())
        assert draft.data["temporal_coverage"] == [{"start": "2007-01-01", "end": "2008-12-31"}]
        assert draft.data["spatial_coverage"] == [{"text": "Musterstadt"}]
        assert draft.data["issued"] == "2010-10-01"
        assert draft.data["openness"] == "open"
        assert draft.data["extras"] == [
            {"key": "Turnus", "value": "jährlich"},
            {"key": "unknown_key", "value": "Wert"},
        ]
        assert {"person-dropped", "field-dropped"} <= set(kinds(draft))


def test_resources_that_are_none(record: Make, conversion: With) -> None:
    entries = [
        {"url": ""},
        {"url": "javascript:alert(1)"},
        None,
        {"url": "https://a.example/gone", "state": "deleted"},
        {"url": "https://a.example/wms", "format": ""},
    ]
    draft = convert(record(resources=entries), 1, conversion())
    assert [r["url"] for r in draft.data["resources"]] == ["https://a.example/wms"]
    assert len(draft.resource_ids) == 1
    dropped = [f for f in draft.findings if f.kind == "resource-dropped"]
    assert len(dropped) == 3
    assert "resource-no-format" in kinds(draft)


def test_resource_name_is_never_a_path(record: Make, conversion: With) -> None:
    entry = {"url": "https://a.example/x/Liste%202.csv", "name": "dataset/1/resource/1"}
    draft = convert(record(resources=[entry]), 1, conversion())
    assert draft.data["resources"][0]["name"] == "Liste 2.csv"


@pytest.mark.parametrize("key", sorted(["groups", "tags", "extras", "resources", "organization"]))
@pytest.mark.parametrize("value", [None, "text", 7, {}, {"a": 1}, [None, 7, [], {}]])
def test_any_shape_is_survived(record: Make, conversion: With, key: str, value: Any) -> None:
    assert convert(record(**{key: value}), 1, conversion()).title == "Bäume"


def test_fingerprint_follows_content_only(record: Make, conversion: With) -> None:
    one = convert(record(), 1, conversion()).fingerprint()
    assert convert(record(revision_id="x", num_tags=9), 5, conversion()).fingerprint() == one
    assert convert(record(notes="anders"), 1, conversion()).fingerprint() != one
