"""The vocabulary of this portal: read once at start, the same for everyone."""

from __future__ import annotations

from ckanext.jena_governance import config, vocabularies
from ckanext.jena_governance.policy import Vocabulary

_loaded: Vocabulary | None = None


def load() -> Vocabulary:
    """Read the shipped files and the administrator's own.

    Raises:
        VocabularyError: names file, entry and problem; CKAN does not start.
    """
    global _loaded  # noqa: PLW0603 - one per process, replaced only at start
    _loaded = vocabularies.load(config.vocabulary_path())
    return _loaded


def current() -> Vocabulary:
    """The vocabulary read at start."""
    return _loaded or load()
