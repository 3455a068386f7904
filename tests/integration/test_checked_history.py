"""An auditor has one history verified on a page, and follows it from where it is told."""

from __future__ import annotations

import hashlib
import json
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from procureflow.models import AuditEvent
from tests.factories.web import Site
from tests.integration.test_pages import text_of


def _change(site: Site, statement: str, stream: str) -> None:
    """Change what must not be changed, as somebody who has the database could."""
    with site.db.unit_of_work() as session:
        connection = session.connection()
        for trigger in ("events_no_update", "events_no_delete"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        connection.exec_driver_sql(statement, (stream,))


def _file(site: Site, stream: str) -> Any:
    """A history as it is taken away."""
    answer = site.browser("auditor").get(f"/audit/check/{stream}?download=json")
    assert f'filename="{stream}.json"' in answer.headers["Content-Disposition"]
    return json.loads(answer.text)


@pytest.mark.parametrize("stream", ["approved", "open", "people", "publications"])
def test_a_whole_history_says_so(site: Site, places: dict[str, str], stream: str) -> None:
    page = text_of(site, "auditor", f"/audit/check/{places.get(stream, stream)}")
    assert "This history is whole" in page
    assert "stand in their order without a gap" in page


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "UPDATE events SET payload = replace(payload, 'discussed', 'agreed') WHERE stream = ? "
            "AND kind = 'VotingClosed'",
            "its seal is broken",
        ),
        ("DELETE FROM events WHERE stream = ? AND seq = 3", "event 3 is missing before it"),
        ("UPDATE requests SET state = 'closed' WHERE reference = ?", "state"),
    ],
)
def test_what_somebody_changed_is_named(
    site: Site, places: dict[str, str], statement: str, found: str
) -> None:
    _change(site, statement, places["approved"])
    page = text_of(site, "auditor", f"/audit/check/{places['approved']}")
    assert "This history was changed" in page
    assert found in page
    assert "This history is whole" in text_of(site, "auditor", f"/audit/check/{places['draft']}")


def test_an_unknown_history_is_not_found(site: Site) -> None:
    assert site.browser("auditor").get("/audit/check/ICT-2026-9999").status_code == 404
    assert site.browser("auditor").get("/audit/check/nothing").status_code == 404


def test_auditors_are_led_from_what_happened_to_how_it_was_recorded(
    site: Site, places: dict[str, str]
) -> None:
    link = 'href="/audit/events/'
    for page in (f"/requests/{places['approved']}", f"/non-compliance/{places['open']}"):
        assert link in site.browser("auditor").get(page).text
        assert link not in site.browser("chair").get(page).text


def test_the_list_says_how_somebody_voted(site: Site, places: dict[str, str]) -> None:
    page = text_of(site, "auditor", f"/audit?reference={places['approved']}&what=VoteCast")
    assert ": approve" in page


def test_a_wrong_password_is_logged_for_the_account_that_it_was_for(site: Site) -> None:
    site.browser().sign_in("chair@council.example", "not a password of ours")
    page = text_of(site, "auditor", "/audit/security?kind=sign_in_failed&person=chair")
    assert "Somebody gave a wrong address or password Chair Person" in page


def test_what_was_said_at_the_opening_is_before_and_after_too(
    site: Site, places: dict[str, str]
) -> None:
    with site.db.reading() as session:
        query = select(AuditEvent.id).where(
            AuditEvent.stream == places["draft"], AuditEvent.kind == "RequestOpened"
        )
        number = session.scalars(query).one()
    page = text_of(site, "auditor", f"/audit/events/{number}")
    assert "What changed" in page
    assert "What do you need? Not answered yet CAD licences for the highways" in page
    assert "CAD licences for the highways design team" in page


def test_the_register_says_from_which_rules_an_exception_was_made(
    site: Site, places: dict[str, str]
) -> None:
    granted = text_of(site, "requester", f"/register/{places['approved']}")
    assert "Excepted from EMB-1:" in granted
    assert "Excepted from FIN-1:" not in granted, "that was confirmed"
    assert "Excepted from" not in text_of(site, "requester", f"/register/{places['rejected']}")


def test_a_file_is_named_after_what_was_asked(site: Site) -> None:
    answer = site.browser("auditor").get("/audit?who=chair&what=VoteCast&download=csv")
    name = answer.headers["Content-Disposition"]
    assert 'filename="audit-who-chair-what-votecast-20' in name


@pytest.mark.parametrize("stream", ["approved", "open", "people", "publications"])
def test_a_history_can_be_checked_without_procureflow(
    site: Site, places: dict[str, str], stream: str
) -> None:
    """With nothing but what the file says of itself: SHA-256 of each text, and where it begins."""
    name = places.get(stream, stream)
    file = _file(site, name)
    before = "0" * 64
    said: set[str] = set()
    for number, event in enumerate(file["events"], start=1):
        columns = json.loads(event["text"])
        assert columns[:3] == [before, name, number]
        assert hashlib.sha256(event["text"].encode()).hexdigest() == event["hash"]
        before = event["hash"]
        payload = json.loads(columns[6])
        said |= {payload["hash"]} if columns[5] == "SectionWritten" else set()
        said |= set(payload["sections"].values()) if columns[5] == "RequestOpened" else set()
    assert (
        before == text_of(site, "auditor", f"/audit/check/{name}").partition("Last hash ")[2][:64]
    )
    texts = {hashlib.sha256(one["text"].encode()).hexdigest() for one in file["answers"]}
    assert texts == said
    assert bool(texts) is (stream == "approved")


def test_the_file_of_a_changed_history_gives_it_away(site: Site, places: dict[str, str]) -> None:
    statement = "UPDATE events SET actor_id = 1 WHERE stream = ? AND kind = 'VotingClosed'"
    _change(site, statement, places["approved"])
    file = _file(site, places["approved"])
    wrong = [
        event
        for event in file["events"]
        if hashlib.sha256(event["text"].encode()).hexdigest() != event["hash"]
    ]
    assert [json.loads(event["text"])[5] for event in wrong] == ["VotingClosed"]


def test_an_event_shows_the_text_that_was_hashed(site: Site, places: dict[str, str]) -> None:
    file = _file(site, places["approved"])
    page = site.browser("auditor").get(f"/audit?reference={places['approved']}").text
    number = page.partition('href="/audit/events/')[2].partition('"')[0]
    assert file["events"][-1]["text"] in unescape(
        site.browser("auditor").get(f"/audit/events/{number}").text
    )
