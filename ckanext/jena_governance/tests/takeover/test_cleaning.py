"""Foreign texts in CKAN's shape."""

from __future__ import annotations

import pytest

from ckanext.jena_governance.takeover import cleaning


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("bürgerdialog-zum-haushalt", "buergerdialog-zum-haushalt"),
        ("group/grünland-aör", "gruenland-aoer"),
        ("Straßen & Wege", "strassen-wege"),
        ("x" * 300, "x" * 100),
        ("ä", "ae"),
        ("a", ""),
        ("!!!", ""),
    ],
)
def test_slug(value: str, name: str) -> None:
    assert cleaning.slug(value) == name


def test_equal_names_of_a_unit() -> None:
    assert cleaning.normal("Fachdienst Jugend & Bildung") == cleaning.normal(
        " fachdienst  Jugend und Bildung."
    )


def test_tags_from_texts_and_mappings() -> None:
    found = cleaning.tags(
        ["Haushalt, Steuern", {"name": "Baum/Strauch"}, {"display_name": "baum strauch"}, "x", None]
    )
    assert found == [{"name": "Haushalt"}, {"name": "Steuern"}, {"name": "Baum Strauch"}]


def test_tag_of_200_characters_is_cut() -> None:
    assert len(cleaning.tags(["y" * 200])[0]["name"]) == 100


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Date changed\t2015-01-21T11:54:45+01:00", "2015-01-21"),
        ("2014-02-19", "2014-02-19"),
        ("2014-02-31", ""),
        ("", ""),
        (None, ""),
        (["2014-02-19"], ""),
    ],
)
def test_iso_date(value: object, date: str) -> None:
    assert cleaning.iso_date(value) == date


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("https://a.example/x y.csv", "https://a.example/x%20y.csv"),
        ("www.a.example/x", "https://www.a.example/x"),
        ("/download/x.csv", "https://portal.example/download/x.csv"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("data:text/html,x", ""),
        ("http://[broken", ""),
        ("https://", ""),
        (None, ""),
    ],
)
def test_web_address(value: object, address: str) -> None:
    assert cleaning.web_address(value, "https://portal.example") == address


@pytest.mark.parametrize(
    ("stated", "mime", "address", "expected"),
    [
        ("csv", "", "", "CSV"),
        ("gjson", "", "", "GeoJSON"),
        ("", "application/json; charset=utf-8", "", "JSON"),
        ("", "application/octet-stream", "https://a.example/x.xlsx?y=1", "XLSX"),
        ("", None, "https://a.example/wms", ""),
        ("", None, "https://a.example/index.php", ""),
        ("", None, "https://a.example", ""),
    ],
)
def test_file_format(stated: str, mime: str | None, address: str, expected: str) -> None:
    assert cleaning.file_format(stated, mime, address) == expected


def test_title_of_2000_characters() -> None:
    short, full = cleaning.title_and_rest("Wort " * 400)
    assert len(short) <= 500
    assert short.endswith("…")
    assert full == " ".join(["Wort"] * 400)
    assert cleaning.title_and_rest("Kurz") == ("Kurz", "")


def test_nothing_that_postgresql_refuses() -> None:
    assert cleaning.text("a\x00b") == "ab"
