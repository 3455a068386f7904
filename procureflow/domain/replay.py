"""The history folded into the rows that it leaves behind: what the tables must say.

An event-log beside the state misses whoever edits the state (sqlalchemy-continuum #174); so the
log is replayed and compared with it, row by row and column by column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from procureflow.domain.calendar import local_day
from procureflow.domain.money import to_pence

#: (table, key) → the columns that the history determines.
Rows = dict[tuple[str, tuple[Any, ...]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as replay sees it. `at` is canonical text, `payload` plain values."""

    stream: str
    seq: int
    at: str
    actor: int | None
    kind: str
    payload: dict[str, Any]
    state_from: str | None
    state_to: str | None
    hash: str


@dataclass(slots=True)
class Replay:
    """The rows that one stream's events leave behind."""

    rows: Rows = field(default_factory=dict)

    def fold(self, event: Happened) -> None:
        """Take one event in. Raises KeyError where it can't follow what came before."""
        _FOLD[event.kind](self.rows, event)
        request = self.rows.get(("requests", (event.stream,)))
        record = self.rows.get(("non_compliance_records", (event.stream,)))
        for row in (request, record):
            if row is not None:
                row.update(version=event.seq, head=event.hash)
        if request is not None:
            request["updated_at"] = event.at
            if event.state_to is not None:
                if event.seq > 1 and request["state"] != event.state_from:
                    raise KeyError(f"it leaves {event.state_from}, being in {request['state']}")
                request.update(state=event.state_to, state_since=event.at)


def _opened(rows: Rows, event: Happened) -> None:
    said = event.payload
    rows["requests", (event.stream,)] = {
        "bundle": said["bundle"],
        "directorate": said["directorate"],
        "requester_id": said["requester"],
        "sponsor_id": None,
        "co_authors": [],
        "wrote": list(said.get("wrote", ())),
        "answered": [],
        "decision_id": None,
        "previous": said["previous"],
        "created_at": event.at,
    }
    for section, fingerprint in said["sections"].items():
        _section(rows, event, section, 1, fingerprint)


def _section(rows: Rows, event: Happened, section: str, version: int, fingerprint: str) -> None:
    rows["section_versions", (event.stream, section, version)] = {
        "hash": fingerprint,
        "author_id": event.actor,
        "at": event.at,
    }
    _among(rows, event, "wrote", event.actor)


def _among(rows: Rows, event: Happened, column: str, person: int | None) -> None:
    """Somebody is among the people of that column of the request from now on."""
    request = rows["requests", (event.stream,)]
    request[column] = sorted({*request[column], person})


def _not_among(rows: Rows, event: Happened, column: str, person: int) -> None:
    request = rows["requests", (event.stream,)]
    request[column] = [one for one in request[column] if one != person]


def _written(rows: Rows, event: Happened) -> None:
    said = event.payload
    _section(rows, event, said["section"], said["version"], said["hash"])


def _moved(rows: Rows, event: Happened) -> None:
    """A step out of an open review (withdrawing) closes it."""
    for (table, _), row in rows.items():
        if table == "reviews" and row["closed_at"] is None:
            row["closed_at"] = event.at


def _rebased(rows: Rows, event: Happened) -> None:
    rows["requests", (event.stream,)]["bundle"] = event.payload["bundle"]


def _submission(rows: Rows, event: Happened) -> None:
    said = event.payload
    key = ("submissions", (said["submission"],))
    if key in rows:
        return
    number = 1 + sum(1 for table, _ in rows if table == "submissions")
    rows[key] = {
        "number": number,
        "bundle": rows["requests", (event.stream,)]["bundle"],
        "content": said["content"],
        "facts": said["facts"],
        "submitted_by": event.actor,
        "at": event.at,
    }
    for section, version in said["sections"].items():
        rows["submission_sections", (said["submission"], section)] = {"version": version}


def _asked(rows: Rows, event: Happened) -> None:
    _submission(rows, event)
    rows["requests", (event.stream,)]["sponsor_id"] = event.payload["sponsor"]
    _among(rows, event, "wrote", event.actor)


def _answered(verdict: str) -> Callable[[Rows, Happened], None]:
    def fold(rows: Rows, event: Happened) -> None:
        rows["endorsements", (event.payload["submission"],)] = {
            "sponsor_id": event.actor,
            "verdict": verdict,
            "note": event.payload["note"],
            "at": event.at,
        }
        _among(rows, event, "answered", event.actor)

    return fold


def _review(rows: Rows, event: Happened) -> None:
    _submission(rows, event)
    _among(rows, event, "wrote", event.actor)
    _passed_on(rows, event)


def _passed_on(rows: Rows, event: Happened) -> None:
    """A review begins; whoever closed the one before wrote nothing by that."""
    said = event.payload
    rows["reviews", (said["review"],)] = {
        "submission_id": said["submission"],
        "body": said["body"],
        "stage": said["stage"],
        "round": said["round"],
        "opened_at": event.at,
        "closed_at": None,
    }


def _assessed(rows: Rows, event: Happened) -> None:
    said = event.payload
    rows["assessments", (said["review"], said["assessment"])] = {
        "submission_id": rows["reviews", (said["review"],)]["submission_id"],
        "verdict": said["verdict"],
        "note": said["note"],
        "assessor_id": event.actor,
        "at": event.at,
    }


def _declared(rows: Rows, event: Happened) -> None:
    said = event.payload
    rows["declarations", (said["review"], event.actor)] = {
        "interest": said["interest"],
        "note": said["note"],
        "at": event.at,
    }
    if said["vote_removed"]:
        del rows["votes", (said["review"], event.actor)]


def _voted(rows: Rows, event: Happened) -> None:
    said = event.payload
    rows["votes", (said["review"], event.actor)] = {
        "submission_id": said["submission"],
        "interest": rows["declarations", (said["review"], event.actor)]["interest"],
        "choice": said["choice"],
        "reason": said["reason"],
        "at": event.at,
    }


def _closed(rows: Rows, event: Happened) -> None:
    said = event.payload
    rows["reviews", (said["review"],)]["closed_at"] = event.at
    rows["decisions", (said["decision"],)] = {
        "review_id": said["review"],
        "submission_id": said["submission"],
        "outcome": said["outcome"],
        "decided_by": event.actor,
        "decided_at": event.at,
        "tally": said["tally"],
        "casting_vote_used": said["casting_vote_used"],
        "reasons": said["reasons"],
        "rules": said["rules"],
        "sections": said["sections"],
    }
    for number, words in enumerate(said["conditions"], start=1):
        rows["conditions", (said["decision"], number)] = {"words": words}
    rows["requests", (event.stream,)]["decision_id"] = said["decision"]


def _handed_over(rows: Rows, event: Happened) -> None:
    if event.payload["requester"] is not None:
        before = rows["requests", (event.stream,)]["requester_id"]
        _among(rows, event, "wrote", before)
    for part, person in event.payload.items():
        if person is not None:
            rows["requests", (event.stream,)][f"{part}_id"] = person
            _not_among(rows, event, "co_authors", person)


def _co_author_added(rows: Rows, event: Happened) -> None:
    _among(rows, event, "co_authors", event.payload["person"])


def _co_author_removed(rows: Rows, event: Happened) -> None:
    _not_among(rows, event, "co_authors", event.payload["person"])


def _commented(rows: Rows, event: Happened) -> None:
    """Leaves nothing: a comment stands in the history alone. Its request must be there."""
    _ = rows["requests", (event.stream,)]


def _record_opened(rows: Rows, event: Happened) -> None:
    said = event.payload
    rows["non_compliance_records", (event.stream,)] = {
        "directorate": said["directorate"],
        "rules": said["rules"],
        "request": said["request"],
        "decision_id": said["decision"],
        "opened_at": event.at,
    }
    rows["directorate_actions", (event.stream,)] = {
        "due_on": said["due_on"],
        **dict.fromkeys(("done", "done_by", "done_at", "closed_by", "closed_at", "closing_note")),
    }


def _purchase_reported(rows: Rows, event: Happened) -> None:
    said = event.payload
    _record_opened(rows, replace(event, payload={**said, "request": None, "decision": None}))
    rows["purchase_reports", (event.stream,)] = {"reported_by": event.actor}
    _purchase_corrected(rows, event)


def _purchase_corrected(rows: Rows, event: Happened) -> None:
    said = event.payload
    rows["purchase_reports", (event.stream,)].update(
        {name: said[name] for name in ("what", "supplier", "bought_on", "evidence")},
        amount=to_pence(Decimal(said["amount"])),
    )


def _action_answered(rows: Rows, event: Happened) -> None:
    rows["directorate_actions", (event.stream,)].update(
        done=event.payload["done"], done_by=event.actor, done_at=event.at
    )


def _action_reopened(rows: Rows, event: Happened) -> None:
    rows["directorate_actions", (event.stream,)].update(done=None, done_by=None, done_at=None)


def _action_closed(rows: Rows, event: Happened) -> None:
    rows["directorate_actions", (event.stream,)].update(
        closed_by=event.actor, closed_at=event.at, closing_note=event.payload["note"]
    )


def _person_added(rows: Rows, event: Happened) -> None:
    rows["people", (event.payload["person"],)] = {"closes_on": None, "created_at": event.at}


def _person_disabled(rows: Rows, event: Happened) -> None:
    rows["people", (event.payload["person"],)]["closes_on"] = event.payload.get(
        # At first an account could be disabled at once alone.
        "closes_on",
        local_day(datetime.fromisoformat(event.at)).isoformat(),
    )


def _person_enabled(rows: Rows, event: Happened) -> None:
    rows["people", (event.payload["person"],)]["closes_on"] = None


def _person_renamed(rows: Rows, event: Happened) -> None:
    """Leaves nothing that history could tell, but somebody there must be."""
    _ = rows["people", (event.payload["person"],)]


def _role_granted(rows: Rows, event: Happened) -> None:
    said = event.payload
    columns = ("role", "directorate", "body", "starts_on", "ends_on")
    rows["grants", (said["grant"],)] = {
        "person_id": said["person"],
        **{name: said[name] for name in columns},
    }


def _role_ended(rows: Rows, event: Happened) -> None:
    rows["grants", (event.payload["grant"],)]["ends_on"] = event.payload["ends_on"]


def _password_set(rows: Rows, event: Happened) -> None:
    """Leaves nothing that history could tell: the password's own hash is in no event."""


def _published(rows: Rows, event: Happened) -> None:
    said = event.payload
    proposal = said.get("proposal")
    if proposal is None:
        _documents(rows, said["bundle"])
    else:
        _proposal_ended(rows, event, "published")
    number = 1 + sum(1 for table, _ in rows if table == "publications")
    rows["publications", (number,)] = {
        "bundle": said["bundle"],
        "effective_from": said["effective_from"],
        "published_at": event.at,
        "published_by": event.actor,
        "why": said["why"],
        "proposal_id": proposal,
    }


def _documents(rows: Rows, fingerprint: str) -> None:
    """A bundle is named by the hash of its texts, so that it says itself what they are."""
    rows["bundles", (fingerprint,)] = {"documents": fingerprint}


def _assets_imported(rows: Rows, event: Happened) -> None:
    """The register is one row here: its hash says what all of its own have to be."""
    rows["assets", ("register",)] = {"rows": event.payload["register"]}


def _proposed(rows: Rows, event: Happened) -> None:
    said = event.payload
    _documents(rows, said["bundle"])
    rows["proposals", (said["proposal"],)] = {
        **{name: said[name] for name in ("bundle", "after", "effective_from", "why")},
        "proposed_by": event.actor,
        "proposed_at": event.at,
        **dict.fromkeys(("outcome", "ended_by", "ended_at")),
    }


def _proposal_withdrawn(rows: Rows, event: Happened) -> None:
    _proposal_ended(rows, event, "withdrawn")


def _proposal_ended(rows: Rows, event: Happened, outcome: str) -> None:
    rows["proposals", (event.payload["proposal"],)].update(
        outcome=outcome, ended_by=event.actor, ended_at=event.at
    )


_FOLD: dict[str, Callable[[Rows, Happened], None]] = {
    "RequestOpened": _opened,
    "SectionWritten": _written,
    "RequestMoved": _moved,
    "RequestRebased": _rebased,
    "RequestCleared": _submission,
    "EndorsementAsked": _asked,
    "RequestEndorsed": _answered("endorsed"),
    "RequestSentBack": _answered("sent_back"),
    "ReviewOpened": _review,
    "ReviewPassedOn": _passed_on,
    "AssessmentRecorded": _assessed,
    "InterestDeclared": _declared,
    "VoteCast": _voted,
    "VotingClosed": _closed,
    "RequestHandedOver": _handed_over,
    "CoAuthorAdded": _co_author_added,
    "CoAuthorRemoved": _co_author_removed,
    "CommentMade": _commented,
    "NonComplianceOpened": _record_opened,
    "PurchaseReported": _purchase_reported,
    "PurchaseCorrected": _purchase_corrected,
    "DirectorateActionAnswered": _action_answered,
    "DirectorateActionReopened": _action_reopened,
    "DirectorateActionClosed": _action_closed,
    "PersonAdded": _person_added,
    "PersonDisabled": _person_disabled,
    "PersonEnabled": _person_enabled,
    "PersonRenamed": _person_renamed,
    "RoleGranted": _role_granted,
    "RoleEnded": _role_ended,
    "PasswordSet": _password_set,
    "AssetsImported": _assets_imported,
    "BundleProposed": _proposed,
    "ProposalWithdrawn": _proposal_withdrawn,
    "BundlePublished": _published,
}
