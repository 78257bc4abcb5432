"""A DCAT source: pages, odd records, and what a source must not get at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ckanext.jena_governance.tests.harvesting.conftest import PLUGINS, Harvesting, Server

pytestmark = pytest.mark.ckan_config("ckan.plugins", PLUGINS)

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/"
  xmlns:hydra="http://www.w3.org/ns/hydra/core#">
"""
RIGHT = "http://publications.europa.eu/resource/authority/access-right/"


def dataset(name: str, right: str = "", licence: str = "dl-zero-de/2.0", more: str = "") -> str:
    says = f'<dct:accessRights rdf:resource="{RIGHT}{right}"/>' if right else ""
    return f"""
  <dcat:Dataset rdf:about="https://source.example/{name}">
    <dct:title>Data {name}</dct:title><dct:description>Text</dct:description>{says}{more}
    <dcat:distribution><dcat:Distribution rdf:about="https://source.example/{name}/d">
      <dct:title>File</dct:title>
      <dcat:accessURL rdf:resource="https://files.example/{name}-geheim.csv"/>
      <dct:license rdf:resource="http://dcat-ap.de/def/licenses/{licence}"/>
    </dcat:Distribution></dcat:distribution>
  </dcat:Dataset>"""


def catalogue(*parts: str, following: str = "") -> str:
    page = f"""
  <hydra:PagedCollection rdf:about="https://source.example/page">
    <hydra:nextPage rdf:resource="{following}"/></hydra:PagedCollection>"""
    return HEAD + "".join(parts) + (page if following else "") + "</rdf:RDF>"


def guid(name: str) -> str:
    return f"https://source.example/{name}"


def test_pages_levels_and_a_second_run(harvesting: Harvesting, server: Server) -> None:
    server.rdf("/2.rdf", catalogue(dataset("c", "NON_PUBLIC"), dataset("d", "CONFIDENTIAL")))
    url = server.rdf(
        "/1.rdf",
        catalogue(dataset("a"), dataset("b", "RESTRICTED"), following=server.url + "/2.rdf"),
    )
    source = harvesting.source(url, "dcat")
    run = harvesting.run(source)
    print(run)
    assert run.gather_errors == []
    assert run.statuses == {"added": 4}
    levels = {name: harvesting.dataset(source, guid(name))["openness"] for name in "abcd"}
    assert levels == {"a": "open", "b": "request", "c": "closed", "d": "closed"}
    for name in "bcd":
        assert "geheim.csv" not in json.dumps(harvesting.dataset(source, guid(name)))
    assert harvesting.dataset(source, guid("a"))["license_id"] == "dl-zero-de-2.0"
    again = harvesting.run(source)
    assert again.statuses == {"not modified": 4}
