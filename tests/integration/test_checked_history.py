"""An auditor has one history verified on a page, and follows it from where it is told."""

from __future__ import annotations

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
