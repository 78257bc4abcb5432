"""The demo data, without a portal: they pass all rules and show what they promise."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import chain
from pathlib import Path

import pytest
import yaml

from ckanext.jena_governance import policy, vocabulary
from ckanext.jena_governance.demo import accounts, datasets

TODAY = date(2026, 11, 30)
WORDS = vocabulary.current()
ENTITIES = {entity.name: entity for entity in datasets.entities()}
DATASETS = {dataset.name: dataset for dataset in datasets.datasets(TODAY)}
SCHEMA = yaml.safe_load(
    (datasets._FOLDER.parent / "schemas" / "dataset.yaml").read_text(encoding="utf-8")
)


def facts_of(dataset):
    entity = ENTITIES[dataset.owner]
    known = policy.Entity(
        id=entity.name,
        title=entity.title,
        entity_class=entity.entity_class,
        in_group=entity.in_group,
        walled=entity.walled,
        publishes_for=frozenset(),
    )
    return policy.Facts(owner=known, publisher=known)


def restricted_parts(dataset):
    """Dataset and resources that name a basis."""
    return [
        part
        for part in (dataset.fields, *(r.fields for r in dataset.resources))
        if part.get("legal_basis")
    ]


def bases_of(dataset):
    return {basis for part in restricted_parts(dataset) for basis in part["legal_basis"]}


def shown(dataset):
    """The state a visitor sees."""
    computed = policy.computed(dataset.as_dict(), facts_of(dataset), WORDS, TODAY)
    return computed["openness_effective"], computed["openness_mix"]


@pytest.mark.parametrize("day", [TODAY, date(2024, 2, 29), date(2031, 8, 31)], ids=str)
def test_datasets_pass_all_rules_whenever_they_are_seeded(day):
    found = {
        dataset.name: [finding.code for finding in findings if finding.severity != policy.INFO]
        for dataset in datasets.datasets(day)
        if (findings := policy.check(dataset.as_dict(), facts_of(dataset), WORDS, day))
    }
    assert {name: codes for name, codes in found.items() if codes} == {}


def test_there_is_something_of_everything():
    levels = Counter(dataset.fields["openness"] for dataset in DATASETS.values())
    seen = Counter(state for dataset in DATASETS.values() for state in shown(dataset))
    classes = Counter(ENTITIES[dataset.owner].entity_class for dataset in DATASETS.values())

    assert len(DATASETS) >= 60
    assert min(levels[level] for level in policy.LEVELS) >= 8
    assert levels["open"] > len(DATASETS) / 2
    assert seen["viewable"] >= 3
    assert seen["announced"] >= 3
    assert seen["partly-open"] >= 2
    assert (
        min(
            classes[kind]
            for kind in (
                "core",
                "municipal-enterprise",
                "subsidiary",
                "special-purpose-association",
            )
        )
        >= 3
    )
    assert len(set(chain.from_iterable(map(bases_of, DATASETS.values())))) >= 40


@pytest.mark.parametrize(
    "field",
    [
        "opens_on",
        "publish_by",
        "licence_when_open",
        "stricter_reason",
        "permission",
        "hvd_category",
        "open_derivative",
        "ends_when",
    ],
)
def test_field_is_shown_somewhere(field):
    assert [name for name, one in DATASETS.items() if one.fields.get(field)]


def test_one_description_is_hidden_and_seen_by_the_editors_of_the_demo():
    hidden = [one for one in DATASETS.values() if one.fields.get("metadata_visibility") == "group"]
    assert [one.owner for one in hidden] == ["umweltschutz"]


@pytest.mark.parametrize("name", DATASETS)
def test_dataset_is_marked_as_demonstration(name):
    fields = DATASETS[name].fields
    assert name.startswith("demo-")
    assert {"name": "demonstration"} in fields["tags"]
    assert "Demonstration" in fields["notes"]


@pytest.mark.parametrize("name", DATASETS)
def test_protected_files_stay_out_of_the_portal(name):
    dataset = DATASETS[name]
    for basis in dataset.fields.get("legal_basis", []):
        if dataset.fields["openness"] != "open" and WORDS.bases[basis].files == "metadata_only":
            assert dataset.resources == []


@pytest.mark.parametrize("name", DATASETS)
def test_dataset_uses_fields_of_our_schema_only(name):
    dataset = DATASETS[name]
    known = {field["field_name"] for field in SCHEMA["dataset_fields"]} | {"tags"}
    known_of_resources = {field["field_name"] for field in SCHEMA["resource_fields"]}
    assert dataset.fields.keys() <= known
    for resource in dataset.resources:
        assert resource.fields.keys() <= known_of_resources | {"url_type"}


def test_files_are_small_and_the_same_every_time():
    contents, again = (
        [resource.content for dataset in run for resource in dataset.resources]
        for run in (DATASETS.values(), datasets.datasets(TODAY))
    )
    assert contents == again
    assert all(len(content) < 50_000 for content in contents if content is not None)


def test_nothing_leads_to_a_real_mailbox_or_an_unmarked_place():
    text = str([dataset.as_dict() for dataset in DATASETS.values()])
    assert {mail.rsplit(".", 1)[1] for mail in re.findall(r"[\w.+-]+@[\w.-]+", text)} == {"example"}
    links = [r.fields["url"] for one in DATASETS.values() for r in one.resources if not r.content]
    assert links
    assert all(re.match(r"https://[a-z.]*example\.org/", link) for link in links)


def test_open_version_is_written_before_what_points_to_it():
    order = list(DATASETS)
    pointing = {
        name: one.fields["open_derivative"]
        for name, one in DATASETS.items()
        if one.fields.get("open_derivative")
    }
    inside = {name: other for name, other in pointing.items() if not other.startswith("https:")}
    assert len(inside) > 10
    assert all(order.index(other) < order.index(name) for name, other in inside.items())
    assert {shown(DATASETS[other])[0] for other in inside.values()} == {"open"}


def test_entities_are_the_known_ones():
    assert len(ENTITIES) == 45
    assert {entity.entity_class for entity in ENTITIES.values()} <= set(WORDS.entity_classes)
    seen = set()
    for entity in ENTITIES.values():
        assert entity.parent is None or entity.parent in seen
        seen.add(entity.name)
    assert {name for name, entity in ENTITIES.items() if entity.walled} == {
        "statistikstelle",
        "stadtwerke-netze",
    }
    assert all(
        not entity.in_group for entity in ENTITIES.values() if entity.certainty == "uncertain"
    )


def test_entities_agree_with_the_research(shared):
    known = yaml.safe_load((shared / "reference" / "entities.yaml").read_text(encoding="utf-8"))
    for row in known["entities"]:
        entity = ENTITIES[row["id"]]
        assert (
            entity.entity_class,
            entity.parent,
            entity.homepage,
            entity.walled,
            entity.in_group,
            entity.certainty,
        ) == (
            row["entity_class"],
            row["parent"],
            row["homepage"],
            row["walled"],
            row["in_group"],
            row["certainty"],
        )


def test_accounts_belong_to_organizations_of_their_kind():
    kinds = {
        one.name: one.organization and ENTITIES[one.organization].entity_class
        for one in accounts.ACCOUNTS
    }
    assert kinds == {
        "admin": None,
        "kern-editor": "core",
        "kern-editor-2": "core",
        "kern-admin": "core",
        "betrieb-admin": "municipal-enterprise",
        "betrieb-editor": "municipal-enterprise",
        "tochter-editor": "subsidiary",
        "kern-member": "core",
        "gast": None,
    }


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
    ],
)
def test_months_later(day, months, later):
    assert datasets.months_later(day, months) == later


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("demo-luftmesswerte", {"openness": "closed"}, "R2_basis"),
        ("demo-altlasten", {"openness": "group"}, "R3a"),
        ("demo-fledermausquartiere", {"openness": "closed"}, "R3b"),
        (
            "demo-baumkataster",
            {"openness": "request", "legal_basis": ["gmbhg-geheimhaltung"]},
            "R4",
        ),
        ("demo-melderegister", {"resources": [{"name": "Liste", "url": "liste.csv"}]}, "R12"),
    ],
)
def test_things_to_try_are_answered_as_the_guide_says(name, change, code):
    """docs/demo.md, "Fünf Dinge zum Ausprobieren"."""
    dataset = DATASETS[name]
    tried = dataset.as_dict() | change
    codes = {f.code for f in policy.check(tried, facts_of(dataset), WORDS, TODAY)}
    assert code in codes


def test_guide_names_what_is_there():
    guide = Path(datasets.__file__).parents[3] / "docs" / "demo.md"
    text = guide.read_text(encoding="utf-8")
    named = set(re.findall(r"`(demo-[a-z0-9-]+)`", text)) - {"demo-"}
    assert named <= set(DATASETS)
    assert text.count(f"{len(DATASETS)} D") + text.count(f"{len(DATASETS)} d") == 2
    assert {one.name for one in accounts.ACCOUNTS} <= set(re.findall(r"`([a-z0-9-]+)`", text))
