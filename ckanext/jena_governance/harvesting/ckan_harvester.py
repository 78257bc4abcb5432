"""Harvests CKAN portals, held to our rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode

import ckantoolkit as tk

from ckanext.harvest.harvesters.ckanharvester import CKANHarvester
from ckanext.jena_governance.harvesting import settings
from ckanext.jena_governance.harvesting.errors import SourceError
from ckanext.jena_governance.harvesting.settings import Settings
from ckanext.jena_governance.harvesting.stages import Found, Governed, Source

ROWS = 100


class JenaGovernanceCkanHarvester(Governed, CKANHarvester):
    """ckanext-harvest's CKAN harvester: bounded, in report mode, for the source's own datasets."""

    def info(self) -> dict[str, str]:
        """How the form of a source calls it."""
        return {
            "name": "jena_governance_ckan",
            "title": tk._("CKAN portal (governed)"),
            "description": tk._("Datasets of another CKAN, by the rules of this portal"),
            "form_config_interface": "Text",
        }

    def validate_config(self, config: str | None) -> str | None:
        """Refuse a configuration that cannot be read (see ckanext-harvest)."""
        return settings.check(config)

    def records(self, source: Source) -> Iterator[Found]:
        """All datasets that the source's search finds, 100 at a time."""
        start, seen = 0, 0
        names: set[str] = set()
        while True:
            page, count = self._page(source, start)
            fresh = [one for one in page if _guid(one) not in names or not _guid(one)]
            if page and not fresh:
                raise SourceError(tk._("The source sends the same page again and again."))
            yield from (_found(one) for one in fresh)
            names |= {_guid(one) for one in page}
            seen, start = seen + len(page), start + ROWS
            if not page or (count and start >= count):
                break
        if seen < count:
            message = tk._("The source announces {} datasets and delivers {}.")
            raise SourceError(message.format(count, seen))

    def _page(self, source: Source, start: int) -> tuple[list[Any], int]:
        asked = {"rows": ROWS, "start": start, "sort": "id asc", **_filters(source.settings)}
        path = f"{self._get_search_api_offset()}?{urlencode(asked)}"
        answer = source.web.get(source.home.url.rstrip("/") + path, source.home)
        try:
            said = json.loads(answer.text())
        except (ValueError, RecursionError) as error:
            message = tk._("{} does not answer with JSON. Is it the address of a CKAN?")
            raise SourceError(message.format(answer.address.url)) from error
        body = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
        result = body.get("result")
        listed = cast("dict[str, Any]", result).get("results") if isinstance(result, dict) else None
        if body.get("success") is False or not isinstance(listed, list):
            message = tk._("{} does not answer as CKAN's package_search does.")
            raise SourceError(message.format(answer.address.url))
        count = cast("dict[str, Any]", result).get("count")
        return cast("list[Any]", listed), count if isinstance(count, int) else 0


def _filters(said: Settings) -> dict[str, str]:
    """The part of the source that is asked for, in CKAN's words."""
    terms: list[str] = []
    for name, field in (("organizations", "organization"), ("groups", "groups")):
        include = getattr(said, f"{name}_filter_include")
        exclude = getattr(said, f"{name}_filter_exclude")
        if include:
            terms.append("(" + " OR ".join(f'{field}:"{_plain(one)}"' for one in include) + ")")
        terms += [f'-{field}:"{_plain(one)}"' for one in exclude]
    asked = {"fq": " AND ".join(terms)} if terms else {}
    return {**asked, **({"include_private": "true"} if said.api_key else {})}


def _plain(name: str) -> str:
    return name.replace("\\", "").replace('"', "")


def _guid(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    said = cast("dict[str, Any]", entry)
    found = said.get("id") or said.get("name")
    return found if isinstance(found, str) else ""


def _found(entry: Any) -> Found:
    guid = _guid(entry)
    if not guid:
        return Found("", problem=tk._("The source delivers an entry without an id."))
    return Found(guid, cast("dict[str, Any]", entry))
