"""What a body decides, as a pure function of who took part and how they voted.

Same ballots in any order, same outcome. The chair closes the voting but can't alter what the
rules give: `outcome` is what the page shows beforehand and what closing records.

The sources give no voting rules. These follow the habit of English local government (Local
Government Act 1972, schedule 12, paragraph 39: a majority of those present and voting; in
equality the person presiding has a second vote) and are marked as ours in the council's file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt


class Interest(StrEnum):
    """A member's declared interest in the matter."""

    NONE = "none"
    PERSONAL = "personal"
    PREJUDICIAL = "prejudicial"


class Choice(StrEnum):
    """How a member may vote. An abstention counts towards the quorum, not towards a majority."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    ABSTAIN = "abstain"


class Ending(StrEnum):
    """What a decision did with the request. A body that approves what another decides after it
    recommends it."""

    APPROVED = "approve"
    REJECTED = "reject"
    RETURNED = "return"
    RECOMMENDED = "recommend"


class Office(StrEnum):
    """A member's office in the body."""

    CHAIR = "chair"
    VICE_CHAIR = "vice_chair"
    MEMBER = "member"


class Interests(BaseModel):
    """What each kind of interest does: may that member stay and vote?"""

    model_config = ConfigDict(frozen=True, extra="forbid")

    personal_may_vote: StrictBool = True
    prejudicial_may_vote: StrictBool = False


class VotingRules(BaseModel):
    """A body's rules. `quorum` is a number of members; `no_majority` is the outcome where votes
    were cast, there is a quorum and no choice has more than half of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quorum: StrictInt = Field(ge=1, le=99)
    casting_vote: StrictBool
    no_majority: Choice
    interests: Interests = Interests()

    def may_vote(self, interest: Interest) -> bool:
        """Whether somebody with that interest stays in the room and votes."""
        if interest is Interest.PREJUDICIAL:
            return self.interests.prejudicial_may_vote
        if interest is Interest.PERSONAL:
            return self.interests.personal_may_vote
        return True


@dataclass(frozen=True, slots=True)
class Ballot:
    """One member of the body, as the review stands.

    `interest` is None while nothing is declared: that member has not taken part (absent).
    `party` marks who asked for or sponsors the request: they never take part in deciding it.
    """

    member: int
    office: Office
    interest: Interest | None = None
    choice: Choice | None = None
    party: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """The count. `present` are those who voted or abstained; `absent` those who could have."""

    approve: int
    reject: int
    return_: int
    abstain: int
    present: int
    recused: int
    absent: int
    quorum: int

    @property
    def cast(self) -> int:
        """Votes that count towards a majority."""
        return self.approve + self.reject + self.return_

    @property
    def quorate(self) -> bool:
        """Whether enough members took part: an abstention counts, silence doesn't."""
        return self.present >= self.quorum


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules give: a choice and who presides, or None and why there is no decision."""

    choice: Choice | None
    tally: Tally
    presiding: int | None
    casting_vote_used: bool
    why: str


def outcome(rules: VotingRules, ballots: Iterable[Ballot]) -> Outcome:
    """What these ballots decide under these rules.

    No decision without a quorum, without somebody to preside, or without a vote. Otherwise the
    choice with more than half of the votes cast; where two share them equally, the presiding
    member's own vote counts twice (if the body has a casting vote and they cast one of the two);
    failing both, the body's `no_majority`.
    """
    ballots = tuple(ballots)
    voting = [b for b in ballots if _takes_part(rules, b)]
    presiding = _presiding(voting)
    count = dict.fromkeys(Choice, 0)
    for ballot in voting:
        if ballot.choice is not None:
            count[ballot.choice] += 1
    present = sum(count.values())
    # Whoever declared and then said nothing took no part: one vote isn't the group's.
    absent = sum(1 for b in ballots if b.interest is None and not b.party) + len(voting) - present
    tally = Tally(
        approve=count[Choice.APPROVE],
        reject=count[Choice.REJECT],
        return_=count[Choice.RETURN],
        abstain=count[Choice.ABSTAIN],
        present=present,
        recused=len(ballots) - present - absent,
        absent=absent,
        quorum=rules.quorum,
    )
    none = _undecided(tally, presiding)
    if none is not None:
        return Outcome(None, tally, presiding.member if presiding else None, False, none)
    assert presiding is not None  # noqa: S101 (narrows the type; _undecided has said so)
    choice, casting, why = _decide(rules, count, tally.cast, presiding)
    return Outcome(choice, tally, presiding.member, casting, why)


def left(rules: VotingRules, interests: Mapping[int, str]) -> frozenset[int]:
    """Whose declared interest keeps them out (person → interest): they have left the room for
    this item, whatever else they are there."""
    return frozenset(p for p, told in interests.items() if not rules.may_vote(Interest(told)))


def _takes_part(rules: VotingRules, ballot: Ballot) -> bool:
    return not ballot.party and ballot.interest is not None and rules.may_vote(ballot.interest)


def _presiding(voting: list[Ballot]) -> Ballot | None:
    """The chair; where the chair is away or has left for this item, the vice-chair."""
    for office in (Office.CHAIR, Office.VICE_CHAIR):
        holders = sorted((b for b in voting if b.office is office), key=lambda b: b.member)
        if holders:
            return holders[0]
    return None


#: What came of it, in words.
DECIDED = {
    Ending.APPROVED: "Approved",
    Ending.REJECTED: "Rejected",
    Ending.RETURNED: "Returned for information",
    Ending.RECOMMENDED: "Recommended",
}
#: The endings that leave nothing to decide: what the register shows.
SETTLED = (Ending.APPROVED, Ending.REJECTED)
#: What a choice is, as it is said of votes and of the body's rules.
_TO = {
    Choice.APPROVE: "to approve it",
    Choice.REJECT: "to reject it",
    Choice.RETURN: "to return it for information",
}


def _undecided(tally: Tally, presiding: Ballot | None) -> str | None:
    if not tally.quorate:
        return (
            f"{tally.present} of the {tally.quorum} members needed (the quorum) have voted or "
            "abstained, so the voting can’t be closed yet."
        )
    if presiding is None:
        return "Neither the chair nor a vice-chair takes part in this item, so nobody can close it."
    if not tally.cast:
        return "No vote for or against has been cast yet."
    return None


def _decide(
    rules: VotingRules, count: dict[Choice, int], cast: int, presiding: Ballot
) -> tuple[Choice, bool, str]:
    deciding = [c for c in Choice if c is not Choice.ABSTAIN]
    for choice in deciding:
        if 2 * count[choice] > cast:
            why = f"{count[choice]} of {cast} votes {_TO[choice]}: more than half."
            return choice, False, why
    equal = [choice for choice in deciding if 2 * count[choice] == cast]
    # One choice with half of the votes, against two that share the rest, is no equality.
    split = len(equal) > 1
    if split and rules.casting_vote and presiding.choice in equal:
        return (
            presiding.choice,
            True,
            f"{count[equal[0]]} votes each: a tie. The casting vote of whoever presides decides: "
            f"{_TO[presiding.choice]}.",
        )
    why = f"No choice has more than half of the {cast} votes. The rule is then"
    return rules.no_majority, False, f"{why} {_TO[rules.no_majority]}."
