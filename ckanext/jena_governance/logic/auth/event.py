"""Who may read the log."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.jena_governance.logic import timeline


def governance_event_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Those in charge of what is asked for; sysadmins (they do not come here) read everything."""
    wanted = timeline.Wanted(
        object_type=data_dict.get("object_type") or "",
        object_id=data_dict.get("object_id") or "",
        entity=data_dict.get("entity") or "",
    )
    try:
        if timeline.sight_of(context, wanted).may_read:
            return {"success": True}
    except tk.ObjectNotFound as error:
        return {"success": False, "msg": str(error)}
    message = tk._(
        "Only those in charge may read these events: name a dataset, an organization, an agreement "
        "or a request of yours"
    )
    return {"success": False, "msg": message}
