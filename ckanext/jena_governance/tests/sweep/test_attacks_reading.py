"""Attacks by reading: questions whose answer betrays what is not told."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck import classification
from ckanext.jena_governance.leakcheck.classification import DATA, METADATA
from ckanext.jena_governance.leakcheck.client import Client, Request, Response
from ckanext.jena_governance.leakcheck.personas import Persona, Role
from ckanext.jena_governance.leakcheck.planting import FILE, LINK, TABLE, Subject
from ckanext.jena_governance.leakcheck.sweep import Sweep, requests_of
from ckanext.jena_governance.tests.sweep.conftest import VERSION, Portal
from ckanext.jena_governance.tests.sweep.world import HIDDEN

STRANGERS = ("anonymous", "no entity", "editor of another entity, core", "collaborator")
NOBODY_FINDS = [kinds.LOCATION, kinds.ACCESS_URL, kinds.DOWNLOAD_URL, kinds.URI, kinds.HASH,
                kinds.FILE_NAME, kinds.CELL, kinds.CONTENT]  # fmt: skip


def count(portal: Portal, role: str, **search: Any) -> int:
    answer = portal.api(role).post("package_search", {"rows": 0, **search})
    return answer.json().get("result", {}).get("count", 0)


def guesses(secret: str) -> list[dict[str, Any]]:
    """Searches that find a dataset only if the secret is in the index."""
    part = secret[:20]
    return [
        {"q": secret},
        {"q": f"*{part}*"},
        {"q": f"res_url:*{part}*"},
        {"q": f"urls:{secret}"},
        {"q": f"text:{part}*"},
        {"fq": f"res_url:*{part}*"},
        {"fq": f"+urls:*{part}*"},
        {"q": f"{{!prefix f=text}}{part}"},
        {"q": f"res_name:*{part}* OR res_description:*{part}* OR extras_url:*{part}*"},
        {"q": f"title:{part}* OR notes:{part}* OR name:{part}* OR tags:{part}*"},
    ]


@pytest.mark.parametrize("label", ["closed", "was-open", "group", "hidden"])
def test_no_search_finds_a_location_not_even_for_those_entitled(
    portal_of_sweep: Portal, label: str
) -> None:
    canaries = portal_of_sweep.world.canaries
    found = [
        f"{kind} of {label}/{part} by {guess} for {role}".replace(secret, "…")
        for part in (LINK, FILE, TABLE)
        for kind in NOBODY_FINDS
        for secret in canaries.of([kind], f"{label}/{part}")[:1]
        for guess in guesses(secret)
        for role in ("anonymous", "sysadmin")
        if count(portal_of_sweep, role, include_private=True, **guess)
    ]
    assert not found


def test_the_searches_would_find_it_if_it_were_there(portal_of_sweep: Portal) -> None:
    (secret, *_) = portal_of_sweep.world.canaries.of([kinds.LOCATION], f"open/{LINK}")
    hits = [count(portal_of_sweep, "anonymous", **guess) for guess in guesses(secret)]
    assert sum(map(bool, hits)) >= 4, hits


@pytest.mark.parametrize("label", HIDDEN)
@pytest.mark.parametrize("role", STRANGERS)
def test_hidden_descriptions_are_not_found(portal_of_sweep: Portal, role: str, label: str) -> None:
    secrets = portal_of_sweep.world.canaries.of(kinds.METADATA, label)
    found = [
        guess
        for secret in secrets
        for guess in guesses(secret)
        if count(portal_of_sweep, role, include_private=True, include_drafts=True, **guess)
    ]
    assert not found
    by_owner = [count(portal_of_sweep, "owner's member", q=secret) for secret in secrets]
    assert any(by_owner), "the owner's own people find it, without extra parameters"


@pytest.mark.parametrize("role", STRANGERS)
def test_counts_leave_hidden_datasets_out(portal_of_sweep: Portal, role: str) -> None:
    """What is counted is what is listed, in every figure that CKAN shows."""
    api = portal_of_sweep.api(role)
    world, people = portal_of_sweep.world, portal_of_sweep.people
    listed = api("package_search", rows=1000)
    owner = people.organizations["owner"]
    visible = [one for one in listed["results"] if one["owner_org"] == owner["id"]]
    assert not {world.planted[label].id for label in HIDDEN} & {one["id"] for one in visible}

    facets = api("package_search", **{"rows": 0, "facet.field": ["organization", "groups"]})
    named = facets["search_facets"]
    shown = {one["name"]: one["count"] for one in named["organization"]["items"]}
    assert shown[owner["name"]] == len(visible)
    figures = {
        "organization_show": api("organization_show", id=owner["id"])["package_count"],
        "organization_list": next(
            one["package_count"]
            for one in api("organization_list", all_fields=True)
            if one["id"] == owner["id"]
        ),
    }
    assert figures == dict.fromkeys(figures, len(visible))
    group = api("group_show", id=world.common["group"])
    in_group = {one["name"]: one["count"] for one in named["groups"]["items"]}
    assert group["package_count"] == in_group[group["name"]]


def twin(subject: Subject, others: set[str]) -> dict[str, str]:
    """The same $names for something that does not exist."""
    made: dict[str, str] = {}
    for name, value in subject.values.items():
        if value in others:
            made[name] = value
        elif re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
            new = str(uuid.uuid5(uuid.NAMESPACE_URL, value.lower()))
            made[name] = new.upper() if value.isupper() else new
        else:
            made[name] = re.sub("[a-z]", "q", value)
    return made


def told(client: Client, request: Request, persona: Persona, values: dict[str, str]) -> str:
    """A response without what the request itself said."""
    response: Response = client.send(request, persona.headers)
    if response.headers.get("content-type", "").startswith("application/json"):
        text = str(response.json().get("error", response.body))
    else:
        text = response.headers.get("location", "")
    for value in sorted(values.values(), key=len, reverse=True):
        # PostgreSQL shortens the statement that it quotes.
        text = text.replace(value, "…").replace(f"{value[:9]}...", "…")
    return f"{response.status} {text}"


@pytest.mark.parametrize("role", ["anonymous", "editor of another entity, core"])
def test_hidden_is_told_apart_from_missing_by_nothing(
    portal_of_sweep: Portal, sweep: Sweep, role: str
) -> None:
    """Everything that takes an id answers as if there were none."""
    persona = portal_of_sweep.people.of(role)
    world = portal_of_sweep.world
    everybodys = {*world.planted["hidden"].subjects[0].values.values()} & {
        *world.planted["closed"].subjects[0].values.values()
    }
    found: list[str] = []
    asked = 0
    for entry in classification.load().of_version(VERSION):
        if entry.treatment not in (METADATA, DATA) or entry.fails:
            continue
        for arguments in entry.calls:
            names = classification.names_in(arguments)
            for subject in world.planted["hidden"].subjects:
                own = names & set(subject.values) - {"owner", "owner_name"}
                if not own or not names <= {*subject.values, *world.common, "me"}:
                    continue
                answers: list[str] = []
                for values in (dict(subject.values), twin(subject, everybodys)):
                    filled = classification.fill(
                        dict(arguments), {**world.common, "me": persona.user or "x", **values}
                    )
                    (request, *_) = requests_of(entry, filled, every=False)
                    answers.append(told(portal_of_sweep.clients[0], request, persona, values))
                asked += 1
                if answers[0] != answers[1]:
                    found.append(f"{entry.surface} {arguments} {subject.label}: {answers}")
                break
    assert asked > 40
    assert not found, "\n" + "\n".join(found)


def sign_in(client: Client, name: str, password: str) -> dict[str, str]:
    """A session cookie, as a browser gets it."""
    page = client.send(Request("GET", "/user/login"))
    token = re.search(rb'name="_csrf_token" (?:content|value)="([^"]+)"', page.body)
    assert token, "no CSRF token on the page"
    cookie = cookies(page)
    form = {"login": name, "password": password, "_csrf_token": token[1].decode()}
    answer = client.send(
        Request("POST", "/user/login", form=form), {"Cookie": cookie, "Referer": client.url}
    )
    assert answer.status == 302, answer.status
    return {"Cookie": cookies(answer) or cookie}


def cookies(response: Response) -> str:
    lines = response.headers.get("set-cookie", "").splitlines()
    return "; ".join(line.partition(";")[0] for line in lines)


def test_a_session_gives_what_a_token_gives(portal_of_sweep: Portal, sweep: Sweep) -> None:
    """Whoever signs in in a browser gets the same answers, at every way to the data."""
    client = portal_of_sweep.clients[0]
    admin = portal_of_sweep.api("sysadmin")
    personas: list[Persona] = []
    for role in ("editor of another entity, core", "owner's editor", "owner's member"):
        known = portal_of_sweep.people.of(role)
        name = portal_of_sweep.people.names[role]
        admin("user_patch", id=name, password="correct-horse-battery")
        headers = sign_in(client, name, "correct-horse-battery")
        personas.append(Persona(Role(role), headers, known.user))
    data = [one for one in sweep.entries if one.treatment == DATA]
    again = Sweep([client], sweep.canaries, data, sweep.subjects, sweep.common, sweep.expected)
    result = again.run(personas)

    assert not result.findings, "\n" + "\n".join(map(str, result.findings))
    seen = {canary.subject for (name, canary) in result.seen if name == "owner's editor"}
    assert f"closed/{FILE}" in seen
