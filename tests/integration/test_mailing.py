"""Who is told what: the outbox's events → one message to each who has something to do."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import delete, select, update

from procureflow.adapters import clock
from procureflow.adapters.mail import MailUrlError, Writer, sender
from procureflow.cli.serving import carry
from procureflow.db import Database
from procureflow.domain.errors import Refusal
from procureflow.domain.permissions import Role
from procureflow.models import Grant, Mail, OutboxItem, Person, Request
from procureflow.services import (
    business_cases,
    co_authors,
    comments,
    compliance,
    mailing,
    people,
    requests,
    reviews,
)
from procureflow.settings import resource
from tests.factories import stages
from tests.factories.council import GROUP, MEMBERS, Council
from tests.integration.rows import changes, everything, rows

BASE_URL = "https://procureflow.council.example"
WRITER = Writer(
    resource("templates") / "email", "ProcureFlow <procureflow@localhost>", BASE_URL, "The Council"
)


@dataclass
class Server:
    """A mail server that keeps what it is given, and may refuse somebody."""

    got: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Accept a recipient, or not."""
        if address in self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Keep a message."""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.got += [(to, message) for to in envelope.rcpt_tos]
        return "250 OK"

    @property
    def url(self) -> str:
        """Its address."""
        return f"smtp://127.0.0.1:{self.port}"

    def taken(self) -> list[tuple[str, str]]:
        """(account, subject after the reference) of what came since the last call, sorted."""
        found = [
            (to.partition("@")[0], str(message["Subject"]).partition(": ")[2])
            for to, message in self.got
        ]
        self.got.clear()
        return sorted(found)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def server() -> Iterator[Server]:
    """A mail server on this machine."""
    handler = Server(port=free_port())
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def worker(council: Council, server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Carries what waits, at the council's own moment."""
    monkeypatch.setattr(clock, "now", lambda: council.now)
    carry(council.db, WRITER, sender(server.url))  # the seeding's news: nobody's
    return lambda: carry(council.db, WRITER, sender(server.url))


def _to(*accounts: str, said: str) -> list[tuple[str, str]]:
    return sorted((account, said) for account in accounts)


# --- who ----------------------------------------------------------------------------------------


def test_each_act_tells_exactly_who_has_something_to_do(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    title = "“CAD licences for the highways design team”"

    def told(*accounts: str, said: str = "") -> None:
        assert worker() == len(accounts)
        assert server.taken() == _to(*accounts, said=said)
        assert worker() == 0
        assert server.taken() == []

    request = council.case_written()
    told()
    submission = council.act(
        business_cases.ask_for_endorsement,
        by="requester",
        request_id=request,
        sponsor_id=council.people["sponsor"],
    )
    told("sponsor", said=f"please endorse {title}")
    council.act(
        business_cases.send_back,
        by="sponsor",
        request_id=request,
        submission_id=submission,
        note="The second quote?",
    )
    told("requester", said=f"your sponsor sent back {title}")
    submission = council.act(
        business_cases.ask_for_endorsement,
        by="requester",
        request_id=request,
        sponsor_id=council.people["sponsor"],
    )
    told("sponsor", said=f"please endorse {title}")
    council.act(business_cases.endorse, by="sponsor", request_id=request, submission_id=submission)
    told("requester", said=f"your sponsor endorsed {title}")
    review = council.act(business_cases.refer_to_group, by="requester", request_id=request)
    told("ict", "finance", said="an assessment waits for you")
    for by, kind in (("ict", "standards"), ("finance", "funding")):
        assert server.taken() == []
        council.act(
            reviews.record_assessment,
            by=by,
            review_id=review,
            kind=kind,
            verdict="satisfied",
            note="",
        )
        told(*(MEMBERS if by == "finance" else ()), said=f"{title} is ready for your vote")
    for by in ("member2", "member3"):
        council.declare(review, by)
        told()
        council.vote(review, by, "reject")
        told()
    council.declare(review, "chair")
    told()
    council.vote(review, "member2", "reject")
    told()
    council.declare(review, "member4")
    told()
    council.vote(review, "member4", "abstain")
    told("chair", said="there are enough votes to close")
    council.vote(review, "chair", "approve")
    told()
    council.act(
        reviews.close_voting,
        by="chair",
        review_id=review,
        expected="reject",
        reasons="It was ordered before.",
        rules=["NC-1"],
    )
    assert worker() == 3
    assert server.taken() == sorted(
        [
            *_to("requester", "sponsor", said="rejected"),
            *_to("director", said="a directorate action waits for you"),
        ]
    )
    council.act(compliance.answer_action, by="director", record_id=1, done="Done.")
    told("chair", "secretary", said="an answer waits for you to close it")
    council.act(compliance.reopen_action, by="secretary", record_id=1, why="What?")
    told("director", said="a directorate action waits for you")
    council.act(compliance.answer_action, by="director", record_id=1, done="All of it.")
    told("chair", "secretary", said="an answer waits for you to close it")
    council.act(compliance.close_action, by="secretary", record_id=1, note="Enough.")
    told()


@pytest.mark.parametrize(
    ("outcome", "said"), [("approve", "approved"), ("return", "the group needs more")]
)
def test_a_decision_goes_to_who_asked_and_who_sponsors(
    council: Council, server: Server, worker: Callable[[], int], outcome: str, said: str
) -> None:
    council.voted(outcome, outcome, outcome)
    worker()
    server.taken()
    more = {"sections": ["commercial"]} if outcome == "return" else {}
    council.act(
        reviews.close_voting,
        by="chair",
        review_id=1,
        expected=outcome,
        reasons="As discussed.",
        **more,
    )
    assert worker() == 2
    assert server.taken() == _to("requester", "sponsor", said=said)


def test_a_recommendation_is_told_as_one_and_goes_to_the_next_body(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    stages.voted_by_the_board(stages.with_two_bodies(council))
    worker()
    server.taken()
    council.act(
        reviews.close_voting,
        by="sponsor2",
        review_id=1,
        expected="approve",
        reasons="The board is for it.",
    )
    worker()
    told = _to("requester", "sponsor", said="recommended, and not decided yet")
    assert server.taken() == sorted([*told, *_to("finance", said="an assessment waits for you")])


def test_a_comment_goes_to_those_it_concerns(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    """Who writes and sponsors it, who commented before and whom it waits for, if they may still
    see it."""
    title = "“CAD licences for the highways design team”"

    def told(*accounts: str, said: str) -> None:
        assert worker() == len(accounts)
        assert server.taken() == _to(*accounts, said=said)

    request, review = council.referred()
    worker()
    server.taken()

    def say(by: str) -> None:
        about = {"request_id": request, "section": None, "words": f"Asks {by}."}
        council.act(comments.comment, by=by, **about)

    say("ict")
    told("finance", "requester", "sponsor", said=f"a comment on {title}")
    say("requester")
    told("finance", "ict", "sponsor", said=f"a comment on {title}")
    assess: dict[str, Any] = {"review_id": review, "verdict": "satisfied", "note": ""}
    council.act(reviews.record_assessment, by="finance", kind="funding", **assess)
    say("requester")
    told("ict", "sponsor", said=f"a comment on {title}")
    council.act(people.disable_person, person_id=council.people["sponsor"], actor_id=None)
    with council.db.unit_of_work() as session:
        session.execute(delete(Grant).where(Grant.person_id == council.people["ict"]))
    say("chair")
    told("requester", said=f"a comment on {title}")


def test_nobody_is_told_of_a_request_that_they_may_see_no_more(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    request, submission = council.asked()
    colleague = council.people["colleague"]
    council.act(co_authors.add_co_author, by="requester", request_id=request, person_id=colleague)
    worker()
    server.taken()
    council.end_roles("colleague")
    about = {"request_id": request, "submission_id": submission}
    council.act(business_cases.send_back, by="sponsor", note="Two quotes, please.", **about)
    title = "“CAD licences for the highways design team”"
    assert worker() == 1
    assert server.taken() == _to("requester", said=f"your sponsor sent back {title}")
    council.act(comments.comment, by="sponsor", request_id=request, section=None, words="Well?")
    assert worker() == 1


def test_a_co_author_is_told_unless_removed_meanwhile(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    act = {"request_id": council.opened(), "person_id": council.people["colleague"]}
    council.act(co_authors.add_co_author, by="requester", **act)
    council.act(co_authors.remove_co_author, by="requester", **act)
    assert worker() == 0
    council.act(co_authors.add_co_author, by="requester", **act)
    assert worker() == 1
    title = "“CAD licences for the highways design team”"
    assert server.taken() == _to("colleague", said=f"you can write {title} too")


def test_nobody_is_told_to_judge_their_own(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    for account, role, scope in (
        ("sponsor", Role.MEMBER, {"body": GROUP}),
        ("requester", Role.ICT_ASSESSOR, {}),
        ("stranger", Role.ICT_ASSESSOR, {}),
    ):
        council.act(
            people.grant_role,
            person_id=council.people[account],
            role=role,
            actor_id=None,
            starts_on=council.now.date(),
            **scope,
        )
    council.assessed()
    worker()
    told = server.taken()
    assert [a for a, said in told if said.startswith("an assessment")] == [
        "finance",
        "ict",
        "stranger",
    ]
    assert sorted(a for a, said in told if said.endswith("your vote")) == sorted(MEMBERS)


def test_who_left_is_told_nothing(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    """Also where the message was waiting already."""
    council.asked()
    with council.db.unit_of_work() as session:
        mailing.expand_outbox(session, now=council.now)
    council.act(people.disable_person, person_id=council.people["sponsor"], actor_id=None)
    assert worker() == 0
    assert server.taken() == []
    (mail,) = everything(council, Mail)
    assert (mail.sent_at, mail.values) == (council.now, {})


def test_news_that_was_overtaken_is_not_told(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    """The worker was away: nobody is asked for what can't be done any more."""
    request, _ = council.voted("approve", "approve", "approve")
    council.act(requests.take_step, by="requester", request_id=request, trigger="withdraw")
    worker()
    assert [said for _, said in server.taken() if "endorsed" not in said] == []


# --- what ---------------------------------------------------------------------------------------


def test_a_mail_is_plain_and_its_links_begin_with_our_address(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    council.closed("reject")
    with council.db.unit_of_work() as session:
        link = mailing.mail_link(
            session,
            person_id=council.people["stranger"],
            purpose="first_password",
            valid_for=timedelta(days=1),
            base_url=BASE_URL,
            now=council.now,
        )
    worker()
    assert len(server.got) == 5
    for to, message in server.got:
        assert sorted(set(message.keys())) == sorted(
            {
                *("From", "To", "Subject", "Message-ID", "Auto-Submitted"),
                *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
            }
            & set(message.keys())
        )
        assert (message["To"], message["From"]) == (to, WRITER.sender)
        assert message["Auto-Submitted"] == "auto-generated"
        assert message.get_content_type() == "text/plain"
        body = message.get_content()
        links = re.findall(r"\S*://\S*", body)
        assert links
        assert all(found.startswith(f"{BASE_URL}/") for found in links), links
        assert body.startswith(f"Dear {to.partition('@')[0].title()} Person,")
        assert "The Council" in body
        assert "{{" not in body
    assert [to for to, m in server.got if link in m.get_content()] == ["stranger@council.example"]
    identities = [str(m["Message-ID"]) for _, m in server.got]
    assert len(identities) == len(set(identities))


HOSTILE = [
    pytest.param("=?utf-8?q?x=0d=0aBcc:_evil=40evil.example?="),
    pytest.param("=?utf-8?q?x=0aBcc:_evil=40evil.example=0a=0aDear_all?="),
    pytest.param("=?utf-8?b?DQpCY2M6IGV2aWxAZXZpbC5leGFtcGxl?="),
    "x\r\nBcc: evil@evil.example\r\n\r\nDear all",
    "x\rBcc: evil@evil.example",
    "x\u2028Bcc: evil@evil.example",
    "x\x85Bcc: evil@evil.example",
    "x\u2029\u2029<script>alert(1)</script>",
    "{{ 7*7 }} {% raw %} {{ base_url }}",
    "“x” \u202egnp.exe \U0001f600",
    ". \u00a0 --boundary",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_adds_no_header(
    council: Council, server: Server, worker: Callable[[], int], title: str
) -> None:
    """Some of these can't be written through the product; the mail must hold all the same."""
    council.asked()
    with council.db.unit_of_work() as session:
        session.execute(update(Request).values(title=title))
    assert worker() == 1
    _only_to_the_sponsor(server)
    assert "49" not in str(server.got[0][1]["Subject"])


def test_a_name_with_line_breaks_adds_no_header(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    council.asked()
    with council.db.unit_of_work() as session:
        session.execute(update(Person).values(name="A\r\nBcc: evil@evil.example"))
    assert worker() == 1
    _only_to_the_sponsor(server)


def _only_to_the_sponsor(server: Server) -> None:
    ((to, message),) = server.got
    assert to == "sponsor@council.example"
    assert message["Bcc"] is None
    assert message["To"] == to
    assert {"bcc", "cc", "x"} & {key.lower() for key in message} == set()
    assert str(message["Subject"]).startswith("ICT-2026-0001: ")
    assert f"{BASE_URL}/requests/ICT-2026-0001/endorse" in message.get_content()


def test_what_a_mail_said_is_forgotten_once_it_is_sent(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    council.asked()
    with council.db.unit_of_work() as session:
        link = mailing.mail_link(
            session,
            person_id=council.people["stranger"],
            purpose="forgotten_password",
            valid_for=timedelta(days=1),
            base_url=BASE_URL,
            now=council.now,
        )
    token = link.rpartition("/")[2]
    assert worker() == 2
    assert all(m.values == {} and m.sent_at == council.now for m in everything(council, Mail))
    for table, found in rows(council.db).items():
        for row in found.values():
            assert token not in str(row), table


def test_nothing_of_a_token_stays(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    with council.db.unit_of_work() as session:
        link = mailing.mail_link(
            session,
            person_id=council.people["stranger"],
            purpose="forgotten_password",
            valid_for=timedelta(days=1),
            base_url=BASE_URL,
            now=council.now,
        )
    worker()
    assert link.rpartition("/")[2][:8] not in everything(council, Mail)[0].key


# --- once, and in the end -----------------------------------------------------------------------


def test_an_act_that_was_rolled_back_tells_nobody(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    request = council.case_written()
    worker()
    before = rows(council.db)

    def act_that_fails() -> None:
        with council.db.unit_of_work() as session:
            business_cases.ask_for_endorsement(
                session,
                request_id=request,
                sponsor_id=council.people["sponsor"],
                actor_id=council.people["requester"],
                now=council.now,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act_that_fails()
    with pytest.raises(Refusal):
        council.act(business_cases.refer_to_group, by="requester", request_id=request)
    assert worker() == 0
    assert server.taken() == []
    assert changes(before, rows(council.db)) == {}


def test_a_server_that_is_away_gets_it_later_each_time_after_twice_as_long(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    council.asked()
    nobody = sender(f"smtp://127.0.0.1:{free_port()}")
    waited = []
    for attempt in range(1, mailing.MOST_ATTEMPTS + 1):
        assert carry(council.db, WRITER, nobody) == 0
        (mail,) = everything(council, Mail)
        assert (mail.attempts, mail.sent_at) == (attempt, None)
        assert "refused" in (mail.last_error or "")
        assert mail.values["reference"] == "ICT-2026-0001"
        waited.append(mail.not_before - council.now)
        council.now = mail.not_before - timedelta(microseconds=1)
        assert worker() == 0, "too early"
        council.now = mail.not_before
    assert waited == [timedelta(minutes=2**n) for n in range(1, mailing.MOST_ATTEMPTS + 1)]
    assert worker() == 0, "after the last attempt it waits for the administrator"
    with council.db.unit_of_work() as session:
        session.execute(update(Mail).values(attempts=3))
    assert worker() == 1
    assert [account for account, _ in server.taken()] == ["sponsor"]
    (mail,) = everything(council, Mail)
    assert (mail.values, mail.last_error) == ({}, None)
    council.now += timedelta(days=9)
    assert worker() == 0


def test_one_mailbox_that_is_refused_holds_up_no_other(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    council.assessed()
    server.refuses = {"member3@council.example"}
    assert worker() == len(server.got)
    told = {account for account, said in server.taken() if said.endswith("your vote")}
    assert told == set(MEMBERS) - {"member3"}
    server.refuses = set()
    council.now += timedelta(hours=1)
    assert worker() == 1
    assert [account for account, _ in server.taken()] == ["member3"]


def test_two_workers_at_once_send_no_mail_twice(
    council: Council, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: council.now)
    for _ in range(3):
        council.assessed()
    begin, sent, failed = threading.Barrier(3), [], []

    def work() -> None:
        database = Database(council.db.url.render_as_string(hide_password=False))
        begin.wait()
        try:
            sent.append(carry(database, WRITER, sender(server.url)))
        except Exception as error:
            failed.append(error)
        finally:
            database.dispose()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    expected = 3 * (1 + 1 + 2 + len(MEMBERS))
    overtaken = 3  # asked and answered before the worker came: the sponsor isn't asked any more
    assert sum(sent) == len(server.got) == expected - overtaken
    identities = [(to, str(message["Message-ID"])) for to, message in server.got]
    assert len(set(identities)) == len(identities)
    assert all(item.done_at is not None for item in everything(council, OutboxItem))


def test_two_workers_in_two_processes_send_no_mail_twice(council: Council, server: Server) -> None:
    for _ in range(2):
        council.assessed()
    environment = {
        "PROCUREFLOW_DATABASE_URL": council.db.url.render_as_string(hide_password=False),
        "PROCUREFLOW_SECRET_KEY": "s" * 32,
        "PROCUREFLOW_BASE_URL": BASE_URL,
        "PROCUREFLOW_MAIL_URL": server.url,
    }
    command = [sys.executable, "-c", "from procureflow.cli import main; main()", "worker", "--once"]
    running = [
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], answers
    sent = sum(int(out.split()[0]) for out, _ in answers)
    assert sent == len(server.got) == 2 * (1 + 2 + len(MEMBERS))
    identities = [(to, str(message["Message-ID"])) for to, message in server.got]
    assert len(set(identities)) == len(identities)


def test_a_slow_server_gets_no_mail_twice(
    council: Council, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: council.now)
    council.assessed()
    deliver, other = sender(server.url), iter([True])

    def slowly(message: EmailMessage) -> None:
        deliver(message)
        council.now += timedelta(minutes=1)
        if council.now.minute == 6 and next(other, False):
            carry(council.db, WRITER, deliver)

    carry(council.db, WRITER, slowly)
    identities = [(to, str(message["Message-ID"])) for to, message in server.got]
    assert len(set(identities)) == len(identities)


def test_a_worker_that_died_is_followed_by_another(
    council: Council, server: Server, worker: Callable[[], int]
) -> None:
    """What it had claimed comes back, under the same Message-ID."""
    council.asked()

    class Killed(BaseException):
        """Not an Exception: nothing catches it, as nothing catches a kill."""

    def dies(message: EmailMessage) -> None:
        sender(server.url)(message)
        raise Killed

    with pytest.raises(Killed):
        carry(council.db, WRITER, dies)
    assert worker() == 0
    council.now += mailing.LEASE
    assert worker() == 1
    identities = {(to, str(message["Message-ID"])) for to, message in server.got}
    assert (len(server.got), len(identities)) == (2, 1)


# --- the address of the server ------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "smtp:", "smtp://", "ftp://host", "notify:key", "host:25"])
def test_an_address_for_mail_that_cant_be_used(url: str) -> None:
    with pytest.raises(MailUrlError, match="PROCUREFLOW_MAIL_URL"):
        sender(url)


@pytest.mark.parametrize("url", ["smtp://host:port", "smtp://host:99999", "smtp://[::1"])
def test_an_address_for_mail_with_a_bad_port(url: str) -> None:
    with pytest.raises(MailUrlError, match="PROCUREFLOW_MAIL_URL"):
        sender(url)


def test_a_server_without_tls_is_not_spoken_to_in_clear(server: Server) -> None:
    """Where the address asks for TLS, no password and no mail goes without it."""
    message = EmailMessage()
    message["To"], message["From"] = "a@b.example", "c@d.example"
    message.set_content("x")
    with pytest.raises(smtplib.SMTPNotSupportedError):
        sender(f"smtp://user:word@127.0.0.1:{server.port}?tls")(message)
    assert server.got == []


# --- reminders ------------------------------------------------------------------------------------


def _reported(council: Council) -> str:
    purchase = {
        "what": "Tablets",
        "supplier": "A shop",
        "amount": "5",
        "bought_on": "2026-10-01",
        "evidence": "An invoice.",
    }
    given = {"directorate": "environment", "purchase": purchase, "rules": ["NC-1"]}
    return str(council.act(compliance.report_purchase, by="finance", **given))


def _reminded(council: Council) -> list[str]:
    """The keys of all reminders so far."""
    with council.db.unit_of_work() as session:
        mailing.remind(session, now=council.now)
        query = select(Mail.key).where(Mail.template == "reminder").order_by(Mail.id)
        return list(session.scalars(query))


def test_a_director_is_reminded_before_an_action_is_due_and_not_after(council: Council) -> None:
    reference = _reported(council)
    due = council.now.date() + timedelta(days=28)
    keys: list[list[str]] = []
    for _ in range(40):
        keys.append(_reminded(council))
        assert keys[-1] == _reminded(council), "once"
        council.now += timedelta(days=1)
    week, eve = f"remind:{reference}:{due}:7", f"remind:{reference}:{due}:1"
    assert keys[20] == []
    assert keys[21] == [week]
    assert keys[26] == [week]
    assert keys[27] == keys[39] == [week, eve]


def test_a_director_who_answered_is_left_alone(council: Council) -> None:
    _reported(council)
    council.act(compliance.answer_action, by="director", record_id=1, done="Returned it.")
    council.now += timedelta(days=25)
    assert _reminded(council) == []
    council.act(compliance.reopen_action, by="chair", record_id=1, why="All of it?")
    assert len(_reminded(council)) == 1


def test_whoever_was_away_is_reminded_once(council: Council) -> None:
    reference = _reported(council)
    due = council.now.date() + timedelta(days=28)
    council.now += timedelta(days=27)
    assert _reminded(council) == [f"remind:{reference}:{due}:1"]
