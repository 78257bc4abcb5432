"""EU terms in words."""

from __future__ import annotations

import pytest

from ckanext.jena_governance.logic import terms
from ckanext.jena_governance.tests.logic.house import speaking

EU = "http://publications.europa.eu/resource/authority/"


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        (EU + "data-theme/ENVI", "Umwelt", "Environment"),
        (EU.replace("http:", "https:") + "language/DEU/", "Deutsch", "German"),
        (EU + "frequency/ANNUAL_2", "halbjährlich", "twice a year"),
        (EU + "file-type/GEOJSON", "GEOJSON", "GEOJSON"),
        ("https://example.org/norm", "https://example.org/norm", "https://example.org/norm"),
        ("http://dcat-ap.de/def/politicalGeocoding/municipalityKey/16053000",
         "Amtlicher Schlüssel 16053000", "Official key 16053000"),
        ("", "", ""), (None, "", ""),
    ],
)  # fmt: skip
def test_labels(app, portal, value, german, english):
    for language, expected in (("de", german), ("en", english)):
        with speaking(app, language):
            assert terms.label_of(value) == expected
