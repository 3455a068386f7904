"""The administrator's desk: who has an account, what they may do, and what becomes of what they
hold when they leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from procureflow.domain.bundle import Bundle
from procureflow.domain.errors import InvalidInput, Refusal, WrongState
from procureflow.domain.permissions import Permission, Role
from procureflow.models import Grant, Person
from procureflow.queries import administration as reading
from procureflow.queries import people as accounts
from procureflow.queries import policies
from procureflow.queries.evidence import roles as holding
from procureflow.services import administration as services
from procureflow.services import handing_over, people
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.formatting import day as in_words
from procureflow.web.formatting import plural
from procureflow.web.forms.administration import (
    DOES,
    DetailsForm,
    DisableForm,
    EndRoleForm,
    EndSessionsForm,
    InviteForm,
    RoleForm,
    chosen_successors,
    hand_over_form,
)
from procureflow.web.forms.fields import Date, Form, day_of
from procureflow.web.listing import render_list

A_DAY = timedelta(days=1)

bp = Blueprint("administration", __name__, url_prefix="/admin")


def _bundle() -> Bundle:
    return policies.bundle_in_force(context.reading(), context.today())


def _page(number: int) -> reading.PersonPage:
    return reading.person_page(context.reading(), number, context.today())


def _render(template: str, page: reading.PersonPage, form: Form, **more: Any) -> Any:
    bundle = _bundle()
    body = render_template(
        f"administration/{template}",
        page=page,
        form=form,
        accounts=reading.ACCOUNTS,
        directorates=bundle.organisation.directorates,
        bodies=bundle.organisation.bodies,
        today=context.today(),
        words=lambda grant: reading.grant_words(bundle, grant),
        **more,
    )
    return body, 400 if form.problems else 200


def _did(form: Form, act: Callable[..., Any], **arguments: Any) -> Any:
    """One service call. What it gave, or None where it refused: the form says why."""
    try:
        with context.unit_of_work() as session:
            done = act(session, actor_id=context.actor_id(), now=context.now(), **arguments)
        return True if done is None else done
    except InvalidInput as refusal:
        form.take(refusal.errors)
    except WrongState as refusal:
        _take_whole(form, refusal)
    return None


def _take_whole(form: Form, refusal: Refusal) -> None:
    form.take({"": f"{refusal.message} {refusal.remedy}"})


def _to(number: int, message: str) -> Any:
    flash(message)
    return redirect(url_for("administration.show", number=number))


@bp.get("")
@requires(Permission.PEOPLE_ADMINISTER)
def index() -> Any:
    """Everybody with an account."""
    bundle = _bundle()
    return render_list(
        "administration/index.html",
        reading.people_listing(bundle, context.today()),
        accounts=reading.ACCOUNTS,
        account_of=lambda person: reading.account_of(person, context.today()),
        roles=lambda person: [
            *reading.roles_in_words(bundle, person, context.today()),
            *reading.roles_to_come(bundle, person, context.today()),
        ],
    )


@bp.get("/roles")
@requires(Permission.PEOPLE_ADMINISTER)
def roles() -> Any:
    """Who holds which role, and on which day."""
    bundle = _bundle()
    return render_list(
        "administration/roles.html",
        holding.roles_listing(bundle, "held"),
        bundle=bundle,
        roles=holding.ROLES,
        over=accounts.over,
        today=context.today(),
    )


@bp.route("/people/new", methods=["GET", "POST"])
@requires(Permission.PEOPLE_ADMINISTER)
def invite() -> Any:
    """Somebody new: an account, a first role, and a mail with the link that lets them in."""
    form = InviteForm()
    form.offer(_bundle())
    known: Person | None = None
    days = _days(form, form.starts_on) if request.method == "POST" else None
    if days is not None and _meant(form, days["starts_on"], None, None):
        settings = context.settings()
        person = _did(
            form,
            services.invite_person,
            email=form.email.data or "",
            name=form.name.data or "",
            job_title=form.job_title.data or "",
            role=form.chosen,
            **form.scope,
            **days,
            valid_for=timedelta(days=settings.sign_in.first_password_days),
            base_url=settings.base_url,
        )
        if person is not None:
            valid = plural(settings.sign_in.first_password_days, "day")
            starts = days["starts_on"]
            if starts is not None and starts > context.today():
                valid = f"{valid} from {in_words(starts)} on"
            return _to(
                person,
                "They are invited. The link in the mail sets their password and works for "
                f"{valid}. If they need another role too, give it here.",
            )
        known = accounts.person_by_email(context.reading(), form.email.data or "")
    body = render_template(
        "administration/invite.html", form=form, known=known, does=DOES, today=context.today()
    )
    return body, 400 if form.problems else 200


@bp.get("/people/<id:number>")
@requires(Permission.PEOPLE_ADMINISTER)
def show(number: int) -> Any:
    """One person: the account, the roles, what they hold, and what can be done."""
    return _render("show.html", _page(number), Form())


@bp.route("/people/<id:number>/details", methods=["GET", "POST"])
@requires(Permission.PEOPLE_ADMINISTER)
def details(number: int) -> Any:
    """Change a name or a job title."""
    page = _page(number)
    form = DetailsForm(data={"name": page.person.name, "job_title": page.person.job_title})
    if request.method == "POST" and _did(
        form,
        services.rename_person,
        person_id=number,
        name=form.name.data or "",
        job_title=form.job_title.data or "",
    ):
        return _to(number, "The details are saved.")
    return _render("details.html", _page(number), form)


@bp.route("/people/<id:number>/roles/new", methods=["GET", "POST"])
@requires(Permission.PEOPLE_ADMINISTER)
def give_role(number: int) -> Any:
    """Give a role, from a day and until a day."""
    form = RoleForm()
    form.offer(_bundle())
    if request.method == "POST" and _gave_role(number, form):
        return _to(number, f"The role is given. {_from(day_of(form.starts_on))}")
    return _render("role.html", _page(number), form, does=DOES)


def _gave_role(number: int, form: RoleForm) -> bool:
    days = _days(form, form.starts_on, form.ends_on)
    if form.chosen is None:
        form.take({"role": "Choose a role."})
    if days is None or form.chosen is None:
        return False
    if not _meant(form, days["starts_on"], days["ends_on"], number):
        return False
    given = {"person_id": number, "role": form.chosen, **form.scope, **days}
    return _did(form, people.grant_role, **given) is not None


def _meant(
    form: InviteForm | RoleForm, starts_on: date | None, ends_on: date | None, number: int | None
) -> bool:
    """Whether a body may have a second chair: asked about once, of that body and those days."""
    if form.chosen is not Role.CHAIR:
        return True
    starts, body = starts_on or context.today(), form.scope["body"]
    others = reading.other_chairs(context.reading(), body, starts, ends_on, number)
    asked = f"{body} {starts} {ends_on}"
    if not others or form.meant.data == asked:
        return True
    form.meant.data = asked
    said = (
        f"{others[0]} is chair of this body in that time, too. If they are only away, there is "
        "nothing to do: the vice chair presides. If there are to be two, or the other role will "
        "be ended, press the button again."
    )
    form.take({"": said})
    return False


def _days(form: Form, *fields: Date) -> dict[str, date | None] | None:
    """The days that were typed, by their fields' names; None where one is no day: the form says
    so."""
    days: dict[str, date | None] = {}
    errors: dict[str, str] = {}
    for field in fields:
        try:
            days[field.name] = day_of(field)
        except InvalidInput as refusal:
            errors |= refusal.errors
    form.take(errors)
    return None if errors else days


def _from(day: date | None) -> str:
    """What a role that begins or ends on that day does to whoever holds it."""
    if day is None or day <= context.today():
        return "If they are signed in, they have to sign in again."
    return f"Nothing changes before {in_words(day)}."


@bp.route("/people/<id:number>/roles/<id:grant>/end", methods=["GET", "POST"])
@requires(Permission.PEOPLE_ADMINISTER)
def end_role(number: int, grant: int) -> Any:
    """End a role on a day, once it is clear what follows."""
    page = _page(number)
    role = page.grant(grant)
    first = max(context.today(), role.starts_on)
    form = EndRoleForm(data={"ends_on": first.isoformat()})
    if request.method == "POST":
        ended = _ended_role(role, form)
        if ended:
            return _to(number, f"The role ends on {in_words(ended)}. {_from(ended)}")
        page = _page(number)
        role = page.grant(grant)
    return _render("end_role.html", page, form, role=role, **_left_behind(page, role))


def _ended_role(role: Grant, form: EndRoleForm) -> date | None:
    """The day on which it ends; None where it was refused, or leaves an office empty and nobody
    has said yet that this is meant."""
    try:
        day = day_of(form.ends_on)
        if day is None:
            raise InvalidInput({"ends_on": "Enter the day on which it ends."})
    except InvalidInput as refusal:
        form.take(refusal.errors)
        return None
    if reading.vacant(context.reading(), role, day) and form.meant.data != day.isoformat():
        form.meant.data = day.isoformat()
        office = reading.grant_words(_bundle(), role)
        form.take(
            {
                "": f"On {in_words(day)} nobody is {office}. Give somebody the role from that day "
                "on first. If it is meant to be empty, press “End the role” again."
            }
        )
        return None
    return day if _did(form, people.end_role, grant_id=role.id, ends_on=day) else None


def _left_behind(page: reading.PersonPage, role: Grant) -> dict[str, Any]:
    """What of theirs goes with this role."""
    return {
        "parts": [
            part
            for part in page.parts
            if (part.role, part.directorate) == (role.role, role.directorate)
        ],
        "emptied": [
            office
            for office in page.emptied
            if (office.role, office.body) == (role.role, role.body)
        ],
    }


@bp.route("/people/<id:number>/link", methods=["GET", "POST"])
@requires(Permission.PEOPLE_ADMINISTER)
def link(number: int) -> Any:
    """Send a new link to set a password."""
    form, settings = Form(), context.settings()
    if request.method == "POST" and _did(
        form,
        services.send_link,
        person_id=number,
        first=timedelta(days=settings.sign_in.first_password_days),
        forgotten=timedelta(minutes=settings.sign_in.forgotten_password_minutes),
        base_url=settings.base_url,
    ):
        return _to(number, "The link is on its way. Links sent before don’t work any more.")
    return _render("link.html", _page(number), form, limits=settings.sign_in)


@bp.route("/people/<id:number>/end-sessions", methods=["GET", "POST"])
@requires(Permission.PEOPLE_ADMINISTER)
def end_sessions(number: int) -> Any:
    """Sign somebody out everywhere."""
    form = EndSessionsForm()
    lost = form.why.data == "lost"
    if request.method == "POST" and _did(
        form, services.end_sessions_of, person_id=number, stop_password=lost
    ):
        then = " Their password doesn’t work any more: send them a new link." if lost else ""
        return _to(number, f"They are signed out everywhere.{then}")
    return _render("end_sessions.html", _page(number), form)


@bp.route("/people/<id:number>/disable", methods=["GET", "POST"])
@requires(Permission.PEOPLE_ADMINISTER)
def disable(number: int) -> Any:
    """Disable an account, once it is clear what follows."""
    closes = _page(number).person.closes_on
    form = DisableForm(data={"last_day": (closes - A_DAY).isoformat()} if closes else None)
    days = _days(form, form.last_day) if request.method == "POST" else None
    if days is not None:
        last = days["last_day"]
        closes = last + A_DAY if last else None
        if last is not None and last < context.today():
            said = "Their last day can’t be before today. Leave it blank to disable it at once."
            form.take({"last_day": said})
        elif _did(form, people.disable_person, person_id=number, closes_on=closes):
            return _to(number, _disabled(last))
    return _render("disable.html", _page(number), form)


def _disabled(last: date | None) -> str:
    if last is None:
        return "The account is disabled. They are signed out and get no more mail."
    return (
        f"Their last day is {in_words(last)}. After it they can’t sign in and get no more mail. "
        "What they hold by then is on the administrators’ “Your work”."
    )


@bp.route("/people/<id:number>/enable", methods=["GET", "POST"])
@requires(Permission.PEOPLE_ADMINISTER)
def enable(number: int) -> Any:
    """Let somebody sign in again, or go on to after what was to be their last day."""
    page, form = _page(number), Form()
    if request.method == "POST" and _did(form, services.enable_person, person_id=number):
        stays = page.account == "leaving"
        return _to(number, "They stay." if stays else "The account is enabled again.")
    return _render("enable.html", _page(number), form)


@bp.route("/people/<id:number>/hand-over", methods=["GET", "POST"])
@requires(Permission.PEOPLE_ADMINISTER)
def hand_over(number: int) -> Any:
    """Give all that somebody has in hand to those who hold the same role."""
    page = _page(number)
    offered = reading.successors(context.reading(), page.parts, number, context.today())
    form = hand_over_form(page.parts, _bundle(), offered)
    if request.method == "POST":
        chosen = chosen_successors(form, page.parts)
        count = _did(form, handing_over.hand_over, person_id=number, successors=chosen)
        if count is not None:
            was = "was" if count == 1 else "were"
            return _to(number, f"{plural(count, 'request')} {was} handed over.")
        page = _page(number)
    lacking = [part for part in page.parts if not offered[part.field].able]
    return _render("hand_over.html", page, form, lacking=lacking, offered=offered)
