"""Every text of ours has German words, and the compiled catalogue is the current one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "i18n/de/LC_MESSAGES/ckanext-jena_governance.po"
METHODS = [
    ("tests/**", "ignore"),
    ("migration/**", "ignore"),
    ("**.py", "python"),
    ("templates/**.html", "ckan.lib.extract:extract_ckan"),
]


def texts() -> set[str]:
    found = extract_from_dir(str(ROOT), method_map=METHODS, keywords={"_": None})
    return {message for _file, _line, message, _comments, _context in found}


def test_every_text_is_translated() -> None:
    catalogue = read_po(CATALOGUE.open("rb"))
    translated = {message.id for message in catalogue if message.id and message.string}
    assert texts() - translated == set()


def test_nothing_translated_is_unused() -> None:
    catalogue = read_po(CATALOGUE.open("rb"))
    assert {message.id for message in catalogue if message.id} - texts() == set()


def test_the_compiled_catalogue_is_current() -> None:
    compiled = read_mo(CATALOGUE.with_suffix(".mo").open("rb"))
    buffer = io.BytesIO()
    write_mo(buffer, read_po(CATALOGUE.open("rb")))
    current = read_mo(io.BytesIO(buffer.getvalue()))
    assert {(m.id, m.string) for m in compiled if m.id} == {
        (m.id, m.string) for m in current if m.id
    }
