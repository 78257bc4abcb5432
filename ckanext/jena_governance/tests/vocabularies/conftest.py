from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _forget_request_state() -> None:
    """Nothing of CKAN is needed here; the tests above clear its session."""
