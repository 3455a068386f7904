"""What was thrown back: the record, the director's answer, the closing by somebody else (NC-1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.orm import Session

from procureflow.domain.errors import InvalidInput, NotFound, NotPermitted, NotSignedIn, WrongState
from procureflow.domain.permissions import Actor, Role
from procureflow.models import (
    Decision,
    DirectorateAction,
    NonComplianceRecord,
    PurchaseReport,
    Request,
)
from procureflow.queries import compliance as reading
from procureflow.queries import listing, policies
from procureflow.queries import people as who
from procureflow.queries.evidence import verify
from procureflow.queries.requests import waiting_for
from procureflow.services import compliance, people, reviews
from tests.factories.council import BEGINNING, GROUP, PEOPLE, Council
from tests.factories.web import Site
from tests.integration.rows import everything, last_event, leaves, refused, stored

ENVIRONMENT = "environment"
#: What an act on a record leaves besides its own rows.
RECORD_ACT = {"non_compliance_records": "~1", "events": "+1", "outbox": "+1"}


def _opened(council: Council) -> int:
    """The id of an open record."""
    council.closed("reject")
    return int(everything(council, NonComplianceRecord)[-1].id)


def _answered(council: Council, by: str = "director") -> int:
    record = _opened(council)
    _answer(council, record, by)
    return record


def _answer(
    council: Council, record: int, by: str = "director", done: str = "Talked to all."
) -> None:
    council.act(compliance.answer_action, by=by, record_id=record, done=done)


def _close(council: Council, record: int, by: str = "secretary", note: str = "Enough.") -> None:
    council.act(compliance.close_action, by=by, record_id=record, note=note)


def _reopen(council: Council, record: int, by: str = "secretary", why: str = "And who?") -> None:
    council.act(compliance.reopen_action, by=by, record_id=record, why=why)


def _grant(council: Council, account: str, role: Role, **scope: Any) -> None:
    council.act(
        people.grant_role,
        person_id=council.people[account],
        role=role,
        actor_id=None,
        starts_on=date(2026, 1, 1),
        **scope,
    )


def _reject(council: Council, *rules: str) -> int:
    request, review = council.voted("reject", "reject", "reject")
    council.act(
        reviews.close_voting,
        by="chair",
        review_id=review,
        expected="reject",
        reasons="As discussed.",
        rules=rules,
    )
    return request


def test_a_rejection_under_a_rule_with_an_action_opens_one(council: Council) -> None:
    request, review = council.voted("reject", "reject", "reject")
    with leaves(
        council,
        requests="~1",
        reviews="~1",
        decisions="+1",
        events="+2",
        outbox="+2",
        non_compliance_records="+1",
        directorate_actions="+1",
        reference_counters="+1",
    ):
        council.act(
            reviews.close_voting,
            by="chair",
            review_id=review,
            expected="reject",
            reasons="As discussed.",
            rules=["NC-1", "EMB-1"],
        )
    (record,) = everything(council, NonComplianceRecord)
    (decision,) = everything(council, Decision)
    assert (record.reference, record.directorate) == ("NC-2026-0001", ENVIRONMENT)
    assert (record.request_id, record.decision_id) == (request, decision.id)
    assert record.rules == ["NC-1"]
    assert record.summary == "Buying outside the guidelines"
    (action,) = everything(council, DirectorateAction)
    assert action.due_on == council.now.date() + timedelta(days=28)
    assert action.status == "open"
    event, payload = last_event(council, "NC-2026-0001")
    assert (event.seq, event.kind, event.actor_id) == (1, "NonComplianceOpened", None)
    assert event.hash == record.head
    assert payload["request"] == stored(council, Request, request).reference
    assert payload["due_on"] == action.due_on.isoformat()


def test_a_case_that_merely_fails_to_convince_opens_none(council: Council) -> None:
    request = _reject(council, "EMB-1", "STD-1")
    assert stored(council, Request, request).state == "rejected"
    assert everything(council, NonComplianceRecord) == []


def test_the_due_day_is_counted_from_londons_day(council: Council) -> None:
    _, review = council.voted("reject", "reject", "reject")
    council.now = datetime(2027, 6, 30, 22, 30, tzinfo=UTC)  # the act is an hour later
    council.act(
        reviews.close_voting,
        by="chair",
        review_id=review,
        expected="reject",
        reasons="As discussed.",
        rules=["NC-1"],
    )
    (action,) = everything(council, DirectorateAction)
    assert action.due_on == date(2027, 7, 1) + timedelta(days=28)


def test_only_the_directorates_director_answers(council: Council) -> None:
    record = _opened(council)
    _grant(council, "stranger", Role.DIRECTOR, directorate="resources")
    for account in sorted(set(PEOPLE) - {"director"}):
        with refused(council, NotPermitted, "director of this directorate"):
            _answer(council, record, account)
    for done in ("", "  \n", "x" * 4001):
        with refused(council, InvalidInput) as caught:
            _answer(council, record, done=done)
        assert set(caught.value.errors) == {"done"}
    with leaves(council, **RECORD_ACT, directorate_actions="~1"):
        _answer(council, record, done=" Talked to all. ")
    action = stored(council, DirectorateAction, record)
    assert (action.done, action.done_by) == ("Talked to all.", council.people["director"])
    assert (action.done_at, action.status) == (council.now, "answered")
    assert last_event(council)[0].kind == "DirectorateActionAnswered"


def test_who_closes_it_or_asks_for_more(council: Council) -> None:
    record = _answered(council)
    for account in sorted(set(PEOPLE) - {"chair", "secretary"}):
        with refused(council, NotPermitted, "chair or secretary"):
            _close(council, record, account)
        with refused(council, NotPermitted, "chair or secretary"):
            _reopen(council, record, account)
    for words in ("", " ", "x" * 4001):
        with refused(council, InvalidInput) as caught:
            _close(council, record, note=words)
        assert set(caught.value.errors) == {"note"}
        with refused(council, InvalidInput):
            _reopen(council, record, why=words)
    with leaves(council, **RECORD_ACT, directorate_actions="~1"):
        _close(council, record, "chair", " Enough. ")
    action = stored(council, DirectorateAction, record)
    assert (action.closed_by, action.closed_at) == (council.people["chair"], council.now)
    assert (action.closing_note, action.status) == ("Enough.", "closed")
    assert last_event(council)[0].kind == "DirectorateActionClosed"


def test_nothing_is_closed_before_an_answer_or_after_the_close(council: Council) -> None:
    record = _opened(council)
    with refused(council, WrongState, "hasn’t recorded"):
        _close(council, record)
    with refused(council, WrongState, "hasn’t recorded"):
        _reopen(council, record)
    _answer(council, record)
    _close(council, record)
    with refused(council, WrongState, "closed already"):
        _close(council, record, "chair")
    with refused(council, WrongState, "closed already"):
        _reopen(council, record)
    with refused(council, WrongState, "is closed"):
        _answer(council, record)


def test_asking_for_more_brings_it_back(council: Council) -> None:
    record = _answered(council)
    with leaves(council, **RECORD_ACT, directorate_actions="~1"):
        _reopen(council, record)
    action = stored(council, DirectorateAction, record)
    assert (action.done, action.done_by, action.done_at, action.status) == (
        *(None, None, None),
        "open",
    )
    with refused(council, WrongState):
        _close(council, record)
    _answer(council, record, done="All of it.")
    _close(council, record)


@pytest.mark.parametrize("office", [Role.CHAIR, Role.SECRETARY])
def test_nobody_closes_their_own_action(council: Council, office: Role) -> None:
    """A director who is the group's chair or secretary too."""
    _grant(council, "director", office, body=GROUP)
    record = _answered(council)
    with refused(council, NotPermitted, "never by the person"):
        _close(council, record, "director")
    with refused(council, NotPermitted, "never by the person"):
        _reopen(council, record, "director")
    _close(council, record, "secretary")


@pytest.mark.parametrize("part", ["requester", "sponsor"])
def test_whoever_had_a_part_in_the_request_closes_nothing(council: Council, part: str) -> None:
    _grant(council, part, Role.SECRETARY, body=GROUP)
    record = _answered(council)
    with refused(council, NotPermitted, "part in the request"):
        _close(council, record, part)


def test_an_answer_may_be_changed_until_the_close(council: Council) -> None:
    record = _answered(council)
    with leaves(council, **RECORD_ACT, directorate_actions="~1"):
        _answer(council, record, done="And wrote to the supplier.")
    kinds = [last_event(council, "NC-2026-0001")[0].seq, last_event(council)[0].kind]
    assert kinds == [3, "DirectorateActionAnswered"]


def test_unknown_records_and_nobody(council: Council) -> None:
    record = _answered(council)
    for unknown in (0, -1, 987654):
        for act in (_answer, _close, _reopen):
            with refused(council, NotFound, "no such record"):
                act(council, unknown)
    with refused(council, NotSignedIn):
        council.act(compliance.close_action, actor_id=None, record_id=record, note="Enough.")


#: Who sees a record of the environment's besides whoever reported it.
SEES = {"requester", "colleague", "sponsor", "director", "chair", "secretary", "auditor"}
SEES |= {f"member{n}" for n in range(1, 6)}


def _ensure_seen_by(council: Council, sees: set[str]) -> None:
    """The first record is listed to these and opens to them, and to nobody else."""
    with council.db.reading() as session:
        for account in sorted(PEOPLE):
            actor = who.actor(session, council.people[account], council.now.date())
            found = [r.reference for r in _listed(session, actor)]
            assert found == (["NC-2026-0001"] if account in sees else []), account
            if account in sees:
                reading.record_by_reference(session, "NC-2026-0001", actor, BEGINNING.date())
            else:
                with pytest.raises(NotPermitted):
                    reading.record_by_reference(session, "NC-2026-0001", actor, BEGINNING.date())
            with pytest.raises(NotFound):
                reading.record_by_reference(session, "NC-2026-0002", actor, BEGINNING.date())


def test_who_sees_a_record(council: Council) -> None:
    _opened(council)
    _ensure_seen_by(council, SEES)


def test_open_records_come_first_the_longest_due_on_top(council: Council) -> None:
    made = []
    for days in (3, 0, 1, 2):
        council.now += timedelta(days=days)
        made.append(_opened(council))
    _answer(council, made[0])
    _close(council, made[0])
    with council.db.reading() as session:
        actor = who.actor(session, council.people["auditor"], council.now.date())
        found = [record.id for record in _listed(session, actor)]
    assert found == [made[1], made[2], made[3], made[0]]


def _listed(session: Session, actor: Actor) -> list[NonComplianceRecord]:
    bundle = policies.bundle_in_force(session, BEGINNING.date())
    made = reading.records_listing(actor, bundle, BEGINNING.date())
    page = listing.read(session, made, listing.Choice({}, made.default_order))
    return [row.NonComplianceRecord for row in page.rows]


def test_rejected_requests_keep_their_own_row_of_events(council: Council) -> None:
    """An act on the record leaves the request alone."""
    request = _reject(council, "NC-1")
    (record,) = everything(council, NonComplianceRecord)
    before = stored(council, Request, request)
    _answer(council, record.id)
    after = stored(council, Request, request)
    assert (before.version, before.head) == (after.version, after.head)


# --- reports of purchases -------------------------------------------------------------------------

BOUGHT = {
    "what": "Eight tablets for the depot",
    "supplier": "High street retailer",
    "amount": "£6,240",
    "bought_on": "2026-10-01",
    "evidence": "Invoice 4711, paid by purchasing card.",
}
REPORT = {
    "non_compliance_records": "+1",
    "directorate_actions": "+1",
    "purchase_reports": "+1",
    "events": "+1",
    "outbox": "+1",
}


def _report(
    council: Council,
    by: str = "finance",
    directorate: str = ENVIRONMENT,
    rules: tuple[str, ...] = ("NC-1",),
    **changed: str,
) -> str:
    purchase = {**BOUGHT, **changed}
    given = {"directorate": directorate, "purchase": purchase, "rules": rules}
    return str(council.act(compliance.report_purchase, by=by, **given))


def test_a_report_opens_a_record_and_the_directorate_owes_an_action(council: Council) -> None:
    council.opened()
    council.closed("reject")
    with leaves(council, **REPORT, reference_counters="~1"):
        reference = _report(council)
    assert reference == "NC-2026-0002"
    record = everything(council, NonComplianceRecord)[-1]
    assert (record.directorate, record.request_id, record.rules) == (ENVIRONMENT, None, ["NC-1"])
    action = stored(council, DirectorateAction, record.id)
    assert action.due_on == council.now.date() + timedelta(days=28)
    (report,) = everything(council, PurchaseReport)
    assert (report.what, report.amount) == (BOUGHT["what"], Decimal("6240.00"))
    assert report.bought_on == date(2026, 10, 1)
    event, payload = last_event(council)
    assert (event.kind, event.actor_id) == ("PurchaseReported", council.people["finance"])
    assert payload["amount"] == "6240.00"
    with council.db.reading() as session:
        assert verify(session).faults == []


def test_a_reported_purchase_is_answered_and_closed_by_two_others(council: Council) -> None:
    _report(council)
    (record,) = everything(council, NonComplianceRecord)
    _answer(council, record.id)
    for by in ("director", "finance", "member2", "requester"):
        with refused(council, NotPermitted):
            _close(council, record.id, by)
    _close(council, record.id, "chair")
    assert stored(council, DirectorateAction, record.id).status == "closed"


def test_nobody_closes_what_they_reported(council: Council) -> None:
    _grant(council, "secretary", Role.AUDITOR)
    _report(council, "secretary")
    (record,) = everything(council, NonComplianceRecord)
    _answer(council, record.id)
    with refused(council, NotPermitted):
        _close(council, record.id, "secretary")
    _close(council, record.id, "chair")


def _correct(council: Council, by: str = "finance", why: str = "A digit.", **changed: str) -> None:
    purchase = {**BOUGHT, **changed}
    about: dict[str, Any] = {"record_id": 1, "purchase": purchase, "why": why}
    council.act(compliance.correct_purchase, by=by, **about)


def test_whoever_reported_corrects_until_it_is_answered(council: Council) -> None:
    _report(council)
    with leaves(
        council, events="+1", outbox="+1", purchase_reports="~1", non_compliance_records="~1"
    ):
        _correct(council, amount="624", bought_on="2026-10-02")
    with leaves(council):
        _correct(council, amount="624", bought_on="2026-10-02")
    (report,) = everything(council, PurchaseReport)
    assert (report.amount, report.bought_on) == (Decimal(624), date(2026, 10, 2))
    event, payload = last_event(council)
    assert (event.kind, payload["amount"], payload["why"]) == (
        "PurchaseCorrected",
        "624.00",
        "A digit.",
    )
    for by in ("director", "auditor", "chair", "requester"):
        with refused(council, NotPermitted, "whoever reported"):
            _correct(council, by, amount="9")
    _answer(council, 1)
    with refused(council, WrongState, "stays as it is"):
        _correct(council, amount="9")
    with council.db.reading() as session:
        assert verify(session).faults == []


def test_a_report_made_by_mistake_is_said_to_be_one(council: Council) -> None:
    """Nothing else of it changes, and what was written is told all the same."""
    _report(council)
    with leaves(council, events="+1", outbox="+1", non_compliance_records="~1"):
        _correct(council, why="It was another directorate's.")
    event, payload = last_event(council)
    assert (event.kind, payload["why"]) == ("PurchaseCorrected", "It was another directorate's.")
    with leaves(council):
        _correct(council, why="It was another directorate's.")


def test_a_correction_that_cant_be_kept(council: Council) -> None:
    _report(council)
    _report(council, amount="77")
    with refused(council, InvalidInput) as caught:
        _correct(council, why=" ", amount="lots", what="")
    assert set(caught.value.errors) == {"why", "amount", "what"}
    with refused(council, InvalidInput, remedy=False) as caught:
        _correct(council, amount="77")
    assert "NC-2026-0002" in caught.value.errors[""]


def test_a_record_of_a_rejection_has_no_report_to_correct(council: Council) -> None:
    council.closed("reject")
    for by in ("finance", "chair", "director", "requester"):
        with refused(council, NotPermitted, "whoever reported"):
            _correct(council, by)


def test_who_reports_for_whom(council: Council) -> None:
    anywhere, here = (
        {"ict", "finance", "auditor"},
        {"requester", "colleague", "sponsor", "director"},
    )
    for n, by in enumerate(sorted(PEOPLE)):
        if by in anywhere | here:
            _report(council, by, amount=f"{n + 1}")
        else:
            with refused(council, NotPermitted):
                _report(council, by, amount=f"{n + 1}")
        if by in anywhere:
            _report(council, by, "children_young_people", amount=f"{n + 100}")
        elif by in here:
            with refused(council, NotPermitted):
                _report(council, by, "children_young_people", amount=f"{n + 100}")
    with refused(council, NotSignedIn):
        council.act(
            compliance.report_purchase,
            actor_id=None,
            directorate=ENVIRONMENT,
            purchase=BOUGHT,
            rules=["NC-1"],
        )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"what": " "}, "what"),
        ({"what": "x" * 201}, "what"),
        ({"what": "two\nlines"}, "what"),
        ({"supplier": ""}, "supplier"),
        ({"amount": "lots"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"bought_on": "2026-11-03"}, "bought_on"),
        ({"bought_on": "2026-02-30"}, "bought_on"),
        ({"bought_on": "1026-02-03"}, "bought_on"),
        ({"evidence": ""}, "evidence"),
        ({"evidence": "x" * 4001}, "evidence"),
        ({"evidence": "a\x00b"}, "evidence"),
        ({"rules": ()}, "rules"),
        ({"rules": ("NC-1", "XX-1")}, "rules"),
        ({"rules": ("EXC-1",)}, "rules"),
        ({"directorate": "nowhere"}, None),
    ],
)
def test_a_report_that_says_too_little(
    sqlite_council: Council, changed: dict[str, Any], field: str | None
) -> None:
    with refused(sqlite_council, InvalidInput) as caught:
        _report(sqlite_council, "auditor", **changed)
    assert set(caught.value.errors) == {field or "directorate"}


def test_one_purchase_is_reported_once(council: Council) -> None:
    _report(council)
    with refused(council, InvalidInput) as caught:
        _report(council, "auditor", supplier="HIGH STREET RETAILER", what="Tablets")
    assert "NC-2026-0001" in caught.value.errors[""]
    _report(council, "auditor", amount="6240.01")
    _report(council, "auditor", "children_young_people")


def test_two_who_report_it_at_once_report_it_once(council: Council) -> None:
    together = Barrier(2)

    def report(by: str, amount: str) -> str:
        together.wait()
        try:
            with council.db.unit_of_work() as session:
                compliance.report_purchase(
                    session,
                    directorate="environment",
                    purchase={**BOUGHT, "amount": amount},
                    rules=["NC-1"],
                    actor_id=council.people[by],
                    now=council.now,
                )
        except InvalidInput:
            return "refused"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        for pounds in range(1, 11):
            found = list(pool.map(report, ("finance", "auditor"), [str(pounds)] * 2))
            assert sorted(found) == ["done", "refused"]
    assert len(everything(council, NonComplianceRecord)) == 10


def test_who_sees_a_report(council: Council) -> None:
    _report(council, "ict")
    _ensure_seen_by(council, SEES | {"ict"})


def test_a_report_waits_for_its_director_and_then_for_who_closes_it(council: Council) -> None:
    _report(council)
    (record,) = everything(council, NonComplianceRecord)

    def waits(by: str) -> list[str]:
        with council.db.reading() as session:
            actor = who.actor(session, council.people[by], council.now.date())
            return [f"{w.title}: {w.words}" for w in waiting_for(session, actor, BEGINNING.date())]

    assert waits("director") == [
        "Eight tablets for the depot: Record what was done, by 30 November 2026"
    ]
    assert waits("secretary") == waits("finance") == []
    _answer(council, record.id)
    assert waits("secretary") == ["Eight tablets for the depot: Close it, or ask for more"]
    assert waits("director") == []


# --- on the page ----------------------------------------------------------------------------------


def test_who_answers_again_reads_what_was_asked_and_what_they_wrote(
    site: Site, places: dict[str, str]
) -> None:
    page = f"/non-compliance/{places['open']}"
    director, chair = site.browser("director"), site.browser("chair")
    assert "It is with you now." in director.get(page).text
    assert "It is with you now." not in chair.get(page).text
    assert "Your answer was not enough yet" not in director.get(f"{page}/answer").text
    assert director.post(f"{page}/answer", {"done": "Talked to <all>."}).status_code == 302
    assert chair.post(f"{page}/reopen", {"note": "And the supplier?"}).status_code == 302
    again = director.get(f"{page}/answer").text
    assert "Your answer was not enough yet" in again
    assert "And the supplier?" in again
    assert "Talked to &lt;all&gt;.</textarea>" in again
    assert "Answer what was asked, by" in director.get("/").text
    assert director.post(f"{page}/answer", {"done": "Talked to both."}).status_code == 302
    assert "Your answer was not enough yet" not in director.get(f"{page}/answer").text


def test_a_report_is_asked_of_what_can_be_broken_without_a_case(site: Site) -> None:
    page = site.browser("director").get("/non-compliance/report").text
    assert "NC-1: " in page
    assert "EMB-1: " in page
    assert "PM-1: " not in page, "what a business case has to say"


def test_a_closed_action_has_no_form(site: Site, places: dict[str, str]) -> None:
    for account, act in (("director", "answer"), ("chair", "close"), ("chair", "reopen")):
        answer = site.browser(account).get(f"/non-compliance/{places['closed']}/{act}")
        assert answer.status_code == 409
        assert "This action was closed on" in answer.text
