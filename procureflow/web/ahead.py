"""What lies ahead of a request: what its case asks, who assesses it, which bodies decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Flask

from procureflow.domain.bundle import Bundle
from procureflow.domain.definitions.workflow import AssessmentKind
from procureflow.domain.money import in_prose
from procureflow.domain.permissions import Role
from procureflow.domain.voting import Choice
from procureflow.queries.requests import RequestPage
from procureflow.web.formatting import listed, plural


@dataclass(frozen=True, slots=True)
class Stage:
    """A body's turn: what it hears first (the assessment, and by whom), and whether it is the one
    that decides."""

    body: str
    assessments: tuple[tuple[AssessmentKind, str], ...]
    last: bool


def stages_ahead(page: RequestPage) -> list[Stage]:
    """The bodies that a request which needs an exception comes before, in their order."""
    return stages(page.bundle, page.day)


def stages(bundle: Bundle, day: date) -> list[Stage]:
    """The bodies that decide on an exception on that day, in their order."""
    flow, found = bundle.workflow, []
    states = bundle.referred_to()
    for state in states:
        body, kinds = bundle.stage(state, day)
        heard = ((flow.assessments[k], Role(flow.assessments[k].role).words) for k in kinds)
        name = bundle.organisation.bodies[body].name
        found.append(Stage(name, tuple(heard), last=state == states[-1]))
    return found


def case_ahead(page: RequestPage) -> str:
    """What a business case of this request asks for, in a sentence."""
    bundle, facts = page.bundle, page.facts
    parts = {s: len(bundle.asked(s, facts)) for s in bundle.sections_of("case")}
    titles = [f"“{bundle.questions.sections[key].title}”" for key, count in parts.items() if count]
    asked = plural(sum(parts.values()), "question")
    optional = sum(
        not bundle.questions.sections[key].questions[name].required
        for key in parts
        for name in bundle.asked(key, facts)
    )
    may = f", {optional} of which may stay blank," if optional else ""
    return f"It asks {asked}{may} in {plural(len(titles), 'part')}: {listed(titles)}."


def why_more_is_asked(page: RequestPage) -> str:
    """Why this case is asked more than a light one, in a sentence; nothing where it isn't."""
    bundle, facts = page.bundle, page.facts
    questions = bundle.questions.all()
    asked = (key for section in bundle.sections_of("case") for key in bundle.asked(section, facts))
    if all(questions[key][1].tier == "light" for key in asked):
        return ""
    more = "this case asks a little more."
    threshold = bundle.parameters.tiers.standard_from
    if facts["whole_life_cost"] >= threshold:
        return f"Because it costs {in_prose(threshold)} or more over its life, {more}"
    # It costs less, so that it was moved up by what the council's own condition reads.
    reads = bundle.moves_up.facts if bundle.moves_up else frozenset()
    labels = [
        f"“{question.label}”"
        for key, (_, question) in questions.items()
        if key in reads and facts[key]
    ]
    return f"Because of the answer to {' and '.join(labels) or 'the check'}, {more}"


def next_body(page: RequestPage) -> str:
    """The name of the body that has it after the one that has it now; nothing where none has."""
    _, *after = page.bundle.lifecycle.stages_from(page.request.state) or (None,)
    if not after:
        return ""
    body, _ = page.bundle.stage(after[0], page.day)
    return page.bundle.organisation.bodies[body].name


def closing_words(page: RequestPage, outcome: Choice) -> str:
    """What follows for whom when the voting is closed with that outcome."""
    names = {id_: person.name for id_, person in page.people.items()}
    request = page.request
    asked_by, sponsor = (
        names[request.requester_id],
        names.get(request.sponsor_id or 0, "the sponsor"),
    )
    told = f"{asked_by} and {sponsor} get a message with your reasons."
    follows = {
        Choice.APPROVE: _when_approved(page),
        Choice.REJECT: f"It can’t be bought. {asked_by} can start again from what it says.",
        Choice.RETURN: (
            f"{asked_by} changes the parts that you name and {sponsor} endorses it again. Then it "
            "comes back, and is assessed, declared on and voted on anew."
        ),
    }
    return f"{told} {follows[outcome]}"


def _when_approved(page: RequestPage) -> str:
    after = next_body(page)
    if after:
        return f"That recommends it to the {after}, which has it next and decides."
    lifecycle, state = page.bundle.lifecycle, page.request.state
    approved = lifecycle.next_state(page.state.outcomes[Choice.APPROVE], state)
    if lifecycle.provisional(approved):
        return f"It can’t be bought by that. {page.bundle.workflow.states[approved].words}"
    return "It can then be bought, within the conditions that you set."


def referring_label(page: RequestPage) -> str:
    """What the step before the first body is called here."""
    flow = page.bundle.workflow
    first = page.bundle.referred_to()[0]
    triggers = (
        flow.triggers[name] for name in page.bundle.lifecycle.triggers_from(page.request.state)
    )
    return next((t.label for t in triggers if t.to == first), "Refer it")


def register(app: Flask) -> None:
    """Make them known to templates."""
    app.jinja_env.globals.update(
        case_ahead=case_ahead,
        closing_words=closing_words,
        next_body=next_body,
        referring_label=referring_label,
        stages_ahead=stages_ahead,
        why_more_is_asked=why_more_is_asked,
    )
