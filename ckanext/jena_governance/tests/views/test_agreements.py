"""Pages of agreements: who reads which, the form, signing and ending with a second look."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance.tests.access.test_forgery import (
    EVIL,
    HOME,
    PASSWORD,
    Browser,
    checks_all_views,
    protected,
    use_foreign_token,
)
from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.logic.agreeing import day, kinds_of, parties, row_of
from ckanext.jena_governance.tests.views.reading import checked

__all__ = ["checks_all_views", "parties"]

LIST = "/de/governance/agreements"
SCRIPT = "<script>alert(1)</script>"


class Pages:
    """Somebody at the pages, in German."""

    def __init__(self, app: Any, api: Api) -> None:
        self._app, self._headers = app, api.headers

    def get(self, path: str, status: int = 200) -> BeautifulSoup:
        answer = self._app.get(path, headers=self._headers, follow_redirects=False)
        assert answer.status_code == status, answer.status_code
        if status == 200:
            assert answer.headers["Cache-Control"] == "private, no-store"
            return checked(answer.text)
        return BeautifulSoup(answer.text, "html.parser")

    def post(self, path: str, data: dict[str, Any] | None = None, follow: bool = True) -> Any:
        return self._app.post(path, headers=self._headers, data=data or {}, follow_redirects=follow)


def main(page: BeautifulSoup) -> str:
    return page.select_one("[role=main]").get_text(" ", strip=True)


@pytest.fixture
def at(app: Any) -> Any:
    return lambda api: Pages(app, api)


def typed(parties: Any, **changes: Any) -> dict[str, str]:
    return {
        "title": "Trassen",
        "provider": parties.city.department["id"],
        "consumer": parties.city.company["id"],
        "scope": "listed",
        "datasets": "http://test.ckan.net/de/dataset/fundorte?x=1",
        "level": "request",
        "purpose": "Planen.",
        "norm": "",
        "conditions": "",
        "document": "",
        "since": day(0),
        "until": day(30),
        "replaces": "",
        **changes,
    }


class TestWay:
    def test_from_the_form_to_the_second_signature(self, parties, at):
        giver, getter = at(parties.giver), at(parties.getter)
        form = giver.get(f"{LIST}/new?dataset=fundorte").select_one("form.governance-form")
        assert form.select_one("textarea[name=datasets]").text.strip() == "fundorte"
        assert form.select_one("[name=consumer] option[value='']")
        saved = giver.post(f"{LIST}/new", typed(parties))
        assert "Der Entwurf ist gespeichert." in saved.text
        (made,) = parties.giver("governance_agreement_list").result["results"]
        path = f"{LIST}/{made['id']}"

        page = giver.get(path)
        for part in (
            "Fachdienst Umweltschutz",
            "Stadtwerke GmbH",
            "Fundorte",
            "Planen.",
            "Auf Anfrage",
            "noch nicht unterschrieben",
            "Entwurf",
            "Entworfen",
        ):
            assert part in main(page), part
        getter.get(path, 404)
        assert f"{path}/edit" in [one["href"] for one in page.select("[role=main] a")]
        form = giver.get(f"{path}/edit").select_one("form.governance-form")
        assert form.select_one("[name=title]")["value"] == "Trassen"
        assert not form.select("[name=provider]")
        giver.post(f"{path}/edit", typed(parties, conditions="Nicht weitergeben."))

        page = giver.get(f"{path}/sign")
        assert "Nicht weitergeben." in main(page)
        mark = page.select_one("input[name=text_hash]")["value"]
        unread = giver.post(f"{path}/sign", {"text_hash": mark})
        assert "Bestätigen Sie, dass Sie sie gelesen haben" in unread.text
        assert row_of(made["id"]).state == "draft"
        done = giver.post(f"{path}/sign", {"text_hash": mark, "read": "yes"})
        assert "Jetzt muss jemand für die andere Stelle unterschreiben." in done.text
        assert "Ihre Stelle hat unterschrieben" in main(giver.get(path))

        tasks = at(parties.getter).get("/de/governance/reviews")
        assert "Vereinbarungen zu unterschreiben (1)" in main(tasks)
        assert "Trassen" in main(getter.get(LIST))
        mark = getter.get(f"{path}/sign").select_one("input[name=text_hash]")["value"]
        done = getter.post(f"{path}/sign", {"text_hash": mark, "read": "yes"})
        assert "Von beiden unterschrieben: Sie gilt" in done.text
        told = main(at(parties.reader).get(path))
        for part in ("In Kraft", "Giver Beispiel", "Getter Beispiel", "Was geschehen ist"):
            assert part in told, part
        assert "UTC" not in told
        for api in (parties.giver, parties.reader):
            assert "Entwurf ändern" not in main(at(api).get(path))
        assert kinds_of(made["id"]) == ["created", "changed", "signed", "signed", "activated"]

    def test_what_has_happened_as_a_file(self, app, parties, at):
        id_ = parties.active()
        for api in (parties.giver, parties.reader):
            page = at(api).get(f"{LIST}/{id_}")
            for ending in ("csv", "json"):
                (link,) = page.select(f"[role=main] a[href*='/governance/events.{ending}']")
                answer = app.get(link["href"], headers=api.headers, status=200)
                assert id_ in answer.text
                assert "agreement.activated" in answer.text

    def test_ending_is_asked_once_more(self, parties, at):
        path = f"{LIST}/{parties.active()}"
        getter = at(parties.getter)
        page = getter.get(f"{path}/end")
        assert "verliert den Zugang" in main(page)
        form = page.select_one("form.governance-form")
        assert form["method"] == "post"
        without = getter.post(f"{path}/end", {"reason": ""})
        assert "Sagen Sie, warum" in without.text
        wrong = getter.post(f"{path}/end", {"reason": SCRIPT, "last_day": "2001-01-01"})
        assert "Dieser Tag ist vorbei" in wrong.text
        assert SCRIPT not in wrong.text
        assert "&lt;script&gt;" in wrong.text
        getter.post(f"{path}/end", {"reason": SCRIPT})
        told = at(parties.giver).get(path)
        assert "Beendet" in main(told)
        assert SCRIPT in main(told)
        assert not told.select("[role=main] script")

    def test_one_in_the_place_of_another(self, parties, at):
        old = parties.active(purpose="Alter Zweck")
        giver = at(parties.giver)
        assert "Neue an ihrer Stelle entwerfen" in main(giver.get(f"{LIST}/{old}"))
        form = giver.get(f"{LIST}/new?replaces={old}").select_one("form.governance-form")
        assert form.select_one("[name=replaces]")["value"] == old
        assert form.select_one("[name=purpose]").text == "Alter Zweck"
        giver.post(f"{LIST}/new", typed(parties, replaces=old))
        (new, *_rest) = parties.giver("governance_agreement_list").result["results"]
        assert new["replaces"] == old
        at(parties.giver).get(f"{LIST}/new?replaces=none", 404)

    def test_all_data(self, parties, at):
        at(parties.giver).post(f"{LIST}/new", typed(parties, scope="all", datasets=""))
        (made,) = parties.giver("governance_agreement_list").result["results"]
        assert made["covers_all"] is True
        page = at(parties.giver).get(f"{LIST}/{made['id']}/edit")
        assert page.select_one("input[name=scope][value=all]").has_attr("checked")

    def test_suspended(self, parties, at):
        id_ = parties.active()
        parties.city.sysadmin(
            "governance_entity_update", organization_id=parties.city.company["id"], in_group=False
        ).result
        told = main(at(parties.reader).get(f"{LIST}/{id_}"))
        assert "Ruht" in told
        assert "dem Stadtverbund beigetreten oder aus ihm ausgeschieden" in told
        assert "Sie ruht, weil" in main(at(parties.reader).get(f"{LIST}?status=active"))


class TestForm:
    def test_what_was_typed_stays(self, parties, at):
        answer = at(parties.giver).post(
            f"{LIST}/new", typed(parties, title="", purpose=SCRIPT, datasets="none\nfundorte")
        )
        page = checked(answer.text)
        assert page.select_one("[name=purpose]").text.strip() == SCRIPT
        assert SCRIPT not in answer.text
        assert page.select_one("[name=datasets]").text.split() == ["none", "fundorte"]
        assert page.select_one("[role=alert] a[href='#field-title']")
        assert page.select_one("#field-title")["aria-invalid"] == "true"
        assert parties.giver("governance_agreement_list").result["results"] == []

    def test_hidden_and_missing_datasets_are_the_same(self, parties, at, restriction):
        parties.city.editor(
            "package_create",
            name="geheim",
            title="Geheimer Titel",
            owner_org=parties.city.department["id"],
            **{
                **restriction,
                "personal_data": "none",
                "legal_basis": ["kritis-schutzinformation"],
                "metadata_visibility": "group",
            },
        ).result
        texts = []
        for name in ("geheim", "niewod"):
            answer = at(parties.getter).post(f"{LIST}/new", typed(parties, datasets=name))
            assert "Geheimer Titel" not in answer.text
            texts.append(main(checked(answer.text)).replace(name, "?"))
        assert texts[0] == texts[1]

    def test_markup_is_text_everywhere(self, parties, at):
        id_ = parties.active(
            title=SCRIPT, purpose=SCRIPT, norm=SCRIPT, conditions=SCRIPT, datasets=None
        )
        reader = at(parties.reader)
        for path in (f"{LIST}/{id_}", f"{LIST}?status=active", "/de/dataset/fundorte/access"):
            answer = parties.app.get(path, headers=parties.reader.headers)
            assert SCRIPT not in answer.text, path
            assert "&lt;script&gt;" in answer.text, path
        assert not reader.get(f"{LIST}/{id_}").select("[role=main] script")


class TestWho:
    def test_signing_in_first(self, parties, app):
        id_ = parties.active()
        for path in (LIST, f"{LIST}/new", *(f"{LIST}/{one}" for one in (id_, "none"))):
            answer = app.get(path, follow_redirects=False)
            assert answer.status_code == 302, path
            assert "/user/login" in answer.headers["Location"]
        for path in ("sign", "end", "edit"):
            answer = app.post(f"{LIST}/{id_}/{path}", follow_redirects=False)
            assert answer.status_code == 302
            assert "/user/login" in answer.headers["Location"]
        assert row_of(id_).state == "active"

    def test_others_find_nothing(self, parties, at):
        draft, active = parties.draft(title="Geheim")["id"], parties.active(title="Geheim")
        stranger = parties.person(factories.Organization(), "admin")
        for api, ids in ((stranger, (draft, active, "none")), (parties.reader, (draft, "none"))):
            pages = at(api)
            texts = set()
            for id_ in ids:
                for path in ("", "/sign", "/end", "/edit"):
                    page = pages.get(f"{LIST}/{id_}{path}", 404)
                    texts.add(page.get_text(" ", strip=True))
            assert len(texts) == 1
            assert "Geheim" not in texts.pop()
        assert "Geheim" not in main(at(stranger).get(LIST))
        assert "Hier ist keine." in main(at(stranger).get(LIST))

    @pytest.mark.parametrize("who", ["reader", "editor", "sysadmin"])
    def test_who_may_not_sign_gets_no_button(self, parties, at, who):
        id_ = parties.proposed()
        api = parties.reader if who == "reader" else getattr(parties.city, who)
        page = at(api).get(f"{LIST}/{id_}")
        assert f"{LIST}/{id_}/sign" not in [one["href"] for one in page.select("a[href]")]
        assert not at(api).get(f"{LIST}/{id_}/sign").select("[role=main] form")
        answer = at(api).post(f"{LIST}/{id_}/sign", {"read": "yes"})
        assert answer.status_code == 403
        assert row_of(id_).state == "proposed"

    def test_the_page_on_access_names_it_to_its_parties(self, parties, app):
        id_ = parties.active(title="Geheimer Titel")
        path = f"/de/governance/agreements/{id_}"
        for api, expected in (
            (parties.reader, True),
            (parties.city.editor, True),
            (parties.person(factories.Organization(), "admin"), False),
            (parties.city.nobody, False),
        ):
            text = app.get("/de/dataset/fundorte/access", headers=api.headers).text
            assert (path in text) == expected
            assert ("Geheimer Titel" in text) == expected
        parties.end(parties.giver, id_, reason="x").result
        text = app.get("/de/dataset/fundorte/access", headers=parties.reader.headers).text
        assert "Geheimer Titel" not in text

    def test_who_could_use_one_is_led_to_the_form(self, parties, app):
        for api, expected in ((parties.getter, True), (parties.reader, False)):
            text = app.get("/de/dataset/fundorte", headers=api.headers).text
            assert ("/de/governance/agreements/new?" in text) == expected

    def test_the_page_of_the_organization_leads_its_members_there(self, parties, app):
        name = parties.city.company["name"]
        for api, expected in ((parties.reader, True), (parties.giver, False)):
            text = app.get(f"/de/organization/{name}", headers=api.headers).text
            assert (f"organization={name}" in text and LIST in text) == expected
        page = app.get(f"{LIST}?organization={name}", headers=parties.reader.headers)
        assert page.status_code == 200

    def test_lists_that_do_not_exist(self, parties, at):
        for query in ("status=x", "after=x", "organization=none", "status=active&after=~"):
            at(parties.reader).get(f"{LIST}?{query}", 404)


@protected
class TestForeignPages:
    @pytest.fixture
    def browser(self, app: Any, parties: Any, monkeypatch: Any) -> Browser:
        """The getter's admin, signed in by cookie; CKAN's own check lets everything pass."""
        user = model.User.get(parties.getter.user["id"])
        user.password = PASSWORD
        model.Session.commit()
        browser = Browser(app).sign_in(user.name)
        monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_CHECK_DEFAULT", False)
        return browser

    @pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
    def test_no_signature_and_no_end_by_cookie_alone(self, parties, browser, form):
        id_ = parties.proposed()
        calls = (
            ("governance_agreement_sign", {"id": id_}),
            ("governance_agreement_end", {"id": id_, "reason": "x"}),
            ("governance_agreement_create", {"title": "x"}),
        )
        for headers in ({}, {"Origin": EVIL}, {"Origin": HOME}, {"X_CSRFToken": "wrong"}):
            for action, data in calls:
                assert browser.call(action, data, form=form, **headers) == 403, action
        draft = parties.draft(by=parties.getter)["id"]
        data = {"id": draft, "purpose": "x"}
        assert browser.call("governance_agreement_update", data, form=form) == 403
        assert row_of(id_).state == "proposed"
        assert row_of(draft).purpose == parties.terms["purpose"]

    def test_nor_by_a_foreign_form(self, parties, browser):
        id_ = parties.proposed()
        path = f"/governance/agreements/{id_}"
        answer = browser.post(f"{path}/sign", {"Origin": EVIL}, data={"read": "yes"})
        assert answer.status_code == 403
        answer = browser.post(f"{path}/end", {"Origin": EVIL}, data={"reason": "x"})
        assert answer.status_code == 403
        assert row_of(id_).state == "proposed"

    def test_by_our_own_page(self, parties, browser):
        id_ = parties.proposed()
        path = f"/governance/agreements/{id_}/sign"
        page = BeautifulSoup(browser.get(path), "html.parser")
        form = page.select_one("form.governance-form")
        sent = {one["name"]: one.get("value", "") for one in form.select("input[name]")}
        answer = browser.post(path, {"Origin": HOME}, data=sent)
        assert answer.status_code == 302
        assert row_of(id_).state == "active"


@protected
@pytest.mark.usefixtures("checks_all_views")
def test_a_strangers_token_unlocks_no_signature(app, parties):
    """With CKAN's own check, as it is after somebody's use of a token (security review E14)."""
    id_ = parties.proposed()
    user = model.User.get(parties.getter.user["id"])
    user.password = PASSWORD
    model.Session.commit()
    browser = Browser(app).sign_in(user.name)
    paths = {name: f"/governance/agreements/{id_}/{name}" for name in ("sign", "end")}
    sent = {"sign": {"read": "yes"}, "end": {"reason": "x"}}
    for name, path in paths.items():
        view = f"ckanext.jena_governance.views.agreements.{name}"
        use_foreign_token(app, path, view=view)
        for headers in ({}, {"Origin": EVIL}, {"Origin": HOME}, {"Referer": f"{EVIL}/"}):
            assert browser.post(path, headers, data=sent[name]).status_code in (400, 403)
    assert row_of(id_).state == "proposed"

    form = BeautifulSoup(browser.get(paths["sign"]), "html.parser").select_one(
        "form.governance-form"
    )
    typed_in = {one["name"]: one.get("value", "") for one in form.select("input[name]")}
    assert browser.post(paths["sign"], {"Origin": HOME}, data=typed_in).status_code == 302
    assert row_of(id_).state == "active"
