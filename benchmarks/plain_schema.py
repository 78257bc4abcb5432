"""Our dataset schema for a portal without us: the same fields, stored and shown as plain text.

With it both portals hold and show the same content, so that what is measured is the work of the
extension and not the length of a page. Run with the Python of the portal:

    python -m benchmarks.plain_schema WHERE
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

SCHEMA = Path(__file__).parents[1] / "ckanext" / "jena_governance" / "schemas" / "dataset.yaml"
PRESETS = "ckanext.dcat.schemas:presets.yaml ckanext.scheming:presets.json"


def plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that needs nothing of ours."""
    parts = ("dataset_fields", "resource_fields")
    return schema | {part: [_field(field) for field in schema[part]] for part in parts}


def _field(field: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if not _is_ours(key, value)}
    if subfields := kept.get("repeating_subfields"):
        kept["repeating_subfields"] = [_field(subfield) for subfield in subfields]
    if field.get("preset") == "governance_list":
        kept |= {"preset": "multiple_text", "validators": "ignore_missing scheming_multiple_text"}
    elif str(field.get("preset", "")).startswith("governance_"):
        kept["validators"] = "ignore_missing unicode_safe"
    return kept


def _is_ours(key: str, value: object) -> bool:
    if key == "field_name":
        return False
    return key in ("choices_helper", "default") or str(value).startswith("governance_")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(
        yaml.safe_dump(plain(yaml.safe_load(SCHEMA.read_text())), allow_unicode=True)
    )
