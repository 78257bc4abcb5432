"""What CKAN's pages refuse without catching it is no error of the server."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ckanext.jena_governance.tests.conftest import City

NOWHERE = str(uuid.uuid4())


@pytest.mark.parametrize(
    "path",
    [
        f"/dataset/{NOWHERE}/resource/{NOWHERE}/views",
        f"/dataset/changes_multiple?new_id={NOWHERE}&old_id={NOWHERE}&current_new_id={NOWHERE}",
    ],
)
def test_is_not_found(city: City, app: Any, path: str) -> None:
    response = app.get(path, status=404)
    assert "404" in response.body
