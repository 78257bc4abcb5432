"""What the people behind a source read: one report for each record, naming field, value, remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import ckantoolkit as tk
from ckan import model

from ckanext.harvest.model import HarvestGatherError, HarvestObjectError
from ckanext.jena_governance import policy, vocabulary
from ckanext.jena_governance.harvesting.addresses import without_credentials
from ckanext.jena_governance.policy import Finding
from ckanext.jena_governance.policy.validation import shown

STAGE = "Import"
_MOST = 10_000


def of_run(message: str, job: Any) -> None:
    """Report something about a whole run."""
    HarvestGatherError.create(_clean(message), job)


def of_record(harvest_object: Any, message: str) -> None:
    """Report why a record was not taken over."""
    text = f"{shown(harvest_object.guid)}: {message}"
    HarvestObjectError.create(_clean(text), harvest_object, STAGE)


def of_findings(harvest_object: Any, name: str, findings: Iterable[Finding]) -> None:
    """Report what a person should look at in a record that was taken over."""
    words, lang = vocabulary.current(), tk.config.get("ckan.locale_default", "de")
    told = dict.fromkeys(f"{one.field}: {policy.render(one, lang, words)}" for one in findings)
    if told:
        lines = "\n".join(told)
        message = _clean(f"{shown(harvest_object.guid)} ({name}):\n{lines}")
        HarvestObjectError.create(message, harvest_object, STAGE)


def words_of(error: Exception) -> str:
    """An error in words; of an unforeseen one only its kind and the beginning."""
    if isinstance(error, tk.ValidationError):
        return "; ".join(_lines(error.error_dict))
    return f"{type(error).__name__}: {shown(str(error))}"


def _lines(errors: Mapping[str, Any]) -> Iterable[str]:
    for field, messages in errors.items():
        for one in cast("list[Any]", messages if isinstance(messages, list) else [messages]):
            if isinstance(one, dict):
                yield from (f"{field}: {line}" for line in _lines(cast("dict[str, Any]", one)))
            else:
                yield f"{field}: {one}"


def _clean(message: str) -> str:
    """Without passwords and without what no database stores."""
    text = without_credentials(message).replace("\0", "")[:_MOST]
    return text.encode("utf-8", "replace").decode("utf-8")


def undo() -> None:
    """Forget what was begun for a record that cannot be taken over."""
    model.Session.rollback()
