"""What our terms in RDF lead to: pages for people, RDF for machines."""

from __future__ import annotations

from flask import Blueprint
from rdflib import Graph
from werkzeug.wrappers import Response

import ckantoolkit as tk

from ckanext.dcat.utils import CONTENT_TYPES, url_to_rdflib_format
from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.dcat import names, safe, scheme

blueprint = Blueprint("governance_concepts", __name__)

_HTML = "text/html"
_FORMATS = {CONTENT_TYPES[format_]: format_ for format_ in ("ttl", "rdf", "jsonld")}
_EXTENSIONS = "any(ttl, rdf, xml, jsonld)"


@blueprint.route("/governance/legal-bases/<path:basis>")
def legal_basis(basis: str) -> Response:
    """One legal basis: its entry on the page, or its concept."""
    words = vocabulary.current()
    if basis not in words.bases:
        return tk.abort(404, tk._("There is no such legal basis."))
    format_ = asked_format()
    if format_ is None:
        entry = tk.h.url_for("governance_pages.legal_bases", _anchor=basis)
        return _varying(Response(status=303, headers={"Location": entry}))
    return answer(scheme.legal_bases(words, only=[basis]), format_)


@blueprint.route(f"/governance/legal-bases.<{_EXTENSIONS}:format_>")
def legal_bases(format_: str) -> Response:
    """The whole scheme."""
    return answer(scheme.legal_bases(vocabulary.current()), format_)


@blueprint.route("/governance/terms")
def terms() -> Response:
    """Our own terms: a page, or RDF."""
    words, format_ = vocabulary.current(), asked_format()
    if format_ is not None:
        return answer(scheme.terms(words), format_)
    variables = {"words": words, "namespace": str(names.terms())}
    return page(tk.render("governance/terms.html", extra_vars=variables))


@blueprint.route(f"/governance/terms.<{_EXTENSIONS}:format_>")
def terms_file(format_: str) -> Response:
    """Our own terms as RDF."""
    return answer(scheme.terms(vocabulary.current()), format_)


def asked_format() -> str | None:
    """The format of RDF that whoever asks prefers; ``None`` for a page."""
    best = tk.request.accept_mimetypes.best_match([_HTML, *_FORMATS], default=_HTML)
    return _FORMATS.get(best)


def answer(graph: Graph, format_: str) -> Response:
    """A graph in a format.

    Args:
        graph: what is told; made safe in place.
        format_: ``ttl``, ``rdf``, ``xml`` or ``jsonld``.
    """
    safe.clean(graph)
    text = graph.serialize(format=url_to_rdflib_format(format_))
    content_type = f"{CONTENT_TYPES[format_]}; charset=utf-8"
    return _varying(Response(text, content_type=content_type))


def page(html: str) -> Response:
    """A page whose address also answers with RDF."""
    return _varying(Response(html, mimetype=_HTML))


def _varying(response: Response) -> Response:
    response.vary.add("Accept")
    return response
