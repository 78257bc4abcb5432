"""A canary is recognised in every disguise, and nothing else is taken for one."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from urllib.parse import quote

import pytest

from ckanext.jena_governance.leakcheck.canaries import UNKNOWN, Canaries, Canary

THIS = Canary("location", "closed/link")


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    made = Canaries()
    for number in range(20):
        made.new("location", f"other/{number}")
    return made


@pytest.fixture(scope="module")
def secret(canaries: Canaries) -> str:
    return canaries.new(THIS.kind, THIS.subject)


def disguises(secret: str) -> dict[str, bytes]:
    url = f"https://{secret}.example/ä&<'\"{secret}?x=1"
    encoded = secret.encode()
    return {
        "plain": url.encode(),
        "capitals": url.upper().encode(),
        "percent": quote(url, safe="").encode(),
        "every character in percent": "".join(f"%{ord(one):02X}" for one in secret).encode(),
        "JSON": json.dumps({"url": url}).encode(),
        "every character in JSON": "".join(f"\\u{ord(one):04x}" for one in secret).encode(),
        "HTML": url.replace("&", "&amp;").replace("<", "&lt;").encode(),
        "every character in HTML": "".join(f"&#{ord(one)};" for one in secret).encode(),
        "every character in HTML, hex": "".join(f"&#x{ord(one):X};" for one in secret).encode(),
        "hex": encoded.hex().encode(),
        "wide": secret.encode("utf-16"),
        "compressed": gzip.compress(url.encode()),
        "compressed as a job": zlib.compress(url.encode()),
        "cut off": encoded[:-3],
        "with more": encoded + b"suffix",
        **{f"base64, {shift} before": base64.b64encode(b"x" * shift + encoded) for shift in (0, 1, 2)},
        **{f"base64 for URLs, {shift}": base64.urlsafe_b64encode(b"???"[:shift] + encoded + b"\xff")
           for shift in (0, 1, 2)},
        "in a token": b"eyJh." + base64.urlsafe_b64encode(json.dumps({"u": url}).encode()) + b".x",
    }  # fmt: skip


@pytest.mark.parametrize("name", disguises("x"))
def test_found(canaries: Canaries, secret: str, name: str) -> None:
    assert canaries.find(b"before " + disguises(secret)[name] + b" after") == {THIS} or (
        name.startswith("compressed") and canaries.find(disguises(secret)[name]) == {THIS}
    )


def test_beginning_of_several_is_reported_as_unknown(canaries: Canaries, secret: str) -> None:
    assert canaries.find(secret[:8].encode()) == {UNKNOWN}


def test_ordinary_text_holds_none(canaries: Canaries) -> None:
    text = json.dumps({"url": "https://opendata.jena.de/dataset/x", "b64": "aGFsbG8gd2VsdA=="})
    assert canaries.find(text.encode() * 50) == set()


def test_what_was_there_already_is_found_once_adopted(canaries: Canaries) -> None:
    canaries.adopt("https://intern.example/Akten.csv", "location", "known/link")

    found = canaries.find(b'{"url": "HTTPS://intern.example/akten.csv"}')

    assert found == {Canary("location", "known/link")}


def test_the_report_never_tells_the_secret(secret: str) -> None:
    assert secret not in str(THIS)
