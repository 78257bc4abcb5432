"""Where the city is: political geocoding of DCAT-AP.de, by configuration."""

from __future__ import annotations

import re
from urllib.parse import quote

from rdflib import DCTERMS, RDF, Graph, URIRef

from ckanext.jena_governance import config
from ckanext.jena_governance.dcat import names, safe

# German keys say by their length what they stand for.
_KEYS = {
    2: ("stateKey", "state"),
    5: ("districtKey", "administrativeDistrict"),
    8: ("municipalityKey", "municipality"),
    12: ("regionalKey", "municipality"),
}
_LEVELS = dict(_KEYS.values())
_KEY = re.compile(r"[0-9]+")


def add(graph: Graph, node: URIRef) -> None:
    """State which places the catalogue is about, and who delivers it.

    Args:
        graph: the graph of one dataset alone.
        node: the dataset.

    Source:
        DCAT-AP.de 3.0: ``dcatde:contributorID``, ``dcatde:politicalGeocodingLevelURI``; the key
        itself in ``dct:spatial``, because ``dcatde:politicalGeocodingURI`` is deprecated.
    """
    for contributor in config.dcat_contributors():
        graph.add((node, names.DCATDE.contributorID, contributor_iri(contributor)))
    for key in config.dcat_places():
        place = place_iri(key)
        if place is None:
            continue
        graph.add((node, DCTERMS.spatial, place))
        graph.add((place, RDF.type, DCTERMS.Location))
        if (level := level_iri(place)) is not None:
            graph.add((node, names.DCATDE.politicalGeocodingLevelURI, level))
        if config.dcat_deprecated():
            graph.add((node, names.DCATDE.politicalGeocodingURI, place))


def contributor_iri(said: str) -> URIRef:
    """The address of a contributor of GovData, given by its name in their list or as an address."""
    return safe.web(said) or names.CONTRIBUTORS[quote(said, safe="")]


def place_iri(said: str) -> URIRef | None:
    """The concept of a key (municipality, region, district, state), or of an address."""
    if (found := safe.web(said)) is not None:
        return found
    kind = _KEYS.get(len(said)) if _KEY.fullmatch(said) else None
    return names.POLITICAL[f"{kind[0]}/{said}"] if kind else None


def level_iri(place: URIRef) -> URIRef | None:
    """The level of a place of the political geocoding."""
    _before, _found, rest = str(place).partition(str(names.POLITICAL))
    level = _LEVELS.get(rest.split("/")[0])
    return names.POLITICAL[f"Level/{level}"] if level else None
