"""Findings in words: the message, filled in, in German or English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, cast

from ckanext.jena_governance.policy.asking import Statement
from ckanext.jena_governance.policy.findings import Finding
from ckanext.jena_governance.policy.vocabulary import Vocabulary, language_of

PLACEHOLDER = re.compile(r"\{(\w+)\}")

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def render(finding: Finding, lang: str, vocabulary: Vocabulary) -> str:
    """What a person reads about a finding.

    Plain text: values that people typed are repeated in it, so it must be escaped like
    any other text where it becomes HTML.

    Args:
        finding (Finding): the finding.
        lang (str): a locale; neither German nor English is answered in German.
        vocabulary (Vocabulary): wording and labels.

    Returns:
        str: the message; resources are named; the rule stands at the end, in brackets.
    """
    lang = language_of(lang)
    message = vocabulary.messages.get(finding.code)
    template = message.label(lang) if message else finding.code
    words = _words(finding, lang, vocabulary)
    # One pass: braces in a typed value are never filled in.
    text = PLACEHOLDER.sub(lambda found: words.get(found[1], ""), template)
    if "resource" in finding.params and "{resource}" not in template:
        text = f"{_FILE[lang].format(words['resource'])} {text}"
    return f"{text} ({finding.rule})"


def say(
    statement: Statement,
    lang: str,
    vocabulary: Vocabulary,
    words: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What a person reads about a decision on access; plain text, as ``render``.

    Args:
        statement (Statement): the statement.
        lang (str): a locale; neither German nor English is answered in German.
        vocabulary (Vocabulary): wording and labels.
        words (Mapping[str, str]): what the decision does not know: ``contact``, ``title`` …

    Returns:
        str: the text; empty where the vocabulary has none.
    """
    lang = language_of(lang)
    entry = vocabulary.statements.get(statement.code) or vocabulary.request_texts.get(
        statement.code
    )
    filled = {
        name: _word(name, value, lang, vocabulary)
        for name, value in statement.values.items()
        if value is not None
    }
    basis = vocabulary.bases.get(str(statement.values.get("basis")))
    known = {**words, **filled, "citation": basis.citation if basis else ""}
    template = entry.label(lang) if entry else ""
    return PLACEHOLDER.sub(lambda found: known.get(found[1], ""), template)


_FILE = {"de": "Datei „{}“:", "en": 'File "{}":'}


def _words(finding: Finding, lang: str, vocabulary: Vocabulary) -> dict[str, str]:
    words = {name: _word(name, value, lang, vocabulary) for name, value in finding.params.items()}
    basis = vocabulary.bases.get(str(finding.params.get("basis")))
    words["citation"] = basis.citation if basis else ""
    words["class"] = words.get("entity_class", "")
    words["field"] = _label(vocabulary.fields, finding.field, lang)
    return words


def _word(name: str, value: object, lang: str, vocabulary: Vocabulary) -> str:
    if isinstance(value, date):
        return date_label(value, lang)
    labels = _LABELS.get(name)
    known = labels(vocabulary) if labels else {}
    if isinstance(value, (list, tuple)):
        return ", ".join(_label(known, item, lang) for item in cast("Iterable[object]", value))
    return _label(known, value, lang)


def _label(known: Mapping[str, Any], value: object, lang: str) -> str:
    entry = known.get(value) if isinstance(value, str) else None
    return entry.label(lang) if entry is not None else str(value)


def date_label(value: date, lang: str) -> str:
    """A day as people write it.

    Args:
        value (date): the day.
        lang (str): ``de`` or ``en``.

    Returns:
        str: the text.
    """
    if lang == "de":
        return f"{value.day:02}.{value.month:02}.{value.year}"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


_LABELS: Mapping[str, Callable[[Vocabulary], Mapping[str, Any]]] = {
    "basis": lambda words: words.bases,
    "alternatives": lambda words: words.bases,
    "level": lambda words: words.levels,
    "stated": lambda words: words.levels,
    "options": lambda words: words.opening_reasons,
    "levels": lambda words: words.levels,
    "most_closed": lambda words: words.levels,
    "licence": lambda words: words.licences,
    "permission": lambda words: words.permissions,
    "permissions": lambda words: words.permissions,
    "entity_class": lambda words: words.entity_classes,
    "extra": lambda words: words.fields,
}
