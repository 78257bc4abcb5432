"""Reading the vocabulary files: shipped ones first, the administrator's merged over them by id."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ckanext.jena_governance.policy.vocabulary import Vocabulary
from ckanext.jena_governance.policy.wording import PLACEHOLDER
from ckanext.jena_governance.vocabularies import consistency, sharing
from ckanext.jena_governance.vocabularies.errors import VocabularyError
from ckanext.jena_governance.vocabularies.sections import FILES, Section
from ckanext.jena_governance.vocabularies.yaml_file import read

SHIPPED = Path(__file__).parent

Rows = dict[str, dict[str, Any]]

__all__ = ["VocabularyError", "load"]


def load(extra: Path | None = None) -> Vocabulary:
    """Read the regulation.

    Args:
        extra (Path | None): a folder with files of the same names as ours
            (``ckanext.jena_governance.vocabulary_path``). Their entries are merged by id:
            columns given there replace ours; a new id must be complete.

    Returns:
        Vocabulary: all entries, checked in themselves and against each other.

    Raises:
        VocabularyError: names file, entry and problem.

    Source:
        Design §2; work order 3, Build 6.
    """
    own = _own_files(Path(extra)) if extra is not None else {}
    entries: dict[str, Mapping[str, Any]] = {}
    for name, sections in FILES.items():
        shipped = _rows(SHIPPED / name, sections)
        added = _rows(own[name], sections) if name in own else {}
        for section in sections:
            rows = shipped.get(section.key, {})
            merged = _merge(rows, added.get(section.key, {}), own.get(name), section)
            entries[section.key] = MappingProxyType(
                {
                    id_: _build(section, row, own.get(name, SHIPPED / name))
                    for id_, row in merged.items()
                }
            )
    classes = entries["entity_classes"]
    rules = sharing.load(own.get(sharing.FILE, SHIPPED / sharing.FILE), classes)
    vocabulary = Vocabulary(**entries, sharing=rules)
    consistency.require(vocabulary, own)
    return vocabulary


def _own_files(folder: Path) -> dict[str, Path]:
    """The administrator's files; a name we do not know is a typing error, not a free file."""
    if not folder.is_dir():
        raise VocabularyError(folder, problem="this folder does not exist or cannot be read")
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        raise VocabularyError(folder, problem=f"cannot be read: {error.strerror}") from error
    for path in found:
        if path.name not in FILES and path.name != sharing.FILE:
            known = ", ".join([*FILES, sharing.FILE])
            raise VocabularyError(path, problem=f"no vocabulary has this name; known: {known}")
    return {path.name: path for path in found}


def _rows(path: Path, sections: tuple[Section, ...]) -> dict[str, Rows]:
    """The rows of a file by section and id, with checked columns."""
    content = read(path)
    known = {section.key: section for section in sections}
    for key in content:
        if key not in known:
            raise VocabularyError(
                path, problem=f"unknown section {key!r}; known: {', '.join(known)}"
            )
    return {key: _section_rows(path, known[key], value) for key, value in content.items()}


def _section_rows(path: Path, section: Section, value: object) -> Rows:
    if not isinstance(value, list):
        raise VocabularyError(path, section.key, "must be a list of entries")
    rows: Rows = {}
    for position, item in enumerate(value, start=1):
        row = _row(path, section, position, item)
        if row["id"] in rows:
            raise VocabularyError(path, f"{section.key} {row['id']}", "this id stands here twice")
        rows[row["id"]] = row
    return rows


def _row(path: Path, section: Section, position: int, item: object) -> dict[str, Any]:
    entry = f"{section.key} no. {position}"
    if not isinstance(item, dict):
        raise VocabularyError(path, entry, "must consist of columns and values")
    id_ = item.get("id")
    if not isinstance(id_, str) or not id_.strip():
        raise VocabularyError(path, entry, "has no id, or one that is no text")
    entry = f"{section.key} {id_}"
    row: dict[str, Any] = {}
    for name, value in item.items():
        column = section.columns.get(name)
        if column is None:
            raise VocabularyError(path, entry, f"unknown column {name!r}")
        try:
            row[name] = column.read(value)
        except (TypeError, ValueError) as error:
            raise VocabularyError(path, entry, f"column {name!r} {error}") from error
    return row


def _merge(shipped: Rows, added: Rows, path: Path | None, section: Section) -> Rows:
    merged = dict(shipped)
    for id_, row in added.items():
        entry = f"{section.key} {id_}"
        if len(row) == 1:
            raise VocabularyError(path, entry, "says nothing beside its id")
        if section.is_fixed and id_ not in shipped:
            problem = f"this id is not known; known: {', '.join(shipped)}"
            raise VocabularyError(path, entry, problem)
        for name in _never_filled_in(shipped.get(id_, row), row):
            raise VocabularyError(path, entry, f"uses {{{name}}}, which is never filled in")
        merged[id_] = {**shipped.get(id_, {}), **row}
    return merged


def _never_filled_in(shipped: dict[str, Any], added: dict[str, Any]) -> set[str]:
    """The placeholders of a text that ours does not have."""
    return _placeholders(added) - _placeholders(shipped)


def _placeholders(row: dict[str, Any]) -> set[str]:
    texts = (value for value in row.values() if isinstance(value, str))
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


def _build(section: Section, row: dict[str, Any], path: Path) -> Any:
    missing = [
        name for name, column in section.columns.items() if column.is_required and name not in row
    ]
    if missing:
        entry = f"{section.key} {row['id']}"
        raise VocabularyError(path, entry, f"lacks {', '.join(map(repr, missing))}")
    return section.type(**row)
