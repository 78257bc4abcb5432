"""The gateway leads those entitled to the data, and tells everybody else what they can do."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance import config
from ckanext.jena_governance.policy import date_label
from ckanext.jena_governance.policy.requests import TARGET
from ckanext.jena_governance.tests.access.conftest import LINK, Browser, logged
from ckanext.jena_governance.tests.conftest import Api, City

KEYS = {"error", "rule", "level", "legal_basis", "reason", "remedies", "contact"}
Browse = Callable[[Api], Browser]


def gateway(dataset: dict[str, Any], number: int = 0) -> str:
    return f"/dataset/{dataset['id']}/resource/{dataset['resources'][number]['id']}/data"


def change(resource_id: str, **columns: Any) -> None:
    """Past every rule: what the gateway makes of it must not depend on them."""
    with model.meta.engine.begin() as connection:
        table = model.resource_table
        connection.execute(sa.update(table).where(table.c["id"] == resource_id).values(**columns))


def relocate(resource_id: str, url: str | None) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text("update governance_resource_location set url = :url where resource_id = :id"),
            {"url": url, "id": resource_id},
        )


class TestEntitled:
    def test_are_led_to_the_location(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        answer = browse(city.editor)(gateway(restricted))
        assert (answer.status_code, answer.headers["Location"]) == (302, LINK)
        assert set(answer.headers["Cache-Control"].split(", ")) == {"private", "no-store"}
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert logged() == [(city.editor.user["id"], "gateway", "owner", 1)]

    def test_by_the_dataset_s_name_in_german_and_with_a_token(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        by_name = gateway({**restricted, "id": "akten"})
        assert browse(city.editor)(f"/de{by_name}").headers["Location"] == LINK
        with_token = browse(city.nobody)(by_name, headers=city.editor.headers)
        assert with_token.headers["Location"] == LINK
        assert logged() == [(city.editor.user["id"], "gateway", "owner", 2)]

    def test_head_is_as_get(self, city: City, restricted: dict[str, Any], browse: Browse) -> None:
        answer = browse(city.editor)(gateway(restricted), method="HEAD")
        assert (answer.status_code, answer.headers["Location"]) == (302, LINK)
        assert browse(city.nobody)(gateway(restricted), method="HEAD").status_code == 403
        assert [via for _user, via, _rule, _count in logged()] == ["gateway", "gateway"]
        assert browse(city.editor)(gateway(restricted), method="POST").status_code == 405

    def test_a_sysadmin_is_logged_too(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        assert browse(city.sysadmin)(gateway(restricted)).headers["Location"] == LINK
        assert logged() == [(city.sysadmin.user["id"], "gateway", "sysadmin", 1)]

    def test_no_log_no_data(self, city: City, restricted: dict[str, Any], browse: Browse) -> None:
        with model.meta.engine.begin() as connection:
            connection.execute(sa.text("alter table governance_access_log rename to elsewhere"))
        try:
            page = browse(city.editor)(gateway(restricted))
            program = browse(city.editor)(gateway(restricted), headers={"Accept": "*/*"})
            denied = browse(city.nobody)(gateway(restricted))
        finally:
            with model.meta.engine.begin() as connection:
                connection.execute(sa.text("alter table elsewhere rename to governance_access_log"))
        assert (page.status_code, program.status_code) == (503, 503)
        assert "canary" not in page.text + program.text
        assert "Location" not in page.headers
        assert set(program.json) == {"error"}
        assert denied.status_code == 403, "a denial stands without the log"

    def test_web_addresses(self, city: City, restricted: dict[str, Any], browse: Browse) -> None:
        for stored, sent in {
            "ftp://server.example/akten.csv": "ftp://server.example/akten.csv",
            "HTTPS://server.example/ä?q=1%2F2#x": "https://server.example/%C3%A4?q=1%2F2#x",
            "server.example/akten.csv": "http://server.example/akten.csv",
            "//server.example/akten.csv": "http://server.example/akten.csv",
        }.items():
            relocate(restricted["resources"][0]["id"], stored)
            answer = browse(city.editor)(gateway(restricted))
            assert (answer.status_code, answer.headers["Location"]) == (302, sent)

    def test_other_addresses_are_told_and_never_followed(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        for stored in (
            "javascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "file:///srv/akten.csv",
            "smb://server/akten.csv",
            "https://x.example/\r\nSet-Cookie: a=b",
            "http://[broken",
        ):
            relocate(restricted["resources"][0]["id"], stored)
            page = browse(city.editor)(gateway(restricted))
            assert page.status_code == 409
            assert not {"Location", "a"} & set(page.headers.keys())
            assert "<script>alert" not in page.text
            assert "no-store" in page.headers["Cache-Control"]
            program = browse(city.editor)(gateway(restricted), headers={"Accept": "*/*"})
            assert (program.status_code, program.json["url"]) == (409, stored)

    def test_rows_without_a_file_are_on_the_resource_s_page(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        id_ = restricted["resources"][0]["id"]
        relocate(id_, None)
        change(id_, url_type="datastore")
        answer = browse(city.editor)(gateway(restricted))
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/dataset/akten/resource/{id_}"


class TestOpen:
    def test_an_open_link_needs_no_account_and_no_log(self, city: City, browse: Browse) -> None:
        opened = city.editor(
            "package_create",
            name="baeume",
            owner_org=city.department["id"],
            license_id="dl-by-de-2.0",
            resources=[{"url": "https://offen.example/baeume.csv"}],
        ).result
        answer = browse(city.nobody)(gateway(opened))
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            "https://offen.example/baeume.csv",
        )
        assert logged() == []

    def test_the_day_has_come(
        self,
        city: City,
        restriction: dict[str, Any],
        browse: Browse,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The catalogue still holds the gateway; nothing has been saved since."""
        today = date.today()
        opening = {
            **restriction,
            "legal_basis": ["thuertg-beratungen"],
            "personal_data": "none",
            "opens_on": (today + timedelta(days=30)).isoformat(),
        }
        council = city.editor(
            "package_create",
            name="vorlage",
            owner_org=city.department["id"],
            resources=[{"url": LINK, "name": "Vorlage"}],
            **opening,
        ).result
        assert browse(city.nobody)(gateway(council)).status_code == 403
        monkeypatch.setattr(config, "today", lambda: today + timedelta(days=30))
        answer = browse(city.nobody)(gateway(council))
        assert (answer.status_code, answer.headers["Location"]) == (302, LINK)
        assert [via for _user, via, *_ in logged()] == ["gateway"], "the denial before it"


class TestMissing:
    @pytest.fixture
    def missing(self, city: City, browse: Browse) -> str:
        return page_of(browse(city.nobody), f"/dataset/{uuid.uuid4()}/resource/{uuid.uuid4()}/data")

    def test_the_dataset_in_the_address_counts(
        self, city: City, restricted: dict[str, Any], browse: Browse, missing: str
    ) -> None:
        id_ = restricted["resources"][0]["id"]
        other = factories.Dataset()
        for wrong in (other["id"], other["name"], "nirgends", id_):
            for api in (city.nobody, city.editor, city.sysadmin):
                answer = browse(api)(f"/dataset/{wrong}/resource/{id_}/data")
                assert answer.status_code == 404
        assert (
            page_of(browse(city.nobody), f"/dataset/{other['id']}/resource/{id_}/data") == missing
        )
        assert logged() == []

    def test_nonsense(self, city: City, restricted: dict[str, Any], browse: Browse) -> None:
        for bad in ("%00", "x", "A" * 5000, "..%2F..%2Fetc", "%F0%9F%8C%B3", "'", "%22"):
            assert browse(city.nobody)(f"/dataset/akten/resource/{bad}/data").status_code == 404

    def test_deleted_resources_and_datasets(
        self, city: City, restricted: dict[str, Any], browse: Browse, missing: str
    ) -> None:
        city.editor(
            "package_patch",
            id="akten",
            resources=[{"url": "https://fachverfahren.example/neu.csv", "name": "Neu"}],
        ).result
        for api in (city.nobody, city.editor, city.sysadmin):
            assert browse(api)(gateway(restricted)).status_code == 404
        left = city.editor("package_show", id="akten").result
        assert browse(city.editor)(gateway(left)).status_code == 302
        city.editor("package_delete", id="akten").result
        for api in (city.nobody, city.editor, city.sysadmin):
            assert browse(api)(gateway(left)).status_code == 404
        assert page_of(browse(city.nobody), gateway(left)) == missing

    def test_hidden_is_as_missing(
        self, city: City, restricted: dict[str, Any], browse: Browse, missing: str
    ) -> None:
        hide(restricted["id"])
        assert page_of(browse(city.nobody), gateway(restricted)) == missing
        program = browse(city.nobody)(gateway(restricted), headers={"Accept": "*/*"})
        assert program.status_code == 404
        assert browse(city.editor)(gateway(restricted)).headers["Location"] == LINK
        assert [rule for *_, rule, _count in logged()] == ["owner"], "no trace of the others"


class TestDenied:
    def test_a_program_is_told_why_and_what_to_do(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        for headers in ({"Accept": "application/json"}, {"Accept": "*/*"}, {"Accept": ""}):
            answer = browse(city.nobody)(gateway(restricted), headers=headers)
            assert answer.status_code == 403
            assert answer.json.keys() == KEYS
            assert "no-store" in answer.headers["Cache-Control"]
        # Browsers send no token.
        answer = browse(city.nobody)(gateway(restricted), headers=city.manager.headers)
        assert answer.json.keys() == KEYS
        told = answer.json
        assert (told["rule"], told["level"]) == ("denied", "request")
        assert logged() == [
            ("", "gateway", "denied", 3),
            (city.manager.user["id"], "gateway", "denied", 1),
        ]

    def test_anonymous_denials_have_no_address(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        browse(city.nobody)(gateway(restricted), environ_overrides={"REMOTE_ADDR": "192.0.2.77"})
        with model.meta.engine.connect() as connection:
            row = (
                connection.execute(sa.text("select * from governance_access_log")).mappings().one()
            )
        assert "192.0.2.77" not in str(dict(row))

    def test_the_page_says_first_what_one_can_do(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        for language, heading in {"de": "Das können Sie tun", "en": "What you can do"}.items():
            address = f"/{language}{gateway(restricted)}"
            answer = browse(city.nobody)(address)
            assert answer.status_code == 403
            assert "no-store" in answer.headers["Cache-Control"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            text = answer.text
            reason = "Die Tabelle enthält Angaben zu einzelnen Personen."
            assert text.index(heading) < text.index(reason)
            assert "daten@umwelt.example" in text
            # The date: by when somebody answers, and when the ground is looked at again.
            by = {"de": "Antwort bis", "en": "Answer by"}[language]
            target = f"{by} {date_label(config.today() + TARGET, language)}"
            assert text.index(heading) < text.index(target) < text.index(reason)
            again = {"de": "Nächste Prüfung", "en": "Next review"}[language]
            assert restricted["review_date"][:4] in text[text.index(again) :][:60]
            links = map(urlsplit, re.findall(r'href="([^"]*/user/login[^"]*)"', text))
            assert {"came_from": [address]} in [parse_qs(link.query) for link in links]

    def test_nothing_tells_the_location(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        for prefix in ("", "/de"):
            for api in (city.nobody, city.manager):
                page = browse(api)(prefix + gateway(restricted))
                program = browse(api)(prefix + gateway(restricted), headers={"Accept": "*/*"})
                for answer in (page, program):
                    assert answer.status_code == 403
                    assert "canary" not in answer.text + str(answer.headers)

    def test_what_people_typed_is_text(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        city.editor(
            "package_patch",
            id="akten",
            title="<script>alert(1)</script>",
            restriction_reason="<img src=x onerror=alert(2)>",
        ).result
        text = browse(city.nobody)(gateway(restricted)).text
        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text

    def test_a_closed_account_is_anonymous(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        headers = city.editor.headers
        assert browse(city.nobody)(gateway(restricted), headers=headers).status_code == 302
        call_action("user_delete", context={"user": city.sysadmin.user["name"]}, id=city.clerk)
        assert browse(city.nobody)(gateway(restricted), headers=headers).status_code == 403


def page_of(browser: Browser, url: str) -> str:
    """A missing page, without what differs from request to request."""
    answer = browser(url)
    assert answer.status_code == 404
    path = re.escape(quote(url.removeprefix("/")))
    return re.sub(f'(content|value)="[^"]{{40,}}"|/?{path}', "", answer.text)


def hide(package_id: str) -> None:
    """Past every rule, so that CKAN's permission labels alone decide."""
    model.Session.remove()
    with model.meta.engine.begin() as connection:
        table = model.package_table
        connection.execute(sa.update(table).where(table.c["id"] == package_id).values(private=True))
