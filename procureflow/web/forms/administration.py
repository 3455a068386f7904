"""What the administrator fills in about people and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from wtforms import HiddenField

from procureflow.domain.bundle import Bundle
from procureflow.domain.permissions import SCOPES, Role, Scope
from procureflow.queries.administration import Part, Successors
from procureflow.web.formatting import capital
from procureflow.web.forms.fields import Choice, Date, Form, Line, Radios

#: What each role does, for whoever gives it.
DOES: dict[Role, str] = {
    Role.REQUESTER: "asks for ICT and writes the case",
    Role.SPONSOR: "puts their name to cases of a directorate, and answers for the benefits",
    Role.DIRECTOR: "answers for what a directorate buys outside the policy",
    Role.ICT_ASSESSOR: "says whether a case fits the standards",
    Role.FINANCE_ASSESSOR: "says whether a case is funded",
    Role.MEMBER: "votes in a body",
    Role.CHAIR: "votes, presides and closes the voting",
    Role.VICE_CHAIR: "votes, and presides where the chair is away",
    Role.SECRETARY: "reads what is before a body, and looks after approvals",
    Role.AUDITOR: "reads everything and changes nothing",
    Role.POLICY_OFFICER: "looks after the policy",
    Role.ADMINISTRATOR: "looks after people and roles, and opens no request",
}


class DetailsForm(Form):
    """What somebody is called and does."""

    name = Line("Name")
    job_title = Line("Job title (optional)")


class _Somebody(Form):
    """Who is new. Stands before the role, here as on the page: errors come in that order."""

    email = Line("E-mail address")
    name = Line("Name")
    job_title = Line("Job title (optional)")


class _RoleFields(Form):
    """A role and what it is held over. Both lists are shown: without scripts, no choice can hide
    the other."""

    role = Choice("Role", validate_choice=False)
    directorate = Choice("Directorate", validate_choice=False)
    body = Choice("Body", validate_choice=False)

    def offer(self, bundle: Bundle) -> None:
        """Fill the lists from the council's documents, and say which role needs which."""
        organisation = bundle.organisation
        none = {"": "None"}
        directorates = organisation.directorate_names
        bodies = organisation.body_names
        roles = {role.value: capital(role.words) for role in Role}
        self.role.choices = {"": "Choose a role", **roles}
        self.directorate.choices = {**none, **directorates}
        self.body.choices = {**none, **bodies}
        self.directorate.description = f"Only for {_with(Scope.DIRECTORATE)}."
        self.body.description = f"Only for {_with(Scope.BODY)}."

    @property
    def chosen(self) -> Role | None:
        """The role, where one was chosen."""
        known = {role.value: role for role in Role}
        return known.get(self.role.data or "")

    @property
    def scope(self) -> dict[str, str | None]:
        """What it is held over."""
        return {"directorate": self.directorate.data or None, "body": self.body.data or None}


def _with(scope: Scope) -> str:
    words = [role.words for role in Role if SCOPES[role] is scope]
    return f"{', '.join(words[:-1])} and {words[-1]}"


class InviteForm(_Somebody, _RoleFields):
    """Somebody new, with a first role."""

    starts_on = Date("From (optional)", description="Leave it blank for today.")
    #: The body and days of which was said that somebody else is its chair, too.
    meant = HiddenField()


class RoleForm(_RoleFields):
    """A role from a day until a day."""

    starts_on = Date("From (optional)", description="Leave it blank for today.")
    ends_on = Date(
        "No longer from (optional)", description="The first day on which they don’t hold it."
    )
    #: The body and days of which was said that somebody else is its chair, too.
    meant = HiddenField()


class EndRoleForm(Form):
    """The day on which a role ends."""

    ends_on = Date(
        "On which day does it end?", description="The first day on which they don’t hold it."
    )
    #: The day of which was said that nobody then holds the office.
    meant = HiddenField()


class EndSessionsForm(Form):
    """Whether their password is stopped, too."""

    why = Radios(
        "What happened?",
        choices={
            "left": "A device was left signed in: their password goes on",
            "lost": "A device or the password was lost: their password stops, too",
        },
        default="left",
        validate_choice=False,
        description="Where it stops, links sent before don’t work either. Send a new link when "
        "they have a safe device.",
    )


class DisableForm(Form):
    """The day after which somebody doesn't sign in any more."""

    last_day = Date(
        "What is their last day? (optional)",
        description="They can sign in until the end of it. Leave it blank to disable the account "
        "at once.",
    )


def hand_over_form(
    parts: Sequence[Part], bundle: Bundle, successors: Mapping[str, Successors]
) -> Form:
    """A list of successors for each part that somebody leaves behind."""
    members: dict[str, Any] = {}
    for part in parts:
        over = bundle.organisation.directorates.get(part.directorate)
        name = over.name if over else part.directorate
        people = {str(p.id): f"{p.name}, {p.job_title}" for p in successors[part.field].able}
        members[part.field] = Choice(
            f"Who takes over as {part.role.words} in {name}?",
            choices={"": "Choose somebody", **people},
            validate_choice=False,
            description=f"{', '.join(part.references)}.",
        )
    return cast(Form, type("HandOverForm", (Form,), members)())


def chosen_successors(form: Form, parts: Sequence[Part]) -> dict[tuple[Role, str], int]:
    """Who was chosen for each part; parts for which nobody was are left out."""
    chosen = {}
    for part in parts:
        field = form[part.field]
        offered = {value for value, *_ in field.iter_choices() if value}
        if field.data in offered:
            chosen[part.role, part.directorate] = int(field.data)
    return chosen
