"""A line of an inventory becomes an announced dataset: open, without a file. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ckanext.jena_governance.takeover import cleaning, people
from ckanext.jena_governance.takeover.cleaning import normal, text
from ckanext.jena_governance.takeover.draft import Conversion, Draft
from ckanext.jena_governance.takeover.errors import RecordError, TakeoverError
from ckanext.jena_governance.takeover.records import note_unknown_unit

# our column -> what it may be called, normalised
COLUMNS: dict[str, tuple[str, ...]] = {
    "title": ("title", "titel", "name", "bezeichnung", "datensatz", "dataset", "datenbestand"),
    "unit": (
        "unit", "einheit", "organisationseinheit", "amt", "fachdienst", "fachbereich", "stelle",
        "organisation", "organization", "zustaendige stelle", "department", "verantwortlich",
        "einheit amt",
    ),
    "system": (
        "system", "fachverfahren", "verfahren", "anwendung", "software", "application", "quelle",
        "system fachverfahren", "it system",
    ),
    "notes": ("notes", "description", "beschreibung", "inhalt", "erlaeuterung", "zweck"),
    "publish_by": (
        "publish by", "veroeffentlichung", "geplant", "geplant bis", "veroeffentlichung bis",
    ),
}  # fmt: skip


def columns(header: list[str], where: str) -> tuple[dict[int, str], list[str]]:
    """Which column is which.

    Args:
        header: the cells of the first line.
        where: file name for the message.

    Returns:
        Position to our column, and the headings that nobody knows.

    Raises:
        TakeoverError: where no column is a title, or two are.
    """
    found: dict[int, str] = {}
    unknown: list[str] = []
    for position, heading in enumerate(header):
        names = (column for column, known in COLUMNS.items() if normal(heading) in known)
        column = next(names, None)
        if column is None:
            unknown += [heading] if heading else []
        elif column in found.values():
            raise TakeoverError(
                f"{where}: two columns mean “{column}” (the second is “{heading}”). Remove one."
            )
        else:
            found[position] = column
    if "title" not in found.values():
        seen = ", ".join(f"“{heading}”" for heading in header if heading) or "nothing"
        raise TakeoverError(
            f"{where}: the first line names no column “title” (or “Titel”); it has {seen}. "
            "An inventory has the columns title, unit, system."
        )
    return found, unknown


def convert_row(row: Mapping[str, Any], position: int, conversion: Conversion) -> Draft:
    """Converts one line.

    Raises:
        RecordError: a line without title.
    """
    title = text(row.get("title"))
    if not title:
        raise RecordError("has no title", "Fill the column “title”.")
    unit, system = text(row.get("unit")), text(row.get("system"))
    short, full = cleaning.title_and_rest(title)
    notes = text(row.get("notes"))
    data: dict[str, Any] = {
        "title": short,
        "name": cleaning.slug(short) or f"inventory-{position}",
        "type": "dataset",
        "openness": "open",
        "notes": f"{full}\n\n{notes}".strip() if full else notes,
        "tags": [],
        "extras": [],
        "resources": [],
    }
    draft = Draft(_identity(title, unit, system), position, data, announced=True)
    if full:
        draft.note("title-long", f"the title has {len(full):,} characters", "Write a shorter one.")
    _set_unit(draft, unit, conversion)
    _set_fields(draft, row, system, conversion)
    return draft


def _identity(title: str, unit: str, system: str) -> str:
    """A list has no ids: the same title of the same unit in the same system is the same dataset."""
    content = "|".join(normal(part) for part in (title, unit, system))
    return "inventory-" + hashlib.sha256(content.encode()).hexdigest()[:32]


def _set_unit(draft: Draft, unit: str, conversion: Conversion) -> None:
    if not unit:
        return
    draft.unit = conversion.units.find(unit)
    if draft.unit:
        return
    if people.names_person(unit):
        draft.note("person-dropped", "column “unit” names a person", "Name the unit instead.")
        return
    note_unknown_unit(draft, unit, conversion.units)


def _set_fields(draft: Draft, row: Mapping[str, Any], system: str, conversion: Conversion) -> None:
    known = conversion.fields.dataset
    if system and people.names_person(system):
        draft.note("person-dropped", "column “system” names a person", "Name the system.")
    elif system and "provenance" in known:
        draft.data["provenance"] = f"System: {system}"
    elif system:
        draft.data["notes"] = f"{draft.data['notes']}\n\nSystem: {system}".strip()
    planned = text(row.get("publish_by"))
    if planned and "publish_by" in known:
        draft.data["publish_by"] = cleaning.iso_date(planned)
        if not draft.data["publish_by"]:
            draft.note(
                "field-dropped", f"“publish_by”: “{planned[:40]}” is no date like 2027-12-31"
            )
