"""The pages on requests, as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance import config
from ckanext.jena_governance.tests.access.test_forgery import (
    EVIL,
    HOME,
    PASSWORD,
    Browser,
    checks_all_views,
    use_foreign_token,
)
from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.logic.asking import (
    BOUND,
    CONTRACT,
    LINK,
    PERSONAL,
    TODAY,
    UNTIL,
    Desk,
    desk,
    on,
)
from ckanext.jena_governance.tests.views.reading import checked

__all__ = ["checks_all_views", "desk", "on"]


def read(desk: Desk, path: str, api: Api | None = None, status: int = 200) -> BeautifulSoup:
    who = desk.asker if api is None else api
    response = desk.app.get(path, headers=who.headers, status=status)
    return checked(response.get_data(as_text=True))


def post(desk: Desk, path: str, api: Api | None = None, **fields: Any) -> BeautifulSoup:
    who = desk.asker if api is None else api
    response = desk.app.post(path, data=fields, headers=who.headers, follow_redirects=True)
    return checked(response.get_data(as_text=True))


def text(page: BeautifulSoup) -> str:
    return " ".join((page.select_one("[role=main]") or page).get_text(" ").split())


class TestAsking:
    def test_from_the_panel_to_the_inbox(self, desk):
        desk.dataset()
        panel = read(desk, "/dataset/data/access")
        assert panel.select_one('a[href$="/dataset/data/request"]')
        assert panel.select_one('a[href$="/dataset/data/why-not-open"]')
        form = read(desk, "/de/dataset/data/request")
        said = text(form)
        assert "Kein Gesetz verbietet diese Weitergabe" in said
        assert "internes Ziel des Portals" in said
        assert "werden hier nicht bearbeitet" in said
        chosen = form.select_one("input[name=entity][checked]")
        assert chosen["value"] == desk.city.company["id"]
        assert form.select_one("input[name=until]")["value"] > TODAY.isoformat()
        sent = post(
            desk,
            "/de/dataset/data/request",
            purpose="Planung",
            until=UNTIL,
            entity="",
            save="submit",
        )
        assert "Eingegangen" in text(sent)
        assert "Planung" in text(sent)
        inbox = read(desk, "/de/governance/requests")
        assert inbox.select_one("h3 a").get_text(strip=True) == "Fundorte"

    def test_nothing_typed_is_lost(self, desk):
        desk.dataset(**PERSONAL)
        page = post(
            desk, "/de/dataset/data/request", purpose="Mein Zweck", until="2001-01-01",
            entity="", save="submit",
        )  # fmt: skip
        assert page.select_one("textarea[name=purpose]").text.strip() == "Mein Zweck"
        links = [one["href"] for one in page.select("[role=alert] a")]
        assert {"#field-until", "#field-norm"} <= set(links)
        for link in links:
            assert page.select_one(link), link

    def test_drafts(self, desk):
        desk.dataset()
        page = post(desk, "/dataset/data/request", purpose="Später", entity="", save="draft")
        assert "Draft" in text(page)
        edit = page.select_one('a[href$="/edit"][href*="/governance/"]')["href"]
        again = read(desk, edit)
        assert again.select_one("textarea[name=purpose]").text.strip() == "Später"
        sent = post(desk, edit, purpose="Jetzt", until=UNTIL, entity="", save="submit")
        assert "Received" in text(sent)

    def test_pressing_twice_makes_one_request(self, desk):
        desk.dataset()
        fields = {"purpose": "x", "until": UNTIL, "entity": "", "save": "submit"}
        post(desk, "/dataset/data/request", **fields)
        again = post(desk, "/dataset/data/request", **fields)
        assert "You have asked for this already" in text(again)
        assert len(read(desk, "/governance/requests").select("h3")) == 1

    def test_signing_in_first_and_back(self, desk):
        desk.dataset()
        for path in ("/dataset/data/request", "/governance/requests", "/dataset/data/why-not-open"):
            response = desk.app.get(path, follow_redirects=False)
            assert response.status_code == 302
            assert "/user/login" in response.headers["Location"]
            assert "came_from" in response.headers["Location"]

    def test_hidden_and_missing_are_the_same(self, desk):
        fields = {
            **PERSONAL, "legal_basis": ["kritis-schutzinformation"], "personal_data": "none",
            "metadata_visibility": "group", "private": True, "title": "Geheimer Titel",
        }  # fmt: skip
        desk.dataset("geheim", **fields)
        for path in ("request", "why-not-open"):
            pages = [
                desk.app.get(f"/dataset/{name}/{path}", headers=desk.asker.headers, status=404)
                for name in ("geheim", "gibt-es-nicht")
            ]
            bodies = [
                re.sub(r'(content|value)="[^"]*"', "", one.get_data(as_text=True)) for one in pages
            ]
            bodies = [one.replace("gibt-es-nicht", "geheim") for one in bodies]
            assert bodies[0] == bodies[1]
            assert "Geheimer" not in bodies[0]


class TestDeciding:
    def act(self, desk: Desk, id_: str, step: str, api: Api | None = None, **fields: Any):
        sent = {f"{step}-{name}": value for name, value in fields.items() if name != "preview"}
        more = {"preview": "1"} if fields.get("preview") else {}
        by = api or desk.city.editor
        return post(desk, f"/de/governance/requests/{id_}", by, step=step, **sent, **more)

    def test_grant_with_a_preview(self, desk):
        data = desk.dataset()
        asked = desk.ask().result["id"]
        page = read(desk, f"/de/governance/requests/{asked}", desk.city.editor)
        assert "Kein Gesetz verbietet diese Weitergabe" in text(page)
        assert "Keines der Gesetze" in text(page)
        seen = self.act(desk, asked, "approve", until=UNTIL, conditions="Nur intern.", preview=True)
        assert "Vorschau" in text(seen)
        assert "Nur intern." in text(seen)
        assert not desk.gets(data)
        assert desk.show(asked).result["state"] == "submitted"
        form = seen.select_one(".governance-preview form")
        fields = {one["name"]: one["value"] for one in form.select("input[name]")}
        fields.pop("_csrf_token", None)
        done = post(desk, form["action"], desk.city.editor, **fields)
        assert "Bewilligt" in text(done)
        assert desk.gets(data)
        mine = read(desk, f"/de/governance/requests/{asked}")
        assert "Nur intern." in text(mine)
        assert "Diese Antwort ist kein Bescheid." in text(mine)

    def test_what_changed_after_the_preview_is_not_granted(self, desk):
        data = desk.dataset()
        asked = desk.ask().result["id"]
        self.act(desk, asked, "return", text="Wozu?")
        path = f"/de/governance/requests/{asked}"
        page = read(desk, path, desk.city.editor)
        mark = page.select_one("input[name=approve-wish_hash]")["value"]
        seen = self.act(desk, asked, "approve", until=UNTIL, wish_hash=mark, preview=True)
        form = seen.select_one(".governance-preview form")
        fields = {one["name"]: one["value"] for one in form.select("input[name]")}
        fields.pop("_csrf_token", None)
        assert fields["approve-wish_hash"] == mark
        desk.asker("governance_access_request_update", id=asked, purpose="Etwas anderes.").result
        refused = post(desk, form["action"], desk.city.editor, **fields)
        said = text(refused)
        for words in ("haben sich geändert", "Geändert: Zweck", "Etwas anderes."):
            assert words in said
        assert not desk.gets(data)
        fresh = refused.select_one("input[name=approve-wish_hash]")["value"]
        assert fresh != mark
        self.act(desk, asked, "approve", until=UNTIL, wish_hash=fresh)
        assert desk.gets(data)

    def test_what_whoever_decides_reads(self, desk):
        """Who it is for, what the law means for it, and what personal data are used for."""
        desk.dataset(**PERSONAL)
        asked = desk.ask(norm="§ 4").result["id"]
        path = f"/de/governance/requests/{asked}"
        said = text(read(desk, path, desk.city.editor))
        assert "Gehört unmittelbar zu Stadtwerke GmbH (Städtische Gesellschaft;" in said
        assert "Weitergabe nur auf eine einzelne Anfrage hin, und nur mit einer Vorschrift" in said
        assert "Zugang bekommen nur benannte Personen." in said
        assert "Gehört unmittelbar zu" not in text(read(desk, path))
        refused = self.act(desk, asked, "approve", until=UNTIL, norm="§ 4")
        assert "Sagen Sie, wie die empfangende Seite sie nutzt" in text(refused)
        link = refused.select_one("[role=alert] a")["href"]
        assert link == "#field-approve-role"
        assert refused.select_one(link)
        done = self.act(desk, asked, "approve", until=UNTIL, norm="§ 4", role="joint")
        assert "Bewilligt" in text(done)

    def test_denial_names_law_way_on_and_no_formal_decision(self, desk):
        desk.dataset(**BOUND)
        asked = desk.ask(norm="§ 4").result["id"]
        refused = self.act(desk, asked, "deny", text="Nein.", way_on="Doch.")
        assert "Welches Gesetz verbietet gerade diese Weitergabe?" in text(refused)
        assert refused.select_one("textarea[name=deny-text]").text.strip() == "Nein."
        link = refused.select_one("[role=alert] a")["href"]
        assert link == "#field-deny-legal_basis"
        assert refused.select_one(link)
        self.act(desk, asked, "deny", text="Nein.", way_on="Doch.", legal_basis=CONTRACT)
        mine = text(read(desk, f"/de/governance/requests/{asked}"))
        for said in ("Nicht bewilligt", "Doch.", "Diese Antwort ist kein Bescheid."):
            assert said in mine
        assert "Widerspruch" not in mine

    def test_question_and_answer(self, desk):
        desk.dataset()
        asked = desk.ask().result["id"]
        self.act(desk, asked, "return", text="<b>Wozu?</b>")
        page = read(desk, f"/de/governance/requests/{asked}")
        assert page.select_one("blockquote b") is None
        assert "Rückfragen an Sie: 1" in text(read(desk, "/de/governance/requests"))
        self.act(desk, asked, "answer", desk.asker, text="Dazu.")
        assert desk.show(asked).result["state"] == "submitted"

    def test_every_other_step(self, app, desk):
        desk.dataset()
        third = factories.Organization(title="Archiv")
        desk.city.sysadmin(
            "governance_entity_update", organization_id=third["id"], entity_class="core"
        ).result
        asked = desk.ask().result["id"]
        for step, fields, label in (
            ("hear", {}, "Dritte werden angehört"),
            ("resume", {"text": "weiter"}, "Eingegangen"),
            ("refer", {"text": "Unklar."}, "Zur Klärung vorgelegt"),
            ("forward", {"entity": third["id"]}, "Weitergeleitet: Archiv"),
        ):
            page = self.act(desk, asked, step, **fields)
            assert label in page.select_one(".governance-state").get_text(strip=True), step
            assert not page.select("input[name=step][value=not_available]"), step
        assert "liegt in diesem Portal" in text(self.act(desk, asked, "not_available", text="Weg."))
        desk.dataset("weg", resources=[])
        gone = desk.ask("weg").result["id"]
        page = read(desk, f"/de/governance/requests/{gone}", desk.city.editor)
        assert page.select("input[name=step][value=not_available]")
        page = self.act(desk, gone, "not_available", text="Weg.")
        assert "Daten nicht vorhanden" in page.select_one(".governance-state").get_text(strip=True)
        desk.asker("governance_access_request_withdraw", id=asked).result
        again = desk.ask().result["id"]
        self.act(desk, again, "approve", until=UNTIL)
        page = self.act(desk, again, "revoke", ground="conditions_broken", text="Weitergegeben.")
        assert "Widerrufen" in text(page)

    def test_what_has_happened_as_a_file(self, desk):
        desk.dataset()
        asked = desk.ask().result["id"]
        for api in (desk.asker, desk.city.editor):
            page = read(desk, f"/de/governance/requests/{asked}", api)
            for ending in ("csv", "json"):
                (link,) = page.select(f"[role=main] a[href*='/governance/events.{ending}']")
                answer = desk.app.get(link["href"], headers=api.headers, status=200)
                assert "request.submit" in answer.text
                assert asked in answer.text

    @pytest.mark.parametrize("mailbox", ["", "datenrat@jena.example"])
    def test_who_is_told_of_a_referral(self, desk, ckan_config, monkeypatch, mailbox):
        monkeypatch.setitem(ckan_config, "ckanext.jena_governance.escalation_contact", mailbox)
        said = f"{mailbox} erhält eine Mail" if mailbox else "niemand erhält eine Mail"
        desk.dataset()
        asked = desk.ask().result["id"]
        page = read(desk, f"/de/governance/requests/{asked}", desk.city.editor)
        assert text(page).count(said) == 1
        after = self.act(desk, asked, "refer", text="Unklar.")
        assert text(after).count(said) == 1
        mine = text(read(desk, f"/de/governance/requests/{asked}"))
        assert said not in mine
        assert "erfährt die klärende Stelle vom Portal nur" in mine

    def test_whoever_gains_sees_why_they_do_not_decide(self, desk):
        desk.dataset()
        desk.seat(desk.second.user["name"], desk.city.company, "member")
        asked = desk.ask(entity=desk.city.company["id"]).result["id"]
        page = read(desk, f"/de/governance/requests/{asked}", desk.second)
        assert "für die angefragt wird" in text(page)
        assert not page.select(".governance-step")

    def test_question_why_not_open(self, desk):
        desk.dataset()
        page = post(desk, "/de/dataset/data/why-not-open", text="Noch immer?")
        assert "Noch immer?" in text(page)
        again = post(desk, "/de/dataset/data/why-not-open", text="Und jetzt?")
        assert "schon gefragt" in text(again)
        inbox = read(desk, "/de/governance/requests?kind=opening", desk.city.editor)
        link = inbox.select_one("h3 a")["href"]
        id_ = link.rsplit("/", 1)[1]
        done = self.act(
            desk, id_, "reply", outcome="confirmed", legal_basis="artenschutz-fundorte", text="Ja."
        )
        assert "Beantwortet" in text(done)


class TestInbox:
    def test_counts_in_the_header(self, desk):
        desk.dataset()
        desk.ask().result
        page = read(desk, "/de/governance/requests", desk.city.editor)
        header = page.select_one(
            'header a[href$="/governance/requests"], .account a[href$="requests"]'
        )
        assert "Anfragen (1)" in header.get_text(" ", strip=True)
        assert page.select_one(".governance-tabs [aria-current]").get_text(strip=True) == (
            "Zu entscheiden (1)"
        )

    def test_overdue(self, desk, on):
        desk.dataset()
        desk.ask().result
        on(config.today() + timedelta(days=31))
        page = read(desk, "/de/governance/requests?box=overdue", desk.city.editor)
        assert "Überfällig seit" in text(page)

    def test_others_requests_are_not_there(self, desk):
        desk.dataset()
        asked = desk.ask().result["id"]
        read(desk, f"/governance/requests/{asked}", desk.colleague, status=404)
        desk.app.post(
            f"/governance/requests/{asked}",
            data={"step": "withdraw"},
            headers=desk.colleague.headers,
            status=404,
        )
        assert LINK not in read(desk, f"/governance/requests/{asked}").get_text()


@pytest.mark.ckan_config("WTF_CSRF_ENABLED", True)
class TestForgery:
    @pytest.fixture
    def browser(self, app, desk, monkeypatch):
        """CKAN's own check lets everything pass, as after a foreign token's use on 2.12."""
        monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_CHECK_DEFAULT", False)
        for user in model.Session.query(model.User):
            user.password = PASSWORD
        model.repo.commit()
        return Browser(app).sign_in(desk.city.clerk)

    def test_no_foreign_page_decides(self, desk, browser):
        data = desk.dataset()
        asked = desk.ask().result["id"]
        call = {"id": asked, "decision": "approve"}
        for headers in ({}, {"Origin": EVIL}, {"Origin": HOME}, {"X_CSRFToken": "wrong"}):
            for form in (False, True):
                status = browser.call(
                    "governance_access_request_decide", call, form=form, **headers
                )
                assert status == 403
        answer = browser.post(
            f"/governance/requests/{asked}", {"Origin": EVIL}, data={"step": "approve"}
        )
        assert answer.status_code == 403
        assert desk.show(asked).result["state"] == "submitted"
        token = browser.token()
        done = browser.call(
            "governance_access_request_decide", call, X_CSRFToken=token, Origin=HOME
        )
        assert done == 200
        assert desk.gets(data)

    @pytest.mark.parametrize(
        "action", ["create", "update", "submit", "answer", "forward", "withdraw", "revoke"]
    )
    def test_nor_does_anything_else(self, desk, browser, action):
        desk.dataset()
        asked = desk.ask().result["id"]
        name = f"governance_access_request_{action}"
        assert browser.call(name, {"id": asked}, Origin=EVIL) == 403
        assert browser.call(name, {"id": asked}) == 403
        assert browser.call("governance_opening_ask", {"id": "data"}) == 403


@pytest.mark.ckan_config("WTF_CSRF_ENABLED", True)
@pytest.mark.usefixtures("checks_all_views")
def test_a_strangers_token_unlocks_no_step(app, desk):
    """With CKAN's own check, as it is after somebody's use of a token (security review E14)."""
    data = desk.dataset()
    asked = desk.ask().result["id"]
    path = f"/governance/requests/{asked}"
    for user in model.Session.query(model.User):
        user.password = PASSWORD
    model.repo.commit()
    browser = Browser(app).sign_in(desk.city.clerk)
    before = browser.post(path, {"Origin": HOME}, data={"step": "approve"})
    assert before.status_code in (400, 403)

    use_foreign_token(app, path, view="ckanext.jena_governance.views.requests.act")
    for headers in ({}, {"Origin": EVIL}, {"Origin": HOME}, {"Referer": f"{EVIL}/"}):
        for step in ("approve", "deny", "return", "hear", "refer", "forward", "not_available"):
            sent = {"step": step, f"{step}-text": "x"}
            assert browser.post(path, headers, data=sent).status_code in (400, 403), step
    assert desk.show(asked).result["state"] == "submitted"
    assert not desk.gets(data)

    form = BeautifulSoup(browser.get(path), "html.parser").select_one(
        "form:has(input[name=step][value=return])"
    )
    sent = {one["name"]: one.get("value", "") for one in form.select("input[name]")}
    answer = browser.post(path, {"Origin": HOME}, data={**sent, "return-text": "Wofür?"})
    assert answer.status_code == 302
    assert desk.show(asked).result["state"] == "returned"
