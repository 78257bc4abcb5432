"""Invented tables."""

from __future__ import annotations

import csv
import io
import json

import pytest

from ckanext.jena_governance.demo import files

TABLE = {
    "rows": 5,
    "columns": {
        "nummer": {"serial": 10},
        "art": {"pick": "@arten"},
        "anzahl": {"int": [1, 4], "times": 10},
        "wert": {"float": [0, 1]},
        "ort": {"point": True},
    },
}
LISTS = {"arten": ["Linde", "Eiche"]}


def test_rows_depend_on_the_seed_only():
    rows = files.rows_of(TABLE, "a", LISTS)
    assert rows == files.rows_of(TABLE, "a", LISTS)
    assert rows != files.rows_of(TABLE, "b", LISTS)
    assert [row["nummer"] for row in rows] == [10, 11, 12, 13, 14]
    assert {row["art"] for row in rows} <= {"Linde", "Eiche"}
    assert {row["anzahl"] for row in rows} <= {10, 20, 30, 40}


def test_columns_are_crossed():
    table = {
        "columns": {
            "jahr": {"years": [2024, 2025]},
            "monat": {"months": ["2024-11", 3]},
            "tag": {"days": ["2024-02-28", 2]},
            "haus": {"each": ["A", "B"]},
        }
    }
    rows = files.rows_of(table, "x", {})
    assert len(rows) == 24
    assert {row["monat"] for row in rows} == {"2024-11", "2024-12", "2025-01"}
    assert {row["tag"] for row in rows} == {"2024-02-28", "2024-02-29"}


def test_formats_can_be_read():
    rows = files.rows_of(TABLE, "a", LISTS)
    read = list(csv.DictReader(io.StringIO(files.as_csv(rows).decode())))
    assert list(read[0]) == ["nummer", "art", "anzahl", "wert", "lon", "lat"]
    assert json.loads(files.as_json(rows)) == files.flatten(rows)
    collection = json.loads(files.as_geojson(rows))
    assert collection["features"][0]["geometry"]["type"] == "Point"
    assert "ort" not in collection["features"][0]["properties"]


def test_lines_and_areas_are_left_out_of_tables():
    table = {"rows": 1, "columns": {"a": {"serial": 1}, "l": {"line": True}, "f": {"area": True}}}
    rows = files.rows_of(table, "a", {})
    assert files.flatten(rows) == [{"a": 1}]
    assert rows[0]["f"]["coordinates"][0][0] == rows[0]["f"]["coordinates"][0][-1]


def test_types_for_the_datastore():
    fields = files.fields_of(files.rows_of(TABLE, "a", LISTS))
    assert {field["id"]: field["type"] for field in fields} == {
        "nummer": "int",
        "art": "text",
        "anzahl": "int",
        "wert": "numeric",
        "lon": "numeric",
        "lat": "numeric",
    }


def test_unknown_kind_is_named():
    with pytest.raises(ValueError, match="unknown kind of column"):
        files.rows_of({"rows": 1, "columns": {"a": {"guess": 1}}}, "a", {})
