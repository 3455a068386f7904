"""An auditor has one history verified on a page, and follows it from where it is told."""

from __future__ import annotations

import pytest

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
    assert "follow from each other without a gap" in page


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
