"""Django for the peers that need it, with an app per peer in the folders here.

Models can be imported only once Django is configured, and its settings name the database: hence
the imports inside functions, here and in the peers.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
# ruff: noqa: PLC0415

from pathlib import Path
from typing import Any


def start(target: str, apps: tuple[str, ...], *, migrate: bool) -> dict[str, Any]:
    """Configure Django for `apps` on the database at `target`, and return a user for each role.

    A user carries the role as an attribute, so that a permission check costs no query.
    """
    import django
    from django.conf import settings

    from tests.bench.peers._case import STEPS

    settings.configure(
        DATABASES={"default": database(target)},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", *apps],
        # Without migrations every table is made in one pass: an app that has none may not refer
        # to one that has them.
        MIGRATION_MODULES={app.rpartition(".")[2]: None for app in ("auth", "contenttypes", *apps)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    if migrate:
        from django.core.management import call_command

        call_command("migrate", run_syncdb=True, verbosity=0)

    from django.contrib.auth.models import User

    users = {}
    for step in STEPS:
        users[step.role], _ = User.objects.get_or_create(username=step.role)
        users[step.role].role = step.role
    return users


def site(target: str, app: str, templates: Path, *, migrate: bool) -> None:
    """Configure Django for a site on the database at `target`, as `startproject` has it: its
    middleware, sessions in the database, compiled templates kept."""
    import django
    from django.conf import settings

    own = ("auth", "contenttypes", "sessions", "messages")
    settings.configure(
        DEBUG=False,
        SECRET_KEY="a secret that is long enough to sign with, in Django as elsewhere",
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF=f"{app}.urls",
        DATABASES={"default": database(target)},
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in own), app],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [templates],
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="Europe/London",
    )
    django.setup()
    if migrate:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)


def database(target: str) -> dict[str, Any]:
    """Return Django's settings for a database with durable commits and a kept connection."""
    if target.startswith("sqlite:"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": target.removeprefix("sqlite:///"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    from psycopg.conninfo import conninfo_to_dict

    options = conninfo_to_dict(target)
    return {
        "ENGINE": "django.db.backends.postgresql",
        # Django insists on a name of its own; everything else reaches the driver as it stands.
        "NAME": options.pop("dbname"),
        "CONN_MAX_AGE": None,
        "OPTIONS": options,
    }
