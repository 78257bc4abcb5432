"""Not knowing is allowed: the data are locked, and somebody who knows is asked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

import ckantoolkit as tk
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.logic import question
from ckanext.jena_governance.tests.conftest import City, stored


@pytest.fixture
def dataset(city: City) -> dict[str, Any]:
    return city.editor(
        "package_create", name="lagekarte", title="Lagekarte", owner_org=city.department["id"]
    ).result


def ask(city: City, package_id: str) -> dict[str, Any]:
    return question.ask({"user": city.clerk}, package_id)


def test_locked_and_asked_until_somebody_decides(city: City, dataset: dict[str, Any]) -> None:
    locked = ask(city, dataset["id"])
    due = (date.today() + timedelta(days=14)).isoformat()
    assert locked["review_date"] == due
    assert stored("lagekarte")["openness"] == "closed"
    [waiting] = question.open_questions()
    assert (waiting.package.name, waiting.until) == ("lagekarte", due)
    assert waiting.asked == date.today().isoformat()
    assert question.is_asked(dataset["id"])

    city.sysadmin(
        "package_patch",
        id=dataset["id"],
        openness="open",
        legal_basis=[],
        review_date="",
        opening_reason="War falsch eingestuft",
    )
    model.Session.remove()
    assert stored("lagekarte")["openness"] == "open"
    assert question.open_questions() == []


def test_only_those_in_charge_may_lock(city: City, dataset: dict[str, Any]) -> None:
    with pytest.raises(tk.NotAuthorized):
        question.ask({"user": city.manager.user["name"]}, dataset["id"])
    assert question.open_questions() == []


@pytest.mark.ckan_config("ckanext.jena_governance.legal_mailbox", "recht@stadt.example")
def test_the_mailbox_gets_a_link_and_nothing_of_the_data(
    city: City, dataset: dict[str, Any], mail_server: Any
) -> None:
    from ckan.lib import jobs

    ask(city, dataset["id"])
    job = [one for one in jobs.get_queue().jobs if "legal question" in one.meta["title"]][-1]
    mailbox, subject, body = job.args[0] if isinstance(job.args[0], list) else job.args
    assert mailbox == "recht@stadt.example"
    assert dataset["id"] in body
    assert "Lagekarte" not in subject + body
    question.send(mailbox, subject, body)
    [(_host, _sender, recipients, text)] = mail_server.get_smtp_messages()
    assert recipients == ["recht@stadt.example"]
    assert "Lagekarte" not in text


def test_without_a_mailbox_the_task_stands_in_the_list(city: City, dataset: dict[str, Any]) -> None:
    from ckan.lib import jobs

    before = len(jobs.get_queue().jobs)
    ask(city, dataset["id"])
    assert len(jobs.get_queue().jobs) == before
    assert len(question.open_questions()) == 1


def test_a_mail_that_cannot_be_queued_costs_nothing(
    city: City, dataset: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "ckanext.jena_governance.legal_mailbox", "recht@stadt.example")

    def broken(*_args: Any, **_named: Any) -> None:
        raise OSError("no Redis")

    monkeypatch.setattr(tk, "enqueue_job", broken)
    ask(city, dataset["id"])
    assert len(question.open_questions()) == 1


def test_deleted_datasets_ask_no_more(city: City, dataset: dict[str, Any]) -> None:
    ask(city, dataset["id"])
    call_action("package_delete", context={"user": city.clerk}, id=dataset["id"])
    assert question.open_questions() == []
