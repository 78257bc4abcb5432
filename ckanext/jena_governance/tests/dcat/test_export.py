"""A whole feed as one file: the same as its pages, in flat memory, and never half of it."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from rdflib import DCTERMS, Graph
from rdflib.compare import to_isomorphic

from ckanext.jena_governance.dcat import contents, export, feeds, fragments, surroundings
from ckanext.jena_governance.dcat.export_command import dcat_export
from ckanext.jena_governance.tests.conftest import City
from ckanext.jena_governance.tests.dcat.reading import (
    CATALOGUE,
    HYDRA,
    PARSERS,
    ids,
    parsed,
    walked,
)


@pytest.fixture
def filled(city: City, restriction: dict[str, Any]) -> list[str]:
    """Five open datasets and three restricted ones."""
    made: list[str] = []
    for number in range(8):
        more = restriction if number % 3 == 2 else {"license_id": "dl-by-de-2.0"}
        data = {
            "name": f"satz-{number}",
            "title": f"Straße „{number}“\r\n<b>&amp;",
            "owner_org": city.department["id"],
            "resources": [{"url": f"https://daten.example/{number}.csv?a=1&b=2", "name": "A"}],
            **more,
        }
        made.append(city.editor("package_create", **data).result["id"])
    return made


def invoke(app: Any, *arguments: str) -> Result:
    """The command, as CKAN's own would start it."""

    @click.group()
    @click.pass_context
    def ckan(ctx: click.Context) -> None:
        ctx.meta["flask_app"] = app.flask_app

    ckan.add_command(dcat_export)
    return CliRunner().invoke(ckan, ["dcat-export", *arguments])


def without_paging(pages: list[Graph]) -> Graph:
    """All pages in one graph; who publishes the catalogue is a nameless node on each."""
    whole = Graph()
    for number, page in enumerate(pages):
        unwanted = set(page.subjects(None, HYDRA.PagedCollection))
        if number:
            unwanted |= set(page.objects(CATALOGUE, DCTERMS.publisher))
        whole += (one for one in page if not {one[0], one[2]} & unwanted)
    return whole


@pytest.mark.parametrize("feed", ["govdata", "full"])
def test_the_same_as_all_pages(
    app: Any, filled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, feed: str
) -> None:
    monkeypatch.setattr(feeds, "PER_PAGE", 3)
    monkeypatch.setattr(export, "AT_ONCE", 2)
    told: dict[str, Graph] = {}
    for form, parser in PARSERS.items():
        target = tmp_path / f"{feed}.{form}"
        with app.flask_app.test_request_context(), export.whole(target) as stream:
            export.write(feed, form, stream)
        told[form] = Graph().parse(target, format=parser)
    assert ids(told["ttl"]) == {one for n, one in enumerate(filled) if feed == "full" or n % 3 != 2}
    paged = to_isomorphic(without_paging(walked(app, feed)))
    for form, graph in told.items():
        assert to_isomorphic(graph) == paged, form


def test_the_command(app: Any, filled: list[str], tmp_path: Path, ckan_config: Any) -> None:
    target = tmp_path / "govdata.rdf"
    done = invoke(app, "--feed", "govdata", "--format", "rdf", "--output", str(target))
    assert done.exit_code == 0, done.output
    assert len(ids(parsed(target.read_text(encoding="utf-8"), "rdf"))) == 6
    assert [one.name for one in tmp_path.iterdir()] == ["govdata.rdf"]
    assert target.stat().st_mode & 0o444 == 0o444, "a web server can read it"
    done = invoke(app, "--feed", "full", "--format", "nt")
    assert ids(parsed(done.stdout, "nt")) == set(filled)
    nowhere = tmp_path / "nirgends" / "full.ttl"
    done = invoke(app, "--feed", "full", "--output", str(nowhere))
    assert done.exit_code == 1
    assert f"--output {nowhere}" in done.output
    assert invoke(app, "--feed", "alles").exit_code == 2


def test_half_a_file_is_none(
    app: Any, filled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there before stays until all of the new one is written."""
    target = tmp_path / "full.ttl"
    target.write_text("before")
    written: list[int] = []
    piece = fragments.Turtle.piece

    def breaks(self: fragments.Turtle, graph: Graph) -> str:
        written.append(1)
        if len(written) > 4:
            raise OSError("disk full")
        return piece(self, graph)

    monkeypatch.setattr(fragments.Turtle, "piece", breaks)
    done = invoke(app, "--feed", "full", "--output", str(target))
    assert done.exit_code == 1
    assert "disk full" in done.output
    assert target.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["full.ttl"]


@contextmanager
def _traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def test_memory_is_flat(app: Any, city: City) -> None:
    """It does not matter how many datasets there are, in the words of the real profile."""
    dataset = city.editor(
        "package_create",
        name="satz",
        owner_org=city.department["id"],
        resources=[{"url": "https://daten.example/a.csv", "name": "A"}],
    ).result

    def many(number: int) -> Iterator[dict[str, Any]]:
        for one in range(number):
            id_ = f"{one:08d}{dataset['id'][8:]}"
            part = {**shown["resources"][0], "id": id_, "url": f"https://daten.example/{one}"}
            yield {**shown, "id": id_, "title": f"Satz {one}", "resources": [part]}

    held: list[int] = []
    with app.flask_app.test_request_context():
        (shown,) = contents.of("full", [dataset["id"]])
        writer, documents = feeds.Writer(), [one() for one in fragments.DOCUMENTS.values()]
        around = surroundings.prefetched(many(321))
        with around, _traced():
            for number, graph in enumerate(writer.graphs(many(321))):
                for document in documents:
                    document.piece(graph)
                if number % 160 == 0:
                    gc.collect()
                    held.append(tracemalloc.get_traced_memory()[0])
    # What is remembered of the last addresses fills up first.
    assert len(held) == 3
    assert held[2] < held[1] + 50_000
