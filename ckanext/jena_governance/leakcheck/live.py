"""The sweep over a portal that is somewhere else: HTTP only, and nothing is written."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck import classification
from ckanext.jena_governance.leakcheck.canaries import Canaries, Canary
from ckanext.jena_governance.leakcheck.client import ActionError, Api, Client
from ckanext.jena_governance.leakcheck.personas import ANONYMOUS, Persona, Role
from ckanext.jena_governance.leakcheck.planting import Gardener, Planted, Subject, plant
from ckanext.jena_governance.leakcheck.sweep import Expected, Finding, Result, Sweep

OPEN = "open"
# Problems that are leaks; an error 500 is told, but is none.
LEAKS = frozenset({"LEAK", "OUT OF PLACE", "NOT REFUSED", "SHOWN"})

_PAGE = 100
_PLANTED = "planted"
_REVIEW_DAYS = 200


class NotAPortalError(Exception):
    """There is no CKAN, or it does not answer as expected."""


@dataclass
class Check:
    """What is known of a portal, by asking it.

    Attributes:
        client: the portal.
        personas: anonymous, and the accounts whose tokens were given.
        canaries: true locations that an entitled account could tell, and planted ones.
        subjects: what the calls are made for.
        allowed: whether a persona may have a resource, as the portal itself explains.
        open: labels of open resources.
        findings: what was wrong while asking.
    """

    client: Client
    personas: list[Persona]
    canaries: Canaries = field(default_factory=Canaries)
    subjects: list[Subject] = field(default_factory=list[Subject])
    allowed: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])
    open: set[str] = field(default_factory=set[str])
    findings: list[Finding] = field(default_factory=list[Finding])

    def run(self, version: str, common: Mapping[str, str]) -> Result:
        """Ask everything."""
        sweep = Sweep(
            clients=[self.client],
            canaries=self.canaries,
            entries=[one for one in classification.load().of_version(version) if not one.plugin],
            subjects=self.subjects,
            common=common,
            expected=Expected(self._allowed, frozenset(self.open)),
        )
        result = sweep.run(self.personas)
        for finding in self.findings:
            result.add(finding)
        return result

    def _allowed(self, persona: Persona, canary: Canary) -> bool:
        return self.allowed.get((persona.name, canary.subject), False)


def personas_of(client: Client, tokens: Mapping[str, str]) -> list[Persona]:
    """Anonymous, who tries everything, and the accounts of a token file."""
    return [
        Persona(Role(ANONYMOUS, deep=True)),
        *(_persona(client, *one) for one in tokens.items()),
    ]


def _persona(client: Client, name: str, token: str) -> Persona:
    """CKAN answers one of its questions to sysadmins only."""
    headers = {"Authorization": token}
    answer = Api(client, headers).post("config_option_list", {})
    return Persona(Role(name, sysadmin=answer.status == 200), headers, name)


def version_of(client: Client) -> str:
    """The CKAN version of a portal, e.g. ``2.12``.

    Raises:
        NotAPortalError: nothing that looks like CKAN with this extension answers.
    """
    try:
        status = Api(client)("status_show")
    except (OSError, ActionError) as error:
        raise NotAPortalError(f"{client.url} does not answer as CKAN does: {error}") from error
    if "jena_governance" not in status.get("extensions", ()):
        raise NotAPortalError(f"{client.url} does not run the plugin jena_governance")
    return ".".join(str(status.get("ckan_version", "")).split(".")[:2])


def survey(check: Check, named: Sequence[str], limit: int) -> None:
    """Find restricted resources, and learn what those entitled may know of them.

    Args:
        check: filled in.
        named: take these datasets only, by id or name; empty for all.
        limit: how many datasets with restricted resources to take.

    Raises:
        ActionError: a dataset that was named is not there.
    """
    api = Api(check.client)
    taken = 0
    for dataset in [api("package_show", id=one) for one in named] or _datasets(api):
        if taken >= limit:
            break
        explained = _explained(check, Persona(Role(ANONYMOUS)), dataset["id"])
        levels = {one["resource_id"]: one["level"] for one in explained.get("resources", ())}
        if not any(level != OPEN for level in levels.values()):
            continue
        taken += 1
        _take(check, dataset, levels)


def _take(check: Check, dataset: Mapping[str, Any], levels: Mapping[str, str]) -> None:
    whole = {
        "dataset": dataset["id"],
        "dataset_name": dataset["name"],
        "dataset_upper": dataset["id"].upper(),
        "owner": dataset.get("owner_org") or "none",
        "owner_name": (dataset.get("organization") or {}).get("name") or "none",
    }
    for persona in check.personas:
        explained = _explained(check, persona, dataset["id"])
        for one in explained.get("resources", ()):
            label = f"{dataset['name']}/{one['resource_id']}"
            check.allowed[persona.name, label] = bool(one["allowed"])
    for resource in dataset.get("resources", ()):
        label = f"{dataset['name']}/{resource['id']}"
        check.subjects.append(Subject(label, {**whole, **_values(check, resource)}))
        if levels.get(resource["id"]) == OPEN:
            check.open.add(label)
            continue
        _look_at(check, label, resource)
        _learn(check, label, resource["id"])


def _values(check: Check, resource: Mapping[str, Any]) -> dict[str, str]:
    id_ = resource["id"]
    values = {
        "resource": id_,
        "resource_upper": id_.upper(),
        "resource_title": resource.get("name") or id_,
    }
    if resource.get("url_type") == "upload":
        values |= {
            "upload": id_,
            "upload_upper": id_.upper(),
            "upload_path": f"{id_[:3]}/{id_[3:6]}/{id_[6:]}",
            "public_name": str(resource.get("url")).rpartition("/")[2] or "x",
        }
    else:
        values |= {"link": id_, "link_upper": id_.upper()}
    if resource.get("datastore_active"):
        values |= {"table": id_, "table_upper": id_.upper()}
    for persona in check.personas:
        answer = Api(check.client, persona.headers).post("resource_view_list", {"id": id_}).json()
        for view in answer.get("result") or ():
            values |= {"view": view["id"], "viewed": id_}
            if view.get("view_type") == "datatables_view":
                values["table_view"] = view["id"]
    return values


def _look_at(check: Check, label: str, resource: Mapping[str, Any]) -> None:
    """A restricted resource may show addresses of the portal only."""
    own = urlsplit(check.client.url).hostname
    for key, value in resource.items():
        host = urlsplit(value).hostname if isinstance(value, str) and "://" in value else None
        if key.endswith("url") and host not in (None, own):
            check.findings.append(
                Finding(ANONYMOUS, "package_search", f"{key} of {label}", "SHOWN",
                        "a restricted resource names another host")
            )  # fmt: skip


def _learn(check: Check, label: str, resource: str) -> None:
    """What somebody entitled is told is what nobody else may be told."""
    for persona in check.personas:
        if not persona.user:
            continue
        api = Api(check.client, persona.headers)
        answer = api.post("governance_location_show", {"id": resource})
        told = answer.json().get("result") or {}
        own = urlsplit(check.client.url).hostname
        for text in _texts([told.get("url"), told.get("fields")]):
            if "://" in text and urlsplit(text).hostname != own:
                check.canaries.adopt(text, kinds.LOCATION, label)
        check.canaries.adopt(told.get("file_name") or "", kinds.FILE_NAME, label)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _datasets(api: Api) -> Iterator[dict[str, Any]]:
    start = 0
    while True:
        found = api("package_search", rows=_PAGE, start=start, sort="name asc")["results"]
        yield from found
        if len(found) < _PAGE:
            return
        start += _PAGE


def _explained(check: Check, persona: Persona, dataset: str) -> dict[str, Any]:
    api = Api(check.client, persona.headers)
    return api.post("governance_access_explain", {"id": dataset}).json().get("result") or {}


@contextmanager
def planted(check: Check, admin: Persona, organization: str) -> Generator[Planted]:
    """A closed dataset full of canaries, removed again whatever happens.

    Args:
        check: gets what is planted.
        admin: a sysadmin, one of the personas.
        organization: id or name of the organization that owns it.

    Raises:
        ActionError: the portal refused.
    """
    api = Api(check.client, admin.headers)
    owner = api("organization_show", id=organization)
    fields = {
        "openness": "closed",
        "legal_basis": ["dsgvo-personenbezug"],
        "personal_data": "personal",
        "restriction_reason": "Leak check; is removed at once.",
        "data_steward": "Leak check",
        "data_steward_email": "leak-check@portal.example",
        "review_date": _in_days(_REVIEW_DAYS),
        "license_id": "other-closed",
    }
    label = f"{_PLANTED}-{uuid.uuid4().hex[:8]}"
    before = len(check.subjects)
    try:
        made = plant(Gardener(api, check.canaries, owner), label, fields)
        check.subjects += made.subjects
        for persona in check.personas:
            explained = _explained(check, persona, made.id)
            for one in explained.get("resources", ()):
                part = next(k for k, v in made.resources.items() if v == one["resource_id"])
                check.allowed[persona.name, f"{label}/{part}"] = bool(one["allowed"])
        yield made
    finally:
        del check.subjects[before:]
        _remove(api, f"leak-check-{label}")


def _in_days(days: int) -> str:
    return (datetime.now(timezone.utc) + timedelta(days=days)).date().isoformat()


def _remove(api: Api, name: str) -> None:
    found = api.post("package_show", {"id": name}).json().get("result") or {}
    for resource in found.get("resources", ()):
        if resource.get("datastore_active"):
            api.post("datastore_delete", {"resource_id": resource["id"], "force": True})
    if found:
        api("dataset_purge", id=found["id"])


def common_of(check: Check) -> dict[str, str]:
    """The $names that everything has, as far as the portal has such things."""
    api = Api(check.client)
    values = {"missing": str(uuid.uuid4()), "task": str(uuid.uuid4())}
    for subject in check.subjects:
        values.setdefault("foreign", subject.values["dataset"])
    for name, action in (("group", "group_list"), ("tag", "tag_list")):
        listed = api.post(action, {}).json().get("result") or []
        if listed:
            values[name] = listed[0]
    names = [persona.user for persona in check.personas if persona.user]
    if names:
        values |= {"author": names[0], "deleted_user": names[0]}
    return values
