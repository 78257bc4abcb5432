"""Which sections the files have, and which columns an entry of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.jena_governance.policy.access import RULES
from ckanext.jena_governance.policy.checking import DEFAULT_LICENCE
from ckanext.jena_governance.policy.contract import (
    COMPUTED_FIELDS,
    DATASET_FIELDS,
    RESOURCE_FIELDS,
)
from ckanext.jena_governance.policy.effective import (
    ANNOUNCED,
    LOCK,
    PARTLY_OPEN,
    RESTRICTED,
    VIEWABLE,
)
from ckanext.jena_governance.policy.levels import LEVELS
from ckanext.jena_governance.policy.licences import OTHER_CLOSED
from ckanext.jena_governance.policy.permissions import CLEANED, IDENTIFYING
from ckanext.jena_governance.policy.requests import EXPIRED, STATES, STEPS
from ckanext.jena_governance.policy.vocabulary import (
    AccessRight,
    Basis,
    Card,
    Choice,
    ExportTerm,
    HvdCategory,
    Level,
    Licence,
    Message,
    OwnTerm,
    Permission,
    RequestRemedy,
)

MAX_LENGTH = 2_000


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        read: turns a value of the file into ours; raises ``TypeError`` or ``ValueError``
            saying what it must be.
        is_required: whether a new entry must have it.
    """

    read: Callable[[Any], Any]
    is_required: bool = True


@dataclass(frozen=True)
class Section:
    """A section of a file.

    Attributes:
        key: its name, in the file and in ``Vocabulary``.
        type: what an entry becomes.
        columns: its columns by name.
        is_fixed: whether its ids are named in code, so that none can be added.
        needs: the ids that must be there.
    """

    key: str
    type: type
    columns: Mapping[str, Column]
    is_fixed: bool = False
    needs: frozenset[str] = frozenset()


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text")
    if len(value) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH} characters")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("must be true or false")
    return value


def _months(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 120:
        raise ValueError("must be a number of months from 1 to 120")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError("must be a list of texts")
    if len(set(value)) < len(value):
        raise ValueError("names something twice")
    return tuple(value)


def _some_texts(value: object) -> tuple[str, ...]:
    texts = _texts(value)
    if not texts:
        raise ValueError("must not be empty")
    return texts


def _levels(value: object) -> tuple[str, ...]:
    levels = _texts(value)
    first = LEVELS.index(levels[0]) if levels and levels[0] in LEVELS else -1
    if first < 0 or levels != LEVELS[first : first + len(levels)]:
        raise ValueError(f"must be neighbouring levels, from open to closed, of {_list(LEVELS)}")
    return levels


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in choices or not isinstance(value, str):
            raise ValueError(f"must be one of {_list(choices)}")
        return value

    return read


def _or_null(read: Callable[[object], Any]) -> Callable[[object], Any]:
    return lambda value: None if value is None else read(value)


def _list(choices: tuple[str, ...]) -> str:
    return ", ".join(choices)


_LEVEL = _one_of(*LEVELS)
_NAMED = {"id": Column(_text), "label_de": Column(_text), "label_en": Column(_text)}
_TEXTS = {"text_de": Column(_text, is_required=False), "text_en": Column(_text, is_required=False)}
_CHOICE = {**_NAMED, **_TEXTS}

_BASIS = {
    **_NAMED,
    "citation": Column(_text),
    "jurisdiction": Column(_one_of("eu", "de", "th", "municipal")),
    "category": Column(_text),
    "card": Column(_text),
    "applies_to": Column(_some_texts),
    "levels": Column(_levels),
    "default": Column(_LEVEL),
    "explain_closed_to": Column(_or_null(_LEVEL)),
    "open_with_permission": Column(_or_null(_LEVEL)),
    "need_to_know": Column(_flag),
    "sharing": Column(_one_of("agreement", "norm", "none")),
    "files": Column(_one_of("allowed", "metadata_only")),
    "max_review_months": Column(_months),
    "opens_on": Column(_flag),
    "may_hide": Column(_flag),
    "liftable": Column(_one_of("full", "partly", "none")),
    "time_limited": Column(_flag),
    "hvd_ground": Column(_or_null(_text)),
    "bridge": Column(_flag),
    "url": Column(_or_null(_text)),
    "verify": Column(_flag),
    "why": Column(_or_null(_text), is_required=False),
}
_PERMISSION = {
    **_NAMED,
    "permits": Column(_some_texts),
    "not_for_level": Column(_or_null(_LEVEL), is_required=False),
    "needs_until": Column(_flag, is_required=False),
    "verify": Column(_flag, is_required=False),
}
_CARD = {
    **_CHOICE,
    "categories": Column(_texts),
    "goto": Column(_or_null(_one_of("announced", "provisional-lock"))),
    "likely": Column(_texts, is_required=False),
    **{
        f"{column}_{lang}": Column(_text, is_required=False)
        for column in ("reason", "ends")
        for lang in ("de", "en")
    },
}
_LICENCE = {
    "id": Column(_text),
    "code": Column(_text),
    "uri": Column(_text),
    "title_de": Column(_text),
    "title_en": Column(_text),
    "text_url": Column(_or_null(_text)),
    "open": Column(_flag),
    "recommended_by_govdata": Column(_flag),
    "attribution_required": Column(_flag),
    "hvd_suitable": Column(_flag),
    "spdx": Column(_or_null(_text)),
    "legacy_uris": Column(_texts, is_required=False),
    "aliases": Column(_texts, is_required=False),
}
_MESSAGE = {
    "id": Column(_text),
    "de": Column(_text),
    "en": Column(_text),
    "hint_de": Column(_text, is_required=False),
    "hint_en": Column(_text, is_required=False),
}

_REMEDY = {
    "id": Column(_text),
    "asking": Column(_some_texts),
    "owning": Column(_some_texts),
    "de": Column(_text),
    "en": Column(_text),
    "verify": Column(_flag, is_required=False),
}


# Named in dcat/.
_EXPORT_TEXTS = frozenset(
    ("ground", "grounds", "no_grounds", "reason", "stricter_reason", "review_date", "opens_on",
     "ends_when")
)  # fmt: skip
_OWN_TERMS = frozenset(
    ("openness", "Restriction", "legalBasis", "reason", "stricterReason", "reviewDate", "opensOn",
     "endsWhen", "personalData", "publishBy", "openVersion", "derivativeStatus", "derivativeNote",
     "licenceWhenOpen", "licenceAsGiven", "Steward")
)  # fmt: skip
_EXPORT_TERM = {
    "id": Column(_text),
    "kind": Column(_one_of("file-type", "language", "planned-availability", "distribution-status")),
    "aliases": Column(_texts, is_required=False),
}


def _choices(key: str, *needs: str) -> Section:
    """A section of plain choices whose ids are named in code."""
    return Section(key, Choice, _CHOICE, is_fixed=True, needs=frozenset(needs))


# Rules that are not among the thirteen.
_FURTHER_RULES = ("owner", "value", "location", "harvest")

FILES: Mapping[str, tuple[Section, ...]] = {
    "levels.yaml": (
        Section(
            "levels",
            Level,
            {**_CHOICE, "access_right": Column(_one_of("PUBLIC", "RESTRICTED", "NON_PUBLIC"))},
            is_fixed=True,
        ),
        _choices("states", VIEWABLE, ANNOUNCED, PARTLY_OPEN, RESTRICTED, "request_ntk"),
    ),
    "entity_classes.yaml": (_choices("entity_classes", "external"),),
    "personal_data.yaml": (_choices("personal_data", *CLEANED, *IDENTIFYING),),
    "legal_bases.yaml": (
        Section("bases", Basis, _BASIS, needs=frozenset({LOCK})),
        Section("permissions", Permission, _PERMISSION),
        Section("cards", Card, _CARD),
    ),
    "licences.yaml": (
        Section("licences", Licence, _LICENCE, needs=frozenset({OTHER_CLOSED, DEFAULT_LICENCE})),
    ),
    "explanations.yaml": (
        Section("explanations", Message, {name: _MESSAGE[name] for name in ("id", "de", "en")}),
    ),
    "rules.yaml": (
        _choices("rules", *(f"R{number}" for number in range(1, 14)), *_FURTHER_RULES),
        _choices("access_rules", *RULES, "sharing"),
    ),
    "eu_terms.yaml": (Section("eu_terms", Choice, _CHOICE),),
    "access_rights.yaml": (
        Section(
            "access_rights",
            AccessRight,
            {"id": Column(_text), "level": Column(_LEVEL), "words": Column(_texts)},
            needs=frozenset({"PUBLIC", "RESTRICTED", "NON_PUBLIC"}),
        ),
    ),
    "hvd_categories.yaml": (
        Section("hvd_categories", HvdCategory, {**_CHOICE, "uri": Column(_text)}),
    ),
    "messages.yaml": (Section("messages", Message, _MESSAGE, is_fixed=True),),
    "access_texts.yaml": (Section("statements", Message, _MESSAGE, is_fixed=True),),
    "requests.yaml": (
        _choices("request_states", *STATES, EXPIRED),
        _choices("request_steps", *STEPS),
        Section("request_texts", Message, _MESSAGE, is_fixed=True),
        Section("request_mails", Message, _MESSAGE, is_fixed=True),
    ),
    "dcat.yaml": (
        Section("export_terms", ExportTerm, _EXPORT_TERM),
        Section(
            "export_texts",
            Message,
            {name: _MESSAGE[name] for name in ("id", "de", "en")},
            is_fixed=True,
            needs=_EXPORT_TEXTS,
        ),
        Section(
            "own_terms",
            OwnTerm,
            {**_CHOICE, "kind": Column(_one_of("property", "class"))},
            is_fixed=True,
            needs=_OWN_TERMS,
        ),
    ),
    "remedies.yaml": (Section("request_remedies", RequestRemedy, _REMEDY),),
    "fields.yaml": (
        _choices("fields", *DATASET_FIELDS, *RESOURCE_FIELDS, *COMPUTED_FIELDS, "opening_reason"),
        _choices("opening_reasons"),
        _choices("derivative_statuses", "exists", "planned", "none"),
        _choices("derivative_reasons"),
        _choices("metadata_visibilities", "public", "group"),
    ),
}
