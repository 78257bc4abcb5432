"""Not entitled is not found: in no list, no count, no page, and by no difference in an answer."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
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
    r"\"?20\d\d-\d\d-\d\d[T ][\d:.+Z]+\"?|name=\"_csrf_token\"[^>]*>|csrf_token\" content=\"[^\"]*\""
    r"|\d+ (?:second|minute|hour)s? ago|(?<=\"last_active\": )null",
)


@pytest.fixture
def portal_of_all(city: City, app: Any, ckan_config: Any) -> Portal:
    ckan_config.update(TEMPTING)
    opened = hiding.open_portal(city, app)
    hiding.publish(opened)
    return opened


def words(portal: Portal) -> dict[str, str]:
    return {
        "<group>": portal.group["name"],
        "<owner>": portal.city.department["name"],
        "<child>": portal.city.department["name"],
        "<clerk>": portal.city.clerk,
        "<former>": portal.users["former"]["name"],
    }


def fill(value: Any, by: dict[str, str]) -> Any:
    text = json.dumps(value)
    for word, meant in by.items():
        text = text.replace(word, meant)
    return json.loads(text)


# Where the answer may depend on who asks; the rest is asked by one of them only.
_PERSONAL = re.compile(
    "package_search|_show|_count|activity|follow|member_list|_for_user|authz|dcat"
)


def seen(portal: Portal, browse: Browse) -> dict[tuple[str, str], str]:
    """All that outsiders and colleagues are shown where nobody names a hidden dataset."""
    by = words(portal)
    answers: dict[tuple[str, str], str] = {}
    for who, api in {**portal.outsiders, "core": portal.colleagues["core"]}.items():
        for action, params in LISTS:
            if who == "anonymous" or _PERSONAL.search(action):
                answer = api(action, **fill(params, by))
                key = f"{action} {json.dumps(params)}"
                answers[who, key] = f"{answer.status} {steady(json.dumps(answer.body))}"
    for who, pages in (("anonymous", PAGES), ("collaborator", _PERSONAL_PAGES)):
        browser = browse(portal.outsiders[who])
        for page in pages:
            response = browser(fill(page, by))
            text = steady(response.get_data(as_text=True))
            answers[who, page] = f"{response.status_code} {text}"
    return answers


def steady(text: str) -> str:
    return _VARIES.sub('"…"', text)


def differing(before: str, after: str) -> str:
    """Where two answers part."""
    at = next(
        (n for n, pair in enumerate(zip(before, after, strict=False)) if len(set(pair)) > 1), 0
    )
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


# An action, and how somebody might name something of a dataset in it.
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("package_show", {"id": "<dataset>"}),
    ("package_show", {"id": "<name>", "use_default_schema": True}),
    ("package_show", {"id": "<dataset>", "include_plugin_data": True}),
    ("resource_show", {"id": "<resource>"}),
    ("resource_view_list", {"id": "<resource>"}),
    ("resource_view_show", {"id": "<view>"}),
    ("package_activity_list", {"id": "<dataset>"}),
    ("activity_show", {"id": "<activity>", "include_data": False}),
    ("activity_data_show", {"id": "<activity>", "object_type": "package"}),
    ("activity_diff", {"id": "<activity>", "object_type": "package"}),
    ("am_following_dataset", {"id": "<name>"}),
    ("follow_dataset", {"id": "<dataset>"}),
    ("unfollow_dataset", {"id": "<dataset>"}),
    ("dataset_follower_count", {"id": "<dataset>"}),
    ("dataset_follower_list", {"id": "<dataset>"}),
    ("package_collaborator_list", {"id": "<dataset>"}),
    (
        "package_collaborator_create",
        {"id": "<dataset>", "user_id": "<clerk>", "capacity": "editor"},
    ),
    ("package_collaborator_delete", {"id": "<dataset>", "user_id": "<clerk>"}),
    ("package_relationships_list", {"id": "<dataset>"}),
    ("package_relationships_list", {"id": "offen", "id2": "<name>"}),
    ("package_relationship_create", {"subject": "<name>", "object": "offen", "type": "links_to"}),
    ("package_relationship_update", {"subject": "offen", "object": "<name>", "type": "links_to"}),
    ("package_relationship_delete", {"subject": "offen", "object": "<name>", "type": "links_to"}),
    ("package_update", {"id": "<dataset>", "title": "x"}),
    ("package_update", {"name": "<name>", "title": "x"}),
    ("package_patch", {"id": "<name>", "title": "x"}),
    ("package_revise", {"match": {"id": "<dataset>"}, "update": {"title": "x"}}),
    ("package_revise", {"match": {"name": "<name>", "title": f"Titel {CANARY}"}}),
    ("package_delete", {"id": "<dataset>"}),
    ("dataset_purge", {"id": "<dataset>"}),
    ("package_owner_org_update", {"id": "<dataset>", "organization_id": "<own>"}),
    ("package_resource_reorder", {"id": "<dataset>", "order": ["<resource>"]}),
    ("bulk_update_private", {"org_id": "<own>", "datasets": ["<dataset>"]}),
    ("bulk_update_public", {"org_id": "<own>", "datasets": ["<dataset>"]}),
    ("bulk_update_delete", {"org_id": "<own>", "datasets": ["<dataset>"]}),
    (
        "member_create",
        {"id": "<own>", "object": "<name>", "object_type": "package", "capacity": "public"},
    ),
    ("file_owner_scan", {"owner_id": "<dataset>", "owner_type": "package"}),
    ("file_owner_scan", {"owner_id": "<resource>", "owner_type": "resource"}),
    ("member_delete", {"id": "<own>", "object": "<dataset>", "object_type": "package"}),
    ("resource_create", {"package_id": "<dataset>", "url": "https://x.example"}),
    ("resource_update", {"id": "<resource>", "url": "https://x.example"}),
    ("resource_patch", {"id": "<resource>", "name": "x"}),
    ("resource_delete", {"id": "<resource>"}),
    ("resource_view_create", {"resource_id": "<resource>", "view_type": "text_view", "title": "x"}),
    ("resource_view_update", {"id": "<view>", "title": "x"}),
    ("resource_view_update", {"id": "<view>", "resource_id": "<resource>", "title": "x"}),
    ("resource_view_delete", {"id": "<view>"}),
    ("resource_view_reorder", {"id": "<resource>", "order": ["<view>"]}),
    ("task_status_show", {"entity_id": "<resource>", "task_type": "xloader", "key": "xloader"}),
    ("task_status_show", {"id": "<task>"}),
    ("datastore_create", {"resource_id": "<resource>", "fields": [{"id": "a"}]}),
    ("datastore_create", {"resource": {"package_id": "<dataset>"}, "fields": [{"id": "a"}]}),
    ("datastore_upsert", {"resource_id": "<resource>", "records": [{"a": 1}], "method": "insert"}),
    ("datastore_delete", {"resource_id": "<resource>"}),
    ("datastore_records_delete", {"resource_id": "<resource>", "filters": {"a": 1}}),
    ("datastore_info", {"id": "<resource>"}),
    ("datastore_search", {"resource_id": "<resource>"}),
    ("datastore_search", {"id": "<resource>", "limit": 0}),
    ("datastore_run_triggers", {"resource_id": "<resource>"}),
    ("datastore_analyze", {"resource_id": "<resource>"}),
    ("dcat_dataset_show", {"id": "<dataset>"}),
    ("xloader_submit", {"resource_id": "<resource>"}),
    ("xloader_status", {"resource_id": "<resource>"}),
    ("xloader_hook", {"metadata": {"resource_id": "<resource>"}, "status": "complete"}),
    ("governance_check", {"id": "<name>"}),
    ("governance_access_explain", {"id": "<dataset>"}),
    ("governance_access_explain", {"resource_id": "<resource>"}),
    ("governance_location_show", {"id": "<resource>"}),
    ("governance_lock", {"id": "<dataset>"}),
    ("governance_opening_confirm", {"id": "<dataset>"}),
]


def asking(ids: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    return {**{f"<{kind}>": id_ for kind, id_ in ids.items()}, **more}


def nowhere(ids: dict[str, str]) -> dict[str, str]:
    """As many ids that nobody has."""
    strangers = {kind: str(uuid.uuid4()) for kind in ids}
    return {**strangers, "name": f"nirgends-{uuid.uuid4().hex[:8]}"}


def anonymised(text: str, ids: dict[str, str]) -> str:
    """The answer, whatever the ids were; a dataset's name is as good as its id."""
    for kind, id_ in ids.items():
        text = text.replace(id_, "<dataset>" if kind == "name" else f"<{kind}>")
    return steady(text)


def test_hidden_and_missing_answer_alike(
    portal_of_all: Portal, app: Any, browse: Browse, restriction: dict[str, Any]
) -> None:
    dataset = hiding.hide(portal_of_all, restriction, "geheim", SECRET)
    hiding.tempt(portal_of_all, dataset)
    ids = {**hiding.references(dataset), "task": task_of(dataset["resources"][0]["id"])}
    model.Session.remove()
    persons = portal_of_all.outsiders
    for who in ("anonymous", "parent", "collaborator"):
        person = persons[who]
        more = {**words(portal_of_all), "<own>": own_organization(person)}
        assert {who: actions_telling_apart(person, ids, more)} == {who: {}}
    for who in ("anonymous", "collaborator"):
        assert {who: pages_telling_apart(browse(persons[who]), app, ids)} == {who: {}}
    everything = json.dumps([one.as_dict() for one in model.Session.query(model.Package)])
    assert f"Titel {CANARY}" in everything


def actions_telling_apart(
    person: Api, ids: dict[str, str], more: dict[str, str]
) -> dict[tuple[str, str], list[str]]:
    """The actions whose answers for the hidden ids and for no ids differ."""
    told = {}
    for action, params in actions_here():
        answers = []
        for asked in (ids, nowhere(ids)):
            answer = person(action, **fill(params, asking(asked, more)))
            answers.append(anonymised(f"{answer.status} {json.dumps(answer.body)}", asked))
        if answers[0] != answers[1]:
            told[action, json.dumps(params)] = answers
    return told


def pages_telling_apart(browser: Browser, app: Any, ids: dict[str, str]) -> dict[str, Any]:
    told = {}
    for route in routes_here(app):
        pages = [
            anonymised(page_of(browser, fill(route, asking(asked, {}))), asked)
            for asked in (ids, nowhere(ids))
        ]
        if pages[0] != pages[1]:
            told[route] = differing(*pages)
    return told


def page_of(browser: Browser, route: str) -> str:
    try:
        response = browser(route)
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        # Some of CKAN's own pages answer 500 for a resource that does not exist.
        return repr(error)
    text = response.get_data(as_text=True) + str(response.headers.get("Location"))
    return f"{response.status_code} {text}"


def actions_here() -> list[tuple[str, dict[str, Any]]]:
    """Those of this CKAN; every one that the table of ours names must be asked."""
    tk.get_action("package_show")
    known = set(unseen.CORE)
    for plugin, named in unseen.OF_PLUGINS.items():
        if p.plugin_loaded(plugin):
            known.update(named)
    there = [(action, params) for action, params in ASKED if is_action(action)]
    assert {action for action in known if is_action(action)} <= {action for action, _ in there}
    return there


def is_action(name: str) -> bool:
    try:
        tk.get_action(name)
    except KeyError:
        return False
    return True


_ARGUMENTS = {
    "id": "<name>",
    "package_id": "<dataset>",
    "resource_id": "<resource>",
    "view_id": "<view>",
    "resource_view_id": "<view>",
    "activity_id": "<activity>",
}
_DATASET_ROUTES = re.compile(r"^/(dataset|datastore|datatables|governance)/|<resource_")


def routes_here(app: Any) -> list[str]:
    """Every route of this CKAN that names a dataset, or something of one."""
    routes = set()
    for rule in app.flask_app.url_map.iter_rules():
        if "GET" not in rule.methods or not rule.arguments or rule.endpoint == "static":
            continue
        if not _DATASET_ROUTES.search(rule.rule) or not rule.arguments & set(_ARGUMENTS):
            continue
        route = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: _ARGUMENTS.get(found[1], "x"), rule.rule)
        routes.add(route.replace("<name>/resource", "<dataset>/resource"))
    assert len(routes) > 20
    return sorted(routes)


def own_organization(api: Api) -> str:
    user = api.user
    found = (
        tk.get_action("organization_list_for_user")(
            {"user": user["name"], "ignore_auth": True}, {"permission": "update"}
        )
        if user
        else []
    )
    return found[-1]["id"] if found else "keine"


def task_of(resource_id: str) -> str:
    task = model.TaskStatus(
        entity_id=resource_id,
        entity_type="resource",
        task_type="xloader",
        key="xloader",
        value="{}",
        error=f"https://{CANARY}.example/x.csv",
    )
    model.Session.add(task)
    model.Session.commit()
    return task.id
