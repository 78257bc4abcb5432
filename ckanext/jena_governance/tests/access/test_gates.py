"""Every route that leads to restricted data asks first; those that show metadata do not."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

import ckantoolkit as tk
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import gates, log
from ckanext.jena_governance.tests.access.conftest import Browser, collaborator, logged
from ckanext.jena_governance.tests.access.test_gateway import hide
from ckanext.jena_governance.tests.conftest import Api, City

Browse = Callable[[Api], Browser]

FILE_NAME = "kuendigungen_canary-name.csv"
CONTENT = b"name;betrag\ncanary-content;1\n"


@pytest.fixture
def uploaded(city: City, restriction: dict[str, Any]) -> dict[str, Any]:
    """A restricted upload with rows in the DataStore and a view."""
    log._prune_once.cache_clear()
    dataset = city.editor(
        "package_create",
        name="kuendigungen",
        title="Kündigungen",
        owner_org=city.department["id"],
        **restriction,
    ).result
    resource = call_action(
        "resource_create",
        context={"user": city.clerk},
        package_id=dataset["id"],
        name="Kündigungen 2026",
        upload=FileStorage(io.BytesIO(CONTENT), FILE_NAME),
    )
    # The tables of earlier tests stay.
    alias = f"mitarbeiter_{uuid.uuid4().hex}"
    call_action(
        "datastore_create",
        context={"user": city.clerk},
        resource_id=resource["id"],
        force=True,
        fields=[{"id": "name"}],
        records=[{"name": "canary-row"}],
        aliases=alias,
    )
    view = call_action(
        "resource_view_create",
        context={"user": city.clerk},
        resource_id=resource["id"],
        view_type="datatables_view",
        title="canary-view",
    )
    return {"dataset": dataset, "id": resource["id"], "view": view["id"], "alias": alias}


def data_routes(app: Any, made: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and address of what leads to data, in this version of CKAN."""
    name, rid, view = "kuendigungen", made["id"], made["view"]
    routes = [
        ("GET", f"/dataset/{name}/resource/{rid}/download"),
        ("GET", f"/dataset/{name}/resource/{rid}/download/x.csv"),
        ("GET", f"/dataset/nirgends/resource/{rid}/download/x.csv"),
        ("GET", f"/dataset/{name}/resource/{rid}/view"),
        ("GET", f"/dataset/{name}/resource/{rid}/view/{view}"),
        ("GET", f"/dataset/{name}/resource/{rid}/view?resource_view={{}}"),
        ("GET", f"/dataset/{name}/resource/{rid}/new_view?view_type=text_view"),
        ("POST", f"/dataset/{name}/resource/{rid}/edit_view/{view}"),
        ("GET", f"/dataset/{name}/dictionary/{rid}"),
        ("POST", f"/dataset/{name}/dictionary/{rid}"),
        ("GET", f"/dataset/{name}/resources/{rid}/history/{uuid.uuid4()}"),
        ("GET", f"/dataset/{name}/resource_data/{rid}"),
        ("POST", f"/dataset/{name}/delete-datastore/{rid}"),
        ("GET", f"/datastore/dump/{rid}"),
        ("GET", f"/datastore/dump/{rid.upper()}"),
        ("GET", f"/datastore/dump/{made['alias']}?format=json"),
        ("POST", f"/datatables/ajax/{view}"),
        ("POST", f"/datatables/filtered-download/{view}"),
    ]
    if "datastore.api_info" in app.flask_app.view_functions:
        routes.append(("GET", f"/datastore/api_info/{rid}"))
    return routes


@contextmanager
def further_routes(app: Any) -> Iterator[None]:
    """What a plugin nobody has thought of might add."""
    flask_app = app.flask_app
    flask_app._got_first_request = False

    def leak(**arguments: Any) -> str:
        return f"canary {arguments}"

    for number, rule in enumerate(
        ("/elsewhere/<what>", "/deep/<path:way>", "/number/<int:n>", "/query", "/uuid/<uuid:u>")
    ):
        methods = ["GET", "POST", "PUT", "DELETE"]
        flask_app.add_url_rule(rule, f"further.leak{number}", leak, methods=methods)
    yield


class TestDenied:
    def test_every_way_to_the_data(
        self, app: Any, city: City, uploaded: dict[str, Any], browse: Browse
    ) -> None:
        for api in (city.nobody, city.manager):
            browser = browse(api)
            for method, url in data_routes(app, uploaded):
                for prefix in ("", "/de"):
                    answer = browser(prefix + url, method=method)
                    assert answer.status_code == 403, (method, url)
                    assert "canary" not in answer.text
                    caching = set(answer.headers["Cache-Control"].split(", "))
                    assert caching == {"private", "no-store"}
                program = browser(url, method=method, headers={"Accept": "application/json"})
                assert program.json["rule"] == "denied"
        assert {(user, via, rule) for user, via, rule, _count in logged()} == {
            ("", "gate", "denied"),
            (city.manager.user["id"], "gate", "denied"),
        }

    def test_head_is_as_get(
        self, app: Any, city: City, uploaded: dict[str, Any], browse: Browse
    ) -> None:
        for method, url in data_routes(app, uploaded):
            if method == "GET":
                assert browse(city.nobody)(url, method="HEAD").status_code == 403, url

    def test_what_nobody_has_thought_of(
        self, app: Any, city: City, uploaded: dict[str, Any], browse: Browse
    ) -> None:
        browser, rid, view = browse(city.nobody), uploaded["id"], uploaded["view"]
        with further_routes(app):
            for url in (
                f"/elsewhere/{rid}",
                f"/elsewhere/{rid.upper()}",
                f"/elsewhere/{view}",
                f"/deep/a/{rid}/b",
                f"/uuid/{rid}",
                f"/query?x={uuid.uuid4()}&x={rid}",
                f"/query?file={view}",
            ):
                assert browser(url).status_code == 403, url
            for method in ("POST", "PUT", "DELETE"):
                assert browser("/query", method=method, data={"x": rid}).status_code == 403
                assert browser("/query", method=method, json={"x": rid}).status_code == 403
            for url in ("/number/7", "/elsewhere/kuendigungen", "/query?x=%00"):
                assert browser(url).status_code == 200, url
            assert browser("/elsewhere/%00").status_code == 404
            broken = {"Content-Type": "application/json"}
            assert browser("/query", method="POST", data="[1,", headers=broken).status_code == 200
            assert browser("/query", method="POST", json=[rid]).status_code == 200
            passing = browse(city.editor)(f"/elsewhere/{rid}")
            assert passing.status_code == 200
            assert "no-store" in passing.headers["Cache-Control"]
        assert (city.editor.user["id"], "gate", "owner", 1) in logged()

    def test_hidden_is_as_missing(
        self, app: Any, city: City, uploaded: dict[str, Any], browse: Browse
    ) -> None:
        """Each view says of what is hidden what CKAN's own says of what is not there."""
        missing = {name: str(uuid.uuid4()) for name in ("id", "view", "alias")}
        nowhere = [(m, u.replace("kuendigungen", "x")) for m, u in data_routes(app, missing)]
        hide(uploaded["dataset"]["id"])
        browser = browse(city.nobody)
        for asked, other in zip(data_routes(app, uploaded), nowhere, strict=True):
            found = outcome(browser, *asked)
            assert found == outcome(browser, *other), asked
            assert "canary" not in found[1]
        with further_routes(app):
            assert outcome(browser, "GET", f"/elsewhere/{uploaded['id']}")[0] == 404
        assert logged() == []


class TestEntitled:
    def test_the_file_comes_with_its_true_name_and_harmless(
        self, app: Any, city: City, uploaded: dict[str, Any], browse: Browse
    ) -> None:
        for api in (city.editor, city.sysadmin):
            gateway = f"/dataset/kuendigungen/resource/{uploaded['id']}/data"
            led = browse(api)(gateway)
            assert led.status_code == 302
            answer = browse(api)(led.headers["Location"])
            assert (answer.status_code, answer.data) == (200, CONTENT)
            assert FILE_NAME in answer.headers["Content-Disposition"]
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert set(answer.headers["Cache-Control"].split(", ")) == {"private", "no-store"}
        ids = (city.editor.user["id"], city.sysadmin.user["id"])
        assert [(user, via) for user, via, *_ in logged()] == [
            (id_, via) for id_ in ids for via in ("gateway", "download")
        ]

    def test_no_log_no_file(self, city: City, uploaded: dict[str, Any], browse: Browse) -> None:
        with model.meta.engine.begin() as connection:
            connection.execute(sa.text("alter table governance_access_log rename to elsewhere"))
        try:
            answer = browse(city.editor)(f"/dataset/x/resource/{uploaded['id']}/download/x.csv")
        finally:
            with model.meta.engine.begin() as connection:
                connection.execute(sa.text("alter table elsewhere rename to governance_access_log"))
        assert answer.status_code == 503
        assert "canary" not in answer.text

    def test_rows_and_views(self, city: City, uploaded: dict[str, Any], browse: Browse) -> None:
        browser = browse(city.editor)
        for table in (uploaded["id"], uploaded["alias"]):
            answer = browser(f"/datastore/dump/{table}")
            assert (answer.status_code, "canary-row" in answer.text) == (200, True)
            assert "no-store" in answer.headers["Cache-Control"]
        view = f"/dataset/kuendigungen/resource/{uploaded['id']}/view/{uploaded['view']}"
        assert browser(view).status_code == 200
        assert browser(f"/dataset/kuendigungen/dictionary/{uploaded['id']}").status_code == 200

    def test_open_data_are_as_without_us(self, city: City, browse: Browse) -> None:
        dataset = city.editor(
            "package_create",
            name="baeume",
            owner_org=city.department["id"],
            license_id="dl-by-de-2.0",
        ).result
        resource = call_action(
            "resource_create",
            context={"user": city.clerk},
            package_id=dataset["id"],
            name="Bäume",
            upload=FileStorage(io.BytesIO(b"art\nLinde\n"), "baeume.csv"),
        )
        answer = browse(city.nobody)(resource["url"].removeprefix("http://test.ckan.net"))
        assert (answer.status_code, answer.data) == (200, b"art\nLinde\n")
        assert "Content-Security-Policy" not in answer.headers
        assert "no-store" not in answer.headers["Cache-Control"]
        assert logged() == []


class TestMetadata:
    def test_pages_that_show_no_data_are_there_for_everybody(
        self, app: Any, city: City, uploaded: dict[str, Any], browse: Browse
    ) -> None:
        browser, rid, view = browse(city.nobody), uploaded["id"], uploaded["view"]
        for url in (
            "/dataset/kuendigungen",
            f"/dataset/kuendigungen/resource/{rid}",
            f"/de/dataset/kuendigungen/resource/{rid}",
            "/dataset/",
            f"/dataset/?id={rid}",
            f"/?x={rid}",
            "/dataset/activity/kuendigungen",
            "/dataset/groups/kuendigungen",
            f"/user/login?came_from=/dataset/kuendigungen/resource/{rid}/data&x={rid}",
            "/dataset/kuendigungen.rdf",
        ):
            answer = browser(url)
            assert answer.status_code == 200, url
            assert "canary" not in answer.text, url
            fragment = browser(url, headers={"HX-Request": "true"})
            assert fragment.status_code == 200, url
            assert "canary" not in fragment.text, url
        assert browser(f"/dataset/kuendigungen/resource/{rid}?view_id={view}").status_code == 200
        assert logged() == []

    def test_editors_keep_their_pages(
        self, city: City, uploaded: dict[str, Any], browse: Browse
    ) -> None:
        rid = uploaded["id"]
        for page in ("edit", "views", "delete"):
            url = f"/dataset/kuendigungen/resource/{rid}/{page}"
            assert browse(city.editor)(url).status_code == 200
            assert (
                "no-store" in browse(city.editor)(url).headers["Cache-Control"] or page == "delete"
            )
        assert browse(city.editor)("/dataset/edit/kuendigungen").status_code == 200
        assert browse(city.editor)("/dataset/kuendigungen/resource/new").status_code == 200

    def test_an_editor_who_is_not_entitled_keeps_them_too(
        self, city: City, uploaded: dict[str, Any], browse: Browse
    ) -> None:
        other = collaborator(city, "kuendigungen")
        rid, view = uploaded["id"], uploaded["view"]
        for url in (
            "/dataset/edit/kuendigungen",
            f"/dataset/kuendigungen/resource/{rid}/edit",
            f"/dataset/kuendigungen/resource/{rid}/views",
            "/dataset/kuendigungen/resource/new",
        ):
            answer = browse(other)(url)
            assert answer.status_code == 200, url
            assert "canary" not in answer.text, url
        for url in (f"edit_view/{view}", f"view/{view}", "new_view?view_type=text_view"):
            assert browse(other)(f"/dataset/kuendigungen/resource/{rid}/{url}").status_code == 403

    def test_no_query_where_nothing_can_be_an_id(
        self, app: Any, city: City, uploaded: dict[str, Any]
    ) -> None:
        statements: list[str] = []

        def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        engine = model.meta.engine
        sa.event.listen(engine, "before_cursor_execute", count)
        try:
            for url in (
                "/",
                "/dataset/",
                "/dataset/kuendigungen",
                f"/dataset/kuendigungen/resource/{uploaded['id']}",
                "/api/3/action/package_show?id=kuendigungen",
                "/base/images/ckan-icon.png",
                f"/dataset/kuendigungen/resource/{uploaded['id']}/data",
            ):
                with app.flask_app.test_request_context(url):
                    from flask import request

                    assert not gates.is_gated(request), url
            with app.flask_app.test_request_context("/feeds/custom.atom"):
                from flask import request

                assert gates.resources_in(request) == []
        finally:
            sa.event.remove(engine, "before_cursor_execute", count)
        assert statements == []


class TestViews:
    def test_do_not_exist_for_those_not_entitled(
        self, city: City, uploaded: dict[str, Any]
    ) -> None:
        rid, view = uploaded["id"], uploaded["view"]
        editing = collaborator(city, "kuendigungen")
        for api in (city.nobody, city.manager, editing):
            assert api("resource_view_list", id=rid).result == []
            assert api("resource_view_show", id=view).status == 404
        change = {"resource_id": rid, "title": "x", "view_type": "text_view"}
        assert editing("resource_view_update", id=view, **change).status == 404
        assert editing("resource_view_reorder", id=rid, order=[view]).status == 404
        assert editing("resource_view_delete", id=view).status == 404
        assert len(city.editor("resource_view_list", id=rid).result) >= 1
        assert city.editor("resource_view_show", id=view).result["title"] == "canary-view"
        assert city.editor("resource_view_update", id=view, **change).result["title"] == "x"

    def test_addresses_in_them_are_in_the_vault_and_told_to_those_entitled(
        self, city: City, uploaded: dict[str, Any]
    ) -> None:
        rid, address = uploaded["id"], "https://intern.example/canary-view-address"
        made = city.editor(
            "resource_view_create",
            resource_id=rid,
            view_type="datatables_view",
            title="canary-title",
            show_fields=[address],
        ).result
        shown = city.editor("resource_view_show", id=made["id"]).result
        assert shown["show_fields"] == [address]
        listed = city.editor("resource_view_list", id=rid).result
        assert [address] in [view.get("show_fields") for view in listed]
        with model.meta.engine.connect() as connection:
            for table in ("resource_view", "activity"):
                rows = connection.execute(sa.text(f"select * from {table}")).all()
                assert "canary-view-address" not in str([tuple(row) for row in rows]), table
        stream = city.nobody("package_activity_list", id="kuendigungen").body
        assert "canary" not in str(stream)
        assert "new resource view" in str(stream)

        change = {
            "id": made["id"],
            "resource_id": rid,
            "view_type": "datatables_view",
            "title": "x",
        }
        other = city.editor(
            "resource_view_update", **change, show_fields=["https://two.example"]
        ).result
        assert city.editor("resource_view_show", id=other["id"]).result["show_fields"] == [
            "https://two.example"
        ]
        city.editor("resource_view_update", **change).result
        assert "show_fields" not in city.editor("resource_view_show", id=made["id"]).result
        city.editor("resource_view_update", **change, show_fields=[address]).result
        city.editor("resource_view_delete", id=made["id"])
        with model.meta.engine.connect() as connection:
            rows = connection.execute(sa.text("select * from governance_resource_location")).all()
        assert "canary-view-address" not in str([tuple(row) for row in rows])

    def test_are_not_taken_over_through_one_s_own_resource(
        self, city: City, uploaded: dict[str, Any]
    ) -> None:
        own = city.manager(
            "package_create",
            name="eigene",
            owner_org=city.company["id"],
            license_id="dl-by-de-2.0",
            resources=[{"url": "https://offen.example/x.csv"}],
        ).result["resources"][0]["id"]
        stolen = {"resource_id": own, "view_type": "text_view"}
        for action in ("resource_view_update", "resource_view_create"):
            answer = city.manager(action, id=uploaded["view"], title="x", **stolen)
            assert answer.status == 404, action
        assert city.editor("resource_view_show", id=uploaded["view"]).status == 200

    def test_an_editor_who_is_not_entitled_can_save(
        self, city: City, uploaded: dict[str, Any]
    ) -> None:
        """CKAN creates default views with every save, in the editor's name."""
        editing = collaborator(city, "kuendigungen")
        saved = editing("package_patch", id="kuendigungen", notes="Text")
        assert saved.status == 200, saved.body
        assert "canary" not in str(saved.body)


class TestOtherTypes:
    def test_ckan_s_routes_of_other_dataset_types_are_gated_by_what_serves_them(
        self, app: Any
    ) -> None:
        for endpoint, view in app.flask_app.view_functions.items():
            if not endpoint.split(".")[0].endswith("resource"):
                continue
            page = endpoint.split(".")[1]
            name = (view.__module__, view.__name__)
            assert name == ("ckan.views.resource", page), endpoint


def outcome(browser: Browser, method: str, url: str) -> tuple[int, str]:
    """Status and words; tokens stand in attributes. CKAN's tests raise what a portal answers."""
    try:
        answer = browser(url, method=method)
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        return 500, type(error).__name__
    ids = r"[0-9a-f-]{36}|mitarbeiter_[0-9a-f]{32}"
    text = re.sub(rf"<[^>]+>|(?i:{ids})", " ", answer.text)
    return answer.status_code, " ".join(text.split())
