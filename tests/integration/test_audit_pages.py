"""The auditor's desk: events, one event, directorates compared, roles and the security log."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select

from procureflow.domain.calendar import in_words, local_day
from procureflow.domain.chain import GENESIS, seal
from procureflow.domain.events import Event
from procureflow.domain.permissions import Role
from procureflow.models import AuditEvent, Request, SecurityEntry
from procureflow.queries import directorates, listing, policies
from procureflow.queries import people as reading_people
from procureflow.queries.evidence import events
from procureflow.queries.evidence import roles as holding
from procureflow.queries.evidence import security as log
from procureflow.services import people, requests
from procureflow.web import timeline
from tests.factories.council import BEGINNING, CASE, GROUP, Council
from tests.factories.web import Site
from tests.integration.test_pages import text_of

PAGES = ["/audit", "/audit/directorates", "/audit/roles", "/audit/security"]


def _rows(site: Site, address: str) -> list[dict[str, str]]:
    """Every row of a list, by column, from its file."""
    answer = site.browser("auditor").get(f"{address}{'&' if '?' in address else '?'}download=csv")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text[1:])))


def _event(site: Site, **wanted: Any) -> int:
    """The id of the last event with these values."""
    with site.db.reading() as session:
        query = select(AuditEvent.id).filter_by(**wanted).order_by(AuditEvent.id.desc())
        return session.scalars(query.limit(1)).one()


def _count(site: Site, *conditions: Any) -> int:
    with site.db.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEvent).where(*conditions)) or 0


# --- every kind has words -------------------------------------------------------------------------


def _kinds(base: type[Event] = Event) -> set[str]:
    return {kind.kind() for kind in base.__subclasses__()} | {
        name for kind in base.__subclasses__() for name in _kinds(kind)
    }


def test_every_kind_of_event_has_words() -> None:
    assert set(timeline.KINDS) == _kinds()
    assert set(timeline._TELL) == _kinds()
    assert len(set(timeline.KINDS.values())) == len(timeline.KINDS), "two can't be told apart"


def test_every_role_has_words() -> None:
    assert list(holding.ROLES) == [role.value for role in Role]


def test_every_kind_of_security_entry_has_words() -> None:
    """Those that the pages write, by their source; a kind counted from an address has a twin."""
    web = Path(timeline.__file__).parent
    source = "".join(path.read_text("utf-8") for path in web.glob("*.py"))
    written = set(re.findall(r'remember\(\s*"(\w+)"', source))
    counted = set(re.findall(r'_ensure_not_throttled\(\w+, "(\w+)"\)', source)) | {"attempt"}
    assert written | counted | {f"{kind}_from" for kind in counted} == set(log.KINDS)


# --- all events -----------------------------------------------------------------------------------


def test_the_list_has_everything_the_newest_first(site: Site) -> None:
    rows = _rows(site, "/audit")
    assert len(rows) == _count(site)
    assert [row["Recorded at (UTC)"] for row in rows] == sorted(
        (row["Recorded at (UTC)"] for row in rows), reverse=True
    )
    assert rows == _rows(site, "/audit?sort=oldest")[::-1]
    page = text_of(site, "auditor", "/audit")
    assert f"{len(rows)} events . Sorted by: newest first." in page
    assert "Closed the directorate action" in page
    assert "Next page" in page


def test_the_file_is_enough_to_check_every_seal(site: Site) -> None:
    heads: dict[str, str] = {}
    for row in _rows(site, "/audit?sort=oldest"):
        assert row["Previous hash"] == heads.get(row["Stream"], GENESIS)
        heads[row["Stream"]] = row["Hash"]
        assert row["Hash"] == seal(
            row["Previous hash"],
            stream=row["Stream"],
            seq=int(row["Number"]),
            at=row["Recorded at (UTC)"],
            actor=int(row["Person"]) if row["Person"] else None,
            kind=row["Kind"],
            body=row["Payload"],
            state_from=row["State from"] or None,
            state_to=row["State to"] or None,
        )


def test_each_filter_narrows_to_what_it_says(site: Site, places: dict[str, str]) -> None:
    chair = site.council.people["chair"]
    for asked in ("chair person", "CHAIR@council"):
        rows = _rows(site, f"/audit?who={asked}")
        assert {row["Person"] for row in rows} == {str(chair)}
        assert len(rows) == _count(site, AuditEvent.actor_id == chair)
    rows = _rows(site, "/audit?what=VoteCast")
    assert len(rows) == _count(site, AuditEvent.kind == "VoteCast") > 3
    assert {row["What"] for row in rows} == {"Voted"}
    rows = _rows(site, "/audit?state=approved")
    assert [(row["Stream"], row["State to"]) for row in rows] == [(places["approved"], "approved")]
    rows = _rows(site, f"/audit?reference={places['approved'].lower()}")
    assert len(rows) == _count(site, AuditEvent.stream == places["approved"]) > 5
    assert {row["Stream"][:2] for row in _rows(site, "/audit?reference=nc-")} == {"NC"}
    assert {row["Stream"] for row in _rows(site, "/audit?reference=people")} == {"people"}
    assert _rows(site, "/audit?reference=2026") == [], "it begins with it, or isn’t found"
    assert _rows(site, "/audit?what=VoteCast&who=auditor&state=approved") == []


def test_the_days_are_the_councils_and_both_belong(site: Site) -> None:
    moments = [row["When"][:10] for row in _rows(site, "/audit")]
    day = moments[len(moments) // 2]
    assert len(_rows(site, f"/audit?from={day}&to={day}")) == moments.count(day)
    assert len(_rows(site, f"/audit?from={day}")) == sum(one >= day for one in moments)
    assert len(_rows(site, f"/audit?to={day}")) == sum(one <= day for one in moments)


def test_a_directorate_has_the_events_of_its_requests_and_its_records(
    site: Site, places: dict[str, str]
) -> None:
    environment = {row["Stream"] for row in _rows(site, "/audit?directorate=environment")}
    assert {places["approved"], places["open"]} <= environment
    assert not {places["elsewhere"], "people", "publications"} & environment
    (row,) = _rows(site, "/audit?directorate=children_young_people")
    assert (row["Stream"], row["What"]) == (places["elsewhere"], "Opened the request")
    assert _rows(site, "/audit?directorate=resources") == []


def test_pages_turn_through_everything_once(site: Site) -> None:
    browser, address, found = site.browser("auditor"), "/audit?what=VoteCast&sort=oldest", []
    for _ in range(99):
        page = browser.get(address).text
        found += re.findall(r'href="/audit/events/(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        address = unescape(following[1])
    assert len(found) == len(set(found)) == _count(site, AuditEvent.kind == "VoteCast")


def test_what_cannot_be_listed_is_named(site: Site) -> None:
    for address, sentence in {
        "/audit?what=Nothing": "What: “Nothing” can’t be chosen any more.",
        "/audit?from=soon": "From: enter a real date",
        "/audit?reference=-": "Reference begins with: enter a word or a number",
        "/audit/roles?held_on=soon": "Held on: enter a real date",
        "/audit/security?kind=party": "What: “party” can’t be chosen any more.",
        "/audit/directorates?from=soon": "From: enter a real date",
        "/audit/directorates?colour=red": "This table has no filter “colour”.",
    }.items():
        answer = site.browser("auditor").get(address)
        assert (answer.status_code, sentence in unescape(answer.text)) == (400, True), address
        assert 'class="govuk-table' not in answer.text


@pytest.mark.parametrize("name", ["audit", "roles", "security"])
def test_a_view_of_each_list_can_be_kept(site: Site, name: str) -> None:
    browser = site.browser("auditor")
    path = "/audit" if name == "audit" else f"/audit/{name}"
    answer = browser.post(f"/lists/{name}/saved", {"name": "Mine", "query": "sort=newest"})
    assert answer.location == f"{path}?sort=newest"
    assert "the view “Mine”" in unescape(browser.get(path).text)


def test_only_the_auditor_is_shown_the_way(site: Site) -> None:
    for account, shown in {"auditor": True, "chair": False, "admin": False}.items():
        assert ('href="/audit"' in site.browser(account).get("/").text) is shown
    for path in PAGES:
        page = site.browser("auditor").get(path).text
        assert page.count('aria-current="page"') == 2, "in the menu and among the audit pages"


# --- how members vote on what one asked for oneself -----------------------------------------------


def _grant(site: Site, account: str, role: Role, **scope: Any) -> None:
    with site.db.unit_of_work() as session:
        people.grant_role(
            session,
            person_id=site.council.people[account],
            role=role,
            actor_id=people.CONSOLE,
            now=site.council.tick(),
            starts_on=date(2026, 1, 1),
            **scope,
        )


@pytest.mark.parametrize("account", ["requester", "sponsor"])
def test_an_auditor_does_not_follow_the_voting_on_their_own(
    site: Site, places: dict[str, str], account: str
) -> None:
    """As on the request's own page: not the list, not its file, not the event, not a neighbour."""
    vote = _event(site, stream=places["voting"], kind="VoteCast")
    closed = _event(site, stream=places["approved"], kind="VoteCast")
    _grant(site, account, Role.AUDITOR)
    browser = site.browser()
    assert browser.sign_in(account).status_code == 302
    for address in (
        "/audit?what=VoteCast&download=csv",
        "/audit?what=InterestDeclared&download=csv",
    ):
        text = browser.get(address).text
        assert places["voting"] not in text
        assert places["approved"] in text
    answer = browser.get(f"/audit/events/{vote}")
    assert answer.status_code == 403
    assert "when the voting is closed" in answer.text
    assert browser.get(f"/audit/events/{closed}").status_code == 200
    last = _event(site, stream=places["voting"], kind="AssessmentRecorded")
    assert 'rel="next"' not in browser.get(f"/audit/events/{last}").text
    assert site.browser("auditor").get(f"/audit/events/{vote}").status_code == 200


def test_their_own_voting_is_open_to_them_when_it_is_closed(
    site: Site, places: dict[str, str]
) -> None:
    """A second round: the votes of the first stay open, those of the second are not yet."""
    council = site.council
    _grant(site, "requester", Role.AUDITOR)
    reference = places["returned"]
    with site.db.reading() as session:
        query = select(Request.id).where(Request.reference == reference)
        number = session.scalars(query).one()
    review = council.referred_again(number)
    council.declare(review, "chair")
    browser = site.browser()
    site.clock.moment = council.now
    browser.sign_in("requester")
    page = browser.get(f"/audit?reference={reference}&what=InterestDeclared&download=csv").text
    declared = _count(site, AuditEvent.stream == reference, AuditEvent.kind == "InterestDeclared")
    assert page.count(reference) == declared - 1 == 3


# --- one event ------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["0", "99999", "9223372036854775807"])
def test_an_unknown_event_is_not_found(site: Site, number: str) -> None:
    assert site.browser("auditor").get(f"/audit/events/{number}").status_code == 404


@pytest.mark.parametrize("address", ["9223372036854775808", "x", "-1", "1.0"])
def test_what_is_no_number_is_no_event(site: Site, address: str) -> None:
    assert site.browser("auditor").get(f"/audit/events/{address}").status_code == 404


def test_every_event_of_the_council_has_its_page(site: Site) -> None:
    browser = site.browser("auditor")
    with site.db.reading() as session:
        query = select(AuditEvent.id, AuditEvent.hash, AuditEvent.previous)
        every = session.execute(query).all()
    for number, own, before in every:
        page = browser.get(f"/audit/events/{number}")
        assert page.status_code == 200
        assert own in page.text
        assert before in page.text


def test_an_event_says_who_what_why_and_where_it_led(site: Site, places: dict[str, str]) -> None:
    number = _event(site, stream=places["rejected"], kind="VotingClosed")
    page = text_of(site, "auditor", f"/audit/events/{number}")
    for words in (
        *("Rejected", "Who Chair Person, Chair", "In their words As discussed."),
        *("State before Group review", "State after Rejected for non-compliance"),
        *("Rules NC-1", "approve: 0", "Casting vote used No", "Conditions Nothing"),
        *("Previous hash", f"Previous event of {places['rejected']}"),
    ):
        assert words in page
    assert "Next event" not in page, "it was the last"
    html = site.browser("auditor").get(f"/audit/events/{number}").text
    assert f'href="/requests/{places["rejected"]}"' in html
    record = _event(site, stream=places["closed"], kind="DirectorateActionClosed")
    assert f'href="/non-compliance/{places["closed"]}"' in (
        site.browser("auditor").get(f"/audit/events/{record}").text
    )


def test_people_are_shown_by_number_and_name(site: Site, places: dict[str, str]) -> None:
    council = site.council
    number = _event(site, stream=places["asked"], kind="EndorsementAsked")
    page = text_of(site, "auditor", f"/audit/events/{number}")
    assert f"Sponsor Sponsor Person, Sponsor (person {council.people['sponsor']})" in page
    _grant(site, "stranger", Role.MEMBER, body=GROUP)
    page = text_of(site, "auditor", f"/audit/events/{_event(site, kind='RoleGranted')}")
    assert "Gave Stranger Person the role “Member”" in page
    assert "Over Information Policy Group, from 1 January 2026." in page
    assert f"Person Stranger Person, Stranger (person {council.people['stranger']})" in page
    assert "Who ProcureFlow: nobody’s account" in page


def test_neighbours_are_those_of_the_stream(site: Site, places: dict[str, str]) -> None:
    browser = site.browser("auditor")
    number, walked = _event(site, stream=places["draft"], seq=1), [places["draft"]]
    with site.db.unit_of_work() as session:
        requests.take_step(
            session,
            request_id=1,
            trigger="withdraw",
            actor_id=site.council.people["requester"],
            now=site.council.tick(),
            why="No longer needed.",
        )
    first = browser.get(f"/audit/events/{number}").text
    assert "Previous event" not in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    page = text_of(site, "auditor", following[1])
    assert f"{walked[0]}, number 2" in page
    assert "In their words No longer needed." in page


def test_a_stream_is_walked_event_by_event_both_ways(site: Site, places: dict[str, str]) -> None:
    with site.db.reading() as session:
        query = select(AuditEvent.id).where(AuditEvent.stream == places["approved"])
        every = list(session.scalars(query.order_by(AuditEvent.seq)))
    browser = site.browser("auditor")
    for way, numbers in {"next": every, "prev": every[::-1]}.items():
        walked, number = [], str(numbers[0])
        while number:
            walked.append(int(number))
            page = browser.get(f"/audit/events/{number}").text
            number = "".join(re.findall(rf'rel="{way}" href="/audit/events/(\d+)"', page))
        assert walked == numbers


def _written(site: Site, section: str, answers: dict[str, Any], seen: int) -> str:
    """The page of the event of a new version of a section of the case."""
    with site.db.reading() as session:
        query = select(Request.id).where(Request.state == "business_case").order_by(Request.id)
        number = session.scalars(query).first()
    site.council.act(
        requests.write_section,
        by="requester",
        request_id=number,
        section=section,
        answers=answers,
        seen_version=seen,
    )
    return text_of(site, "auditor", f"/audit/events/{_event(site, kind='SectionWritten')}")


def test_a_new_version_shows_each_answer_that_changed_before_and_after(site: Site) -> None:
    changed = {**CASE["financial"], "training_cost": "4100.50", "budget_code": "ENV-1"}
    page = _written(site, "financial", changed, 1)
    assert re.search(r"Before After .*ENV-4410-27 ENV-1 ", page)
    assert "£3,300 £4,100.50" in page
    assert "Head of Highways" not in page, "what stayed the same isn’t shown"


def test_benefits_are_compared_as_they_are_written(site: Site) -> None:
    (benefit,) = CASE["economic"]["benefits"]
    page = _written(site, "economic", {"benefits": [{**benefit, "target": "15"}]}, 1)
    before, after = page.split("Benefit 1:")[1:3]
    assert "The target 20" in before
    assert "The target 15" in after


def test_a_first_version_had_nothing_before(site: Site, places: dict[str, str]) -> None:
    number = _event(site, stream=places["case"], kind="SectionWritten", seq=3)
    page = text_of(site, "auditor", f"/audit/events/{number}")
    assert re.search(r"Before After .*(Not answered yet|None given)", page)
    assert CASE["strategic"]["case_need"] in page


def test_an_event_that_somebody_changed_is_shown_as_it_stands(
    site: Site, places: dict[str, str]
) -> None:
    """Whoever follows up what `audit verify` names must be able to look at it."""
    number = _event(site, stream=places["case"], kind="SectionWritten")
    for payload in ("{nonsense", "[1]", '{"section": "need"}'):
        with site.db.unit_of_work() as session:
            connection = session.connection()
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS events_no_update")
            connection.exec_driver_sql(
                "UPDATE events SET payload = ? WHERE id = ?", (payload, number)
            )
        page = text_of(site, "auditor", f"/audit/events/{number}")
        assert "Wrote a section" in page
        assert payload in page or "Section need" in page


# --- directorates compared ------------------------------------------------------------------------


def _figures(site: Site, address: str) -> list[tuple[str, str, int]]:
    """(heading, address of the list, figure) of every figure of the table."""
    page = site.browser("auditor").get(address).text
    cells = re.findall(r'data-label="([^"]+)"><a class="govuk-link" href="([^"]+)">([\d,]+)<', page)
    return [(label, unescape(link), int(figure.replace(",", ""))) for label, link, figure in cells]


def _days(site: Site) -> list[str]:
    first = date(2026, 11, 2)
    middle = first + (site.clock.moment.date() - first) / 2
    return [
        "",
        f"?from={middle}",
        f"?to={middle}",
        f"?from={middle}&to={middle}",
        "?from=2031-01-01",
    ]


def test_each_figure_is_as_long_as_the_list_behind_it(site: Site) -> None:
    """Every link of the table is followed, without dates and with them."""
    site.clock.forward(days=60)
    browser = site.browser()
    browser.sign_in("auditor")
    site.session_of = lambda _: (browser.cookie or "", browser.token)
    total = 0
    for days in _days(site):
        figures = _figures(site, f"/audit/directorates{days}")
        assert len(figures) == 5 * 9
        for label, link, figure in figures:
            assert len(_rows(site, link)) == figure, (label, link)
            total += figure
    assert total > 40


def test_the_table_of_directorates_can_be_taken_away(site: Site) -> None:
    days = "from=2026-11-02&to=2031-01-01"
    rows = _rows(site, f"/audit/directorates?{days}")
    shown = _figures(site, f"/audit/directorates?{days}")
    taken = [int(value) for row in rows for name, value in row.items() if name != "Directorate"]
    assert taken == [figure for _, _, figure in shown]
    assert sum(taken)


def test_the_figures_are_the_councils(site: Site) -> None:
    site.clock.forward(days=60)
    browser = site.browser()
    browser.sign_in("auditor")
    site.session_of = lambda _: (browser.cookie or "", browser.token)
    found = {
        (link.split("directorate=")[1].split("&")[0], label): figure
        for label, link, figure in _figures(site, "/audit/directorates")
    }
    expected = {
        "Requests asked": 15,
        "No exception needed": 1,
        "Approved": 1,
        "Rejected": 3,
        "Non-compliance records": 4,
        "Actions open": 2,
        "Actions overdue": 2,
        "Actions answered": 1,
        "Actions closed": 1,
    }
    for label, figure in expected.items():
        assert found["environment", label] == figure, label
    for empty in ("?from=2031-01-01", "?to=2026-11-01"):
        assert not any(figure for _, _, figure in _figures(site, f"/audit/directorates{empty}"))
    whole = _figures(site, "/audit/directorates?from=2026-11-02&to=2031-01-01")
    assert [figure for _, _, figure in whole] == list(found.values())
    assert found["children_young_people", "Requests asked"] == 1
    assert found["resources", "Requests asked"] == 0


# --- roles ----------------------------------------------------------------------------------------


def _holders(site: Site, address: str) -> list[str]:
    return [row["Who"] for row in _rows(site, address)]


def test_roles_are_those_of_the_day(site: Site) -> None:
    """From the first day, up to and not including the other."""
    council = site.council
    council.act(
        people.grant_role,
        person_id=council.people["stranger"],
        role=Role.SECRETARY,
        actor_id=people.CONSOLE,
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 4, 1),
        body=GROUP,
    )
    for day, held in {
        "2026-02-28": False,
        "2026-03-01": True,
        "2026-03-31": True,
        "2026-04-01": False,
    }.items():
        holders = _holders(site, f"/audit/roles?role=secretary&held_on={day}")
        assert holders == ["Secretary Person", *(["Stranger Person"] if held else [])], day
    assert _rows(site, "/audit/roles?held_on=1999-01-01") == []


def test_roles_are_narrowed_by_person_role_directorate_and_body(site: Site) -> None:
    assert _holders(site, "/audit/roles?person=CHAIR@council") == ["Chair Person"]
    sponsors = _holders(site, "/audit/roles?role=sponsor&directorate=environment")
    assert sponsors == ["Sponsor Person", "Sponsor3 Person"]
    members = _rows(site, f"/audit/roles?body={GROUP}")
    assert {row["Over"] for row in members} == {"Information Policy Group"}
    assert len(members) == 8
    names = [row["Who"] for row in _rows(site, "/audit/roles")]
    assert names == sorted(names)
    starts = [row["From"] for row in _rows(site, "/audit/roles?sort=newest")]
    assert starts == sorted(starts, reverse=True)


def test_an_ended_role_and_a_disabled_account_say_so(site: Site) -> None:
    council = site.council
    council.act(people.end_role, grant_id=1, ends_on=date(2026, 12, 1), actor_id=people.CONSOLE)
    council.act(
        people.disable_person, person_id=council.people["requester"], actor_id=people.CONSOLE
    )
    day = local_day(council.now)
    page = text_of(site, "auditor", "/audit/roles?person=requester@")
    assert (
        f"Requester Person Requester Account disabled since {in_words(day)} Requester Environment"
        in page
    )
    assert "1 December 2026" in page
    (row,) = _rows(site, "/audit/roles?person=requester@")
    assert (row["No longer from"], row["Account closes"]) == ("2026-12-01", day.isoformat())


# --- the security log -----------------------------------------------------------------------------


def test_the_security_log_says_what_was_refused_to_whom(site: Site) -> None:
    site.browser("stranger").get("/audit")
    page = text_of(site, "auditor", "/audit/security?kind=forbidden&person=stranger")
    assert "1 entry : “Was refused a page or an act”, for “stranger”." in page
    assert "method: GET, path: /audit, permission: audit:view" in page
    assert "Stranger Person" in page
    (row,) = _rows(site, "/audit/security?kind=forbidden&person=stranger")
    assert row["Address"] == "127.0.0.1"
    day = row["When"][:10]
    after = date.fromisoformat(day) + timedelta(days=1)
    assert len(_rows(site, f"/audit/security?kind=forbidden&from={day}&to={day}")) == 1
    assert _rows(site, f"/audit/security?kind=forbidden&from={after}") == []


def test_nobodys_attempts_are_in_the_security_log(site: Site) -> None:
    site.browser().sign_in("nobody@council.example", "not a password of ours")
    (row,) = _rows(site, "/audit/security?kind=sign_in_failed")
    assert (row["What"], row["Whose account"]) == ("Somebody gave a wrong address or password", "")
    newest = _rows(site, "/audit/security")
    assert newest == _rows(site, "/audit/security?sort=oldest")[::-1]
    with site.db.reading() as session:
        assert len(newest) == session.scalar(select(func.count()).select_from(SecurityEntry))


# --- what it costs --------------------------------------------------------------------------------


@contextmanager
def _statements(site: Site) -> Iterator[list[str]]:
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    sqlalchemy_event.listen(site.db.reader, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sqlalchemy_event.remove(site.db.reader, "before_cursor_execute", hear)


@pytest.mark.parametrize(
    ("few", "many"),
    [
        ("/audit?state=approved", "/audit"),
        ("/audit/roles?role=auditor", "/audit/roles"),
        ("/audit/security?kind=forbidden", "/audit/security"),
    ],
)
def test_more_rows_ask_no_more_questions(site: Site, few: str, many: str) -> None:
    site.browser("stranger").get("/audit")
    for _ in range(30):
        site.browser().get("/audit")
        site.browser("stranger").get("/audit/roles")
    browser, counts = site.browser("auditor"), []
    browser.get(many)
    for address in (few, many):
        with _statements(site) as said:
            assert browser.get(address).status_code == 200
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_a_directorate_more_asks_no_more_questions(site: Site) -> None:
    with _statements(site) as said:
        assert site.browser("auditor").get("/audit/directorates").status_code == 200
    assert len(said) <= 9 + 8, "one a figure, and what every page asks"


def test_the_newest_events_are_read_by_an_index(site: Site) -> None:
    """With a hundred thousand requests there are a million of them."""
    with _statements(site) as said:
        site.browser("auditor").get("/audit")
    (query,) = [s for s in said if "FROM events" in s and "ORDER BY" in s]
    with site.db.reading() as session:
        connection = session.connection()
        bound = (1,) * query.count("?")
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", bound).all()
    told = " ".join(row[-1] for row in plan)
    assert "ix_events_at" in told
    assert "TEMP B-TREE" not in told


# --- on each engine -------------------------------------------------------------------------------


def _found(council: Council, **values: Any) -> set[str]:
    """The streams of the events that fit."""
    day = local_day(council.now)
    with council.db.reading() as session:
        actor = reading_people.actor(session, council.people["auditor"], day)
        bundle = policies.bundle_in_force(session, day)
        made = events.events_listing(session, actor, bundle, timeline.KINDS)
        page = listing.read(session, made, listing.Choice(values, made.default_order))
        assert page.count is not None
        return {row.AuditEvent.stream for row in page.rows}


def test_each_engine_finds_the_same(council: Council) -> None:
    council.opened()
    council.opened("requester2")
    council.closed("reject")
    day = local_day(council.now)
    assert _found(council, reference="ict-2026-0001") == {"ICT-2026-0001"}
    assert _found(council, reference="NC") == {"NC-2026-0001"}
    assert _found(council, reference="PEOPLE") == {"people"}
    assert _found(council, reference="ICT-2026-000_") == set()
    assert _found(council, who="CHAIR Person", what="VoteCast") == {"ICT-2026-0003"}
    assert _found(council, directorate="children_young_people") == {"ICT-2026-0002"}
    assert _found(council, directorate="environment") == {
        *("ICT-2026-0001", "ICT-2026-0003", "NC-2026-0001")
    }
    assert _found(council, **{"from": day + timedelta(days=1)}) == set()
    with council.db.reading() as session:
        actor = reading_people.actor(session, council.people["auditor"], day)
        bundle = policies.bundle_in_force(session, day)
        figures = directorates.figures(session, actor, bundle, day, BEGINNING.date(), day)
        made = holding.roles_listing(bundle)
        held = listing.read(session, made, listing.Choice({"held_on": day}, "newest"))
        logged = listing.read(session, log.security_listing(), listing.Choice({}, "newest"))
    assert {f.label: f.counts.get("environment") for f in figures} == {
        "Requests asked": 2,
        "No exception needed": None,
        "Approved": None,
        "Rejected": 1,
        "Non-compliance records": 1,
        "Actions open": 1,
        "Actions overdue": None,
        "Actions answered": None,
        "Actions closed": None,
    }
    assert held.count == 19
    assert logged.count == 0
