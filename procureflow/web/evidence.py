"""The auditor's desk: all events, one event, directorates compared, roles, the security log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for

from procureflow.domain.chain import digest
from procureflow.domain.permissions import Permission
from procureflow.domain.reference import NON_COMPLIANCE, REQUEST
from procureflow.models import Person
from procureflow.queries import directorates as comparing
from procureflow.queries import people, policies
from procureflow.queries.evidence import events as reading
from procureflow.queries.evidence import roles as holding
from procureflow.queries.evidence import security as log
from procureflow.queries.evidence import verify_stream
from procureflow.web import context, timeline
from procureflow.web.access import requires
from procureflow.web.listing import DOWNLOAD, csv_file, read_day, render_list
from procureflow.web.saved_lists import LISTS

bp = Blueprint("evidence", __name__, url_prefix="/audit")


@bp.app_template_global()
def stream_address(stream: str) -> str | None:
    """The page of what a stream is about; people and publications have none."""
    for prefix, endpoint in ((REQUEST, "requests.show"), (NON_COMPLIANCE, "compliance.show")):
        if stream.startswith(f"{prefix}-"):
            return url_for(endpoint, reference=stream)
    return None


@bp.get("")
@requires(Permission.AUDIT_VIEW)
def index() -> Any:
    """Everything that happened, the newest first."""
    session = context.reading()
    bundle = policies.bundle_in_force(session, context.today())
    return render_list(
        "evidence/index.html",
        reading.events_listing(session, context.actor(), bundle, timeline.KINDS),
        kinds=timeline.KINDS,
        brief=timeline.brief,
        states=bundle.workflow.states,
    )


@bp.get("/events/<id:number>")
@requires(Permission.AUDIT_VIEW)
def event(number: int) -> Any:
    """One event: all that is recorded of it, and what it changed."""
    page = reading.event_page(context.reading(), number, context.actor())
    return render_template(
        "evidence/event.html",
        page=page,
        kind=timeline.KINDS.get(page.event.kind, page.event.kind),
        told=_told(page),
        fields=_fields(page.payload or {}, page.people, page.submissions),
        sealed=reading.sealed_text(page.event),
    )


def _told(page: reading.EventPage) -> timeline.Entry | None:
    """The event as a timeline tells it; None where it says what can't have been recorded."""
    try:
        return timeline.lines(page.bundle, [page.event], page.people)[0]
    except (KeyError, TypeError, ValueError):
        return None


def _fields(
    payload: Mapping[str, Any], people: Mapping[int, Person], submissions: Mapping[int, int]
) -> list[tuple[str, list[str]]]:
    """(name, lines) of every field of a payload."""
    fields = []
    for name, value in payload.items():
        lines = _lines(value, people if name in reading.PEOPLE_FIELDS else {})
        if name == "submission" and value in submissions:
            lines = [f"Number {submissions[value]} of this request (recorded as {value})"]
        fields.append((name.replace("_", " "), lines))
    return fields


def _lines(value: Any, people: Mapping[int, Person]) -> list[str]:
    if isinstance(value, dict):
        return [f"{key}: {given}" for key, given in value.items()]
    if isinstance(value, list):
        return [str(given) for given in value]
    if isinstance(value, bool):
        return ["Yes" if value else "No"]
    if value in (None, ""):
        return []
    person = people.get(value)
    return [f"{person.name}, {person.job_title} (person {value})" if person else str(value)]


@bp.get("/check/<stream>")
@requires(Permission.AUDIT_VIEW)
def check(stream: str) -> Any:
    """One history verified now: whether its events follow from each other, and whether the tables
    say what they do."""
    if DOWNLOAD in request.args:
        return _file(stream)
    last = reading.last_event(context.reading(), stream, context.actor())
    report = verify_stream(context.reading(), stream)
    return render_template(
        "evidence/check.html", stream=stream, last=last, report=report, how=HOW, download=DOWNLOAD
    )


#: What whoever checks a history elsewhere has to know.
HOW = (
    "The SHA-256 of each event's text, in UTF-8, is its hash. The text is a list in JSON: the hash "
    "before it (64 zeros for the first), the history, the event's number in it, its moment in UTC, "
    "the number of the person who did it (null: nobody's account), its kind, what it says, and the "
    "state of the request before and after. Where an event says the hash of a section's answers, "
    "the text with that hash is among the answers."
)


def _file(stream: str) -> Response:
    """One history as a file: every text that was hashed, so that it can be checked elsewhere."""
    history = reading.history(context.reading(), stream, context.actor())
    body = {
        "history": stream,
        "taken": context.now().isoformat(),
        "how": HOW,
        "events": [{"text": reading.sealed_text(e), "hash": e.hash} for e in history.events],
        "answers": [
            {"section": section, "version": version, "text": text, "hash": digest(text)}
            for section, version, text in history.answers
        ],
    }
    headers = {"Content-Disposition": f'attachment; filename="{stream}.json"'}
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return Response(text, mimetype="application/json", headers=headers)


# --- directorates compared ------------------------------------------------------------------------


@dataclass(slots=True)
class Span:
    """Two days as the address has them, each of which may be left out, and what is wrong."""

    typed: dict[str, str]
    days: dict[str, date] = field(default_factory=dict)
    problems: list[tuple[str | None, str]] = field(default_factory=list)


_ENDS = {"from": "From", "to": "Until"}


def _span() -> Span:
    span = Span({name: request.args.get(name, "").strip() for name in _ENDS})
    for name, text in span.typed.items():
        try:
            if text:
                span.days[name] = read_day(_ENDS[name], text)
        except ValueError as error:
            span.problems.append((name, str(error)))
    first, last = span.days.get("from"), span.days.get("to")
    if first and last and last < first:
        span.problems.append(("to", "Until: this is before “From”, so nothing can be there."))
    unknown = [name for name in request.args if name not in (*_ENDS, DOWNLOAD)]
    span.problems += [(None, f"This table has no filter “{name}”.") for name in unknown]
    return span


@bp.get("/directorates")
@requires(Permission.AUDIT_VIEW)
def directorates() -> Any:
    """How each directorate keeps to the policy, between two days. Each figure is a list."""
    span, session = _span(), context.reading()
    bundle = policies.bundle_in_force(session, context.today())
    figures = []
    if not span.problems:
        first, last = span.days.get("from"), span.days.get("to")
        figures = comparing.figures(session, context.actor(), bundle, context.today(), first, last)
    names = bundle.organisation.directorate_names
    if figures and DOWNLOAD in request.args:
        query = urlencode({name: day.isoformat() for name, day in span.days.items()})
        rows = [[name, *(f.counts.get(key, 0) for f in figures)] for key, name in names.items()]
        return csv_file("directorates", query, ["Directorate", *(f.label for f in figures)], rows)
    body = render_template(
        "evidence/directorates.html",
        view=span,
        ends=_ENDS,
        figures=figures,
        directorates=bundle.organisation.directorates,
        behind=_behind,
        download=DOWNLOAD,
    )
    return body, 400 if span.problems else 200


def _behind(figure: comparing.Figure, directorate: str) -> str:
    """Where the list behind a figure is."""
    query = urlencode({"directorate": directorate, **figure.filters})
    return f"{url_for(LISTS[figure.listing])}?{query}"


# --- roles and the security log -------------------------------------------------------------------


@bp.get("/roles")
@requires(Permission.AUDIT_VIEW)
def roles() -> Any:
    """Who held which role, and when."""
    bundle = policies.bundle_in_force(context.reading(), context.today())
    return render_list(
        "evidence/roles.html",
        holding.roles_listing(bundle),
        bundle=bundle,
        roles=holding.ROLES,
        over=people.over,
        today=context.today(),
    )


@bp.get("/security")
@requires(Permission.AUDIT_VIEW)
def security() -> Any:
    """The security log, the newest first."""
    return render_list(
        "evidence/security.html", log.security_listing(), kinds=log.KINDS, detail=log.detail
    )
