"""The lifecycle of one request in plain Python, written from the design and not from the code.

Nothing of `procureflow` is imported here. Each act answers whether it is allowed; what is allowed
also changes the model. The council is that of the tests, with people of two hats (see `People`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: What a section may be written as: everything, everything in other words, or not everything.
WHOLE, OTHER, PART = "whole", "other", "part"
CASE_SECTIONS = ("strategic", "economic", "commercial", "financial", "management")
CHECK_SECTION = "need"
#: The section that a return names.
RETURNED = "commercial"
ASSESSMENTS = {"standards": "ict", "funding": "finance"}
QUORUM = 3
ENDED = frozenset({"cleared", "rejected", "withdrawn", "lapsed", "closed"})


@dataclass(frozen=True)
class People:
    """Who holds what. Some have two hats, so that four eyes can be tried with two."""

    requesters: frozenset[str] = frozenset({"requester", "colleague", "member2"})
    sponsors: frozenset[str] = frozenset({"sponsor", "member3"})
    directors: frozenset[str] = frozenset({"director", "secretary"})
    members: tuple[str, ...] = ("chair", "member1", "member2", "member3", "member4", "member5")
    chair: str = "chair"
    vice_chair: str = "member1"
    secretary: str = "secretary"


PEOPLE = People()


@dataclass
class Submission:
    """What was put to a sponsor: the content as it was, and the answer."""

    content: tuple[tuple[str, int], ...]
    verdict: str | None = None


@dataclass
class Review:
    """One consideration by the group."""

    assessed: set[str] = field(default_factory=set)
    interests: dict[str, str] = field(default_factory=dict)
    votes: dict[str, str] = field(default_factory=dict)
    outcome: str | None = None
    open: bool = True


@dataclass
class Action:
    """What the directorate owes."""

    answered_by: str | None = None
    closed_by: str | None = None


@dataclass
class Request:
    """One request. `needs_exception` is the policy's answer to what it asks for."""

    requester: str
    needs_exception: bool = True
    state: str = "draft"
    sponsor: str | None = None
    written: dict[str, list[str]] = field(default_factory=lambda: {CHECK_SECTION: [WHOLE]})
    submissions: list[Submission] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    action: Action | None = None
    #: The section that the group sent back, and the version of it that they had seen.
    sent_back: tuple[str, int] | None = None

    # --- what is so -----------------------------------------------------------------------------

    @property
    def parties(self) -> set[str]:
        """Who asked for it and who sponsors it: they never judge it."""
        return {self.requester} | ({self.sponsor} if self.sponsor else set())

    @property
    def content(self) -> tuple[tuple[str, int], ...]:
        """The version of every section."""
        return tuple(sorted((key, len(versions)) for key, versions in self.written.items()))

    @property
    def complete(self) -> bool:
        """Whether every section says everything."""
        return all(self.written.get(s, [PART])[-1] != PART for s in CASE_SECTIONS)

    @property
    def as_returned(self) -> bool:
        """Whether what the group asked for again stands as they had seen it."""
        if self.sent_back is None:
            return False
        section, seen = self.sent_back
        return len(self.written[section]) == seen

    @property
    def review(self) -> Review | None:
        """The one that is open."""
        return next((review for review in self.reviews if review.open), None)

    @property
    def submission(self) -> Submission | None:
        """The last one."""
        return self.submissions[-1] if self.submissions else None

    @property
    def as_submitted(self) -> bool:
        """Whether nothing changed since the last submission."""
        return self.submission is not None and self.submission.content == self.content

    @property
    def endorsed(self) -> bool:
        """Whether the sponsor stands behind exactly this content."""
        return self.as_submitted and self.submissions[-1].verdict == "endorsed"

    # --- the requester --------------------------------------------------------------------------

    def write(self, by: str, section: str, words: str, seen: int) -> bool:
        """Write a section, having seen that version of it."""
        if by != self.requester or self.state not in ("draft", "business_case"):
            return False
        if section != CHECK_SECTION and self.state == "draft":
            return False
        versions = self.written.setdefault(section, [])
        if not versions:
            del self.written[section]
        if section == CHECK_SECTION and words == PART:
            return False
        if versions and versions[-1] == words:
            return True  # nothing changes
        if seen != len(versions):
            return False
        self.written[section] = [*versions, words]
        return True

    def step(self, by: str, trigger: str) -> bool:
        """A step that is no more than a step."""
        mine = by == self.requester
        allowed = {
            "clear": mine and self.state == "draft" and not self.needs_exception,
            "start_business_case": mine and self.state == "draft" and self.needs_exception,
            "withdraw": mine and self.state in ("draft", "business_case", "group_review"),
            "lapse": self._may_end_approval(by),
            "close": self._may_end_approval(by),
            # Decisions are the group's, never a step by itself.
            "approve": False,
            "reject": False,
            "return_for_information": False,
            "refer_to_group": False,
        }[trigger]
        if allowed:
            self.state = {
                "clear": "cleared",
                "start_business_case": "business_case",
                "withdraw": "withdrawn",
                "lapse": "lapsed",
                "close": "closed",
            }[trigger]
            if self.review is not None:
                self.review.open = False
            if trigger == "clear":
                # What the policy decided by itself is pinned like what a body decides.
                self.submissions.append(Submission(self.content))
        return allowed

    def _may_end_approval(self, by: str) -> bool:
        return self.state == "approved" and by == PEOPLE.secretary and by not in self.parties

    def ask(self, by: str, sponsor: str) -> bool:
        """Put it to a sponsor of the directorate, other than oneself."""
        if by != self.requester or self.state != "business_case" or not self.complete:
            return False
        if self.as_returned:
            return False
        if sponsor not in PEOPLE.sponsors or sponsor == self.requester or self.endorsed:
            return False
        if not self.as_submitted or self.submissions[-1].verdict is not None:
            self.submissions.append(Submission(self.content))
        self.sponsor = sponsor
        return True

    def answer(self, by: str, number: int, verdict: str) -> bool:
        """The sponsor's answer to the submission of that number, counted from 0."""
        if by != self.sponsor or self.state != "business_case":
            return False
        if number != len(self.submissions) - 1 or not self.as_submitted:
            return False
        if self.submissions[-1].verdict is not None:
            return False
        self.submissions[-1].verdict = verdict
        return True

    def refer(self, by: str) -> bool:
        """Put it before the group."""
        if by != self.requester or self.state != "business_case":
            return False
        if not self.complete or not self.endorsed or self.as_returned:
            return False
        self.state = "group_review"
        self.reviews.append(Review())
        return True

    # --- the group ------------------------------------------------------------------------------

    def assess(self, by: str, kind: str) -> bool:
        """An assessor's verdict, each their own kind."""
        review = self.review
        if review is None or ASSESSMENTS[kind] != by or by in self.parties:
            return False
        review.assessed.add(kind)
        return True

    def declare(self, by: str, interest: str) -> bool:
        """A declaration. A vote cast under another interest goes."""
        review = self.review
        if review is None or by not in PEOPLE.members or by in self.parties:
            return False
        if review.interests.get(by, interest) != interest:
            review.votes.pop(by, None)
        review.interests[by] = interest
        return True

    def vote(self, by: str, choice: str) -> bool:
        """A vote, or another instead of it."""
        review = self.review
        if review is None or by not in PEOPLE.members or by in self.parties:
            return False
        if review.interests.get(by, "prejudicial") == "prejudicial":
            return False
        if review.assessed != set(ASSESSMENTS):
            return False
        review.votes[by] = choice
        return True

    def outcome(self, review: Review) -> tuple[str | None, str | None]:
        """(what the votes decide, who presides); None where there is nothing to decide yet."""
        present = {who for who, interest in review.interests.items() if interest != "prejudicial"}
        presiding = next((p for p in (PEOPLE.chair, PEOPLE.vice_chair) if p in present), None)
        cast = [choice for choice in review.votes.values() if choice != "abstain"]
        if len(review.votes) < QUORUM or presiding is None or not cast:
            return None, presiding
        for choice in ("approve", "reject", "return"):
            if cast.count(choice) > len(cast) / 2:
                return choice, presiding
        own = review.votes.get(presiding)
        if own in cast and cast.count(own) == len(cast) / 2:
            return own, presiding
        return "return", presiding

    def close(self, by: str, expected: str, acts: bool) -> bool:
        """Close the voting. `acts`: whether the rules cited call for a directorate action."""
        review = self.review
        if review is None:
            return False
        decided, presiding = self.outcome(review)
        if by != presiding or by in self.parties or decided is None or decided != expected:
            return False
        if review.assessed != set(ASSESSMENTS):
            return False
        review.open, review.outcome = False, decided
        self.state = {"approve": "approved", "reject": "rejected", "return": "business_case"}[
            decided
        ]
        if decided == "reject" and acts:
            self.action = Action()
        if decided == "return":
            self.sent_back = (RETURNED, len(self.written[RETURNED]))
        return True

    # --- what was thrown back -------------------------------------------------------------------

    def answer_action(self, by: str) -> bool:
        """A director says what was done."""
        action = self.action
        if action is None or by not in PEOPLE.directors or action.closed_by is not None:
            return False
        action.answered_by = by
        return True

    def end_action(self, by: str, how: str) -> bool:
        """Somebody else closes it, or finds that it is not enough."""
        action = self.action
        if action is None or by not in (PEOPLE.chair, PEOPLE.secretary) or by in self.parties:
            return False
        if action.closed_by is not None or action.answered_by in (None, by):
            return False
        if how == "close":
            action.closed_by = by
        else:
            action.answered_by = None
        return True
