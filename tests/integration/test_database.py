"""What the database itself refuses, whoever asks, and how durable what it takes is."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, insert, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InvalidRequestError, OperationalError

from procureflow import db as module
from procureflow.adapters.files import read_documents
from procureflow.db import Database, DatabaseUrlError
from procureflow.models import Base, OutboxItem, Person
from procureflow.models.statements import Prepared
from procureflow.services import (
    compliance,
    evidence,
    mailing,
    requests,
    saved_lists,
    section_drafts,
)
from tests.factories import assets
from tests.factories.council import HEREFORDSHIRE, Council
from tests.integration.rows import changes, rows

#: The ids that the fixture makes, in this order.
DRAFT, APPROVED, VOTING, REJECTED, SENT_BACK, ASKED = 1, 2, 3, 4, 5, 6


@pytest.fixture(scope="module")
def filled(shared_council: Council) -> Council:
    """A council with a request at each point and a row in every table."""
    council = shared_council
    assert council.opened() == DRAFT
    assert council.closed("approve")[0] == APPROVED
    request, review = council.voted("approve")
    assert request == VOTING
    council.declare(review, "member1", "prejudicial")
    assert council.closed("reject")[0] == REJECTED
    assert council.sent_back("The second quote?")[0] == SENT_BACK
    assert council.asked()[0] == ASKED
    for table in ("section_versions", "submission_sections"):
        where = f"request_id = {ASKED} AND section = 'need'"
        _attempt(council, f"COPY {table} WHERE {where} WITH section='later'")
    council.act(compliance.answer_action, by="director", record_id=1, done="Done.")
    texts = read_documents(HEREFORDSHIRE)
    council.publish(council.now.date(), {**texts, WORKFLOW: f"# Later.\n{texts[WORKFLOW]}"})
    council.act(evidence.log_security, kind="attempt", subject="a", address="1")
    council.act(
        compliance.report_purchase,
        by="finance",
        directorate="environment",
        purchase={
            "what": "Tablets",
            "supplier": "A shop",
            "amount": "5",
            "bought_on": "2026-10-01",
            "evidence": "An invoice.",
        },
        rules=["NC-1"],
    )
    assets.imported(council)
    assets.read_in(council)
    council.act(mailing.expand_outbox)
    council.act(
        section_drafts.keep_draft,
        by="requester",
        request_id=SENT_BACK,
        section="strategic",
        fields={},
        seen_version=1,
    )
    council.act(saved_lists.save_list, by="chair", listing="requests", name="Mine", query="a=b")
    council.act(
        mailing.mail_link,
        person_id=1,
        purpose="first_password",
        valid_for=council.now - council.now,
        base_url="https://procureflow.example",
    )
    return council


@dataclass(frozen=True)
class Impossible:
    """A row that must not be. `by` is the constraint that refuses it, or a column that is never
    empty."""

    name: str
    statement: str
    by: str


def _set(name: str, table: str, where: str, by: str, /, **values: str) -> Impossible:
    given = ", ".join(f"{column} = {value}" for column, value in values.items())
    return Impossible(name, f"UPDATE {table} SET {given} WHERE {where}", by)


def _copy(name: str, table: str, where: str, by: str, /, **values: str) -> Impossible:
    """A copy of a row with some columns changed."""
    changed = ";".join(f"{column}={value}" for column, value in values.items())
    return Impossible(name, f"COPY {table} WHERE {where} WITH {changed}", by)


NEW = {"id": "987654"}
WORKFLOW = "workflow.yaml"
REPORTED = "(SELECT max(record_id) FROM purchase_reports)"
HASH = "'" + "a" * 64 + "'"
REV = f"review_id = (SELECT id FROM reviews WHERE request_id = {VOTING})"
IMPOSSIBLE = [
    # requests
    _set("approved without a decision", "requests", f"id = {DRAFT}",
         "ck_requests_decided_has_a_decision", state="'approved'", state_kind="'decided'"),
    _set("a decision of another request", "requests", f"id = {DRAFT}",
         "fk_requests_decision_id_id", decision_id="(SELECT min(id) FROM decisions)"),
    _set("a decision that isn't", "requests", f"id = {DRAFT}",
         "fk_requests_decision_id_id", decision_id="987654"),
    _set("the decision taken away", "requests", f"id = {APPROVED}",
         "ck_requests_decided_has_a_decision", decision_id="NULL"),
    _set("an unknown kind of state", "requests", f"id = {DRAFT}",
         "ck_requests_kind_is_known", state_kind="'wonderful'"),
    _set("a negative cost", "requests", f"id = {DRAFT}",
         "ck_requests_cost_is_not_negative", whole_life_cost="-1"),
    _set("one's own sponsor", "requests", f"id = {DRAFT}",
         "ck_requests_nobody_sponsors_their_own", sponsor_id="requester_id"),
    _set("a requester that isn't", "requests", f"id = {DRAFT}",
         "fk_requests_requester_id", requester_id="987654"),
    _set("no requester", "requests", f"id = {DRAFT}", "requester_id", requester_id="NULL"),
    _set("no events", "requests", f"id = {DRAFT}", "ck_requests_has_a_chain", version="0"),
    _set("half a head", "requests", f"id = {DRAFT}", "ck_requests_has_a_chain", head="'abc'"),
    _set("a reference twice", "requests", f"id = {DRAFT}", "uq_requests_reference",
         reference="'ICT-2026-0002'"),
    _set("a bundle that isn't", "requests", f"id = {DRAFT}", "fk_requests_bundle", bundle=HASH),
    # content
    _copy("a section counted from nought", "section_versions", f"request_id = {DRAFT}",
          "ck_section_versions_counts_from_one", version="0"),
    _copy("a version twice", "section_versions", f"request_id = {DRAFT}", "pk_section_versions"),
    _copy("a section of nothing", "section_versions", f"request_id = {DRAFT}",
          "fk_section_versions_request_id", request_id="987654"),
    _copy("a submission that pins nothing", "submissions", f"request_id = {APPROVED}",
          "fk_submissions_pins_something", number="9", **NEW),
    _copy("a submission's number twice", "submissions", f"request_id = {APPROVED}",
          "uq_submissions_request_id_number", **NEW),
    _copy("a pin of another request's section", "submission_sections",
          f"request_id = {ASKED} AND section = 'later'",
          "fk_submission_sections_submission_id_request_id",
          submission_id=f"(SELECT id FROM submissions WHERE request_id = {APPROVED})"),
    _copy("a pin of a version that isn't", "submission_sections",
          f"request_id = {APPROVED} AND section = 'need'",
          "fk_submission_sections_request_id_section_version", section="'more'"),
    _copy("two answers of a sponsor", "endorsements", f"request_id = {APPROVED}",
          "pk_endorsements", verdict="'sent_back'", note="'No.'"),
    _copy("an answer that is neither", "endorsements", f"request_id = {APPROVED}",
          "ck_endorsements_verdict_is_known", submission_id="987654", verdict="'perhaps'",
          note="'x'"),
    _copy("sent back in silence", "endorsements", f"request_id = {APPROVED}",
          "ck_endorsements_sent_back_says_why", submission_id="987654", verdict="'sent_back'",
          note="''"),
    _copy("endorsed for another request", "endorsements", f"request_id = {APPROVED}",
          "fk_endorsements_submission_id_request_id",
          submission_id=f"(SELECT id FROM submissions WHERE request_id = {ASKED})"),
    # reviews
    _copy("two open reviews", "reviews", f"request_id = {VOTING}", "uq_reviews_one_open",
          round="2", **NEW),
    _copy("a review counted from nought", "reviews", f"request_id = {APPROVED}",
          "ck_reviews_counts_from_one", round="0", **NEW),
    _copy("a round twice", "reviews", f"request_id = {APPROVED}",
          "uq_reviews_submission_id_body_stage_round", **NEW),
    _copy("a review of another's submission", "reviews", f"request_id = {APPROVED}",
          "fk_reviews_submission_id_request_id", request_id=str(DRAFT), round="2", **NEW),
    _copy("two assessments of a kind", "assessments", f"{REV} AND kind = 'standards'",
          "pk_assessments"),
    _set("an unknown verdict", "assessments", REV, "ck_assessments_verdict_is_known",
         verdict="'fine'", note="'x'"),
    _set("a reservation in silence", "assessments", REV, "ck_assessments_reservation_says_why",
         verdict="'not_satisfied'"),
    _set("an assessment of another submission", "assessments", REV,
         "fk_assessments_review_id_submission_id", submission_id="1"),
    _copy("two declarations of a member", "declarations", f"{REV} AND interest = 'none'",
          "pk_declarations", interest="'personal'", note="'x'"),
    _set("an unknown interest", "declarations", f"{REV} AND interest = 'prejudicial'",
         "ck_declarations_interest_is_known", interest="'mild'"),
    _set("an interest that isn't described", "declarations", f"{REV} AND interest = 'prejudicial'",
         "ck_declarations_interest_is_described", note="''"),
    _set("an interest changed under a vote", "declarations", f"{REV} AND interest = 'none'",
         "fk_votes_review_id_person_id_interest", interest="'prejudicial'", note="'x'"),
    Impossible("a declaration taken from under a vote", f"DELETE FROM declarations WHERE {REV} "
               "AND interest = 'none'", "fk_votes_review_id_person_id_interest"),
    _copy("two votes of a member", "votes", REV, "pk_votes", choice="'reject'"),
    _copy("a vote without a declaration", "votes", REV,
          "fk_votes_review_id_person_id_interest",
          person_id="(SELECT id FROM people WHERE email = 'member5@council.example')"),
    _copy("a vote against one's own declaration", "votes", REV,
          "fk_votes_review_id_person_id_interest",
          person_id="(SELECT id FROM people WHERE email = 'member1@council.example')"),
    _set("a vote on another submission", "votes", REV, "fk_votes_review_id_submission_id",
         submission_id="1"),
    _set("an unknown choice", "votes", REV, "ck_votes_choice_is_known", choice="'maybe'"),
    # decisions
    _copy("a decision without a decider", "decisions", f"request_id = {APPROVED}", "decided_by",
          decided_by="NULL", **NEW),
    _copy("a decider that isn't", "decisions", f"request_id = {APPROVED}",
          "fk_decisions_decided_by", decided_by="987654",
          review_id=f"(SELECT id FROM reviews WHERE request_id = {VOTING})",
          submission_id=f"(SELECT max(id) FROM submissions WHERE request_id = {VOTING})",
          request_id=str(VOTING), **NEW),
    _copy("two decisions in a review", "decisions", f"request_id = {APPROVED}",
          "uq_decisions_review_id", outcome="'reject'", rules="'[\"NC-1\"]'", **NEW),
    _copy("a decision of another request's review", "decisions", f"request_id = {APPROVED}",
          "fk_decisions_review_id_request_id",
          review_id=f"(SELECT id FROM reviews WHERE request_id = {VOTING})",
          submission_id=f"(SELECT max(id) FROM submissions WHERE request_id = {VOTING})", **NEW),
    _copy("a decision on another submission", "decisions", f"request_id = {APPROVED}",
          "fk_decisions_review_id_submission_id",
          review_id=f"(SELECT id FROM reviews WHERE request_id = {VOTING})",
          request_id=str(VOTING), **NEW),
    _copy("a rejection without rules", "decisions", f"request_id = {APPROVED}",
          "ck_decisions_rejection_cites_a_rule", outcome="'reject'", **NEW),
    _copy("a return without sections", "decisions", f"request_id = {APPROVED}",
          "ck_decisions_return_names_a_section", outcome="'return'", **NEW),
    _copy("a decision without reasons", "decisions", f"request_id = {APPROVED}",
          "ck_decisions_gives_reasons", reasons="''", **NEW),
    _copy("an abstention as a decision", "decisions", f"request_id = {APPROVED}",
          "ck_decisions_outcome_known", outcome="'abstain'", **NEW),
    _copy("a condition that says nothing", "conditions", "number = 1",
          "ck_conditions_says_something", number="2", words="''"),
    _copy("a condition of nothing", "conditions", "number = 1", "fk_conditions_decision_id",
          decision_id="987654"),
    # compliance
    _set("closing one's own action", "directorate_actions", "record_id = 1",
         "ck_directorate_actions_nobody_closes_their_own", closed_by="done_by",
         closed_at="done_at", closing_note="'x'"),
    _set("closing before an answer", "directorate_actions", "record_id = 1",
         "ck_directorate_actions_closed_after_an_answer", closed_by="1", closed_at="done_at",
         done="NULL", done_by="NULL", done_at="NULL"),
    _set("an answer by nobody", "directorate_actions", "record_id = 1",
         "ck_directorate_actions_answer_is_whole", done_by="NULL"),
    _set("closed by nobody", "directorate_actions", "record_id = 1",
         "ck_directorate_actions_closing_is_whole", closed_at="done_at"),
    _set("a record without a rule", "non_compliance_records", "id = 1",
         "ck_non_compliance_records_cites_a_rule", rules="'[]'"),
    _set("a decision without its request", "non_compliance_records", "id = 1",
         "ck_non_compliance_records_decision_has_one", request_id="NULL"),
    _set("a decision of another request in a record", "non_compliance_records", "id = 1",
         "fk_non_compliance_records_decision_id_request_id", request_id=str(VOTING)),
    # people
    _copy("an address twice", "people", "id = 1", "uq_people_email", **NEW),
    _set("an address in capitals", "people", "id = 1", "ck_people_email_is_lower_case",
         email="'Requester@council.example'"),
    _set("no name", "people", "id = 1", "ck_people_has_a_name", name="''"),
    _set("a requester of a body", "grants", "id = 1", "ck_grants_scope_matches_role",
         body="'information_policy_group'"),
    _set("a requester of nothing", "grants", "id = 1", "ck_grants_scope_matches_role",
         directorate="NULL"),
    _set("an auditor of a directorate", "grants", "id = 1", "ck_grants_scope_matches_role",
         role="'auditor'"),
    _set("a member of a directorate", "grants", "id = 1", "ck_grants_scope_matches_role",
         role="'member'"),
    _set("an unknown role", "grants", "id = 1", "ck_grants_scope_matches_role", role="'king'"),
    _set("a role that ends before it starts", "grants", "id = 1", "ck_grants_ends_after_it_starts",
         ends_on="'2001-01-01'"),
    _copy("a link for something else", "one_time_links", "id = 1",
          "ck_one_time_links_purpose_is_known", purpose="'approve'", token_hash=HASH, **NEW),
    _copy("a token twice", "one_time_links", "id = 1", "uq_one_time_links_token_hash", **NEW),
    # policies
    _copy("a second council", "installation", "id = 1", "ck_installation_there_is_one", id="2"),
    _set("an end that nobody knows", "proposals", "id = 1", "ck_proposals_outcome_is_known",
         outcome="'lost'"),
    _set("an end without a moment", "proposals", "id = 1", "ck_proposals_end_is_whole",
         ended_at="NULL"),
    _set("a proposal published by who made it", "proposals", "id = 1",
         "ck_proposals_nobody_publishes_their_own", ended_by="proposed_by"),
    _copy("published by nobody", "publications", "number = 1", "ck_publications_has_two_people",
          number="2"),
    _copy("a version's number twice", "publications", "number = 1", "pk_publications"),
    _set("an asset that is nowhere", "assets", "tag = 'HC-0002'", "ck_assets_is_somewhere",
         place="''"),
    # reports of purchases
    _copy("a negative amount", "purchase_reports", f"record_id = {REPORTED}",
          "ck_purchase_reports_amount_is_not_negative", record_id="1", amount="-1"),
    _copy("nothing bought", "purchase_reports", f"record_id = {REPORTED}",
          "ck_purchase_reports_says_what_and_how", record_id="1", what="''"),
    _copy("no evidence", "purchase_reports", f"record_id = {REPORTED}",
          "ck_purchase_reports_says_what_and_how", record_id="1", evidence="''"),
    _copy("a report twice", "purchase_reports", f"record_id = {REPORTED}", "pk_purchase_reports"),
    _copy("a report of no record", "purchase_reports", f"record_id = {REPORTED}",
          "fk_purchase_reports_record_id", record_id="9876"),
    _copy("reported by nobody", "purchase_reports", f"record_id = {REPORTED}",
          "fk_purchase_reports_reported_by", record_id="1", reported_by="9876"),
    # drafts of sections
    _copy("two drafts", "section_drafts", "seen = 1", "pk_section_drafts"),
    _copy("a draft of nobody", "section_drafts", "seen = 1", "fk_section_drafts_person_id",
          person_id="9876"),
    _copy("a draft of nothing", "section_drafts", "seen = 1", "fk_section_drafts_request_id",
          request_id="9876"),
    # saved views
    _set("a view without a name", "saved_lists", "id = 1", "ck_saved_lists_has_a_name", name="''"),
    _copy("a view twice", "saved_lists", "id = 1", "uq_saved_lists_person_id_listing_name", **NEW),
    _set("a view of nobody", "saved_lists", "id = 1", "fk_saved_lists_person_id", person_id="9876"),
    # evidence
    _copy("an event's place twice", "events", "id = 1", "uq_events_stream_seq", **NEW),
    _copy("an event counted from nought", "events", "id = 1", "ck_events_counts_from_one",
          seq="0", **NEW),
    _copy("an event without a seal", "events", "id = 1", "ck_events_is_sealed", seq="9999",
          hash="'abc'", **NEW),
    _copy("an actor that isn't", "events", "id = 1", "fk_events_actor_id", seq="9999",
          actor_id="987654", **NEW),
    _copy("the same news twice", "outbox", "id = 1", "uq_outbox_stream_seq", **NEW),
    _copy("the same mail twice", "mails", "id = 1", "uq_mails_key_person_id", **NEW),
]  # fmt: skip


def _run(connection: Connection, statement: str) -> int:
    """Run a statement; COPY … is written out with the table's own columns."""
    if statement.startswith("COPY "):
        table, rest = statement.removeprefix("COPY ").split(" WHERE ", 1)
        where, given = rest.rsplit(" WITH ", 1)
        values = dict(part.split("=", 1) for part in given.split(";") if part)
        names = list(connection.execute(text(f"SELECT * FROM {table} WHERE 1 = 0")).keys())
        assert set(values) <= set(names)
        columns = ", ".join(f'"{name}"' for name in names)
        selected = ", ".join(values.get(name, f'"{name}"') for name in names)
        statement = f"INSERT INTO {table} ({columns}) SELECT {selected} FROM {table} WHERE {where}"
    return connection.exec_driver_sql(statement).rowcount


def _attempt(council: Council, statement: str) -> int:
    """How many rows it touched, committed."""
    with council.db.writer.begin() as connection:
        return _run(connection, statement)


def _name(case: Impossible) -> str:
    return case.name.replace(" ", "-")


def _same(found: str, meant: str) -> bool:
    """Whether that is the constraint. The first migration put "ck_" and the table before a name
    twice, and what grew too long for PostgreSQL ends in a fingerprint (see test_migrations)."""
    if found == meant:
        return True
    return any(
        meant.startswith(f"ck_{table}_")
        and (f"ck_{table}_{meant}" == found or f"ck_{table}_{meant}".startswith(found[:-5]))
        for table in Base.metadata.tables
    )


@pytest.mark.parametrize("case", IMPOSSIBLE, ids=_name)
def test_an_impossible_row_is_refused(filled: Council, case: Impossible) -> None:
    """By the constraint that is meant, and not by accident."""
    before = rows(filled.db)
    with pytest.raises(DBAPIError) as caught:
        _attempt(filled, case.statement)
    error: Any = caught.value.orig
    assert changes(before, rows(filled.db)) == {}
    if filled.db.url.get_backend_name() == "postgresql":
        by = error.diag.constraint_name or error.diag.column_name
        assert _same(by, case.by), str(error)
    else:
        assert isinstance(error, sqlite3.IntegrityError), str(error)
        kind = case.by.partition("_")[0]
        if kind == "ck":
            assert _same(str(error).removeprefix("CHECK constraint failed: "), case.by)
        else:
            words = {"fk": "FOREIGN KEY", "uq": "UNIQUE", "pk": "UNIQUE"}
            assert str(error).startswith(words.get(kind, "NOT NULL"))


def test_every_check_is_tried() -> None:
    """A CHECK that the models name and that no case above meets would be a promise untested."""
    named = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    tried = {case.by for case in IMPOSSIBLE if case.by.startswith("ck_")}
    assert named - tried == {"ck_non_compliance_records_has_a_chain"}


# --- written once -------------------------------------------------------------------------------

WRITTEN_ONCE = {
    "bundles": "documents",
    "publications": "why",
    "section_versions": "answers",
    "submissions": "facts",
    "submission_sections": "section",
    "endorsements": "note",
    "decisions": "reasons",
    "conditions": "words",
    "events": "payload",
    "security_log": "kind",
}


@pytest.mark.parametrize("table", sorted(WRITTEN_ONCE))
def test_what_is_written_once_is_never_changed(filled: Council, table: str) -> None:
    before = rows(filled.db)
    assert before[table], "there is nothing to change"
    column = WRITTEN_ONCE[table]
    statements = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
    if filled.db.url.get_backend_name() == "postgresql":
        statements.append(f"TRUNCATE {table} CASCADE")
    else:
        statements.append(f"UPDATE OR REPLACE {table} SET {column} = {column}")
    for statement in statements:
        with pytest.raises(DBAPIError, match=f"rows of {table} are written once"):
            _attempt(filled, statement)
    assert changes(before, rows(filled.db)) == {}


def test_what_is_written_once_is_not_replaced(sqlite_council: Council) -> None:
    with pytest.raises(DBAPIError):
        _attempt(sqlite_council, "REPLACE INTO events SELECT * FROM events WHERE id = 1")


# --- durability and transactions ----------------------------------------------------------------


def test_every_pooled_connection_is_durable(sqlite_council: Council) -> None:
    for engine, query_only in ((sqlite_council.db.writer, 0), (sqlite_council.db.reader, 1)):
        held = [engine.connect() for _ in range(1 if query_only == 0 else 5)]
        try:
            for connection in held:
                given = {
                    name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in ("journal_mode", "synchronous", "foreign_keys", "query_only")
                }
                assert given == {
                    "journal_mode": "wal",
                    "synchronous": 2,
                    "foreign_keys": 1,
                    "query_only": query_only,
                }
                timeout = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
                assert timeout == module.BUSY_SECONDS * 1000
        finally:
            for connection in held:
                connection.close()


def test_a_database_that_cant_be_durable_is_not_used() -> None:
    """In memory there is no write-ahead log: the pragma fails in silence, and we don't."""
    database = Database("sqlite://")
    with pytest.raises(RuntimeError, match="journal_mode"):
        database.writer.connect()


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://u@h/d", "oracle://u@h/d"])
def test_an_address_that_cant_be_used(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="PROCUREFLOW_DATABASE_URL"):
        Database(url)


def test_a_read_session_cant_write(council: Council) -> None:
    before = rows(council.db)
    statements = (
        "UPDATE requests SET title = 'x'",
        "INSERT INTO reference_counters VALUES ('X', 2026, 1)",
        "DELETE FROM mails",
        "CREATE TABLE more (id INTEGER)",
    )
    for statement in statements:
        with (
            council.db.reading() as session,
            pytest.raises(DBAPIError, match=r"read-?only"),
        ):
            session.execute(text(statement))
    with council.db.reading() as session:
        session.add(OutboxItem(stream="x", seq=1, kind="x", created_at=council.now))
        with pytest.raises(DBAPIError, match=r"read-?only"):
            session.flush()
    assert changes(before, rows(council.db)) == {}


def test_a_read_session_can_write_nothing_through_a_service(council: Council) -> None:
    request = council.opened()
    before = rows(council.db)
    with council.db.reading() as session, pytest.raises(DBAPIError):
        requests.take_step(
            session,
            request_id=request,
            trigger="withdraw",
            actor_id=council.people["requester"],
            now=council.now,
        )
    assert changes(before, rows(council.db)) == {}


def test_a_page_is_one_snapshot_and_waits_for_nobody(council: Council) -> None:
    """Reading goes on while somebody writes, and sees nothing of it before it begins anew."""
    with council.db.unit_of_work() as work:
        work.execute(insert(OutboxItem).values(stream="x", seq=1, kind="x", created_at=council.now))
        began = time.monotonic()
        with council.db.reading() as session:
            assert (
                session.execute(text("SELECT count(*) FROM outbox WHERE stream = 'x'")).scalar()
                == 0
            )
        assert time.monotonic() - began < 1
    with council.db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM outbox WHERE stream = 'x'")).scalar() == 1


def test_a_unit_of_work_begins_with_the_write_lock(sqlite_council: Council) -> None:
    """SQLite: a second one waits before it has read anything."""
    order: list[str] = []
    first_is_in, may_go = threading.Event(), threading.Event()

    def first() -> None:
        with sqlite_council.db.unit_of_work():
            first_is_in.set()
            may_go.wait(10)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    assert first_is_in.wait(10)
    other = Database(str(sqlite_council.db.url))

    def second() -> None:
        with other.unit_of_work():
            order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()
    time.sleep(0.3)
    assert order == []
    may_go.set()
    thread.join(10)
    waiting.join(10)
    other.dispose()
    assert order == ["first", "second"]


def test_a_lock_that_is_held_too_long_is_an_error(
    sqlite_council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.1)
    impatient = Database(str(sqlite_council.db.url))
    with (
        sqlite_council.db.unit_of_work(),
        pytest.raises(OperationalError, match="locked"),
        impatient.unit_of_work(),
    ):
        raise AssertionError("both are in")
    impatient.dispose()


@pytest.mark.postgres
def test_a_connection_that_the_server_ended_is_not_used_again(postgresql_url: str) -> None:
    database, other = Database(postgresql_url), Database(postgresql_url)
    with database.unit_of_work() as session:
        mine = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with other.unit_of_work() as session:
        session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with other.reading() as session:
            alive = session.execute(
                text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"), {"pid": mine}
            ).scalar_one()
        if not alive:
            break
    with database.unit_of_work() as session:
        assert session.execute(text("SELECT pg_backend_pid()")).scalar_one() != mine
    database.dispose()
    other.dispose()


def test_a_statement_outside_of_a_transaction_is_an_error(council: Council) -> None:
    """SQLite would commit each by itself."""
    statement = Prepared(select(OutboxItem.id))
    with council.db.writer.connect() as connection:
        with pytest.raises(InvalidRequestError, match="transaction has ended"):
            statement.run(connection)
        with connection.begin():
            assert statement.run(connection).scalars()
        with pytest.raises(InvalidRequestError):
            statement.run(connection)


def test_what_identifies_a_person_stands_in_one_table(council: Council) -> None:
    """No other column anywhere holds an address or a name."""
    council.closed("reject")
    everywhere = rows(council.db)
    with council.db.reading() as session:
        person = session.get_one(Person, council.people["requester"])
        words = (person.email, person.name)
    for table, found in everywhere.items():
        if table != "people":
            for row in found.values():
                for value in row:
                    assert not any(word in str(value) for word in words), (table, row)
