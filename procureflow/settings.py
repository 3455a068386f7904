"""Environment and files → one frozen Settings. A missing production secret stops the start."""

from __future__ import annotations

import tomllib
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

PACKAGE = Path(__file__).parent
SHORTEST_SECRET = 32


class SettingsError(Exception):
    """The start stops here. One sentence that says what to do."""


def resource(name: str) -> Path:
    """A folder that travels with the package: in the wheel inside it, in a checkout beside it."""
    packed = PACKAGE / "_resources" / name
    return packed if packed.is_dir() else PACKAGE.parent / name


class SignIn(BaseModel):
    """Limits of signing in (OWASP ASVS 5.0: 6.3.1, 7.3.1, 7.3.2)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts_per_account: int = Field(ge=1)
    attempts_per_address: int = Field(ge=1)
    window_minutes: int = Field(ge=1)
    idle_minutes: int = Field(ge=1)
    longest_hours: int = Field(ge=1)
    first_password_days: int = Field(ge=1)
    forgotten_password_minutes: int = Field(ge=1)


class Environment(BaseSettings):
    """The variables of the public contract."""

    model_config = SettingsConfigDict(env_prefix="PROCUREFLOW_", extra="ignore")

    database_url: str | None = None
    secret_key: Annotated[str, StringConstraints(strip_whitespace=True)] | None = None
    config: Path | None = None
    base_url: str | None = None
    mail_url: str = "console:"
    trusted_proxies: int = Field(default=0, ge=0, le=5)

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value


class Settings(BaseModel):
    """Everything that can be set, settled. `base_url` has no slash at its end."""

    model_config = ConfigDict(frozen=True)

    database_url: str
    secret_key: str = Field(repr=False)
    council_folder: Path
    base_url: str
    mail_url: str = Field(repr=False)
    mail_from: str
    sign_in: SignIn
    trusted_proxies: int = 0
    demonstration: bool = False

    @property
    def secure(self) -> bool:
        """Whether people reach us over HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The one host name (and port) that we answer to."""
        return urlsplit(self.base_url).netloc


def default_database_url(folder: Path) -> str:
    """SQLite in `instance/` of the folder it is run from."""
    return f"sqlite:///{(folder / 'instance' / 'procureflow.db').as_posix()}"


def load_offline() -> Settings:
    """Settings for a command that neither serves nor writes to anybody: whoever verifies a
    history needs a database, and no secret of ours. Raises SettingsError."""
    return load(secret_key=token_hex(SHORTEST_SECRET), base_url="http://localhost")


def load(
    *, secret_key: str | None = None, base_url: str | None = None, demonstration: bool = False
) -> Settings:
    """Settings from the environment and `config/procureflow.toml`.

    The arguments are defaults, as of a demonstration, which makes its own secret. Raises
    SettingsError where something is missing or can't be used.
    """
    try:
        environment = Environment()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = f"PROCUREFLOW_{str(wrong['loc'][0]).upper()}"
        raise SettingsError(f"{name} is “{wrong['input']}”: {wrong['msg'].lower()}.") from error
    defaults = tomllib.loads((resource("config") / "procureflow.toml").read_text("utf-8"))
    secret = environment.secret_key or secret_key
    if not secret:
        raise SettingsError(
            "PROCUREFLOW_SECRET_KEY is not set: make one with "
            "`python3 -c 'import secrets; print(secrets.token_hex(32))'` and keep it secret."
        )
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"PROCUREFLOW_SECRET_KEY is too short: use at least {SHORTEST_SECRET} characters."
        )
    address = environment.base_url or base_url
    if not address:
        raise SettingsError(
            "PROCUREFLOW_BASE_URL is not set: give the address that people use, "
            "such as https://procureflow.example.gov.uk."
        )
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise SettingsError(f"PROCUREFLOW_BASE_URL is no address: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise SettingsError(f"PROCUREFLOW_BASE_URL is “{address}”: give a scheme and a host only.")
    folder = environment.config or resource("config") / defaults["council"]
    if not folder.is_dir():
        raise SettingsError(f"PROCUREFLOW_CONFIG names {folder}, which is not a folder.")
    return Settings(
        database_url=environment.database_url or default_database_url(Path.cwd()),
        secret_key=secret,
        council_folder=folder,
        base_url=address.rstrip("/"),
        mail_url=environment.mail_url or "console:",
        mail_from=defaults["mail"]["from"],
        sign_in=SignIn(**defaults["sign_in"]),
        trusted_proxies=environment.trusted_proxies or 0,
        demonstration=demonstration,
    )
