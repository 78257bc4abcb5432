"""The history of a level: what happened, when, by whom, and why."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.logic import history
from ckanext.jena_governance.model import GovernanceEventPerson
from ckanext.jena_governance.tests.logic.house import CLEANED, LINK, OPEN, events, kinds, speaking


def entries() -> list[history.Entry]:
    model.Session.remove()
    package = model.Package.get("data")
    assert package
    return history.of(package)


def rows(entry: history.Entry) -> dict[str, tuple[str, str]]:
    return {row.field: (row.before, row.after) for row in entry.changes}


def test_opening(app, house, make, plain):
    make(**plain)
    house.first("package_patch", id="data", opening_reason="Grund entfallen", **OPEN).result
    with speaking(app, "de"):
        (entry,) = entries()
        assert entry.what == "Weiter geöffnet"
        assert entry.who == house.users["first"]["display_name"]
        assert entry.reason == "Grund entfallen"
        assert rows(entry)["Wie offen sind die Daten?"] == ("Auf Anfrage", "Offen")


def test_closing_is_recorded_with_its_levels_only(app, house, make, plain):
    make(**plain)
    house.first("package_patch", id="data", openness="closed", title="Anders").result
    (event,) = events("dataset.restricted")
    assert event.data["changes"][""]["openness"] == {"from": "request", "to": "closed"}
    assert LINK not in str(event.data)
    assert "Anders" not in str(event.data)
    with speaking(app, "en"):
        (entry,) = entries()
        assert entry.what == "Restricted further"
        assert rows(entry)["How open are the data?"] == ("On request", "Closed")


def test_closing_one_file_is_recorded_too(house, make):
    made = make(license_id="dl-by-de-2.0")
    house.first(
        "resource_patch",
        id=made["resources"][0]["id"],
        openness="closed",
        legal_basis=["kritis-schutzinformation"],
        restriction_reason="Schutz der Anlage",
    )
    house.first(
        "package_patch",
        id="data",
        data_steward="Team Daten",
        data_steward_email="daten@umwelt.example",
        review_date="2027-01-01",
    )
    assert set(kinds()) <= {"dataset.restricted"}


def test_other_edits_leave_no_event(house, make, plain):
    make(**plain)
    house.first("package_patch", id="data", title="Anders", notes="Neu").result
    assert kinds() == []


def test_what_is_refused_leaves_none(house, make, plain):
    make(**plain)
    answer = house.first("package_patch", id="data", openness="closed", legal_basis=[])
    assert answer.status == 409
    assert kinds() == []


def test_locking_and_confirming(app, house, make, restriction):
    make(**restriction)
    house.first("package_patch", id="data", opening_reason="Bereinigt", **CLEANED).result
    house.second("governance_opening_confirm", id="data").result
    house.second("governance_lock", id="data", reason="Doch nicht").result
    with speaking(app, "de"):
        found = entries()
        assert [entry.what for entry in found] == [
            "Sofort gesperrt",
            "Weiter geöffnet",
            "Öffnung von einer zweiten Person bestätigt",
            "Öffnung vorgeschlagen; sie wartet auf eine zweite Person",
        ]
        assert rows(found[0])["Wie offen sind die Daten?"] == ("Offen", "Geschlossen")
        assert found[0].reason == "Doch nicht"


def test_erased_people_have_no_name(app, house, make, plain):
    make(**plain)
    house.first("package_patch", id="data", opening_reason="x", **OPEN).result
    model.Session.execute(sa.delete(GovernanceEventPerson))
    model.Session.commit()
    with speaking(app, "de"):
        assert [entry.who for entry in entries()] == [""]


def test_only_those_in_charge_read_it(app, house, make, plain):
    make(**plain)
    house.first("package_patch", id="data", opening_reason="Interne Worte", **OPEN).result
    readers: dict[str, Any] = {
        "editor": house.second, "sysadmin": house.city.sysadmin,
        "member": house.member, "other": house.city.manager, "nobody": house.city.nobody,
    }  # fmt: skip
    for name, api in readers.items():
        page = app.get("/de/dataset/data/access", headers=api.headers).text
        assert ("Interne Worte" in page) == (name in ("editor", "sysadmin")), name
        assert ("Verlauf der Offenheit" in page) == (name in ("editor", "sysadmin")), name
