"""Writes the generated parts of the documentation; `--check` only says whether they are current.

configuration.md comes from config_declaration.yaml, the tables of schema.md from the schemas, the
settings in install.md from the checks at start. Run it with the Python of the development
environment, from anywhere:

    .local/venv/2.12/bin/python docs/generate.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

from ckanext.jena_governance.policy import COMPUTED_FIELDS, DATASET_FIELDS, RESOURCE_FIELDS
from ckanext.jena_governance.policy.contract import DATE_FIELDS, LIST_FIELDS
from ckanext.jena_governance.settings_check import CHECKS

DOCS = Path(__file__).resolve().parent
PACKAGE = DOCS.parent / "ckanext" / "jena_governance"

_BLOCK = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)

# Who has to fill in a field, and what for; the schemas cannot say that, the rules span fields.
NEEDED: dict[str, str] = {
    "openness": "every dataset; nothing said stores `open` when new, keeps what is stored later",
    "legal_basis": "not open (R2): what forbids it",
    "restriction_reason": "not open (R2): why, in public",
    "stricter_reason": "more closed than the basis demands (R3b); public, counted",
    "permission": "more open than the basis allows (R3a, R5, R13): `id`, `reference`, `until`",
    "personal_data": "data on persons, and data cleaned of them (R5, R13)",
    "data_steward": "not open (R2): a function, no person",
    "data_steward_email": "not open (R2): the function's mailbox",
    "review_date": "not open (R2): within the interval of the basis",
    "opens_on": "bases that end: this or `ends_when` (R2); the data open on that day",
    "ends_when": "bases that end: this or `opens_on` (R2)",
    "publish_by": "optional, for data that are announced",
    "licence_when_open": "nobody: an open licence on data that are not open is kept here (R6)",
    "derivative_status": "not open although an aggregated version could be (R7)",
    "open_derivative": "with `derivative_status` `exists`: dataset name or URL (R7)",
    "derivative_note": "with `derivative_status` `planned` or `none`: by when, or why (R7)",
    "owning_entity": "only where somebody else publishes; id or name of the organization",
    "metadata_visibility": "`group` only where every basis allows hiding (R9)",
    "hvd_category": "high-value datasets (R8)",
}
NEEDED_BY_RESOURCE: dict[str, str] = {
    "openness": "only if different from the dataset's",
    "legal_basis": "less open than its dataset (R10)",
    "restriction_reason": "less open than its dataset (R10): why, in public",
    "license": "only if different from the dataset's",
}
COMPUTED: dict[str, str] = {
    "openness_effective": "the level today, with `opens_on`, locks and unknown values considered; "
    "of open ones also `viewable` (no open licence) and `announced` (no files yet)",
    "openness_mix": "of all files: `open`, `partly-open`, `restricted`; without any, `announced`",
    "entity_class": "class of the owning entity",
    "owning_entity_name": "its title",
}


def configuration() -> str:
    """The text of configuration.md."""
    groups = _read("config_declaration.yaml")["groups"]
    parts = [
        "# Configuration",
        "<!-- Generated from config_declaration.yaml by docs/generate.py; do not edit. -->",
        "All settings go into CKAN's ini file, and all have a default: a fresh installation needs\n"
        "none. `ckan config declaration jena_governance --include-docs` prints them for the\n"
        "installed version, `ckan config validate` checks yours.",
    ]
    for group in groups:
        parts.append(f"## {group['annotation']}")
        parts += [_option(option) for option in group["options"]]
    return "\n\n".join(parts) + "\n"


def _option(option: dict[str, Any]) -> str:
    default = str(option.get("default", ""))
    facts = [f"Default: `{default}`" if default else "Default: empty"]
    if "example" in option:
        facts.append(f"Example: `{option['example']}`")
    if choices := re.search(r"one_of\(\[(.*?)\]\)", option.get("validators", "")):
        facts.append("Possible: " + ", ".join(f"`{value}`" for value in choices[1].split(",")))
    lines = "\n".join(f"- {fact}".replace('`"', "`").replace('"`', "`") for fact in facts)
    return f"### `{option['key']}`\n\n{' '.join(option['description'].split())}\n\n{lines}"


def fields(section: str, wanted: frozenset[str]) -> str:
    """Table of the contract's fields of the dataset schema, in the order of the form."""
    rows = ["| Field | Deutsch | English | Value | Who needs it |", "|---|---|---|---|---|"]
    needed = NEEDED if section == "dataset_fields" else NEEDED_BY_RESOURCE
    for field in _read("schemas/dataset.yaml")[section]:
        name = field["field_name"]
        if name in wanted:
            german, english = (_label(field, language) for language in ("de", "en"))
            rows.append(f"| `{name}` | {german} | {english} | {_type(name)} | {needed[name]} |")
    return "\n".join(rows) + "\n"


def other_fields(section: str, contract: frozenset[str]) -> str:
    """The descriptive fields, in one line."""
    names = [field["field_name"] for field in _read("schemas/dataset.yaml")[section]]
    return ", ".join(f"`{name}`" for name in names if name not in contract) + ".\n"


def computed() -> str:
    """Table of the computed fields."""
    rows = [f"| `{name}` | {COMPUTED[name]} |" for name in COMPUTED if name in COMPUTED_FIELDS]
    return "\n".join(["| Field | What it says |", "|---|---|", *rows]) + "\n"


def levels() -> str:
    """Table of the levels."""
    rows = ["| Value | Deutsch | Who gets the data | EU access right |", "|---|---|---|---|"]
    rows += [
        f"| `{level['id']}` | {level['label_de']} | {level['text_en']} | {level['access_right']} |"
        for level in _read("vocabularies/levels.yaml")["levels"]
    ]
    return "\n".join(rows) + "\n"


def settings() -> str:
    """Table of the settings that are looked at when CKAN starts."""
    rows = ["| Check | Looked at | Wrong | Risk | Fix |", "|---|---|---|---|---|"]
    rows += [
        f"| {check.id} | `{check.subject}` | {check.wrong} | {check.risk} | {check.fix} |"
        for check in CHECKS
    ]
    return "\n".join(rows) + "\n"


def sharing() -> str:
    """The sharing rules in force."""
    content = _read("vocabularies/sharing_rules.yaml")
    version, day, decision = (content[name] for name in ("version", "in_force", "decision"))
    head = f"Version {version}, in force since {day}, decision {decision}."
    rows = ["| Rule | Level | Data of | For | |", "|---|---|---|---|---|"]
    for rule in content["rules"]:
        given, taken = (", ".join(rule[side]) for side in ("from", "to"))
        rows.append(
            f"| `{rule['id']}` | `{rule['level']}` | {given} | {taken} | {rule['label_en']} |"
        )
    return "\n".join([head, "", *rows]) + "\n"


def statements(prefix: str) -> str:
    """Table of what people are told about access."""
    rows = ["| Code | Deutsch | English |", "|---|---|---|"]
    rows += [
        f"| `{entry['id']}` | {entry['de']} | {entry['en']} |"
        for entry in _read("vocabularies/access_texts.yaml")["statements"]
        if entry["id"].startswith(prefix)
    ]
    return "\n".join(rows) + "\n"


def renewed(text: str) -> str:
    """The text of a document with its generated blocks renewed."""
    blocks = {
        "settings": settings(),
        "sharing-rules": sharing(),
        "access-reasons": statements("access_"),
        "access-remedies": statements("remedy_"),
        "levels": levels(),
        "dataset-fields": fields("dataset_fields", DATASET_FIELDS),
        "resource-fields": fields("resource_fields", RESOURCE_FIELDS),
        "computed-fields": computed(),
        "descriptive-dataset-fields": other_fields("dataset_fields", DATASET_FIELDS),
        "descriptive-resource-fields": other_fields("resource_fields", RESOURCE_FIELDS),
    }
    return _BLOCK.sub(lambda found: found["begin"] + blocks[found["name"]] + found["end"], text)


def _type(name: str) -> str:
    if name in DATE_FIELDS:
        return "date `YYYY-MM-DD`"
    if name in LIST_FIELDS:
        return "list"
    if name in ("license", "licence_when_open"):
        return "id of a licence"
    return ", ".join(f"`{entry['id']}`" for entry in _choices(name)) or "text"


def _choices(name: str) -> list[dict[str, Any]]:
    files = {
        "openness": ("levels.yaml", "levels"),
        "personal_data": ("personal_data.yaml", "personal_data"),
        "derivative_status": ("fields.yaml", "derivative_statuses"),
        "metadata_visibility": ("fields.yaml", "metadata_visibilities"),
    }
    if name not in files:
        return []
    file, section = files[name]
    return _read(f"vocabularies/{file}")[section]


def _label(field: dict[str, Any], language: str) -> str:
    """The schema's own, or that of the vocabulary."""
    if "label" not in field:
        entries = {entry["id"]: entry for entry in _read("vocabularies/fields.yaml")["fields"]}
        return entries[field["field_name"]][f"label_{language}"]
    label = field["label"]
    return label if isinstance(label, str) else label[language]


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((PACKAGE / name).read_text(encoding="utf-8"))


def generated() -> dict[Path, str]:
    """What each generated document should hold."""
    partly = (DOCS / "schema.md", DOCS / "install.md", DOCS / "rules.md")
    return {
        DOCS / "configuration.md": configuration(),
        **{document: renewed(document.read_text(encoding="utf-8")) for document in partly},
    }


def main() -> int:
    """Write the documents, or say which are out of date."""
    stale = [
        path
        for path, text in generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if "--check" in sys.argv:
            print(f"{path.name} is out of date: run docs/generate.py")
        else:
            path.write_text(generated()[path], encoding="utf-8")
            print(f"wrote {path.name}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
