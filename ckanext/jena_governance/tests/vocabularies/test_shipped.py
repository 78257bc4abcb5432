"""What is shipped: complete, consistent, and the same as the register that was decided."""

from __future__ import annotations

import os
from dataclasses import asdict, fields
from pathlib import Path

import pytest
import yaml

from ckanext.jena_governance import policy, vocabularies
from ckanext.jena_governance.policy import LEVELS, licence_of
from ckanext.jena_governance.policy.wording import PLACEHOLDER

SHARED = os.environ.get("JENA_GOVERNANCE_SHARED")
needs_shared = pytest.mark.skipif(not SHARED, reason="JENA_GOVERNANCE_SHARED is not set")


@pytest.fixture(scope="module")
def words():
    return vocabularies.load()


@pytest.mark.parametrize(
    ("section", "number"),
    [
        *[("bases", 58), ("permissions", 8), ("cards", 10), ("licences", 34)],
        *[("hvd_categories", 6), ("entity_classes", 5), ("personal_data", 5), ("levels", 4)],
        *[("derivative_statuses", 3), ("metadata_visibilities", 2)],
    ],
)
def test_numbers(section, number, words):
    assert len(getattr(words, section)) == number


def test_ladder(words):
    assert tuple(words.levels) == LEVELS
    assert [level.access_right for level in words.levels.values()] == [
        *("PUBLIC", "RESTRICTED", "RESTRICTED", "NON_PUBLIC")
    ]


def test_everything_has_both_languages(words):
    for section in fields(words):
        if section.name in ("sharing", "access_rights"):
            continue
        for entry in getattr(words, section.name).values():
            assert entry.label("de")
            assert entry.label("en")


def test_access_rights_are_those_of_the_levels(words):
    rights = {level.access_right for level in words.levels.values()}
    assert set(words.access_rights) == rights
    for right in words.access_rights.values():
        assert words.levels[right.level].access_right == right.id
    writings = [one.casefold() for right in words.access_rights.values() for one in right.words]
    assert len(writings) == len(set(writings))


def test_texts_come_in_pairs(words):
    for section in ("levels", "states", "entity_classes", "personal_data", "fields", "cards"):
        for entry in getattr(words, section).values():
            assert bool(entry.text_de) == bool(entry.text_en), entry.id


def test_every_card_leads_somewhere(words):
    for card in words.cards.values():
        bases = [basis for basis in words.bases.values() if basis.card == card.id]
        assert bases or card.goto, card.id


def test_placeholders_are_the_same_in_both_languages(words):
    for message in (*words.messages.values(), *words.statements.values()):
        de, en = (set(PLACEHOLDER.findall(text)) for text in (message.de, message.en))
        assert de == en, message.id


def test_labels_of_our_fields(words):
    ours = policy.DATASET_FIELDS | policy.RESOURCE_FIELDS | policy.COMPUTED_FIELDS
    assert ours <= set(words.fields)


def test_words_that_must_not_be_used(words):
    for section in ("messages", "statements", "fields", "levels", "states"):
        for entry in getattr(words, section).values():
            text = str(asdict(entry)).lower()
            for word in ("unzulässig", "versagung", "ablehnung", "auf antrag"):
                assert word not in text, entry.id


def test_entries_cannot_be_changed(words):
    with pytest.raises(TypeError):
        words.bases["x"] = None
    with pytest.raises(AttributeError):
        words.bases["dsgvo-personenbezug"].citation = "x"


def test_open_licences(words):
    assert sum(licence.open for licence in words.licences.values()) == 24
    recommended = {one.id for one in words.licences.values() if one.recommended_by_govdata}
    assert recommended == {"cc-by-4.0", "dl-by-de-2.0", "dl-zero-de-2.0"}


def test_uris_of_the_licence_list(words):
    for licence in words.licences.values():
        assert licence.uri == f"http://dcat-ap.de/def/licenses/{licence.code}"


def test_every_writing_of_a_licence_leads_to_it(words):
    for licence in words.licences.values():
        for name in (licence.id, licence.code, licence.uri, licence.title_de, licence.title_en):
            assert licence_of(name, words) == licence, name


@needs_shared
def test_register_is_taken_over(words):
    register = yaml.safe_load((Path(SHARED) / "reference/register.yaml").read_text())
    assert list(words.bases) == [row["id"] for row in register["bases"]]
    for row in register["bases"]:
        ours = asdict(words.bases[row["id"]])
        for column in set(row) - {"why"}:
            value = tuple(row[column]) if isinstance(row[column], list) else row[column]
            assert ours[column] == value, (row["id"], column)
    for row in register["permissions"]:
        ours = asdict(words.permissions[row["id"]])
        for column, value in row.items():
            assert ours[column] == (tuple(value) if isinstance(value, list) else value)
    for card, categories in register["cards"].items():
        assert words.cards[card].categories == tuple(categories)


@needs_shared
def test_licences_are_taken_over(words):
    rows = yaml.safe_load((Path(SHARED) / "reference/licences.yaml").read_text())["licences"]
    for row in rows:
        ours = asdict(words.licences[row["id"]])
        for column, value in row.items():
            assert ours[column] == (tuple(value) if isinstance(value, list) else value)


@needs_shared
def test_wording_is_taken_over(words):
    labels = yaml.safe_load((Path(SHARED) / "reference/labels.yaml").read_text())
    for code, row in labels["rules"].items():
        message = words.messages["value_level" if code == "unknown" else code]
        for lang in ("de", "en"):
            # Ours may say more (what would permit it), never something else.
            assert message.label(lang).startswith(row.get(lang, "")), code
    for section in ("entity_classes", "personal_data"):
        for id_, row in labels[section].items():
            entry = getattr(words, section)[id_]
            assert (entry.label_de, entry.label_en) == (row["de"], row["en"])
    for id_, row in labels["levels"].items():
        entry = words.levels.get(id_) or words.states[id_]
        assert (entry.label_de, entry.label_en) == (row["de"], row["en"])
        assert (entry.text_de, entry.text_en) == (row["de_text"], row["en_text"])


# Wording of the panel and of the denial page, and our codes for it.
PANEL = {
    "yes_member": "access_member",
    "yes_editor": "access_editor",
    "yes_group": "access_group",
    "yes_agreement": "access_agreement",
    "denied": "access_denied",
}
DENIAL = {
    "title": "access_error",
    "login": "remedy_login_group",
    "derivative": "remedy_open_version",
    "agreement": "remedy_agreement",
    "date": "remedy_date",
    "review": "remedy_review",
    "none_possible": "remedy_none",
}


@needs_shared
def test_wording_of_access_is_taken_over(words):
    labels = yaml.safe_load((Path(SHARED) / "reference/labels.yaml").read_text())
    for section, codes in (("panel_zugang", PANEL), ("denial_page", DENIAL)):
        for name, code in codes.items():
            row = labels[section][name]
            statement = words.statements[code]
            assert (statement.de, statement.en) == (row["de"], row["en"]), code
