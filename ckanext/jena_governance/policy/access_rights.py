"""Rights of access in the words of other portals."""

from __future__ import annotations

import re

from ckanext.jena_governance.policy import values
from ckanext.jena_governance.policy.levels import CLOSED, rank
from ckanext.jena_governance.policy.vocabulary import Vocabulary

_WRITING = re.compile(r"[\s_-]+")
_EU = re.compile(
    r"https?://publications\.europa\.eu/resource/authority/access-right/", re.IGNORECASE
)


def level_of(said: object, vocabulary: Vocabulary) -> str | None:
    """The level that an access right means, the strictest one if there are several.

    Args:
        said (object): the address of a term, with or without a slash, http or https; its last
            part; or words; or a list of those.
        vocabulary (Vocabulary): the table of access rights.

    Returns:
        str | None: a level, ``closed`` for whatever is not in the table; ``None`` if nothing
        is said.
    """
    found = [_level_of_word(word, vocabulary) for word in words_of(said)]
    return max(found, key=rank) if found else None


def words_of(said: object) -> list[object]:
    """What stands in a field, one by one; a list may be written as a text."""
    listed = values.items(said)
    return [said] if listed is None else listed


def _level_of_word(word: object, vocabulary: Vocabulary) -> str:
    key = _key(word)
    for right in vocabulary.access_rights.values():
        if key in map(_key, (right.id, *right.words)):
            return right.level
    return CLOSED


def _key(word: object) -> str:
    said = _EU.sub("", values.text(word) or "").rstrip("/ ")
    return _WRITING.sub(" ", said).casefold().strip()


def is_known(rights: object, words: Vocabulary) -> bool:
    """Whether all that an access right says is in the table."""
    known = {
        _key(one) for right in words.access_rights.values() for one in (right.id, *right.words)
    }
    return all(_key(word) in known for word in words_of(rights))
