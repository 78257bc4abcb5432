"""What the export states comes back as it was, in each format."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.policy import licence_of, values
from ckanext.jena_governance.tests.dcat.catalogue import (
    FORMATS,
    as_shown,
    demo_catalogue,
    id_of,
    parsed,
    serialised,
    uri_of,
)

pytestmark = pytest.mark.usefixtures("with_plugins")

TEXTS = ("restriction_reason", "stricter_reason", "ends_when", "data_steward")
AS_IS = (
    *TEXTS, "data_steward_email", "owning_entity", "review_date", "opens_on", "personal_data",
    "derivative_status", "derivative_note",
)  # fmt: skip


def normal(text):
    return (values.text(text) or "").replace("\r\n", "\n").replace("\r", "\n")


def in_order(bases):
    known = list(vocabulary.current().bases)
    return sorted(bases or [], key=known.index)


def licence_id(value):
    found = licence_of(values.text(value), vocabulary.current())
    return found.id if found else normal(value)


def expected(dataset, names):
    """What a reader shall know of a dataset."""
    words, today = vocabulary.current(), config.today()
    told = {field: normal(dataset.get(field)) for field in AS_IS}
    told["openness"] = policy.effective_level(dataset, None, words, today)
    told["legal_basis"] = in_order(dataset.get("legal_basis"))
    told["hvd_category"] = sorted(dataset.get("hvd_category") or [])
    told["license_id"] = licence_id(dataset.get("license_id"))
    told["licence_when_open"] = licence_id(dataset.get("licence_when_open"))
    version = dataset.get("open_derivative") or ""
    told["open_derivative"] = uri_of(version) if version in names else version
    if version and not version.startswith("http") and version not in names:
        told["open_derivative"] = told["derivative_status"] = told["derivative_note"] = ""
    told["resources"] = {
        one["id"]: {
            "level": policy.effective_level(dataset, one, words, today),
            "legal_basis": in_order(one.get("legal_basis")),
            "restriction_reason": normal(one.get("restriction_reason")),
            "license": licence_id(one.get("license")),
            "url": one["url"],
        }
        for one in dataset["resources"]
    }
    return told


def told_by(record):
    """The same of what has arrived."""
    words, today = vocabulary.current(), config.today()
    told = {field: record.get(field) or "" for field in AS_IS}
    told["openness"] = record["openness"]
    told["legal_basis"] = record.get("legal_basis") or []
    told["hvd_category"] = sorted(record.get("hvd_category") or [])
    for field in ("license_id", "licence_when_open", "open_derivative"):
        told[field] = record.get(field) or ""
    told["resources"] = {
        one["uri"].rpartition("/")[2]: {
            "level": policy.effective_level(record, one, words, today),
            "legal_basis": one.get("legal_basis") or [],
            "restriction_reason": one.get("restriction_reason") or "",
            "license": one.get("license") or "",
            "url": one["url"],
        }
        for one in record["resources"]
    }
    return told


@pytest.mark.parametrize("format_", FORMATS)
def test_every_demo_dataset(format_):
    # What is hidden from the public is in no page that names it.
    listed = [one for one in demo_catalogue(config.today()) if not policy.is_hidden(one)]
    names = {one["name"] for one in listed}
    found = parsed(serialised(listed, format_), format_)
    assert len(found) == len(listed) > 100
    for one in listed:
        assert told_by(found[uri_of(one["name"])]) == expected(one, names), one["name"]


DAYS = st.dates(date(2027, 1, 1), date(2035, 12, 31)).map(date.isoformat)
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
LINES = st.lists(WORDS, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([" ", "\n", "\r\n", "\t"]).map(lambda by: by.join(parts))
)
BASES = st.lists(
    st.sampled_from([one for one in vocabulary.current().bases if one != policy.LOCK]),
    unique=True, min_size=1, max_size=4,
)  # fmt: skip
RESTRICTION = st.fixed_dictionaries(
    {
        "openness": st.sampled_from(["group", "request", "closed"]),
        "legal_basis": BASES,
        "restriction_reason": LINES,
        "review_date": DAYS,
        "data_steward": LINES,
        "data_steward_email": st.sampled_from(["daten@stadt.example", "a+b%c@x-y.example"]),
        "license_id": st.just("other-closed"),
    },
    optional={
        "stricter_reason": LINES,
        "ends_when": LINES,
        "opens_on": DAYS,
        "personal_data": st.sampled_from(list(vocabulary.current().personal_data)),
        "licence_when_open": st.sampled_from(list(vocabulary.current().licences)),
        "open_derivative": st.just("https://example.org/offene fassung".replace(" ", "%20")),
        "derivative_status": st.just("exists"),
    },
)
OPEN = st.fixed_dictionaries(
    {"openness": st.just("open")},
    optional={
        "license_id": st.sampled_from(list(vocabulary.current().licences)),
        "hvd_category": st.lists(
            st.sampled_from([one.uri for one in vocabulary.current().hvd_categories.values()]),
            unique=True, min_size=1,
        ),
        "data_steward": LINES,
        "review_date": DAYS,
    },
)  # fmt: skip
PARTS = st.lists(
    st.one_of(
        st.just({}),
        st.fixed_dictionaries(
            {"openness": st.just("closed"), "legal_basis": BASES, "restriction_reason": LINES}
        ),
    ),
    max_size=3,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(fields=st.one_of(RESTRICTION, OPEN), parts=PARTS, format_=st.sampled_from(FORMATS))
def test_generated_datasets(fields, parts, format_):
    resources = [
        {"name": f"Datei {n}", "url": f"https://a.example/{n}.csv", **one}
        for n, one in enumerate(parts)
    ]
    dataset = as_shown(
        {"name": "generiert", "title": "Titel", "owner_org": "stadt-jena", "resources": resources, **fields},
        config.today(),
    )  # fmt: skip
    [record] = parsed(serialised([dataset], format_), format_).values()
    assert told_by(record) == expected(dataset, set())


def test_what_has_opened_by_its_date_is_open():
    yesterday = (config.today() - timedelta(days=1)).isoformat()
    basis = next(one.id for one in vocabulary.current().bases.values() if one.opens_on)
    dataset = as_shown(
        {
            "name": "vorbei",
            "title": "Vorbei",
            "owner_org": "stadt-jena",
            "openness": "request",
            "legal_basis": [basis],
            "restriction_reason": "Bis gestern.",
            "personal_data": "none",
            "opens_on": yesterday,
            "license_id": "other-closed",
            "licence_when_open": "cc-zero",
            "resources": [{"name": "Datei", "url": "https://a.example/x.csv"}],
        },
        config.today(),
    )
    text = serialised([dataset], "ttl")
    assert "Bis gestern." not in text
    record = parsed(text, "ttl")[f"http://test.ckan.net/dataset/{id_of('vorbei')}"]
    assert record["openness"] == "open"
    assert record["access_rights"].endswith("/PUBLIC")
    assert record["resources"][0]["license"] == "cc-zero"
    assert record["resources"][0]["url"] == "https://a.example/x.csv"
