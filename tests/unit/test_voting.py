"""What a body decides: every multiset of ballots against an oracle, and notable cases by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations_with_replacement, islice, product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from procureflow.domain.voting import (
    Ballot,
    Choice,
    Interest,
    Interests,
    Office,
    Outcome,
    VotingRules,
    outcome,
)

GROUP = VotingRules(quorum=3, casting_vote=True, no_majority=Choice.RETURN)
PLAIN = VotingRules(quorum=3, casting_vote=False, no_majority=Choice.REJECT)

# --- by hand --------------------------------------------------------------------------------------

#: How a seat is filled: (declared interest, vote, is a party to the request).
SEATS: dict[str, tuple[Interest | None, Choice | None, bool]] = {
    "approve": (Interest.NONE, Choice.APPROVE, False),
    "reject": (Interest.NONE, Choice.REJECT, False),
    "return": (Interest.NONE, Choice.RETURN, False),
    "abstain": (Interest.NONE, Choice.ABSTAIN, False),
    "silent": (Interest.NONE, None, False),
    "absent": (None, None, False),
    "undeclared-approve": (None, Choice.APPROVE, False),
    "personal-approve": (Interest.PERSONAL, Choice.APPROVE, False),
    "personal-reject": (Interest.PERSONAL, Choice.REJECT, False),
    "left": (Interest.PREJUDICIAL, None, False),
    "left-approve": (Interest.PREJUDICIAL, Choice.APPROVE, False),
    "left-reject": (Interest.PREJUDICIAL, Choice.REJECT, False),
    "party": (None, None, True),
    "party-approve": (Interest.NONE, Choice.APPROVE, True),
}

#: chair | vice-chair | members → outcome: part of the reason. A bar with nothing: no such office.
NOTABLE = """
    approve | | approve approve                        -> approve: 3 of 3 votes
    reject  | | reject reject                          -> reject: 3 of 3 votes
    return  | | return return                          -> return: 3 of 3 votes
    approve | | approve reject                         -> approve: 2 of 3 votes
    approve | | reject reject                          -> reject: 2 of 3 votes
    approve | | return return                          -> return: 2 of 3 votes
    reject  | | approve approve approve reject         -> approve: 3 of 5 votes
    silent  | | reject reject reject                   -> reject: 3 of 3 votes
    approve | | abstain abstain                        -> approve: 1 of 1 votes
    abstain | | approve reject reject                  -> reject: 2 of 3 votes
    personal-approve | | personal-approve reject       -> approve: 2 of 3 votes
    approve | | approve approve approve left-reject    -> approve: 4 of 4 votes
    approve | | approve reject left-reject left-reject -> approve: 2 of 3 votes
    approve | | approve reject undeclared-approve      -> approve: 2 of 3 votes
    reject  | | approve reject party-approve           -> reject: 2 of 3 votes

    approve | | approve                                -> none: the quorum
    approve | |                                        -> none: the quorum
            | |                                        -> none: the quorum
    absent  | | absent absent absent                   -> none: the quorum
    approve | | approve absent                         -> none: the quorum
    approve | | approve undeclared-approve             -> none: the quorum
    approve | | approve left-approve                   -> none: the quorum
    approve | | approve party-approve                  -> none: the quorum
    left    | | left left                              -> none: the quorum
    party   | approve | approve                        -> none: the quorum
    approve | | silent silent                          -> none: the quorum
    silent  | | approve reject                         -> none: the quorum
    silent  | | silent silent party-approve            -> none: the quorum

            | | approve approve approve                -> none: Neither the chair nor a vice-chair
    absent  | | approve approve approve                -> none: Neither the chair nor a vice-chair
    left    | | approve approve approve                -> none: Neither the chair nor a vice-chair
    party   | | approve approve approve                -> none: Neither the chair nor a vice-chair
    left    | absent | reject reject reject            -> none: Neither the chair nor a vice-chair
    left    | party  | reject reject reject            -> none: Neither the chair nor a vice-chair

    silent  | | silent silent                          -> none: the quorum

    abstain | | abstain abstain                        -> none: No vote
    abstain | | silent abstain abstain left-approve    -> none: No vote

    approve | | approve reject reject                  -> approve: casting vote
    reject  | | approve approve reject                 -> reject: casting vote
    return  | | approve abstain silent                 -> return: casting vote
    approve | | reject abstain                         -> approve: casting vote
    return  | | return approve approve                 -> return: casting vote
    personal-reject | | approve abstain                -> reject: casting vote
    left-reject | approve | reject abstain             -> approve: casting vote
    absent  | reject | approve abstain                 -> reject: casting vote
    party   | reject | approve abstain                 -> reject: casting vote
    approve | reject | reject approve left-reject      -> approve: casting vote

    abstain | | approve reject                         -> return: No choice
    silent  | | approve reject abstain                 -> return: No choice
    return  | | approve approve reject reject          -> return: No choice
    abstain | approve | approve reject reject          -> return: No choice
    approve | | reject return                          -> return: No choice
    reject  | | approve return                         -> return: No choice
    return  | | reject approve                         -> return: No choice
    approve | | approve reject reject return           -> return: No choice
    approve | | approve approve reject reject reject return -> return: No choice
    abstain | | approve approve reject return          -> return: No choice
    silent  | | approve approve approve reject reject return -> return: No choice
    approve | | approve reject reject return return    -> return: No choice
"""


def seated(row: str) -> tuple[Ballot, ...]:
    """“chair | vice-chair | members” → ballots, numbered from 1."""
    offices = (Office.CHAIR, Office.VICE_CHAIR, Office.MEMBER)
    parts = [part.split() for part in row.split("|")]
    filled = [(o, s) for o, part in zip(offices, parts, strict=True) for s in part]
    return tuple(
        Ballot(number, office, SEATS[seat][0], SEATS[seat][1], party=SEATS[seat][2])
        for number, (office, seat) in enumerate(filled, 1)
    )


def notable() -> list[tuple[str, str, str]]:
    """The table's rows: (seats, outcome, part of the reason)."""
    rows = []
    for line in NOTABLE.splitlines():
        seats, arrow, decided = line.partition("->")
        expected, _, why = decided.partition(":")
        if arrow:
            rows.append((seats.strip(), expected.strip(), why.strip()))
    return rows


@pytest.mark.parametrize(("seats", "expected", "why"), notable())
def test_a_body_decides_as_the_table_says(seats: str, expected: str, why: str) -> None:
    result = outcome(GROUP, seated(seats))
    assert (result.choice or "none") == expected
    assert why in result.why
    assert result.casting_vote_used is ("casting vote" in why)


def test_the_table_holds_at_least_forty_cases_and_none_twice() -> None:
    rows = [" ".join(seats.split()) for seats, _, _ in notable()]
    assert len(rows) == len(set(rows)) >= 40


@pytest.mark.parametrize(
    "seats",
    [
        "approve | | reject abstain silent",
        "reject | | approve abstain",
        "approve | | approve reject reject",
    ],
)
def test_without_a_casting_vote_an_equal_split_takes_the_bodys_way_out(seats: str) -> None:
    result = outcome(PLAIN, seated(seats))
    assert (result.choice, result.casting_vote_used) == (Choice.REJECT, False)


@pytest.mark.parametrize("no_majority", [Choice.APPROVE, Choice.REJECT, Choice.RETURN])
def test_the_body_says_what_no_majority_leads_to(no_majority: Choice) -> None:
    rules = GROUP.model_copy(update={"no_majority": no_majority})
    assert outcome(rules, seated("abstain | | approve reject return")).choice is no_majority


@pytest.mark.parametrize(
    ("seats", "presides"),
    [
        ("approve | approve | approve", 1),
        ("silent | approve | approve", 1),
        ("absent | approve | approve approve", 2),
        ("left | approve | approve approve", 2),
        ("party | approve | approve approve", 2),
        ("absent | absent | approve approve approve", None),
        ("personal-approve | approve | approve", 1),
    ],
)
def test_the_chair_presides_and_else_the_vice_chair(seats: str, presides: int | None) -> None:
    assert outcome(GROUP, seated(seats)).presiding == presides


def test_without_a_quorum_it_still_says_who_presides() -> None:
    result = outcome(GROUP, seated("approve | approve |"))
    assert (result.choice, result.presiding) == (None, 1)


def test_of_two_vice_chairs_the_one_with_the_lower_number_presides() -> None:
    ballots = [Ballot(n, Office.VICE_CHAIR, Interest.NONE, Choice.APPROVE) for n in (8, 5, 7)]
    assert outcome(GROUP, ballots).presiding == 5


@pytest.mark.parametrize(
    ("personal", "prejudicial", "present"),
    [(True, False, 2), (False, False, 1), (True, True, 3), (False, True, 2)],
)
def test_what_an_interest_does_is_the_bodys_rule(
    personal: bool, prejudicial: bool, present: int
) -> None:
    interests = Interests(personal_may_vote=personal, prejudicial_may_vote=prejudicial)
    rules = GROUP.model_copy(update={"interests": interests})
    tally = outcome(rules, seated("approve | | personal-approve left-approve")).tally
    assert (tally.present, tally.recused, tally.absent) == (present, 3 - present, 0)


def test_a_party_never_takes_part_whatever_the_body_allows() -> None:
    interests = Interests(personal_may_vote=True, prejudicial_may_vote=True)
    rules = GROUP.model_copy(update={"interests": interests})
    tally = outcome(rules, seated("approve | | party-approve party absent")).tally
    assert (tally.present, tally.recused, tally.absent, tally.approve) == (1, 2, 1, 1)


@pytest.mark.parametrize("quorum", range(1, 5))
def test_the_quorum_is_met_at_its_number_and_not_one_below(quorum: int) -> None:
    rules = GROUP.model_copy(update={"quorum": quorum})
    enough = "approve | | " + "abstain " * (quorum - 1)
    one_less = "approve | | " + "abstain " * (quorum - 2) + "silent absent left"
    assert outcome(rules, seated(enough)).choice is Choice.APPROVE
    result = outcome(rules, seated(one_less)) if quorum > 1 else outcome(rules, ())
    assert (result.choice, result.tally.quorate) == (None, False)


@pytest.mark.parametrize(
    "wrong",
    [{"quorum": 0}, {"quorum": 100}, {"quorum": -1}, {"no_majority": "delay"}, {"veto": True}],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    given = {"quorum": 3, "casting_vote": True, "no_majority": "return", **wrong}
    with pytest.raises(ValidationError):
        VotingRules.model_validate(given)


# --- every multiset -------------------------------------------------------------------------------
# Two ballots are alike where the rules treat them alike: whoever is absent or recused is so
# whatever they voted. That leaves seven sorts. Every multiset of the twenty kinds of ballot is
# tried for a small body; every multiset of the seven sorts for one of eight (the chair and seven).


class Count(NamedTuple):
    """How many of each sort."""

    approve: int = 0
    reject: int = 0
    return_: int = 0
    abstain: int = 0
    silent: int = 0
    recused: int = 0
    absent: int = 0


Kind = tuple[Interest | None, Choice | None]
KINDS: tuple[Kind, ...] = tuple(product((None, *Interest), (None, *Choice)))
VOTES = (Choice.APPROVE, Choice.REJECT, Choice.RETURN, Choice.ABSTAIN, None)


def sort_of(rules: VotingRules, kind: Kind) -> int:
    """Which field of Count a kind of ballot adds to."""
    interest, choice = kind
    if interest is None:
        return 6
    stays = {
        Interest.NONE: True,
        Interest.PERSONAL: rules.interests.personal_may_vote,
        Interest.PREJUDICIAL: rules.interests.prejudicial_may_vote,
    }
    return VOTES.index(choice) if stays[interest] else 5


def oracle(rules: VotingRules, members: Count, chair: int) -> tuple[str | None, bool]:
    """(outcome, casting vote used), by arithmetic on the count. `chair` is the chair's sort."""
    count = Count(*(n + (sort == chair) for sort, n in enumerate(members)))
    # Whoever is silent took no part, though they may preside.
    here = sum(count[:4])
    votes = sum(count[:3])
    if here < rules.quorum or chair > 4 or not votes:
        return None, False
    most, second, least = sorted(count[:3], reverse=True)
    if most > second + least:
        return ("approve", "reject", "return")[count.index(most)], False
    if most == second and not least and rules.casting_vote and chair < 3:
        return VOTES[chair], True
    return rules.no_majority.value, False


def ballots_of(kinds: Iterable[Kind]) -> tuple[Ballot, ...]:
    return tuple(Ballot(n, Office.MEMBER, *kind) for n, kind in enumerate(kinds, 2))


def half_against_a_divided_half(count: Count, chair: int) -> bool:
    """One choice has exactly half of the votes, the other two share the other half."""
    votes = sorted(n + (sort == chair) for sort, n in enumerate(count[:3]))
    return votes[0] > 0 and votes[2] == votes[0] + votes[1]


def differences(
    rules: VotingRules, cases: Iterable[Case], *, divided: bool
) -> Iterator[tuple[object, ...]]:
    """Where the outcome isn't the oracle's. `divided` picks the cases of a divided half."""
    for members, chair_kind, count in cases:
        chair = sort_of(rules, chair_kind)
        if half_against_a_divided_half(count, chair) is not divided:
            continue
        result = outcome(rules, (Ballot(1, Office.CHAIR, *chair_kind), *members))
        wanted = oracle(rules, count, chair)
        if (result.choice, result.casting_vote_used) != wanted:
            yield chair_kind, count, wanted, result


def count_of(sorts: Iterable[int]) -> Count:
    numbers = [0] * 7
    for sort in sorts:
        numbers[sort] += 1
    return Count(*numbers)


Case = tuple[tuple[Ballot, ...], Kind, Count]


def alike(rules: VotingRules) -> list[list[Kind]]:
    """The kinds of ballot, by the sort that they are of."""
    return [[kind for kind in KINDS if sort_of(rules, kind) == sort] for sort in range(7)]


def every_multiset_of_kinds(rules: VotingRules, most: int) -> Iterator[Case]:
    """Up to `most` members of any of the twenty kinds, with each sort of chair."""
    sorts, groups, turn = {kind: sort_of(rules, kind) for kind in KINDS}, alike(rules), 0
    for size in range(most + 1):
        for kinds in combinations_with_replacement(KINDS, size):
            turn += 1
            members, count = ballots_of(kinds), count_of(sorts[k] for k in kinds)
            for group in filter(None, groups):
                yield members, group[turn % len(group)], count


def every_multiset_of_sorts(rules: VotingRules, most: int) -> Iterator[Case]:
    """Up to `most` members of any of the seven sorts, with each sort of chair. The kinds that
    stand for a sort take turns."""
    groups, turn = alike(rules), 0
    for size in range(most + 1):
        for sorts in combinations_with_replacement(range(7), size):
            turn += 1
            kinds = (groups[s][(turn + place) % len(groups[s])] for place, s in enumerate(sorts))
            members, count = ballots_of(kinds), count_of(sorts)
            for group in groups:
                yield members, group[turn % len(group)], count


FIVE = VotingRules(quorum=5, casting_vote=True, no_majority=Choice.APPROVE)


@pytest.mark.parametrize(
    ("rules", "most"),
    [(GROUP, 7), (PLAIN, 6), (FIVE, 6)],
    ids=["casting vote", "no casting vote", "quorum of five"],
)
def test_every_multiset_of_members_decides_as_the_oracle(rules: VotingRules, most: int) -> None:
    cases = every_multiset_of_sorts(rules, most)
    assert list(islice(differences(rules, cases, divided=False), 5)) == []


def test_half_of_the_votes_against_a_divided_half_is_no_majority() -> None:
    cases = every_multiset_of_sorts(GROUP, most=5)
    assert list(islice(differences(GROUP, cases, divided=True), 5)) == []


@pytest.mark.parametrize(
    ("personal", "prejudicial", "most"),
    [(True, False, 3), (True, True, 2), (False, True, 2), (False, False, 2)],
)
def test_every_kind_of_ballot_counts_as_its_sort(
    personal: bool, prejudicial: bool, most: int
) -> None:
    interests = Interests(personal_may_vote=personal, prejudicial_may_vote=prejudicial)
    rules = VotingRules(quorum=2, casting_vote=True, no_majority=Choice.RETURN, interests=interests)
    cases = every_multiset_of_kinds(rules, most)
    assert list(islice(differences(rules, cases, divided=False), 5)) == []


# --- any order, and the count ---------------------------------------------------------------------

any_ballot = st.builds(
    Ballot,
    member=st.integers(1, 12),
    office=st.sampled_from(Office),
    interest=st.none() | st.sampled_from(Interest),
    choice=st.none() | st.sampled_from(Choice),
    party=st.booleans(),
)
bodies = st.lists(any_ballot, max_size=12, unique_by=lambda ballot: ballot.member)
any_rules = st.builds(
    VotingRules,
    quorum=st.integers(1, 6),
    casting_vote=st.booleans(),
    no_majority=st.sampled_from([Choice.APPROVE, Choice.REJECT, Choice.RETURN]),
    interests=st.builds(
        Interests, personal_may_vote=st.booleans(), prejudicial_may_vote=st.booleans()
    ),
)


@given(any_rules, bodies.flatmap(lambda body: st.tuples(st.just(body), st.permutations(body))))
def test_the_same_ballots_in_any_order_give_the_same_outcome(
    rules: VotingRules, both: tuple[list[Ballot], list[Ballot]]
) -> None:
    one, other = both
    assert outcome(rules, one) == outcome(rules, iter(other))


@given(any_rules, bodies)
def test_everybody_is_counted_once(rules: VotingRules, body: list[Ballot]) -> None:
    result: Outcome = outcome(rules, body)
    tally = result.tally
    assert tally.present + tally.recused + tally.absent == len(body)
    assert tally.cast == tally.approve + tally.reject + tally.return_
    assert tally.cast + tally.abstain <= tally.present


@given(any_rules, bodies)
def test_no_decision_without_a_quorum_and_never_to_abstain(
    rules: VotingRules, body: list[Ballot]
) -> None:
    result = outcome(rules, body)
    assert result.choice is not Choice.ABSTAIN
    assert result.why.endswith(".")
    if result.choice is not None:
        assert result.tally.quorate
        assert result.presiding is not None
        assert result.tally.cast > 0


@given(any_rules, bodies)
def test_a_party_changes_nothing_by_voting(rules: VotingRules, body: list[Ballot]) -> None:
    silenced = [Ballot(b.member, b.office, None, None, party=True) if b.party else b for b in body]
    assert outcome(rules, body) == outcome(rules, silenced)
