"""CKAN's command with a clock that a file moves: for the server of the tests, no setting of ours.

    python -m ckanext.jena_governance.tests.e2e.moved_clock FILE <arguments of `ckan`>

Only what we ask the time of is moved. Sessions, the database and the browser keep theirs, as if
nobody had had to wait.

A browser may still ask for a picture while the next test empties the database. With `debug`, CKAN
keeps the broken session of such a request for all that come after it: here it is forgotten.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from flask import appcontext_tearing_down

from ckan import model
from ckan.cli.cli import ckan

from ckanext.jena_governance.tests import clock


def reading(file: Path) -> type[datetime]:
    """A clock that is as many days ahead as the file says."""
    return clock.ahead_by(lambda: int(file.read_text()) if file.exists() else 0)


def _forget_session(_app: object, **_more: object) -> None:
    model.Session.remove()


def main(file: str, *arguments: str) -> None:
    """Run the command."""
    moved = reading(Path(file))
    for module in clock.MODULES:
        module.datetime = moved
    appcontext_tearing_down.connect(_forget_session)
    sys.argv = ["ckan", *arguments]
    ckan()


if __name__ == "__main__":
    main(*sys.argv[1:])
