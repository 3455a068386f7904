"""A council with something in every table and a request in every state: what a tamperer finds."""

from __future__ import annotations

from datetime import timedelta

from procureflow.adapters.files import read_documents
from procureflow.domain.permissions import Role
from procureflow.queries import people as reading
from procureflow.services import (
    business_cases,
    co_authors,
    comments,
    compliance,
    evidence,
    mailing,
    people,
    policies,
    requests,
    saved_lists,
    section_drafts,
)
from tests.assurance.assembly import add_person, give_role
from tests.factories import assets
from tests.factories.council import CASE, GROUP, HEREFORDSHIRE, Council

PASSWORD = "seven lamps over water"


def populate(council: Council) -> None:
    """Every state, every kind of event, every table."""
    _editing(council)
    _before_the_group(council)
    _decided(council)
    _people(council)
    _documents(council)
    _assets(council)
    with council.db.unit_of_work() as session:
        for _ in range(2):  # Some events become mails, and some wait still.
            mailing.expand_outbox(session, now=council.tick())
        evidence.log_security(session, kind="attempt", address="192.0.2.1", now=council.now)
        evidence.log_security(session, kind="signed_in", address="192.0.2.2", now=council.now)


def _step(council: Council, request: int, trigger: str, by: str = "requester") -> None:
    council.act(requests.take_step, by=by, request_id=request, trigger=trigger)


def _editing(council: Council) -> None:
    council.checked(title="A plotter")
    council.act(saved_lists.save_list, by="chair", listing="requests", name="Mine", query="a=b")
    council.opened(supplier="A supplier")
    desktop = {"category": "desktop", "catalogue_option": "desktop_standard", "job_role": "office"}
    _step(council, council.opened(**desktop), "clear")
    request, _ = council.sent_back("Say more about the training.")
    council.act(
        section_drafts.keep_draft,
        by="requester",
        request_id=request,
        section="strategic",
        fields={"why_now": "Bec"},
        seen_version=1,
    )
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="management",
        answers={**CASE["management"], "training": "Two days each, by the supplier."},
        seen_version=1,
    )
    council.act(
        business_cases.ask_for_endorsement,
        by="requester",
        request_id=request,
        sponsor_id=council.people["sponsor"],
    )
    _step(council, council.case_written(), "withdraw")
    together = council.opened()
    colleague = {"request_id": together, "person_id": council.people["colleague"]}
    council.act(co_authors.add_co_author, by="requester", **colleague)
    council.act(co_authors.remove_co_author, by="colleague", **colleague)
    council.act(co_authors.add_co_author, by="requester", **colleague)
    said = {"section": "need", "words": "How many are there?"}
    council.act(comments.comment, by="sponsor", request_id=together, **said)


def _before_the_group(council: Council) -> None:
    _, review = council.voted("approve", "reject")
    council.declare(review, "member4", "prejudicial")
    council.declare(review, "member2", "personal")
    request, _ = council.voted("approve", "return")
    _step(council, request, "withdraw")
    request, _ = council.closed("return")
    council.referred_again(request)


def _decided(council: Council) -> None:
    for trigger in (None, "lapse", "close"):
        request, _ = council.closed("approve")
        if trigger:
            _step(council, request, trigger, by="secretary")
    for record in range(1, 4):
        council.closed("reject", already_ordered=True)
        if record > 1:
            _answer(council, record)
            council.act(compliance.reopen_action, by="chair", record_id=record, why="How?")
            _answer(council, record)
        if record > 2:
            council.act(compliance.close_action, by="secretary", record_id=record, note="Enough.")
    bought = {
        "what": "Eight tablets",
        "supplier": "High street retailer",
        "amount": "6240",
        "bought_on": "2026-10-01",
        "evidence": "Invoice 4711.",
    }
    council.act(
        compliance.report_purchase,
        by="finance",
        directorate="environment",
        purchase=bought,
        rules=["NC-1"],
    )


def _answer(council: Council, record: int) -> None:
    done = "The order was cancelled."
    council.act(compliance.answer_action, by="director", record_id=record, done=done)


def _assets(council: Council) -> None:
    """A register that was imported twice, and a file that waits."""
    assets.imported(council)
    assets.imported(council, *assets.ROWS[1:])
    assets.read_in(council)


def _documents(council: Council) -> None:
    """Published by two people, withdrawn, and proposed still."""
    texts = read_documents(HEREFORDSHIRE)
    name = "workflow.yaml"
    council.publish(council.now.date(), {**texts, name: f"# The second.\n{texts[name]}"})
    for number, line in enumerate(("# The third.", "# The fourth.")):
        proposal = council.act(
            policies.propose_bundle,
            by="policy1",
            documents={**texts, name: f"{line}\n{texts[name]}"},
            effective_from=council.now.date(),
            why="The documents change.",
        )
        if number == 0:
            council.act(policies.withdraw_proposal, by="policy2", proposal_id=proposal)


def _people(council: Council) -> None:
    council.people["leaver"] = add_person(council, "leaver")
    grant = give_role(council, "leaver", Role.MEMBER, body=GROUP)
    today = council.now.date()
    council.act(people.end_role, actor_id=people.CONSOLE, grant_id=grant, ends_on=today)
    council.act(people.disable_person, actor_id=people.CONSOLE, person_id=council.people["leaver"])
    for account in ("auditor", "admin"):
        token = council.act(
            people.issue_link,
            person_id=council.people[account],
            purpose="first_password",
            valid_for=timedelta(days=1),
        )
        if account == "auditor":
            with council.db.reading() as session:
                owner = reading.person(session, council.people[account])
            password = people.new_password(owner, PASSWORD)
            council.act(people.set_password_by_link, token=token, password=password)
