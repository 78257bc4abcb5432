"""Feeds for other portals, and the page that says which there are."""

from __future__ import annotations

import re

from flask import Blueprint, request
from werkzeug import Response

import ckantoolkit as tk
from ckan.lib.search import SearchError

from ckanext.jena_governance.dcat import feeds
from ckanext.jena_governance.dcat.fragments import CONTENT_TYPES
from ckanext.jena_governance.policy import FEEDS

blueprint = Blueprint("governance_feeds", __name__)

_NUMBER = re.compile(r"[0-9]{1,9}")


@blueprint.route("/governance/dcat")
def index() -> str:
    """The feeds in all their formats."""
    listed = {
        feed: {format_: feeds.address(feed, format_) for format_ in feeds.FORMATS} for feed in FEEDS
    }
    variables = {"feeds": listed, "content_types": CONTENT_TYPES, "per_page": feeds.PER_PAGE}
    return tk.render("governance/feeds.html", extra_vars=variables)


@blueprint.route("/governance/dcat/<any(govdata, full):feed>.<any(rdf, ttl, jsonld):format>")
def feed(feed: str, format: str) -> Response:
    """A page of a feed: the same for everybody."""
    number = _number()
    try:
        text = feeds.document(feeds.page(feed, format, number))
    except feeds.NoSuchPageError as error:
        message = tk._("page: there is no page {number}; the last one is {last}")
        return tk.abort(404, message.format(number=number, last=error.args[0]))
    except SearchError:
        return tk.abort(503, tk._("The search does not answer; try again in some minutes"))
    return _unless_known(Response(text, content_type=CONTENT_TYPES[format] + "; charset=utf-8"))


def _number() -> int:
    said = request.args.get("page", "1")
    if not _NUMBER.fullmatch(said) or int(said) < 1:
        message = tk._("page: “{value}” is not possible; name a whole number from 1")
        tk.abort(400, message.format(value=said[:50]))
    return int(said)


def _unless_known(response: Response) -> Response:
    """Nothing but a mark, where the reader has the very same page already.

    Caches keep a page, but must ask each time: what is closed or hidden meanwhile is gone at once.
    """
    response.add_etag()
    response.cache_control.no_cache = True
    return response.make_conditional(request)
