"""Fixtures of the demo's tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def shared() -> Path:
    """The folder with third-party test data."""
    folder = os.environ.get("JENA_GOVERNANCE_SHARED")
    if not folder:
        pytest.skip("JENA_GOVERNANCE_SHARED is not set")
    return Path(folder)
