"""Single fields of a dataset, read so that only what can be exported is left of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckanext.jena_governance.dcat import names, safe, terms
from ckanext.jena_governance.policy import Vocabulary, values


def agents_in(value: object, words: Vocabulary) -> list[dict[str, str]]:
    """Publishers or creators that have a name, with what can be used of them."""
    return [
        {
            "uri": str(safe.web(one.get("uri")) or ""),
            "name": values.text(one.get("name")) or "",
            "url": str(safe.web(one.get("url")) or ""),
            "email": mailbox_in(one.get("email")),
            "type": terms.term("publisher-type", one.get("type"), words) or "",
        }
        for one in mappings(value)
        if values.text(one.get("name"))
    ]


def mailbox_in(value: object) -> str:
    """A mailbox; empty for what is none."""
    said = (values.text(value) or "").removeprefix("mailto:")
    return said if "@" in said and safe.iri(f"mailto:{said}") is not None else ""


def legislation_in(value: object, *, is_hvd: bool) -> list[str]:
    """Addresses of laws that ask for data; of high-value datasets always their regulation.

    Source:
        DCAT-AP HVD 3.0: ``dcatap:applicableLegislation`` must name the regulation (EU) 2023/138.
    """
    listed = [str(found) for one in values.items(value) or [] if (found := safe.web(one))]
    if is_hvd and str(names.HVD_REGULATION) not in listed:
        listed.append(str(names.HVD_REGULATION))
    return listed


def hvd_categories(dataset: Mapping[str, Any]) -> list[str]:
    """The addresses of a dataset's high-value categories."""
    listed = values.items(dataset.get("hvd_category")) or []
    return [str(found) for one in listed if (found := safe.web(one))]


def addresses_in(value: object) -> list[str]:
    """Those of a list that are addresses."""
    return [str(found) for one in values.items(value) or [] if (found := safe.web(one))]


def mappings(value: object) -> Iterable[Mapping[str, Any]]:
    """The dictionaries in a list, or in its JSON text."""
    listed = values.items(value) if not isinstance(value, Mapping) else [value]
    return [values.mapping(one) for one in listed or [] if isinstance(one, Mapping)]


def tamed(value: object) -> Any:
    """A value of a kind that ckanext-dcat can take: texts, lists of them, texts by language."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, Mapping):
        said = values.mapping(value)
        return {
            tag: text for tag, text in said.items() if safe.is_language(tag) and values.text(text)
        }
    if isinstance(value, (list, tuple)):
        return [one for one in values.items(value) or [] if isinstance(one, str)]
    return None if isinstance(value, bool) else str(value)
