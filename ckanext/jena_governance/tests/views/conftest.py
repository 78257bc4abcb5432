"""The department's people, as in the tests of the logic."""

from __future__ import annotations

from ckanext.jena_governance.tests.logic.conftest import house, make, plain

__all__ = ["house", "make", "plain"]
