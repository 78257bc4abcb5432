"""One YAML file, read with a suspicious mind: small, plain, complete, nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from yaml import loader

from ckanext.jena_governance.vocabularies.errors import VocabularyError

MAX_BYTES = 1024 * 1024


class _PlainLoader(loader.SafeLoader):
    """SafeLoader without aliases (a few lines of them expand to gigabytes) and doubled keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()
            raise yaml.MarkedYAMLError(
                problem="aliases (*name) are not accepted", problem_mark=event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _value in node.value:
            key = str(key_node.value)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key!r} stands here twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read(path: Path) -> dict[str, Any]:
    """Read one vocabulary file.

    Args:
        path (Path): the file.

    Returns:
        dict: its sections; not yet checked.

    Raises:
        VocabularyError: missing, unreadable, too large, empty, no YAML, or no sections in it.
    """
    text = _text(path)
    try:
        content = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f", line {mark.line + 1}" if mark else ""
        problem = f"cannot be read as YAML{line}: {error.problem}"
        raise VocabularyError(path, problem=problem) from error
    except (yaml.YAMLError, ValueError) as error:
        problem = f"cannot be read as YAML: {' '.join(str(error).split())}"
        raise VocabularyError(path, problem=problem) from error
    except RecursionError:
        raise VocabularyError(path, problem="is nested too deeply") from None
    if content is None:
        raise VocabularyError(path, problem="is empty")
    if not isinstance(content, dict):
        raise VocabularyError(path, problem="must consist of sections with entries")
    return content


def _text(path: Path) -> str:
    if not path.is_file():
        raise VocabularyError(path, problem="there is no such file")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise VocabularyError(path, problem=f"cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise VocabularyError(path, problem=f"is larger than {MAX_BYTES // 1024} KiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise VocabularyError(path, problem="is not written in UTF-8") from error
