"""May the city license this? The question, and the answers somebody gave. No CKAN import."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

import yaml

from ckanext.jena_governance.takeover import people
from ckanext.jena_governance.takeover.cleaning import normal
from ckanext.jena_governance.takeover.draft import Draft
from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.takeover.mapping import UnitDirectory, normal_key, read_yaml

YES, NO, LATER = "yes", "no", "later"
# The licence that says: to be read by everyone, but the city gives no permission to reuse.
NOT_OURS = "other-closed"
_SPOKEN = {
    "yes": YES, "y": YES, "ja": YES, "j": YES, "true": YES,
    "no": NO, "n": NO, "nein": NO, "false": NO,
    "later": LATER, "l": LATER, "später": LATER, "spaeter": LATER, "": LATER,
}  # fmt: skip
# Words of a title or topic that tell of a commissioned work.
_COMMISSIONED = ("gutachten", "studie", "untersuchung", "artenerfassung", "evaluation")


@dataclass
class Question:
    """One question for all datasets it concerns."""

    key: str
    reason: str
    drafts: list[Draft] = field(default_factory=list[Draft])


def reason_of(
    draft: Draft, units: UnitDirectory, third_parties: Iterable[str]
) -> tuple[str, str] | None:
    """Why the rights in a dataset are in doubt: a key to ask by, and the reason in words.

    Returns:
        None where the author is a known unit or an office, or nothing is published yet.
    """
    if draft.announced or not draft.data["resources"]:
        return None
    author = draft.author
    text = normal(" ".join([draft.title, author]))
    for party in third_parties:
        if f" {normal(party)} " in f" {text} ":
            return party, f"concerns “{party}”, which the mapping file lists as a third party"
    known = units.find(author)
    if known and known.external:
        return author, f"the author “{author}” is registered as no part of the city group"
    if author and not known and not people.is_office(author):
        kind = "a person" if people.names_person(author) else "no known entity"
        return author, f"the author “{author}” is {kind}"
    topics = [tag["name"] for tag in draft.data["tags"]]
    words = normal(" ".join([draft.title, *topics])).split()
    if not author and any(word.endswith(_COMMISSIONED) for word in words):
        return draft.data["name"], "a study or expert report without a named author"
    if not draft.licensed and not author:
        return draft.data["name"], "neither a known licence nor an author is named"
    return None


def questions(
    drafts: Iterable[Draft], units: UnitDirectory, third_parties: Iterable[str]
) -> list[Question]:
    """All questions, one for each author; the same person is not asked about forty times."""
    found: dict[str, Question] = {}
    parties = list(third_parties)
    for draft in drafts:
        reason = reason_of(draft, units, parties)
        if reason:
            key, words = reason
            found.setdefault(normal_key(key), Question(key, words)).drafts.append(draft)
    return list(found.values())


class Answers:
    """Answers by author or dataset name, kept in a YAML file where one is named."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._given: dict[str, str] = {}
        self._new = False
        if path and path.exists():
            for key, value in read_yaml(path).items():
                answer = _SPOKEN.get(str(value).strip().lower())
                if answer is None:
                    raise TakeoverError(f"{path}: “{key}: {value}”. Answers are yes, no, later.")
                self._given[key] = answer

    def of(self, question: Question) -> str:
        """The answer given, or later."""
        wanted = normal_key(question.key)
        return next((a for k, a in self._given.items() if normal_key(k) == wanted), LATER)

    def is_open(self, question: Question) -> bool:
        """Whether nobody has said yes or no."""
        return self.of(question) == LATER

    def give(self, question: Question, spoken: str) -> bool:
        """Notes an answer; false if it is none."""
        answer = _SPOKEN.get(spoken.strip().lower())
        if answer is None:
            return False
        self._given[question.key] = answer
        self._new = True
        return True

    def save(self) -> None:
        """Writes the answers back, so that the next run does not ask again."""
        if not self._path or not self._new:
            return
        with NamedTemporaryFile("w", dir=self._path.parent, delete=False, encoding="utf-8") as file:
            yaml.safe_dump(self._given, file, allow_unicode=True, sort_keys=True)
        os.replace(file.name, self._path)


def ask(open_questions: list[Question], answers: Answers, prompt: Callable[[str], str]) -> None:
    """Asks a person, one question for each author.

    Args:
        open_questions: what nobody has answered.
        answers: where answers go.
        prompt: shows a text and returns what was typed.
    """
    for number, question in enumerate(open_questions, start=1):
        titles = ", ".join(f"“{draft.title}”" for draft in question.drafts[:3])
        more = f" and {len(question.drafts) - 3} more" if len(question.drafts) > 3 else ""
        words = (
            f"[{number}/{len(open_questions)}] {titles}{more}: {question.reason}.\n"
            "May the city license this? y(es), n(o), l(ater)"
        )
        while not answers.give(question, prompt(words)):
            pass


def apply(question: Question, answer: str) -> None:
    """Notes the outcome at each dataset. Nothing is closed: whoever could read it still can."""
    for draft in question.drafts:
        if answer == LATER:
            key = question.key if draft.author else "<dataset name>"
            draft.note("rights", question.reason, f"Answers file: “{key}”: yes or no")
        elif answer == NO:
            # to promise reuse would be wrong once somebody has said no
            draft.data["license_id"] = NOT_OURS
            draft.note(
                "rights-denied",
                f"{question.reason}; licence set to {NOT_OURS}, readable by everyone as before",
                "Ask the author for a licence, or name the legal basis in the form.",
            )
