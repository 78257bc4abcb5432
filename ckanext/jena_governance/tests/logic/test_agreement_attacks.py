"""What somebody tries to get an agreement that nobody has given, or to keep one that has gone."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from typing import Any

import pytest
import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance import config
from ckanext.jena_governance.model import GovernanceEntity, GovernanceEventPerson
from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.logic.agreeing import (
    ALLOWED,
    day,
    happened,
    kinds_of,
    parties,
    row_of,
)

__all__ = ["parties"]

REFUSED = (False, "denied")


class TestWhoSigns:
    @pytest.mark.parametrize("role", ["admin", "editor", "member"])
    def test_nobody_who_belongs_to_both(self, parties, role):
        id_ = parties.proposed()
        parties.join(parties.getter.user, parties.city.department, role)
        answer = parties.sign(parties.getter, id_)
        assert answer.status == 403
        assert "both" in str(answer.body)
        assert row_of(id_).state == "proposed"

    def test_nobody_twice_by_changing_sides(self, parties):
        id_ = parties.proposed()
        parties.leave(parties.giver.user, parties.city.department)
        parties.join(parties.giver.user, parties.city.company, "admin")
        answer = parties.sign(parties.giver, id_)
        assert answer.status == 403
        assert "second person" in str(answer.body)
        assert parties.access() == REFUSED

    @pytest.mark.parametrize("address", [" A.B@Stadt.Example", "a.b+zwei@stadt.example"])
    def test_no_second_account_with_the_same_mailbox(self, parties, address):
        first = parties.person(parties.city.department, "admin", email="a.b@stadt.example")
        second = parties.person(parties.city.company, "admin")
        model.User.get(second.user["id"]).email = address
        model.Session.commit()
        id_ = parties.draft(by=first)["id"]
        parties.sign(first, id_).result
        answer = parties.sign(second, id_)
        assert answer.status == 403
        assert "mail address" in str(answer.body)
        assert row_of(id_).state == "proposed"

    def test_no_sysadmin_in_the_place_of_an_entity(self, parties):
        id_ = parties.proposed()
        assert parties.sign(parties.city.sysadmin, id_).status == 403
        assert parties.city.sysadmin("governance_agreement_create", **parties.terms).status == 403
        parties.join(parties.city.sysadmin.user, parties.city.company, "admin")
        assert parties.sign(parties.city.sysadmin, id_).status == 403
        for context in ({"user": ""}, {"user": tk.config["ckan.site_id"]}):
            with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
                call_action(
                    "governance_agreement_sign", context={**context, "ignore_auth": True}, id=id_
                )
            model.Session.rollback()
        assert row_of(id_).state == "proposed"

    @pytest.mark.ckan_config("ckan.auth.roles_that_cascade_to_sub_groups", "admin")
    def test_no_admin_of_the_parent(self, parties):
        parent = factories.Organization()
        boss = parties.person(parent, "admin")
        parties.city.sysadmin(
            "member_create",
            id=parties.city.company["id"],
            object=parent["id"],
            object_type="group",
            capacity="parent",
        ).result
        id_ = parties.proposed()
        assert boss("organization_patch", id=parties.city.company["id"], notes="x").status == 200
        assert parties.sign(boss, id_).status == 404
        assert parties.end(boss, id_, reason="x").status == 404
        assert boss("governance_agreement_list").result["results"] == []
        answer = boss("governance_agreement_create", **parties.terms)
        assert answer.status == 403

    @pytest.mark.parametrize("who", ["reader", "manager"])
    def test_no_member_and_no_editor(self, parties, who):
        id_ = parties.proposed()
        api = parties.reader if who == "reader" else parties.city.manager
        assert parties.sign(api, id_).status == 403
        assert row_of(id_).state == "proposed"

    def test_nobody_who_has_lost_the_role(self, parties):
        id_ = parties.proposed()
        parties.join(parties.getter.user, parties.city.company, "editor")
        assert parties.sign(parties.getter, id_).status == 403
        parties.leave(parties.getter.user, parties.city.company)
        assert parties.sign(parties.getter, id_).status == 404

    def test_nobody_whose_account_is_deleted(self, parties):
        id_ = parties.proposed()
        model.User.get(parties.getter.user["id"]).state = model.State.DELETED
        model.Session.commit()
        assert parties.sign(parties.getter, id_).status == 404
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            call_action(
                "governance_agreement_sign",
                context={"user": parties.getter.user["name"], "ignore_auth": True},
                id=id_,
            )
        model.Session.rollback()
        assert row_of(id_).state == "proposed"

    def test_nobody_twice(self, parties):
        id_ = parties.proposed()
        colleague = parties.person(parties.city.department, "admin")
        for api in (parties.giver, colleague):
            assert parties.sign(api, id_).status == 403
        assert kinds_of(id_) == ["created", "signed"]
        parties.sign(parties.getter, id_).result
        assert parties.sign(parties.getter, id_).status == 409
        assert kinds_of(id_) == ["created", "signed", "signed", "activated"]

    def test_nobody_after_it_was_withdrawn(self, parties):
        id_ = parties.proposed()
        parties.end(parties.giver, id_).result
        assert parties.sign(parties.getter, id_).status == 409
        assert parties.access() == REFUSED

    def test_nobody_signs_another_text_than_the_one_they_read(self, parties):
        made = parties.draft()
        parties.city.editor(
            "governance_agreement_update", id=made["id"], conditions="Alles erlaubt"
        ).result
        answer = parties.sign(parties.giver, made["id"], text_hash=made["text_hash"])
        assert set(answer.errors) >= {"text_hash"}
        assert row_of(made["id"]).state == "draft"

    def test_if_the_first_one_is_gone_nobody_knows_that_there_are_two(self, parties):
        id_ = parties.proposed()
        row_of(id_).provider_signed_by = "gone"
        model.Session.commit()
        assert parties.sign(parties.getter, id_).status == 403


class TestAtOnce:
    def together(self, parties: Any, *calls: Any) -> list[str]:
        """Run them at the same moment, each in a session of its own; what became of each."""
        start, told = threading.Barrier(len(calls)), ["" for _ in calls]

        def run(number: int, user: str, action: str, data: dict[str, Any]) -> None:
            model.Session.remove()
            start.wait(20)
            try:
                with parties.app.flask_app.test_request_context("/"):
                    call_action(action, context={"user": user, "ignore_auth": False}, **data)
                told[number] = "done"
            except (tk.NotAuthorized, tk.ValidationError) as error:
                told[number] = type(error).__name__
            finally:
                model.Session.remove()

        model.Session.remove()
        threads = [
            threading.Thread(target=run, args=(number, *call)) for number, call in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return told

    def test_two_admins_of_one_side_sign_once(self, parties):
        colleague = parties.person(parties.city.company, "admin")
        id_ = parties.proposed()
        told = self.together(
            parties,
            *(
                (api.user["name"], "governance_agreement_sign", {"id": id_})
                for api in (parties.getter, colleague)
            ),
        )
        assert sorted(told) in (["NotAuthorized", "done"], ["ValidationError", "done"])
        assert kinds_of(id_) == ["created", "signed", "signed", "activated"]

    def test_signing_while_it_is_withdrawn(self, parties):
        id_ = parties.proposed()
        told = self.together(
            parties,
            (parties.getter.user["name"], "governance_agreement_sign", {"id": id_}),
            (parties.giver.user["name"], "governance_agreement_end", {"id": id_, "reason": "x"}),
        )
        assert "done" in told
        # Either withdrawn before it was signed, or signed and then ended by notice.
        assert row_of(id_).state == "ended"
        assert parties.access() == REFUSED

    def test_changing_while_it_is_signed(self, parties):
        made = parties.draft()
        told = self.together(
            parties,
            (
                parties.giver.user["name"],
                "governance_agreement_sign",
                {"id": made["id"], "text_hash": made["text_hash"]},
            ),
            (
                parties.city.clerk,
                "governance_agreement_update",
                {"id": made["id"], "conditions": "Alles erlaubt"},
            ),
        )
        row = row_of(made["id"])
        assert sorted(told) == ["ValidationError", "done"]
        assert (row.state == "proposed") == (row.conditions == "")


class TestWhatIsSent:
    @pytest.mark.parametrize(
        "sent",
        [
            {"state": "active"},
            {"status": "in_force"},
            {"signatures": [{"side": "consumer"}]},
            {"provider_signed_by": "x"},
            {"consumer_signed_at": "2026-01-01"},
            {"standing": {}},
            {"suspended": None},
            {"created_by": "x"},
            {"drafted_by": "x"},
            {"ended_on": "2030-01-01"},
            {"id": "chosen"},
        ],
    )
    def test_nobody_says_what_follows_from_signing(self, parties, sent):
        answer = parties.giver("governance_agreement_create", **parties.terms, **sent)
        assert set(answer.errors) >= set(sent)
        if "id" not in sent:
            id_ = parties.draft()["id"]
            answer = parties.giver("governance_agreement_update", id=id_, **sent)
            assert set(answer.errors) >= set(sent)
            answer = parties.sign(parties.giver, id_, **sent)
            assert set(answer.errors) >= set(sent)
            assert row_of(id_).state == "draft"

    def test_nor_who_the_two_are_afterwards(self, parties):
        id_ = parties.draft()["id"]
        for field in ("provider", "consumer", "replaces"):
            answer = parties.giver(
                "governance_agreement_update", id=id_, **{field: parties.city.company["id"]}
            )
            assert set(answer.errors) >= {field}

    def test_nobody_drafts_for_others(self, parties):
        stranger = factories.Organization()
        api = parties.person(stranger, "admin")
        assert api("governance_agreement_create", **parties.terms).status == 403
        assert parties.reader("governance_agreement_create", **parties.terms).status == 403
        assert parties.city.nobody("governance_agreement_create", **parties.terms).status == 403


class TestReadingOthers:
    def test_hidden_and_missing_are_the_same(self, parties):
        stranger = parties.person(factories.Organization(), "admin")
        draft, active = parties.draft()["id"], parties.active()
        for api, ids in (
            (stranger, [draft, active]),
            (parties.getter, [draft]),
            (parties.city.manager, [draft]),
        ):
            for action, more in (
                ("show", {}),
                ("sign", {}),
                ("end", {"reason": "x"}),
                ("update", {"purpose": "x"}),
            ):
                missing = api(f"governance_agreement_{action}", id="none", **more)
                for id_ in ids:
                    answer = api(f"governance_agreement_{action}", id=id_, **more)
                    assert answer.status == missing.status == 404
                    assert answer.body["error"] == missing.body["error"]
        assert row_of(active).state == "active"

    def test_former_members_read_nothing(self, parties):
        id_ = parties.active()
        assert parties.show(parties.reader, id_).status == 200
        parties.leave(parties.reader.user, parties.city.company)
        assert parties.show(parties.reader, id_).status == 404
        assert parties.access() == REFUSED

    def test_explaining_names_it_to_its_parties_only(self, parties):
        id_ = parties.active(title="Geheimer Titel")

        def told(api: Api, **more: Any) -> str:
            return str(api("governance_access_explain", id="fundorte", **more).body)

        assert "Geheimer Titel" in told(parties.reader)
        assert id_ in told(parties.giver)
        outsider = parties.person(factories.Organization(), "admin")
        for api in (outsider, parties.city.nobody):
            assert "Geheimer Titel" not in told(api)
            assert id_ not in told(api)
        # Nor to those who may ask about somebody else.
        parties.join(parties.reader.user, parties.city.department, "member")
        assert "Geheimer Titel" not in told(parties.city.editor, user=parties.reader.user["name"])


class TestScope:
    def make(self, parties, restriction, **changes: Any) -> dict[str, Any]:
        data = {**restriction, "name": "anderes", "title": "Anderes", **changes}
        owner = {"owner_org": parties.city.department["id"]}
        return parties.city.editor("package_create", **{**owner, **data}).result

    def refused(self, parties, **changes: Any) -> str:
        terms = {**parties.terms, "datasets": ["fundorte", "anderes"], **changes}
        answer = parties.giver("governance_agreement_create", **terms)
        assert set(answer.errors) >= {"datasets"}
        return answer.errors["datasets"][0]

    def test_hidden_and_missing_datasets_are_the_same(self, parties, restriction):
        self.make(
            parties,
            restriction,
            title="Geheimer Titel",
            personal_data="none",
            legal_basis=["kritis-schutzinformation"],
            metadata_visibility="group",
        )
        said = {}
        for name in ("anderes", "niewodas"):
            terms = {**parties.terms, "datasets": [name]}
            errors = parties.getter("governance_agreement_create", **terms).errors
            said[name] = errors["datasets"][0].replace(name, "?")
            assert parties.getter("governance_agreement_list", dataset=name).status == 404
        assert said["anderes"] == said["niewodas"]
        assert "Geheimer Titel" not in said["anderes"]
        # The giver knows it; there the law stands against it.
        assert "Geheimer Titel" in self.refused(parties)

    def test_never_closed_named_persons_or_by_norm(self, parties, restriction, plain):
        self.make(parties, {**plain, "openness": "closed"})
        assert "closed" in self.refused(parties)
        for basis, part in (
            ("dsgvo-personenbezug", "named persons"),
            ("urhg-werke-dritter", "single request"),
        ):
            parties.city.sysadmin("dataset_purge", id="anderes").result
            data = {**restriction, "legal_basis": [basis]}
            if basis != "dsgvo-personenbezug":
                data |= {"personal_data": "none", "ends_when": "Vertragsende"}
            self.make(parties, data)
            assert part in self.refused(parties), basis

    def test_nor_open_ones_nor_those_of_others(self, parties, plain):
        parties.city.editor(
            "package_create",
            name="anderes",
            owner_org=parties.city.department["id"],
            license_id="dl-by-de-2.0",
        ).result
        assert "open already" in self.refused(parties)
        parties.city.manager(
            "package_create",
            name="fremd",
            owner_org=parties.city.company["id"],
            **{**plain, "legal_basis": ["gmbhg-geheimhaltung"]},
        ).result
        assert "does not belong" in self.refused(parties, datasets=["fremd"])

    def test_a_level_that_is_too_low(self, parties):
        terms = {**parties.terms, "level": "group"}
        answer = parties.giver("governance_agreement_create", **terms)
        assert "less open" in answer.errors["datasets"][0]

    def test_looked_at_again_when_somebody_signs(self, parties):
        id_ = parties.proposed()
        parties.city.editor("package_patch", id="fundorte", openness="closed").result
        answer = parties.sign(parties.getter, id_)
        assert set(answer.errors) >= {"datasets"}
        assert row_of(id_).state == "proposed"

    def test_raised_to_closed_while_it_runs(self, parties):
        parties.active()
        parties.active(title="Alles", datasets=None)
        assert parties.access() == ALLOWED
        parties.city.editor("package_patch", id="fundorte", openness="closed").result
        assert parties.access() == REFUSED

    def test_another_legal_basis_while_it_runs(self, parties, restriction):
        parties.active()
        data = {**restriction, "legal_basis": ["artenschutz-fundorte", "dsgvo-personenbezug"]}
        parties.city.editor("package_patch", id="fundorte", **data).result
        assert parties.access() == REFUSED

    def test_moved_to_another_owner(self, parties):
        id_ = parties.active()
        other = factories.Organization(title="Dritte")
        call_action(
            "governance_entity_update",
            organization_id=other["id"],
            entity_class="core",
            in_group=False,
        )
        parties.city.sysadmin(
            "package_owner_org_update",
            id=parties.dataset["id"],
            organization_id=other["id"],
            opening_reason="Umgezogen",
        ).result
        assert parties.access() == REFUSED
        assert parties.show(parties.reader, id_).result["status"] == "in_force"
        told = parties.reader("governance_access_explain", id="fundorte").result
        assert told["agreements"] == []


class TestWhenSomethingChanges:
    CHANGES = (
        {"entity_class": "external"},
        {"in_group": False},
        {"walled": True},
    )

    @pytest.mark.parametrize("side", ["department", "company"])
    @pytest.mark.parametrize("change", CHANGES, ids=str)
    def test_it_rests_and_does_not_wake_up(self, parties, side, change):
        id_ = parties.active()
        organization = getattr(parties.city, side)
        row = model.Session.get(GovernanceEntity, organization["id"])
        before = {name: getattr(row, name) for name in change}
        for values in (change, before):
            parties.city.sysadmin(
                "governance_entity_update", organization_id=organization["id"], **values
            ).result
            assert parties.access()[0] is False
            shown = parties.show(parties.reader, id_).result
            assert (shown["state"], shown["status"]) == ("active", "suspended")
            assert shown["suspended"] == next(iter(change))
            assert shown["suspended_text"]
        assert kinds_of(id_)[-1:] == ["suspended"]
        assert happened(id_)[-1].data["organization"] == organization["id"]
        # Both sign again: a new one in its place.
        new = parties.active(title="Neu", replaces=id_)
        assert parties.access() == ALLOWED
        assert parties.show(parties.reader, id_).result["replaced_by"] == new

    def test_also_past_the_action(self, parties):
        id_ = parties.active()
        model.Session.get(GovernanceEntity, parties.city.company["id"]).entity_class = "external"
        model.Session.commit()
        assert parties.access() == REFUSED
        assert parties.show(parties.reader, id_).result["suspended"] == "entity_class"

    def test_what_it_may_change_without(self, parties):
        id_ = parties.active()
        parties.city.sysadmin(
            "governance_entity_update",
            organization_id=parties.city.company["id"],
            bound_by="Beschluss 1",
        ).result
        assert parties.access() == ALLOWED
        assert "suspended" not in kinds_of(id_)

    def test_between_the_two_signatures(self, parties):
        id_ = parties.proposed()
        parties.city.sysadmin(
            "governance_entity_update",
            organization_id=parties.city.company["id"],
            entity_class="municipal-enterprise",
        ).result
        answer = parties.sign(parties.getter, id_)
        assert set(answer.errors) >= {"state"}
        assert row_of(id_).state == "proposed"

    @pytest.mark.parametrize(
        "how",
        [
            "organization_delete",
            "organization_purge",
            "organization_patch",
            "group_delete",
            "group_purge",
        ],
    )
    def test_dissolved(self, parties, how):
        id_ = parties.active()
        more = {"state": "deleted"} if how.endswith("patch") else {}
        parties.city.sysadmin(how, id=parties.city.company["id"], **more).result
        assert parties.access() == REFUSED
        shown = parties.show(parties.giver, id_).result
        assert (shown["status"], shown["suspended"]) == ("suspended", "dissolved")
        assert kinds_of(id_).count("suspended") == 1
        told = [one.kind for one in happened(parties.city.company["id"], "organization")]
        assert told.count("entity.dissolved") == 1
        last = happened(id_)[-1]
        (person,) = model.Session.scalars(
            sa.select(GovernanceEventPerson).where(GovernanceEventPerson.event_id == last.id)
        )
        assert (last.kind, person.user_id) == (
            "agreement.suspended",
            parties.city.sysadmin.user["id"],
        )
        if not how.endswith("purge"):
            parties.city.sysadmin(
                "organization_patch", id=parties.city.company["id"], state="active"
            ).result
            parties.join(parties.reader.user, parties.city.company, "member")
            assert parties.access() == REFUSED

    def test_by_its_own_admin(self, parties):
        """The form sends a state, too."""
        id_ = parties.active()
        company = parties.city.company["id"]
        parties.getter("organization_patch", id=company, state="deleted").result
        parties.city.sysadmin("organization_patch", id=company, state="active").result
        assert parties.access() == REFUSED
        assert parties.show(parties.giver, id_).result["suspended"] == "dissolved"

    def test_a_change_that_dissolves_nobody(self, parties):
        id_ = parties.active()
        parties.getter(
            "organization_patch", id=parties.city.company["id"], description="Neu"
        ).result
        group = factories.Group()
        parties.city.sysadmin("group_delete", id=group["id"]).result
        assert parties.access() == ALLOWED
        assert "suspended" not in kinds_of(id_)

    def test_a_deletion_that_is_refused_changes_nothing(self, parties):
        id_ = parties.active()
        assert parties.reader("organization_delete", id=parties.city.company["id"]).status == 403
        assert parties.giver("organization_delete", id="none").status == 404
        assert parties.access() == ALLOWED
        assert "suspended" not in kinds_of(id_)

    def test_renamed_and_its_name_taken(self, parties):
        id_ = parties.active(datasets=None)
        old = parties.city.company["name"]
        parties.city.sysadmin(
            "organization_patch", id=parties.city.company["id"], name="neuer-name", title="Neu"
        ).result
        thief = factories.Organization(name=old, title="Stadtwerke GmbH")
        for role in ("admin", "member"):
            api = parties.person(thief, role)
            assert parties.access(api) == REFUSED
            assert parties.show(api, id_).status == 404
            assert parties.end(api, id_, reason="x").status == 404
        assert parties.access() == ALLOWED
        assert parties.show(parties.reader, id_).result["consumer_title"] == "Neu"

    def test_an_organization_of_the_same_id_is_another_one(self, parties):
        id_ = parties.active()
        company = parties.city.company
        parties.city.sysadmin("organization_purge", id=company["id"]).result
        thief = model.Group(name="anders", title="Stadtwerke GmbH", type="organization")
        thief.id, thief.is_organization = company["id"], True
        model.Session.add(thief)
        model.Session.commit()
        parties.join(parties.reader.user, {"id": company["id"]}, "member")
        assert parties.access() == REFUSED
        assert parties.show(parties.giver, id_).result["suspended"] == "dissolved"


class TestMidnight:
    @pytest.mark.parametrize(
        ("until", "moment", "expected"),
        [
            # Summer: Berlin is two hours ahead.
            ("2030-07-10", "2030-07-10T21:59:59", True),
            ("2030-07-10", "2030-07-10T22:00:00", False),
            # Winter: one hour.
            ("2030-01-10", "2030-01-10T22:59:59", True),
            ("2030-01-10", "2030-01-10T23:00:00", False),
            # The nights on which the clock changes.
            ("2030-03-31", "2030-03-31T21:59:59", True),
            ("2030-03-31", "2030-03-31T22:00:00", False),
            ("2030-10-27", "2030-10-27T22:59:59", True),
            ("2030-10-27", "2030-10-27T23:00:00", False),
        ],
    )
    def test_the_last_day_ends_where_the_city_is(
        self, parties, monkeypatch, until, moment, expected
    ):
        id_ = parties.active(until=until)
        at(monkeypatch, moment)
        assert parties.access() == (ALLOWED if expected else REFUSED)
        shown = parties.show(parties.reader, id_).result
        assert (shown["state"], shown["ended_as"]) == (
            ("active", None) if expected else ("ended", "expired")
        )

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [("2030-07-09T21:59:59", False), ("2030-07-09T22:00:00", True)],
    )
    def test_so_does_the_first_one_begin(self, parties, monkeypatch, moment, expected):
        id_ = parties.active(since="2030-07-10")
        at(monkeypatch, moment)
        assert parties.access() == (ALLOWED if expected else REFUSED)
        status = parties.show(parties.reader, id_).result["status"]
        assert status == ("in_force" if expected else "upcoming")

    def test_what_is_over_is_not_signed(self, parties, monkeypatch):
        id_ = parties.proposed(until=day(5))
        at(monkeypatch, "2090-01-01T00:00:00")
        assert set(parties.sign(parties.getter, id_).errors) >= {"until"}
        assert row_of(id_).state == "proposed"


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """The clock stands at a moment (UTC)."""
    fixed = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return fixed.astimezone(tz)

    monkeypatch.setattr(config, "datetime", Clock)
