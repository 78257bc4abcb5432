"""May the city license this?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ckanext.jena_governance.takeover import rights
from ckanext.jena_governance.takeover.draft import Conversion, Draft
from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.takeover.mapping import Unit, UnitDirectory
from ckanext.jena_governance.takeover.records import convert
from ckanext.jena_governance.tests.takeover.conftest import UNITS

Make = Callable[..., dict[str, Any]]
With = Callable[..., Conversion]


@pytest.fixture
def draft(record: Make, conversion: With) -> Callable[..., Draft]:
    def make(**changes: Any) -> Draft:
        return convert(record(**changes), 1, conversion())

    return make


def reason(draft: Draft, parties: list[str] | None = None, units: tuple[Unit, ...] = UNITS) -> Any:
    return rights.reason_of(draft, UnitDirectory(units), parties or [])


@pytest.mark.parametrize(
    "author",
    ["Prof. Dr. Erika Muster", "ORBITAL - Beispielinstitut", "Max Mustermann, Erika Muster",
     "Beispiel GmbH", "beispiel.org"],
)  # fmt: skip
def test_third_party_author_is_asked_for(draft: Callable[..., Draft], author: str) -> None:
    found = reason(draft(author=author))
    assert found is not None
    assert found[0] == author


@pytest.mark.parametrize("author", ["Stadt Musterstadt", "Gartenamt", "Melderegister", ""])
def test_own_units_are_not(draft: Callable[..., Draft], author: str) -> None:
    assert reason(draft(author=author)) is None


def test_registered_outsider_is_asked_for(draft: Callable[..., Draft]) -> None:
    outside = (*UNITS, Unit("verein", "Musterverein e. V.", external=True))
    assert reason(draft(author="Musterverein e. V."), units=outside) is not None


def test_study_without_author(draft: Callable[..., Draft]) -> None:
    assert reason(draft(author="", title="Baugrundgutachten Musterplatz")) is not None
    assert reason(draft(author="Gartenamt", title="Baumgutachten Musterplatz")) is None
    assert reason(draft(author="", groups=[{"title": "Gutachten"}])) is not None


def test_unknown_licence_without_author(draft: Callable[..., Draft]) -> None:
    nothing: dict[str, Any] = {"license_id": "", "license_title": "", "license_url": ""}
    assert reason(draft(author="", **nothing)) is not None


def test_third_parties_of_the_mapping_file(draft: Callable[..., Draft]) -> None:
    title = "Kabelverzweiger der Netz-AG"
    assert reason(draft(title=title)) is None
    assert reason(draft(title=title), ["Netz AG"]) is not None


def test_nothing_published_nothing_asked(draft: Callable[..., Draft]) -> None:
    assert reason(draft(author="Erika Muster", resources=[])) is None


def test_one_question_for_each_author(draft: Callable[..., Draft]) -> None:
    drafts = [draft(author="Erika Muster"), draft(author="erika  muster"), draft()]
    found = rights.questions(drafts, UnitDirectory(UNITS), [])
    assert len(found) == 1
    assert found[0].drafts == drafts[:2]


def test_asked_answered_kept(draft: Callable[..., Draft], tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    found = rights.questions(
        [draft(author="Erika Muster"), draft(author="Max Mustermann")], UnitDirectory(UNITS), []
    )
    spoken = iter(["vielleicht", "n", "später"])
    answers = rights.Answers(path)
    rights.ask(found, answers, lambda _words: next(spoken))
    answers.save()
    again = rights.Answers(path)
    assert [again.of(question) for question in found] == ["no", "later"]
    assert not again.is_open(found[0])
    assert again.is_open(found[1])


def test_outcome(draft: Callable[..., Draft]) -> None:
    outcomes = {}
    for answer in (rights.YES, rights.NO, rights.LATER):
        one = draft(author="Erika Muster")
        [question] = rights.questions([one], UnitDirectory(UNITS), [])
        before = one.data["license_id"]
        rights.apply(question, answer)
        kinds = [f.kind for f in one.findings if f.kind.startswith("rights")]
        outcomes[answer] = (kinds, one.data["license_id"] == before, one.data["openness"])
    assert outcomes == {
        "yes": ([], True, "open"),
        "no": (["rights-denied"], False, "open"),
        "later": (["rights"], True, "open"),
    }


def test_nonsense_in_the_answers_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("Erika Muster: perhaps", "utf-8")
    with pytest.raises(TakeoverError, match="Answers are yes, no, later"):
        rights.Answers(path)
