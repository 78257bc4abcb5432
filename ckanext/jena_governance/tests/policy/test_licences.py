from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ckanext.jena_governance.policy import licence_of, settle_licence
from ckanext.jena_governance.tests.policy.samples import opened, restricted


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("dl-by-de-2.0", "dl-by-de-2.0"),
        ("dl-by-de/2.0", "dl-by-de-2.0"),
        ("DL-BY-DE/2.0", "dl-by-de-2.0"),
        (" dl-by-de/2.0 ", "dl-by-de-2.0"),
        ("http://dcat-ap.de/def/licenses/dl-by-de/2.0", "dl-by-de-2.0"),
        ("http://dcat-ap.de/def/licenses/dl-by-de/2.0/", "dl-by-de-2.0"),
        ("https://www.dcat-ap.de/def/licenses/dl-by-de/2.0", "dl-by-de-2.0"),
        ("http://dcat-ap.de/def/licenses/dl-by-de/2_0", "dl-by-de-2.0"),
        ("https://www.govdata.de/dl-de/by-2-0", "dl-by-de-2.0"),
        ("http://govdata.de/dl-de/by-2-0/", "dl-by-de-2.0"),
        ("DL-DE-BY-2.0", "dl-by-de-2.0"),
        ("dl-de-by-2.0", "dl-by-de-2.0"),
        ("data-german-name", "dl-by-de-2.0"),
        ("dl-de-by", "dl-by-de-1.0"),
        ("dl-de-by-1.0", "dl-by-de-1.0"),
        ("dl-de-by-nc", "dl-by-nc-de-1.0"),
        ("dl-de-zero-2.0", "dl-zero-de-2.0"),
        ("Datenlizenz Deutschland – Zero – Version 2.0", "dl-zero-de-2.0"),
        ("Datenlizenz Deutschland – Namensnennung – Version 2.0", "dl-by-de-2.0"),
        ("DATENLIZENZ DEUTSCHLAND NAMENSNENNUNG 2.0", "dl-by-de-2.0"),
        ("Data licence Germany – attribution – version 2.0", "dl-by-de-2.0"),
        ("cc-by", "cc-by"),
        ("cc-by-sa", "cc-by-sa"),
        ("cc-zero", "cc-zero"),
        ("CC0-1.0", "cc-zero"),
        ("https://creativecommons.org/publicdomain/zero/1.0/deed.de", "cc-zero"),
        ("https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode", "cc-by-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/deed.de/", "cc-by-4.0"),
        ("CC-BY-4.0", "cc-by-4.0"),
        ("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", "cc-by-4.0"),
        ("cc-nc", "cc-by-nc"),
        ("odc-odbl", "odbl"),
        ("odc-pddl", "odcpddl"),
        ("odc-by", "odby"),
        ("gfdl", "gfdl"),
        ("uk-ogl", "other-open"),
        ("other-open", "other-open"),
        ("other-pd", "other-open"),
        ("other-at", "other-open"),
        ("other-nc", "other-closed"),
        ("other-closed", "other-closed"),
        ("officialWork", "officialwork"),
        ("Creative Commons Namensnennung (CC-BY)", "cc-by"),
        (
            "Creative Commons Attribution Weitergabe unter gleichen Bedingungen (CC-BY-SA)",
            "cc-by-sa",
        ),
        ("Andere eingeschränkte Lizenz", "other-closed"),
        ("Creative Commons Nicht-Kommerziell (CC-NC)", "cc-by-nc"),
        ("Open Data Commons Open Database License (ODbL)", "odbl"),
        ("notspecified", None),
        ("", None),
        (None, None),
        ("unsere-eigene", None),
        ("dl-by-de-3.0", None),
        ("cc-by-nc-sa-4.0", None),
        ("https://example.org/licenses/by/4.0", None),
        ("https://www.govdata.de/dl-de/by-2-0/../../boese", None),
        ("-", None),
        ("x" * 100_000, None),
    ],
)
def test_recognised(value, expected, words):
    found = licence_of(value, words)
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (("data-german-name", "Datenlizenz Deutschland - Namensnenung 2.0", None), "dl-by-de-2.0"),
        ((None, "Datenlizenz Deutschland - Namensnenung 2.0", None), "dl-by-de-2.0"),
        (("eigene-nr-7", None, "https://www.govdata.de/dl-de/by-2-0"), "dl-by-de-2.0"),
        (("notspecified", "License not specified", None), None),
        (("notspecified", "CC BY", "https://creativecommons.org/licenses/by/4.0/"), "cc-by-4.0"),
        # The field goes before what stands beside it, which portals do not always renew.
        (("cc-zero", "Datenlizenz Deutschland Namensnennung 2.0", None), "cc-zero"),
    ],
)
def test_title_and_address_help(says, expected, words):
    value, title, url = says
    found = licence_of(value, words, title=title, url=url)
    assert (found.id if found else None) == expected


def test_open_and_closed_ones_of_ckan(words):
    assert licence_of("uk-ogl", words).open
    assert not licence_of("cc-nc", words).open
    assert not licence_of("other-nc", words).open


@pytest.mark.parametrize("value", [5, ["cc-by"], {}, True])
def test_odd_values(value, words):
    assert licence_of(value, words) is None


@pytest.mark.skipif(
    "JENA_GOVERNANCE_SHARED" not in os.environ, reason="JENA_GOVERNANCE_SHARED is not set"
)
def test_real_portals(words):
    folder = Path(os.environ["JENA_GOVERNANCE_SHARED"]) / "realdata"
    jena = json.loads((folder / "jena/ckan.json").read_text())["result"]
    jena = jena["results"] if isinstance(jena, dict) else jena
    found = {
        licence_of(one["license_id"], words, title=one["license_title"], url=one["license_url"]).id
        for one in jena
    }
    assert found == {"dl-by-de-2.0"}
    for one in json.loads((folder / "berlin/catalog.json").read_text()):
        by_id, by_title = (licence_of(one[name], words) for name in ("license_id", "license"))
        assert by_id == by_title is not None
    for one in json.loads((folder / "berlin/bonn-catalog.json").read_text()):
        assert licence_of(one.get("license_id"), words, title=one["license_title"]) is not None


class TestSettle:
    def test_closing_keeps_the_licence_for_later(self, words):
        dataset = restricted(license_id="data-german-name")
        settled = settle_licence(dataset, words)
        assert settled["license_id"] == "other-closed"
        assert settled["licence_when_open"] == "dl-by-de-2.0"
        assert dataset["license_id"] == "data-german-name"

    def test_opening_brings_it_back(self, words):
        dataset = opened(license_id="other-closed", licence_when_open="dl-by-de-2.0")
        settled = settle_licence(dataset, words)
        assert settled["license_id"] == "dl-by-de-2.0"
        assert settled["licence_when_open"] == ""

    def test_there_and_back_again(self, words):
        dataset = opened(license_id="cc-zero")
        closed = settle_licence({**dataset, "openness": "closed"}, words)
        assert settle_licence({**closed, "openness": "open"}, words)["license_id"] == "cc-zero"

    @pytest.mark.parametrize(
        "dataset",
        [
            opened(),
            opened(license_id="other-closed"),
            opened(license_id="cc-by-nc", licence_when_open="cc-zero"),
            opened(license_id="other-closed", licence_when_open="cc-by-nc"),
            opened(license_id="other-closed", licence_when_open="eigene"),
            restricted(),
            restricted(license_id="cc-by-nc"),
            restricted(license_id=""),
            restricted(license_id="eigene"),
            restricted(license_id=["x"]),
            {"license_id": "cc-zero"},
        ],
    )
    def test_nothing_to_move(self, dataset, words):
        assert settle_licence(dataset, words) == dataset

    def test_twice_is_once(self, words):
        once = settle_licence(restricted(license_id="cc-by"), words)
        assert settle_licence(once, words) == once
