"""Harvests DCAT catalogues, held to our rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk

from ckanext.dcat.harvesters.rdf import DCATRDFHarvester
from ckanext.jena_governance.harvesting import settings
from ckanext.jena_governance.harvesting.addresses import address_of
from ckanext.jena_governance.harvesting.errors import SourceError
from ckanext.jena_governance.harvesting.graphs import Graph
from ckanext.jena_governance.harvesting.stages import Found, Governed, Source


class JenaGovernanceDcatHarvester(Governed, DCATRDFHarvester):
    """ckanext-dcat's RDF harvester: bounded, in report mode, for the source's own datasets."""

    def info(self) -> dict[str, str]:
        """How the form of a source calls it."""
        return {
            "name": "jena_governance_dcat",
            "title": tk._("DCAT catalogue (governed)"),
            "description": tk._("DCAT-AP and DCAT-AP.de as RDF, by the rules of this portal"),
            "form_config_interface": "Text",
        }

    def validate_config(self, source_config: str | None) -> str | None:
        """Refuse a configuration that cannot be read (see ckanext-harvest)."""
        return settings.check(source_config)

    def records(self, source: Source) -> Iterator[Found]:
        """All datasets of the catalogue; page by page where it links its pages."""
        page, seen = source.home, {source.home.url}
        while True:
            answer = source.web.get(page.url, source.home)
            graph = Graph(answer, source.settings)
            for guid, data, problem in graph.each_dataset():
                yield Found(self._guid(guid, data), data, problem)
            following = graph.next_page()
            if not following:
                return
            page = address_of(following, answer.address)
            if not page.is_same_host(source.home):
                message = tk._("The next page, {}, is on another server; it is not fetched.")
                raise SourceError(message.format(page.url))
            if page.url in seen:
                raise SourceError(tk._("The pages of the source lead in a circle."))
            seen.add(page.url)

    def _guid(self, uri: str, data: dict[str, Any] | None) -> str:
        """The address of the dataset, else its identifier, else its name or title."""
        found = uri or (self._get_guid(data) if data else "") or (data or {}).get("title")
        return found if isinstance(found, str) else ""
