"""Records of other portals: the level that is read, and that no update opens anything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jena_governance import policy, vocabularies
from ckanext.jena_governance.policy import loosening
from ckanext.jena_governance.policy.access_rights import is_known, level_of
from ckanext.jena_governance.policy.effective import standing_level
from ckanext.jena_governance.policy.levels import is_more_open, rank
from ckanext.jena_governance.tests.policy.samples import TODAY

WORDS = vocabularies.load()
EU = "http://publications.europa.eu/resource/authority/access-right/"
PERSONS = "dsgvo-personenbezug"


def read(**record: Any) -> policy.Reading:
    return policy.read_record({"title": "T", "license_id": "cc-zero", **record}, WORDS, TODAY)


def codes(reading: policy.Reading) -> list[str]:
    return [one.code.removeprefix("harvest_") for one in reading.findings]


@pytest.mark.parametrize(
    ("said", "level", "known"),
    [
        (EU + "PUBLIC", "open", True),
        (EU.replace("http:", "https:") + "PUBLIC/", "open", True),
        ("PUBLIC", "open", True),
        (" public ", "open", True),
        ("Öffentlich", "open", True),
        (EU + "RESTRICTED", "request", True),
        ("restricted", "request", True),
        ("auf Anfrage", "request", True),
        (EU + "NON_PUBLIC", "closed", True),
        ("non-public", "closed", True),
        ("Non Public", "closed", True),
        ("nicht  öffentlich", "closed", True),
        (EU + "CONFIDENTIAL", "closed", False),
        (EU + "SENSITIVE", "closed", False),
        ("http://evil.example/access-right/PUBLIC", "closed", False),
        (["PUBLIC", "RESTRICTED"], "request", True),
        (["PUBLIC", "?"], "closed", False),
        ('["PUBLIC", "NON_PUBLIC"]', "closed", True),
        ({"PUBLIC": 1}, "closed", False),
        (7, "closed", False),
        ("", None, True),
        (None, None, True),
        ([], None, True),
    ],
)
def test_access_rights(said: object, level: str | None, known: bool) -> None:
    assert level_of(said, WORDS) == level
    assert is_known(said, WORDS) is (known or said == {})
    reading = read(access_rights=said)
    assert reading.dataset["openness"] == (level or "open")
    assert ("access_unknown" in codes(reading)) is not known
    assert "access_rights" not in reading.dataset


@pytest.mark.parametrize(
    ("record", "level", "licence", "found"),
    [
        ({}, "open", "cc-zero", []),
        ({"license_id": ""}, "open", "", ["licence_missing"]),
        ({"license_id": "notspecified"}, "open", "", ["licence_missing"]),
        ({"license_id": "frei nach Absprache"}, "open", "frei nach Absprache", ["licence_unknown"]),
        ({"license_id": "", "license_title": "Sonder"}, "open", "Sonder", ["licence_unknown"]),
        ({"license_id": "other-closed"}, "open", "other-closed", []),
        (
            {"license_id": "other-closed", "access_rights": "PUBLIC"},
            *("open", "other-closed", ["public_licence"]),
        ),
        ({"license_id": "other-closed", "access_rights": "NON_PUBLIC"}, "closed", "other-closed", []),
        ({"access_rights": "NON_PUBLIC"}, "closed", "cc-zero", ["open_licence"]),
        ({"access_rights": "RESTRICTED"}, "request", "cc-zero", ["open_licence"]),
        ({"openness": "group", "access_rights": "RESTRICTED"}, "group", "cc-zero", ["open_licence"]),
        ({"openness": "closed", "access_rights": "PUBLIC"}, "closed", "cc-zero", ["open_licence"]),
        (
            {"openness": "open", "access_rights": "NON_PUBLIC"},
            *("closed", "cc-zero", ["access_level", "open_licence"]),
        ),
        (
            {"openness": "group", "access_rights": "NON_PUBLIC"},
            *("closed", "cc-zero", ["access_level", "open_licence"]),
        ),
        ({"openness": "sehr offen"}, "closed", "cc-zero", ["closed"]),
        ({"openness": ["open"]}, "closed", "cc-zero", ["closed"]),
        ({"legal_basis": [PERSONS]}, "closed", "cc-zero", ["basis_level"]),
        ({"openness": "request", "legal_basis": [PERSONS, "?"]}, "closed", "cc-zero", ["closed"]),
        ({"openness": "open", "personal_data": "viele"}, "closed", "cc-zero", ["closed"]),
        ({"review_date": "bald"}, "open", "cc-zero", ["dropped"]),
        ({"restriction_reason": "x" * 5001}, "open", "cc-zero", ["cut"]),
        ({"permission": "alles"}, "open", "cc-zero", ["dropped"]),
        ({"extras": [{"key": "openness", "value": "closed"}]}, "closed", "cc-zero", []),
        ({"extras": [{"key": "access_rights", "value": "NON_PUBLIC"}]}, "closed", "cc-zero", ["open_licence"]),
    ],
)  # fmt: skip
def test_readings(record: dict[str, Any], level: str, licence: str, found: list[str]) -> None:
    reading = read(**record)
    assert reading.dataset["openness"] == level
    assert reading.dataset["license_id"] == licence
    assert codes(reading) == found
    for one in reading.findings:
        assert (one.rule, one.severity) == ("harvest", "warning")
        for language in ("de", "en"):
            assert "{" not in policy.render(one, language, WORDS)


def test_details() -> None:
    kept = read(openness="request", legal_basis=[PERSONS, "?", 5]).dataset
    assert kept["legal_basis"] == [PERSONS]
    cut = read(restriction_reason="x" * 9000).dataset["restriction_reason"]
    assert (len(cut), cut[-1]) == (5000, "…")
    # Its own field beats the same one in the extras; others stay there.
    extras = [{"key": "openness", "value": "closed"}, {"key": "a", "value": "b"}]
    both = read(openness="group", extras=extras).dataset
    assert (both["openness"], both["extras"]) == ("group", [{"key": "a", "value": "b"}])
    assert len(read(license_id="y" * 900).dataset["license_id"]) == 300
    part = read(resources=[{"license": "y" * 900}]).dataset["resources"][0]
    assert len(part["license"]) == 300
    nul = read(notes="a\0b\ud800", resources=[{"name": "c\0"}, "text"]).dataset
    assert (nul["notes"], nul["resources"][0]["name"], len(nul["resources"])) == ("ab", "c", 1)
    said = read(opening_reason="x", if_openness="open", openness_effective="open").dataset
    assert not {"opening_reason", "if_openness", "openness_effective"} & said.keys()
    record = {"title": "T", "resources": [{"openness": "x"}]}
    policy.read_record(record, WORDS, TODAY)
    assert record == {"title": "T", "resources": [{"openness": "x"}]}


@pytest.mark.parametrize(
    ("record", "private", "found"),
    [
        ({}, False, []),
        ({"private": True}, True, []),
        ({"private": "true"}, True, []),
        *(({"private": one}, False, []) for one in ("false", "no", "0", " Published ", "")),
        ({"private": "Veröffentlicht"}, False, []),
        ({"private": "Unpubliziert"}, True, ["dropped"]),
        ({"metadata_visibility": "group"}, True, []),
        ({"metadata_visibility": "niemand"}, True, ["closed"]),
    ],
)
def test_hidden(record: dict[str, Any], private: bool, found: list[str]) -> None:
    reading = read(**record)
    assert reading.dataset["private"] is private
    assert reading.dataset.get("metadata_visibility") == ("group" if private else None)
    assert codes(reading) == found


def test_resources() -> None:
    resources = [
        {"license": "http://dcat-ap.de/def/licenses/dl-by-de/2.0/"},
        {"license": "geheim", "access_rights": "NON_PUBLIC"},
        {"openness": "?", "license": ""},
        {"legal_basis": [PERSONS]},
    ]
    reading = read(resources=resources, license_id="")
    levels = [one.get("openness") for one in reading.dataset["resources"]]
    assert levels == [None, "closed", "closed", "closed"]
    assert [one.get("license") for one in reading.dataset["resources"]] == [
        *("dl-by-de-2.0", "geheim", None, None)
    ]
    assert sorted(codes(reading)) == ["basis_level", "closed", "licence_missing", "licence_unknown"]
    assert {one.resource for one in reading.findings} == {None, 1, 2, 3}
    # More open than the dataset by a word of the EU only: the stricter one holds.
    part = read(access_rights="NON_PUBLIC", resources=[{"access_rights": "PUBLIC"}]).dataset
    assert "openness" not in part["resources"][0]
    part = read(openness="closed", resources=[{"openness": "open"}]).dataset
    assert part["resources"][0]["openness"] == "open"
    # All files have one licence: so has the dataset.
    for licences, expected in ((["cc-by", "cc-by"], "cc-by"), (["cc-by", "cc-zero"], "")):
        found = read(resources=[{"license": one} for one in licences], license_id="")
        assert (found.dataset["license_id"], codes(found)) == (expected, [])


def told(reading: policy.Reading) -> list[tuple[Any, ...]]:
    """What stands in each finding: code, field, place, values."""
    return [
        (one.code.removeprefix("harvest_"), one.field, one.resource, dict(one.params))
        for one in reading.findings
    ]


def test_findings_name_field_value_and_place() -> None:
    eu = EU + "SENSITIVE"
    assert told(read(access_rights=[eu, "b", "c", "d"], license_id="other-closed")) == [
        (
            *("access_unknown", "access_rights", None),
            {"value": f"{eu}, b, c", "level": "closed"},
        )
    ]
    assert told(read(access_rights="NON_PUBLIC", openness="open")) == [
        ("access_level", "access_rights", None, {"value": "NON_PUBLIC", "level": "closed"}),
        ("open_licence", "license_id", None, {"licence": "cc-zero", "level": "closed"}),
    ]
    assert told(read(access_rights="PUBLIC", license_id="other-closed")) == [
        ("public_licence", "license_id", None, {"licence": "other-closed", "value": "PUBLIC"})
    ]
    assert told(read(access_rights="PUBLIC", license_id="cc-by-nc")) == []
    assert told(read(license_id="x")) == [("licence_unknown", "license_id", None, {"value": "x"})]
    assert told(read(license_id=" ")) == [("licence_missing", "license_id", None, {})]
    assert told(read(private="geheim")) == [("dropped", "private", None, {"value": "geheim"})]
    assert told(read(legal_basis=PERSONS)) == [
        ("basis_level", "openness", None, {"level": "closed"})
    ]
    assert told(read(review_date="bald", restriction_reason="x" * 6000)) == [
        ("cut", "restriction_reason", None, {"limit": 5000}),
        ("dropped", "review_date", None, {"value": "bald"}),
    ]
    assert told(read(permission="alles", legal_basis={})) == [
        ("dropped", "permission", None, {"value": "alles"})
    ]
    assert told(read(data_steward=["a"])) == [("dropped", "data_steward", None, {"value": "[…]"})]
    assert told(read(personal_data="x", metadata_visibility="y")) == [
        ("closed", "personal_data", None, {"value": "x", "level": "closed"}),
        ("closed", "metadata_visibility", None, {"value": "y", "level": "closed"}),
    ]
    parts = [
        {"name": "A", "license": "l"},
        {"id": "b", "openness": "o", "restriction_reason": "x" * 6000},
        {"legal_basis": PERSONS},
        {"openness": "open", "access_rights": "?"},
        {"restriction_reason": 5},
    ]
    assert told(read(resources=parts)) == [
        ("closed", "openness", 1, {"value": "o", "level": "closed", "resource": "#2"}),
        ("cut", "restriction_reason", 1, {"limit": 5000, "resource": "#2"}),
        ("dropped", "restriction_reason", 4, {"value": "123", "resource": "#5"}),
        ("basis_level", "openness", 2, {"level": "closed", "resource": "#3"}),
        ("access_unknown", "access_rights", 3, {"value": "?", "level": "closed", "resource": "#4"}),
        ("access_level", "access_rights", 3, {"value": "?", "level": "closed", "resource": "#4"}),
        ("licence_unknown", "license", 0, {"value": "l", "resource": "A"}),
    ]


def test_odd_shapes() -> None:
    odd = [{"key": 5, "value": 1}, "x", {"key": " openness ", "value": "group"}]
    data = read(extras=odd).dataset
    assert (data["openness"], data["extras"]) == ("group", odd[:2])
    assert "extras" not in read(extras="x").dataset
    assert read(legal_basis=[f" {PERSONS} ", "?"]).dataset["legal_basis"] == [PERSONS]
    part = read(resources=[{"opening_reason": "x", "name": "a"}]).dataset["resources"]
    assert part == [{"name": "a"}]
    below = read(openness="request", resources=[{"legal_basis": [PERSONS]}])
    assert "openness" not in below.dataset["resources"][0]
    assert told(below) == []
    personal = read(data_steward_email="erika.mustermann@example.org")
    assert personal.dataset["data_steward_email"] == "erika.mustermann@example.org"
    assert level_of(EU.upper() + "PUBLIC", WORDS) == "open"
    assert level_of("NON__PUBLIC", WORDS) == "closed"
    assert level_of("PUBLIC / ", WORDS) == "open"


def test_licences_by_title_address_and_of_files() -> None:
    by_url = read(license_id="", license_url="http://dcat-ap.de/def/licenses/dl-by-de/2.0")
    assert by_url.dataset["license_id"] == "dl-by-de-2.0"
    assert not {"license_url", "license_title"} & by_url.dataset.keys()
    by_title = read(license_id="?", license_title="CC0", license_url="")
    assert "license_title" not in by_title.dataset
    # What the dataset says itself is not overruled by its files, known or not.
    files = [{"license": "cc-by"}]
    assert read(license_id="cc-zero", resources=files).dataset["license_id"] == "cc-zero"
    assert read(license_id="x", resources=files).dataset["license_id"] == "x"
    titled = read(license_id="", license_title="Sonder", resources=files)
    assert titled.dataset["license_id"] == "Sonder"
    assert "license" not in read(resources=[{"license": None}]).dataset["resources"][0]
    open_access = read(access_rights="PUBLIC", license_id="cc-zero")
    assert told(open_access) == []
    # One warning before an error does not hide the error.
    both = read(licence_when_open="unknown", review_date="bald", opens_on="bald")
    assert [one.field for one in both.findings] == ["review_date", "opens_on"]
    many = read(legal_basis=[*list(WORDS.bases)[:25], "?"]).dataset["legal_basis"]
    assert len(many) == 20


def test_what_is_held_is_told_and_tightens_all_the_same() -> None:
    moved = {"owner_org": "org-2", "owning_entity": "org-2", "license_id": "other-closed"}
    parts = [
        {"id": "r1", "openness": "closed"},
        {"id": "r2", "openness": "closed"},
        {"id": "r3", "openness": "group"},
    ]
    held = settle(STORED, openness="request", resources=parts, **moved)
    assert told(held) == [("held", "openness", None, {"value": "owner: org-2"})]
    assert held.dataset["openness"] == "request"
    assert [one.get("openness") for one in held.dataset["resources"]] == [
        *("closed", "closed", "request")
    ]
    kept = settle(STORED, openness="open", license_id="other-closed", review_date="x")
    assert told(kept) == [
        ("dropped", "review_date", None, {"value": "x"}),
        ("kept", "openness", None, {"level": "open", "stated": "request"}),
    ]
    assert {(one.rule, one.severity) for one in kept.findings} == {("harvest", "warning")}
    free = settle({**STORED, "openness": "open", "legal_basis": []}, license_id="cc-zero")
    assert told(free) == [
        ("kept_licence", "license_id", None, {"licence": "cc-zero", "value": "other-closed"})
    ]
    free_before = {**STORED, "openness": "open", "legal_basis": [], "license_id": "cc-by"}
    assert settle(free_before, license_id="cc-zero").dataset["license_id"] == "cc-zero"
    nothing = {**STORED, "openness": "open", "legal_basis": [], "license_id": None}
    assert settle(nothing, license_id="cc-zero").dataset["license_id"] == "cc-zero"


STORED: dict[str, Any] = {
    "id": "d",
    "title": "T",
    "owner_org": "org-1",
    "owning_entity": "org-1",
    "openness": "request",
    "legal_basis": [PERSONS],
    "license_id": "other-closed",
    "state": "active",
    "resources": [{"id": "r1", "url": "https://a.example"}, {"id": "r2", "openness": "closed"}],
}


def settle(stored: dict[str, Any], **record: Any) -> policy.Reading:
    said = {"owner_org": "org-1", "owning_entity": "org-1", "resources": stored["resources"]}
    return policy.settle_record(stored, read(**{**said, **record}), WORDS, TODAY)


def test_updates_only_tighten() -> None:
    same = settle(STORED, openness="request", license_id="other-closed")
    assert (same.dataset["openness"], codes(same)) == ("request", [])
    more = settle(STORED, openness="open")
    assert (more.dataset["openness"], more.dataset["legal_basis"]) == ("request", [PERSONS])
    assert codes(more) == ["kept"]
    (finding,) = more.findings
    assert finding.params["level"] == "open"
    assert finding.params["stated"] == "request"
    less = settle(STORED, access_rights="NON_PUBLIC", license_id="other-closed")
    assert (less.dataset["openness"], codes(less)) == ("closed", [])
    part = settle(
        {**STORED, "openness": "open", "legal_basis": []},
        resources=[{"id": "r1", "openness": "closed"}, {"id": "r2", "openness": "open"}],
    )
    assert [one["openness"] for one in part.dataset["resources"]] == ["closed", "closed"]
    assert codes(part) == ["kept", "kept_licence"]
    assert part.findings[0].resource == 1


def test_owner_and_licence_stay_where_they_protect() -> None:
    moved = settle(STORED, openness="closed", owner_org="org-2", owning_entity="org-2")
    assert moved.dataset["owner_org"] == moved.dataset["owning_entity"] == "org-1"
    assert moved.dataset["openness"] == "closed"
    assert codes(moved) == ["held"]
    viewable = {**STORED, "openness": "open", "legal_basis": [], "resources": []}
    free = settle(viewable, license_id="cc-zero")
    assert (free.dataset["license_id"], codes(free)) == ("other-closed", ["kept_licence"])
    unsaid = settle(viewable, license_id="")
    assert unsaid.dataset["license_id"] == "other-closed"
    other = settle(viewable, license_id="cc-by-nc")
    assert other.dataset["license_id"] == "cc-by-nc"
    opened = {**viewable, "license_id": "cc-by"}
    assert settle(opened, license_id="other-closed").dataset["license_id"] == "other-closed"
    gone = settle(opened, owner_org="org-2", owning_entity="org-2")
    assert gone.dataset["owner_org"] == "org-2"


LEVEL = st.sampled_from(["open", "group", "request", "closed", "", "?", None])
BASES = st.lists(
    st.sampled_from([PERSONS, "urhg-werke-dritter", "vorlaeufige-sperre", "unbekannt"]), max_size=2
)
RIGHT = st.sampled_from([None, "", "PUBLIC", "RESTRICTED", "NON_PUBLIC", "SECRET", ["PUBLIC", "x"]])
PART = st.fixed_dictionaries({"openness": LEVEL, "legal_basis": BASES, "access_rights": RIGHT})
RECORD = st.fixed_dictionaries(
    {
        "openness": LEVEL,
        "legal_basis": BASES,
        "access_rights": RIGHT,
        "license_id": st.sampled_from(["cc-zero", "other-closed", "", "?"]),
        "opens_on": st.sampled_from(["", "2020-01-01", "2030-01-01", "x"]),
        "permission": st.sampled_from(["", "x"]),
        "personal_data": st.sampled_from(["", "none", "personal", "anonymised", "?"]),
        "private": st.sampled_from([True, False, "?", None]),
        "owner_org": st.sampled_from(["org-1", "org-2"]),
        "owning_entity": st.sampled_from(["org-1", "org-2"]),
        "parts": st.lists(PART, min_size=2, max_size=2),
    }
)


def given_ids(record: dict[str, Any]) -> dict[str, Any]:
    said = dict(record)
    parts = said.pop("parts")
    said["resources"] = [{**part, "id": f"r{n}", "url": "u"} for n, part in enumerate(parts)]
    return said


@given(RECORD)
def test_a_reading_is_never_more_open_than_what_is_said(record: dict[str, Any]) -> None:
    said = given_ids(record)
    reading = policy.read_record(said, WORDS, TODAY)
    level = standing_level(reading.dataset, None, WORDS)
    meant = level_of(said["access_rights"], WORDS)
    own = said["openness"]
    assert not own or rank(level) >= rank(own)
    if meant is not None and not own:
        assert rank(level) >= rank(meant)
    if meant == "closed":
        assert level == "closed"
    # What was read, the rules do not refuse for its values; and it reads the same again.
    checked = policy.check(reading.dataset, policy.Facts(None, None), WORDS, TODAY)
    assert [one.code for one in checked if one.rule == "value" and one.severity == "error"] == []
    again = policy.read_record(reading.dataset, WORDS, TODAY)
    assert again.dataset == reading.dataset


@given(st.lists(RECORD, min_size=2, max_size=4))
def test_no_run_of_records_opens_anything(records: list[dict[str, Any]]) -> None:
    first, *later = (given_ids(one) for one in records)
    stored = policy.read_record(first, WORDS, TODAY).dataset
    stored["resources"] = list(stored["resources"])
    for record in later:
        reading = policy.read_record(record, WORDS, TODAY)
        settled = policy.settle_record(stored, reading, WORDS, TODAY).dataset
        assert loosening.loosenings(stored, settled, WORDS, TODAY) == []
        for part in (None, 0, 1):
            before, after = (
                standing_level(data, None if part is None else data["resources"][part], WORDS)
                for data in (stored, settled)
            )
            said = reading.dataset
            asked = standing_level(said, None if part is None else said["resources"][part], WORDS)
            assert not is_more_open(after, before)
            assert not is_more_open(after, asked) or part is not None
        stored = settled
