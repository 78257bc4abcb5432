"""docs/api.md says what the API gives: no field more, no field less."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import pytest

import ckantoolkit as tk

from ckanext.jena_governance.access.public_fields import PUBLIC_COLUMNS, PUBLIC_EXTRAS
from ckanext.jena_governance.leakcheck.client import Request
from ckanext.jena_governance.policy import OPEN
from ckanext.jena_governance.tests import clock
from ckanext.jena_governance.tests.consumers import planting
from ckanext.jena_governance.tests.consumers.portal import Portal
from ckanext.jena_governance.tests.consumers.second import ROOT

TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and bool(date.fromisoformat(value))


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and bool(datetime.fromisoformat(value))


def _are(kind: type) -> Any:
    return lambda value: isinstance(value, list) and all(isinstance(one, kind) for one in value)


TYPES = {
    "text": lambda value: isinstance(value, str),
    "texts": _are(str),
    "object": lambda value: isinstance(value, dict),
    "objects": _are(dict),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "date": _is_day,
    "time": _is_time,
}


def table(heading: str) -> dict[str, tuple[str, str]]:
    """Field, type and meaning of the table under a heading."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## )", TEXT, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|\s*(.*?)\s*\|$", section, re.MULTILINE)
    assert len(rows) > 5, heading
    return {name: (kind, meaning) for name, kind, meaning in rows}


def resources(portal: Portal) -> list[dict[str, Any]]:
    return [one for dataset in portal.answers.values() for one in dataset["resources"]]


@pytest.mark.parametrize("section", ["Fields of a dataset", "Fields of a resource"])
def test_every_field_is_documented_and_there(portal_of_consumers: Portal, section: str):
    documented = table(section)
    portal = portal_of_consumers
    shown = list(portal.answers.values()) if "dataset" in section else resources(portal)
    given = {name for one in shown for name in one}
    assert given == set(documented)
    for name, (kind, meaning) in documented.items():
        values = [one[name] for one in shown if one.get(name) not in (None, "")]
        assert all(TYPES[kind](value) for value in values), name
        is_always = "always" in meaning.split(";")[0]
        assert is_always == all(name in one for one in shown) or not is_always, name


def test_search_and_show_give_the_same(portal_of_consumers: Portal):
    found = portal_of_consumers.api()("package_search", rows=1000)["results"]
    assert {one["name"]: one for one in found} == portal_of_consumers.shown()


def test_search_knows_what_day_it_is(portal_of_consumers: Portal, monkeypatch: pytest.MonkeyPatch):
    """Data that open by themselves are open in what is found, too, before anything is indexed anew."""
    name = planting.name_of("anfrage")
    levels: list[str] = []
    for days in (0, planting.OPENS_IN + 1):
        for module in clock.MODULES:
            monkeypatch.setattr(module, "datetime", clock.ahead_by(lambda days=days: days))
        (found,) = tk.get_action("package_search")({"user": ""}, {"fq": f"name:{name}"})["results"]
        shown = tk.get_action("package_show")({"user": ""}, {"id": name})
        assert found["openness_effective"] == shown["openness_effective"]
        levels.append(found["openness_effective"])
    assert levels[0] == "request"
    assert levels[1] != "request"


def test_restricted_resources_have_the_public_fields_only(portal_of_consumers: Portal):
    documented = table("Fields of a resource")
    public = {name for name, (_, meaning) in documented.items() if "public" in meaning}
    assert public == PUBLIC_COLUMNS | PUBLIC_EXTRAS
    restricted = [
        one
        for dataset in portal_of_consumers.answers.values()
        for one in dataset["resources"]
        if (one.get("openness") or dataset["openness"]) != OPEN
    ]
    assert len(restricted) >= 6
    for one in restricted:
        assert {name for name, value in one.items() if value not in (None, "")} <= public
        address = rf"/dataset/{one['package_id']}/resource/{one['id']}/(data|download/[\w-]+\.\w+)$"
        assert re.search(address, one["url"])


def test_no_answer_holds_a_secret(portal_of_consumers: Portal):
    subjects = set(planting.RESTRICTED) | {planting.HIDES}
    found = portal_of_consumers.canaries.find(str(portal_of_consumers.answers).encode())
    assert {one.subject.partition("/")[0] for one in found}.isdisjoint(subjects)
    assert set(portal_of_consumers.answers) == planting.PUBLIC


@pytest.mark.parametrize("role", ["", "stranger"])
def test_a_refusal_is_as_documented(portal_of_consumers: Portal, role: str):
    portal = portal_of_consumers
    headers = portal.people.get(role, {})
    for resource in portal.answers[planting.name_of("geschlossen")]["resources"]:
        answer = portal.client.send(Request("GET", _path(resource["url"])), headers)
        assert (answer.status, answer.headers["cache-control"]) == (403, "private, no-store")
        _hold_against(answer.json(), table("When data are refused"))


def _hold_against(body: Mapping[str, Any], documented: Mapping[str, tuple[str, str]]) -> None:
    assert set(body) == set(documented)
    for name, (kind, meaning) in documented.items():
        assert TYPES[kind](body[name]), name
        for one in body[name] if kind == "objects" else ():
            assert set(one) == set(_names(meaning)), name


def _names(meaning: str) -> Iterable[str]:
    return re.findall(r"`(\w+)`", meaning)


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_what_is_not_there_is_not_found(portal_of_consumers: Portal):
    path = f"/dataset/{portal_of_consumers.ids['verborgen']}/resource/nix/data"
    assert portal_of_consumers.client.send(Request("GET", path)).status == 404


def test_filters_find_what_they_say(portal_of_consumers: Portal):
    """The table of questions: each finds some datasets, and no two the same."""
    asked = re.findall(r"^\| .* \| `fq=(.*?)`", TEXT, re.MULTILINE)
    assert len(asked) == 5
    search = portal_of_consumers.api()
    found = [{one["id"] for one in search("package_search", fq=fq)["results"]} for fq in asked]
    assert all(found)
    assert sum(map(len, found)) == len(set().union(*found))


def test_actions_answer_whom_they_are_said_to(portal_of_consumers: Portal):
    """Every action of the table, without signing in."""
    (restricted,) = portal_of_consumers.answers[planting.name_of("gruppe")]["resources"]
    asked = {
        "package_show": {"id": planting.name_of("gruppe")},
        "governance_entity_show": {"id": portal_of_consumers.organization["id"]},
        "governance_access_explain": {"id": planting.name_of("gruppe")},
        "governance_check": {"id": planting.name_of("gruppe")},
        "governance_location_show": {"id": restricted["id"]},
    }
    (section,) = re.findall(r"^## Actions to read with\n(.*?)^\*\*Paging", TEXT, re.M | re.S)
    rows = re.findall(r"^\| (`.*?) \| (yes|no)[^|]* \| (.*) \|$", section, re.MULTILINE)
    actions = {name: said for names, said, _ in rows for name in _names(names)}
    assert len(actions) > 9
    for name, said in actions.items():
        answer = portal_of_consumers.api().post(name, asked.get(name, {}))
        assert answer.status == (200 if said == "yes" else 403), name
    for names, said, told in rows:
        if said == "yes" and (keys := set(_names(told)) - {"id", "in_group", "walled"}):
            name = _names(names)[0]
            assert keys <= set(portal_of_consumers.api()(name, **asked.get(name, {}))), name
