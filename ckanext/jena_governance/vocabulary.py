"""The vocabulary of this portal: read once at start, the same for everyone."""

from __future__ import annotations

from pathlib import Path

from ckanext.jena_governance import config, vocabularies
from ckanext.jena_governance.policy import Vocabulary

_loaded: Vocabulary | None = None
_read: tuple[Path | None, float] | None = None


def load() -> Vocabulary:
    """Read the shipped files and the administrator's own, again only if these changed.

    Raises:
        VocabularyError: names file, entry and problem; CKAN does not start.
    """
    global _loaded, _read
    state = _state(config.vocabulary_path())
    if _loaded is None or state != _read:
        _loaded, _read = vocabularies.load(state[0]), state
    return _loaded


def current() -> Vocabulary:
    """The vocabulary read at start."""
    return _loaded or load()


def _state(folder: Path | None) -> tuple[Path | None, float]:
    files = folder.glob("*.yaml") if folder and folder.is_dir() else ()
    return folder, max((file.stat().st_mtime for file in files), default=0.0)
