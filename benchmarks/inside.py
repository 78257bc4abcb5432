"""What is counted inside a portal: `python -m benchmarks.inside INI (count | decide | profile) …`.

count DATASETS TOKENS       SQL statements of each request, as JSON
decide                      microseconds of one decision, as JSON
profile PATH [TOKEN]        where the time of a request goes
"""

from __future__ import annotations

import cProfile
import json
import pstats
import sys
import timeit
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from ckan.cli import load_config
from ckan.config.middleware import make_app

from benchmarks import content

HITS = (20, 50, 100)
_PROFILED = 20


def count(ini: str, datasets: str, tokens: str) -> dict[str, int]:
    """SQL statements by request and account; '' is nobody."""
    client = _client(ini)
    paths = {
        f"package_search, {hits} hits": f"/api/action/package_search?rows={hits}" for hits in HITS
    }
    names = content.some_names(int(datasets), 1)
    paths["package_show"] = f"/api/action/package_show?id={names[0]}"
    paths["dataset page"] = f"/dataset/{names[0]}"
    paths["list page"] = "/dataset/"
    found: dict[str, int] = {}
    for account, token in {"": "", **json.loads(tokens)}.items():
        for title, path in paths.items():
            client.get(path, headers=_headers(token))  # what is made once is not counted
            with _counted() as statements:
                answer = client.get(path, headers=_headers(token))
            assert answer.status_code == 200, (path, answer.status_code)  # noqa: S101
            found[f"{title}|{account}"] = len(statements)
    return found


def decide() -> dict[str, float]:
    """Microseconds of one decision, by what is asked."""
    from ckanext.jena_governance import policy, vocabularies

    vocabulary = vocabularies.load(None)
    today = date(2026, 1, 1)
    owner, other = _entity(policy, "a"), _entity(policy, "b")
    membership = policy.Membership(entity=other, role="editor")
    editor = policy.Actor(id="u", sysadmin=False, memberships=(membership,) * 30)
    found: dict[str, float] = {}
    for dataset in content.patterns():
        level = dataset["openness"]
        asset = policy.asset_of(dataset, dataset["resources"][0], owner, vocabulary, today)
        for who, actor in {"nobody": policy.ANONYMOUS, "30 memberships": editor}.items():
            if f"{level}, {who}" not in found:
                timer = timeit.Timer(lambda a=actor, b=asset: policy.decide(a, b, today))
                found[f"{level}, {who}"] = min(timer.repeat(5, 2000)) / 2000 * 1e6
    return found


def _entity(policy: Any, name: str) -> Any:
    return policy.Entity(
        id=name,
        title=name,
        entity_class="core",
        in_group=True,
        walled=False,
        publishes_for=frozenset(),
    )


def profile(ini: str, path: str, token: str = "") -> None:
    """Print the functions of one request, by cumulative time, then ours, then the SQL.

    Args:
        ini: configuration of the portal.
        path: what is asked for; a dataset's name without a slash is changed by `package_patch`.
        token: API token of whoever asks.
    """
    client = _client(ini)

    def ask(number: int) -> None:
        if "/" in path:
            answer = client.get(path, headers=_headers(token))
        else:
            change = {"id": path, "notes": f"Fassung {number} {timeit.default_timer()}"}
            url = "/api/action/package_patch"
            answer = client.post(url, json=change, headers=_headers(token))
        assert answer.status_code == 200, answer.data  # noqa: S101

    for number in range(3):
        ask(number)
    profiler = cProfile.Profile()
    with _counted() as statements:
        profiler.enable()
        for number in range(_PROFILED):
            ask(number)
        profiler.disable()
    stats = pstats.Stats(profiler).sort_stats("cumulative")
    stats.print_stats(60)
    stats.print_stats("jena_governance", 80)
    print(f"{len(statements) / _PROFILED} SQL statements in each, the last:")
    for statement in statements[-(len(statements) // _PROFILED) :]:
        print("  " + " ".join(statement.split())[:160])


def _client(ini: str) -> Any:
    app: Any = make_app(load_config(ini))
    return app._wsgi_app.test_client()


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": token} if token else {}


@contextmanager
def _counted() -> Generator[list[str], None, None]:
    """The SQL statements that are sent meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


if __name__ == "__main__":
    ini, what, *arguments = sys.argv[1:]
    if what == "profile":
        profile(ini, *arguments)
    else:
        print(json.dumps(count(ini, *arguments) if what == "count" else decide()))
