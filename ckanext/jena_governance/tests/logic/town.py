"""A town for the state machine: two datasets, all who deal with them, and a record of one's own.

What should be true is worked out here from what was done and from what is stored, without asking
the rules: a second opinion.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance import config
from ckanext.jena_governance.access import entitlement, facts, seals
from ckanext.jena_governance.model import (
    GovernanceAccessRequest,
    GovernanceAgreement,
    GovernanceEvent,
    GovernanceEventPerson,
)
from ckanext.jena_governance.policy import Asset
from ckanext.jena_governance.policy.levels import LEVELS
from ckanext.jena_governance.tests.conftest import Answer, Api
from ckanext.jena_governance.tests.emptying import empty_the_log
from ckanext.jena_governance.tests.logic.asking import BOUND, PLAIN, Desk

DATABASE = "urhg-datenbank-dritter"
ASKED, AGREED = "asked", "agreed"
FIELDS = {ASKED: BOUND, AGREED: PLAIN}
KEY = "a-key-of-the-tests-that-is-long-enough"

# What happened: its kind, on which day, by whom.
Step = tuple[str, date, str]


@dataclass
class Town:
    """Two datasets: one that people ask for, one that entities agree on.

    Attributes:
        desk: department, company, and their people.
        boss: an admin of the company.
        third: another department; editor and admin of the first one serve there, too.
        adviser: its own editor.
        outside: where the seals are noted.
        days: by how many days the clock is ahead.
        ids: the datasets of this round.
        log: what the record should say, by the id of what it is about.
        member: whether whoever asks belongs to the company.
    """

    desk: Desk
    boss: Api
    third: dict[str, Any]
    adviser: Api
    outside: Path
    days: int = 0
    round: int = 0
    ids: dict[str, str] = field(default_factory=dict)
    log: dict[str, list[Step]] = field(default_factory=dict)
    member: bool = True
    done: set[str] = field(default_factory=set)

    @property
    def today(self) -> date:
        return config.today()

    # -- what is done ----------------------------------------------------------------------------

    def begin(self) -> None:
        """A clean log, and data as they were at first."""
        self.days, self.round, self.log = 0, self.round + 1, {}
        model.Session.remove()
        for table in (GovernanceAccessRequest, GovernanceAgreement):
            model.Session.execute(sa.delete(table))
        model.Session.commit()
        empty_the_log()
        self.outside.unlink(missing_ok=True)
        self.ids = {}
        for which, fields in FIELDS.items():
            self.ids[which] = self.desk.dataset(f"{which}-{self.round}", **fields)["id"]
        # Before the first event there is no day to seal.
        self.comes_or_goes()
        self.comes_or_goes()

    def note(self, answer: Answer, id_: str, *kinds: str, by: Api | None) -> bool:
        """What was done goes into the record, what was refused does not; nobody writes a draft."""
        assert answer.status in (200, 403, 404, 409), answer.body
        if answer.status != 200:
            return False
        who = by.user["id"] if by and by.user else None
        steps = [(kind, self.today, who) for kind in kinds]
        self.log.setdefault(id_ or answer.result["id"], []).extend(steps)
        self.done.update(kinds)
        return True

    def change(self, which: str, by: Api, **fields: Any) -> None:
        """Change the data; a second person confirms, where it takes one."""
        before, known = self.facts_of(which), self.events_of(self.ids[which])
        review = (self.today + timedelta(days=100)).isoformat()
        answer = by("package_patch", id=self.ids[which], review_date=review, **fields)
        assert answer.status in (200, 403, 409), answer.body
        self.desk.second("governance_opening_confirm", id=self.ids[which])
        after = self.facts_of(which)
        if (after[0], after[2]) != (before[0], before[2]):
            # No change of level or owner without a word about it.
            assert len(self.events_of(self.ids[which])) > len(known), fields
        if after != before:
            self.done.add(next(iter(fields)))

    def comes_or_goes(self) -> None:
        self.member = not self.member
        name, company = self.desk.asker.user["name"], self.desk.city.company
        before = len(self.events_of(company["id"]))
        self.desk.seat(name, company, "member" if self.member else None)
        assert len(self.events_of(company["id"])) == before + 1

    def pass_time(self, days: int) -> None:
        """Days go by, and each night those that are over are sealed."""
        model.Session.remove()
        for _night in range(days):
            self.days += 1
            (made,) = seals.seal()
            assert made.day == self.today - timedelta(days=1)
        self.done.add("sealed")

    # -- what is there ---------------------------------------------------------------------------

    def request(self, id_: str) -> GovernanceAccessRequest:
        model.Session.remove()
        row = model.Session.get(GovernanceAccessRequest, id_)
        assert row is not None
        return row

    def requests(self) -> list[GovernanceAccessRequest]:
        return list(model.Session.scalars(sa.select(GovernanceAccessRequest)))

    def assets(self, which: str) -> list[Asset]:
        package = model.Session.get(model.Package, self.ids[which])
        assert package is not None
        return [facts.asset_of(package, one) for one in package.resources]

    def facts_of(self, which: str) -> tuple[Any, ...]:
        """Level, bases and owner as they are."""
        model.Session.remove()
        facts.forget_entities()
        first = self.assets(which)[0]
        return first.level, first.bases, first.owner.id if first.owner else None

    def events_of(self, id_: str) -> list[Step]:
        model.Session.remove()
        event, person = GovernanceEvent, GovernanceEventPerson
        query = (
            sa.select(event.kind, event.created, person.user_id)
            .outerjoin(person, person.event_id == event.id)
            .where(event.object_id == id_)
            .order_by(event.id)
        )
        zone = config.timezone()
        return [
            (kind, at.astimezone(zone).date(), who)
            for kind, at, who in model.Session.execute(query)
        ]

    # -- what must be true -----------------------------------------------------------------------

    def require_access_as_granted(self) -> None:
        """Data that were asked for: by a grant in force, for these data as they are, or not."""
        model.Session.remove()
        facts.forget_entities()
        rows = self.requests()
        for asset in self.assets(ASKED):
            expected = any(self._is_granted(row, asset) for row in rows)
            self._require(asset, expected, "grant")

    def _is_granted(self, row: GovernanceAccessRequest, asset: Asset) -> bool:
        given = (row.granted.get("resources") or {}).get(asset.resource)
        if row.state != "approved" or given is None:
            return False
        in_time = row.since <= self.today <= row.granted_until
        seated = row.entity_id is None or self.member
        as_it_was = (
            LEVELS.index(asset.level) <= LEVELS.index(given["level"])
            and asset.bases <= set(given["bases"])
            and asset.owner is not None
            and asset.owner.id == row.granted["owner"]
        )
        return in_time and seated and as_it_was and asset.level != "closed"

    def require_access_as_agreed(self) -> None:
        """Data that entities agreed on: while both have signed, for members, on these terms."""
        model.Session.remove()
        facts.forget_entities()
        papers = list(model.Session.scalars(sa.select(GovernanceAgreement)))
        holds = any(
            {kind for kind, _day, _who in self.log[one.id]} >= {"agreement.activated"}
            and "agreement.ended" not in {kind for kind, _day, _who in self.log[one.id]}
            and one.since <= self.today
            and (one.until is None or self.today <= one.until)
            for one in papers
        )
        terms = ("request", frozenset(PLAIN["legal_basis"]), self.desk.city.department["id"])
        for asset in self.assets(AGREED):
            now = (asset.level, asset.bases, asset.owner.id if asset.owner else None)
            self._require(asset, holds and self.member and now == terms, "agreement")

    def _require(self, asset: Asset, expected: bool, rule: str) -> None:
        resource = model.Session.get(model.Resource, asset.resource)
        actor = facts.actor_of(self.desk.asker.user["id"])
        decision = entitlement.decide_for(actor, resource)
        assert decision.allowed == expected, decision
        if expected:
            assert decision.rule == rule
            self.done.add(f"access by {rule}")

    def require_whole_record(self) -> None:
        """Whatever was done stands in the log: what, when, by whom; and nothing else."""
        for id_, expected in self.log.items():
            assert self.events_of(id_) == expected

    def require_seals(self) -> None:
        """At the end everything is sealed, and the database's owner has not touched it."""
        self.pass_time(1)
        report = seals.verify()
        assert report.findings == []
        events = sa.select(sa.func.count()).select_from(GovernanceEvent)
        assert report.events == model.Session.scalar(events)
        assert report.unsealed == 0
        assert report.has_file


def build(desk: Desk, outside: Path) -> Town:
    """The town, with those who are missing at the desk."""
    third = factories.Organization(title="Fachdienst Tiefbau")
    call_action(
        "governance_entity_update",
        organization_id=third["id"],
        entity_class="core",
        in_group=True,
    )
    boss, adviser = factories.User(), factories.User()
    desk.seat(boss["name"], desk.city.company, "admin")
    for name in (adviser["name"], desk.city.clerk, desk.second.user["name"]):
        desk.seat(name, third, "editor")
    tk.config["ckanext.jena_governance.event_digest_file"] = str(outside)
    return Town(desk, Api(desk.app, boss), third, Api(desk.app, adviser), outside)
