"""Not entitled is not found: in no list, no count, no page, and by no difference in an answer."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import ckantoolkit as tk
from ckan import model
from ckan import plugins as p

from ckanext.jena_governance.logic import unseen
from ckanext.jena_governance.tests.access import hiding
from ckanext.jena_governance.tests.access.conftest import Browser
from ckanext.jena_governance.tests.access.hiding import CANARY, SECRET, TEMPTING, Portal
from ckanext.jena_governance.tests.conftest import Api, City

Browse = Callable[[Api], Browser]

_ALL_FACETS = ["name", "title_string", "tags", "res_format", "organization", "owner_org", "groups"]
_MORE_FACETS = [
    *("creator_user_id", "permission_labels", "capacity", "vocab_legal_basis", "openness"),
    *("res_name", "text", "depends_on", "state", "id"),
]
# Questions that show lists or figures, without the name of any hidden dataset in them.
LISTS: list[tuple[str, dict[str, Any]]] = [
    ("package_list", {}),
    ("current_package_list_with_resources", {}),
    ("package_search", {}),
    ("package_search", {"rows": 0, "include_private": True}),
    ("package_search", {"include_private": True, "include_drafts": True}),
    ("package_search", {"include_private": True, "include_deleted": True}),
    ("package_search", {"q": CANARY, "include_private": True}),
    ("package_search", {"q": f"name:*{CANARY}*"}),
    ("package_search", {"fq": "capacity:private", "include_private": True}),
    ("package_search", {"fq": "+state:(active OR draft OR deleted)", "include_private": True}),
    ("package_search", {"fq": "depends_on:*", "include_private": True}),
    ("package_search", {"fl": ["*"], "include_private": True}),
    ("package_search", {"fl": ["id", "name", "data_dict", "validated_data_dict"]}),
    ("package_search", {"use_default_schema": True}),
    (
        "package_search",
        {
            "rows": 0,
            "facet.field": _ALL_FACETS + _MORE_FACETS,
            "facet.mincount": 0,
            "facet.limit": -1,
            "include_private": True,
        },
    ),
    ("package_autocomplete", {"q": CANARY}),
    ("package_autocomplete", {"q": "geheim"}),
    ("tag_list", {}),
    ("tag_list", {"all_fields": True}),
    ("tag_list", {"query": CANARY}),
    ("tag_search", {"query": CANARY}),
    ("tag_search", {"query": "e", "limit": 1}),
    ("tag_autocomplete", {"query": CANARY}),
    ("tag_show", {"id": f"wort-{CANARY}", "include_datasets": True}),
    ("tag_show", {"id": "gemeinsam", "include_datasets": True}),
    ("format_autocomplete", {"q": "a"}),
    ("resource_search", {"query": f"url:{CANARY}"}),
    ("resource_search", {"query": "name:a"}),
    ("resource_search", {"query": "format:kanar"}),
    ("group_list", {"sort": "package_count"}),
    ("organization_list", {"sort": "package_count"}),
    ("organization_list", {"sort": "package_count asc", "limit": 1}),
    ("organization_list", {"sort": "packages", "all_fields": True}),
    ("organization_list", {"all_fields": True, "include_groups": True}),
    ("group_list", {"all_fields": True, "include_groups": True}),
    ("group_show", {"id": "<group>", "include_datasets": True}),
    ("group_package_show", {"id": "<group>"}),
    ("organization_show", {"id": "<owner>", "include_datasets": True}),
    ("organization_show", {"id": "<child>", "include_groups": True}),
    ("member_list", {"id": "<owner>"}),
    ("member_list", {"id": "<group>", "object_type": "package"}),
    ("organization_list_for_user", {"id": "<clerk>", "include_dataset_count": True}),
    ("group_list_authz", {"include_dataset_count": True}),
    ("user_list", {"order_by": "number_created_packages"}),
    ("user_show", {"id": "<clerk>", "include_datasets": True}),
    ("user_activity_list", {"id": "<clerk>"}),
    ("organization_activity_list", {"id": "<owner>"}),
    ("group_activity_list", {"id": "<group>"}),
    ("recently_changed_packages_activity_list", {}),
    ("dashboard_activity_list", {}),
    ("dashboard_new_activities_count", {}),
    ("followee_list", {"id": "<former>"}),
    ("dataset_followee_list", {"id": "<former>"}),
    ("followee_count", {"id": "<former>"}),
    ("dataset_followee_count", {"id": "<former>"}),
    ("package_show", {"id": "offen"}),
    ("package_relationships_list", {"id": "offen"}),
    ("vocabulary_list", {}),
    ("dcat_catalog_show", {"format": "ttl"}),
    ("dcat_datasets_list", {}),
    ("governance_entity_list", {}),
]
PAGES = [
    *("/", "/dataset/", f"/dataset/?q={CANARY}", "/dataset/offen", "/dataset/activity/offen"),
    *("/organization/", "/organization/?sort=package_count+desc", "/organization/<owner>"),
    *("/organization/activity/<owner>", "/organization/<child>", "/group/", "/group/<group>"),
    *("/user/activity/<clerk>", "/user/<clerk>", "/feeds/dataset.atom"),
    *("/feeds/organization/<owner>.atom", "/feeds/group/<group>.atom", "/feeds/tag/gemeinsam.atom"),
    *(f"/feeds/custom.atom?q={CANARY}", "/catalog.ttl", "/catalog.jsonld", "/dashboard/"),
    *("/dashboard/datasets", f"/api/util/dataset/autocomplete?incomplete={CANARY}"),
    *(f"/api/2/util/tag/autocomplete?incomplete={CANARY}", "/api/1/rest/dataset"),
]
_PERSONAL_PAGES = [
    *("/", "/dataset/", "/organization/<owner>", "/group/<group>", "/user/activity/<clerk>"),
    *("/dashboard/", "/dashboard/datasets", "/feeds/dataset.atom", "/catalog.ttl"),
]
# What is never twice the same.
_VARIES = re.compile(
    r"20\d\d-\d\d-\d\d[T ][\d:.+Z]+|name=\"_csrf_token\"[^>]*>|csrf_token\" content=\"[^\"]*\"",
)


@pytest.fixture
def portal_of_all(city: City, app: Any, ckan_config: Any) -> Iterator[Portal]:
    ckan_config.update(TEMPTING)
    opened = hiding.open_portal(city, app)
    hiding.publish(opened)
    yield opened


def words(portal: Portal) -> dict[str, str]:
    return {
        "<group>": portal.group["name"],
        "<owner>": portal.city.department["name"],
        "<child>": portal.city.department["name"],
        "<clerk>": portal.insiders["own editor"].user["name"],
        "<former>": portal.users["former"]["name"],
    }


def fill(value: Any, by: dict[str, str]) -> Any:
    text = json.dumps(value)
    for word, meant in by.items():
        text = text.replace(word, meant)
    return json.loads(text)


# Where the answer may depend on who asks; the rest is asked by one of them only.
_PERSONAL = re.compile("package_search|_show|_count|activity|follow|member_list|_for_user|authz|dcat")


def seen(portal: Portal, browse: Browse) -> dict[tuple[str, str], str]:
    """All that outsiders and colleagues are shown where nobody names a hidden dataset."""
    by = words(portal)
    answers: dict[tuple[str, str], str] = {}
    for who, api in {**portal.outsiders, "core": portal.colleagues["core"]}.items():
        for action, params in LISTS:
            if who == "anonymous" or _PERSONAL.search(action):
                answer = api(action, **fill(params, by))
                key = f"{action} {json.dumps(params)}"
                answers[who, key] = f"{answer.status} {_VARIES.sub('…', json.dumps(answer.body))}"
    for who, pages in (("anonymous", PAGES), ("collaborator", _PERSONAL_PAGES)):
        browser = browse(portal.outsiders[who])
        for page in pages:
            response = browser(fill(page, by))
            text = _VARIES.sub("…", response.get_data(as_text=True))
            answers[who, page] = f"{response.status_code} {text}"
    return answers


def differing(before: str, after: str) -> str:
    """Where two answers part."""
    at = next((n for n, pair in enumerate(zip(before, after, strict=False)) if len(set(pair)) > 1), 0)
    return f"{before[at - 40 : at + 80]} | {after[at - 40 : at + 80]}" if before != after else ""


def test_what_is_hidden_changes_no_answer(
    portal_of_all: Portal, browse: Browse, restriction: dict[str, Any]
) -> None:
    before = seen(portal_of_all, browse)
    dataset = hiding.hide(portal_of_all, restriction, "geheim", SECRET)
    hiding.tempt(portal_of_all, dataset)
    model.Session.remove()
    after = seen(portal_of_all, browse)
    changed = {key: differing(before[key], value) for key, value in after.items()}
    assert {key: value for key, value in changed.items() if value} == {}
    assert not [key for key, value in after.items() if dataset["id"] in value]
