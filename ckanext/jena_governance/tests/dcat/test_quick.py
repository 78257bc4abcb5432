"""Quicker, and nothing else: ckanext-dcat decides what comes out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rdflib import DCTERMS, Graph, URIRef

from ckanext.dcat.profiles import CleanedURIRef, EuropeanDCATAP3Profile, URIRefOrLiteral
from ckanext.jena_governance.dcat import quick

NODE = URIRef("http://a.example")
TEXTS = st.text(max_size=20).map("https://a.example/".__add__) | st.text(max_size=30)


@given(TEXTS)
@example("https://a.example/x y!\"$'()*,;<>[]{|}\\^`")
@example(" https://a.example/x\n")
@example("http://")
@example("https://a.example/ä€?x=1&y=%20#z")
def test_addresses(value: str) -> None:
    assert quick.address(value) == CleanedURIRef(value)
    for lang in (None, "de"):
        found, wanted = quick.address_or_text(value, lang), URIRefOrLiteral(value, lang)
        assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    "value",
    [
        *("2026-11-24T01:02:03.456789", "2026-11-24T01:02:03", "2026-11-24T01:02:03.4"),
        *("2026-11-24T01:02:03.000000", "2026-11-24T01:02:03Z", "2026-11-24T01:02:03+01:00"),
        *("2026-11-24T25:00:00", "2026-02-30T00:00:00", "2026-11-24 01:02:03", "24.11.2026"),
        *("2026", "2026-11", "2026-11-24", "0000-01-01T00:00:00", "irgendwann", "", None),
    ],
)
def test_dates(value: Any) -> None:
    graphs = []
    for profile in (quick.QuickProfile, EuropeanDCATAP3Profile):
        graph = Graph()
        profile(graph)._add_date_triple(NODE, DCTERMS.modified, value)
        graphs.append({(one, one.datatype) for one in graph.objects()})
    assert graphs[0] == graphs[1]
