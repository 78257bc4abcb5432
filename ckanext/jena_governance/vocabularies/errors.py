"""What is wrong with a vocabulary file."""

from __future__ import annotations

from pathlib import Path


class VocabularyError(Exception):
    """A vocabulary file that cannot be used; the portal does not start with it.

    Args:
        path (Path | None): the file or folder.
        entry (str): section and id of the entry; empty if it is the file as a whole.
        problem (str): what is wrong, in one sentence without a full stop.
    """

    def __init__(self, path: Path | None, entry: str = "", problem: str = "") -> None:
        self.path = path
        self.entry = entry
        self.problem = problem
        place = f"{path}, {entry}" if entry else str(path)
        super().__init__(f"{place}: {problem}")
