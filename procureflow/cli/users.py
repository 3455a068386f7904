"""People, from the server's own command line."""

from __future__ import annotations

from datetime import timedelta

import click

from procureflow.adapters import clock
from procureflow.cli.database import open_ready
from procureflow.domain.errors import NotFound
from procureflow.domain.permissions import Role
from procureflow.queries import people as reading
from procureflow.services import mailing, people
from procureflow.settings import load, load_offline

_ROLE = click.Choice([role.value for role in Role])


@click.group()
def user() -> None:
    """People and their roles."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--job-title", default="", help="What they do.")
@click.option("--role", type=_ROLE, help="A first role.")
@click.option("--directorate", help="The directorate the role is held over.")
@click.option("--body", help="The body the role is held over.")
def add(
    email: str,
    name: str,
    job_title: str,
    role: str | None,
    directorate: str | None,
    body: str | None,
) -> None:
    """Make an account and print the link that sets its first password."""
    settings = load()
    database = open_ready(settings)
    with database.unit_of_work() as session:
        person = people.add_person(
            session,
            email=email,
            name=name,
            job_title=job_title,
            actor_id=people.CONSOLE,
            now=clock.now(),
        )
        if role is not None:
            people.grant_role(
                session,
                person_id=person,
                role=Role(role),
                directorate=directorate,
                body=body,
                actor_id=people.CONSOLE,
                now=clock.now(),
            )
        link = mailing.mail_link(
            session,
            person_id=person,
            purpose="first_password",
            valid_for=timedelta(days=settings.sign_in.first_password_days),
            base_url=settings.base_url,
            now=clock.now(),
        )
    click.echo(f"{email} can set a password at {link}")


@user.command()
@click.argument("email")
@click.argument("role", type=_ROLE)
@click.option("--directorate", help="The directorate it is held over.")
@click.option("--body", help="The body it is held over.")
def grant(email: str, role: str, directorate: str | None, body: str | None) -> None:
    """Give a role from today on."""
    database = open_ready(load_offline())
    with database.unit_of_work() as session:
        person = reading.person_by_email(session, email)
        if person is None:
            raise NotFound(f"There is no account {email}.", remedy="Make one: user add.")
        people.grant_role(
            session,
            person_id=person.id,
            role=Role(role),
            directorate=directorate,
            body=body,
            actor_id=people.CONSOLE,
            now=clock.now(),
        )
    click.echo(f"{email} is {role} from today on.")


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Disable an account and end its sessions."""
    database = open_ready(load_offline())
    with database.unit_of_work() as session:
        person = reading.person_by_email(session, email)
        if person is None:
            raise NotFound(f"There is no account {email}.")
        people.disable_person(
            session, person_id=person.id, actor_id=people.CONSOLE, now=clock.now()
        )
    click.echo(f"{email} can no longer sign in.")
