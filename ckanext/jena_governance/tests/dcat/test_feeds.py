"""The feeds for other portals: what each tells of, page by page."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from rdflib import DCAT, DCTERMS, Literal, URIRef
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ckan import model
from ckan.lib import search

from ckanext.jena_governance.dcat import feeds, fragments
from ckanext.jena_governance.tests import clock
from ckanext.jena_governance.tests.conftest import City
from ckanext.jena_governance.tests.dcat.reading import (
    CATALOGUE,
    PARSERS,
    got,
    ids,
    paging,
    path,
    walked,
)

LINK = "https://fachverfahren.example/canary-link/akten.csv"
FORMATS = ("rdf", "ttl", "jsonld")

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def make(city: City) -> Make:
    """An open dataset with a file, unless something else is said."""

    def run(name: str, **fields: Any) -> dict[str, Any]:
        data = {
            "name": name,
            "title": f"Titel {name}",
            "owner_org": city.department["id"],
            "license_id": "dl-by-de-2.0",
            "resources": [{"url": f"https://offen.example/{name}.csv", "name": "A", "format": "CSV"}],
            **fields,
        }
        return city.editor("package_create", **data).result

    return run


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Generator[dict[str, list[str]]]:
    """Questions to the database and to the index."""
    asked: dict[str, list[str]] = {"sql": [], "solr": []}

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked["sql"].append(statement)

    from pysolr import Solr

    send = Solr._send_request

    def noted(self: Any, method: str, path: str = "", *args: Any, **kwargs: Any) -> Any:
        asked["solr"].append(path)
        return send(self, method, path, *args, **kwargs)

    event.listen(Engine, "before_cursor_execute", note)
    with monkeypatch.context() as patch:
        patch.setattr(Solr, "_send_request", noted)
        try:
            yield asked
        finally:
            event.remove(Engine, "before_cursor_execute", note)


def test_what_each_feed_tells_of(
    app: Any,
    city: City,
    make: Make,
    restriction: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In each format the same; govdata has what can be had, full what exists."""
    plain = make("offen")
    unsaid = make("ohne-lizenz", license_id="")
    empty = make("angekuendigt", resources=[])
    own = {key: restriction[key] for key in ("legal_basis", "restriction_reason")}
    mixed = make(
        "gemischt",
        **{key: value for key, value in restriction.items() if key.startswith(("data_", "review"))},
        personal_data="none",
        resources=[
            {"url": "https://offen.example/teil.csv", "name": "offener Teil"},
            {"url": LINK, "name": "Rest", "openness": "request", **own},
            {"url": "https://offen.example/leer.csv", "name": "leer", "size": 0},
        ],
    )
    closed = make("akten", **{**restriction, "resources": [{"url": LINK, "name": "Akten"}]})
    council = {"legal_basis": ["thuertg-beratungen"], "personal_data": "none"}
    day = (date.today() + timedelta(days=10)).isoformat()
    opening = make("vorlage", **{**restriction, **council, "opens_on": day})
    told = {one["id"] for one in (plain, unsaid, mixed)}
    everything = told | {one["id"] for one in (empty, closed, opening)}

    for form in FORMATS:
        govdata, full = got(app, "govdata", form), got(app, "full", form)
        assert ids(govdata) == told, form
        assert ids(full) == everything, form
        assert paging(govdata)["totalItems"] == "3"
        files = {str(one).rpartition("/")[2] for one in govdata.objects(None, DCAT.distribution)}
        assert mixed["resources"][0]["id"] in files
        assert not files & {one["id"] for one in mixed["resources"][1:]}
        addresses = {str(one) for one in full.objects(None, DCAT.accessURL)}
        gateway = f"/dataset/{closed['id']}/resource/{closed['resources'][0]['id']}/data"
        assert f"http://test.ckan.net{gateway}" in addresses
        assert LINK not in addresses
        newest = model.Package.get(opening["id"]).metadata_modified
        (modified,) = full.objects(CATALOGUE, DCTERMS.modified)
        assert str(modified) >= newest.isoformat()[:19]

    moved = clock.ahead_by(lambda: 10)
    for module in clock.MODULES:
        monkeypatch.setattr(module, "datetime", moved)
    assert ids(got(app, "govdata")) == told | {opening["id"]}
    assert got(app, "govdata").value(URIRef(f"{CATALOGUE}/dataset/{opening['id']}"), DCTERMS.title)
