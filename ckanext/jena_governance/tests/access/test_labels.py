"""Hidden metadata are found by those whom the rules let in, with CKAN's own search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.lib import search
from ckan.lib.plugins import get_permission_labels
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.activity.model import Activity
from ckanext.jena_governance.access import entitlement, facts, labels, papers
from ckanext.jena_governance.policy import OPEN, Actor, Agreement, Grant, role_in
from ckanext.jena_governance.tests.access import hiding
from ckanext.jena_governance.tests.access.hiding import SECRET, SHARED, TEMPTING, Portal
from ckanext.jena_governance.tests.conftest import Api, City

TODAY = date.today()
YEAR = timedelta(days=365)


@pytest.fixture
def portal_of_all(city: City, app: Any, ckan_config: Any) -> Portal:
    ckan_config.update(TEMPTING)
    return hiding.open_portal(city, app)


def names_of(answer: Any) -> set[str]:
    return {dataset["name"] for dataset in answer.result["results"]}


def finds(api: Api, name: str) -> set[str]:
    """On which ways somebody finds a dataset."""
    ways = {
        "search": name in names_of(api("package_search", q="kanarie7f3a")),
        "show": api("package_show", id=name).status == 200,
        "autocomplete": bool(api("package_autocomplete", q=name).result),
        "count": api("package_search", rows=0, fq=f"name:{name}").result["count"] == 1,
    }
    return {way for way, is_found in ways.items() if is_found}


class TestWhoFinds:
    def test_everybody_asks_for_everything(
        self, portal_of_all: Portal, restriction: dict[str, Any], app: Any
    ) -> None:
        secret = hiding.hide(portal_of_all, restriction, "geheim", SECRET)
        hiding.tempt_softly(portal_of_all, secret)
        hiding.hide(portal_of_all, restriction, "verbund", SHARED)
        all_ways = {"search", "show", "autocomplete", "count"}
        model.Session.remove()
        for who, api in portal_of_all.everybody.items():
            is_inside = who in portal_of_all.insiders
            is_colleague = who in portal_of_all.colleagues
            assert finds(api, "geheim") == (all_ways if is_inside else set()), who
            assert finds(api, "verbund") == (all_ways if is_inside or is_colleague else set()), who
        assert finds(portal_of_all.city.sysadmin, "geheim") == all_ways
        # Without a token nothing widens a search; with one, saying "no" counts.
        member = portal_of_all.insiders["own member"]
        assert names_of(member("package_search", include_private=False)) == set()
        headers = member.headers
        for page in ("/feeds/dataset.atom", "/catalog.ttl", "/dataset/"):
            assert hiding.CANARY in app.get(page, headers=headers).get_data(as_text=True)
        facets = member("package_search", **{"facet.field": ["organization"]}).result["facets"]
        assert facets == {"organization": {portal_of_all.city.department["name"]: 2}}
        shown = member("organization_show", id=portal_of_all.city.department["id"]).result
        assert shown["package_count"] == 2

    def test_labels_say_what_the_rules_say(
        self, portal_of_all: Portal, restriction: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each person, with and without papers, and each dataset, on the rows of the database."""
        made = [hide_one(portal_of_all, restriction, *kind) for kind in kinds(portal_of_all)]
        model.Session.remove()
        packages = [model.Package.get(id_) for id_ in made]
        plugin = get_permission_labels()
        answers = []
        for actor in actors(portal_of_all, packages):
            monkeypatch.setattr(facts, "_load_actor", lambda _id, actor=actor: actor)
            monkeypatch.setattr(papers, "held", lambda who, _assets: who)
            monkeypatch.setattr(papers, "on_all_data", lambda who: who)
            monkeypatch.setattr(papers, "hidden_datasets", lambda who: named_to(who, packages))
            held = set(plugin.get_user_dataset_labels(model.User.get(actor.id)))
            for package in packages:
                said = set(plugin.get_dataset_labels(package))
                expected = is_let_in(actor, package)
                assert bool(held & said) == expected, (actor, package, held, said)
                assert labels.finds(actor, package) == expected
                answers.append(expected)
        assert answers.count(True) > 100
        assert answers.count(False) > 100

    def test_a_user_who_is_not_active_is_nobody(self, portal_of_all: Portal) -> None:
        user = model.User.get(portal_of_all.insiders["own editor"].user["id"])
        assert len(get_permission_labels().get_user_dataset_labels(user)) > 1
        user.state = "pending"
        model.Session.commit()
        assert get_permission_labels().get_user_dataset_labels(user) == ["public"]
        assert get_permission_labels().get_user_dataset_labels(None) == ["public"]


def kinds(portal: Portal) -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """Owner, fields of the dataset, fields of its resources."""
    department, company = portal.city.department["id"], portal.city.company["id"]
    walled = factories.Organization()["id"]
    external = factories.Organization()["id"]
    for id_, is_walled in ((walled, True),):
        call_action(
            "governance_entity_update",
            context={"user": portal.city.sysadmin.user["name"]},
            organization_id=id_,
            entity_class="core",
            in_group=True,
            walled=is_walled,
        )
    bases = {
        "agreement": "thuertg-beratungen",
        "norm": "kunsturhg-bildnis",
        "need_to_know": "kritis-schutzinformation",
        "none": "verschlusssache",
    }
    for level in ("open", "group", "request", "closed"):
        for basis in bases.values():
            yield department, {"openness": level, "legal_basis": [basis]}, [{}]
    for owner in (company, walled, external):
        for level in ("group", "request"):
            yield owner, {"openness": level, "legal_basis": [bases["agreement"]]}, [{}]
    closed = {"openness": "closed", "legal_basis": [bases["agreement"]]}
    yield department, closed, [{}, {"openness": "group", "legal_basis": [bases["agreement"]]}]
    yield department, closed, [{"openness": "open"}]
    opening = {**closed, "openness": "request", "opens_on": (TODAY - YEAR).isoformat()}
    yield department, opening, [{}]
    yield department, {"openness": "open", "legal_basis": []}, []


def hide_one(
    portal: Portal,
    restriction: dict[str, Any],
    owner: str,
    fields: dict[str, Any],
    resources: list[dict[str, Any]],
) -> str:
    with hiding.report_mode():
        return call_action(
            "package_create",
            context={"user": portal.city.sysadmin.user["name"], "return_id_only": True},
            **{
                **restriction,
                **fields,
                "name": f"d{factories.fake.uuid4()}",
                "owner_org": owner,
                "private": True,
                "personal_data": "none",
                "resources": [
                    {"url": f"https://x.example/{n}.csv", "name": f"R{n}", **one}
                    for n, one in enumerate(resources)
                ],
            },
        )


def actors(portal: Portal, packages: list[model.Package]) -> Iterator[Actor]:
    people = {who: api for who, api in portal.everybody.items() if api.user}
    owner = portal.city.department["id"]
    some = frozenset(package.id for package in packages[::2])
    for who, api in people.items():
        actor = facts.actor_of(api.user["id"])
        if actor.id is None:
            continue
        yield actor
        if who not in ("core", "external"):
            continue
        own = actor.memberships[-1].entity.id
        agreement = Agreement(
            id="a",
            title="A",
            provider=owner,
            consumer=own,
            datasets=None,
            level="request",
            since=TODAY - YEAR,
            until=None,
        )
        yield replace(actor, agreements=(agreement,))
        yield replace(actor, agreements=(replace(agreement, level="group"),))
        yield replace(actor, agreements=(replace(agreement, datasets=some),))
        yield replace(actor, agreements=(replace(agreement, until=TODAY - YEAR),))
        grant = Grant(
            id="g",
            resources=frozenset(r.id for one in packages for r in one.resources[:1]),
            level="request",
            bases=frozenset({"thuertg-beratungen", "kritis-schutzinformation"}),
            owner=owner,
            since=TODAY - YEAR,
            until=TODAY + YEAR,
        )
        yield replace(actor, grants=(grant,))
        yield replace(actor, grants=(replace(grant, entity=own),))


def named_to(actor: Actor, packages: list[model.Package]) -> list[model.Package]:
    datasets = {id_ for one in actor.agreements for id_ in one.datasets or ()}
    resources = {id_ for one in actor.grants for id_ in one.resources}
    return [
        package
        for package in packages
        if package.id in datasets or any(one.id in resources for one in package.resources)
    ]


def is_let_in(actor: Actor, package: model.Package) -> bool:
    """The rule, by the decision as everybody else gets it."""
    owner = facts.asset_of(package, None).owner
    if actor.sysadmin or role_in(actor, owner):
        return True
    package.extras["opens_on"] = ""
    answers = [entitlement.decide_dataset(actor, package)]
    answers += [entitlement.decide_for(actor, resource) for resource in package.resources]
    model.Session.expire(package)
    return any(one.allowed and one.level != OPEN for one in answers)


class TestOnlyWhatIsNeeded:
    """What everybody sees costs no look at all that somebody may find."""

    def test_of_what_everybody_sees(self, portal_of_all: Portal, app: Any) -> None:
        hiding.publish(portal_of_all)
        package = model.Package.get("offen")
        editor = model.User.get(portal_of_all.city.editor.user["id"])
        plugin = get_permission_labels()
        with app.flask_app.test_request_context("/"):
            with labels.for_one(package):
                assert plugin.get_user_dataset_labels(editor) == ["public"]
            assert len(plugin.get_user_dataset_labels(editor)) > 1

    def test_one_that_is_hidden_is_asked_for_meanwhile(
        self, portal_of_all: Portal, restriction: dict[str, Any]
    ) -> None:
        """Another plugin's check of one dataset may ask for a second."""
        hiding.publish(portal_of_all)
        hiding.hide(portal_of_all, restriction, "geheim", SECRET)
        editor = {"user": portal_of_all.city.editor.user["name"]}
        stranger = {"user": portal_of_all.outsiders["guest"].user["name"]}
        with labels.for_one(model.Package.get("offen")):
            assert tk.check_access("package_show", {**editor}, {"id": "geheim"})
            with pytest.raises(tk.ObjectNotFound):
                tk.check_access("package_show", {**stranger}, {"id": "geheim"})

    def test_a_context_of_another_dataset_opens_none(
        self, portal_of_all: Portal, restriction: dict[str, Any]
    ) -> None:
        hiding.publish(portal_of_all)
        secret = hiding.hide(portal_of_all, restriction, "geheim", SECRET)
        for id_ in (secret["id"], "geheim"):
            context = {
                "user": portal_of_all.outsiders["guest"].user["name"],
                "package": model.Package.get("offen"),
            }
            with pytest.raises(tk.ObjectNotFound):
                tk.check_access("package_show", context, {"id": id_})


class TestWhatChanges:
    def test_the_owner(self, portal_of_all: Portal, restriction: dict[str, Any]) -> None:
        """An entity leaves the group or builds a wall: that holds at once, in the index too."""
        hiding.hide(portal_of_all, restriction, "verbund", SHARED)
        colleague = portal_of_all.colleagues["subsidiary"]
        for change in ({"in_group": False}, {"walled": True}, {"entity_class": "external"}):
            assert finds(colleague, "verbund") >= {"search", "show"}
            update_owner(portal_of_all, **change)
            assert finds(colleague, "verbund") == set()
            assert colleague("recently_changed_packages_activity_list").result == []
            update_owner(portal_of_all, in_group=True, walled=False, entity_class="core")

    def test_the_id_of_a_dissolved_owner_is_nobodys_name(
        self, portal_of_all: Portal, restriction: dict[str, Any], app: Any
    ) -> None:
        secret = hiding.hide(portal_of_all, restriction, "geheim", SECRET)
        owner = portal_of_all.city.department["id"]
        user = factories.User()
        own = factories.Organization(users=[{"name": user["name"], "capacity": "admin"}])
        squatter = Api(app, user)
        assert squatter("organization_patch", id=own["id"], name=owner).status == 200
        assert finds(squatter, "geheim") == set()
        # CKAN lets an organization go this way although it has datasets.
        assert portal_of_all.city.sysadmin("group_delete", id=owner).status == 200
        search.rebuild(secret["id"])
        assert finds(squatter, "geheim") == set()
        package = model.Package.get(secret["id"])
        assert not labels.finds(facts.actor_of(user["id"]), package)

    def test_hiding_takes_its_past_along(
        self, portal_of_all: Portal, restriction: dict[str, Any]
    ) -> None:
        """What was public is not any more; what was hidden stays so."""
        hiding.publish(portal_of_all)
        editor, guest = portal_of_all.city.editor, portal_of_all.outsiders["guest"]
        resource = editor("package_show", id="offen").result["resources"][0]["id"]
        view = {"resource_id": resource, "view_type": "text_view", "title": "Ansicht"}
        assert editor("resource_view_create", **view).status == 200
        clerk = portal_of_all.city.clerk
        assert len(guest("user_activity_list", id=clerk).result) > 2
        fields = {key: value for key, value in restriction.items() if key not in SECRET}
        lawful = {**fields, **SECRET, "license_id": "other-closed"}
        assert editor("package_patch", id="offen", **lawful).status == 200
        assert editor("resource_view_create", **view).status == 200
        told = guest("user_activity_list", id=clerk).result
        assert [one for one in told if "package" in one["activity_type"]] == []
        assert [one for one in told if "view" in one["activity_type"]] == []
        seen = editor("package_activity_list", id="offen").result
        assert {one["activity_type"] for one in seen} == {"new package", "changed package"}
        patch = {"id": "offen", "metadata_visibility": "public"}
        assert editor("package_patch", **patch).status == 200, editor("package_patch", **patch).body
        shown = guest("package_activity_list", id="offen").result
        assert len(shown) == 1
        rows = model.Session.scalars(sa.select(Activity.permission_labels)).all()
        assert ["public"] in rows


def update_owner(portal: Portal, **change: Any) -> None:
    portal.city.sysadmin(
        "governance_entity_update", organization_id=portal.city.department["id"], **change
    )
