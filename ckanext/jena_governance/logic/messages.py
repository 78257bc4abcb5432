"""In which language we answer: the one of the address (/de/…, /en/…), as CKAN does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import ckantoolkit as tk

from ckanext.jena_governance import policy, vocabulary
from ckanext.jena_governance.access import facts
from ckanext.jena_governance.policy import Vocabulary
from ckanext.jena_governance.policy.contract import DATE_FIELDS


def language() -> str:
    """``de`` or ``en``."""
    lang = tk.h.lang() if tk.request else tk.config.get("ckan.locale_default", "en")
    return "de" if str(lang).startswith("de") else "en"


def field_label(field: str) -> str:
    """What people call a field of ours."""
    entry = vocabulary.current().fields.get(field)
    return entry.label(language()) if entry else field


def value_label(field: str, value: object) -> str:
    """What people call a value of a field of ours; nothing said is ``–``."""
    if value is None or value in ("", [], ()):
        return "–"
    if isinstance(value, (list, tuple)):
        return ", ".join(value_label(field, item) for item in cast("Iterable[object]", value))
    if isinstance(value, Mapping):
        entry = cast("Mapping[str, object]", value)
        said = (value_label(f"{field}.{name}", entry[name]) for name in entry)
        return " · ".join(said)
    if field in DATE_FIELDS and (day := policy.day(value)) is not None:
        return policy.date_label(day, language())
    if field in ("owning_entity", "owner_org"):
        known = facts.entities_of([str(value)]).get(str(value))
        return known.title if known else str(value)
    choices = _CHOICES.get(field)
    entry = choices(vocabulary.current()).get(str(value)) if choices else None
    return entry.label(language()) if entry is not None else str(value)


_CHOICES: dict[str, Callable[[Vocabulary], Mapping[str, Any]]] = {
    "openness": lambda words: words.levels,
    "legal_basis": lambda words: words.bases,
    "personal_data": lambda words: words.personal_data,
    "metadata_visibility": lambda words: words.metadata_visibilities,
    "derivative_status": lambda words: words.derivative_statuses,
    "permission.id": lambda words: words.permissions,
    "license": lambda words: words.licences,
}
