"""Requests through the API: input, record, questions and lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.tests import factories

from ckanext.jena_governance.model import (
    GovernanceAccessRequest,
    GovernanceAccessRequestEntry,
    GovernanceEntity,
    GovernanceEvent,
    GovernanceEventPerson,
    GovernanceRequestMail,
)
from ckanext.jena_governance.policy import requests
from ckanext.jena_governance.tests.conftest import Answer, Api, stored
from ckanext.jena_governance.tests.logic.asking import (
    BOUND,
    CONTRACT,
    LINK,
    PERSONAL,
    PLANTS,
    TODAY,
    UNTIL,
    Desk,
    desk,
    kinds,
    on,
    row_of,
)

__all__ = ["desk", "on"]

OPEN = "https://jena.example/open.csv"
NOT_OPEN = {"openness": "group", "legal_basis": [PLANTS], "restriction_reason": "Fundorte."}


class TestInput:
    @pytest.mark.parametrize(
        "field",
        [
            "state",
            "user_id",
            "decider_id",
            "due",
            "submitted",
            "granted_until",
            "owner_id",
            "id",
            "kind",
        ],
    )
    def test_nobody_sends_what_is_ours(self, desk, field):
        desk.dataset()
        assert field in desk.ask(**{field: "approved"}).errors
        asked = desk.ask().result
        if field != "id":
            sent = desk.asker(
                "governance_access_request_update", id=asked["id"], **{field: "approved"}
            )
            assert field in sent.errors
            assert field in desk.decide(asked["id"], "approve", **{field: "x"}).errors

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("until", "tomorrow"),
            ("until", "2026-02-30"),
            ("until", 5),
            ("resources", [{"id": "x"}]),
            ("resources", ["no-such-id"]),
            ("purpose", "x" * 5001),
            ("purpose", ["x"]),
            ("purpose", "a\0b"),
            ("entity", "no-such-entity"),
            ("persons", ["somebody"]),
            ("submit", "perhaps"),
        ],
    )
    def test_nonsense(self, desk, field, value):
        desk.dataset()
        assert field in desk.ask(**{field: value}).errors

    def test_entities_of_others_are_like_none(self, desk):
        desk.dataset()
        theirs = desk.ask(entity=desk.city.department["id"]).errors["entity"]
        none = desk.ask(entity="gibt-es-nicht").errors["entity"]
        assert theirs == none

    def test_not_for_the_owner_as_a_whole(self, app, desk):
        desk.dataset(**PERSONAL)
        user = factories.User()
        desk.seat(user["name"], desk.city.department, "member")
        member = Api(app, user)
        wish = {"dataset_id": "data", "purpose": "x", "until": UNTIL, "norm": "§", "submit": True}
        own = desk.city.department["id"]
        assert "entity" in member("governance_access_request_create", entity=own, **wish).errors
        asked = member("governance_access_request_create", **wish).result
        desk.decide(asked["id"], "approve", role="own").result

    def test_a_norm_does_not_go_with_a_denial(self, desk):
        desk.dataset(**BOUND)
        asked = desk.ask(norm="§ 4").result
        wrong = desk.decide(
            asked["id"], "deny", legal_basis=[CONTRACT], text="x", way_on="y", until=UNTIL
        )
        assert "until" in wrong.errors

    def test_quotas(self, desk, monkeypatch):
        monkeypatch.setattr(requests, "MAX_DRAFTS", 2)
        monkeypatch.setattr(requests, "MAX_OPEN", 1)
        desk.dataset()
        desk.dataset("more")
        for _ in range(2):
            assert desk.ask(submit=False).status == 200
        assert "drafts" in desk.ask(submit=False).errors
        asked = desk.ask().result["id"]
        assert "requests" in desk.ask("more").errors
        # Who has that many can still answer.
        desk.decide(asked, "return", text="Wozu?").result
        desk.asker("governance_access_request_update", id=asked, purpose="y").result
        desk.asker("governance_access_request_answer", id=asked, text="Dazu.").result

    @pytest.mark.parametrize("submit", [True, False])
    def test_asking_and_withdrawing_does_not_go_on_for_ever(self, desk, monkeypatch, submit):
        monkeypatch.setattr(requests, "MAX_A_DAY", 2)
        desk.dataset()
        ids: list[str] = []
        for _ in range(2):
            ids.append(desk.ask(submit=submit).result["id"])
            desk.asker("governance_access_request_withdraw", id=ids[-1]).result
        left = self.traces()
        for again in (True, False):
            (said,) = desk.ask(submit=again).errors["requests"]
            assert "2 requests, drafts or questions within 24 hours" in said
        assert "requests" in desk.asker("governance_opening_ask", id="data").errors
        assert self.traces() == left
        # Others are free to ask, and so is everybody a day later.
        wish = {"dataset_id": "data", "purpose": "x", "until": UNTIL, "submit": True}
        desk.colleague("governance_access_request_create", **wish).result
        row_of(ids[0]).created -= timedelta(hours=24)
        model.Session.commit()
        assert desk.ask(submit=submit).status == 200
        assert "requests" in desk.ask(submit=submit).errors

    def traces(self) -> list[int]:
        """How much is written down: requests, what was said, events, mails."""
        model.Session.remove()
        tables = (
            GovernanceAccessRequest,
            GovernanceAccessRequestEntry,
            GovernanceEvent,
            GovernanceRequestMail,
        )
        counts = (sa.select(sa.func.count()).select_from(one) for one in tables)
        return [model.Session.scalar(one) or 0 for one in counts]

    def test_changing_to_and_fro_does_not_go_on_for_ever(self, desk, monkeypatch):
        monkeypatch.setattr(requests, "MAX_CHANGES_A_DAY", 2)
        desk.dataset()
        draft = desk.ask(submit=False).result["id"]

        def change(purpose: str) -> Answer:
            return desk.asker("governance_access_request_update", id=draft, purpose=purpose)

        for purpose in ("a", "a", "b", "b"):
            change(purpose).result
        assert "2 times within 24 hours" in change("c").errors["request"][0]
        assert change("b").status == 200
        assert row_of(draft).purpose == "b"
        assert kinds(draft).count("request.update") == 2
        assert desk.asker("governance_access_request_submit", id=draft).status == 200

    def test_markup_stays_text(self, desk):
        desk.dataset()
        asked = desk.ask(purpose="<script>alert(1)</script>").result
        assert asked["purpose"] == "<script>alert(1)</script>"
        page = desk.app.get(
            f"/governance/requests/{asked['id']}", headers=desk.asker.headers
        ).get_data(as_text=True)
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestRecord:
    def test_nothing_personal(self, desk):
        desk.dataset(**PERSONAL)
        name = desk.colleague.user["name"]
        asked = desk.ask(
            entity=desk.city.company["id"], norm="§ 5", persons=[name], purpose="Geheimer Zweck"
        ).result
        desk.decide(asked["id"], "return", text="Frau Muster?").result
        desk.asker("governance_access_request_answer", id=asked["id"], text="Ja, Muster.").result
        desk.decide(asked["id"], "approve", role="own", conditions="Nur Muster.").result
        model.Session.remove()
        event = GovernanceEvent
        rows = list(model.Session.scalars(sa.select(event).where(event.object_id == asked["id"])))
        said = str([row.data for row in rows])
        for word in ("Zweck", "Muster", name, desk.asker.user["id"], desk.colleague.user["id"]):
            assert word not in said
        last = rows[-1]
        person = model.Session.get(GovernanceEventPerson, last.id)
        assert person.user_id == model.User.get(desk.city.clerk).id
        assert person.subject_id == desk.asker.user["id"]
        assert last.data["granted"]["owner"] == desk.city.department["id"]

    def test_what_is_refused_leaves_nothing(self, desk):
        desk.dataset()
        asked = desk.ask().result
        desk.decide(asked["id"], "return", text="Wozu?").result
        sent = desk.asker("governance_access_request_answer", id=asked["id"], text="x", purpose="")
        assert "purpose" in sent.errors
        model.Session.commit()
        row = row_of(asked["id"])
        assert (row.state, row.purpose) == ("returned", "Baustellen planen.")
        assert kinds(asked["id"]) == ["request.submit", "request.return"]


class TestQuestions:
    def ask(self, desk: Desk, api: Api | None = None, **more: Any) -> Answer:
        return (api or desk.asker)("governance_opening_ask", id="data", **more)

    def test_confirmed(self, desk):
        desk.dataset()
        asked = self.ask(desk, text="Wird das noch offen?").result
        assert (asked["kind"], asked["state"]) == ("opening", "submitted")
        wrong = desk.decide(asked["id"], "reply", outcome="confirmed", text="Ja.")
        assert "legal_basis" in wrong.errors
        for named in ([CONTRACT], ["vorlaeufige-sperre"]):
            wrong = desk.decide(
                asked["id"], "reply", outcome="confirmed", legal_basis=named, text="Ja."
            )
            assert "legal_basis" in wrong.errors
        done = desk.decide(
            asked["id"], "reply", outcome="confirmed", legal_basis=[PLANTS], text="Ja."
        ).result
        assert done["state"] == "answered"
        assert desk.show(asked["id"]).result["decision"]["outcome"] == "confirmed"

    def test_opened(self, desk):
        desk.dataset()
        asked = self.ask(desk).result
        assert "outcome" in desk.decide(asked["id"], "reply", outcome="opened").errors
        desk.city.editor(
            "package_patch", id="data", openness="open", legal_basis=[], stricter_reason="",
            license_id="dl-by-de-2.0", opening_reason="Grund entfallen",
        ).result  # fmt: skip
        assert desk.decide(asked["id"], "reply", outcome="opened").result["state"] == "answered"

    def test_open_version(self, desk):
        desk.dataset()
        desk.dataset(
            "grob", openness="open", legal_basis=[], license_id="dl-by-de-2.0", stricter_reason=""
        )
        asked = self.ask(desk).result
        wrong = desk.decide(
            asked["id"], "reply", outcome="open_version", open_version="javascript:x"
        )
        assert "open_version" in wrong.errors
        done = desk.decide(asked["id"], "reply", outcome="open_version", open_version="grob").result
        assert done["decision"]["open_version"] == "grob"

    @pytest.mark.parametrize(
        "fields",
        [
            {"openness": "request"},
            {"resources": []},
            {"resources": [{"url": LINK, "name": "Leer", "size": 0}]},
            {"resources": [{"url": OPEN, "name": "a"}, {"url": LINK, "name": "b", **NOT_OPEN}]},
        ],
        ids=["not open", "announced", "empty", "partly"],
    )
    def test_open_version_that_is_none(self, desk, fields):
        desk.dataset()
        ground = {} if fields.get("openness") else {"legal_basis": [], "stricter_reason": ""}
        desk.dataset(
            "grob", **{"openness": "open", "license_id": "dl-by-de-2.0", **ground, **fields}
        )
        asked = self.ask(desk).result
        reply = {"outcome": "open_version", "open_version": "grob"}
        assert "open_version" in desk.decide(asked["id"], "reply", **reply).errors
        assert row_of(asked["id"]).state == "submitted"

    def test_open_version_is_another_dataset(self, desk):
        data = desk.dataset()
        asked = self.ask(desk).result["id"]
        part = f"http://test.ckan.net/dataset/data/resource/{data['resources'][0]['id']}/data"
        for said in ("data", data["id"], part, "https://", "https://[x", "gibt-es-nicht", ""):
            wrong = desk.decide(asked, "reply", outcome="open_version", open_version=said)
            assert "open_version" in wrong.errors, said
        away = {"outcome": "open_version", "open_version": "https://jena.example/karte"}
        assert desk.decide(asked, "reply", **away).result["state"] == "answered"

    def test_no_location_as_open_version_or_norm(self, desk):
        desk.dataset()
        asked = self.ask(desk).result["id"]
        for said in (LINK, f"{LINK}?x=1"):
            wrong = desk.decide(asked, "reply", outcome="open_version", open_version=said)
            assert "open_version" in wrong.errors
        access = desk.ask().result["id"]
        wrong = desk.decide(access, "approve", norm=f"§ 4, siehe {LINK}")
        assert "norm" in wrong.errors
        assert "canary" not in str(wrong.body) + str(desk.show(asked).body)

    def test_once_in_a_month(self, desk, monkeypatch):
        desk.dataset()
        self.ask(desk).result
        assert "id" in self.ask(desk).errors
        assert self.ask(desk, desk.colleague).status == 200
        model.Session.execute(
            sa.update(GovernanceAccessRequest).values(
                created=GovernanceAccessRequest.created - timedelta(days=31)
            )
        )
        model.Session.commit()
        assert self.ask(desk).status == 200

    def test_open_data_raise_no_question(self, desk):
        desk.dataset(openness="open", legal_basis=[], license_id="dl-by-de-2.0", stricter_reason="")
        assert "id" in self.ask(desk).errors

    def test_not_answered_by_whoever_asks_and_never_a_grant(self, desk):
        desk.dataset()
        asked = self.ask(desk, desk.second).result
        fields = {"outcome": "confirmed", "legal_basis": [PLANTS], "text": "Ja."}
        assert desk.decide(asked["id"], "reply", desk.second, **fields).status == 403
        assert "state" in desk.decide(asked["id"], "approve").errors
        assert desk.decide(asked["id"], "reply", **fields).status == 200

    def test_anonymous(self, desk):
        desk.dataset()
        assert self.ask(desk, desk.city.nobody).status == 403


class TestList:
    def test_boxes(self, desk, on):
        desk.dataset()
        desk.dataset("more")
        first, second = desk.ask().result["id"], desk.ask("more").result["id"]
        editor = desk.city.editor

        def box(name: str, api: Api = editor, **more: Any) -> list[str]:
            result = api("governance_access_request_list", box=name, **more).result
            return [one["id"] for one in result["results"]]

        assert box("mine", desk.asker) == [second, first]
        assert set(box("decide")) == {first, second}
        assert box("mine") == box("done") == []
        desk.decide(first, "hear").result
        assert (box("decide"), box("waiting")) == ([second], [first])
        desk.decide(second, "approve").result
        assert box("done") == [second]
        assert box("mine", desk.asker, state="approved") == [second]
        on(TODAY + timedelta(days=200))
        assert box("mine", desk.asker, state="expired") == [second]
        counted = desk.asker("governance_access_request_list").result["counts"]
        assert counted == {"mine": 1, "questions": 0, "decide": 0, "overdue": 0}

    def test_follows_the_owner(self, desk):
        desk.dataset()
        asked = desk.ask().result["id"]
        other_user = factories.User()
        other = factories.Organization(users=[{"name": other_user["name"], "capacity": "editor"}])
        desk.city.sysadmin(
            "governance_entity_update", organization_id=other["id"], entity_class="core"
        ).result
        desk.city.sysadmin(
            "package_patch", id="data", owner_org=other["id"], opening_reason="Umzug"
        ).result
        listed = Api(desk.app, other_user)("governance_access_request_list", box="decide").result
        assert [one["id"] for one in listed["results"]] == [asked]
        assert (
            desk.city.editor("governance_access_request_list", box="decide").result["results"] == []
        )

    def test_pages(self, desk):
        desk.dataset()
        fill(desk, 60)
        seen: list[str] = []
        after = ""
        for _ in range(4):
            page = desk.asker("governance_access_request_list", limit=25, after=after).result
            seen += [one["id"] for one in page["results"]]
            after = page["next"]
            if not after:
                break
        assert len(seen) == len(set(seen)) == 60
        for broken in ("x", "|", "2026-13-01|a", "2026-01-01"):
            assert "after" in desk.asker("governance_access_request_list", after=broken).errors

    def test_ten_thousand_stay_fast(self, desk):
        import time

        desk.dataset()
        fill(desk, 10_000)
        model.Session.execute(sa.text("ANALYZE governance_access_request"))
        model.Session.commit()
        taken = []
        for box, api in (("mine", desk.asker), ("decide", desk.city.editor)):
            api("governance_access_request_list", box=box).result
            begin = time.perf_counter()
            page = api("governance_access_request_list", box=box).result
            taken.append(time.perf_counter() - begin)
            assert len(page["results"]) == 25
        assert max(taken) < 1.5, taken


def fill(desk: Desk, number: int) -> None:
    """Many requests, past the quota."""
    package = stored("data")["id"]
    user = desk.asker.user["id"]
    row = GovernanceAccessRequest
    start = row_now()
    model.Session.execute(
        sa.insert(row),
        [
            {
                "id": f"r{one:06}", "kind": "access", "state": "submitted", "user_id": user,
                "dataset_id": package, "owner_id": desk.city.department["id"], "lang": "de",
                "created": start - timedelta(minutes=one // 3), "submitted": start,
                "due": TODAY + timedelta(days=one % 40), "until": TODAY,
            }
            for one in range(number)
        ],
    )  # fmt: skip
    model.Session.commit()


def row_now():
    from ckanext.jena_governance.model.entity import now

    return now()


def test_entities_are_needed_for_nothing_here(desk):
    """A fresh portal without entity rows can handle requests, too."""
    model.Session.execute(sa.delete(GovernanceEntity))
    model.Session.commit()
    data = desk.dataset(**BOUND)
    asked = desk.ask(norm="§ 4").result
    desk.decide(asked["id"], "approve").result
    assert desk.gets(data)
