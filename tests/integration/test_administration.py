"""The administrator's desk: the services on both databases, then the pages."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from html import unescape
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, select, update

from procureflow.domain.calendar import local_day
from procureflow.domain.errors import (
    InvalidInput,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Refusal,
    WrongState,
)
from procureflow.domain.permissions import Role
from procureflow.models import Endorsement, Grant, Mail, OneTimeLink, Person, Request
from procureflow.queries import administration as reading
from procureflow.queries import listing
from procureflow.queries import people as accounts
from procureflow.queries.evidence import verify
from procureflow.queries.policies import bundle_in_force
from procureflow.queries.requests import inbox
from procureflow.services import administration, business_cases, mailing, people
from procureflow.services.handing_over import hand_over
from tests.factories.council import GROUP, PEOPLE, Council
from tests.factories.web import Site, email
from tests.integration.rows import everything, last_event, leaves, refused, stored
from tests.integration.test_pages import text_of
from tests.security.addresses import INVITED

HAPPENED = {"events": "+1", "outbox": "+1"}
LINK = {"valid_for": timedelta(days=7), "base_url": "http://localhost"}
ENV = "environment"


def _invite(council: Council, by: str = "admin", **given: Any) -> int:
    values: dict[str, Any] = {
        "email": "new@council.example",
        "name": "New Person",
        "job_title": "Buyer",
        "role": Role.REQUESTER,
        "directorate": ENV,
        "body": None,
        **LINK,
        **given,
    }
    return int(council.act(administration.invite_person, by=by, **values))


def _have_passwords(council: Council, *accounts_: str) -> None:
    ids = [council.people[account] for account in accounts_]
    with council.db.unit_of_work() as session:
        session.execute(update(Person).where(Person.id.in_(ids)).values(password_hash="x"))


def _give(council: Council, account: str, role: Role, **given: Any) -> int:
    return int(
        council.act(
            people.grant_role, by="admin", person_id=council.people[account], role=role, **given
        )
    )


def _faults(council: Council) -> list[Any]:
    with council.db.reading() as session:
        return verify(session).faults


# --- inviting -----------------------------------------------------------------------------------


def test_an_invitation_is_an_account_a_role_and_a_mail_together(council: Council) -> None:
    with leaves(
        council,
        events="+2",
        outbox="+2",
        people="+1",
        grants="+1",
        one_time_links="+1",
        mails="+1",
    ):
        person = _invite(council)
    (mail,) = everything(council, Mail, person_id=person)
    assert mail.template == "first_password"
    assert mail.values["link"].startswith("http://localhost/set-password/")
    (link,) = everything(council, OneTimeLink, person_id=person)
    assert link.expires_at == council.now + timedelta(days=7)
    with council.db.reading() as session:
        assert accounts.actor(session, person, council.now.date()).holds(Role.REQUESTER)
    assert _faults(council) == []


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"email": "admin@council.example"}, {"email"}),
        ({"email": "ADMIN@Council.Example"}, {"email"}),
        ({"email": "not an address"}, {"email"}),
        ({"role": None}, {"role"}),
        ({"directorate": None}, {"directorate"}),
        ({"directorate": "atlantis"}, {"directorate"}),
        ({"body": GROUP}, {"body"}),
        ({"role": Role.MEMBER}, {"directorate", "body"}),
        ({"role": Role.AUDITOR}, {"directorate"}),
        ({"email": "", "name": " ", "role": None}, {"email", "name", "role"}),
        ({"name": "x" * 121, "body": GROUP}, {"name", "body"}),
    ],
)
def test_an_invitation_says_all_that_is_wrong_at_once(
    council: Council, given: dict[str, Any], fields: set[str]
) -> None:
    with refused(council, InvalidInput) as caught:
        _invite(council, **given)
    assert set(caught.value.errors) == fields


def test_nobody_is_invited_twice(council: Council) -> None:
    _invite(council)
    with refused(council, InvalidInput) as caught:
        _invite(council, email="NEW@council.example")
    assert "already" in caught.value.errors["email"]


def test_only_the_administrator_sits_at_this_desk(council: Council) -> None:
    stranger: dict[str, Any] = {"person_id": council.people["stranger"]}
    sending = {"first": timedelta(days=7), "forgotten": timedelta(hours=1), "base_url": "x"}
    acts: list[tuple[Any, dict[str, Any]]] = [
        (administration.send_link, {**stranger, **sending}),
        (administration.end_sessions_of, stranger),
        (administration.enable_person, stranger),
        (administration.rename_person, {**stranger, "name": "X", "job_title": ""}),
        (hand_over, {**stranger, "successors": {}}),
    ]
    for account in ("requester", "chair", "auditor", "policy1", "stranger"):
        with refused(council, NotPermitted, "administrator"):
            _invite(council, by=account)
        for act, given in acts:
            with refused(council, NotPermitted, "administrator"):
                council.act(act, by=account, **given)
    with refused(council, NotSignedIn):
        council.act(hand_over, actor_id=None, **stranger, successors={})


# --- one account --------------------------------------------------------------------------------


def test_a_disabled_account_is_enabled_again_without_its_old_links(council: Council) -> None:
    person = council.people["stranger"]
    token = council.act(
        people.issue_link, person_id=person, purpose="first_password", valid_for=timedelta(days=7)
    )
    with refused(council, WrongState, "active already"):
        council.act(administration.enable_person, by="admin", person_id=person)
    council.act(people.disable_person, by="admin", person_id=person)
    with leaves(council, **HAPPENED, people="~1", one_time_links="~1"):
        council.act(administration.enable_person, by="admin", person_id=person)
    assert stored(council, Person, person).closes_on is None
    assert last_event(council)[1] == {"person": person}
    with council.db.reading() as session:
        assert people.usable_link(session, token, council.now) is None
    assert _faults(council) == []
    with refused(council, NotFound, remedy=False):
        council.act(administration.enable_person, by="admin", person_id=987654)


def test_a_name_is_changed_and_stands_in_no_event(council: Council) -> None:
    person = council.people["stranger"]
    new: dict[str, Any] = {"person_id": person, "name": " Ann Other ", "job_title": "Buyer"}
    with leaves(council, **HAPPENED, people="~1"):
        council.act(administration.rename_person, by="admin", **new)
    happened, payload = last_event(council)
    assert (happened.kind, payload) == ("PersonRenamed", {"person": person})
    assert stored(council, Person, person).name == "Ann Other"
    with leaves(council):
        council.act(administration.rename_person, by="admin", **new)
    with refused(council, InvalidInput) as caught:
        council.act(
            administration.rename_person, by="admin", person_id=person, name="", job_title="x" * 121
        )
    assert set(caught.value.errors) == {"name", "job_title"}
    assert _faults(council) == []


def test_a_new_link_fits_the_account(council: Council) -> None:
    person = council.people["stranger"]
    given: dict[str, Any] = {
        "person_id": person,
        "first": timedelta(days=7),
        "forgotten": timedelta(hours=1),
        "base_url": "http://localhost",
    }
    council.act(administration.send_link, by="admin", **given)
    _have_passwords(council, "stranger")
    council.act(administration.send_link, by="admin", **given)
    first, second = everything(council, OneTimeLink, person_id=person)
    assert first.purpose == "first_password"
    assert first.used_at == council.now, "the earlier link is dead"
    assert (second.purpose, second.used_at) == ("forgotten_password", None)
    assert second.expires_at == council.now + timedelta(hours=1)
    council.act(people.disable_person, by="admin", person_id=person)
    with refused(council, WrongState, "disabled"):
        council.act(administration.send_link, by="admin", **given)


def test_ending_sessions_raises_the_epoch(council: Council) -> None:
    person = council.people["stranger"]
    before = stored(council, Person, person).session_epoch
    with leaves(council, people="~1"):
        council.act(administration.end_sessions_of, by="admin", person_id=person)
    assert stored(council, Person, person).session_epoch == before + 1


def test_a_role_is_not_given_twice_nor_ended_twice(council: Council) -> None:
    today = council.now.date()
    given = {"starts_on": today, "ends_on": today + timedelta(days=10)}
    grant = _give(council, "stranger", Role.AUDITOR, **given)
    for days in ({}, {"starts_on": today + timedelta(days=9)}, given):
        with refused(council, InvalidInput) as caught:
            _give(council, "stranger", Role.AUDITOR, **days)
        assert set(caught.value.errors) == {"role"}
    _give(council, "stranger", Role.AUDITOR, starts_on=today + timedelta(days=10))
    _give(council, "stranger", Role.MEMBER, body=GROUP)
    council.act(people.end_role, by="admin", grant_id=grant, ends_on=today)
    with refused(council, WrongState, "ended already"):
        council.act(people.end_role, by="admin", grant_id=grant, ends_on=date(2030, 1, 1))


# --- the last administrator ---------------------------------------------------------------------

FEB, MAR = date(2027, 2, 1), date(2027, 3, 1)


def _grant_of(council: Council, account: str) -> int:
    return int(everything(council, Grant, person_id=council.people[account])[0].id)


def test_the_last_administrator_stays(council: Council) -> None:
    _have_passwords(council, "admin", "stranger")
    admin, today = council.people["admin"], council.now.date()
    grant = _grant_of(council, "admin")
    with refused(council, WrongState, "any more"):
        council.act(people.disable_person, by="admin", person_id=admin)
    with refused(council, WrongState, "any more"):
        council.act(people.end_role, by="admin", grant_id=grant, ends_on=today)
    with refused(council, WrongState, "from 1 March 2027 on"):
        council.act(people.end_role, by="admin", grant_id=grant, ends_on=MAR)
    other = _give(council, "stranger", Role.ADMINISTRATOR, starts_on=FEB)
    with refused(council, WrongState, "any more"):
        council.act(people.disable_person, by="admin", person_id=admin)
    council.act(people.end_role, by="admin", grant_id=grant, ends_on=MAR)
    with refused(council, WrongState, "from 1 March 2027 on"):
        council.act(people.end_role, by="admin", grant_id=other, ends_on=MAR)
    _give(council, "colleague", Role.ADMINISTRATOR)
    with refused(council, WrongState, "Nobody"):
        council.act(people.disable_person, by="admin", person_id=council.people["stranger"])
    _have_passwords(council, "colleague")
    council.act(people.disable_person, by="admin", person_id=admin)
    assert stored(council, Person, admin).closes_on, "oneself, with another there"
    assert _faults(council) == []


def test_two_administrators_who_disable_each_other_leave_one(council: Council) -> None:
    _give(council, "stranger", Role.ADMINISTRATOR)
    _have_passwords(council, "admin", "stranger")
    both, together = [council.people[a] for a in ("admin", "stranger")], Barrier(2)

    def disable(actor: int, other: int) -> str:
        together.wait()
        try:
            with council.db.unit_of_work() as session:
                people.disable_person(session, person_id=other, actor_id=actor, now=council.now)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(disable, both, reversed(both)))
    assert sorted(found) in (["done", "not_signed_in"], ["done", "wrong_state"])
    assert sum(stored(council, Person, person).closes_on is None for person in both) == 1
    assert _faults(council) == []


def test_the_console_may_disable_the_last_administrator(council: Council) -> None:
    """Whoever has the server can make another."""
    _have_passwords(council, "admin")
    council.act(people.disable_person, actor_id=people.CONSOLE, person_id=council.people["admin"])


# --- handing over -------------------------------------------------------------------------------


def _hand_over(council: Council, account: str, **successors: str) -> int:
    chosen = {}
    for part, successor in successors.items():
        role, _, directorate = part.partition("_")
        chosen[Role(role), directorate] = council.people[successor]
    person = council.people[account]
    return int(council.act(hand_over, by="admin", person_id=person, successors=chosen))


def test_what_a_requester_has_in_hand_goes_over_together(council: Council) -> None:
    draft, (asked, _), (voting, _) = council.opened(), council.asked(), council.voted("approve")
    decided, _ = council.closed("approve")
    with leaves(council, requests="~3", events="+3", outbox="+3"):
        assert _hand_over(council, "requester", requester_environment="colleague") == 3
    colleague, sponsor = council.people["colleague"], council.people["sponsor"]
    for request in (draft, asked, voting):
        row = stored(council, Request, request)
        assert row.requester_id == colleague
        happened, payload = last_event(council, row.reference)
        assert (happened.kind, payload) == (
            "RequestHandedOver",
            {"requester": colleague, "sponsor": None},
        )
        assert happened.actor_id == council.people["admin"]
    assert stored(council, Request, asked).sponsor_id == sponsor
    assert stored(council, Request, decided).requester_id == council.people["requester"]
    assert _faults(council) == []
    with refused(council, WrongState, "no requests in hand"):
        _hand_over(council, "requester", requester_environment="colleague")


def test_what_waits_for_a_sponsor_waits_for_the_new_one(council: Council) -> None:
    _give(council, "stranger", Role.SPONSOR, directorate=ENV)
    request, submission = council.asked()
    _hand_over(council, "sponsor", sponsor_environment="stranger")
    day = council.now.date()
    with council.db.reading() as session:
        for account, words in (("stranger", ["Endorse it, or send it back"]), ("sponsor", [])):
            actor = accounts.actor(session, council.people[account], day)
            assert [row.words for row in inbox.waiting_for(session, actor, day)] == words
        requester = accounts.actor(session, council.people["requester"], day)
        assert inbox.waiting_for(session, requester, day) == []
    answer = {"request_id": request, "submission_id": submission}
    with refused(council, NotPermitted):
        council.act(business_cases.endorse, by="sponsor", **answer)
    council.act(business_cases.endorse, by="stranger", **answer)
    assert everything(council, Endorsement)[0].sponsor_id == council.people["stranger"]
    assert _faults(council) == []


def test_successors_are_told_and_what_was_asked_goes_to_the_new_sponsor(council: Council) -> None:
    _give(council, "stranger", Role.SPONSOR, directorate=ENV)
    council.asked()
    _hand_over(council, "sponsor", sponsor_environment="stranger")
    _hand_over(council, "requester", requester_environment="colleague")
    while True:
        with council.db.unit_of_work() as session:
            if not mailing.expand_outbox(session, now=council.tick()):
                break
    told = {(mail.person_id, mail.template) for mail in everything(council, Mail)}
    stranger, colleague = council.people["stranger"], council.people["colleague"]
    assert told == {
        (stranger, "endorse"),
        (stranger, "handed_over"),
        (colleague, "handed_over"),
    }


def test_a_successor_holds_the_same_role_over_the_same_directorate_today(council: Council) -> None:
    council.opened()
    _give(council, "auditor", Role.REQUESTER, directorate=ENV, starts_on=date(2030, 1, 1))
    for wrong in ("stranger", "requester2", "sponsor", "auditor", "requester"):
        with refused(council, InvalidInput) as caught:
            _hand_over(council, "requester", requester_environment=wrong)
        assert "somebody else" in caught.value.errors["requester_environment"]
    council.act(people.disable_person, by="admin", person_id=council.people["colleague"])
    with refused(council, InvalidInput):
        _hand_over(council, "requester", requester_environment="colleague")
    with refused(council, InvalidInput) as caught:
        _hand_over(council, "requester")
    assert caught.value.errors == {"requester_environment": "Choose who takes over."}


def test_each_directorate_has_its_own_successor_or_nothing_goes_over(council: Council) -> None:
    mine = council.opened()
    _give(council, "requester2", Role.REQUESTER, directorate=ENV)
    _hand_over(council, "requester", requester_environment="requester2")
    council.opened("requester2")
    with refused(council, InvalidInput) as caught:
        _hand_over(council, "requester2", requester_environment="colleague")
    assert set(caught.value.errors) == {"requester_children_young_people"}
    _give(council, "stranger", Role.REQUESTER, directorate="children_young_people")
    both = {
        "requester_environment": "colleague",
        "requester_children_young_people": "stranger",
    }
    assert _hand_over(council, "requester2", **both) == 2
    assert stored(council, Request, mine).requester_id == council.people["colleague"]
    assert _faults(council) == []


def test_nobody_becomes_requester_and_sponsor_of_one_request(council: Council) -> None:
    council.asked()
    council.asked()
    council.opened()
    _give(council, "sponsor", Role.REQUESTER, directorate=ENV)
    with refused(council, InvalidInput) as caught:
        _hand_over(council, "requester", requester_environment="sponsor")
    said = caught.value.errors["requester_environment"]
    assert "sponsor of 2 requests that they ask for or wrote" in said
    _give(council, "requester", Role.SPONSOR, directorate=ENV)
    with refused(council, InvalidInput) as caught:
        _hand_over(council, "sponsor", sponsor_environment="requester")
    assert (
        "sponsor of 2 requests that they ask for or wrote"
        in caught.value.errors["sponsor_environment"]
    )


def test_nobody_takes_over_what_they_judge(council: Council) -> None:
    council.voted("approve", "approve")
    council.opened()
    for judge in ("chair", "ict"):
        _give(council, judge, Role.REQUESTER, directorate=ENV)
        with refused(council, InvalidInput) as caught:
            _hand_over(council, "requester", requester_environment=judge)
        assert "review of 1 request," in caught.value.errors["requester_environment"]
    # Members who haven't declared yet may: they have no part in deciding it from then on.
    _give(council, "member5", Role.REQUESTER, directorate=ENV)
    assert _hand_over(council, "requester", requester_environment="member5") == 2


def test_a_leaver_who_is_gone_can_be_succeeded_still(council: Council) -> None:
    request = council.opened()
    council.act(people.disable_person, by="admin", person_id=council.people["requester"])
    assert _hand_over(council, "requester", requester_environment="colleague") == 1
    assert stored(council, Request, request).requester_id == council.people["colleague"]


# --- reading ------------------------------------------------------------------------------------


@contextmanager
def _statements(council: Council) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    run: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        run.append(statement)

    with council.db.reading() as session:
        engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _listed(council: Council, **values: Any) -> list[str]:
    with council.db.reading() as session:
        made = reading.people_listing(bundle_in_force(session, council.now.date()), BEGAN)
        page = listing.read(session, made, listing.Choice(values, "name"))
        return [row.Person.email.partition("@")[0] for row in page.rows]


BEGAN = date(2026, 11, 2)


def test_people_are_found_by_words_role_directorate_body_and_account(council: Council) -> None:
    assert len(_listed(council)) == len(PEOPLE)
    assert _listed(council, words="SPONSOR2@") == ["sponsor2"]
    assert _listed(council, role="vice_chair") == ["member1"]
    assert _listed(council, directorate="children_young_people") == ["requester2", "sponsor2"]
    assert _listed(council, body=GROUP, role="secretary") == ["secretary"]
    _have_passwords(council, "admin", "stranger")
    council.act(people.disable_person, by="admin", person_id=council.people["stranger"])
    assert _listed(council, account="active") == ["admin"]
    assert _listed(council, account="disabled") == ["stranger"]
    assert len(_listed(council, account="invited")) == len(PEOPLE) - 2


def test_the_list_of_people_takes_as_many_queries_for_many_as_for_few(council: Council) -> None:
    def counted(**values: Any) -> int:
        with council.db.reading() as session:
            bundle = bundle_in_force(session, council.now.date())
        with _statements(council) as run, council.db.reading() as session:
            made = reading.people_listing(bundle, BEGAN)
            page = listing.read(session, made, listing.Choice(values, "name"))
            for row in page.rows:
                reading.roles_in_words(bundle, row.Person, BEGAN)
        return len([statement for statement in run if statement.startswith("SELECT")])

    assert counted() == counted(words="admin@") == 3


def test_a_persons_page_counts_and_names_no_request(council: Council) -> None:
    council.opened()
    council.asked()
    council.opened("requester2")
    with council.db.reading() as session:
        requester = reading.person_page(session, council.people["requester"], BEGAN)
        chair = reading.person_page(session, council.people["chair"], BEGAN)
        with pytest.raises(NotFound):
            reading.person_page(session, 987654, BEGAN)
    assert [(p.role, p.directorate, p.count) for p in requester.parts] == [(Role.REQUESTER, ENV, 2)]
    assert [(o.role, o.body, o.alone) for o in chair.emptied] == [(Role.CHAIR, GROUP, True)]
    _give(council, "member5", Role.CHAIR, body=GROUP)
    with council.db.reading() as session:
        chair = reading.person_page(session, council.people["chair"], council.now.date())
    assert chair.emptied == []


# --- pages --------------------------------------------------------------------------------------


def _post(site: Site, path: str, form: dict[str, str] | None = None) -> str:
    """Send a form as the administrator, and read the page that it leads to."""
    browser = site.browser("admin")
    answer = browser.post(path, form)
    assert answer.status_code == 302, unescape(answer.text)
    return unescape(browser.get(answer.location or "").text)


def _refusal(site: Site, path: str, form: dict[str, str] | None = None) -> str:
    answer = site.browser("admin").post(path, form)
    assert answer.status_code == 400, answer.status_code
    page = unescape(answer.text)
    assert "There is a problem" in page
    return page


NEW = {
    "email": "new@council.example",
    "name": "New Person",
    "job_title": "Buyer",
    "role": "member",
    "directorate": "",
    "body": GROUP,
}


def test_everybody_is_listed_and_the_menu_leads_there_for_administrators_alone(site: Site) -> None:
    page = text_of(site, "admin", "/admin")
    assert "Requester, Environment" in page
    assert "Vice chair, Information Policy Group" in page
    assert "ICT assessor" in page
    assert "Disabled" in text_of(site, "admin", "/admin?account=disabled")
    assert "Nothing fits" in text_of(site, "admin", "/admin?words=zebra")
    assert 'href="/admin"' in site.browser("admin").get("/requests").text
    assert 'href="/admin"' not in site.browser("auditor").get("/requests").text
    taken = site.browser("admin").get("/admin?download=csv&words=ict@")
    assert "Ict Person,ict@council.example,Ict,ICT assessor,Active" in taken.text
    view = {"name": "Gone", "query": "account=disabled"}
    assert "The view is saved." in _post(site, "/lists/people/saved", view)


def test_somebody_is_invited_and_stands_on_their_page(site: Site) -> None:
    page = _post(site, "/admin/people/new", NEW)
    for words in ("They are invited", "works for 7 days", "New Person", "no password yet"):
        assert words in page
    assert "Member, Information Policy Group" in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"email": "Requester@council.EXAMPLE"}, ("already", "Requester Person</a>")),
        ({"email": "left@council.example"}, ("whose account is disabled", "Left Person</a>")),
        ({"email": "nonsense"}, ("Enter an e-mail address, like",)),
        ({"role": ""}, ("Choose a role",)),
        ({"role": "emperor"}, ("Choose a role",)),
        ({"role": "requester"}, ("held over a directorate: choose one.", "choose no body.")),
        ({"body": ""}, ("The role of member is held over a body: choose one.",)),
    ],
)
def test_a_refused_invitation_keeps_what_was_typed(
    site: Site, given: dict[str, str], words: tuple[str, ...]
) -> None:
    form = {**NEW, **given}
    page = _refusal(site, "/admin/people/new", form)
    for word in words:
        assert word in page
    for name in ("email", "name", "job_title"):
        assert f'value="{form[name]}"' in page


def test_errors_come_in_the_order_of_the_page(site: Site) -> None:
    page = _refusal(site, "/admin/people/new", {**NEW, "email": "x", "name": "", "role": ""})
    places = [page.index(f'<a href="#{name}">') for name in ("email", "name", "role")]
    assert places == sorted(places)


def _path(site: Site, account: str, act: str = "") -> str:
    return f"/admin/people/{site.council.people[account]}{act}"


def test_one_page_says_what_somebody_holds_and_nothing_of_what_it_says(
    site: Site, places: dict[str, str]
) -> None:
    page = text_of(site, "admin", _path(site, "requester"))
    assert "Requester of 9 requests in hand, Environment" in page
    assert f"Environment: {places['draft']}," in page, "which, so that it can be spoken of"
    assert "CAD" not in page
    chair = text_of(site, "admin", _path(site, "chair"))
    assert "Chair of the Information Policy Group: nobody else holds this office" in chair
    assert site.browser("admin").get("/admin/people/987654").status_code == 404


def test_details_are_changed(site: Site) -> None:
    path = _path(site, "stranger", "/details")
    page = _post(site, path, {"name": "Ann Other", "job_title": ""})
    assert "The details are saved." in page
    assert "Ann Other" in page
    assert "Enter the person’s name." in _refusal(site, path, {"name": " ", "job_title": "Kept"})


def test_a_role_is_given_and_ended(site: Site) -> None:
    path = _path(site, "stranger", "/roles/new")
    given = {"role": "auditor", "directorate": "", "body": ""}
    days = {"starts_on-day": "1", "starts_on-month": "2", "starts_on-year": "2041"}
    page = _post(site, path, {**given, **days})
    assert "To come" in page
    assert "From 1 February 2041" in page
    assert "have this role in that time already" in _refusal(site, path, given)
    assert "Enter a real date" in _refusal(site, path, {**given, "ends_on-day": "45"})
    assert "Choose a role." in _refusal(site, path, {**given, "role": ""})
    early = {"ends_on-day": "1", "ends_on-month": "1", "ends_on-year": "2041"}
    assert "ends on a later day" in _refusal(site, path, {**given, **days, **early})
    past = {"starts_on-day": "1", "starts_on-month": "1", "starts_on-year": "2026"}
    assert "can’t start before today" in _refusal(site, path, {**given, **past})
    oneself = _path(site, "admin", "/roles/new")
    assert "Nobody gives a role to themselves." in _refusal(site, oneself, given)
    (grant,) = everything(site.council, Grant, person_id=site.council.people["stranger"])
    end = f"{_path(site, 'stranger')}/roles/{grant.id}/end"
    assert "Enter the day" in _refusal(site, end, {"ends_on-day": ""})
    last = {"ends_on-day": "1", "ends_on-month": "3", "ends_on-year": "2041"}
    assert "to 28 February 2041" in _post(site, end, last)
    elsewhere = f"{_path(site, 'requester')}/roles/{grant.id}/end"
    assert site.browser("admin").get(elsewhere).status_code == 404


def test_ending_a_role_says_what_stays_behind(site: Site) -> None:
    for account, words in (
        ("requester", "Hand it over first"),
        ("secretary", "The Information Policy Group then has no secretary."),
    ):
        grant = _grant_of(site.council, account)
        page = text_of(site, "admin", f"{_path(site, account)}/roles/{grant}/end")
        assert words in page


def test_an_office_is_not_left_empty_unawares(site: Site) -> None:
    """Asked of the day on which it ends; pressed again, it is meant."""
    council = site.council
    end = f"{_path(site, 'chair')}/roles/{_grant_of(council, 'chair')}/end"
    march = {"ends_on-day": "1", "ends_on-month": "3", "ends_on-year": "2041"}
    refusal = _refusal(site, end, march)
    assert "On 1 March 2041 nobody is chair, Information Policy Group." in refusal
    assert 'name="meant" type="hidden" value="2041-03-01"' in site.browser("admin").post(
        end, march
    ).get_data(as_text=True)
    april = {**march, "ends_on-month": "4", "meant": "2041-03-01"}
    assert "On 1 April 2041 nobody is chair" in _refusal(site, end, april)
    council.act(
        people.grant_role,
        by="admin",
        person_id=council.people["member1"],
        role=Role.CHAIR,
        body="information_policy_group",
        starts_on=date(2041, 3, 1),
    )
    page = text_of(site, "admin", _path(site, "chair"))
    assert "Member1 Person holds this office from 1 March 2041" in page
    done = _post(site, end, march)
    assert "The role ends on 1 March 2041. Nothing changes before 1 March 2041." in done


def test_two_chairs_are_asked_about(site: Site) -> None:
    path = _path(site, "member2", "/roles/new")
    chair = {"role": "chair", "directorate": "", "body": "information_policy_group"}
    days = {"starts_on-day": "1", "starts_on-month": "3", "starts_on-year": "2041"}
    refusal = _refusal(site, path, {**chair, **days})
    assert "Chair Person is chair of this body in that time, too." in refusal
    body = "herefordshire_connects_board"
    for other in (f"{body} 2041-03-01 None", "information_policy_group 2041-03-02 None"):
        assert "in that time, too." in _refusal(site, path, {**chair, **days, "meant": other})
    invited = {**INVITED, **chair, **days, "email": "second@council.example"}
    assert "in that time, too." in _refusal(site, "/admin/people/new", invited)
    meant = "information_policy_group 2041-03-01 None"
    done = _post(site, path, {**chair, **days, "meant": meant})
    assert "The role is given. Nothing changes before 1 March 2041." in done
    assert "Chair, Information Policy Group, from 1 March 2041" in text_of(
        site, "admin", "/admin?words=member2"
    )


def test_a_role_taken_back_before_it_began_is_over(site: Site) -> None:
    path = _path(site, "stranger")
    days = {"starts_on-day": "1", "starts_on-month": "2", "starts_on-year": "2041"}
    given = {"role": "auditor", "directorate": "", "body": "", **days}
    same = {f"ends_on-{part}": given[f"starts_on-{part}"] for part in ("day", "month", "year")}
    assert "ends on a later day" in _refusal(site, f"{path}/roles/new", {**given, **same})
    _post(site, f"{path}/roles/new", given)
    (grant,) = everything(site.council, Grant, person_id=site.council.people["stranger"])
    page = _post(site, f"{path}/roles/{grant.id}/end", same)
    assert "but taken back before" in page
    assert "To come" not in page
    assert site.browser("admin").get(f"{path}/roles/{grant.id}/end").status_code == 404


def test_an_office_may_be_left_empty(site: Site) -> None:
    end = f"{_path(site, 'secretary')}/roles/{_grant_of(site.council, 'secretary')}/end"
    march = {"ends_on-day": "1", "ends_on-month": "3", "ends_on-year": "2041"}
    assert "The role ends on 1 March 2041." in _post(site, end, {**march, "meant": "2041-03-01"})


def test_the_administrator_sees_who_holds_a_role_on_a_day(site: Site) -> None:
    council = site.council
    page = text_of(site, "admin", "/admin/roles?role=chair")
    assert "Chair Person" in page
    day = f"{council.now.date() - timedelta(days=4000):%Y-%m-%d}"
    assert "Nothing fits" in text_of(site, "admin", f"/admin/roles?role=chair&held_on={day}")


def test_somebody_is_invited_from_a_day_on(site: Site) -> None:
    path = "/admin/people/new"
    days = {"starts_on-day": "1", "starts_on-month": "2", "starts_on-year": "2041"}
    page = _post(site, path, {**INVITED, **days})
    assert "From 1 February 2041" in page
    other = {**INVITED, "email": "another@council.example"}
    past = {**days, "starts_on-year": "2026"}
    assert "can’t start before today" in _refusal(site, path, {**other, **past})
    assert "Enter a real date" in _refusal(site, path, {**other, **days, "starts_on-day": "31"})
    assert "What each role does" in text_of(site, "admin", path)


def test_nobody_is_offered_what_they_have_another_part_in(council: Council) -> None:
    """Who sponsors a request can't take over asking for it."""
    council.asked()
    _give(council, "sponsor", Role.REQUESTER, directorate="environment")
    with council.db.reading() as session:
        day = local_day(council.now)
        page = reading.person_page(session, council.people["requester"], day)
        (offered,) = reading.successors(session, page.parts, page.person.id, day).values()
    assert council.people["colleague"] in {person.id for person in offered.able}
    assert {person.id for person in offered.kept_out} == {council.people["sponsor"]}


def test_links_and_sessions(site: Site) -> None:
    assert "on its way" in _post(site, _path(site, "stranger", "/link"))
    colleague = site.browser("colleague")
    assert colleague.signed_in
    assert "signed out everywhere" in _post(site, _path(site, "colleague", "/end-sessions"))
    assert not colleague.signed_in


def test_disabling_says_what_follows_first(site: Site) -> None:
    path = _path(site, "requester", "/disable")
    page = text_of(site, "admin", path)
    for words in ("they are signed out", "no more mail", "Requester of 9 requests", "Hand it over"):
        assert words in page
    chair = text_of(site, "admin", _path(site, "chair", "/disable"))
    assert "The Information Policy Group then has no chair: Member1 Person, the vice chair" in chair
    requester = site.browser("requester")
    assert "Enable this account again" in _post(site, path)
    assert not requester.signed_in
    assert "disabled already" in _refusal(site, path)
    assert "disabled" in _refusal(site, _path(site, "requester", "/link"))
    assert "enabled again" in _post(site, _path(site, "requester", "/enable"))
    assert "active already" in _refusal(site, _path(site, "requester", "/enable"))


def test_the_last_administrator_is_told_why_not(site: Site) -> None:
    page = _refusal(site, _path(site, "admin", "/disable"))
    assert "Nobody would be administrator any more. Make somebody else" in page
    grant = _grant_of(site.council, "admin")
    last = {"ends_on-day": "1", "ends_on-month": "3", "ends_on-year": "2041"}
    page = _refusal(site, f"{_path(site, 'admin')}/roles/{grant}/end", last)
    assert "Nobody would be administrator from 1 March 2041 on." in page


def test_handing_over_on_a_page(site: Site) -> None:
    path = _path(site, "requester", "/hand-over")
    asked = text_of(site, "admin", path)
    assert "Who takes over as requester in Environment?" in asked
    assert "Choose who takes over." in _refusal(site, path, {"requester_environment": ""})
    outsider = {"requester_environment": str(site.council.people["stranger"])}
    assert "Choose who takes over." in _refusal(site, path, outsider)
    chosen = {"requester_environment": str(site.council.people["colleague"])}
    page = _post(site, path, chosen)
    assert "9 requests were handed over." in page
    assert "No requests in hand" in page
    with site.db.reading() as session:
        reference = session.scalars(
            select(Request.reference).where(
                Request.requester_id == site.council.people["colleague"]
            )
        ).first()
    told = text_of(site, "colleague", f"/requests/{reference}")
    assert "Handed it over" in told
    assert "Colleague Person asks for it from now on." in told
    assert "Asked by Requester Person, Requester, on" in told, "who asked is who asked"
    assert "Now with Colleague Person, Colleague" in told
    assert "nothing to hand over" in text_of(site, "admin", path)
    assert _faults(site.council) == []
    assert "no requests in hand" in _refusal(site, path)


def test_where_nobody_can_take_over_it_says_so(site: Site) -> None:
    page = text_of(site, "admin", _path(site, "requester2", "/hand-over"))
    assert "Nobody can take these over yet" in page
    assert "Hand over</button>" not in page


def test_an_address_is_shown_to_nobody_else(site: Site) -> None:
    """The list of people is a list of addresses: administrators alone read it."""
    for account in ("auditor", "chair", "policy1"):
        answer = site.browser(account).get("/admin")
        assert answer.status_code == 403
        assert email("requester") not in answer.text
