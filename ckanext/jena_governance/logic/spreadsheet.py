"""Tables for spreadsheets: every CSV file that the portal writes for people goes through here.

A spreadsheet takes a cell that begins with certain characters for a formula, and runs it. Where
a cell begins is up to the spreadsheet: German ones separate at semicolons, whatever we meant.

Source:
    OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any

# At the start, and after whatever somebody's spreadsheet may separate cells or lines at; quotes
# and blanks before a formula do not hinder it. The wide signs are read like the narrow ones.
_FORMULA = re.compile(r"((?:^|[;,|\t\v\f\r\n\x85\u2028\u2029])[\s\"]*)(?=[=+\-@＝＋－＠])")


def cell(value: object) -> str:
    """A value as text that no spreadsheet takes for a formula.

    Args:
        value: anything; ``None`` is an empty cell.

    Returns:
        The text; a ``'`` stands before each place where a formula could begin.
    """
    return "" if value is None else _FORMULA.sub(r"\1'", str(value))


def write(file: Any, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table.

    Args:
        file: something to write text to.
        columns: the first line.
        rows: the other lines.
    """
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
