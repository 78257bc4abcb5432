"""Why data are not open, for people and machines: levels, grounds, reasons, dates.

``dct:accessRights`` holds the EU's word for the level. Everything else is one
``dct:RightsStatement`` in ``dct:rights``: DCAT-AP.de has no property for the ground of a
restriction. ``dcatde:legalBasis`` and ``dcatap:applicableLegislation`` are the laws that *demand*
data or their opening, and stay out of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from rdflib import DCAT, DCTERMS, PROV, RDF, RDFS, XSD, Graph, Literal, URIRef

from ckanext.jena_governance.access.gateways import portal_url
from ckanext.jena_governance.dcat import names, safe
from ckanext.jena_governance.dcat.shown import Shown
from ckanext.jena_governance.policy import ANNOUNCED, OPEN, Basis, date_label, licence_of, values
from ckanext.jena_governance.policy.vocabulary import LANGUAGES
from ckanext.jena_governance.policy.wording import PLACEHOLDER

# Fields of ours and the term that holds each, as plain text or as a day.
TEXTS = {
    "restriction_reason": "reason",
    "stricter_reason": "stricterReason",
    "ends_when": "endsWhen",
}
DAYS = {"review_date": "reviewDate", "opens_on": "opensOn"}
_NOTES = {"derivative_status": "derivativeStatus", "derivative_note": "derivativeNote"}


def add_to_dataset(graph: Graph, node: URIRef, shown: Shown) -> None:
    """State level, grounds and open version of a dataset.

    Args:
        graph: the graph of this dataset alone.
        node: the dataset.
        shown: what it is.

    Source:
        DCAT-AP.de 3.0: ``dct:accessRights`` out of the EU's list; design §2, §3.
    """
    ours, said = names.terms(), shown.dataset
    right = names.ACCESS_RIGHT[shown.access_right]
    graph.add((node, DCTERMS.accessRights, right))
    graph.add((right, RDF.type, DCTERMS.RightsStatement))
    graph.add((node, ours.openness, names.level_iri(shown.level)))
    personal = values.text(said.get("personal_data"))
    if personal in shown.words.personal_data:
        graph.add((node, ours.personalData, Literal(personal)))
    _add_dates(graph, node, shown)
    _add_licence_when_open(graph, node, shown)
    _add_relations(graph, node, shown)
    page = portal_url(f"/dataset/{said.get('id')}")
    statement = None if shown.is_opened else _statement(graph, page, said, shown.level, shown)
    if statement is not None:
        graph.add((node, DCTERMS.rights, statement))


def add_to_distribution(
    graph: Graph, node: URIRef, resource: Mapping[str, Any], level: str, shown: Shown
) -> None:
    """State the level and grounds of one resource, where they are not simply the dataset's.

    Args:
        graph: the graph of this dataset alone.
        node: the distribution.
        resource: the resource.
        level: the level that holds for it today.
        shown: the dataset.
    """
    ours = names.terms()
    has_own = not values.is_blank(resource.get("openness"))
    if has_own or level != shown.level:
        graph.add((node, ours.openness, names.level_iri(level)))
    page = portal_url(f"/dataset/{shown.dataset.get('id')}/resource/{resource.get('id')}")
    own = _statement(graph, page, resource, level, shown) if _speaks(resource) else None
    if own is not None and not (level == OPEN and shown.is_opened):
        graph.remove((node, DCTERMS.rights, None))
        graph.add((node, DCTERMS.rights, own))
        return
    is_same = (level == OPEN) == (shown.level == OPEN)
    inherited = _of_dataset(graph, node) if is_same or level != OPEN else None
    if inherited is not None and (node, DCTERMS.rights, None) not in graph:
        graph.add((node, DCTERMS.rights, inherited))


def citation_of(bases: Iterable[Basis], shown: Shown, lang: str) -> str:
    """Grounds in one line."""
    return "; ".join(
        _filled("ground", shown, lang, label=basis.label(lang), citation=basis.citation)
        for basis in bases
    )


def _statement(
    graph: Graph, page: str, part: Mapping[str, Any], level: str, shown: Shown
) -> URIRef | None:
    """A statement on what a dataset or resource says of its restriction; ``None`` if nothing.

    It has an address, on the page of what it is about, because several distributions name it:
    rdflib's RDF/XML loses blank nodes that are named twice.
    """
    if level == OPEN and not _speaks(part):
        return None
    ours, node = names.terms(), URIRef(f"{page}#restriction")
    bases = values.bases_named(part, shown.words).known
    graph.add((node, RDF.type, DCTERMS.RightsStatement))
    graph.add((node, RDF.type, ours.Restriction))
    for basis in bases:
        graph.add((node, ours.legalBasis, names.basis_iri(basis.id)))
    _add_fields(graph, node, part)
    for lang in LANGUAGES:
        label, text = _words(part, level, list(bases), shown, lang)
        graph.add((node, RDFS.label, Literal(label, lang=lang)))
        graph.add((node, DCTERMS.description, Literal(text, lang=lang)))
    return node


def _add_fields(graph: Graph, node: URIRef, part: Mapping[str, Any]) -> None:
    ours = names.terms()
    for field, name in TEXTS.items():
        if said := values.text(part.get(field)):
            graph.add((node, ours[name], Literal(said)))
    for field, name in DAYS.items():
        if (day := safe.day(part.get(field))) is not None:
            graph.add((node, ours[name], Literal(day.isoformat(), datatype=XSD.date)))


def _words(
    part: Mapping[str, Any], level: str, bases: list[Basis], shown: Shown, lang: str
) -> tuple[str, str]:
    """The level, and all there is to say about it."""
    grounds = citation_of(bases, shown, lang)
    said = [_filled("grounds", shown, lang, grounds=grounds)] if bases else []
    if not bases and level != OPEN:
        said.append(_filled("no_grounds", shown, lang))
    for field, code, name in (
        ("restriction_reason", "reason", "reason"),
        ("stricter_reason", "stricter_reason", "reason"),
        ("ends_when", "ends_when", "event"),
    ):
        if text := values.text(part.get(field)):
            said.append(_filled(code, shown, lang, **{name: text}))
    said += [
        _filled(field, shown, lang, date=date_label(day, lang))
        for field in ("review_date", "opens_on")
        if (day := safe.day(part.get(field))) is not None
    ]
    return shown.words.levels[level].label(lang), " ".join(said)


def _filled(code: str, shown: Shown, lang: str, **known: str) -> str:
    template = shown.words.export_texts[code].label(lang)
    return PLACEHOLDER.sub(lambda found: known.get(found[1], ""), template)


def _speaks(part: Mapping[str, Any]) -> bool:
    """Whether a dataset or resource names a ground or a reason itself."""
    fields = ("legal_basis", *TEXTS, *DAYS)
    return any(not values.is_blank(part.get(field)) for field in fields)


def _of_dataset(graph: Graph, node: URIRef) -> Any:
    """The statement of the dataset that a distribution belongs to."""
    dataset = graph.value(predicate=DCAT.distribution, object=node, any=True)
    return graph.value(dataset, DCTERMS.rights, any=True) if dataset is not None else None


def _add_dates(graph: Graph, node: URIRef, shown: Shown) -> None:
    """When data that are not there yet will be: ``dct:available``, and why in our own terms."""
    opens, announced = safe.day(shown.dataset.get("opens_on")), _announced_for(shown)
    coming = opens if shown.level != OPEN else announced
    if coming is not None:
        graph.add((node, DCTERMS.available, Literal(coming.isoformat(), datatype=XSD.date)))
    if announced is not None:
        day = Literal(announced.isoformat(), datatype=XSD.date)
        graph.add((node, names.terms().publishBy, day))


def _announced_for(shown: Shown) -> date | None:
    said = safe.day(shown.dataset.get("publish_by"))
    is_planned = shown.dataset.get("openness_effective") == ANNOUNCED or not any(
        values.has_data(one) for one in values.resources_of(shown.dataset)
    )
    return said if is_planned else None


def _add_licence_when_open(graph: Graph, node: URIRef, shown: Shown) -> None:
    kept = licence_of(values.text(shown.dataset.get("licence_when_open")), shown.words)
    if kept is not None:
        graph.add((node, names.terms().licenceWhenOpen, URIRef(kept.uri)))
    own = licence_of(values.text(shown.dataset.get("license_id")), shown.words)
    if own is not None:
        graph.add((node, DCTERMS.license, URIRef(own.uri)))
        graph.add((URIRef(own.uri), RDF.type, DCTERMS.LicenseDocument))


def _add_relations(graph: Graph, node: URIRef, shown: Shown) -> None:
    """The open version, and the other way round; both are known to everybody.

    ``dct:relation`` is what DCAT-AP has for related resources of any kind, ``prov:wasDerivedFrom``
    says the same as our term from the other end. ``dct:source`` would say so too, but DCAT-AP asks
    that what it names be described on the same page.
    """
    ours, id_ = names.terms(), str(shown.dataset.get("id"))
    version = safe.web(shown.around.open_versions.get(id_))
    if version is not None:
        graph.add((node, DCTERMS.relation, version))
        graph.add((node, ours.openVersion, version))
        graph.add((version, RDF.type, RDFS.Resource))
    for source in shown.around.derived_from.get(id_, []):
        if (found := safe.web(source)) is not None:
            graph.add((node, PROV.wasDerivedFrom, found))
    hides = bool(values.text(shown.dataset.get("open_derivative"))) and version is None
    for field, name in _NOTES.items():
        said = values.text(shown.dataset.get(field))
        if said and not hides:
            graph.add((node, ours[name], Literal(said)))
