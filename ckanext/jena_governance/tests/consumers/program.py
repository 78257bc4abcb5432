"""Runs inside the second CKAN: CKAN's own commands and actions, one after the other.

A process of its own with a configuration of its own. CKAN is loaded once, not once for each command:
that takes longer than what the commands do. It reads a line of JSON for each order, answers with one,
and ends when nobody is there to give orders any more.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.cli import load_config
from ckan.cli.db import db
from ckan.config.middleware import make_app
from ckan.lib import search
from ckan.lib.redis import connect_to_redis

Order = dict[str, Any]


class Ckan:
    """The loaded CKAN."""

    def __init__(self, ini: str) -> None:
        self.app: Any = make_app(load_config(ini))._wsgi_app

    def empty(self, _order: Order) -> None:
        """Its stores, as on the first day."""
        db.main(["upgrade"], standalone_mode=False)
        # Migrations leave an engine behind that connects anew for each transaction.
        model.init_model(model.ensure_engine())
        search.clear_all()
        connect_to_redis().flushdb()

    def harvester(self, order: Order) -> None:
        """`ckan harvester …`, ckanext-harvest's own command."""
        from ckanext.harvest.cli import harvester

        context = harvester.make_context("harvester", list(order["arguments"]))
        context.meta["flask_app"] = self.app
        with context:
            harvester.invoke(context)

    def reindex(self, order: Order) -> None:
        """`ckan search-index rebuild`, of one dataset."""
        search.rebuild(order["id"])

    def call(self, order: Order) -> Any:
        """An action, as somebody: nobody, by default."""
        with self.app.test_request_context():
            context = {"user": self._user(order.get("user", "")), "model": model}
            return tk.get_action(order["action"])(context, order.get("data", {}))

    def get(self, order: Order) -> list[Any]:
        """A page, as nobody: status and text."""
        answer = self.app.test_client().get(order["path"])
        return [answer.status_code, answer.get_data(as_text=True)]

    @staticmethod
    def _user(name: str) -> str:
        if name != "site":
            return name
        return tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]


def answer(ckan: Ckan, order: Order) -> dict[str, Any]:
    """Do what is ordered; what goes wrong is told, and the next order is taken."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            todo: Callable[[Order], Any] = getattr(ckan, order["do"])
            result = todo(order)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - told, not raised
        told = getattr(error, "error_dict", None) or traceback.format_exc()
        return {"error": told, "kind": type(error).__name__, "said": said.getvalue()}
    finally:
        model.Session.remove()
    return {"result": result, "said": said.getvalue()}


def main() -> None:
    """Take orders until the line is cut."""
    # What CKAN and its plugins print must not come between the answers.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    ckan = Ckan(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(answer(ckan, json.loads(line)), default=str), file=replies, flush=True)


if __name__ == "__main__":
    main()
