"""Reading the sharing rules: one version, replaced as a whole, never merged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ckanext.jena_governance.policy.access import RULES
from ckanext.jena_governance.policy.levels import GROUP
from ckanext.jena_governance.policy.vocabulary import SharingRule, SharingRules
from ckanext.jena_governance.vocabularies.errors import VocabularyError
from ckanext.jena_governance.vocabularies.yaml_file import read

FILE = "sharing_rules.yaml"
MAX_LENGTH = 2_000
MAX_RULES = 100


def load(path: Path, classes: Collection[str]) -> SharingRules:
    """Read the rules of a file.

    Args:
        path (Path): ours, or the administrator's, which replaces ours as a whole: half of an
            old version and half of a new one would be nobody's decision.
        classes (Collection[str]): ids of the entity classes.

    Returns:
        SharingRules: the rules in their order.

    Raises:
        VocabularyError: names file, entry and problem.

    Source:
        Design §5.
    """
    head = _row(path, "the head", read(path), _HEAD)
    rules: dict[str, SharingRule] = {}
    for number, item in enumerate(head["rules"], start=1):
        rule = _rule(path, number, item, classes)
        if rule.id in rules:
            raise VocabularyError(path, f"rules {rule.id}", "this id stands here twice")
        rules[rule.id] = rule
    return SharingRules(
        version=head["version"],
        in_force=head["in_force"],
        decision=head["decision"],
        rules=tuple(rules.values()),
    )


def _rule(path: Path, number: int, item: object, classes: Collection[str]) -> SharingRule:
    row = _row(path, f"rules no. {number}", item, _COLUMNS)
    entry = f"rules {row['id']}"
    if row["id"] in RULES:
        problem = f"this id is taken; the decision itself has: {', '.join(RULES)}"
        raise VocabularyError(path, entry, problem)
    for column in ("from", "to"):
        for name in row[column]:
            if name not in classes:
                problem = f"column {column!r} names {name!r}; possible: {', '.join(classes)}"
                raise VocabularyError(path, entry, problem)
    return SharingRule(
        id=row["id"],
        level=row["level"],
        from_classes=frozenset(row["from"]),
        to_classes=frozenset(row["to"]),
        label_de=row["label_de"],
        label_en=row["label_en"],
    )


def _row(path: Path, entry: str, item: object, columns: Columns) -> dict[str, Any]:
    """The values of one entry: every column, no other, each of its type."""
    if not isinstance(item, dict):
        raise VocabularyError(path, entry, "must consist of columns and values")
    if isinstance(item.get("id"), str):
        entry = f"{entry} ({item['id'][:80]})"
    for name in item:
        if name not in columns:
            raise VocabularyError(
                path, entry, f"unknown column {name!r}; known: {', '.join(columns)}"
            )
    missing = [name for name in columns if name not in item]
    if missing:
        raise VocabularyError(path, entry, f"lacks {', '.join(map(repr, missing))}")
    return {name: _value(path, entry, name, columns[name], item[name]) for name in columns}


def _value(path: Path, entry: str, name: str, read_value: Reader, value: object) -> Any:
    try:
        return read_value(value)
    except (TypeError, ValueError) as error:
        raise VocabularyError(path, entry, f"column {name!r} {error}") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError('must be a text; numbers belong in quotes: "1"')
    if len(value) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH} characters")
    return value


def _day(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError("must be a date, written 2026-12-31, without quotes and time")
    return value


def _rules(value: object) -> list[Any]:
    """No rule at all is possible: then nothing is shared without asking."""
    if not isinstance(value, list) or len(value) > MAX_RULES:
        raise ValueError(f"must be a list of at most {MAX_RULES} rules")
    return value


def _level(value: object) -> str:
    # "open" needs no rule; "request" and "closed" are asked for, person by person.
    if value != GROUP:
        raise ValueError(f"must be {GROUP}: no other level is shared by rule")
    return GROUP


def _classes(value: object) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise ValueError("must be a list of entity classes")
    if len(set(value)) < len(value):
        raise ValueError("names a class twice")
    return value


Reader = Callable[[object], Any]
Columns = Mapping[str, Reader]

_HEAD: Columns = {"version": _text, "in_force": _day, "decision": _text, "rules": _rules}
_COLUMNS: Columns = {
    "id": _text,
    "level": _level,
    "from": _classes,
    "to": _classes,
    "label_de": _text,
    "label_en": _text,
}
