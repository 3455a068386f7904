"""kill -9 while somebody votes or closes: what was acknowledged stands after the restart, and
nothing stands without its event.

On PostgreSQL the client is killed: the server is the database's own concern.
"""

from __future__ import annotations

import random

import pytest

from tests.assurance import mortal, naive
from tests.assurance.assembly import Left, faults_of, left_behind
from tests.assurance.counts import KILLS
from tests.assurance.figures import record, share
from tests.factories.council import MEMBERS, Council

pytestmark = pytest.mark.assurance

VERIFIED_EVERY = 25
#: Kills within which the careless twin must have been caught between its two transactions.
ENOUGH = 60
#: Everybody's declaration and vote, and the close.
WORDS = 2 * len(MEMBERS) + 1


def test_what_was_acknowledged_outlives_a_kill(council: Council) -> None:
    url = council.db.url.render_as_string(hide_password=False)
    voters = [council.people[account] for account in MEMBERS]
    dice, wrong, acknowledged = random.Random(1), [], 0
    for number in range(KILLS):
        request, review = council.assessed()
        # Nobody else has the file open: whoever opens it next recovers it.
        council.db.dispose()
        said = mortal.killed(
            mortal.vote_and_close, dice, url, review, voters, council.tick(), latest=WORDS
        )
        acknowledged += len(said)
        wrong += _wrong(said, left_behind(council, request, review))
        if number % VERIFIED_EVERY == VERIFIED_EVERY - 1 or number == KILLS - 1:
            wrong += map(str, faults_of(council))
    torn, tries = _kills_of_the_careless(url, dice)
    record(
        f"kill -9: {KILLS} while voting and closing",
        database=council.db.url.get_backend_name(),
        processes=2,
        unit="% lost, or without event",
        ours=share(len(wrong), acknowledged),
        other=share(torn, tries),
    )
    assert not wrong, wrong[:5]
    assert acknowledged >= KILLS
    assert torn, "the careless twin was never caught: these kills hit nothing"


def _wrong(said: list[list], left: Left) -> list[str]:
    voted = {person for word, person in said if word == "voted"}
    closed = any(word == "closed" for word, _ in said)
    declared = {actor for actor, _ in left.of_kind("InterestDeclared")}
    found = [f"the vote of {person} is lost" for person in voted - left.votes.keys()]
    found += [
        f"the declaration of {person} is lost"
        for word, person in said
        if word == "declared" and person not in declared
    ]
    if sorted(left.votes) != sorted(p for p in left.voted if p is not None):
        found.append(f"votes {sorted(left.votes)}, events {left.voted}")
    decided = left.state == "approved"
    if closed and not decided:
        found.append("the decision is lost")
    if not decided == len(left.decisions) == len(left.of_kind("VotingClosed")):
        found.append(f"{left.state} with {len(left.decisions)} decisions")
    if decided and not left.tally_is_right:
        found.append(f"{left.decisions} of {left.votes}")
    return found


def _kills_of_the_careless(url: str, dice: random.Random) -> tuple[int, int]:
    """(states without their event, kills): as many kills as it takes to see one, and as ours."""
    store, tries = naive.Store(url), 0
    naive.prepare(store)
    while tries < KILLS or (tries < ENOUGH and not naive.without_their_event(store)):
        mortal.killed(mortal.decide_carelessly, dice, url, 1000 * tries, latest=5)
        tries += 1
    return naive.without_their_event(store), tries
