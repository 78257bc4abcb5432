"""Invented tables and files, the same ones every time.

A table is described in the dataset files by ``columns``, each with one kind:

========  ==================================================================
serial    counts up from the number given
each      one row for every value, crossed with the other such columns
years     every year from … to …, crossed
months    so many months from the one given, crossed
days      so many days from the one given, crossed
pick      one of the values
int       a whole number from … to …, optionally ``times`` something
float     a number with one decimal from … to …
point     a place; in CSV as two columns, lon and lat
line      a short line; only in GeoJSON
area      a small square; only in GeoJSON
========  ==================================================================

``@name`` stands for a list of lists.yaml. ``rows`` says how many rows there are
where no column is crossed.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from itertools import product
from typing import Any

Row = dict[str, Any]
Lists = Mapping[str, list[Any]]

_CENTRE = (11.586, 50.927)
_SPREAD = 0.03
_SHAPES = ("point", "line", "area")
_TYPES = {int: "int", float: "numeric", str: "text"}


def rows_of(table: Mapping[str, Any], seed: str, lists: Lists) -> list[Row]:
    """The rows of a described table.

    Args:
        table: ``rows`` and ``columns``, see above.
        seed: what the random numbers start from; the same seed gives the same rows.
        lists: the lists that ``@name`` stands for.

    Returns:
        One dictionary for each row; a shape is a GeoJSON geometry.
    """
    draw = random.Random(seed)  # noqa: S311 - invented data, no secrets
    columns: Mapping[str, Any] = table["columns"]
    crossed = {name: values for name, spec in columns.items() if (values := _crossed(spec, lists))}
    if crossed:
        frames = [dict(zip(crossed, values, strict=True)) for values in product(*crossed.values())]
    else:
        frames = [{} for _ in range(table["rows"])]
    return [
        {
            name: frame[name] if name in frame else _draw(spec, number, draw, lists)
            for name, spec in columns.items()
        }
        for number, frame in enumerate(frames)
    ]


def as_csv(rows: list[Row]) -> bytes:
    """Rows as CSV (UTF-8, comma); shapes other than points are left out."""
    flat = flatten(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(flat[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue().encode()


def as_json(rows: list[Row]) -> bytes:
    """Rows as a JSON list."""
    return json.dumps(flatten(rows), ensure_ascii=False, indent=1).encode()


def as_geojson(rows: list[Row]) -> bytes:
    """Rows as a GeoJSON collection of features."""
    features = [
        {
            "type": "Feature",
            "geometry": next(value for value in row.values() if _is_shape(value)),
            "properties": {key: value for key, value in row.items() if not _is_shape(value)},
        }
        for row in rows
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False).encode()


def flatten(rows: list[Row]) -> list[Row]:
    """Rows without shapes: a point becomes lon and lat, the others are dropped."""
    return [_flat(row) for row in rows]


def fields_of(rows: list[Row]) -> list[dict[str, str]]:
    """Column names and types as the DataStore wants them."""
    first = flatten(rows)[0]
    return [{"id": name, "type": _TYPES[type(value)]} for name, value in first.items()]


WRITERS: dict[str, Callable[[list[Row]], bytes]] = {
    "CSV": as_csv,
    "JSON": as_json,
    "GeoJSON": as_geojson,
}


def _crossed(spec: Mapping[str, Any], lists: Lists) -> list[Any]:
    if "each" in spec:
        return _values(spec["each"], lists)
    if "years" in spec:
        first, last = spec["years"]
        return list(range(first, last + 1))
    if "months" in spec:
        return list(_months(*spec["months"]))
    if "days" in spec:
        first, count = spec["days"]
        start = date.fromisoformat(first)
        return [(start + timedelta(days=day)).isoformat() for day in range(count)]
    return []


def _months(first: str, count: int) -> Iterable[str]:
    year, month = (int(part) for part in first.split("-"))
    for later in range(month - 1, month - 1 + count):
        yield f"{year + later // 12}-{later % 12 + 1:02d}"


def _draw(spec: Mapping[str, Any], number: int, draw: random.Random, lists: Lists) -> Any:
    for shape in _SHAPES:
        if shape in spec:
            return _shape(shape, draw)
    if "serial" in spec:
        return spec["serial"] + number
    if "pick" in spec:
        return draw.choice(_values(spec["pick"], lists))
    if "int" in spec:
        return draw.randint(*spec["int"]) * spec.get("times", 1)
    if "float" in spec:
        return round(draw.uniform(*spec["float"]), 1)
    raise ValueError(f"unknown kind of column: {dict(spec)}")


def _values(given: Any, lists: Lists) -> list[Any]:
    return lists[given.removeprefix("@")] if isinstance(given, str) else given


def _shape(kind: str, draw: random.Random) -> dict[str, Any]:
    lon, lat = (round(middle + draw.uniform(-_SPREAD, _SPREAD), 5) for middle in _CENTRE)
    if kind == "point":
        return {"type": "Point", "coordinates": [lon, lat]}
    east, north = round(lon + 0.002, 5), round(lat + 0.001, 5)
    if kind == "line":
        return {"type": "LineString", "coordinates": [[lon, lat], [east, north]]}
    ring = [[lon, lat], [east, lat], [east, north], [lon, north], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def _is_shape(value: object) -> bool:
    return isinstance(value, dict)


def _flat(row: Row) -> Row:
    flat: Row = {}
    for key, value in row.items():
        if not _is_shape(value):
            flat[key] = value
        elif value["type"] == "Point":
            flat["lon"], flat["lat"] = value["coordinates"]
    return flat
