"""Is the export valid? The official SHACL shapes, as their own validator uses them, but offline.

The shapes of the EU and of GovData look at terms of published lists and import those over the net.
Here the imports are taken out, and the lists given by whoever checks are merged into the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdflib import DCAT, OWL, RDF, SH, Graph, Namespace

from ckanext.dcat.processors import RDFSerializer
from ckanext.jena_governance.dcat import names, surroundings
from ckanext.jena_governance.startup import PROFILE

_FORMATS = {".ttl": "turtle", ".rdf": "xml", ".xml": "xml", ".jsonld": "json-ld"}
_SHAPES_DE = Namespace("http://dcat-ap.de/def/dcatde/3.0/shacl/")
_WRONG_DCATAP = "http://data.europa.eu/r5r#"


class CheckError(Exception):
    """What is needed for a check is missing or cannot be read."""


@dataclass(frozen=True)
class Result:
    """One thing that a shape finds.

    Attributes:
        severity: ``Violation``, ``Warning`` or ``Info``.
        focus: what it is about.
        path: the property.
        value: the value that is wrong, if any.
        message: the shape's own words.
    """

    severity: str
    focus: str
    path: str
    value: str
    message: str


@dataclass(frozen=True)
class Defect:
    """Something wrong with the official shapes themselves.

    Attributes:
        text: what, and what we do about it.
        is_in: whether these shapes have it.
        repair: corrects them in memory; ``None`` where nothing is to be corrected.
    """

    text: str
    is_in: Callable[[Graph], bool]
    repair: Callable[[Graph], None] | None = None


def read(paths: Iterable[Path]) -> Graph:
    """Files, or all files of folders, as one graph without imports.

    Raises:
        CheckError: a file is missing or cannot be read.
    """
    graph = Graph()
    for path in paths:
        files = sorted(one for one in path.rglob("*") if one.suffix in _FORMATS)
        for file in files if path.is_dir() else [path]:
            _parse(graph, file)
    graph.remove((None, OWL.imports, None))
    return graph


def _parse(graph: Graph, file: Path) -> None:
    try:
        graph.parse(str(file), format=_FORMATS.get(file.suffix, "turtle"))
    except Exception as error:  # rdflib's parsers have no error in common
        raise CheckError(f"{file} cannot be read: {error}") from error


def correct(shapes: Graph) -> list[str]:
    """Correct what is known to be wrong in the official shapes.

    Args:
        shapes: changed in place.

    Returns:
        What was found, in words.
    """
    found = [defect for defect in DEFECTS if defect.is_in(shapes)]
    for defect in found:
        if defect.repair is not None:
            defect.repair(shapes)
    return [defect.text for defect in found]


def described(datasets: Iterable[Mapping[str, Any]]) -> Graph:
    """The export of some datasets with their catalogue, as one graph."""
    listed = [dict(one) for one in datasets]
    serializer: Any = RDFSerializer(profiles=[PROFILE])
    catalogue = serializer.graph_from_catalog({"modified": None})
    with surroundings.prefetched(listed):
        for one in listed:
            node = serializer.graph_from_dataset(one)
            serializer.g.add((catalogue, DCAT.dataset, node))
    return serializer.g


def validate(data: Graph, shapes: Graph, vocabularies: Graph | None = None) -> list[Result]:
    """Hold data to shapes.

    Args:
        data: what is checked.
        shapes: from :func:`read`.
        vocabularies: terms that the shapes look up, merged into a copy of the data.

    Returns:
        What the shapes find, violations first.

    Raises:
        CheckError: pyshacl is not installed.
    """
    try:
        import pyshacl
    except ImportError as error:
        raise CheckError(
            "pyshacl is not installed: pip install 'ckanext-jena-governance[shacl]'"
        ) from error
    merged = Graph()
    for graph in (data, vocabularies or ()):
        for subject, predicate, object_ in graph:
            merged.add((subject, predicate, object_))
    outcome: Any = pyshacl.validate(merged, shacl_graph=shapes)
    report = outcome[1]
    found = [_result(report, node) for node in report.subjects(RDF.type, SH.ValidationResult)]
    order = ("Violation", "Warning", "Info")
    return sorted(found, key=lambda one: (order.index(one.severity), one.message, one.focus))


def _result(report: Any, node: Any) -> Result:
    messages = sorted(str(one) for one in report.objects(node, SH.resultMessage))
    severity = str(report.value(node, SH.resultSeverity)).rpartition("#")[2]
    return Result(
        severity=severity,
        focus=str(report.value(node, SH.focusNode)),
        path=str(report.value(node, SH.resultPath) or ""),
        value=str(report.value(node, SH.value) or ""),
        message=" / ".join(messages),
    )


def _has_wrong_namespace(shapes: Graph) -> bool:
    return any(str(path).startswith(_WRONG_DCATAP) for path in shapes.objects(None, SH.path))


def _use_right_namespace(shapes: Graph) -> None:
    for subject, path in list(shapes.subject_objects(SH.path)):
        if str(path).startswith(_WRONG_DCATAP):
            shapes.remove((subject, SH.path, path))
            shapes.add((subject, SH.path, names.DCATAP[str(path)[len(_WRONG_DCATAP) :]]))


_SERIES = _SHAPES_DE.DE_DatasetSeries_dcterms_publisher_v_Min
_PUBLISHER = _SHAPES_DE.DE_Dataset_dcterms_publisher_v_Min


def _has_no_target(shapes: Graph) -> bool:
    is_used = (None, SH.property, _SERIES) in shapes or (_SERIES, SH.targetClass, None) in shapes
    return (_SERIES, SH.path, None) in shapes and not is_used


def _names_another_class(shapes: Graph) -> bool:
    return any("DataService" in str(one) for one in shapes.objects(_PUBLISHER, SH.message))


# Source: the shapes of DCAT-AP.de 3.0 as published on 2025-10-23, tried one by one.
DEFECTS = (
    Defect(
        "The prefix dcatap is bound to http://data.europa.eu/r5r# instead of /r5r/, so the shapes "
        "for dcatap:availability (at most one, from the EU's list) never fire. Corrected here.",
        _has_wrong_namespace,
        _use_right_namespace,
    ),
    Defect(
        "The shape for the publisher of a dcat:DatasetSeries has no target and never fires. "
        "Corrected here.",
        _has_no_target,
        lambda shapes: (shapes.add((_SERIES, SH.targetClass, DCAT.DatasetSeries)), None)[1],
    ),
    Defect(
        "The message on a missing publisher of a dcat:Dataset speaks of a dcat:DataService. "
        "The check itself is right.",
        _names_another_class,
    ),
)
