"""Reading a dataset tolerantly: any value may be there, in any type.

Here it is decided what counts as *nothing said* and what as *unknown*. Nothing in
this module raises, whatever it is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from ckanext.jena_governance.policy.levels import LEVELS
from ckanext.jena_governance.policy.vocabulary import Basis, Vocabulary

MAX_BASES = 20
MAX_TEXT = 5_000

# A level was said, but not one of ours.
UNKNOWN_LEVEL = "?"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUE = frozenset({"true", "yes", "t", "y", "1", "on"})


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a dictionary, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def is_readable(data: object) -> bool:
    """Whether something that should be a dataset or resource is one."""
    return isinstance(data, Mapping)


def is_uuid(value: str) -> bool:
    """Whether a text looks like the ids that CKAN gives."""
    return _UUID.fullmatch(value) is not None


def is_storable(value: str) -> bool:
    """Whether a database can hold a text: no NUL, no half of a character."""
    return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


def is_blank(value: object) -> bool:
    """Whether a value says nothing: missing, empty or only blanks."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, (list, tuple, dict)) and not value


def text(value: object) -> str | None:
    """A text without surrounding blanks; ``None`` if the value is none."""
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else None


def truth(value: object) -> bool:
    """Whether CKAN would read the value as true."""
    if isinstance(value, str):
        return value.strip().lower() in _TRUE
    return isinstance(value, int) and bool(value)


def day(value: object) -> date | None:
    """A date written YYYY-MM-DD; ``None`` for all else, times and time zones included."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    said = text(value)
    if not said or not _DATE.fullmatch(said):
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def items(value: object) -> list[Any] | None:
    """A list, also given as the JSON text of one, or as its only element.

    Args:
        value (object): anything.

    Returns:
        list | None: its elements without blank ones; ``None`` if it cannot be read as a list.
    """
    if is_blank(value):
        return []
    if isinstance(value, str):
        return _items_of_text(value.strip())
    if isinstance(value, (list, tuple)):
        return [item for item in cast("Iterable[Any]", value) if not is_blank(item)]
    return None


def _items_of_text(value: str) -> list[Any] | None:
    if not value.startswith("["):
        return [value]
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return [item for item in cast("list[Any]", parsed) if not is_blank(item)]


def ids(value: object) -> list[str] | None:
    """A list of ids, each once, in their order; ``None`` if it is something else."""
    listed = items(value)
    if listed is None or not all(isinstance(item, str) for item in listed):
        return None
    return list(dict.fromkeys(item.strip() for item in listed))


def level_said(data: Mapping[str, Any]) -> str:
    """The level that a dataset or resource states itself.

    Args:
        data (Mapping): the dataset or resource.

    Returns:
        str: a level, ``""`` if nothing is said, ``UNKNOWN_LEVEL`` if something else is.
    """
    value = data.get("openness")
    said = text(value)
    if said == "":
        return ""
    return said if said in LEVELS else UNKNOWN_LEVEL


@dataclass(frozen=True)
class Named:
    """The legal bases that a dataset or resource names.

    Attributes:
        known: entries of the register.
        unknown: what is not in it; unreadable lists count as one unknown basis.
    """

    known: tuple[Basis, ...]
    unknown: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything is named."""
        return bool(self.known or self.unknown)


def bases_named(data: Mapping[str, Any], vocabulary: Vocabulary) -> Named:
    """The legal bases named by a dataset or resource itself.

    Args:
        data (Mapping): the dataset or resource.
        vocabulary (Vocabulary): the register.

    Returns:
        Named: at most ``MAX_BASES`` of them.
    """
    listed = ids(data.get("legal_basis"))
    if listed is None:
        return Named(known=(), unknown=("?",))
    listed = listed[:MAX_BASES]
    return Named(
        known=tuple(vocabulary.bases[id_] for id_ in listed if id_ in vocabulary.bases),
        unknown=tuple(id_ for id_ in listed if id_ not in vocabulary.bases),
    )


def resources_of(dataset: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The resources of a dataset that can be read as such, at their positions."""
    value = dataset.get("resources")
    if not isinstance(value, (list, tuple)):
        return []
    return [mapping(item) for item in cast("Iterable[object]", value)]


def has_data(resource: Mapping[str, Any]) -> bool:
    """Whether a resource carries data: a link, an upload, or rows in the DataStore."""
    return (
        bool(text(resource.get("url")))
        or _is_file(resource.get("upload"))
        or truth(resource.get("datastore_active"))
    )


def is_empty(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is known to have no content (size 0)."""
    size = resource.get("size")
    if isinstance(size, str):
        return size.strip() == "0"
    return isinstance(size, (int, float)) and size == 0


def _is_file(value: object) -> bool:
    """A form without a file posts an empty text, or a file without a name."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and bool(getattr(value, "filename", value is not False))


def is_hidden(dataset: Mapping[str, Any]) -> bool:
    """Whether the description itself is hidden; what we cannot read counts as hidden.

    Args:
        dataset (Mapping): a dataset.

    Returns:
        bool: true for ``metadata_visibility: group`` (or an unknown value) and ``private``.
    """
    said = text(dataset.get("metadata_visibility"))
    return said not in ("", "public") or truth(dataset.get("private"))
