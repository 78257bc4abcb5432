"""The regulation as YAML files, and the one loader that reads them.

Everything a file can get wrong is said at start, naming file, entry and problem; nothing of
it is discovered later, when a dataset is saved.
"""

from __future__ import annotations

from ckanext.jena_governance.vocabularies.loader import VocabularyError, load

__all__ = ["VocabularyError", "load"]
