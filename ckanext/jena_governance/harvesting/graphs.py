"""A page of a DCAT catalogue as a graph, read dataset by dataset. Nothing is fetched for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import BytesIO
from typing import Any, cast

import rdflib
from rdflib.namespace import DCTERMS, RDFS
from rdflib.util import guess_format

import ckantoolkit as tk

from ckanext.dcat.processors import RDFParser
from ckanext.jena_governance.dcat import problems
from ckanext.jena_governance.harvesting.errors import SourceError
from ckanext.jena_governance.harvesting.reports import words_of
from ckanext.jena_governance.harvesting.settings import FORMATS, Settings
from ckanext.jena_governance.harvesting.web import Answer
from ckanext.jena_governance.policy.harvested import ACCESS_RIGHTS

log = logging.getLogger(__name__)

PROFILES = ("dcat_ap_de_3",)
# Under this key a record carries what its parser could not read: field and value.
UNREAD = "harvest_unread"
_TOLD = frozenset({problems.UNREADABLE, problems.SEVERAL})

_MEDIA_TYPES = {
    "application/rdf+xml": "xml",
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
    "application/n-triples": "nt",
}
_BEGINNINGS = {b"<?xml": "xml", b"<rdf": "xml", b"<!DOC": "xml", b"{": "json-ld", b"[": "json-ld"}


class Graph(RDFParser):
    """ckanext-dcat's parser for one page.

    Args:
        answer: the page.
        settings: of the source.

    Raises:
        SourceError: the page cannot be read; names it and says why.
    """

    def __init__(self, answer: Answer, settings: Settings) -> None:
        super().__init__(profiles=list(settings.profiles or PROFILES))
        format_ = settings.rdf_format or _format_of(answer)
        # XML says its encoding itself.
        body = answer.body if format_ == "xml" else answer.text().encode()
        if format_ == "json-ld":
            _require_own_contexts(answer)
        try:
            self.g.parse(source=BytesIO(body), format=format_, publicID=answer.address.url)
        except Exception as error:
            message = tk._("{} is no valid RDF ({}): {}")
            words = message.format(answer.address.url, format_, words_of(error))
            raise SourceError(words) from error

    def each_dataset(self) -> Iterator[tuple[str, dict[str, Any] | None, str]]:
        """Each dataset: its address, what it says, and why it cannot be read."""
        for reference in sorted(set(self._datasets()), key=str):
            uri = str(reference) if isinstance(reference, rdflib.URIRef) else ""
            data: dict[str, Any] = {}
            try:
                for profile in self._profiles:
                    reader = profile(
                        self.g, dataset_type=self.dataset_type, compatibility_mode=False
                    )
                    reader.parse_dataset(data, reference)
                self._take_rights(reference, data)
                data[UNREAD] = sorted(
                    (one.field, one.value)
                    for one in problems.problems_of(self.g, reference)
                    if one.code in _TOLD and one.field
                )
                # What cannot be kept as JSON cannot be kept at all.
                data = cast("dict[str, Any]", json.loads(json.dumps(data)))
                # A graph has no order; each run shall have the same one.
                data.get("resources", []).sort(key=_place)
            except Exception as error:
                log.info("a dataset of a catalogue cannot be read", exc_info=True)
                yield uri, None, words_of(error)
            else:
                yield uri, data, ""

    def _take_rights(self, reference: Any, data: dict[str, Any]) -> None:
        """All that is said of access, of the dataset and its files: unknown words close, too."""
        for node, holder in (
            (reference, data),
            *((rdflib.URIRef(one.get("distribution_ref") or ""), one) for one in _resources(data)),
        ):
            said = sorted(map(self._words_of, self.g.objects(node, DCTERMS.accessRights)))
            if said:
                holder[ACCESS_RIGHTS] = said

    def _words_of(self, right: Any) -> str:
        """A term's address or words; of a statement without an address its label."""
        if not isinstance(right, rdflib.BNode):
            return str(right)
        return next((str(one) for one in self.g.objects(right, RDFS.label)), "?")


def _resources(data: dict[str, Any]) -> list[dict[str, Any]]:
    return data.get("resources") or []


def _place(resource: dict[str, Any]) -> str:
    return json.dumps([resource.get(name) for name in ("uri", "url", "name")])


def _format_of(answer: Answer) -> str:
    """By the media type, else by the name of the file, else by how it begins."""
    known = _MEDIA_TYPES.get(answer.media_type) or guess_format(answer.address.url.split("?")[0])
    if known in FORMATS:
        return known
    start = answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:5]
    return next((name for sign, name in _BEGINNINGS.items() if start.startswith(sign)), "turtle")


def _require_own_contexts(answer: Answer) -> None:
    """Refuse contexts elsewhere: rdflib would fetch them, from files of this machine, too."""
    try:
        waiting: list[Any] = [json.loads(answer.text())]
    except (ValueError, RecursionError) as error:
        message = tk._("{} is no valid JSON: {}")
        raise SourceError(message.format(answer.address.url, words_of(error))) from error
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += cast("list[Any]", one)
        if not isinstance(one, dict):
            continue
        held = cast("dict[str, Any]", one)
        contexts = held.get("@context")
        named = cast("list[Any]", contexts if isinstance(contexts, list) else [contexts])
        if "@import" in held or any(isinstance(name, str) for name in named):
            message = tk._("{} uses a JSON-LD context that is elsewhere. Deliver it in the file.")
            raise SourceError(message.format(answer.address.url))
        waiting += held.values()
