"""What a foreign page can make a browser do with the cookies it has: nothing that matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import Client

import ckantoolkit as tk
from ckan import model
from ckan.config.middleware import flask_app
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.conftest import City, stored

HOME = "http://test.ckan.net"
EVIL = "https://evil.example"
PASSWORD = "correct horse battery"

protected = pytest.mark.ckan_config("WTF_CSRF_ENABLED", True)

CLOSED = {
    "openness": "request",
    "legal_basis": ["artenschutz-fundorte"],
    "restriction_reason": "Fundorte geschützter Arten.",
    "stricter_reason": "Sehr wenige.",
    "data_steward": "Fachdienst Umweltschutz, Team Daten",
    "data_steward_email": "daten@umwelt.example",
    "license_id": "other-closed",
}
OPEN = {
    "id": "data",
    "openness": "open",
    "legal_basis": "",
    "license_id": "dl-by-de-2.0",
    "opening_reason": "Grund entfallen",
}


class Browser:
    """A browser with cookies of its own; nothing but these says who it is."""

    def __init__(self, app: Any) -> None:
        # All of the application: on 2.11 the language is settled around Flask.
        self.client = Client(app.app)

    def get(self, path: str, **headers: str) -> str:
        response = self.client.get(path, base_url=HOME, headers=headers, follow_redirects=True)
        assert response.status_code == 200, response.status_code
        return response.get_data(as_text=True)

    def post(self, path: str, headers: dict[str, str] | None = None, **options: Any) -> Any:
        return self.client.post(path, base_url=HOME, headers=headers or {}, **options)

    def call(self, action: str, data: dict[str, Any], form: bool = False, **headers: str) -> int:
        kind = {"data": data} if form else {"json": data}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(f"/api/3/action/{action}", headers, **kind).status_code

    def sign_in(self, name: str, **more: str) -> Browser:
        fields = {"login": name, "password": PASSWORD, "_csrf_token": self.token("/user/login")}
        response = self.post("/user/login", data={**fields, **more})
        assert response.status_code == 302
        return self

    def token(self, path: str = "/about") -> str:
        page = BeautifulSoup(self.get(path), "html.parser")
        return page.find("meta", attrs={"name": "_csrf_token"})["content"]

    def form(self, path: str) -> dict[str, Any]:
        """The fields of the dataset form as a browser would send them."""
        return fields_of(self.get(path))


def fields_of(html: str) -> dict[str, Any]:
    page = BeautifulSoup(html, "html.parser")
    form = next(one for one in page.select("form") if one.select_one('[name="name"]'))
    found: dict[str, Any] = {}
    for one in form.select("input[name], textarea[name]"):
        if one.get("type") in ("checkbox", "radio") and not one.has_attr("checked"):
            continue
        if one.get("type") != "file":
            value = one.text.strip() if one.name == "textarea" else one.get("value") or ""
            found.setdefault(one["name"], []).append(value)
    for one in form.select("select[name]"):
        chosen = [option["value"] for option in one.select("option[selected]")]
        found.setdefault(one["name"], []).extend(chosen)
    return {name: values for name, values in found.items() if values}


@pytest.fixture
def people(city: City) -> City:
    for name in (city.clerk, *(user.name for user in model.Session.query(model.User))):
        user = model.User.get(name)
        user.password = PASSWORD
    model.repo.commit()
    return city


@pytest.fixture
def data(people: City) -> dict[str, Any]:
    from datetime import date, timedelta

    day = (date.today() + timedelta(days=100)).isoformat()
    return people.editor(
        "package_create",
        name="data",
        owner_org=people.department["id"],
        review_date=day,
        resources=[{"url": "https://secret.example/a.csv", "name": "Liste"}],
        **CLOSED,
    ).result


@pytest.fixture
def browser(app: Any, people: City, data: dict[str, Any]) -> Browser:
    return Browser(app).sign_in(people.clerk)


@pytest.fixture
def passed_by_ckan(app: Any, browser: Browser, monkeypatch: Any) -> None:
    """CKAN's own check lets everything pass, as after E14 on 2.12. Ours is another one."""
    monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_CHECK_DEFAULT", False)


def use_foreign_token(app: Any, *paths: str, view: str) -> Browser:
    """Security review E14: one request with anybody's token, and CKAN 2.12 lets a view go unchecked.

    Args:
        app: CKAN's application.
        paths: what a stranger asks for and sends to.
        view: the view that CKAN must have stopped checking then, as ``module.function``.

    Returns:
        The stranger.
    """
    key = call_action("api_token_create", user=factories.User()["name"], name="x")["token"]
    stranger = Browser(app)
    for path in paths:
        for method in (stranger.client.get, stranger.client.post):
            method(path, base_url=HOME, headers={"Authorization": key})
    if tk.check_ckan_version(min_version="2.12"):
        assert view in flask_app.csrf._exempt_views
    return stranger


@pytest.fixture
def checks_all_views(monkeypatch: pytest.MonkeyPatch) -> None:
    """What CKAN does not check any more it checks again in the next test."""
    monkeypatch.setattr(flask_app.csrf, "_exempt_views", set(flask_app.csrf._exempt_views))


def level() -> str:
    return stored("data")["openness"]


@protected
@pytest.mark.usefixtures("passed_by_ckan")
class TestOpening:
    @pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
    def test_by_cookie_alone_is_refused(self, browser, form):
        for headers in ({}, {"Origin": EVIL}, {"Origin": HOME}, {"X_CSRFToken": "wrong"}):
            assert browser.call("package_patch", OPEN, form=form, **headers) == 403
            assert level() == "request"

    def test_from_an_own_page_it_works(self, browser):
        token = browser.token()
        assert browser.call("package_patch", OPEN, X_CSRFToken=token, Origin=HOME) == 200
        assert level() == "open"

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": EVIL},
            {"Origin": "null"},
            {"Origin": "http://test.ckan.net.evil.example"},
            {"Origin": "http://test.ckan.net:8080"},
            {"Origin": "http://test.ckan.net@evil.example"},
            {"Origin": "http://[broken"},
            {"Referer": f"{EVIL}/page?http://test.ckan.net/"},
        ],
    )
    def test_even_with_the_token_not_from_a_foreign_page(self, browser, headers):
        token = browser.token()
        assert browser.call("package_patch", OPEN, X_CSRFToken=token, **headers) == 403
        assert level() == "request"

    @pytest.mark.parametrize(
        "headers",
        [{}, {"Referer": f"{HOME}/dataset/data"}, {"Origin": "https://test.ckan.net"}],
    )
    def test_what_browsers_say_of_own_pages(self, browser, headers):
        token = browser.token()
        assert browser.call("package_patch", OPEN, X_CSRFToken=token, **headers) == 200

    def test_a_token_of_another_session_is_none(self, app, people, browser):
        other = Browser(app).sign_in(people.clerk)
        foreign = other.token()
        assert browser.call("package_patch", OPEN, X_CSRFToken=foreign, Origin=HOME) == 403
        assert level() == "request"

    def test_remembered_only(self, app, people, data):
        browser = Browser(app).sign_in(people.clerk, remember="63072000")
        name = tk.config["SESSION_COOKIE_NAME"]
        jar = browser.client
        for cookie in list(getattr(jar, "_cookies", {}).values()):
            if cookie.key == name:
                jar.delete_cookie(name, domain=cookie.domain, path=cookie.path)
        assert browser.call("package_patch", OPEN, Origin=EVIL) == 403
        assert browser.call("package_patch", OPEN) == 403
        assert level() == "request"
        # Who they are is known all the same, and an own page gives them a token.
        assert people.clerk in browser.get("/dashboard/datasets")
        token = browser.token()
        assert browser.call("package_patch", OPEN, X_CSRFToken=token, Origin=HOME) == 200

    def test_api_tokens_pass(self, people, data):
        assert people.editor("package_patch", **OPEN).status == 200
        assert level() == "open"

    def test_a_wrong_api_token_beside_a_cookie_is_none(self, browser):
        assert browser.call("package_patch", OPEN, Authorization="eyJ0.x.y") == 403
        assert level() == "request"

    def test_what_opens_nothing_is_left_to_ckan(self, browser):
        assert browser.call("package_patch", {"id": "data", "notes": "Neu"}) == 200

    def test_code_without_a_request_passes(self, people, data):
        call_action("package_patch", context={"user": people.clerk, "ignore_auth": False}, **OPEN)
        assert level() == "open"


@protected
@pytest.mark.usefixtures("checks_all_views")
class TestTogetherWithCkan:
    def test_by_cookie_alone_it_is_refused(self, browser):
        assert browser.call("package_patch", OPEN) in (400, 403)
        assert level() == "request"

    def test_a_strangers_token_does_not_unlock_the_form(self, app, browser):
        """Security review E14: on 2.12 this exempts the view for everybody."""
        fields = {**browser.form("/dataset/edit/data"), **OPEN, "save": "save"}
        fields.pop("_csrf_token")
        view = "ckanext.jena_governance.views.dataset_form.dataset_edit"
        use_foreign_token(app, "/dataset/edit/data", view=view)
        for headers in ({"Origin": EVIL}, {}):
            response = browser.post("/dataset/edit/data", headers, data=fields)
            assert response.status_code in (400, 403)
            assert level() == "request"
        # The form looks itself, also on what is CKAN's own matter.
        harmless = {name: fields[name] for name in ("name", "owner_org", "save")}
        response = browser.post("/dataset/edit/data", data={**harmless, "title": "Fremd"})
        assert response.status_code in (400, 403)
        assert stored("data")["title"] != "Fremd"


@protected
@pytest.mark.usefixtures("passed_by_ckan")
class TestOurActions:
    @pytest.fixture
    def boss(self, app: Any, people: City, data: dict[str, Any]) -> Browser:
        admin = factories.Sysadmin(password=PASSWORD)
        return Browser(app).sign_in(admin["name"])

    def refused_without_but_done_with_a_token(
        self, browser: Browser, action: str, data: dict[str, Any]
    ) -> None:
        token = browser.token()
        for headers in (
            {},
            {"Origin": EVIL, "X_CSRFToken": token},
            {"Origin": EVIL},
            {"Origin": HOME},
        ):
            assert browser.call(action, data, **headers) == 403, headers
        assert browser.call(action, data, X_CSRFToken=token, Origin=HOME) == 200

    def test_lock(self, browser):
        self.refused_without_but_done_with_a_token(browser, "governance_lock", {"id": "data"})
        assert level() == "closed"

    def test_entity_update(self, boss, people):
        data = {"organization_id": people.company["id"], "walled": True}
        self.refused_without_but_done_with_a_token(boss, "governance_entity_update", data)

    def test_opening_confirm(self, app, people, browser, restriction):
        second = factories.User(password=PASSWORD)
        call_action(
            "organization_member_create",
            id=people.department["id"],
            username=second["name"],
            role="editor",
        )
        people.editor(
            "package_patch", id="data", legal_basis=["dsgvo-personenbezug"],
            opening_reason="x", review_date=restriction["review_date"],
        ).result  # fmt: skip
        people.editor("package_patch", **{**OPEN, "personal_data": "anonymised"}).result
        confirming = Browser(app).sign_in(second["name"])
        self.refused_without_but_done_with_a_token(
            confirming, "governance_opening_confirm", {"id": "data"}
        )
        assert level() == "open"


class TestSwitchedOff:
    """``WTF_CSRF_ENABLED = false`` is CKAN's own switch; where the page is from still counts."""

    @pytest.fixture
    def signed_in(self, app: Any, people: City, data: dict[str, Any]) -> Browser:
        browser = Browser(app)
        response = browser.post("/user/login", data={"login": people.clerk, "password": PASSWORD})
        assert response.status_code == 302
        return browser

    def test(self, signed_in):
        assert signed_in.call("package_patch", OPEN, Origin=EVIL) == 403
        assert level() == "request"
        assert signed_in.call("package_patch", OPEN) == 200
        assert level() == "open"


@protected
class TestForm:
    """Our own form carries all it takes: token, level, and what has changed."""

    def send(self, browser: Browser, path: str, **changes: Any) -> Any:
        fields = {**browser.form(path), "save": "save", **changes}
        return browser.post(path, {"Origin": HOME}, data=fields)

    def test_opening_asks_and_keeps_what_was_typed(self, browser):
        page = browser.get("/dataset/edit/data")
        assert "What has changed?" in page
        assert '<option value="the ground has ended">' in page
        changes = {"openness": "open", "legal_basis": "", "license_id": "dl-by-de-2.0"}
        answer = self.send(browser, "/dataset/edit/data", title="Neuer Titel", **changes)
        assert answer.status_code == 200
        text = answer.get_data(as_text=True)
        assert "So far &#34;Locations of endangered" in text or 'So far "Locations' in text
        again = fields_of(text)
        assert again["title"] == ["Neuer Titel"]
        assert again["openness"] == ["open"]
        again.update(opening_reason="Grund entfallen", save="save")
        again["legal_basis"] = ""
        assert browser.post("/dataset/edit/data", data=again).status_code == 302
        assert (level(), stored("data")["title"]) == ("open", "Neuer Titel")

    def test_a_wrong_answer_is_still_there(self, browser):
        answer = self.send(
            browser, "/dataset/edit/data", openness="open", license_id="cc-by-nc-4.0",
            opening_reason="Mein Grund", legal_basis="",
        )  # fmt: skip
        assert answer.status_code == 200
        assert fields_of(answer.get_data(as_text=True))["opening_reason"] == ["Mein Grund"]

    def test_open_data_are_not_asked(self, browser, people):
        people.editor("package_patch", **OPEN).result
        page = browser.get("/dataset/edit/data")
        assert "opening_reason" not in page
        assert 'name="if_openness" value="open"' in page

    def test_a_stale_form_is_refused_once(self, browser, people):
        people.editor("package_patch", **OPEN).result
        fields = {**browser.form("/dataset/edit/data"), "save": "save", "title": "Alt"}
        people.editor("governance_lock", id="data").result
        answer = browser.post("/dataset/edit/data", data=fields)
        text = answer.get_data(as_text=True)
        assert "Compare both values" in text
        assert level() == "closed"
        assert fields_of(text)["if_openness"] == ["closed"]

    def test_the_resource_form_too(self, browser, data):
        part = data["resources"][0]["id"]
        path = f"/dataset/data/resource/{part}/edit"
        assert "What has changed?" in browser.get(path)
        answer = self.send(browser, path, openness="group", legal_basis="")
        assert "What has changed?" in answer.get_data(as_text=True)
        assert "(R11)" in answer.get_data(as_text=True)
        answer = self.send(
            browser, path, openness="group", legal_basis="", opening_reason="Geprüft"
        )
        assert answer.status_code == 302
        assert stored("data")["resources"][0]["openness"] == "group"

    def test_new_datasets_are_not_asked(self, browser):
        page = browser.get("/dataset/new")
        assert "opening_reason" not in page
        assert "if_openness" not in page


@protected
class TestSecondPersonsPage:
    @pytest.fixture
    def proposed(self, app: Any, people: City, data: dict[str, Any]) -> Callable[[], Browser]:
        second = factories.User(password=PASSWORD)
        call_action(
            "organization_member_create",
            id=people.department["id"],
            username=second["name"],
            role="admin",
        )
        people.editor(
            "package_patch", id="data", legal_basis=["geschgehg-geschaeftsgeheimnis"],
            opening_reason="x",
        ).result  # fmt: skip
        return lambda: Browser(app).sign_in(second["name"])

    def test_from_form_to_confirmation(self, browser, proposed):
        fields = {**browser.form("/dataset/edit/data"), "save": "save"}
        fields.update({k: v for k, v in OPEN.items() if k != "id"})
        fields["opening_reason"] = "Vertrag <b>beendet</b>"
        browser.post("/dataset/edit/data", data=fields)
        assert level() == "request"
        page = browser.get("/dataset/data")
        assert "Not opened yet" in page
        assert "An opening of this dataset waits" in browser.get("/dataset/edit/data")
        page = browser.get("/dataset/data/opening")
        assert "You proposed this" in page
        assert 'type="submit">Confirm' not in page

        second = proposed()
        page = second.get("/dataset/data/opening")
        assert "Vertrag &lt;b&gt;beendet&lt;/b&gt;" in page
        assert "Trade secret" in page
        assert "secret.example" not in page
        form = BeautifulSoup(page, "html.parser").select_one('form[action$="/opening"]')
        filled = {one["name"]: one["value"] for one in form.select("input[name]")}
        bare = {name: value for name, value in filled.items() if name != "_csrf_token"}
        assert second.post("/dataset/data/opening", data=bare).status_code in (400, 403)
        assert level() == "request"
        answer = second.post("/dataset/data/opening", {"Origin": HOME}, data=filled)
        assert answer.status_code == 302
        assert level() == "open"
        assert "No opening of this dataset waits" in second.get("/dataset/data/opening")

    def test_is_not_for_others(self, app, people, data):
        assert Browser(app).client.get("/dataset/data/opening", base_url=HOME).status_code == 403
        assert Browser(app).client.get("/dataset/nope/opening", base_url=HOME).status_code == 404

    def test_what_no_longer_fits_is_said(self, browser, people, proposed):
        people.editor("package_patch", **OPEN).result
        second = proposed()
        form = {"proposal": "1", "_csrf_token": second.token()}
        answer = second.post("/dataset/data/opening", data=form)
        assert answer.status_code == 302
        assert "has taken its place" in second.get("/dataset/data/opening")
        assert level() == "request"
