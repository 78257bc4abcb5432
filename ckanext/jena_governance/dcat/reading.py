"""Reading a dataset out of somebody's catalogue: what our own export states, and others' habits.

What our export states comes back as it was: openness, grounds, reasons, dates, owner, steward and
mailbox, licence, open version, high-value categories. Of a foreign record ``access_rights`` and the
licences stay as they are written where nobody knows them: what that means is decided elsewhere.
Nothing here raises, whatever stands in the graph; ``problems.problems_of`` tells what was left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, Graph, Literal

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.dcat import licensing, names, restriction, safe, terms
from ckanext.jena_governance.dcat.agents import VCARD
from ckanext.jena_governance.policy import LEVELS, values

_DATES = ("issued", "modified")
# From closed to open: where several are given, the first of these holds.
ACCESS_RIGHTS = ("NON_PUBLIC", "RESTRICTED", "PUBLIC")
_LISTS = ("hvd_category", "theme", "language", "conforms_to", "applicable_legislation")
_PLAIN = {
    "personal_data": "personalData",
    "derivative_status": "derivativeStatus",
    "derivative_note": "derivativeNote",
}


@dataclass(frozen=True)
class Owner:
    """Whom the data belong to, as a catalogue says.

    Attributes:
        uri: its address, if any.
        id: the id of the CKAN organization in that address; of the source's portal, not of ours.
        name: what it is called.
    """

    uri: str
    id: str
    name: str


def complete(graph: Graph, node: Any, dataset: dict[str, Any]) -> dict[str, Any]:
    """Correct and complete what ckanext-dcat has read.

    Args:
        graph: the whole graph.
        node: the dataset in it.
        dataset: as far as it was read; changed in place.

    Returns:
        The same dictionary, with our fields; ``access_rights`` and ``license_id`` as they are
        written where no list knows them.
    """
    for field in _LISTS:
        if field in dataset:
            dataset[field] = [str(one) for one in values.items(dataset[field]) or []]
    _drop_bad_dates(dataset)
    right = access_right_of(graph, node)
    if right:
        dataset["access_rights"] = right
    dataset.update(_restriction_in(graph, node))
    dataset.update(_governance_in(graph, node))
    _take_steward(graph, node, dataset)
    owner = owner_of(graph, node)
    if is_ours(graph, node) and owner is not None and owner.id:
        dataset["owning_entity"] = owner.id
    _read_resources(graph, node, dataset)
    licensing.read(graph, node, dataset, is_ours=is_ours(graph, node))
    _drop_own_relation(graph, node, dataset)
    return dataset


def read_in_short(graph: Graph, node: Any, dataset: dict[str, Any]) -> None:
    """Title, description and distributions only; for a record that ckanext-dcat cannot read.

    The graph, which is the reader's own, is told so: ``problems.problems_of`` asks it.
    """
    graph.add((node, names.terms().readInShort, Literal(True)))
    dataset.setdefault("extras", [])
    dataset["title"] = first_text(graph, node, DCTERMS.title)
    dataset["notes"] = first_text(graph, node, DCTERMS.description)
    dataset.setdefault("tags", [])
    dataset["resources"] = [
        {
            "url": first_text(graph, one, DCAT.downloadURL)
            or first_text(graph, one, DCAT.accessURL),
            "name": first_text(graph, one, DCTERMS.title),
            "distribution_ref": str(one),
        }
        for one in graph.objects(node, DCAT.distribution)
    ]


def is_ours(graph: Graph, node: Any) -> bool:
    """Whether a record comes from a portal with this extension."""
    return any(True for _one in ours(graph, node, "openness"))


def ours(graph: Graph, node: Any, name: str) -> Iterable[Any]:
    """The values of one of our own properties, whichever portal's namespace it is in."""
    for predicate, value in graph.predicate_objects(node):
        if names.term_in(predicate) == name:
            yield value


def access_right_of(graph: Graph, node: Any) -> str:
    """The access right of a record.

    Args:
        graph: the whole graph.
        node: the dataset in it.

    Returns:
        Address of the EU's term, the most closed one of several; else what is written, untouched.
    """
    said = [_said(graph, value) for value in graph.objects(node, DCTERMS.accessRights)]
    known = [one for one in ACCESS_RIGHTS if any(_is_right(value, one) for value in said)]
    return str(names.ACCESS_RIGHT[known[0]]) if known else next((one for one in said if one), "")


def owner_of(graph: Graph, node: Any) -> Owner | None:
    """Whom a record says the data belong to: custodian, else the maintainer of DCAT-AP.de 2."""
    predicates = [names.GEODCATAP.custodian, *(ns.maintainer for ns in names.DCATDE_SPELLINGS)]
    for predicate in predicates:
        for agent in graph.objects(node, predicate):
            uri = str(safe.web(agent) or "")
            name = first_text(graph, agent, FOAF.name)
            if uri or name:
                return Owner(uri=uri, id=names.organization_in(uri) or "", name=name)
    return None


def first_text(graph: Graph, node: Any, predicate: Any) -> str:
    """A text, German if there is one."""
    found = list(graph.objects(node, predicate)) if not isinstance(node, Literal) else []
    german = [one for one in found if isinstance(one, Literal) and one.language == "de"]
    return str((german or found or [""])[0]).strip()


def level_of(graph: Graph, node: Any) -> str | None:
    """The level that one of our portals states; the most closed one of several."""
    said = {names.level_in(value) for value in ours(graph, node, "openness")}
    known = [level for level in LEVELS if level in said]
    return known[-1] if known else None


def statements_of(graph: Graph, node: Any) -> list[Any]:
    """The statements on rights that are ours."""
    return [
        one
        for one in graph.objects(node, DCTERMS.rights)
        if any(names.term_in(predicate) for predicate in graph.predicates(one))
        or any(names.term_in(type_) for type_ in graph.objects(one, RDF.type))
    ]


def _is_right(said: str, code: str) -> bool:
    return said.rstrip("/").endswith(f"/access-right/{code}")


def _said(graph: Graph, value: Any) -> str:
    label = "" if isinstance(value, Literal) else first_text(graph, value, RDFS.label)
    is_term = any(_is_right(str(value), code) for code in ACCESS_RIGHTS)
    return str(value) if is_term or not label else label


def _restriction_in(graph: Graph, node: Any) -> dict[str, Any]:
    """Level, grounds, reasons and dates; of a dataset or a distribution."""
    result: dict[str, Any] = {}
    level = level_of(graph, node)
    if level is not None:
        result["openness"] = level
    for statement in statements_of(graph, node):
        if bases := _bases_in(graph, statement):
            result["legal_basis"] = bases
        result.update(_fields_in(graph, statement))
    return result


def _fields_in(graph: Graph, statement: Any) -> dict[str, str]:
    """Texts, cut off where ours end, and days."""
    result: dict[str, str] = {}
    for field, name in restriction.TEXTS.items():
        for value in ours(graph, statement, name):
            result[field] = str(value)[: values.MAX_TEXT]
    for field, name in restriction.DAYS.items():
        for value in ours(graph, statement, name):
            if (day := safe.day(str(value))) is not None:
                result[field] = day.isoformat()
    return result


def _bases_in(graph: Graph, statement: Any) -> list[str]:
    """The ids of legal bases, in the order of our register; RDF has none."""
    order = {id_: number for number, id_ in enumerate(vocabulary.current().bases)}
    found = {names.basis_in(one) for one in ours(graph, statement, "legalBasis")} - {None}
    return sorted(map(str, found), key=lambda one: (order.get(one, -1), one))


def _governance_in(graph: Graph, node: Any) -> dict[str, Any]:
    words, result = vocabulary.current(), dict[str, Any]()
    for field, name in _PLAIN.items():
        for value in ours(graph, node, name):
            result[field] = str(value)[: values.MAX_TEXT]
    for value in ours(graph, node, "publishBy"):
        if (day := safe.day(str(value))) is not None:
            result["publish_by"] = day.isoformat()
    for value in ours(graph, node, "openVersion"):
        result["open_derivative"] = str(value)
    for value in ours(graph, node, "licenceWhenOpen"):
        if (known := licensing.licence_in(graph, value, words)) is not None:
            result["licence_when_open"] = known.id
    return result


def _take_steward(graph: Graph, node: Any, dataset: dict[str, Any]) -> None:
    for contact in graph.objects(node, DCAT.contactPoint):
        if not any(names.term_in(one) == "Steward" for one in graph.objects(contact, RDF.type)):
            continue
        name = first_text(graph, contact, VCARD.fn)
        mailbox = first_text(graph, contact, VCARD.hasEmail).removeprefix("mailto:")
        if name:
            dataset["data_steward"] = name
        if mailbox:
            dataset["data_steward_email"] = safe.decoded(mailbox)
        dataset["contact"] = [
            one
            for one in dataset.get("contact") or []
            if (one.get("name"), one.get("email")) != (name, mailbox)
        ]


def _read_resources(graph: Graph, node: Any, dataset: dict[str, Any]) -> None:
    words = vocabulary.current()
    distributions = {str(one): one for one in graph.objects(node, DCAT.distribution)}
    for resource in dataset.get("resources") or []:
        distribution = distributions.get(resource.get("distribution_ref", ""))
        if distribution is None:
            continue
        _drop_bad_dates(resource)
        _read_formats(resource)
        for field in ("conforms_to", "language", "applicable_legislation", "documentation"):
            if isinstance(resource.get(field), str):
                resource[field] = values.items(resource[field]) or []
        if statements_of(graph, distribution):
            resource.pop("rights", None)
        shared = set(statements_of(graph, node)) & set(statements_of(graph, distribution))
        stated = {} if shared else _restriction_in(graph, distribution)
        level = level_of(graph, distribution)
        resource.update(stated)
        if level is not None:
            resource["openness"] = level
        _read_former(graph, distribution, resource, words)


def _read_formats(resource: dict[str, Any]) -> None:
    words = vocabulary.current()
    said = resource.get("format")
    if said and safe.web(said) is not None:
        resource["format"] = (
            terms.code("file-type", said, words) or said.rstrip("/").rpartition("/")[2]
        )
    media_type = resource.get("mimetype")
    if media_type and "/media-types/" in media_type:
        resource["mimetype"] = media_type.partition("/media-types/")[2]
        if resource.get("format") == media_type:
            resource["format"] = resource["mimetype"]


def _read_former(graph: Graph, node: Any, resource: dict[str, Any], words: Any) -> None:
    """What DCAT-AP.de called otherwise before."""
    for namespace in names.DCATDE_SPELLINGS:
        for value in graph.objects(node, namespace.plannedAvailability):
            found = terms.term("planned-availability", str(value), words)
            if found:
                resource.setdefault("availability", found)


def _drop_bad_dates(part: dict[str, Any]) -> None:
    for field in _DATES:
        if field in part and not safe.is_date(part[field]):
            del part[field]


def _drop_own_relation(graph: Graph, node: Any, dataset: dict[str, Any]) -> None:
    """The open version has a field of its own."""
    known = {str(one) for one in ours(graph, node, "openVersion")}
    kept: list[dict[str, Any]] = []
    for extra in dataset.get("extras") or []:
        if extra.get("key") == "related_resource" and known:
            rest = [one for one in values.items(extra["value"]) or [] if one not in known]
            if rest:
                kept.append({**extra, "value": json.dumps(rest)})
        else:
            kept.append(extra)
    dataset["extras"] = kept
