"""People and their roles, passwords, one-time links, and signing in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from procureflow.db import Database
from procureflow.domain.calendar import local_day
from procureflow.domain.errors import InvalidInput, NotFound, NotPermitted, NotSignedIn, WrongState
from procureflow.domain.permissions import SCOPES, Role, Scope
from procureflow.models import AuditEvent, Grant, OneTimeLink, Person
from procureflow.queries import people as reading
from procureflow.services import people
from tests.factories.council import GROUP, PEOPLE, Council
from tests.integration.rows import everything, last_event, leaves, refused, stored

PASSWORD = "kettle orchard lantern"
HAPPENED = {"events": "+1", "outbox": "+1"}
SCOPE: dict[Scope, dict[str, str]] = {
    Scope.DIRECTORATE: {"directorate": "environment"},
    Scope.BODY: {"body": GROUP},
    Scope.COUNCIL: {},
}


def _add(council: Council, by: str | None = None, **given: Any) -> int:
    values = {"email": "new@council.example", "name": "New Person", "job_title": "", **given}
    actor = {} if by else {"actor_id": people.CONSOLE}
    person: int = council.act(people.add_person, by=by, **actor, **values)
    return person


def _link(council: Council, account: str = "stranger", minutes: int = 60) -> str:
    token: str = council.act(
        people.issue_link,
        person_id=council.people[account],
        purpose="forgotten_password",
        valid_for=timedelta(minutes=minutes),
    )
    return token


def _use(council: Council, token: str, password: str = PASSWORD) -> None:
    """Without the hour that an act takes."""
    with council.db.unit_of_work() as session:
        link = people.usable_link(session, token, council.now)
        owner = reading.person(session, link.person_id if link else council.people["stranger"])
        good = people.new_password(owner, password)
        people.set_password_by_link(session, token=token, password=good, now=council.now)


def _sign_in(database: Database, email: str, password: str) -> bool:
    today = local_day(datetime.now().astimezone())
    with database.unit_of_work() as session:
        return people.authenticate(session, email=email, password=password, day=today) is not None


# --- accounts -----------------------------------------------------------------------------------


def test_an_account_is_made_by_the_console_or_the_administrator(council: Council) -> None:
    with leaves(council, **HAPPENED, people="+1"):
        person = _add(council, email="  New.Person@Council.Example ", name=" New Person ")
    row = stored(council, Person, person)
    assert (row.email, row.name, row.closes_on) == (
        "new.person@council.example",
        "New Person",
        None,
    )
    assert row.password_hash is None
    event, payload = last_event(council)
    assert (event.stream, event.kind, event.actor_id) == ("people", "PersonAdded", None)
    assert payload == {"person": person}, "an event names people by id alone"
    _add(council, "admin", email="other@council.example")
    assert last_event(council)[0].actor_id == council.people["admin"]


def test_only_the_administrator_changes_people(council: Council) -> None:
    grant = everything(council, Grant)[0].id
    stranger = council.people["stranger"]
    acts: list[tuple[Any, dict[str, Any]]] = [
        (people.add_person, {"email": "x@council.example", "name": "X", "job_title": ""}),
        (people.grant_role, {"person_id": stranger, "role": Role.AUDITOR}),
        (people.end_role, {"grant_id": grant, "ends_on": date(2027, 1, 1)}),
        (people.disable_person, {"person_id": stranger}),
    ]
    for account in sorted(set(PEOPLE) - {"admin"}):
        for act, given in acts:
            with refused(council, NotPermitted, "administrator"):
                council.act(act, by=account, **given)
    for act, given in acts:
        with refused(council, NotSignedIn):
            council.act(act, actor_id=987654, **given)


def test_an_account_needs_an_address_and_a_name_of_its_own(council: Council) -> None:
    for email in ("", "x", "x@", "@x.example", "a b@x.example", "x@x..example", "x\n@x.example"):
        with refused(council, InvalidInput) as caught:
            _add(council, email=email)
        assert set(caught.value.errors) == {"email"}
    with refused(council, InvalidInput) as caught:
        _add(council, email="REQUESTER@council.example", name=" ")
    assert "already" in caught.value.errors["email"]
    assert set(caught.value.errors) == {"email", "name"}


@pytest.mark.parametrize("field", ["name", "job_title"])
def test_a_name_or_title_that_the_column_cant_hold_is_refused(council: Council, field: str) -> None:
    with refused(council, InvalidInput) as caught:
        _add(council, **{"name": "New Person", field: "x" * 121})
    assert set(caught.value.errors) == {field}


def test_a_disabled_account_is_nobody(council: Council) -> None:
    council.act(people.issue_link, **_for("stranger"))
    person = council.people["stranger"]
    epoch = stored(council, Person, person).session_epoch
    with leaves(council, **HAPPENED, people="~1"):
        council.act(people.disable_person, by="admin", person_id=person)
    row = stored(council, Person, person)
    assert (row.closes_on, row.session_epoch) == (local_day(council.now), epoch + 1)
    with refused(council, WrongState, "disabled already"):
        council.act(people.disable_person, by="admin", person_id=person)
    with council.db.reading() as session:
        assert reading.account(session, person, council.now.date()) is None
        with pytest.raises(NotSignedIn):
            reading.actor(session, person, council.now.date())
    with refused(council, NotFound, remedy=False):
        council.act(people.disable_person, by="admin", person_id=987654)


def _for(account: str) -> dict[str, Any]:
    # The ids are the same in every copy of the founded council.
    return {
        "person_id": list(PEOPLE).index(account) + 1,
        "purpose": "first_password",
        "valid_for": timedelta(days=7),
    }


# --- roles --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_held_over_its_own_scope(sqlite_council: Council, role: Role) -> None:
    council, person = sqlite_council, sqlite_council.people["stranger"]
    for scope, given in SCOPE.items():
        if SCOPES[role] is scope:
            with leaves(council, **HAPPENED, grants="+1", people="~1"):
                council.act(people.grant_role, person_id=person, role=role, by="admin", **given)
        else:
            with refused(council, InvalidInput) as caught:
                council.act(people.grant_role, person_id=person, role=role, by="admin", **given)
            assert set(caught.value.errors) <= {"directorate", "body"}
    both = {"directorate": "environment", "body": GROUP}
    with refused(council, InvalidInput):
        council.act(people.grant_role, person_id=person, role=role, by="admin", **both)


def test_a_role_over_something_unknown_is_refused(council: Council) -> None:
    person = council.people["stranger"]
    for role, scope in (
        (Role.REQUESTER, {"directorate": "atlantis"}),
        (Role.MEMBER, {"body": "round_table"}),
        (Role.MEMBER, {"body": ""}),
    ):
        with refused(council, InvalidInput) as caught:
            council.act(people.grant_role, person_id=person, role=role, by="admin", **scope)
        assert set(caught.value.errors) == set(scope)
    with refused(council, NotFound, remedy=False):
        council.act(people.grant_role, person_id=987654, role=Role.AUDITOR, by="admin")


def test_a_role_is_held_from_a_day_up_to_another(council: Council) -> None:
    person, today = council.people["stranger"], council.now.date()
    starts, ends = today + timedelta(days=2), today + timedelta(days=4)
    with refused(council, InvalidInput) as caught:
        council.act(
            people.grant_role,
            person_id=person,
            role=Role.AUDITOR,
            by="admin",
            starts_on=ends,
            ends_on=starts,
        )
    assert set(caught.value.errors) == {"ends_on"}
    grant = council.act(
        people.grant_role,
        person_id=person,
        role=Role.AUDITOR,
        by="admin",
        starts_on=starts,
        ends_on=ends,
    )
    with council.db.reading() as session:
        held = [
            reading.actor(session, person, today + timedelta(days=n)).holds(Role.AUDITOR)
            for n in range(6)
        ]
    assert held == [False, False, True, True, False, False]
    with refused(council, InvalidInput):
        council.act(people.end_role, grant_id=grant, ends_on=today, by="admin")
    with refused(council, NotFound, remedy=False):
        council.act(people.end_role, grant_id=987654, ends_on=today, by="admin")
    with leaves(council, **HAPPENED, grants="~1"):
        council.act(people.end_role, grant_id=grant, ends_on=starts, by="admin")
    assert last_event(council)[1]["ends_on"] == starts.isoformat()
    with council.db.reading() as session:
        assert not reading.actor(session, person, starts).grants


def test_what_was_allowed_on_a_day_stays_what_it_was(council: Council) -> None:
    """Only the console, which has the server, sets a role for the past."""
    person, before = council.people["stranger"], council.now.date() - timedelta(days=1)
    role: dict[str, Any] = {"person_id": person, "role": Role.AUDITOR, "starts_on": before}
    with refused(council, InvalidInput) as caught:
        council.act(people.grant_role, by="admin", **role)
    assert set(caught.value.errors) == {"starts_on"}
    grant = council.act(people.grant_role, actor_id=people.CONSOLE, **role)
    with refused(council, InvalidInput) as caught:
        council.act(people.end_role, grant_id=grant, ends_on=before, by="admin")
    assert set(caught.value.errors) == {"ends_on"}
    council.act(people.end_role, actor_id=people.CONSOLE, grant_id=grant, ends_on=before)


def test_ending_a_role_never_lengthens_it(council: Council) -> None:
    today = council.now.date()
    role: dict[str, Any] = {"person_id": council.people["stranger"], "role": Role.ADMINISTRATOR}
    ends = today + timedelta(days=2)
    grant = council.act(people.grant_role, by="admin", ends_on=ends, **role)
    with refused(council, InvalidInput) as caught:
        council.act(
            people.end_role, by="stranger", grant_id=grant, ends_on=ends + timedelta(days=1)
        )
    assert "It ends sooner already." in caught.value.errors["ends_on"]
    council.act(people.end_role, by="admin", grant_id=grant, ends_on=today + timedelta(days=1))


def test_nobody_gives_a_role_to_themselves(council: Council) -> None:
    admin = council.people["admin"]
    with refused(council, WrongState, "Nobody gives a role to themselves."):
        council.act(people.grant_role, by="admin", person_id=admin, role=Role.AUDITOR)
    council.act(people.grant_role, actor_id=people.CONSOLE, person_id=admin, role=Role.AUDITOR)


def test_a_change_of_role_ends_the_persons_sessions(council: Council) -> None:
    person = council.people["auditor"]
    epochs = [stored(council, Person, person).session_epoch]
    council.act(people.grant_role, person_id=person, role=Role.POLICY_OFFICER, by="admin")
    epochs.append(stored(council, Person, person).session_epoch)
    grant = everything(council, Grant, person_id=person)[0]
    council.act(people.end_role, grant_id=grant.id, ends_on=council.now.date(), by="admin")
    epochs.append(stored(council, Person, person).session_epoch)
    assert epochs == [epochs[0], epochs[0] + 1, epochs[0] + 2]


# --- links and passwords ------------------------------------------------------------------------


def test_a_link_sets_a_password_once(council: Council) -> None:
    token = _link(council)
    (row,) = everything(council, OneTimeLink)
    assert token not in (row.token_hash, row.purpose), "the token itself is kept nowhere"
    epoch = stored(council, Person, council.people["stranger"]).session_epoch
    with refused(council, InvalidInput):
        _use(council, token, "short")
    with leaves(council, **HAPPENED, people="~1", one_time_links="~1"):
        _use(council, token)
    assert stored(council, Person, council.people["stranger"]).session_epoch == epoch + 1
    event, payload = last_event(council)
    assert (event.kind, payload["how"]) == ("PasswordSet", "forgotten_password")
    assert PASSWORD not in event.payload
    with refused(council, WrongState, "has been used"):
        _use(council, token)
    assert _sign_in(council.db, "stranger@council.example", PASSWORD)


def test_a_link_runs_out_and_gives_way_to_a_later_one(council: Council) -> None:
    first = _link(council)
    second = _link(council)
    other = _link(council, "auditor")
    with refused(council, WrongState):
        _use(council, first)
    council.now += timedelta(minutes=59, seconds=59)
    _use(council, other)
    with refused(council, WrongState, "has run out"):
        _use(council, second)
    for wrong in ("", "x" * 43, second[:-1], second + "x"):
        with refused(council, WrongState):
            _use(council, wrong)


def test_a_link_works_until_it_runs_out_to_the_moment(council: Council) -> None:
    token = _link(council, minutes=60)
    council.now += timedelta(minutes=60)
    with refused(council, WrongState):
        _use(council, token)
    council.now -= timedelta(microseconds=1)
    _use(council, token)


def test_a_link_is_worth_nothing_to_a_disabled_person(council: Council) -> None:
    token = _link(council)
    with council.db.unit_of_work() as session:
        people.disable_person(
            session, person_id=council.people["stranger"], actor_id=None, now=council.now
        )
    with refused(council, WrongState):
        _use(council, token)


PASSWORDS: list[tuple[str, str]] = [
    ("", "at least 12"),
    ("elevenchars", "at least 12"),
    ("x" * 201, "200 characters"),
    ("aaaaaaaaaaaaaaaa", "too easy"),
    ("abababababababab", "too easy"),
    ("stranger1234", "too easy"),
    ("STRANGER-2026", "too easy"),
    ("password1234", "too easy"),
    ("procureflow12", "too easy"),
]


@pytest.mark.parametrize(("password", "words"), PASSWORDS)
def test_passwords_that_are_refused(sqlite_council: Council, password: str, words: str) -> None:
    token = _link(sqlite_council)
    with refused(sqlite_council, InvalidInput) as caught:
        _use(sqlite_council, token, password)
    assert words in caught.value.errors["password"]
    _use(sqlite_council, token)


@pytest.mark.parametrize("password", ["123456789012", "qwertyuiop12", "iloveyou1234"])
def test_common_passwords_are_refused(sqlite_council: Council, password: str) -> None:
    token = _link(sqlite_council)
    with refused(sqlite_council, InvalidInput):
        _use(sqlite_council, token, password)


@pytest.mark.parametrize(
    "password",
    ["twelve chars", "three otters swim " * 11, "correct horse battery", "пароль длинный"],
)
def test_any_other_password_will_do(sqlite_council: Council, password: str) -> None:
    """No recipe: any characters, any case, up to 200 of them."""
    _use(sqlite_council, _link(sqlite_council), password)
    assert _sign_in(sqlite_council.db, " Stranger@COUNCIL.example ", password)
    assert not _sign_in(sqlite_council.db, "stranger@council.example", password[:-1])
    assert not _sign_in(sqlite_council.db, "stranger@council.example", password.upper() + "!")


def test_ones_own_password_is_changed_with_the_old_one(council: Council) -> None:
    person = council.people["stranger"]
    _use(council, _link(council))
    epoch = stored(council, Person, person).session_epoch
    new = "another orchard entirely"

    def change(current: str, password: str) -> Any:
        owner = stored(council, Person, person)
        return council.act(
            people.change_password,
            actor_id=person,
            verified=people.own_password(owner, current),
            password=people.new_password(owner, password),
        )

    with refused(council, InvalidInput) as caught:
        change("not my password", new)
    assert set(caught.value.errors) == {"current"}
    with refused(council, InvalidInput) as caught:
        change(PASSWORD, "short")
    assert set(caught.value.errors) == {"password"}
    with leaves(council, **HAPPENED, people="~1"):
        assert change(PASSWORD, new) == epoch + 1
    assert last_event(council)[1]["how"] == "changed"
    assert not _sign_in(council.db, "stranger@council.example", PASSWORD)
    assert _sign_in(council.db, "stranger@council.example", new)
    council.act(people.disable_person, person_id=person, actor_id=None)
    assert not _sign_in(council.db, "stranger@council.example", new)


def test_nobody_signs_in_without_a_password(sqlite_council: Council) -> None:
    for email in ("stranger@council.example", "nobody@council.example", "", "%", "x" * 5000):
        for password in ("", PASSWORD):
            assert not _sign_in(sqlite_council.db, email, password)


def test_no_event_names_anybody(council: Council) -> None:
    """Who leaves can be pseudonymised without touching history."""
    council.closed("approve")
    _use(council, _link(council))
    for event in everything(council, AuditEvent):
        assert "@" not in event.payload
        assert "Person" not in event.payload, event.payload
