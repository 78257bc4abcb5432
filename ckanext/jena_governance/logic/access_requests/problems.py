"""What stands against a request, a grant or a denial, in words, at its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.policy import Statement, say
from ckanext.jena_governance.policy.granting import Problem


def told(statement: Statement, **words: str) -> str:
    """A statement in the reader's language; names the part that it is about."""
    text = say(statement, language(), vocabulary.current(), words)
    named = statement.values.get("resource")
    entry = vocabulary.current().request_texts.get(statement.code)
    says_it = entry is not None and "{resource}" in entry.label(language())
    return f"{named}: {text}" if named and not says_it else text


def refuse(problems: Iterable[Problem]) -> None:
    """Say all of them at once.

    Raises:
        ckan.logic.ValidationError: if there are any.
    """
    errors: dict[str, list[str]] = {}
    for field, statement in problems:
        said = told(statement)
        if said not in errors.setdefault(field, []):
            errors[field].append(said)
    if errors:
        raise tk.ValidationError(dict[str, Any](errors))


def refuse_field(field: str, message: str) -> None:
    """Say one.

    Raises:
        ckan.logic.ValidationError: always.
    """
    raise tk.ValidationError({field: [message]})


def require_known(data: Mapping[str, Any], known: Iterable[str]) -> None:
    """Nobody sets a state, a decider or a date of ours from outside; a misspelt field is no field.

    Raises:
        ckan.logic.ValidationError: names each field that there is not.
    """
    fields = sorted(known)
    unknown = [field for field in data if field not in fields]
    if unknown:
        message = tk._("There is no such field. Possible: {fields}").format(
            fields=", ".join(fields)
        )
        raise tk.ValidationError({field: [message] for field in unknown})
