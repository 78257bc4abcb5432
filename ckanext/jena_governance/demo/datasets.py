"""The dataset files, read into what CKAN's actions take.

A dataset is written with the fields of the metadata contract. What is the same
for many is written shorter:

===================  ========================================================
owner                name of the organization
licence              licence id; default: dl-by-de-2.0 if open, else other-closed
tags                 list of keywords; "demonstration" is added
theme, frequency     code of the EU's authority tables
period               first and last day of what the data cover
review_in_months     review date so many months from the day of seeding;
                     likewise review_in_days, opens_in_months, publish_in_months,
                     and until_in_months of a permission
resources            name and one of: table with formats, text, or link with
                     format; datastore: true also fills a table of the DataStore
===================  ========================================================

Steward and mailbox are the owner's.
"""

from __future__ import annotations

import io
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from werkzeug.datastructures import FileStorage

from ckanext.jena_governance.demo import files

THEMES = ("environment", "mobility", "city", "society", "administration", "culture")
TAG = "demonstration"
NOTICE = "**Demonstration:** Dieser Datensatz zeigt, was das Portal kann. Sein Inhalt ist erfunden."

_FOLDER = Path(__file__).parent
# The one written in C is ten times as fast, but not in every build of PyYAML.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_AUTHORITY = "http://publications.europa.eu/resource/authority/"
_HVD_REGULATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
_LATER = {"review": "review_date", "opens": "opens_on", "publish": "publish_by"}
_AS_WRITTEN = (
    "name",
    "title",
    "legal_basis",
    "restriction_reason",
    "stricter_reason",
    "ends_when",
    "licence_when_open",
    "open_derivative",
    "derivative_status",
    "derivative_note",
    "metadata_visibility",
    "hvd_category",
)
_AS_WRITTEN_OF_RESOURCE = ("openness", "legal_basis", "restriction_reason", "description")


@dataclass(frozen=True)
class Entity:
    """An organization of the city group."""

    name: str
    title: str
    entity_class: str
    about: str
    short: str
    title_en: str | None = None
    parent: str | None = None
    homepage: str | None = None
    in_group: bool = True
    walled: bool = False
    certainty: str = "verified"
    note: str = ""

    @property
    def steward(self) -> str:
        """The function that answers questions about the data."""
        return f"Datenverantwortliche Stelle {self.short}"

    @property
    def mailbox(self) -> str:
        """Its mailbox, at a domain that does not exist."""
        return f"daten@{self.name}.example"


@dataclass(frozen=True)
class Resource:
    """A resource, ready for CKAN.

    Attributes:
        fields: what CKAN stores of it; an upload is named in ``url``.
        content: the file to upload, ``None`` for a link.
        rows: what goes into the DataStore, empty for nothing.
    """

    fields: dict[str, Any]
    content: bytes | None = None
    rows: list[files.Row] = field(default_factory=list[files.Row])

    def to_send(self) -> dict[str, Any]:
        """The fields with the file in the form CKAN takes from a browser."""
        if self.content is None:
            return dict(self.fields)
        upload = FileStorage(stream=io.BytesIO(self.content), filename=self.fields["url"])
        return self.fields | {"upload": upload}


@dataclass(frozen=True)
class Dataset:
    """A dataset, ready for CKAN: its fields, and its resources apart."""

    fields: dict[str, Any]
    resources: list[Resource]

    @property
    def name(self) -> str:
        """Its name in the catalogue."""
        return self.fields["name"]

    @property
    def owner(self) -> str:
        """The name of its organization."""
        return self.fields["owner_org"]

    def as_dict(self) -> dict[str, Any]:
        """Dataset and resources as one dictionary, without the files."""
        return self.fields | {"resources": [dict(one.fields) for one in self.resources]}


def entities() -> list[Entity]:
    """The organizations, parents before their children."""
    return [
        Entity(
            entity_class=row.pop("class"),
            short=row.pop("short", row["title"]),
            **row,
        )
        for row in _read("entities")["entities"]
    ]


def datasets(today: date) -> list[Dataset]:
    """The datasets, an open version before the dataset that points to it.

    Args:
        today: the day from which review and opening dates are counted.

    Returns:
        All datasets of the demo.
    """
    owners = {entity.name: entity for entity in entities()}
    lists = _read("lists")["lists"]
    specs = [spec for theme in THEMES for spec in _read(theme)["datasets"]]
    specs.sort(key=lambda spec: "open_derivative" in spec)
    return [_dataset(spec, owners[spec["owner"]], today, lists) for spec in specs]


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _read(name: str) -> dict[str, Any]:
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, and our own files


def _dataset(spec: Mapping[str, Any], owner: Entity, today: date, lists: files.Lists) -> Dataset:
    openness = spec.get("openness", "open")
    fields: dict[str, Any] = {key: spec[key] for key in _AS_WRITTEN if key in spec}
    fields |= {
        "notes": f"{spec['notes'].strip()}\n\n{NOTICE}",
        "owner_org": owner.name,
        "openness": openness,
        "personal_data": spec.get("personal_data", "none"),
        "license_id": spec.get("licence", "dl-by-de-2.0" if openness == "open" else "other-closed"),
        "data_steward": owner.steward,
        "data_steward_email": owner.mailbox,
        "tags": [{"name": tag} for tag in (*spec["tags"], TAG)],
    }
    fields |= _described(spec, owner) | dict(_dates(spec, today))
    if "permission" in spec:
        fields["permission"] = [_permission(row, today) for row in spec["permission"]]
    resources = [one for row in spec.get("resources", ()) for one in _resources(spec, row, lists)]
    return Dataset(fields, resources)


def _described(spec: Mapping[str, Any], owner: Entity) -> dict[str, Any]:
    """The fields of ckanext-dcat."""
    described: dict[str, Any] = {
        "theme": [f"{_AUTHORITY}data-theme/{spec['theme']}"],
        "frequency": f"{_AUTHORITY}frequency/{spec.get('frequency', 'UNKNOWN')}",
        "language": [f"{_AUTHORITY}language/DEU"],
        "contact": [{"name": owner.steward, "email": owner.mailbox}],
        "publisher": [{"name": owner.title, "url": owner.homepage or ""}],
        "spatial_coverage": [{"text": "Jena"}],
    }
    if "period" in spec:
        start, end = spec["period"]
        described["temporal_coverage"] = [{"start": start, "end": end}]
    if "hvd_category" in spec:
        described["applicable_legislation"] = [_HVD_REGULATION]
    return described


def _dates(spec: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    for prefix, name in _LATER.items():
        if f"{prefix}_in_months" in spec:
            yield name, months_later(today, spec[f"{prefix}_in_months"]).isoformat()
    if "review_in_days" in spec:
        yield "review_date", (today + timedelta(days=spec["review_in_days"])).isoformat()


def _permission(row: Mapping[str, Any], today: date) -> dict[str, str]:
    until = months_later(today, row["until_in_months"]).isoformat()
    return {"id": row["id"], "reference": row["reference"], "until": until}


def _resources(
    spec: Mapping[str, Any], row: Mapping[str, Any], lists: files.Lists
) -> Iterator[Resource]:
    """One resource for each format."""
    fields = {key: row[key] for key in _AS_WRITTEN_OF_RESOURCE if key in row}
    fields["name"] = row["name"]
    if "link" in row:
        yield Resource(fields | {"url": row["link"], "format": row["format"]})
    elif "text" in row:
        yield _upload(spec, fields, "TXT", row["text"].encode())
    else:
        rows = files.rows_of(row["table"], f"{spec['name']}/{row['name']}", lists)
        several = len(row["formats"]) > 1
        for number, format_ in enumerate(row["formats"]):
            name = f"{row['name']} ({format_})" if several else row["name"]
            stored = rows if row.get("datastore") and number == 0 else []
            content = files.WRITERS[format_](rows)
            yield _upload(spec, fields | {"name": name}, format_, content, stored)


def _upload(
    spec: Mapping[str, Any],
    fields: Mapping[str, Any],
    format_: str,
    content: bytes,
    rows: list[files.Row] | None = None,
) -> Resource:
    stem = spec["name"] if "openness" not in fields else f"{spec['name']}-anlage"
    url = f"{stem}.{format_.lower()}"
    named = {"url": url, "url_type": "upload", "format": format_, "size": len(content)}
    return Resource({**fields, **named}, content, rows or [])
