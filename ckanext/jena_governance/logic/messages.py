"""In which language we answer: the one of the address (/de/…, /en/…), as CKAN does."""

from __future__ import annotations

import ckantoolkit as tk


def language() -> str:
    """``de`` or ``en``."""
    lang = tk.h.lang() if tk.request else tk.config.get("ckan.locale_default", "en")
    return "de" if str(lang).startswith("de") else "en"
