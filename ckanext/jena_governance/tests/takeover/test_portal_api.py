"""Reading a portal over HTTP, from a real server on this machine."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ckanext.jena_governance.takeover import api, client, sources
from ckanext.jena_governance.takeover.client import Client
from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.tests.takeover.conftest import Portal, reply

DATASETS = [{"id": str(number), "title": f"D{number}"} for number in range(5)]


class Waiting:
    """Stands in for sleeping."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.said: list[str] = []

    def client(self) -> Client:
        return Client(sleep=self.seconds.append, say=self.said.append)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "ROWS", 2)


def search(foreign: Portal) -> None:
    """Answers package_search from DATASETS."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if foreign.answers:
            foreign.answers.pop(0)(handler)
            return
        url = urlsplit(handler.path)
        assert url.path == "/api/3/action/package_search"
        query = parse_qs(url.query)
        start, rows = int(query["start"][0]), int(query["rows"][0])
        page = {"count": len(DATASETS), "results": DATASETS[start : start + rows]}
        reply(200, json.dumps({"success": True, "result": page}).encode())(handler)

    foreign.answer = answer


@pytest.mark.parametrize("path", ["", "/", "/dataset", "/dataset/x", "/api/3/action/package_list"])
def test_pages_over_one_connection(foreign: Portal, waiting: Waiting, path: str) -> None:
    search(foreign)
    source = sources.read(foreign.url + path, waiting.client())
    assert source.records == DATASETS
    assert source.base_url == foreign.url
    assert len(foreign.requests) == 3
    assert len(foreign.connections) == 1
    assert waiting.seconds == []


def test_portal_under_a_path() -> None:
    assert api.base_of("https://x.example/daten/api/3/action/package_search?q=a") == (
        "https://x.example/daten"
    )
    assert api.base_of("https://x.example/?page=2") == "https://x.example"


def test_retry_after_is_honoured(foreign: Portal, waiting: Waiting) -> None:
    search(foreign)
    foreign.answers.append(reply(503, b"busy", "text/html", Retry_After="7"))
    assert sources.read(foreign.url, waiting.client()).records == DATASETS
    assert waiting.seconds == [7.0]
    assert "HTTP 503" in waiting.said[0]


def test_without_retry_after_the_wait_doubles_and_ends(foreign: Portal, waiting: Waiting) -> None:
    foreign.answers += [reply(502, b"")] * client.TRIES
    with pytest.raises(TakeoverError, match="HTTP 502, 6 times"):
        sources.read(foreign.url, waiting.client())
    assert waiting.seconds == [1, 2, 4, 8, 16]


def test_dropped_connection_is_tried_again(foreign: Portal, waiting: Waiting) -> None:
    search(foreign)

    def drop(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")
        handler.close_connection = True

    foreign.answers.append(drop)
    assert sources.read(foreign.url, waiting.client()).records == DATASETS
    assert waiting.seconds == [1.0]


def test_nobody_there(waiting: Waiting) -> None:
    with pytest.raises(TakeoverError, match="no connection"):
        sources.read("http://127.0.0.1:9/", waiting.client())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html><html></html>", r"web page \(HTML\)"),
        (b'{"success": true, "result": {"count": 2, "resu', "no complete JSON"),
    ],
)
def test_no_json(foreign: Portal, waiting: Waiting, body: bytes, words: str) -> None:
    foreign.answers.append(reply(200, body, "text/html"))
    with pytest.raises(TakeoverError, match=words):
        sources.read(foreign.url, waiting.client())


def test_refusal(foreign: Portal, waiting: Waiting) -> None:
    foreign.answers.append(reply(403, b""))
    with pytest.raises(TakeoverError, match="refuses access"):
        sources.read(foreign.url, waiting.client())


def test_no_ckan(foreign: Portal, waiting: Waiting) -> None:
    foreign.answers += [reply(404, b"")] * 2
    with pytest.raises(TakeoverError, match="HTTP 404"):
        sources.read(foreign.url, waiting.client())


def test_dkan_without_search(foreign: Portal, waiting: Waiting) -> None:
    def page(*datasets: Any) -> Any:
        return reply(200, json.dumps({"success": True, "result": [list(datasets)]}).encode())

    foreign.answers += [
        reply(404, b""),
        page(*DATASETS[:2]),
        page(*DATASETS[2:4]),
        page(DATASETS[4]),
    ]
    assert sources.read(foreign.url, waiting.client()).records == DATASETS


def test_portal_that_loses_datasets_between_pages(foreign: Portal, waiting: Waiting) -> None:
    def page(*datasets: Any) -> Any:
        result = {"count": 4, "results": list(datasets)}
        return reply(200, json.dumps({"success": True, "result": result}).encode())

    foreign.answers += [page(*DATASETS[:2]), page()]
    with pytest.raises(TakeoverError, match="counts 4 datasets and gave 2"):
        sources.read(foreign.url, waiting.client())


def test_file_at_an_address(foreign: Portal, waiting: Waiting) -> None:
    foreign.answers.append(reply(200, json.dumps(DATASETS).encode()))
    assert sources.read(f"{foreign.url}/dump.json", waiting.client()).records == DATASETS


def test_endless_file(foreign: Portal, waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1_000_000)
    foreign.answers.append(reply(200, b" " * 3_000_000))
    with pytest.raises(TakeoverError, match="more than 0 MB"):
        sources.read(f"{foreign.url}/dump.json", waiting.client())


def test_retry_after_as_date() -> None:
    moment = datetime.now(timezone.utc) + timedelta(seconds=30)
    assert client.retry_after(format_datetime(moment)) == pytest.approx(30, abs=2)
    assert client.retry_after("soon") is None
    assert client.retry_after(None) is None
