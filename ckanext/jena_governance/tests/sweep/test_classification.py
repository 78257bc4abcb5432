"""Nothing is forgotten: every action and every route of the running CKAN is in the tables."""

from __future__ import annotations

from typing import Any

import pytest

import ckantoolkit as tk
from ckan import logic
from ckan import plugins as p

from ckanext.jena_governance.leakcheck import classification
from ckanext.jena_governance.leakcheck.classification import Tables
from ckanext.jena_governance.tests.sweep import servers

VERSION = "2.12" if tk.check_ckan_version(min_version="2.12") else "2.11"


@pytest.fixture(scope="module")
def tables() -> Tables:
    return classification.load()


@pytest.fixture
def registries(
    monkeypatch: pytest.MonkeyPatch, ckan_config: Any, make_app: Any, with_plugins: None
) -> tuple[set[str], set[tuple[str, tuple[str, ...]]]]:
    """Actions and rules of the application, with all that the sweep switches on."""
    p.unload_all()
    monkeypatch.setitem(ckan_config, "ckan.datastore.sqlsearch.enabled", True)
    plugins = [*ckan_config["ckan.plugins"], *servers.MORE_PLUGINS]
    monkeypatch.setitem(ckan_config, "ckan.plugins", plugins)
    p.load_all()
    logic.clear_actions_cache()
    logic.get_action("status_show")
    app = make_app().flask_app
    rules = {(rule.rule, tuple(sorted(rule.methods))) for rule in app.url_map.iter_rules()}
    return set(logic._actions), rules


def check(tables: Tables, actions: Any, rules: Any) -> list[str]:
    plugins = tk.config["ckan.plugins"]
    return classification.unclassified(tables, VERSION, plugins, actions, rules)


def test_every_action_and_route_is_classified(tables: Tables, registries: Any) -> None:
    wrong = check(tables, *registries)

    assert not wrong, "\n" + "\n".join(wrong)


def test_actions_that_only_read_are_called(tables: Tables, registries: Any) -> None:
    """Nothing that CKAN lets be called by a mere link is taken for a write."""
    reading = {
        name for name in registries[0] if getattr(logic.get_action(name), "side_effect_free", False)
    }
    skipped = {name for name in reading if not tables.actions[name].calls}

    assert len(reading) > 80
    assert not skipped


def test_a_new_action_or_route_fails_and_says_where_to_add_it(
    tables: Tables, registries: Any
) -> None:
    actions, rules = registries
    wrong = check(tables, actions | {"secret_show"}, rules | {("/secret/<id>", ("GET", "POST"))})

    assert "action secret_show is not classified: add it to leakcheck/actions.yaml" in wrong
    assert "GET /secret/<id> is not classified: add it to leakcheck/routes.yaml" in wrong
    assert "POST /secret/<id> is not classified: add it to leakcheck/routes.yaml" in wrong


def test_what_no_longer_exists_fails_too(tables: Tables, registries: Any) -> None:
    actions, rules = registries
    wrong = check(
        tables, actions - {"package_show"}, {rule for rule in rules if rule[0] != "/dataset/<id>"}
    )

    assert [text.split(" is ")[0] for text in wrong] == ["action package_show", "GET /dataset/<id>"]


@pytest.mark.parametrize(
    "row",
    [
        {"class": "harmless", "calls": [{}]},
        {"class": "writes"},
        {"class": "metadata"},
        {"class": "metadata", "calls": [{"name": "$dataset"}]},
        {"class": "metadata", "calls": [{"id": "$dataset"}], "colour": "red"},
    ],
)
def test_rows_that_say_too_little_are_refused(row: dict[str, Any]) -> None:
    with pytest.raises(classification.TableError):
        classification._entry("/dataset/<id>", "GET", row, {})
