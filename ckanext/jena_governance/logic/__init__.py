"""Actions and who may call them, in CKAN's terms.

A chain on an action of a plugin that is not loaded would break CKAN's list of actions, so those
are registered only where the plugin is there.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import plugins as p


def actions() -> dict[str, Any]:
    """Our actions, and those of CKAN and other plugins that we chain."""
    from ckanext.jena_governance.logic import action, unseen

    chosen = {name: getattr(action, name) for name in action.__all__}
    for plugin, functions in action.OF_PLUGINS.items():
        if p.plugin_loaded(plugin):
            chosen.update(functions)
    if not tk.asbool(tk.config.get("ckan.datastore.sqlsearch.enabled")):
        # CKAN has no such action then.
        chosen.pop("datastore_search_sql", None)
    return unseen.guarded(chosen)


def auth_functions() -> dict[str, Any]:
    """Who may call them."""
    from ckanext.jena_governance.logic import auth

    chosen = {name: getattr(auth, name) for name in auth.__all__}
    for plugin, functions in auth.OF_PLUGINS.items():
        if p.plugin_loaded(plugin):
            chosen.update(functions)
    return chosen
