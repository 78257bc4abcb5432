"""What goes wrong with a source."""

from __future__ import annotations


class SourceError(Exception):
    """Something about a source that its editors have to know; the text names problem and remedy."""
