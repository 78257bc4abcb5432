"""What ckanext-harvest tells of sources, without what is not for everybody."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.types import Action, Context, DataDict

from ckanext.jena_governance.access import sources


@tk.chained_action
@tk.side_effect_free
def harvest_source_list(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Sources, each as the reader may see it (see ckanext-harvest)."""
    tk.check_access("harvest_source_list", context, data_dict)
    return [
        one if sources.may_tend(context, one["id"]) else sources.public(one)
        for one in next_(context, data_dict)
    ]


@tk.chained_action
@tk.side_effect_free
def harvest_source_show_status(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """The state of a source; what its runs complained of is for its editors."""
    result = next_(context, data_dict)
    return result if sources.may_tend(context, data_dict["id"]) else sources.status(result)
