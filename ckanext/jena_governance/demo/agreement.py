"""The one agreement of the demo, signed by both sides as people would."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.jena_governance.demo.accounts import context_of

GIVER, GETTER = "kern-admin", "betrieb-admin"
TITLE = "Fledermausquartiere für die Grünpflege (Demo)"
_TERMS: dict[str, Any] = {
    "title": TITLE,
    "provider": "umweltschutz",
    "consumer": "ksj",
    "datasets": ["demo-fledermausquartiere"],
    "level": "group",
    "purpose": "Baumpflege so planen, dass besetzte Quartiere in Ruhe gelassen werden.",
    "norm": "§ 44 BNatSchG",
    "conditions": "Nur für die Planung der Baumpflege. Keine Weitergabe an Auftragnehmer.",
}


def ensure_agreement() -> int:
    """Draft and sign it; one that is there stays, whatever a visitor has made of it.

    Returns:
        1 if something was done, else 0.
    """
    found = _call(GIVER, "list", dataset="demo-fledermausquartiere", limit=100)["results"]
    agreement = next((one for one in found if one["title"] == TITLE), None)
    is_done = agreement is not None and agreement["state"] in ("active", "ended")
    if is_done:
        return 0
    agreement = agreement or _call(GIVER, "create", **_TERMS)
    if agreement["state"] == "draft":
        _call(GIVER, "sign", id=agreement["id"])
    _call(GETTER, "sign", id=agreement["id"])
    return 1


def _call(account: str, action: str, **data: Any) -> dict[str, Any]:
    return tk.get_action(f"governance_agreement_{action}")(context_of(account), data)
