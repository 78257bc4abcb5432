"""Namespaces, and the addresses that this portal gives to its own terms."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from rdflib import Namespace, URIRef

from ckanext.jena_governance.access.gateways import portal_url

DCATAP = Namespace("http://data.europa.eu/r5r/")
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
GEODCATAP = Namespace("http://data.europa.eu/930/")
POLITICAL = Namespace("http://dcat-ap.de/def/politicalGeocoding/")
ACCESS_RIGHT = Namespace("http://publications.europa.eu/resource/authority/access-right/")
CONTRIBUTORS = Namespace("http://dcat-ap.de/def/contributors/")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
DATA_THEMES = URIRef("http://publications.europa.eu/resource/authority/data-theme")
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"

# The regulation on high-value datasets, which DCAT-AP HVD wants to be named by this address.
HVD_REGULATION = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")

# What catalogues in use write for the namespace of DCAT-AP.de, the current one first.
DCATDE_SPELLINGS = (
    DCATDE,
    Namespace("http://dcat-ap.de/def/dcatde/1.0.1/"),
    Namespace("https://www.dcat-ap.de/def/dcatde/1.1/"),
    Namespace("http://dcat-ap.de/def/dcatde/1_0/"),
    Namespace("https://www.dcat-ap.de/def/dcatde/"),
)

TERMS_PATH = "/governance/terms"
BASES_PATH = "/governance/legal-bases"
_LEVEL = "level-"


def terms() -> Namespace:
    """The namespace of our own terms; it dereferences on this portal."""
    return Namespace(portal_url(TERMS_PATH) + "#")


def scheme_iri() -> URIRef:
    """The scheme of our legal bases."""
    return URIRef(portal_url(BASES_PATH))


def basis_iri(basis: str) -> URIRef:
    """The concept of a legal basis."""
    return URIRef(portal_url(f"{BASES_PATH}/{quote(basis, safe='')}"))


def level_iri(level: str) -> URIRef:
    """The concept of a level."""
    return terms()[_LEVEL + level]


def term_in(iri: object) -> str | None:
    """The local name of one of our terms, whichever portal it is from."""
    namespace, hash_, name = str(iri).partition(f"{TERMS_PATH}#")
    return name if hash_ and namespace and name else None


def level_in(iri: object) -> str | None:
    """The id of the level that a concept stands for, whichever portal it is from."""
    name = term_in(iri)
    return name[len(_LEVEL) :] if name and name.startswith(_LEVEL) else None


def basis_in(iri: object) -> str | None:
    """The id of the legal basis that a concept stands for, whichever portal it is from."""
    return _last(iri, f"{BASES_PATH}/")


def organization_in(iri: object) -> str | None:
    """The id in the address of a CKAN organization, whichever portal it is from."""
    return _last(iri, "/organization/")


def _last(iri: object, before: str) -> str | None:
    try:
        path = urlsplit(str(iri)).path
    except ValueError:
        return None
    _head, found, last = path.rpartition(before)
    return unquote(last) if found and last and "/" not in last else None
