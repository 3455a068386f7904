"""Refusals we expect, by name. Each says what happened and what to do next.

A service raises one; the web turns it into a page or a form error, the API into a problem
document, a command into one line. Anything else that is raised is a fault of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from procureflow.domain.findings import Finding


class Refusal(Exception):
    """What was asked can't be done now. `message` is a sentence; `remedy` is the next step."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class NotSignedIn(Refusal):
    """No active person stands behind the call. An unknown actor is never a permitted one."""

    code = "not_signed_in"


class NotPermitted(Refusal):
    """The actor's roles and their relation to the subject do not allow this."""

    code = "not_permitted"

    def __init__(self, permission: str, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.permission = permission


class NotFound(Refusal):
    """There is no such thing."""

    code = "not_found"


class Stale(Refusal):
    """Somebody changed the subject since the actor looked at it; `changed_by` names the event."""

    code = "stale"


class GuardRefused(Refusal):
    """A guard of the workflow holds the request back; `findings` say why, one by one."""

    code = "guard_refused"

    def __init__(self, message: str, findings: Sequence[Finding], *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.findings = tuple(findings)


class WrongState(Refusal):
    """The workflow knows no such step from where the request is."""

    code = "wrong_state"


class InvalidInput(Refusal):
    """Values that can't be accepted. `errors` maps a field's name to a sentence."""

    code = "invalid_input"

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Some answers can't be accepted.", remedy="Correct the answers named.")
        self.errors = errors


class TooManyAttempts(Refusal):
    """Throttled. The remedy says when to try again."""

    code = "too_many_attempts"
