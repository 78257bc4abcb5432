"""Who may ask ckanext-harvest for records."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.jena_governance.access import sources


@tk.chained_auth_function
def harvest_object_list(_next: Any, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Records of a source, for those in charge of it; of all sources, for sysadmins."""
    source_id = str((data_dict or {}).get("source_id") or "")
    if source_id and sources.may_tend(context, source_id):
        return {"success": True}
    message = tk._("Name a source (source_id) that you may edit")
    return {"success": False, "msg": message}
