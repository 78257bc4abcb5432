"""Mails about requests, to a real SMTP server."""

from __future__ import annotations

import base64
import email
import socketserver
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from email.header import decode_header
from email.message import Message
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.lib import jobs
from ckan.tests import factories

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.access import stored
from ckanext.jena_governance.logic.access_requests import mail, retention
from ckanext.jena_governance.model import GovernanceAccessRequest, GovernanceRequestMail
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.logic.asking import LINK, desk, on

__all__ = ["desk", "on"]

TODAY = date.today()
STEWARD = "daten@umwelt.example"


class Talk(socketserver.StreamRequestHandler):
    """One conversation of RFC 5321, as far as CKAN's mailer leads it."""

    def handle(self) -> None:
        server: Any = self.server
        self.say("220 test")
        recipients: list[str] = []
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].split(" ")[0].upper()
            if word == "DATA":
                self.say("354 go on")
                server.kept.append((recipients, self.data()))
                recipients = []
                self.say("250 ok")
            elif word == "RCPT" and (server.refuses or line[9:].strip("<>") in server.refused):
                self.say("451 try again later")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                if word == "RCPT":
                    recipients.append(line.split("<")[1].rstrip(">"))
                self.say("250 ok")

    def data(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Post(socketserver.ThreadingTCPServer):
    """A mail server on a free port."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.kept: list[tuple[list[str], bytes]] = []
        self.refuses = False
        self.refused: set[str] = set()

    def letters(self) -> list[tuple[str, str, str, Message]]:
        """Recipient, subject, body and the whole of each."""
        found = []
        for recipients, raw in self.kept:
            letter = email.message_from_bytes(raw)
            parts = decode_header(letter["Subject"])
            subject = "".join(
                text.decode(charset or "ascii") if isinstance(text, bytes) else text
                for text, charset in parts
            )
            body = base64.b64decode(letter.get_payload()).decode()
            found.append((recipients[0], subject, body, letter))
        return found

    def to(self, box: str) -> list[tuple[str, str]]:
        return [(subject, body) for one, subject, body, _ in self.letters() if one == box]


@pytest.fixture
def post(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    server = Post()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setitem(ckan_config, "smtp.server", f"127.0.0.1:{server.server_address[1]}")
    monkeypatch.setitem(ckan_config, "smtp.mail_from", "portal@jena.example")
    yield server
    server.shutdown()
    server.server_close()


def box_of(api: Api) -> str:
    assert api.user is not None
    return model.User.get(api.user["name"]).email


def waiting() -> list[GovernanceRequestMail]:
    model.Session.remove()
    return list(model.Session.scalars(sa.select(GovernanceRequestMail)))


def titles() -> list[str]:
    return [job.meta["title"] for job in jobs.get_queue().get_jobs()]


def test_each_step_tells_whom_it_concerns(desk, post):
    desk.dataset()
    asked = desk.ask().result["id"]
    mail.deliver()
    box = box_of(desk.asker)
    assert [one for one, _ in post.to(box)] == ["Your request has been received"]
    assert len(post.to(STEWARD)) == 1
    desk.decide(asked, "return", text="Wozu?").result
    desk.asker("governance_access_request_answer", id=asked, text="Dazu.").result
    desk.decide(asked, "approve").result
    mail.deliver()
    assert [one for one, _ in post.to(box)] == [
        "Your request has been received",
        "A question about your request",
        "Answer to your request",
    ]
    assert len(post.to(STEWARD)) == 2
    assert waiting() == []


def test_in_the_language_in_which_somebody_asked(app, desk, post):
    desk.dataset()
    german = Api(app, desk.asker.user, "de")
    wish = {"purpose": "x", "until": (TODAY + timedelta(days=9)).isoformat(), "submit": True}
    asked = german("governance_access_request_create", dataset_id="data", **wish).result
    mail.deliver()
    ((subject, body),) = post.to(box_of(desk.asker))
    assert subject == "Ihre Anfrage ist eingegangen"
    assert f"/de/governance/requests/{asked['id']}" in body
    assert (TODAY + timedelta(days=30)).strftime("%d.%m.%Y") in body


def test_a_link_and_nothing_of_what_is_asked_for(desk, post):
    title = "Quartier-Canary-Titel"
    desk.dataset(title=title)
    asked = desk.ask(purpose="Canary-Zweck\r\nBcc: boss@evil.example").result["id"]
    desk.decide(asked, "return", text="Canary-Frage").result
    desk.asker("governance_access_request_answer", id=asked, text="Canary-Antwort").result
    desk.decide(asked, "approve", conditions="Canary-Auflage").result
    mail.deliver()
    assert len(post.letters()) == 5
    for recipient, subject, body, letter in post.letters():
        assert "anary" not in subject + body
        assert "data" not in subject
        assert LINK not in body
        assert letter.get_content_type() == "text/plain"
        assert letter["Bcc"] is None
        assert recipient != "boss@evil.example"
        assert f"/governance/requests/{asked}" in body


@pytest.mark.ckan_config("ckanext.jena_governance.escalation_contact", "datenrat@jena.example")
def test_no_mail_of_any_kind_tells_more(desk, post):
    files = [{"url": LINK, "name": "Canary-Datei", "format": "CSV"}]
    desk.dataset(title="Quartier-Canary-Titel", notes="Canary-Notiz", resources=files)
    asked = desk.ask(purpose="Canary-Zweck", norm="Canary-Norm").result["id"]
    desk.decide(asked, "approve", conditions="Canary-Auflage").result
    mail.deliver()
    post.kept.clear()
    row = model.Session.get(GovernanceAccessRequest, asked)
    entity = f"entity:{desk.city.department['id']}"
    recipients = (row.user_id, row.decider_id, entity, mail.ESCALATION)
    kinds = vocabulary.current().request_mails
    for kind in kinds:
        for lang in ("de", "en"):
            mail.write(row, kind, recipients, lang, TODAY)
    model.Session.commit()
    mail.deliver()
    assert len(kinds) > 10
    assert len(post.letters()) == len(kinds) * 2 * len(recipients)
    for _recipient, subject, body, letter in post.letters():
        assert "anary" not in letter.as_string() + subject + body
        assert LINK not in body


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\0"])
def test_no_address_brings_headers_along(desk, post, sign):
    desk.dataset()
    model.User.get(desk.asker.user["name"]).email = f"a@b.example{sign}Bcc: boss@evil.example"
    model.User.get(desk.asker.user["name"]).fullname = f"X{sign}Bcc: boss@evil.example"
    if sign == "\0":
        model.Session.rollback()
        model.User.get(desk.asker.user["name"]).email = "a@b.example\tBcc: boss@evil.example"
    model.repo.commit()
    desk.ask().result
    mail.deliver()
    assert [recipient for recipient, *_ in post.letters()] == [STEWARD]
    assert waiting() == []


class TestFailure:
    def test_does_not_block_and_is_tried_again(self, desk, post):
        desk.dataset()
        post.refuses = True
        assert desk.ask().result["state"] == "submitted"
        assert mail.deliver() == 0
        assert [one.tries for one in waiting()] == [1, 1]
        assert mail.deliver() == 0
        assert [one.tries for one in waiting()] == [1, 1], "not at once"
        post.refuses = False
        model.Session.execute(sa.update(GovernanceRequestMail).values(next_try=now()))
        model.Session.commit()
        assert mail.deliver() == 2
        assert waiting() == []
        assert len(post.letters()) == 2

    def test_no_server_at_all(self, desk, ckan_config, monkeypatch):
        monkeypatch.setitem(ckan_config, "smtp.server", "127.0.0.1:9")
        desk.dataset()
        asked = desk.ask().result
        assert mail.deliver() == 0
        assert len(waiting()) == 2
        assert desk.decide(asked["id"], "approve").result["state"] == "approved"

    def test_is_given_up_one_day(self, desk, post):
        desk.dataset()
        desk.ask().result
        post.refuses = True
        for _ in range(len(mail.PAUSES) + 1):
            model.Session.execute(sa.update(GovernanceRequestMail).values(next_try=now()))
            model.Session.commit()
            mail.deliver()
        assert waiting() == []

    def test_no_queue(self, desk, post, monkeypatch):
        def broken(*_args: Any, **_kwargs: Any) -> None:
            raise ConnectionError

        monkeypatch.setattr(jobs, "enqueue", broken)
        desk.dataset()
        assert desk.ask().result["state"] == "submitted"
        assert mail.deliver() == 2

    def test_one_box_of_several(self, desk, post):
        """The one that failed is tried again; those who have it do not get it twice."""
        data = desk.dataset()
        package = model.Session.get(model.Package, data["id"])
        stored.put(package, {"data_steward_email": ""})
        model.Session.commit()
        clerk = model.User.get(desk.city.clerk).email
        post.refused = {box_of(desk.second)}
        desk.ask().result
        mail.deliver()
        assert (len(post.to(clerk)), len(post.to(box_of(desk.second)))) == (1, 0)
        assert [one.recipient for one in waiting()] == [desk.second.user["id"]]
        post.refused = set()
        model.Session.execute(sa.update(GovernanceRequestMail).values(next_try=now()))
        model.Session.commit()
        assert mail.deliver() == 1
        assert (len(post.to(clerk)), len(post.to(box_of(desk.second)))) == (1, 1)
        assert waiting() == []

    def test_needs_no_further_step_to_go_out(self, desk, post, monkeypatch):
        """Whatever is asked of the portal, a job for what waits is on its way."""
        desk.dataset()
        desk.ask().result
        jobs.get_queue().empty()
        mail._each_while.cache_clear()
        mail._each_day.cache_clear()
        desk.app.get("/about", headers=desk.asker.headers)
        assert titles() == ["Requests: what the calendar calls for", "Mails about requests"]
        desk.app.get("/about", headers=desk.asker.headers)
        assert len(titles()) == 2, "but not with each of them"
        later = now() + timedelta(minutes=6)
        monkeypatch.setattr(mail, "now", lambda: later)
        desk.app.get("/about", headers=desk.asker.headers)
        assert titles()[2:] == ["Mails about requests"]
        mail.deliver()
        monkeypatch.setattr(mail, "now", lambda: later + timedelta(minutes=6))
        desk.app.get("/about", headers=desk.asker.headers)
        assert len(titles()) == 3, "nothing waits"

    def test_whoever_is_gone_gets_none(self, desk, post):
        desk.dataset()
        desk.ask().result
        desk.city.sysadmin("user_delete", id=desk.asker.user["id"]).result
        mail.deliver()
        assert [recipient for recipient, *_ in post.letters()] == [STEWARD]


class TestCalendar:
    def test_soon_ending_once(self, desk, post, on):
        desk.dataset()
        asked = desk.ask().result["id"]
        desk.decide(asked, "approve").result
        mail.deliver()
        post.kept.clear()
        assert mail.remind() == {"soon": 0, "overdue": 0}
        on(TODAY + timedelta(days=80))
        assert mail.remind() == {"soon": 1, "overdue": 0}
        assert mail.remind() == {"soon": 0, "overdue": 0}
        mail.deliver()
        assert [one for one, _ in post.to(box_of(desk.asker))] == ["A granted access ends soon"]

    def test_overdue_once(self, desk, post, on):
        desk.dataset()
        asked = desk.ask().result["id"]
        mail.deliver()
        post.kept.clear()
        on(TODAY + timedelta(days=31))
        assert mail.remind() == {"soon": 0, "overdue": 1}
        assert mail.remind() == {"soon": 0, "overdue": 0}
        mail.deliver()
        assert len(post.to(STEWARD)) == 1
        desk.decide(asked, "hear").result
        on(TODAY + timedelta(days=60))
        assert mail.remind() == {"soon": 0, "overdue": 0}

    def test_a_hearing_that_goes_on_and_on(self, desk, post, on):
        desk.dataset()
        asked = desk.ask().result["id"]
        desk.decide(asked, "hear").result
        mail.deliver()
        for day, found in ((29, 0), (30, 1), (31, 0), (59, 0), (60, 1)):
            post.kept.clear()
            on(TODAY + timedelta(days=day))
            assert mail.remind() == {"soon": 0, "overdue": found}, day
            mail.deliver()
            said = [subject for subject, _ in post.to(STEWARD)]
            assert said == ["A hearing is still going on"] * found, day
        desk.decide(asked, "resume").result
        on(TODAY + timedelta(days=91))
        assert mail.remind() == {"soon": 0, "overdue": 1}
        mail.deliver()
        assert [one for one, _ in post.to(STEWARD)][-1] == "A request is overdue"

    def test_no_steward_then_those_in_charge(self, app, desk, post):
        data = desk.dataset()
        package = model.Session.get(model.Package, data["id"])
        stored.put(package, {"data_steward_email": ""})
        model.Session.commit()
        desk.ask().result
        mail.deliver()
        found = {recipient for recipient, *_ in post.letters()} - {box_of(desk.asker)}
        clerk = model.User.get(desk.city.clerk).email
        assert found == {clerk, box_of(desk.second)}

    @pytest.mark.ckan_config("ckanext.jena_governance.escalation_contact", "datenrat@jena.example")
    def test_referred(self, desk, post):
        desk.dataset()
        asked = desk.ask().result["id"]
        desk.decide(asked, "refer", text="Unklar.").result
        mail.deliver()
        ((subject, body),) = post.to("datenrat@jena.example")
        assert subject == "A request is referred to you for clarification"
        # They have no account: no page that they cannot open, but somebody to ask.
        assert "http" not in body
        assert f"Fachdienst Umweltschutz, Team Daten ({STEWARD})" in body
        assert asked in body
        for said in ("Fundorte", "Baustellen", "Unklar", "canary"):
            assert said not in subject + body
        assert "datenrat@jena.example" in desk.show(asked).result["remedy"]["text"]

    @pytest.mark.ckan_config("ckanext.jena_governance.escalation_contact", "datenrat@jena.example")
    @pytest.mark.ckan_config("ckanext.jena_governance.legal_mailbox", "recht@jena.example")
    def test_referred_without_a_steward(self, desk, post):
        data = desk.dataset()
        asked = desk.ask().result["id"]
        package = model.Session.get(model.Package, data["id"])
        stored.put(package, {"data_steward_email": "", "data_steward": ""})
        model.Session.commit()
        desk.decide(asked, "refer", text="Unklar.").result
        mail.deliver()
        ((_subject, body),) = post.to("datenrat@jena.example")
        assert f"{desk.city.department['title']} (recht@jena.example)" in body

    def test_referred_to_nobody(self, desk, post):
        desk.dataset()
        asked = desk.ask().result["id"]
        mail.deliver()
        post.kept.clear()
        desk.decide(asked, "refer", text="Unklar.").result
        mail.deliver()
        assert [recipient for recipient, *_ in post.letters()] == [box_of(desk.asker)]

    def test_erased_after_their_time(self, desk, on):
        desk.dataset()
        draft = desk.ask(submit=False).result["id"]
        asked = desk.ask().result["id"]
        desk.decide(asked, "approve").result
        on(TODAY + timedelta(days=90))
        assert retention.prune() == {"drafts": 1, "requests": 0}
        on(TODAY + timedelta(days=90 + 36 * 31))
        assert retention.prune() == {"drafts": 0, "requests": 1}
        model.Session.remove()
        for id_ in (draft, asked):
            assert model.Session.get(GovernanceAccessRequest, id_) is None
        assert waiting() == []


def test_named_persons_are_told(desk, post, on):
    desk.dataset()
    other = factories.User()
    desk.seat(other["name"], desk.city.company, "member")
    asked = desk.ask(entity=desk.city.company["id"], persons=[other["name"]]).result["id"]
    desk.decide(asked, "approve").result
    mail.deliver()
    named = Api(desk.app, other)
    ((subject, body),) = post.to(box_of(named))
    assert subject == "Access was granted to you"
    link = body.split()[-1]
    assert asked not in link
    post.kept.clear()
    on(TODAY + timedelta(days=80))
    assert mail.remind() == {"soon": 1, "overdue": 0}
    mail.deliver()
    for api, its in ((named, "/dataset/"), (desk.asker, "/governance/requests/")):
        ((subject, body),) = post.to(box_of(api))
        assert subject == "A granted access ends soon"
        assert its in body
    desk.app.get(link.partition("test.ckan.net")[2], headers=named.headers, status=200)
