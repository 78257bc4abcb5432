"""CKAN's application for the next test, if it would be made just like the last one.

CKAN makes one for each test, with all plugins loaded anew and unloaded afterwards: a third of a
test's time. It is made anew where settings differ, or where a test left something behind.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from ckan.common import config
from ckan.lib import app_globals
from ckan.model import user
from ckan.plugins import core
from ckan.tests import helpers

from ckanext.jena_governance import vocabulary


@dataclass(frozen=True)
class _Made:
    application: Any
    asked: dict[str, Any]
    settings: dict[str, Any]
    of_flask: dict[str, Any]
    left: tuple[Any, ...]


_made: list[_Made] = []


def hash_quickly() -> None:
    """Passwords of tests protect nothing."""
    setattr(user, "pbkdf2_sha512", user.pbkdf2_sha512.using(rounds=1))  # noqa: B010


def application() -> Any:
    """A test client of its own for an application with the settings of now."""
    config["testing"] = True
    app_globals._CONFIG_CACHE.clear()
    made = _made[0] if _made else None
    if made is None or made.asked != dict(config) or _left(made.application) != made.left:
        _made.clear()
        made = _make()
        _made.append(made)
        return made.application
    _put(config, copy.deepcopy(made.settings))
    _put(made.application.flask_app.config, made.of_flask)
    app_globals.reset()
    return helpers.CKANTestApp(made.application.app)


def _make() -> _Made:
    asked = copy.deepcopy(dict(config))
    application = helpers._get_test_app()
    flask_app = application.flask_app
    settings = copy.deepcopy(dict(config))
    return _Made(application, asked, settings, dict(flask_app.config), _left(application))


def _left(application: Any) -> tuple[Any, ...]:
    """What a test may have changed and not put back."""
    flask_app = application.flask_app
    before = sum(len(each) for each in flask_app.before_request_funcs.values())
    return (
        tuple(core._PLUGINS),
        id(vocabulary.current()),
        len(list(flask_app.url_map.iter_rules())),
        before,
    )


def _put(settings: Any, values: dict[str, Any]) -> None:
    settings.clear()
    settings.update(values)
