"""What the page of an organization says about its place in the city group."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.logic.messages import language


def entity_of(organization_id: str) -> dict[str, Any] | None:
    """An organization as an entity, in words.

    Args:
        organization_id: id or name.

    Returns:
        As from ``governance_entity_show`` with ``class_label``, ``class_text`` and ``parents``
        (``name``, ``title``, from the top down); ``None`` if there is no such organization.
    """
    try:
        shown = tk.get_action("governance_entity_show")({}, {"id": organization_id})
    except tk.ObjectNotFound:
        return None
    entry, lang = vocabulary.current().entity_classes[shown["entity_class"]], language()
    return {
        **shown,
        "class_label": entry.label(lang),
        "class_text": entry.text(lang),
        "parents": _parents_of(shown["organization_id"]),
    }


def _parents_of(organization_id: str) -> list[dict[str, str]]:
    group = model.Session.get(model.Group, organization_id)
    above = group.get_parent_group_hierarchy(type="organization") if group is not None else []
    return [
        {"name": one.name, "title": one.title or one.name}
        for one in above
        if one.state == model.State.ACTIVE
    ]
