"""Licences: recognising them in other portals' words, and moving them with the level."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ckanext.jena_governance.policy import values
from ckanext.jena_governance.policy.levels import OPEN
from ckanext.jena_governance.policy.vocabulary import Licence, Vocabulary

OTHER_CLOSED = "other-closed"

# CKAN's way of saying that nothing was said.
_NOTHING = frozenset({"", "notspecified", "license not specified", "licence not specified"})

_URL = re.compile(r"(?:https?:)?//(?:www\.)?(?P<rest>.+)", re.IGNORECASE)
_URL_TAIL = re.compile(r"(?:/(?:deed(?:\.[a-z_]+)?|legalcode(?:\.[a-z_]+)?))?/*$", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+|\bversion\b", re.IGNORECASE)
_DOUBLED = re.compile(r"([a-z])\1+")
_MAX_KEY = 300


def is_unsaid(value: object) -> bool:
    """Whether a licence field says nothing; ``notspecified`` is CKAN's word for that."""
    said = values.text(value)
    return said is not None and said.lower() in _NOTHING


def licence_of(
    value: str | None, vocabulary: Vocabulary, *, title: str | None = None, url: str | None = None
) -> Licence | None:
    """The licence that another portal, or a person, means.

    Recognised by id, code of the DCAT-AP.de list, address (with or without a trailing
    slash, http or https, the licence's own text, former addresses), SPDX identifier,
    alias (CKAN's ids, GovData's former codes) and title (in any case and punctuation;
    doubled letters count once, because a real portal writes "Namensnenung").

    Args:
        value (str | None): what stands in the licence field.
        vocabulary (Vocabulary): the list of licences.
        title (str | None): a title given beside it.
        url (str | None): an address given beside it.

    Returns:
        Licence | None: the entry; ``None`` if nothing was said or nothing fits. The field
        itself is asked first, then the address, then the title.
    """
    index = _index(tuple(vocabulary.licences.values()))
    for said in (value, url, title):
        if is_unsaid(said):
            continue
        found = index.get(_key(said))
        if found is not None:
            return found
    return None


def _key(value: object) -> str:
    """What is left of an id, address or title when writing habits are taken away."""
    said = (values.text(value) or "")[:_MAX_KEY]
    address = _URL.fullmatch(said)
    if address:
        return "//" + _URL_TAIL.sub("", address["rest"]).lower()
    # An accent that stands apart is no letter, and goes with whatever else is none.
    plain = unicodedata.normalize("NFKD", said).casefold()
    return _DOUBLED.sub(r"\1", _NO_WORD.sub("", plain))


@lru_cache(maxsize=8)
def _index(entries: tuple[Licence, ...]) -> Mapping[str, Licence]:
    """Where each writing leads; what stands first in the list wins."""
    index: dict[str, Licence] = {}
    for names in (_own_names, _other_names):
        for licence in entries:
            for name in names(licence):
                index.setdefault(_key(name), licence)
    index.pop("", None)
    return index


def _own_names(licence: Licence) -> Iterator[str]:
    yield licence.id
    yield licence.code
    yield licence.uri
    yield from licence.aliases


def _other_names(licence: Licence) -> Iterator[str | None]:
    yield from licence.legacy_uris
    yield licence.title_de
    yield licence.title_en
    yield licence.text_url
    yield licence.spdx


def stated_licence(dataset: Mapping[str, Any], resource: Mapping[str, Any] | None) -> object:
    """The licence field that holds for a resource, or for the dataset itself.

    A resource's own licence, else the dataset's. Where the dataset is not open its licence
    says nothing about an open resource; then the one kept for the opening day does.
    """
    if resource is not None and not is_unsaid(resource.get("license")):
        return resource.get("license")
    kept = dataset.get("licence_when_open")
    if values.level_said(dataset) not in ("", OPEN) and not is_unsaid(kept):
        return kept
    return dataset.get("license_id")


def lets_reuse(
    dataset: Mapping[str, Any], resource: Mapping[str, Any], vocabulary: Vocabulary
) -> bool:
    """Whether an open resource counts as open data (else: as ``viewable``)."""
    said = stated_licence(dataset, resource)
    if is_unsaid(said):
        return True
    licence = licence_of(values.text(said), vocabulary)
    return licence is not None and licence.open


def settle_licence(dataset: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """Let the dataset's licence follow its level.

    Data that are not open cannot carry a licence that lets everyone use them: it is kept for
    the day of opening. When the dataset is open again, it comes back.

    Args:
        dataset (Mapping): the complete dataset.
        vocabulary (Vocabulary): the list of licences.

    Returns:
        dict: a new dictionary; without changes where nothing has to move.

    Source:
        Design §4, R6.
    """
    settled = dict(dataset)
    level = values.level_said(dataset)
    licence = licence_of(values.text(dataset.get("license_id")), vocabulary)
    if licence is None or not level:
        return settled
    if level != OPEN and licence.open:
        settled["license_id"] = OTHER_CLOSED
        settled["licence_when_open"] = licence.id
    elif level == OPEN and licence.id == OTHER_CLOSED:
        _bring_back(settled, vocabulary)
    return settled


def _bring_back(settled: dict[str, Any], vocabulary: Vocabulary) -> None:
    kept = licence_of(values.text(settled.get("licence_when_open")), vocabulary)
    if kept is not None and kept.open:
        settled["license_id"] = kept.id
        settled["licence_when_open"] = ""
