"""Somebody's last day: known before, told to whoever must act, and the end of the account."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from procureflow.domain.calendar import in_words, local_day
from procureflow.domain.errors import InvalidInput, NotPermitted, NotSignedIn, WrongState
from procureflow.domain.permissions import Role
from procureflow.models import Mail, OneTimeLink, Person
from procureflow.queries import administration as reading
from procureflow.queries import people as accounts
from procureflow.queries.evidence import verify
from procureflow.queries.requests import waiting_for
from procureflow.services import administration, mailing, people
from procureflow.services.handing_over import hand_over
from tests.factories.council import GROUP, Council
from tests.factories.migrating import back_and_forth
from tests.factories.web import Site
from tests.integration.rows import last_event, leaves, refused, stored
from tests.integration.test_administration import _post, _refusal
from tests.integration.test_pages import text_of
from tests.security.addresses import INVITED

A_DAY = timedelta(days=1)


def _day(council: Council, later: int = 0) -> date:
    return local_day(council.now) + timedelta(days=later)


def _leaves(council: Council, account: str, closes_on: date | None, by: str = "admin") -> None:
    person = council.people[account]
    council.act(people.disable_person, by=by, person_id=person, closes_on=closes_on)


def _may_act(council: Council, account: str) -> bool:
    try:
        with council.db.reading() as session:
            accounts.actor(session, council.people[account], _day(council))
    except NotSignedIn:
        return False
    return True


def _to_do(council: Council, account: str = "admin") -> list[tuple[str, str]]:
    with council.db.reading() as session:
        actor = accounts.actor(session, council.people[account], _day(council))
        return [(row.title, row.words) for row in waiting_for(session, actor, _day(council))]


def _faults(council: Council) -> list[Any]:
    with council.db.reading() as session:
        return verify(session).faults


def test_a_leaver_acts_until_the_end_of_their_last_day(council: Council) -> None:
    chair, epoch = council.people["chair"], stored(council, Person, council.people["chair"])
    closes = _day(council, 3)
    with leaves(council, events="+1", outbox="+1", people="~1"):
        _leaves(council, "chair", closes)
    assert last_event(council)[1] == {"person": chair, "closes_on": closes.isoformat()}
    assert stored(council, Person, chair).session_epoch == epoch.session_epoch, "signed in still"
    council.now += 2 * A_DAY
    assert _may_act(council, "chair")
    with council.db.reading() as session:
        assert accounts.holders(session, [Role.CHAIR], _day(council), body=GROUP)
    council.now += A_DAY
    assert not _may_act(council, "chair")
    with council.db.reading() as session:
        assert accounts.account(session, chair, _day(council)) is None
        assert not accounts.holders(session, [Role.CHAIR], _day(council), body=GROUP)
    assert _faults(council) == []


def test_a_link_and_mail_end_with_the_account(council: Council) -> None:
    person = council.people["stranger"]
    council.act(
        mailing.mail_link,
        person_id=person,
        purpose="first_password",
        valid_for=timedelta(days=30),
        base_url="x",
    )
    _leaves(council, "stranger", _day(council, 1))
    council.now += A_DAY
    with council.db.unit_of_work() as session:
        assert mailing.claim_mail(session, now=council.now) is None
        mailing.expand_outbox(session, now=council.now)
        assert session.scalars(select(Mail.values)).all() == [{}], "what it said is forgotten"


def test_a_last_day_may_be_another_or_none(council: Council) -> None:
    person = council.people["requester"]
    token = council.act(
        people.issue_link, person_id=person, purpose="first_password", valid_for=timedelta(days=30)
    )
    _leaves(council, "requester", _day(council, 30))
    with refused(council, WrongState, "their last day already"):
        _leaves(council, "requester", _day(council, 30))
    _leaves(council, "requester", _day(council, 10))
    assert stored(council, Person, person).closes_on == _day(council, 10)
    with leaves(council, events="+1", outbox="+1", people="~1"):
        council.act(administration.enable_person, by="admin", person_id=person)
    assert stored(council, Person, person).closes_on is None
    with council.db.reading() as session:
        assert people.usable_link(session, token, council.now), "nothing was over"
    _leaves(council, "requester", _day(council, 10))
    _leaves(council, "requester", None)
    assert not _may_act(council, "requester")
    assert _faults(council) == []


def test_a_last_day_that_is_over_is_refused(council: Council) -> None:
    with refused(council, InvalidInput) as caught:
        _leaves(council, "requester", _day(council, -1))
    assert set(caught.value.errors) == {"last_day"}
    with refused(council, NotPermitted, "administrator"):
        _leaves(council, "requester", _day(council, 1), by="chair")


def test_the_last_administrator_doesnt_leave_ahead_either(council: Council) -> None:
    """Nor does one whom the other would outstay by nothing."""
    with council.db.unit_of_work() as session:
        session.execute(update(Person).values(password_hash="x"))
    closes = _day(council, 30)
    with refused(council, WrongState, f"from {in_words(closes)} on"):
        _leaves(council, "admin", closes)
    other = council.people["stranger"]
    council.act(people.grant_role, by="admin", person_id=other, role=Role.ADMINISTRATOR)
    _leaves(council, "stranger", closes)
    with refused(council, WrongState, f"from {in_words(closes)} on"):
        _leaves(council, "admin", _day(council, 20))
    with refused(council, WrongState, f"from {in_words(_day(council, 40))} on"):
        _leaves(council, "admin", _day(council, 40))
    council.act(administration.enable_person, by="admin", person_id=other)
    _leaves(council, "admin", _day(council, 20))


def test_what_a_leaver_holds_waits_for_the_administrator(council: Council) -> None:
    council.asked()
    assert _to_do(council) == []
    closes = _day(council, 14)
    last = in_words(closes - A_DAY)
    _leaves(council, "requester", closes)
    assert _to_do(council) == [
        ("Requester Person", f"Hand over 1 request in hand. Their last day is {last}")
    ]
    assert _to_do(council, "auditor") == []
    council.now = council.now + 20 * A_DAY
    assert _to_do(council)[0][1].endswith(f"Their last day was {last}")
    successors = {(Role.REQUESTER, "environment"): council.people["colleague"]}
    person = council.people["requester"]
    council.act(hand_over, by="admin", person_id=person, successors=successors)
    assert _to_do(council) == []


def test_an_office_that_will_be_empty_waits_for_the_administrator(council: Council) -> None:
    closes = _day(council, 14)
    _leaves(council, "chair", closes)
    ((who, words),) = _to_do(council)
    assert who == "Chair Person"
    assert words.startswith("Make somebody else chair, Information Policy Group. Their last day is")
    with council.db.unit_of_work() as session:
        session.execute(update(Person).values(password_hash="x"))
    council.act(
        people.grant_role,
        by="admin",
        person_id=council.people["member1"],
        role=Role.CHAIR,
        body=GROUP,
        starts_on=closes,
    )
    assert _to_do(council) == []


def test_administrators_are_reminded_of_a_leaver_before_the_last_day(council: Council) -> None:
    council.asked()
    last = _day(council, 14)
    _leaves(council, "requester", last + A_DAY)
    keys: list[list[str]] = []
    for _ in range(20):
        with council.db.unit_of_work() as session:
            mailing.remind(session, now=council.now)
            query = select(Mail.key).where(Mail.template == "leaver").order_by(Mail.id)
            keys.append(list(session.scalars(query)))
        council.now += A_DAY
    person = council.people["requester"]
    week, eve = f"leaver:{person}:{last}:7", f"leaver:{person}:{last}:1"
    assert keys[6] == []
    assert keys[7] == keys[12] == [week]
    assert keys[13] == keys[19] == [week, eve]


def test_accounts_are_listed_by_how_they_stand(council: Council) -> None:
    with council.db.unit_of_work() as session:
        session.execute(update(Person).values(password_hash="x"))
    _leaves(council, "chair", _day(council, 5))
    person, day = stored(council, Person, council.people["chair"]), _day(council)
    assert reading.account_of(person, day) == "leaving"
    assert reading.account_of(person, _day(council, 4)) == "leaving"
    assert reading.account_of(person, _day(council, 5)) == "disabled"


def test_accounts_disabled_before_there_were_last_days_keep_theirs(council: Council) -> None:
    """Migration 0008 takes the day from the history, and verifying agrees."""
    _leaves(council, "requester", None)
    _leaves(council, "stranger", None)
    council.act(administration.enable_person, by="admin", person_id=council.people["stranger"])
    back_and_forth(council.db, "0007")
    assert stored(council, Person, council.people["requester"]).closes_on == _day(council)
    assert stored(council, Person, council.people["stranger"]).closes_on is None
    assert _faults(council) == []


# --- the page -----------------------------------------------------------------------------------


@pytest.fixture
def path(site: Site) -> str:
    return f"/admin/people/{site.council.people['requester']}"


def _typed(day: date) -> dict[str, str]:
    parts = {"day": day.day, "month": day.month, "year": day.year}
    return {f"last_day-{name}": str(value) for name, value in parts.items()}


def test_a_last_day_is_given_changed_and_taken_back(site: Site, path: str) -> None:
    last = _day(site.council, 7)
    page = _post(site, f"{path}/disable", _typed(last))
    assert f"Their last day is {in_words(last)}." in page
    assert "Leaving" in page
    assert site.browser("requester").signed_in
    assert "Requester Person" in text_of(site, "admin", "/admin?account=leaving")
    work = text_of(site, "admin", "/")
    assert "Hand over 9 requests in hand. Their last day is" in work
    form = site.browser("admin").get(f"{path}/disable").text
    assert f'value="{last.year}"' in form
    assert "Change their last day" in form
    assert "They stay." in _post(site, f"{path}/enable")


def test_a_last_day_that_is_none_is_refused_and_kept(site: Site, path: str) -> None:
    for typed, words in (
        ({"last_day-day": "31", "last_day-month": "2", "last_day-year": "2041"}, "Enter a real"),
        (_typed(_day(site.council, -2)), "before today"),
        (_typed(_day(site.council, -1)), "before today"),
    ):
        page = _refusal(site, f"{path}/disable", typed)
        assert words in page
        assert "Disabled since" not in text_of(site, "admin", path)
        assert f'value="{typed["last_day-year"]}"' in page


# --- a device that was lost -----------------------------------------------------------------------


def test_a_lost_device_lets_nobody_in(site: Site, path: str) -> None:
    council, person = site.council, site.council.people["requester"]
    token = council.act(
        people.issue_link, person_id=person, purpose="first_password", valid_for=timedelta(days=30)
    )
    assert "their password doesn’t work any more" in (
        _post(site, f"{path}/end-sessions", {"why": "lost"}).lower()
    )
    assert stored(council, Person, person).password_hash is None
    assert last_event(council)[1] == {"person": person, "how": "stopped"}
    with council.db.reading() as session:
        assert people.usable_link(session, token, council.now) is None
    assert "They have no password." in _refusal(site, f"{path}/end-sessions", {"why": "lost"})
    assert "on its way" in _post(site, f"{path}/link")
    assert _faults(council) == []


def test_nobody_locks_the_last_administrator_out(council: Council) -> None:
    admin = council.people["admin"]
    with council.db.unit_of_work() as session:
        session.execute(update(Person).values(password_hash="x"))
    stop: dict[str, Any] = {"stop_password": True}
    with refused(council, WrongState, "their own password"):
        council.act(administration.end_sessions_of, by="admin", person_id=admin, **stop)
    other = council.people["stranger"]
    council.act(people.grant_role, by="admin", person_id=other, role=Role.ADMINISTRATOR)
    council.act(administration.end_sessions_of, by="stranger", person_id=admin, **stop)
    with refused(council, NotSignedIn):
        council.act(administration.end_sessions_of, actor_id=987654, person_id=other, **stop)
    assert _faults(council) == []


# --- what goes with it ----------------------------------------------------------------------------


def test_a_role_of_somebody_disabled_counts_for_nothing_on_every_page(
    site: Site, path: str
) -> None:
    _post(site, f"{path}/disable")
    assert "In force, but the account is disabled" in text_of(site, "admin", path)
    assert "None while the account is disabled" in text_of(site, "admin", "/admin?words=requester@")
    for by, address in (("admin", "/admin/roles"), ("auditor", "/audit/roles")):
        page = text_of(site, by, f"{address}?person=requester@")
        assert f"Account disabled since {in_words(_day(site.council))}" in page
    taken = {**INVITED, "email": "requester@council.example"}
    assert "whose account is disabled" in _refusal(site, "/admin/people/new", taken)


def test_a_chairs_page_says_who_presides_in_their_place(site: Site) -> None:
    chair = f"/admin/people/{site.council.people['chair']}"
    assert "presides where the chair is away" in text_of(site, "admin", chair)
    assert "presides until there is one" in text_of(site, "admin", f"{chair}/disable")


def test_a_role_taken_back_before_it_began_may_be_given_anew(council: Council) -> None:
    role = {"person_id": council.people["stranger"], "role": Role.AUDITOR}
    grant = council.act(people.grant_role, by="admin", starts_on=_day(council, 7), **role)
    council.act(people.end_role, by="admin", grant_id=grant, ends_on=_day(council, 7))
    council.act(people.grant_role, by="admin", **role)


def test_the_link_of_somebody_who_starts_later_works_then(council: Council) -> None:
    starts = _day(council, 9)
    person = council.act(
        administration.invite_person,
        by="admin",
        email="new@council.example",
        name="New Person",
        job_title="Buyer",
        role=Role.REQUESTER,
        directorate="environment",
        body=None,
        starts_on=starts,
        valid_for=timedelta(days=7),
        base_url="x",
    )
    with council.db.reading() as session:
        (link,) = session.scalars(select(OneTimeLink).where(OneTimeLink.person_id == person))
        assert local_day(link.expires_at) == starts + 7 * A_DAY
