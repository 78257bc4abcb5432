"""The one request of the demo: a municipal enterprise asks, the core administration answers."""

from __future__ import annotations

import logging
from typing import Any

import ckantoolkit as tk

from ckanext.jena_governance import config
from ckanext.jena_governance.demo.accounts import context_of
from ckanext.jena_governance.demo.datasets import months_later

log = logging.getLogger(__name__)

ASKER = "betrieb-editor"
DATASET = "demo-altlasten"
_MONTHS = 6
_WISH = {
    "purpose": "Grünflächen auf belastetem Boden pflegen, ohne die Beschäftigten zu gefährden.",
    "norm": "§ 5 ArbSchG (Beurteilung der Arbeitsbedingungen)",
}


def ensure_request() -> int:
    """Ask, where that account has not asked for these data yet; whatever became of it stays.

    Returns:
        1 if it was asked for, else 0: also where visitors have changed the dataset so that there
        is nothing to ask for.
    """
    try:
        dataset = tk.get_action("package_show")(context_of(ASKER), {"id": DATASET})["id"]
        if _call("list", dataset_id=dataset)["results"]:
            return 0
        until = months_later(config.today(), _MONTHS).isoformat()
        _call("create", dataset_id=dataset, until=until, submit=True, **_WISH)
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError) as error:
        log.warning("nothing is asked for in the demo: %s", error)
        return 0
    return 1


def _call(action: str, **data: Any) -> dict[str, Any]:
    return tk.get_action(f"governance_access_request_{action}")(context_of(ASKER), data)
