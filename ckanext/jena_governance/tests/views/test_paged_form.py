"""A schema that divides its form into pages: ckanext-scheming leads through them, not we."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.jena_governance.tests.access.test_forgery import (
    Browser,
    people,  # noqa: F401 - a fixture
)
from ckanext.jena_governance.tests.conftest import City, stored

SECOND_PAGE_STARTS_AT = "openness"


@pytest.fixture
def paged(tmp_path: Path, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own schema, cut in two before the question of openness."""
    ours = resources.files("ckanext.jena_governance") / "schemas" / "dataset.yaml"
    schema = yaml.safe_load(ours.read_text("utf-8"))
    for field in schema["dataset_fields"]:
        if field["field_name"] == SECOND_PAGE_STARTS_AT:
            field["start_form_page"] = {"title": "Wie offen?"}
    path = tmp_path / "paged.yaml"
    path.write_text(yaml.safe_dump(schema), "utf-8")
    monkeypatch.setitem(ckan_config, "scheming.dataset_schemas", f"file://{path}")


@pytest.fixture
def app(paged: None, app: Any) -> Any:
    return app


def test_a_form_of_several_pages_is_filled_in_page_by_page(app: Any, people: City) -> None:  # noqa: F811
    browser = Browser(app).sign_in(people.clerk)
    first = browser.form("/dataset/new")
    assert "title" in first
    assert "openness" not in first
    answer = browser.post(
        "/dataset/new",
        data={**first, "title": "Baumkataster", "name": "baumkataster", "save": "go-resources"},
    )
    assert answer.status_code == 302, answer.get_data(as_text=True)[:3000]
    assert answer.headers["Location"].endswith("/dataset/new/baumkataster/2")
    assert "openness" in browser.get("/dataset/new/baumkataster/2")
    assert stored("baumkataster")["state"] == "draft"
