"""Further fields of a foreign record: into a field of ours, into `extras`, or dropped. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from ckanext.jena_governance.takeover import cleaning, people
from ckanext.jena_governance.takeover.cleaning import text

if TYPE_CHECKING:
    from ckanext.jena_governance.takeover.draft import Draft, Fields

# Fields of ckanext-dcat that say the same everywhere. Ours (openness, legal_basis …) are never
# taken over: nobody here has read on what grounds a foreign portal says so.
_SAME_TEXT = frozenset(
    {"frequency", "homepage", "provenance", "version_notes", "temporal_resolution"}
)
_SAME_LIST = frozenset({"theme", "language", "documentation", "conforms_to", "hvd_category"})
_DATES = {
    "date_released": "issued",
    "date_updated": "modified",
    "issued": "issued",
    "modified": "modified",
}
_PERIOD = {
    "temporal_coverage-from": "start",
    "temporal_coverage-to": "end",
    "temporal_coverage_from": "start",
    "temporal_coverage_to": "end",
}
_PLACE = frozenset({"geographical_coverage", "spatial-text", "spatial_text"})
# Keys whose value is about a person, whatever the value looks like.
_PERSONAL_KEY = re.compile(
    r"user|autor|author|bearbeiter|ansprech|contact|kontakt|phone|telefon|fax|creator|verantwortlich",
    re.IGNORECASE,
)
VALUE_MAX = 20_000


def take_over(
    draft: Draft, record: dict[str, Any], fields: Fields, technical: frozenset[str]
) -> None:
    """Distributes a record's extras and unknown keys."""
    pairs = _pairs(record.get("extras"))
    pairs += [(key, value) for key, value in record.items() if key not in technical]
    kept: dict[str, str] = {}
    period: dict[str, str] = {}
    for key, value in pairs:
        if value in (None, "", [], {}):
            continue
        if key in _PERIOD and cleaning.iso_date(value):
            period[_PERIOD[key]] = cleaning.iso_date(value)
        elif not _into_field(draft, key, value, fields.dataset):
            _into_extras(draft, kept, key, value, fields.dataset | fields.reserved)
    if period and "temporal_coverage" in fields.dataset:
        draft.data["temporal_coverage"] = [period]
    draft.data["extras"] = [{"key": key, "value": value} for key, value in sorted(kept.items())]


def _pairs(value: Any) -> list[tuple[str, Any]]:
    """Extras come as a mapping (CKAN 1), as a list of key and value (CKAN 2), or not at all."""
    if isinstance(value, dict):
        return [(text(key), item) for key, item in cast("dict[Any, Any]", value).items()]
    if not isinstance(value, list):
        return []
    entries = [cast("dict[str, Any]", e) for e in cast("list[Any]", value) if isinstance(e, dict)]
    return [(text(e.get("key")), e.get("value")) for e in entries if text(e.get("key"))]


def _into_field(draft: Draft, key: str, value: Any, fields: frozenset[str]) -> bool:
    """Puts a value into the field of ours that means the same; false where there is none."""
    target = _DATES.get(key, key)
    if target not in fields and key not in _PLACE:
        return False
    if key in _DATES:
        # what the publisher says beats the dates of the catalogue entry
        draft.data[target] = cleaning.iso_date(value) or draft.data.get(target, "")
        return True
    if key in _PLACE and "spatial_coverage" in fields:
        draft.data["spatial_coverage"] = [{"text": text(value)}]
        return True
    if key in _SAME_TEXT and text(value):
        draft.data[key] = text(value)
        return True
    if key in _SAME_LIST:
        values = cast("list[Any]", value) if isinstance(value, list) else [value]
        draft.data[key] = [text(v) for v in values if text(v)]
        return True
    return False


def _into_extras(
    draft: Draft, kept: dict[str, str], key: str, value: Any, reserved: frozenset[str]
) -> None:
    content = text(value)
    if not content:
        if not isinstance(value, str):
            draft.note("field-dropped", f"“{key}” ({type(value).__name__})")
        return
    if _is_personal(key, content):
        draft.note("person-dropped", f"field “{key}”", "Name a function as data steward.")
        return
    # an extra with the name of a field makes CKAN refuse the dataset
    if key in reserved or len(key) > 100 or len(content) > VALUE_MAX:
        draft.note("field-dropped", f"“{key}”")
        return
    kept[key] = content


def _is_personal(key: str, content: str) -> bool:
    if any(not people.is_function_mailbox(mail) for mail in people.mail_addresses(content)):
        return True
    suspicious = _PERSONAL_KEY.search(key) or people.names_person(content[:200])
    return bool(suspicious) and not people.is_office(content)
