"""No text becomes a formula, wherever a spreadsheet thinks that a cell begins."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jena_governance.logic import spreadsheet

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("  @x", "  '@x"),
        ('"=1', "\"'=1"),
        ("＝1", "'＝1"),
        ("Eve;=1;", "Eve;'=1;"),
        ('Eve; "=1', "Eve; \"'=1"),
        ("a\t-1", "a\t'-1"),
        ("a\r\n=1", "a\r\n'=1"),
        ("a, +1", "a, '+1"),
        ("'=1", "'=1"),
        ("2026-05-31T12:00:00+02:00", "2026-05-31T12:00:00+02:00"),
        ("Bau - und Umwelt", "Bau - und Umwelt"),
        ('{"from": "a-b"}', '{"from": "a-b"}'),
        (7, "7"),
        (None, ""),
    ],
)
def test_cells(value: object, expected: str) -> None:
    assert spreadsheet.cell(value) == expected


@given(
    text=st.text(alphabet=[*"=+-@＝;,|\t\r\n\"' ab"], max_size=12),
    separator=st.sampled_from([",", ";", "\t", "|"]),
)
def test_any_text_with_any_separator(text: str, separator: str) -> None:
    file = io.StringIO()
    spreadsheet.write(file, ["name"], [["x", text], [text, "y"]])
    lines = file.getvalue().splitlines()
    for one in (cell for line in lines for cell in line.split(separator)):
        assert not one.strip(' "\t').startswith(SIGNS), one


@given(text=st.text(alphabet=[*"=+-@;,|\t\r\n\"' ab"], max_size=12))
def test_nothing_else_is_changed(text: str) -> None:
    assert spreadsheet.cell(text).replace("'", "") == text.replace("'", "")


def test_other_programs_read_it() -> None:
    file = io.StringIO()
    spreadsheet.write(file, ["a", "b"], [["x,y", 'say "x"'], ["two\nlines", None]])
    rows = list(csv.reader(io.StringIO(file.getvalue())))
    assert rows == [["a", "b"], ["x,y", 'say "x"'], ["two\nlines", ""]]
