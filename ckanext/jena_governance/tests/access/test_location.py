"""Where restricted data are is told to those entitled: over the API and in the form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access.gateways import gateway_url
from ckanext.jena_governance.tests.access.conftest import LINK, Browser, collaborator, logged
from ckanext.jena_governance.tests.access.test_gates import FILE_NAME, uploaded
from ckanext.jena_governance.tests.access.test_gateway import hide
from ckanext.jena_governance.tests.conftest import Api, City, stored

__all__ = ["uploaded"]

Browse = Callable[[Api], Browser]
NEW = "https://fachverfahren.example/canary-new/akten.csv"
SENTENCE = {
    "de": "wo die Daten liegen, sehen nur Berechtigte",
    "en": "where the data are is shown only to those entitled",
}
OFFER = {
    "de": "Liegt die Datei ungeschützt im Netz, laden Sie sie hier hoch.",
    "en": "If the file lies unprotected on the web, upload it here.",
}


def location() -> str | None:
    with model.meta.engine.connect() as connection:
        return connection.execute(
            sa.text("select url from governance_resource_location")
        ).scalar_one_or_none()


class TestAction:
    def test_those_entitled_are_told_and_logged(
        self, city: City, resource: dict[str, Any], restricted: dict[str, Any]
    ) -> None:
        told = city.editor("governance_location_show", id=resource["id"]).result
        assert told == {
            "package_id": restricted["id"],
            "resource_id": resource["id"],
            "url": LINK,
            "file_name": None,
            "fields": {},
        }
        city.sysadmin("governance_location_show", id=resource["id"]).result
        assert [(user, via, rule) for user, via, rule, _count in logged()] == [
            (city.editor.user["id"], "location", "owner"),
            (city.sysadmin.user["id"], "location", "sysadmin"),
        ]

    def test_over_get_and_in_no_cache(
        self, city: City, resource: dict[str, Any], browse: Browse
    ) -> None:
        url = f"/api/3/action/governance_location_show?id={resource['id']}"
        answer = browse(city.nobody)(url, headers=city.editor.headers)
        assert answer.json["result"]["url"] == LINK
        assert set(answer.headers["Cache-Control"].split(", ")) == {"private", "no-store"}

    def test_others_are_told_why_not(self, city: City, resource: dict[str, Any]) -> None:
        for api in (city.nobody, city.manager):
            answer = api("governance_location_show", id=resource["id"])
            assert answer.status == 403
            assert "Die Tabelle enthält Angaben" in answer.body["error"]["message"]
            assert "canary" not in str(answer.body)
        assert [rule for _user, _via, rule, _count in logged()] == ["denied", "denied"]

    def test_hidden_and_missing_are_not_found(
        self, city: City, resource: dict[str, Any], restricted: dict[str, Any]
    ) -> None:
        assert city.nobody("governance_location_show").status == 409
        for bad in ("x", "", 7, None, ["a"]):
            assert city.nobody("governance_location_show", id=bad).status in (404, 409)
        hide(restricted["id"])
        hidden = city.nobody("governance_location_show", id=resource["id"])
        missing = city.nobody("governance_location_show", id="x")
        assert (hidden.status, hidden.body) == (404, missing.body)

    def test_no_log_no_location(self, city: City, resource: dict[str, Any]) -> None:
        with model.meta.engine.begin() as connection:
            connection.execute(sa.text("alter table governance_access_log rename to elsewhere"))
        try:
            answer = city.editor("governance_location_show", id=resource["id"])
        finally:
            with model.meta.engine.begin() as connection:
                connection.execute(sa.text("alter table elsewhere rename to governance_access_log"))
        assert answer.status == 403
        assert "canary" not in str(answer.body)

    def test_an_upload_and_open_data(self, city: City, uploaded: dict[str, Any]) -> None:
        told = city.editor("governance_location_show", id=uploaded["id"]).result
        assert told["file_name"] == FILE_NAME
        assert f"/resource/{uploaded['id']}/download/" in told["url"]
        assert "canary" not in told["url"]
        assert not any(name.startswith("_") for name in told["fields"])
        opened = city.editor(
            "package_create",
            name="baeume",
            owner_org=city.department["id"],
            license_id="dl-by-de-2.0",
            resources=[{"url": "https://offen.example/b.csv"}],
        ).result["resources"][0]["id"]
        told = city.nobody("governance_location_show", id=opened).result
        assert told["url"] == "https://offen.example/b.csv"


class TestForm:
    def form(self, restricted: dict[str, Any], language: str = "en") -> str:
        id_ = restricted["resources"][0]["id"]
        return f"/{language}/dataset/{restricted['name']}/resource/{id_}/edit"

    def test_those_entitled_see_and_edit_the_location(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        for language, offer in OFFER.items():
            page = browse(city.editor)(self.form(restricted, language))
            assert _value(page.text, "url") == LINK
            assert offer in page.text
            assert "no-store" in page.headers["Cache-Control"]
        assert logged() == [(city.editor.user["id"], "form", "owner", 2)]

        # As it was sent, nothing changes; a new address is kept in the vault.
        for sent in (LINK, NEW):
            data = {"save": "go", "id": "", "name": "Akten", "url": sent, "url_type": ""}
            answer = browse(city.editor)(self.form(restricted), method="POST", data=data)
            assert answer.status_code == 302, answer.text
            assert location() == sent
            assert "canary" not in str(stored("akten"))

    def test_a_new_address_survives_a_refused_form(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        data = {"save": "go", "name": "Akten", "url": NEW, "url_type": "", "openness": "nonsense"}
        answer = browse(city.editor)(self.form(restricted), method="POST", data=data)
        assert answer.status_code == 200
        assert _value(answer.text, "url") == NEW
        assert location() == LINK

    def test_others_see_a_sentence_and_lose_nothing(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        browser = browse(collaborator(city, "akten"))
        for language, sentence in SENTENCE.items():
            page = browser(self.form(restricted, language))
            assert page.status_code == 200
            assert sentence in page.text
            assert "canary" not in page.text
            assert 'name="upload"' not in page.text
        sent = {name: _value(page.text, name) for name in ("url", "url_type", "name")}
        assert sent["url"] == gateway_url(restricted["id"], restricted["resources"][0]["id"])
        data = {**sent, "save": "go", "description": "Neu"}
        answer = browser(self.form(restricted), method="POST", data=data)
        assert answer.status_code == 302, answer.text
        assert location() == LINK
        assert stored("akten")["resources"][0]["description"] == "Neu"
        assert [via for _user, via, *_ in logged()] == []

    def test_without_the_log_nobody_sees_it(
        self, city: City, restricted: dict[str, Any], browse: Browse
    ) -> None:
        with model.meta.engine.begin() as connection:
            connection.execute(sa.text("alter table governance_access_log rename to elsewhere"))
        try:
            page = browse(city.editor)(self.form(restricted))
        finally:
            with model.meta.engine.begin() as connection:
                connection.execute(sa.text("alter table elsewhere rename to governance_access_log"))
        assert page.status_code == 200
        assert "canary" not in page.text
        assert SENTENCE["en"] in page.text

    def test_an_upload_keeps_its_neutral_name(
        self, city: City, uploaded: dict[str, Any], browse: Browse
    ) -> None:
        form = f"/dataset/kuendigungen/resource/{uploaded['id']}/edit"
        page = browse(city.editor)(form)
        assert FILE_NAME in page.text
        assert "canary" not in _value(page.text, "url")
        data = {"save": "go", "name": "Neu", "url": _value(page.text, "url"), "url_type": "upload"}
        assert browse(city.editor)(form, method="POST", data=data).status_code == 302
        told = city.editor("governance_location_show", id=uploaded["id"]).result
        assert told["file_name"] == FILE_NAME
        other = browse(collaborator(city, "kuendigungen"))(form)
        assert other.status_code == 200
        assert "canary" not in other.text
        assert _value(other.text, "url_type") == "upload"

    @pytest.mark.parametrize("language", ["de", "en"])
    def test_new_data_of_a_restricted_and_an_open_dataset(
        self, city: City, restricted: dict[str, Any], browse: Browse, language: str
    ) -> None:
        city.editor(
            "package_create",
            name="baeume",
            owner_org=city.department["id"],
            license_id="dl-by-de-2.0",
        ).result
        new = browse(city.editor)(f"/{language}/dataset/akten/resource/new")
        assert OFFER[language] in new.text
        plain = browse(city.editor)(f"/{language}/dataset/baeume/resource/new")
        assert plain.status_code == 200
        assert OFFER[language] not in plain.text


def _value(page: str, name: str) -> str:
    """What the form sends for a field; of several, the one that is chosen."""
    fields = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
    chosen = [one for one in fields if 'type="radio"' not in one or "checked" in one]
    found = re.search(r'value="([^"]*)"', chosen[0])
    return found[1] if found else ""
