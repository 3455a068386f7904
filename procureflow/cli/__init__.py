"""procureflow …: exit 0 on success, 1 where what was checked does not hold, 2 on wrong use.

An error is one line that says what to do.
"""

from __future__ import annotations

import logging

import click

from procureflow.adapters.mail import MailUrlError
from procureflow.cli import audit, config, database, policy, serving, users, workflow
from procureflow.db import DatabaseUrlError
from procureflow.domain.definitions.source import ConfigFaults
from procureflow.domain.errors import InvalidInput, Refusal
from procureflow.settings import SettingsError


class _OneLine(click.Group):
    """Turns what we expect to go wrong into one line and exit 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except InvalidInput as refusal:
            raise click.ClickException(" ".join(refusal.errors.values())) from refusal
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.message} {refusal.remedy}".strip()) from refusal
        except (SettingsError, DatabaseUrlError, MailUrlError, database.NotReady) as error:
            raise click.ClickException(str(error)) from error
        except ConfigFaults as error:
            for fault in error.faults:
                click.echo(str(fault), err=True)
            ctx.exit(1)


@click.group(cls=_OneLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="procureflow")
def main() -> None:
    """ProcureFlow holds a council's ICT buying to policy."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")


for command in (
    serving.demo,
    serving.serve,
    serving.worker,
    database.db,
    users.user,
    config.config,
    policy.policy,
    workflow.workflow,
    audit.audit,
):
    main.add_command(command)
