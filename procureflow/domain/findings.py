"""A finding: one verdict on one request, with its reason and its remedy.

Rules of the policy and guards of the workflow both answer in findings, so that a page shows
either in one way and nothing is ever refused with a bare "no".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a rule says of a request. `UNKNOWN` means an answer is missing: never true or false."""

    ALLOW = "allow"
    ADVISE = "advise"
    REQUIRE = "require"
    REFUSE = "refuse"
    UNKNOWN = "unknown"


class Settled(StrEnum):
    """Who satisfies a requirement: what is written, an assessor, or the body that decides."""

    ANSWERS = "answers"
    ASSESSMENT = "assessment"
    DECISION = "decision"


#: Strength of the verdicts that a rule may declare; the strongest wins.
STRENGTH = {Verdict.ALLOW: 0, Verdict.ADVISE: 1, Verdict.REQUIRE: 2, Verdict.REFUSE: 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict. `code` is a rule's id or a guard's name.

    `missing` names the facts whose answers are missing; `section` is where to mend it;
    `settled_by` says who satisfies a requirement, and `met` whether the answers do so already
    (None: it isn't theirs to satisfy, or nothing is asked).
    """

    code: str
    verdict: Verdict
    words: str
    remedy: str = ""
    section: str | None = None
    missing: tuple[str, ...] = ()
    met: bool | None = None
    settled_by: Settled | None = None

    @property
    def holds_back(self) -> bool:
        """True where this finding stands between the request and its next step."""
        if self.verdict is Verdict.REQUIRE:
            return self.met is False
        return self.verdict in (Verdict.REFUSE, Verdict.UNKNOWN)
