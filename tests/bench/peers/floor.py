"""The plain driver writing ProcureFlow's own rows into ProcureFlow's own schema.

What any engine on this schema must pay: the same INSERTs and UPDATEs under the same constraints
and indexes, every event sealed to the one before it, an outbox row for each, five durable
commits. The lock and what the step itself needs are read in as few SELECTs as can be; roles and
guards are a comparison in plain Python, and the facts that a submission keeps are worked out
beforehand.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tests.bench.peers import _council
from tests.bench.peers._case import Refused
from tests.bench.peers._council import ANSWERS, DECLARED, DIRECTORATE, GROUP, REASON
from tests.bench.peers._driver import Driver
from tests.bench.peers._stopwatch import Stopwatch

# The five steps, and the declaration.
HISTORY_PER_CASE = 6

GENESIS = "0" * 64
SECTION = "need"
COST_PENCE = 4_800_000


def insert(table: str, *columns: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


STATEMENTS = {
    "number": (
        "INSERT INTO reference_counters (prefix, year, last) VALUES ('ICT', ?, 1)"
        " ON CONFLICT (prefix, year) DO UPDATE SET last = reference_counters.last + 1"
        " RETURNING last"
    ),
    "open": insert(
        "requests",
        *("reference", "bundle", "directorate", "requester_id", "title", "category"),
        *("whole_life_cost", "state", "state_kind", "state_since", "version", "head"),
        *("created_at", "updated_at"),
    )
    + " RETURNING id",
    "section": insert(
        "section_versions",
        *("request_id", "section", "version", "answers", "author_id", "at", "hash"),
    ),
    "hold": (
        "SELECT reference, requester_id, whole_life_cost, state, version, head"
        " FROM requests WHERE id = ?"
    ),
    "current": "SELECT section, version, hash FROM section_versions WHERE request_id = ?",
    "submit": insert(
        "submissions",
        *("request_id", "number", "bundle", "facts", "content", "lead_section", "submitted_by"),
        "at",
    )
    + " RETURNING id",
    "pin": insert("submission_sections", "submission_id", "section", "request_id", "version"),
    "review": insert(
        "reviews", "request_id", "submission_id", "body", "stage", "round", "opened_at"
    )
    + " RETURNING id",
    "declare": insert("declarations", "review_id", "person_id", "interest", "note", "at"),
    "vote": insert(
        "votes", "review_id", "person_id", "submission_id", "interest", "choice", "reason", "at"
    ),
    "votes": "SELECT choice FROM votes WHERE review_id = ?",
    "close": "UPDATE reviews SET closed_at = ? WHERE id = ? AND closed_at IS NULL",
    "decide": insert(
        "decisions",
        *("review_id", "request_id", "submission_id", "outcome", "decided_by", "decided_at"),
        *("tally", "casting_vote_used", "reasons", "rules", "sections"),
    )
    + " RETURNING id",
    "record": (
        "UPDATE requests SET version = ?, head = ?, updated_at = ?"
        " WHERE id = ? AND version = ? AND head = ?"
    ),
    "move": (
        "UPDATE requests SET version = ?, head = ?, updated_at = ?,"
        " state = ?, state_kind = ?, state_since = ?, decision_id = ?"
        " WHERE id = ? AND version = ? AND head = ?"
    ),
    "event": insert(
        "events",
        *("stream", "seq", "at", "actor_id", "kind", "payload", "state_from", "state_to"),
        *("previous", "hash"),
    ),
    "outbox": insert("outbox", "stream", "seq", "kind", "created_at"),
}


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Held:
    """A request under the lock."""

    id: int
    reference: str
    requester: int
    cost: int
    state: str
    version: int
    head: str


class Floor:
    """The connection, the statements, and who acts."""

    def __init__(self, target: str, council: _council.Council) -> None:
        self.council = council
        self.driver = Driver(target)
        self.sql = {name: self.driver.statement(text) for name, text in STATEMENTS.items()}
        self.sql["hold"] += self.driver.for_update
        with self.driver.transaction() as cursor:
            cursor.execute("SELECT hash FROM bundles")
            (self.bundle,) = cursor.fetchone()
        # What the product keeps with a submission: the answers, and what follows from them.
        answers = {name: value for name, value in ANSWERS.items() if name != "benefits"}
        derived = {
            "benefits_named": "1",
            "benefits_shown": True,
            "body": "Information Policy Group",
            "director": "Director of Environment",
            "directorate": DIRECTORATE,
            "directorate_name": "Environment",
            "in_catalogue": False,
            "tier": "standard",
            "today": datetime.now(UTC).date().isoformat(),
        }
        self.facts = canonical(answers | derived)

    def moment(self, at: datetime) -> Any:
        """A moment as the columns hold it."""
        return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if self.driver.sqlite else at

    def hold(self, cursor: Any, request: int) -> Held:
        cursor.execute(self.sql["hold"], (request,))
        return Held(request, *cursor.fetchone())

    def insert(self, cursor: Any, name: str, *values: Any) -> int:
        """Run an INSERT that returns an id."""
        cursor.execute(self.sql[name], values)
        return int(cursor.fetchone()[0])

    def seal(
        self,
        cursor: Any,
        held: Held,
        at: datetime,
        actor: int,
        event: tuple[str, dict[str, Any]],
        state_to: str | None = None,
    ) -> str:
        """Write the event after the last one of `held`, and its outbox row; return its hash.

        `event` is its kind and what is recorded of it.
        """
        kind, body = event
        seq, moment, payload = held.version + 1, self.moment(at), canonical(body)
        state_from = held.state or None
        text = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        sealed = digest(
            canonical(
                [held.head, held.reference, seq, text, actor, kind, payload, state_from, state_to]
            )
        )
        row = (held.reference, seq, moment, actor, kind, payload, state_from, state_to)
        cursor.execute(self.sql["event"], (*row, held.head, sealed))
        cursor.execute(self.sql["outbox"], (held.reference, seq, kind, moment))
        return sealed

    def apply(
        self,
        cursor: Any,
        held: Held,
        at: datetime,
        actor: int,
        event: tuple[str, dict[str, Any]],
        to: tuple[str, str] | None = None,
        decision: int | None = None,
    ) -> None:
        """Record the event and, with `to` (state, its kind), move the request there."""
        sealed = self.seal(cursor, held, at, actor, event, to[0] if to else None)
        moment = self.moment(at)
        moved = (*to, moment, decision) if to else ()
        cursor.execute(
            self.sql["move" if to else "record"],
            (held.version + 1, sealed, moment, *moved, held.id, held.version, held.head),
        )
        if cursor.rowcount != 1:
            raise Refused(event[0])


def setup(target: str) -> Floor:
    """Make the product's schema and council; return what a lifecycle needs."""
    return Floor(target, _council.found(target))


def open(target: str) -> Floor:
    """Return what a lifecycle needs."""
    return Floor(target, _council.visit(target))


def lifecycle(floor: Floor) -> list[float]:
    """Run the five steps; return the seconds of each."""
    transaction = floor.driver.transaction
    watch = Stopwatch()
    with watch, transaction() as cursor:
        request = open_request(floor, cursor)
    with watch, transaction() as cursor:
        start_business_case(floor, cursor, request)
    with watch, transaction() as cursor:
        submission, review = refer_to_group(floor, cursor, request)
    with transaction() as cursor:
        declare_interest(floor, cursor, request, review)
    with watch, transaction() as cursor:
        cast_vote(floor, cursor, request, submission, review)
    with watch, transaction() as cursor:
        close_voting(floor, cursor, request, submission, review)
    return watch.seconds


def open_request(floor: Floor, cursor: Any) -> int:
    now, requester = datetime.now(UTC), floor.council.requester
    moment, answers = floor.moment(now), canonical(ANSWERS)
    fingerprint = digest(answers)
    reference = f"ICT-{now.year}-{floor.insert(cursor, 'number', now.year):04}"
    body = {
        "bundle": floor.bundle,
        "directorate": DIRECTORATE,
        "previous": None,
        "requester": requester,
        "sections": {SECTION: fingerprint},
    }
    event = ("RequestOpened", body)
    nothing = Held(0, reference, requester, COST_PENCE, "", 0, GENESIS)
    sealed = floor.seal(cursor, nothing, now, requester, event, "draft")
    request = floor.insert(
        cursor,
        "open",
        *(reference, floor.bundle, DIRECTORATE, requester, ANSWERS["title"], ANSWERS["category"]),
        *(COST_PENCE, "draft", "editing", moment, 1, sealed, moment, moment),
    )
    section = (request, SECTION, 1, answers, requester, moment, fingerprint)
    cursor.execute(floor.sql["section"], section)
    return request


def start_business_case(floor: Floor, cursor: Any, request: int) -> None:
    held, requester = floor.hold(cursor, request), floor.council.requester
    if held.requester != requester or held.state != "draft" or held.cost <= 0:
        raise Refused("start_business_case")
    event = ("RequestMoved", {"trigger": "start_business_case", "why": ""})
    floor.apply(cursor, held, datetime.now(UTC), requester, event, ("business_case", "editing"))


def refer_to_group(floor: Floor, cursor: Any, request: int) -> tuple[int, int]:
    held, requester = floor.hold(cursor, request), floor.council.requester
    if held.requester != requester or held.state != "business_case" or held.cost <= 0:
        raise Refused("refer_to_group")
    now = datetime.now(UTC)
    moment = floor.moment(now)
    cursor.execute(floor.sql["current"], (request,))
    pins = {section: [version, hash_] for section, version, hash_ in cursor.fetchall()}
    content = digest(canonical(pins))
    submission = floor.insert(
        cursor,
        "submit",
        *(request, 1, floor.bundle, floor.facts, content, SECTION, requester, moment),
    )
    for section, (version, _) in pins.items():
        cursor.execute(floor.sql["pin"], (submission, section, request, version))
    review = floor.insert(cursor, "review", request, submission, GROUP, "group_review", 1, moment)
    body = {
        "body": GROUP,
        "content": content,
        "facts": digest(floor.facts),
        "review": review,
        "round": 1,
        "sections": {section: version for section, (version, _) in pins.items()},
        "stage": "group_review",
        "submission": submission,
        "trigger": "refer_to_group",
    }
    floor.apply(cursor, held, now, requester, ("ReviewOpened", body), ("group_review", "group"))
    return submission, review


def declare_interest(floor: Floor, cursor: Any, request: int, review: int) -> None:
    held, now, chair = floor.hold(cursor, request), datetime.now(UTC), floor.council.chair
    cursor.execute(floor.sql["declare"], (review, chair, DECLARED, "", floor.moment(now)))
    body = {"interest": DECLARED, "note": "", "review": review, "vote_removed": False}
    floor.apply(cursor, held, now, chair, ("InterestDeclared", body))


def cast_vote(floor: Floor, cursor: Any, request: int, submission: int, review: int) -> None:
    held, now, chair = floor.hold(cursor, request), datetime.now(UTC), floor.council.chair
    if held.requester == chair or held.state != "group_review":
        raise Refused("cast_vote")
    # The declaration isn't read: the vote's foreign key asks for it.
    vote = (review, chair, submission, DECLARED, "approve", REASON, floor.moment(now))
    cursor.execute(floor.sql["vote"], vote)
    body = {"choice": "approve", "reason": REASON, "review": review, "submission": submission}
    floor.apply(cursor, held, now, chair, ("VoteCast", body))


def close_voting(floor: Floor, cursor: Any, request: int, submission: int, review: int) -> None:
    held, now, chair = floor.hold(cursor, request), datetime.now(UTC), floor.council.chair
    moment = floor.moment(now)
    cursor.execute(floor.sql["votes"], (review,))
    votes = [choice for (choice,) in cursor.fetchall()]
    if held.requester == chair or held.state != "group_review" or set(votes) != {"approve"}:
        raise Refused("close_voting")
    cursor.execute(floor.sql["close"], (moment, review))
    if cursor.rowcount != 1:
        raise Refused("close_voting")
    tally = {
        **dict.fromkeys(("absent", "abstain", "recused", "reject", "return"), 0),
        **dict.fromkeys(("approve", "present"), len(votes)),
        "quorum": 1,
    }
    decision = floor.insert(
        cursor,
        "decide",
        *(review, request, submission, "approve", chair, moment),
        *(canonical(tally), False, REASON, "[]", "[]"),
    )
    body = {
        "casting_vote_used": False,
        "conditions": [],
        "decision": decision,
        "outcome": "approve",
        "reasons": REASON,
        "review": review,
        "rules": [],
        "sections": [],
        "submission": submission,
        "tally": tally,
        "trigger": "approve",
    }
    event = ("VotingClosed", body)
    floor.apply(cursor, held, now, chair, event, ("approved", "decided"), decision)


def verify(floor: Floor) -> dict[str, int]:
    """Count what is stored."""
    return _council.counts(floor.council)
