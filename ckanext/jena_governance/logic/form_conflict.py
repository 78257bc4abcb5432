"""Two editors at once: what somebody else has saved since a form was loaded."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.jena_governance import policy
from ckanext.jena_governance.logic.form_post import Post
from ckanext.jena_governance.logic.messages import field_label, value_label
from ckanext.jena_governance.policy import completing

# Not typed by anybody, or shown in another way.
_SKIPPED = frozenset({"tags", "id", "type", "state", "if_openness", "opening_reason", "groups"})


def rows_of(stored: dict[str, Any], post: Post) -> list[dict[str, str]]:
    """Where a form differs from what has been saved since it was loaded.

    Args:
        stored: the dataset as it is shown now.
        post: what was sent.

    Returns:
        For each such field its name and both values; none if nobody else has saved anything.
        Nothing of what both may not see: whoever edits sees the stored dataset anyway.
    """
    if not post.loaded or post.loaded == str(stored.get("metadata_modified")):
        return []
    labels = _labels(stored)
    return [
        {
            "field": field,
            "label": labels.get(field) or field_label(field),
            "stored": _shown(field, stored.get(field)),
            "typed": _shown(field, post.data.get(field)),
        }
        for field in _different(stored, post)
    ]


def is_same(stored: dict[str, Any], post: Post) -> bool:
    """Whether a form holds nothing but what is stored."""
    return not _different(stored, post)


def _different(stored: dict[str, Any], post: Post) -> list[str]:
    shown = policy.settle_licence(post.data, _words())
    return [
        field
        for field in post.data
        if field not in _SKIPPED
        and _plain(field, stored.get(field)) != _plain(field, shown.get(field))
    ]


def _labels(stored: dict[str, Any]) -> dict[str, str]:
    schema = tk.h.scheming_get_dataset_schema(stored.get("type") or "dataset") or {}
    return {
        field["field_name"]: tk.h.scheming_language_text(field["label"])
        for field in schema.get("dataset_fields", [])
        if field.get("label")
    }


def _words() -> policy.Vocabulary:
    from ckanext.jena_governance import vocabulary

    return vocabulary.current()


def _plain(field: str, value: Any) -> Any:
    """Empty parts of repeating fields say nothing; texts come from browsers with other breaks."""
    if isinstance(value, list):
        value = [item for item in (_plain("", item) for item in value) if item]
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if item}
    if isinstance(value, str):
        value = value.replace("\r\n", "\n")
    if field == "metadata_visibility" and not value:
        value = "public"
    return completing.comparable(field, value)


def _shown(field: str, value: Any) -> str:
    text = value_label(field, value)
    return text if len(text) <= 500 else text[:500] + "…"
