"""What can be done against an answer: one row for each pair of classes, in files of one's own too."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ckanext.jena_governance import vocabularies
from ckanext.jena_governance.vocabularies import VocabularyError


def write(folder: Path, *rows: dict) -> Path:
    content = {"request_remedies": list(rows)}
    (folder / "remedies.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))
    return folder


def test_own_words_for_a_row(tmp_path):
    own = write(tmp_path, {"id": "citizen", "de": "Fragen Sie das Bürgerbüro.", "verify": False})
    row = vocabularies.load(own).request_remedies["citizen"]
    assert row.label("de") == "Fragen Sie das Bürgerbüro."
    assert row.label("en").startswith("You may file")
    assert not row.verify


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"id": "citizen", "asking": ["external"]}, "person asking core needs one row"),
        ({"id": "citizen", "owning": ["core", "subsidiary"]}, "needs one row, has:"),
        ({"id": "citizen", "asking": ["verein"]}, "verein"),
        ({"id": "citizen", "owning": ["person"]}, "person"),
        ({"id": "citizen", "de": "Frist bis {date}"}, "never filled in"),
        ({"id": "new", "de": "x"}, "lacks"),
    ],
)
def test_gaps_and_overlaps_are_refused(tmp_path, row, problem):
    with pytest.raises(VocabularyError, match=problem):
        vocabularies.load(write(tmp_path, row))
