"""Sharing rules: one version, complete, replaced as a whole; what is wrong is said loudly."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.jena_governance.policy import KEEPERS, Actor, Membership, asset_of, decide
from ckanext.jena_governance.policy.access import RULES
from ckanext.jena_governance.tests.policy.samples import entity
from ckanext.jena_governance.vocabularies import VocabularyError, load

RULE = """\
- id: nur-werke
  level: group
  from: [subsidiary]
  to: [subsidiary, municipal-enterprise]
  label_de: Städtische Gesellschaften nutzen ihre Daten gemeinsam.
  label_en: City-owned companies use their data jointly.
"""
FILE = f"""\
version: "2"
in_force: 2027-01-01
decision: 27/0815-BV
rules:
{RULE}"""


@pytest.fixture
def own(tmp_path):
    """A folder of the administrator with sharing rules."""

    def write(text):
        (tmp_path / "sharing_rules.yaml").write_text(text)
        return tmp_path

    return write


def test_shipped():
    rules = load().sharing
    assert (rules.version, rules.in_force, rules.decision) == ("1", date(2025, 1, 1), "HF1-M10")
    [rule] = rules.rules
    group = {"core", "municipal-enterprise", "subsidiary"}
    assert (rule.id, rule.level) == ("stadtverbund", "group")
    assert rule.from_classes == rule.to_classes == group
    assert rule.label_de
    assert rule.label_en


def test_own_file_replaces_ours_as_a_whole(own):
    rules = load(own(FILE)).sharing
    assert (rules.version, rules.in_force) == ("2", date(2027, 1, 1))
    assert [rule.id for rule in rules.rules] == ["nur-werke"]


def test_own_file_decides(own):
    words = load(own(FILE))
    works = entity("subsidiary", "werke")
    reader = Actor(id="u", memberships=(Membership(entity=works, role="member"),))
    dataset = {"id": "d", "openness": "group", "legal_basis": ["gmbhg-geheimhaltung"]}
    for owner, day, allowed in (
        (entity("subsidiary", "bus"), date(2027, 1, 1), True),
        (entity("subsidiary", "bus"), date(2026, 12, 31), False),
        (entity("core", "amt"), date(2027, 1, 1), False),
    ):
        asset = asset_of(dataset, {"id": "r"}, owner, words, day)
        decision = decide(reader, asset, day)
        assert (decision.allowed, decision.rule) == (allowed, "nur-werke" if allowed else "denied")


def test_no_rule_at_all_is_possible(own):
    assert load(own(FILE.replace(RULE, "").replace("rules:", "rules: []"))).sharing.rules == ()


def changed(old, new):
    assert FILE.count(old) == 1, old
    return FILE.replace(old, new)


BAD = {
    # The head
    "empty": ("", "is empty"),
    "a list": (RULE, "must consist of sections"),
    "no version": (changed('version: "2"\n', ""), "the head: lacks 'version'"),
    "no date": (changed("in_force: 2027-01-01\n", ""), "the head: lacks 'in_force'"),
    "no decision": (changed("decision: 27/0815-BV\n", ""), "the head: lacks 'decision'"),
    "no rules": (FILE.split("rules:", maxsplit=1)[0], "the head: lacks 'rules'"),
    "rules without entries": (changed(RULE, ""), "column 'rules' must be a list of at most 100"),
    "rules as text": (FILE.replace(f"rules:\n{RULE}", "rules: all"), "column 'rules' must be"),
    "too many": (FILE + RULE * 100, "must be a list of at most 100 rules"),
    "unknown key": (FILE + "valid_until: 2030-01-01\n", "the head: unknown column 'valid_until'"),
    "anything goes": ("anything: goes", "unknown column 'anything'; known: version, in_force"),
    "number as version": (changed('"2"', "2"), "column 'version' must be a text; numbers"),
    "blank decision": (changed("27/0815-BV", '" "'), "column 'decision' must be a text"),
    "date as text": (changed("2027-01-01", '"2027-01-01"'), "column 'in_force' must be a date"),
    "date with time": (changed("2027-01-01", "2027-01-01 08:00:00"), "must be a date"),
    "no such date": (changed("2027-01-01", "2027-02-30"), "cannot be read as YAML"),
    # A rule
    "rule as text": (changed(RULE, "- all with all\n"), "rules no. 1: must consist of columns"),
    "no id": (changed("- id: nur-werke\n  level", "- level"), "rules no. 1: lacks 'id'"),
    "lacks columns": (
        changed("  to: [subsidiary, municipal-enterprise]\n", ""),
        "rules no. 1 (nur-werke): lacks 'to'",
    ),
    "one language": (
        changed("  label_en: City-owned companies use their data jointly.\n", ""),
        "lacks 'label_en'",
    ),
    "unknown column": (FILE + "  when: always\n", "rules no. 1 (nur-werke): unknown column 'when'"),
    "same id twice": (FILE + RULE, "rules nur-werke: this id stands here twice"),
    "same column twice": (FILE + "  level: group\n", "'level' stands here twice"),
    "id of the decision": (changed("nur-werke", "owner"), "rules owner: this id is taken"),
    "list as id": (changed("id: nur-werke", "id: [a]"), "column 'id' must be a text"),
    "unknown class": (changed("from: [subsidiary]", "from: [verein]"), "names 'verein'; possible:"),
    "unknown reader": (changed("municipal-enterprise]", "verein]"), "column 'to' names 'verein'"),
    "no class": (changed("from: [subsidiary]", "from: []"), "column 'from' must be a list of"),
    "class as text": (changed("from: [subsidiary]", "from: core"), "column 'from' must be a list"),
    "class twice": (changed("from: [subsidiary]", "from: [core, core]"), "names a class twice"),
    "open": (changed("level: group", "level: open"), "column 'level' must be group: no other"),
    "request": (changed("level: group", "level: request"), "must be group: no other level is sh"),
    "closed": (changed("level: group", "level: closed"), "must be group: no other level is shared"),
    "unknown level": (changed("level: group", "level: [group]"), "column 'level' must be group"),
    "long label": (changed("City-owned", "x" * 2001), "column 'label_en' is longer than 2000"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_file_is_refused_by_name(case, own):
    text, problem = BAD[case]
    with pytest.raises(VocabularyError) as refused:
        load(own(text))
    assert "sharing_rules.yaml" in str(refused.value)
    assert problem in str(refused.value)


def test_class_of_an_own_entity_vocabulary(own):
    """Classes are checked against those of this portal, labels changed or not."""
    folder = own(FILE)
    (folder / "entity_classes.yaml").write_text(
        "entity_classes:\n- id: subsidiary\n  label_de: Tochter\n"
    )
    words = load(folder)
    assert words.entity_classes["subsidiary"].label_de == "Tochter"
    assert words.sharing.rules[0].from_classes == {"subsidiary"}


def test_no_rule_can_take_the_name_of_a_role_or_of_the_decision(own):
    assert not KEEPERS & set(RULES)
    for name in RULES:
        with pytest.raises(VocabularyError, match="this id is taken"):
            load(own(changed("nur-werke", name)))
