"""The feeds for other portals: what each tells of, page by page."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from rdflib import DCAT, DCTERMS, Graph, Literal, URIRef
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ckan import model
from ckan.lib import search

from ckanext.jena_governance.access import stored
from ckanext.jena_governance.dcat import contents, feeds, fragments
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
            "resources": [
                {"url": f"https://offen.example/{name}.csv", "name": "A", "format": "CSV"}
            ],
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


def test_pages(app: Any, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who follows the pages gets each dataset once; wrong pages are named."""
    monkeypatch.setattr(feeds, "PER_PAGE", 3)
    (empty,) = walked(app, "govdata")
    assert not ids(empty)
    assert paging(empty)["last"] == paging(empty)["first"]
    made = [make(f"satz-{number}")["id"] for number in range(7)]

    pages = walked(app, "full")
    assert [len(ids(page)) for page in pages] == [3, 3, 1]
    assert ids(pages[0]) == set(made[:3]), "oldest first: what is added moves no page"
    assert set.union(*(ids(page) for page in pages)) == set(made)
    first, middle, last = map(paging, pages)
    base = "http://test.ckan.net/governance/dcat/full.ttl?page="
    assert (first["current"], first["next"], first["last"]) == (base + "1", base + "2", base + "3")
    assert (middle["previous"], middle["next"]) == (base + "1", base + "3")
    assert "previous" not in first
    assert "next" not in last
    assert {page["totalItems"] for page in (first, middle, last)} == {"7"}
    assert first["itemsPerPage"] == "3"

    for wrong in ("0", "-1", "1.5", "abc", "", "1e9", "٣", "1 OR 1", "9" * 40, "%00"):
        answer = app.get(path("full", page=wrong), expect_errors=True)
        assert answer.status_code == 400, wrong
        assert "page:" in answer.body, wrong
    answer = app.get("/de" + path("full", page="4"), expect_errors=True)
    assert answer.status_code == 404
    assert "page: Die Seite 4 gibt es nicht; die letzte ist 3" in answer.body
    assert app.get(path("alles"), expect_errors=True).status_code == 404
    assert app.get(path("full", "n3"), expect_errors=True).status_code == 404


def test_every_change_of_a_row_counts(app: Any, make: Make) -> None:
    """Whoever wrote it, and however little: nothing is remembered longer than it is true."""
    one, other = (make(name)["id"] for name in ("eins", "zwei"))
    assert ids(got(app, "govdata")) == {one, other}
    changes: list[tuple[Callable[[], object], set[str]]] = [
        (lambda: setattr(resource_of(one), "url", ""), {other}),
        (lambda: setattr(resource_of(one), "url", "https://offen.example/neu.csv"), {one, other}),
        (lambda: setattr(resource_of(one), "state", "deleted"), {other}),
        (lambda: setattr(resource_of(other), "size", 0), set()),
        (lambda: setattr(resource_of(one), "state", "active"), {one}),
        (lambda: setattr(model.Package.get(one), "private", True), set()),
        (lambda: setattr(model.Package.get(one), "private", False), {one}),
        (lambda: stored.put(model.Package.get(one), {"openness": "closed"}), set()),
        (lambda: stored.put(model.Package.get(one), {"openness": "open"}), {one}),
        (lambda: model.Session.delete(resource_of(one)), set()),
    ]
    for number, (change, told) in enumerate(changes):
        change()
        model.Session.commit()
        assert ids(got(app, "govdata")) == told, number


def resource_of(dataset: str) -> model.Resource:
    return model.Session.query(model.Resource).filter_by(package_id=dataset).one()


def test_headers(app: Any, city: City, make: Make) -> None:
    """Caches may keep a page, if they ask each time whether it still holds."""
    one = make("satz")
    types = {"rdf": "application/rdf+xml", "ttl": "text/turtle", "jsonld": "application/ld+json"}
    for form, type_ in types.items():
        answer = app.get(path("full", form))
        assert answer.headers["Content-Type"] == f"{type_}; charset=utf-8"
        assert {"no-cache", "public"} <= set(answer.headers["Cache-Control"].split(", "))
        mark = answer.headers["ETag"]
        again = app.get(path("full", form), headers={"If-None-Match": mark})
        assert (again.status_code, again.body) == (304, "")
    mark = app.get(path("full")).headers["ETag"]
    assert app.get(path("full"), headers=city.editor.headers).headers["ETag"] == mark
    assert app.get("/de" + path("full")).headers["ETag"] == mark
    city.editor("package_patch", id=one["id"], notes="anders").result
    changed = app.get(path("full"), headers={"If-None-Match": mark})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != mark


def test_page_of_feeds(app: Any, portal: None) -> None:
    page = app.get("/de/governance/dcat").body
    assert "Feeds für andere Portale" in page
    for feed in ("govdata", "full"):
        for form in FORMATS:
            address = f'href="http://test.ckan.net/governance/dcat/{feed}.{form}"'
            assert page.count(address) == 2, "one in the head, one to click"


def test_no_question_for_each_dataset(
    app: Any, make: Make, restriction: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to the database nor to the index."""

    def asked() -> tuple[int, int]:
        for feed in ("govdata", "full"):
            app.get(path(feed))  # the rules have been asked
        with counted(monkeypatch) as found:
            got(app, "govdata")
            got(app, "full")
        return len(found["sql"]), len(found["solr"])

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            make(f"satz-{number}")
            make(f"akte-{number}", **restriction)

    fill(0, 2)
    few = asked()
    fill(2, 12)
    assert asked() == few
    assert few[1] <= 4


def test_one_bad_dataset_spoils_no_page(
    app: Any, make: Make, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is in it: it is left out, and the log says which and why."""
    # Migrations configure logging anew and forget what was there.
    monkeypatch.setattr(feeds.log, "disabled", False)
    monkeypatch.setattr(feeds.log, "handlers", [caplog.handler])
    good = make("gut")
    bad = {
        "iri": {"url": 'https://offen.example/<>"{}|'},
        "control": {"notes": "a\x0bb\x1f"},
        "language": {"language": ["no language <>"]},
        "number": {"spatial_resolution_in_meters": ["viele"]},
        "date": {"issued": "irgendwann"},
    }
    broken = {}
    for name, fields in bad.items():
        broken[name] = make(name)["id"]
        package = model.Package.get(broken[name])
        for field, value in fields.items():
            if hasattr(model.Package, field):
                setattr(package, field, value)
            else:
                package.extras[field] = value if isinstance(value, str) else str(value)
    model.Session.commit()
    for name in broken.values():
        search.rebuild(name)
    for form in FORMATS:
        caplog.clear()
        told = ids(got(app, "full", form))
        assert good["id"] in told
        assert all(id_ in caplog.text for id_ in set(broken.values()) - told), form

    # No profile could mend this one.
    dataset = {**contents_of("full", good["id"]), "id": "b ad"}
    assert not list(feeds.Writer().graphs([dataset]))
    assert "dataset b ad is in no feed" in caplog.text


def contents_of(feed: str, id_: str) -> dict[str, Any]:
    (dataset,) = contents.of(feed, [id_])
    return dataset


def test_fragments_refuse_what_no_document_can_hold() -> None:
    subject, predicate = URIRef("http://a.example"), DCTERMS.title
    for term in (
        URIRef("http://exa mple/"),
        URIRef("http://a.example/<x>"),
        Literal("\x0b"),
        Literal("\ud800"),
        Literal("x", datatype=URIRef('http://a.example/"')),
    ):
        graph = Graph()
        graph.add((subject, predicate, term))
        with pytest.raises(fragments.UnwritableError):
            fragments.require_writable(graph)


def test_pieces_are_one_document() -> None:
    """Prefixes that only later graphs need, texts that look like syntax, empty graphs."""
    graphs = []
    for number in range(4):
        graph = Graph()
        if number < 3:
            subject = URIRef(f"http://a.example/{number}")
            text = '\n  <rdf:Description "x">\n</rdf:RDF>\n\n@prefix a: <b> .\n\n],\n['
            graph.add((subject, URIRef(f"http://own{number}.example/ns#title"), Literal(text)))
            graph.add((subject, DCTERMS.title, Literal(f"ä\r\n&<{number}", lang="de")))
        graphs.append(graph)
    wanted = sum(graphs, Graph())
    for form, parser in PARSERS.items():
        written = "".join(fragments.DOCUMENTS[form]().pieces(graphs))
        found = Graph().parse(data=written, format=parser)
        assert set(found) == set(wanted), form
