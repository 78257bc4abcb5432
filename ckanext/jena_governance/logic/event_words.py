"""What people call what has happened."""

from __future__ import annotations

import ckantoolkit as tk

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.logic.messages import language


def what(kind: str) -> str:
    """The words for a kind of event; a kind that nobody knows is told as it is."""
    first, _, step = kind.partition(".")
    if first == "request":
        found = vocabulary.current().request_steps.get(step)
        return tk._("Request: {step}").format(step=found.label(language()) if found else step)
    return _words().get(kind, kind)


def _words() -> dict[str, str]:
    return {
        "dataset.loosened": tk._("Opened further"),
        "dataset.restricted": tk._("Restricted further"),
        "dataset.unpublished": tk._("Turned back into a draft"),
        "dataset.locked": tk._("Locked at once"),
        "opening.proposed": tk._("Opening proposed; it waits for a second person"),
        "opening.confirmed": tk._("Opening confirmed by a second person"),
        "legal.asked": tk._("Asked which law applies"),
        "entity.updated": tk._("Entity changed"),
        "entity.dissolved": tk._("Entity dissolved"),
        "membership.changed": tk._("Membership or role changed"),
        "rules.changed": tk._("New version of the rules"),
        "agreement.created": tk._("Agreement drafted"),
        "agreement.changed": tk._("Agreement changed"),
        "agreement.signed": tk._("Agreement signed"),
        "agreement.activated": tk._("Agreement in force"),
        "agreement.suspended": tk._("Agreement suspended"),
        "agreement.ended": tk._("Agreement ended"),
        "vault.locked": tk._("Made private before the extension is taken out"),
        "vault.unlocked": tk._("Public again after the extension is back"),
        "log.pruned": tk._("Old events removed from the log"),
        "log.exported": tk._("Log exported"),
        "person.exported": tk._("Data on a person exported"),
        "person.erased": tk._("Data on a person erased"),
    }
