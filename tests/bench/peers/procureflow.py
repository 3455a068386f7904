"""ProcureFlow through its own service functions, each in a unit of work of its own.

The permission check, the guards over all eleven rules, the event, the hash chain and the outbox
are in what is timed. A vote needs a declaration of interest, which the other engines don't have:
it is made between two steps, untimed, and its event counts in the history.
"""

from time import perf_counter

from procureflow.adapters.clock import now
from procureflow.services import business_cases, requests, reviews
from tests.bench.peers import _council
from tests.bench.peers._council import ANSWERS, DECLARED, DIRECTORATE, REASON, Council
from tests.bench.peers._spent import watching
from tests.bench.peers._stopwatch import Stopwatch

# The five steps, and the declaration.
HISTORY_PER_CASE = 6

setup = _council.found
open = _council.visit
verify = _council.counts


def lifecycle(council: Council) -> list[float]:
    """Run the five steps; return the seconds of each."""
    unit_of_work, requester, chair = council.db.unit_of_work, council.requester, council.chair
    watch = Stopwatch()
    with watch, unit_of_work() as session:
        request, _ = requests.open_request(
            session, directorate=DIRECTORATE, answers=ANSWERS, actor_id=requester, now=now()
        )
    with watch, unit_of_work() as session:
        requests.take_step(
            session,
            request_id=request,
            trigger="start_business_case",
            actor_id=requester,
            now=now(),
        )
    with watch, unit_of_work() as session:
        review = business_cases.refer_to_group(
            session, request_id=request, actor_id=requester, now=now()
        )
    with unit_of_work() as session:
        reviews.declare_interest(
            session, review_id=review, interest=DECLARED, note="", actor_id=chair, now=now()
        )
    with watch, unit_of_work() as session:
        reviews.cast_vote(
            session, review_id=review, choice="approve", reason=REASON, actor_id=chair, now=now()
        )
    with watch, unit_of_work() as session:
        reviews.close_voting(
            session,
            review_id=review,
            expected="approve",
            reasons=REASON,
            actor_id=chair,
            now=now(),
        )
    return watch.seconds


def explain(council: Council, lifecycles: int) -> dict[str, float]:
    """Run that many, the untimed declaration included; return the mean calls and milliseconds
    of one: `statements`, `in_statements`, `commits`, `in_commits`, `elsewhere`."""
    with watching(council.db.writer) as spent:
        begun = perf_counter()
        for _ in range(lifecycles):
            lifecycle(council)
        taken = perf_counter() - begun
    milliseconds = 1000 / lifecycles
    return {
        "statements": spent.statements / lifecycles,
        "in_statements": spent.in_statements * milliseconds,
        "commits": spent.commits / lifecycles,
        "in_commits": spent.in_commits * milliseconds,
        "elsewhere": (taken - spent.in_statements - spent.in_commits) * milliseconds,
    }
