"""Datasets full of canaries: a link, a file, a table, their views, and whatever describes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck.canaries import Canaries
from ckanext.jena_governance.leakcheck.client import Api, Upload

LINK = "link"
FILE = "file"
TABLE = "table"


_NONE: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Gardener:
    """Who plants, and for whom.

    Attributes:
        api: an editor of the owner.
        canaries: where the secrets come from.
        owner: ``id`` and ``name`` of the organization.
    """

    api: Api
    canaries: Canaries
    owner: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Subject:
    """Something planted, as the calls of the tables see it.

    Attributes:
        label: its name in reports, e.g. ``closed/link``.
        values: what stands for the $names.
    """

    label: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Planted:
    """A dataset full of canaries.

    Attributes:
        label: its name in reports.
        id, name: of the dataset.
        subjects: the dataset itself, then its resources.
    """

    label: str
    id: str
    name: str
    subjects: tuple[Subject, ...]
    resources: Mapping[str, str] = field(default_factory=dict[str, str])

    def subject(self, part: str) -> Subject:
        """One of its resources."""
        return next(one for one in self.subjects if one.label == f"{self.label}/{part}")

    def also(self, **values: str) -> Planted:
        """The same with more $names for all its subjects."""
        more = tuple(replace(one, values={**one.values, **values}) for one in self.subjects)
        return replace(self, subjects=more)


def plant(
    gardener: Gardener,
    label: str,
    fields: Mapping[str, Any],
    of_resources: Mapping[str, Any] = _NONE,
    *,
    described: bool = False,
) -> Planted:
    """Make a dataset with a link, a file and a table, and views of the latter two.

    Args:
        gardener: who plants, and for whom.
        label: its name in reports.
        fields: level, grounds and whatever else the dataset shall say.
        of_resources: the same for each of its resources.
        described: whether its description holds canaries, too; where it is hidden it does.

    Returns:
        What was made.

    Raises:
        ActionError: the portal refused.
    """
    hidden = described or fields.get("metadata_visibility") == "group"
    describe = _described(gardener.canaries, label) if hidden else _plain(label)
    owner = gardener.owner
    dataset = gardener.api("package_create", **describe, owner_org=owner["id"], **fields)
    bed = _Bed(gardener, label, dataset["id"], of_resources, hidden)
    parts = {LINK: bed.link(), FILE: bed.file(), TABLE: bed.table()}
    whole = {
        "dataset": dataset["id"],
        "dataset_name": dataset["name"],
        "dataset_upper": dataset["id"].upper(),
        "owner": owner["id"],
        "owner_name": owner["name"],
    }
    subjects = [Subject(label, whole)]
    subjects += [Subject(f"{label}/{part}", {**whole, **own}) for part, own in parts.items()]
    ids = {part: own["resource"] for part, own in parts.items()}
    return Planted(label, dataset["id"], dataset["name"], tuple(subjects), ids)


def locations(canaries: Canaries, subject: str) -> dict[str, str]:
    """Every field that may say where the data are, each with a canary of its own."""
    addresses = {
        field: address(canaries.new(kind, subject))
        for field, kind in (
            ("url", kinds.LOCATION),
            ("access_url", kinds.ACCESS_URL),
            ("download_url", kinds.DOWNLOAD_URL),
            ("uri", kinds.URI),
        )
    }
    return {**addresses, "hash": canaries.new(kinds.HASH, subject)}


def texts(canaries: Canaries, kind: str, label: str, *fields: str) -> dict[str, str]:
    """What people write into an agreement or a request, each field with a canary of its own."""
    return {field: f"Text {canaries.new(kind, label)}" for field in fields}


@dataclass(frozen=True)
class _Bed:
    """A dataset that resources are planted in."""

    gardener: Gardener
    label: str
    dataset: str
    fields: Mapping[str, Any]
    hidden: bool

    def link(self) -> dict[str, str]:
        where = locations(self.gardener.canaries, f"{self.label}/{LINK}")
        made = self._resource(LINK, None, format="CSV", **where)
        return {**_values(made), "link": made["id"], "link_upper": made["id"].upper()}

    def file(self) -> dict[str, str]:
        content = f"Inhalt: {self._secret(kinds.CONTENT, FILE)}\n".encode()
        upload = Upload(f"{self._secret(kinds.FILE_NAME, FILE)}.txt", content)
        made = self._resource(FILE, upload, format="TXT")
        view = self._view(FILE, made["id"], {"view_type": "text_view"})
        return {**_values(made), **_uploaded(made), **view}

    def table(self) -> dict[str, str]:
        column = self._secret(kinds.COLUMN, TABLE)
        cell = self._secret(kinds.CELL, TABLE)
        text = io.StringIO()
        csv.writer(text).writerows([["ort", column], ["Jena", cell]])
        content = f"{text.getvalue()}{self._secret(kinds.CONTENT, TABLE)},\n".encode()
        upload = Upload(f"{self._secret(kinds.FILE_NAME, TABLE)}.csv", content)
        made = self._resource(TABLE, upload, format="CSV")
        alias = f"leak_check_{made['id'][:8]}"
        self.gardener.api(
            "datastore_create",
            resource_id=made["id"],
            force=True,
            aliases=[alias],
            fields=[
                {"id": "ort", "type": "text"},
                {"id": column, "type": "text", "info": {"label": f"Spalte {column}"}},
            ],
            records=[{"ort": "Jena", column: cell}],
        )
        config = {"view_type": "datatables_view", "show_fields": ["_id", "ort", column]}
        view = self._view(TABLE, made["id"], config)
        return {
            **_values(made),
            **_uploaded(made),
            **view,
            "table_view": view["view"],
            "table": made["id"],
            "table_upper": made["id"].upper(),
            "alias": alias,
        }

    def _secret(self, kind: str, part: str) -> str:
        return self.gardener.canaries.new(kind, f"{self.label}/{part}")

    def _resource(self, part: str, upload: Upload | None, **more: Any) -> dict[str, Any]:
        name = f"{self.label} {part}"
        if self.hidden:
            name = f"Teil {self._secret(kinds.RESOURCE_NAME, part)}"
        data = {"package_id": self.dataset, "name": name, **more, **self.fields}
        return self.gardener.api("resource_create", upload, **data)

    def _view(self, part: str, resource: str, config: Mapping[str, Any]) -> dict[str, str]:
        secret = self._secret(kinds.VIEW, part)
        made = self.gardener.api(
            "resource_view_create",
            resource_id=resource,
            title=f"Ansicht {secret}",
            description=f"Nur {secret}",
            **config,
        )
        return {"view": made["id"], "viewed": resource}


def _described(canaries: Canaries, label: str) -> dict[str, Any]:
    """A description that is to stay hidden."""
    return {
        "name": canaries.new(kinds.NAME, label),
        "title": f"Titel {canaries.new(kinds.TITLE, label)}",
        "notes": f"Beschreibung {canaries.new(kinds.NOTES, label)}",
        "tags": [{"name": canaries.new(kinds.TAG, label)}],
    }


def _plain(label: str) -> dict[str, Any]:
    return {
        "name": f"leak-check-{label}",
        "title": f"Leak check: {label}",
        "notes": "Planted by the leak check; to be removed.",
        "tags": [{"name": f"leak-check {label}"}],
    }


def address(secret: str) -> str:
    """An address in which no part is without the secret."""
    return f"https://{secret}.example/{secret}/daten.csv?schluessel={secret}"


def _values(made: Mapping[str, Any]) -> dict[str, str]:
    return {
        "resource": made["id"],
        "resource_upper": made["id"].upper(),
        "resource_title": made["name"],
    }


def _uploaded(made: Mapping[str, Any]) -> dict[str, str]:
    id_ = made["id"]
    return {
        "upload": id_,
        "upload_upper": id_.upper(),
        "upload_path": f"{id_[:3]}/{id_[3:6]}/{id_[6:]}",
        "public_name": made["url"].rpartition("/")[2],
    }
