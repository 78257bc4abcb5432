"""Agreements at the API: from a draft to its end, and what each state lets whom do."""

from __future__ import annotations

import json

import pytest

from ckan import model

from ckanext.jena_governance.tests.logic.agreeing import (
    ALLOWED,
    TODAY,
    day,
    happened,
    kinds_of,
    parties,
    row_of,
)
from ckanext.jena_governance.tests.logic.house import LINK

__all__ = ["parties"]

REFUSED = (False, "denied")


class TestWay:
    def test_two_signatures_and_the_data_are_there(self, parties):
        assert parties.access() == REFUSED
        made = parties.draft()
        assert (made["state"], made["status"], made["signatures"]) == ("draft", "draft", [])
        assert made["provider"] == parties.city.department["id"]
        assert made["consumer"] == parties.city.company["id"]
        assert made["since"] == TODAY.isoformat()
        assert parties.access() == REFUSED

        proposed = parties.sign(parties.giver, made["id"], text_hash=made["text_hash"]).result
        assert (proposed["state"], proposed["may"]["sign"]) == ("proposed", False)
        assert parties.access() == REFUSED

        read = parties.show(parties.getter, made["id"]).result
        assert read["may"] == {"update": False, "sign": True, "end": True}
        done = parties.sign(parties.getter, made["id"], text_hash=read["text_hash"]).result
        assert (done["state"], done["status"]) == ("active", "in_force")
        assert {one["side"]: one["name"] for one in done["signatures"]} == {
            "provider": "Giver Beispiel",
            "consumer": "Getter Beispiel",
        }
        assert parties.access() == ALLOWED
        for who in (parties.city.nobody, parties.person(parties.city.department, "member")):
            if who.user:
                assert parties.access(who) == (True, "owner")

        parties.end(parties.getter, made["id"], reason="Wird nicht mehr gebraucht.").result
        assert parties.access() == REFUSED
        assert kinds_of(made["id"]) == ["created", "signed", "signed", "activated", "ended"]

    def test_what_is_recorded_names_no_person_and_no_text(self, parties):
        secret = "Bericht von Erika Muster"
        id_ = parties.active(title=secret, purpose=secret, conditions=secret, norm=secret)
        parties.end(parties.giver, id_, reason=secret).result
        written = json.dumps([event.data for event in happened(id_)])
        for private in (secret, "Beispiel", parties.giver.user["id"], "@"):
            assert private not in written
        assert all(event.actor for event in happened(id_))
        activated = happened(id_)[3].data
        assert activated["datasets"] == [parties.dataset["id"]]
        assert activated["text"] == happened(id_)[1].data["text"]

    def test_the_consumer_can_draft_as_well(self, parties):
        made = parties.draft(by=parties.getter)
        assert parties.sign(parties.giver, made["id"]).status == 404
        parties.sign(parties.getter, made["id"]).result
        parties.sign(parties.giver, made["id"]).result
        assert parties.access() == ALLOWED

    def test_all_of_the_provider(self, parties, make, plain):
        id_ = parties.active(datasets=None)
        shown = parties.show(parties.reader, id_).result
        assert (shown["datasets"], shown["covers_all"]) == (None, True)
        assert parties.access() == ALLOWED

    def test_changing_a_draft(self, parties):
        made = parties.draft(until=day(30), norm="§ 1", document="https://akten.example/1")
        after = parties.giver(
            "governance_agreement_update", id=made["id"], purpose="Neu", until=None, norm=""
        ).result
        assert (after["purpose"], after["until"], after["norm"]) == ("Neu", None, "")
        assert after["document"] == "https://akten.example/1"
        assert after["text_hash"] != made["text_hash"]
        assert happened(made["id"])[1].data["fields"] == ["norm", "purpose", "until"]
        same = parties.giver("governance_agreement_update", id=made["id"], purpose="Neu").result
        assert same["text_hash"] == after["text_hash"]
        assert kinds_of(made["id"]) == ["created", "changed"]

    @pytest.mark.parametrize("state", ["proposed", "active", "ended"])
    def test_only_drafts_change(self, parties, state):
        id_ = {"proposed": parties.proposed, "active": parties.active}.get(
            state, parties.proposed
        )()
        if state == "ended":
            parties.end(parties.giver, id_).result
        answer = parties.giver("governance_agreement_update", id=id_, purpose="Anders")
        assert answer.status == 409
        assert "state" in answer.errors
        assert row_of(id_).purpose == parties.terms["purpose"]

    def test_what_must_be_there_before_anybody_signs(self, parties):
        made = parties.draft(purpose="")
        assert set(parties.sign(parties.giver, made["id"]).errors) >= {"purpose"}
        assert row_of(made["id"]).state == "draft"


class TestReplacing:
    def test_the_new_one_ends_the_old_one(self, parties):
        old = parties.active(datasets=None)
        new = parties.draft(title="Neu", replaces=old)["id"]
        parties.sign(parties.giver, new).result
        assert row_of(old).state == "active"
        parties.sign(parties.getter, new).result
        shown = parties.show(parties.reader, old).result
        assert (shown["state"], shown["ended_as"], shown["replaced_by"]) == (
            "ended",
            "replaced",
            new,
        )
        assert parties.access() == ALLOWED

    def test_without_a_gap_if_the_new_one_begins_later(self, parties, monkeypatch):
        old = parties.active()
        parties.active(title="Neu", replaces=old, since=day(10))
        shown = parties.show(parties.reader, old).result
        assert (shown["status"], shown["last_day"]) == ("in_force", day(9))
        for days, which in ((9, old), (10, None)):
            today = TODAY.fromordinal(TODAY.toordinal() + days)
            monkeypatch.setattr("ckanext.jena_governance.config.today", lambda today=today: today)
            assert parties.access() == ALLOWED
            shown = parties.show(parties.reader, old).result
            assert (shown["state"] == "active") == (which == old)

    def test_only_once(self, parties):
        old = parties.active()
        first = parties.draft(title="Eins", replaces=old)["id"]
        second = parties.draft(title="Zwei", replaces=old)["id"]
        for id_ in (first, second):
            parties.sign(parties.giver, id_).result
        parties.sign(parties.getter, first).result
        assert set(parties.sign(parties.getter, second).errors) >= {"replaces"}
        assert row_of(second).state == "proposed"

    def test_only_what_both_have_signed_with_the_same_other(self, parties):
        proposed = parties.proposed()
        for id_ in (proposed, "none", "\0"):
            answer = parties.giver("governance_agreement_create", **parties.terms, replaces=id_)
            assert set(answer.errors) >= {"replaces"}, id_
        active = parties.active()
        turned = {
            "provider": parties.city.company["id"],
            "consumer": parties.city.department["id"],
            "datasets": None,
        }
        answer = parties.giver(
            "governance_agreement_create", **{**parties.terms, **turned}, replaces=active
        )
        assert set(answer.errors) >= {"replaces"}


class TestEnding:
    def test_a_draft_is_discarded_by_an_editor(self, parties):
        id_ = parties.draft(by=parties.city.editor)["id"]
        done = parties.end(parties.city.editor, id_).result
        assert (done["state"], done["ended_as"]) == ("ended", "discarded")
        assert parties.show(parties.getter, id_).status == 404

    def test_the_other_side_declines(self, parties):
        id_ = parties.proposed()
        done = parties.end(parties.getter, id_, reason="Zu weit.").result
        assert (done["ended_as"], done["end_reason"]) == ("withdrawn", "Zu weit.")
        assert parties.sign(parties.getter, id_).status == 409

    def test_with_a_last_day(self, parties, monkeypatch):
        id_ = parties.active()
        done = parties.end(parties.getter, id_, reason="Umzug", last_day=day(3)).result
        assert (done["status"], done["last_day"]) == ("in_force", day(3))
        assert parties.access() == ALLOWED
        later = TODAY.fromordinal(TODAY.toordinal() + 4)
        monkeypatch.setattr("ckanext.jena_governance.config.today", lambda: later)
        assert parties.access() == REFUSED
        shown = parties.show(parties.reader, id_).result
        assert (shown["state"], shown["ended_as"]) == ("ended", "notice")

    def test_it_can_end_earlier_only(self, parties):
        id_ = parties.active(until=day(10))
        for last_day in (day(-1), day(11), "morgen"):
            answer = parties.end(parties.giver, id_, reason="x", last_day=last_day)
            assert set(answer.errors) >= {"last_day"}, last_day
        assert set(parties.end(parties.giver, id_).errors) >= {"reason"}

    def test_twice(self, parties):
        id_ = parties.active()
        parties.end(parties.giver, id_, reason="x").result
        assert set(parties.end(parties.getter, id_, reason="x").errors) >= {"state"}
        assert kinds_of(id_)[-1:] == ["ended"]

    def test_sysadmins_may_stop_it(self, parties):
        id_ = parties.active()
        parties.end(parties.city.sysadmin, id_, reason="Irrtum").result
        assert parties.access() == REFUSED

    @pytest.mark.parametrize("who", ["reader", "editor"])
    def test_others_of_both_sides_may_not(self, parties, who):
        id_ = parties.active()
        api = parties.reader if who == "reader" else parties.city.editor
        assert parties.end(api, id_, reason="x").status == 403
        assert row_of(id_).state == "active"


class TestList:
    def test_everybody_finds_theirs(self, parties):
        draft, proposed, active = parties.draft()["id"], parties.proposed(), parties.active()
        stranger = parties.person(parties.city.company, "editor")
        parties.leave(stranger.user, parties.city.company)
        for api, expected in (
            (parties.giver, {draft, proposed, active}),
            (parties.city.editor, {draft, proposed, active}),
            (parties.getter, {proposed, active}),
            (parties.reader, {proposed, active}),
            (parties.city.sysadmin, {draft, proposed, active}),
            (stranger, set()),
        ):
            found = api("governance_agreement_list").result["results"]
            assert {one["id"] for one in found} == expected, api.user["name"]
        assert parties.city.nobody("governance_agreement_list").status == 403

    def test_filters(self, parties):
        draft, proposed, active = parties.draft()["id"], parties.proposed(), parties.active()
        ended = parties.active(datasets=None)
        parties.end(parties.giver, ended, reason="x").result

        def found(api, **asked):
            rows = api("governance_agreement_list", **asked).result["results"]
            return [one["id"] for one in rows]

        assert found(parties.giver, status="draft") == [draft]
        assert found(parties.giver, status="to_sign") == []
        assert found(parties.getter, status="to_sign") == [proposed]
        assert found(parties.reader, status="to_sign") == []
        assert found(parties.reader, status="active") == [active]
        assert found(parties.reader, status="ended") == [ended]
        assert found(parties.giver, dataset="fundorte") == [ended, active, proposed, draft]
        name = parties.city.company["name"]
        assert set(found(parties.giver, organization=name)) == {draft, proposed, active, ended}
        assert parties.giver("governance_agreement_list", status="alle").status == 409
        assert parties.giver("governance_agreement_list", organization="none").status == 404
        assert parties.giver("governance_agreement_list", dataset="none").status == 404

    def test_pages(self, parties):
        made = [parties.draft(title=f"Nr. {number}")["id"] for number in range(5)]
        seen, after = [], {}
        while True:
            page = parties.giver("governance_agreement_list", limit=2, **after).result
            seen += [one["id"] for one in page["results"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert seen == made[::-1]
        for wrong in ("x", "2026-01-01~", "2026-01-01T00:00:00~x", "~"):
            assert parties.giver("governance_agreement_list", after=wrong).status == 409


class TestInput:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", ""),
            ("title", " \n "),
            ("title", "x" * 201),
            ("title", ["x"]),
            ("title", "a\0b"),
            ("title", "a\ud800b"),
            ("purpose", "x" * 5001),
            ("purpose", {"a": 1}),
            ("conditions", "x" * 5001),
            ("norm", 3),
            ("document", "javascript:alert(1)"),
            ("document", "https://u:p@akten.example"),
            ("document", "ftp://akten.example"),
            ("document", "https://[x"),
            ("level", "closed"),
            ("level", "open"),
            ("level", "geheim"),
            ("since", "01.02.2027"),
            ("since", "2027-02-30"),
            ("until", "gestern"),
            ("until", "2001-01-01"),
            ("datasets", []),
            ("datasets", [1]),
            ("datasets", {"a": 1}),
            ("datasets", ["none"]),
            ("datasets", ["a\0b"]),
            ("datasets", [f"x{number}" for number in range(201)]),
            ("provider", "none"),
            ("provider", ""),
            ("consumer", 7),
        ],
    )
    def test_what_is_not_possible_is_named(self, parties, field, value):
        answer = parties.giver("governance_agreement_create", **{**parties.terms, field: value})
        assert answer.status == 409, answer.body
        assert field in answer.errors
        assert parties.giver("governance_agreement_list").result["results"] == []

    def test_the_scope_has_to_be_said(self, parties):
        terms = parties.terms
        del terms["datasets"]
        assert "datasets" in parties.giver("governance_agreement_create", **terms).errors

    def test_two_different_registered_entities(self, parties):
        own = parties.city.department["id"]
        answer = parties.giver("governance_agreement_create", **{**parties.terms, "consumer": own})
        assert "consumer" in answer.errors
        club = parties.city.sysadmin("organization_create", name="verein").result
        answer = parties.giver(
            "governance_agreement_create", **{**parties.terms, "consumer": club["name"]}
        )
        assert "consumer" in answer.errors

    def test_a_title_is_one_line(self, parties):
        made = parties.draft(title="Erste\r\nBcc: alle@example.org\tZeile")
        assert made["title"] == "Erste Bcc: alle@example.org Zeile"

    def test_no_text_tells_where_the_data_are(self, parties):
        for field in ("purpose", "conditions", "document"):
            answer = parties.giver("governance_agreement_create", **{**parties.terms, field: LINK})
            assert field in answer.errors
        # Somebody else could try out addresses.
        parties.draft(by=parties.getter, purpose=LINK)

    def test_in_german(self, parties, app):
        german = type(parties.giver)(app, parties.giver.user, "de")
        answer = german("governance_agreement_create", **{**parties.terms, "datasets": ["none"]})
        assert answer.errors["datasets"] == ["Einen Datensatz „none“ gibt es nicht"]

    def test_twenty_drafts(self, parties):
        for number in range(20):
            parties.draft(title=f"Nr. {number}")
        answer = parties.giver("governance_agreement_create", **parties.terms)
        assert "20" in answer.errors["title"][0]
        id_ = parties.giver("governance_agreement_list", limit=1).result["results"][0]["id"]
        parties.end(parties.giver, id_).result
        parties.draft()

    def test_texts_keep_their_markup_as_text(self, parties):
        made = parties.draft(purpose="<script>alert(1)</script>")
        assert made["purpose"] == "<script>alert(1)</script>"
        model.Session.remove()


class TestNames:
    def test_the_page_names_the_other_side_only_where_it_has_signed(self, parties, app):
        """As the API does: who drafts for the others is theirs to know."""
        drafter = parties.person(parties.city.department, "editor", fullname="Erna Entwurf")
        id_ = parties.draft(by=drafter)["id"]
        parties.sign(parties.giver, id_).result
        parties.sign(parties.getter, id_).result

        def page(api):
            return app.get(f"/governance/agreements/{id_}", headers=api.headers).body

        for own in (parties.giver, drafter, parties.city.sysadmin):
            assert "Erna Entwurf" in page(own)
        seen = page(parties.reader)
        assert "Erna Entwurf" not in seen
        assert "Giver Beispiel" in seen
        assert "Getter Beispiel" in seen
        told = parties.reader("governance_event_list", object_type="agreement", object_id=id_)
        assert "Erna Entwurf" not in str(told.result)
