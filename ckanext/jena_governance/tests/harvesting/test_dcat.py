"""A DCAT source: pages, odd records, and what a source must not get at."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest

from ckanext.jena_governance.tests.harvesting.conftest import PLUGINS, Harvesting, Server

pytestmark = pytest.mark.ckan_config("ckan.plugins", PLUGINS)

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/"
  xmlns:hydra="http://www.w3.org/ns/hydra/core#">
"""
RIGHT = "http://publications.europa.eu/resource/authority/access-right/"


def dataset(name: str, right: str = "", licence: str = "dl-zero-de/2.0", more: str = "") -> str:
    says = f'<dct:accessRights rdf:resource="{RIGHT}{right}"/>' if right else ""
    return f"""
  <dcat:Dataset rdf:about="https://source.example/{name}">
    <dct:title>Data {name}</dct:title><dct:description>Text</dct:description>{says}{more}
    <dcat:distribution><dcat:Distribution rdf:about="https://source.example/{name}/d">
      <dct:title>File</dct:title>
      <dcat:accessURL rdf:resource="https://files.example/{name}-geheim.csv"/>
      <dct:license rdf:resource="http://dcat-ap.de/def/licenses/{licence}"/>
    </dcat:Distribution></dcat:distribution>
  </dcat:Dataset>"""


def catalogue(*parts: str, following: str = "") -> str:
    page = f"""
  <hydra:PagedCollection rdf:about="https://source.example/page">
    <hydra:nextPage rdf:resource="{following}"/></hydra:PagedCollection>"""
    return HEAD + "".join(parts) + (page if following else "") + "</rdf:RDF>"


def guid(name: str) -> str:
    return f"https://source.example/{name}"


def test_pages_levels_and_a_second_run(harvesting: Harvesting, server: Server) -> None:
    server.rdf("/2.rdf", catalogue(dataset("c", "NON_PUBLIC"), dataset("d", "CONFIDENTIAL")))
    url = server.rdf(
        "/1.rdf",
        catalogue(dataset("a"), dataset("b", "RESTRICTED"), following=server.url + "/2.rdf"),
    )
    source = harvesting.source(url, "dcat")
    run = harvesting.run(source)
    print(run)
    assert run.gather_errors == []
    assert run.statuses == {"added": 4}
    levels = {name: harvesting.dataset(source, guid(name))["openness"] for name in "abcd"}
    assert levels == {"a": "open", "b": "request", "c": "closed", "d": "closed"}
    for name in "bcd":
        assert "geheim.csv" not in json.dumps(harvesting.dataset(source, guid(name)))
    assert harvesting.dataset(source, guid("a"))["license_id"] == "dl-zero-de-2.0"
    again = harvesting.run(source)
    assert again.statuses == {"not modified": 4}


def test_files_and_other_servers_are_out_of_reach(
    harvesting: Harvesting, server: Server, tmp_path: Any
) -> None:
    local = tmp_path / "local.rdf"
    local.write_text(catalogue(dataset("local")))
    for url in (f"file://{local}", str(local), "ftp://127.0.0.1/x.rdf", "http://[", "gopher://x/"):
        source = harvesting.source(f"{server.url}/placeholder-{len(url)}", "dcat")
        harvesting.point(source, url)
        run = harvesting.run(source)
        assert (run.gathered, len(run.gather_errors)) == (0, 1), url
    assert server.asked == []
    entity = (
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://{local}">'
        f'<!ENTITY % p SYSTEM "{server.url}/dtd"> %p;]>'
    )
    ways = {
        "/next": catalogue(dataset("n"), following=f"file://{local}"),
        "/path": catalogue(dataset("p"), following=str(local)),
        "/other": catalogue(dataset("o"), following=server.url.replace("127.0.0.1", "localhost")),
        "/xxe": catalogue(dataset("x", more="<dct:identifier>&x;</dct:identifier>")).replace(
            '<?xml version="1.0" encoding="UTF-8"?>', entity
        ),
    }
    for path, body in ways.items():
        source = harvesting.source(server.rdf(path, body), "dcat")
        run = harvesting.run(source)
        assert "local" not in json.dumps(list(run.states)), path
        assert len(run.gather_errors) <= 1
        for name in run.states:
            assert "Data local" not in json.dumps(harvesting.dataset(source, name))
    server.pages["/away"] = (302, {"Location": f"file://{local}"}, b"")
    server.pages["/round"] = (302, {"Location": "/round"}, b"")
    for path in ("/away", "/round"):
        run = harvesting.run(harvesting.source(server.url + path, "dcat"))
        assert (run.gathered, len(run.gather_errors)) == (0, 1)
    context = server.rdf("/ld", json.dumps({"@context": f"file://{local}"}), "application/ld+json")
    run = harvesting.run(harvesting.source(context, "dcat"))
    assert "JSON-LD" in run.gather_errors[0]
    assert "/dtd" not in server.asked


def test_a_source_without_end(
    harvesting: Harvesting, server: Server, monkeypatch: pytest.MonkeyPatch, ckan_config: Any
) -> None:
    monkeypatch.setitem(ckan_config, "ckanext.jena_governance.harvest_max_mb", 1)
    monkeypatch.setitem(ckan_config, "ckanext.jena_governance.harvest_timeout", 1)

    def drip(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"<")
            handler.wfile.flush()
            time.sleep(0.2)

    def slow_head(handler: Any) -> None:
        for sign in b"HTTP/1.1 200 OK" * 9:
            handler.wfile.write(bytes([sign]))
            handler.wfile.flush()
            time.sleep(0.2)

    def endless(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65_536)

    packed = {"Content-Encoding": "gzip", "Content-Type": "application/rdf+xml"}
    server.pages |= {"/drip": drip, "/head": slow_head, "/endless": endless}
    server.pages["/bomb"] = (200, packed, gzip.compress(b" " * 30_000_000))
    server.pages["/double"] = (200, {**packed, "Content-Encoding": "gzip, gzip"}, b"x")
    server.pages["/broken"] = (200, {"Content-Length": "99999"}, b"<rdf")
    server.rdf("/circle", catalogue(dataset("a"), following=server.url + "/circle2"))
    server.rdf("/circle2", catalogue(dataset("b"), following=server.url + "/circle"))
    says = {
        "/drip": "1 s",
        "/head": "1 s",
        "/endless": "1 MB",
        "/bomb": "1 MB",
        "/double": "packed",
        "/broken": "cannot be fetched",
        "/circle": "circle",
    }
    for path, words in says.items():
        start = time.monotonic()
        run = harvesting.run(harvesting.source(server.url + path, "dcat"))
        assert words in run.gather_errors[0], (path, run.gather_errors)
        assert time.monotonic() - start < 8
    assert run.statuses == {"added": 2}


def test_bad_graphs_and_bad_records(harvesting: Harvesting, server: Server) -> None:
    good = dataset("good")
    latin = catalogue(dataset("latin").replace("Data latin", "Bäume")).replace(
        "UTF-8", "ISO-8859-1"
    )
    bodies = {
        "/cut": (catalogue(good)[:-60], 0),
        "/html": ("<html><body>Not found</body></html>", 0),
        "/bytes": (catalogue(good).encode().replace(b"Text", b"\xff\xfe"), 0),
        "/latin": (latin.encode("iso-8859-1"), 1),
        "/empty": ("", 0),
    }
    for path, (body, count) in bodies.items():
        run = harvesting.run(harvesting.source(server.rdf(path, body), "dcat"))
        assert run.gathered == count, path
        assert len(run.gather_errors) == 1 - count, (path, run.gather_errors)
    odd = (
        "<dct:issued>gestern</dct:issued>"
        f'<dct:accessRights rdf:resource="{RIGHT}PUBLIC"/>'
        "<dct:accessRights>streng geheim</dct:accessRights>"
    )
    untitled = dataset("untitled").replace("<dct:title>Data untitled</dct:title>", "")
    twice = dataset("good").replace("Data good", "Data again")
    body = catalogue(
        dataset("odd", more=odd), untitled, good, dataset("long").replace("Text", "x" * 50_000)
    )
    source = harvesting.source(server.rdf("/odd", body), "dcat")
    run = harvesting.run(source)
    assert run.gather_errors == []
    assert run.states[guid("good")] == run.states[guid("odd")] == "COMPLETE"
    assert run.states[guid("untitled")] == "ERROR"
    assert "title" in run.reports[guid("untitled")][0]
    assert harvesting.dataset(source, guid("odd"))["openness"] == "closed"
    report = run.reports[guid("odd")][0]
    assert "issued" in report
    assert "gestern" in report
    assert "access_rights" in report
    # What breaks in the source breaks nothing here.
    server.rdf("/odd", body[: len(body) // 2] + twice)
    run = harvesting.run(source)
    assert (run.gathered, len(run.gather_errors)) == (0, 1)
    assert harvesting.dataset(source, guid("good"))["state"] == "active"


def test_addresses_are_read_in_one_way(server: Server) -> None:
    from ckanext.jena_governance.harvesting.addresses import address_of
    from ckanext.jena_governance.harvesting.errors import SourceError

    for url in (
        "http://good.example\\@evil.example/",
        "http://a@b@evil.example/",
        "http://good.example /x",
        "http://good.example\n.evil.example/",
        "http:///etc/passwd",
        "//etc/passwd",
        "file:///etc/passwd",
        "HTTP//x",
        "jar:http://x!/",
        "http://good.example:99999/",
    ):
        with pytest.raises(SourceError):
            address_of(url)
    home = address_of("https://user:p%40ss@data.example:8443/a?b#c@d")
    assert (home.url, home.host) == ("https://data.example:8443/a?b", "data.example")
    assert (home.user, home.password) == ("user", "p@ss")
    assert address_of("?page=2", home).url == "https://data.example:8443/a?page=2"
    assert not address_of("http://data.example/x", home).is_same_host(home)
    assert address_of("HTTP://Data.Example/").is_same_host(address_of("https://data.example/x"))


def test_credentials_go_to_the_source_only(harvesting: Harvesting, server: Server) -> None:
    other = server.url.replace("127.0.0.1", "localhost")
    server.pages["/"] = (302, {"Location": f"{other}/moved"}, b"")
    server.rdf("/moved", catalogue(dataset("a")))
    with_password = server.url.replace("http://", "http://user:pass-4711@")
    run = harvesting.run(harvesting.source(f"{with_password}/", "dcat", user_agent="Jena"))
    assert run.statuses == {"added": 1}
    assert [("Authorization" in one, one["User-Agent"]) for one in server.headers] == [
        (True, "Jena"),
        (False, "ckanext-jena-governance harvester (+https://ckan.org)"),
    ]
