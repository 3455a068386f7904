"""The lifecycle as the other engines are given it, and what counts as a refusal.

A case is created in `draft`; the four steps follow. Each has a role that may take it and a
guard: the cost must be known, and closing the voting needs a vote.
"""

from dataclasses import dataclass

TITLE = "Replace end-of-life storage array"
COST_PENCE = 4_800_000


class Refused(Exception):
    """A permission, a guard, or a version that someone else has moved on."""


@dataclass(frozen=True, slots=True)
class Step:
    trigger: str
    role: str
    source: str
    target: str


STEPS = (
    Step("start_business_case", "requester", "draft", "business_case"),
    Step("refer_to_group", "requester", "business_case", "group_review"),
    Step("cast_vote", "member", "group_review", "group_review"),
    Step("close_voting", "chair", "group_review", "approved"),
)
