"""Lists: filters, orders, pages that neither skip nor repeat, and full-text search."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from procureflow.domain.calendar import local_day
from procureflow.domain.errors import InvalidInput, NotFound, NotSignedIn
from procureflow.models import SavedList
from procureflow.queries import listing, people, policies, register, saved_lists
from procureflow.queries import requests as reading
from procureflow.services import requests
from procureflow.services import saved_lists as keeping
from tests.factories.council import CASE, Council
from tests.factories.migrating import back_and_forth
from tests.integration.rows import leaves, refused

MANY = 2 * listing.PAGE + 3


def _listing(session: Session, council: Council, by: str = "auditor") -> listing.Listing:
    day = local_day(council.now)
    actor = people.actor(session, council.people[by], day)
    return reading.requests_listing(session, actor, policies.bundle_in_force(session, day))


def _found(council: Council, by: str = "auditor", **values: Any) -> list[int]:
    """Ids of everything that fits, as the first page lists it."""
    with council.db.reading() as session:
        made = _listing(session, council, by)
        page = listing.read(session, made, listing.Choice(values, made.default_order))
        assert page.count == len(page.rows)
        return [row.id for row in page.rows]


# --- pages ----------------------------------------------------------------------------------------


def _turn(session: Session, made: listing.Listing, order: str) -> Iterator[list[int]]:
    """Every page, forwards."""
    key: tuple[Any, ...] | None = None
    while True:
        page = listing.read(session, made, listing.Choice({}, order, key))
        assert page.count == MANY
        yield [row.id for row in page.rows]
        if page.after is None:
            return
        key = page.after


@pytest.mark.parametrize("order", ["newest", "changed", "waiting", "cost"])
def test_pages_neither_skip_nor_repeat_and_turn_back_the_same_way(
    council: Council, order: str
) -> None:
    """Also where the sort key is the same for many: costs come in threes here."""
    for n in range(MANY):
        council.opened(whole_life_cost=f"{1000 * (n // 3)}.00")
    with council.db.reading() as session:
        made = _listing(session, council)
        pages = list(_turn(session, made, order))
        assert [len(page) for page in pages] == [listing.PAGE, listing.PAGE, 3]
        everything = [row.id for row in listing.walk(session, made, listing.Choice({}, order))]
        assert [i for page in pages for i in page] == everything
        assert sorted(everything) == list(range(1, MANY + 1))
        last = listing.read(session, made, listing.Choice({}, order, _end(session, made, order)))
        back = [[row.id for row in last.rows]]
        key = last.before
        while key is not None:
            page = listing.read(session, made, listing.Choice({}, order, key, backwards=True))
            back.insert(0, [row.id for row in page.rows])
            key = page.before
        assert back == pages


def _end(session: Session, made: listing.Listing, order: str) -> tuple[Any, ...]:
    """The key that the last page begins after."""
    first = listing.read(session, made, listing.Choice({}, order))
    assert first.after is not None
    second = listing.read(session, made, listing.Choice({}, order, first.after))
    assert second.after is not None
    return second.after


def test_what_comes_in_between_moves_no_page(council: Council) -> None:
    for _ in range(listing.PAGE + 2):
        council.opened()
    with council.db.reading() as session:
        first = listing.read(session, _listing(session, council), listing.Choice({}, "newest"))
    council.opened()
    with council.db.reading() as session:
        choice = listing.Choice({}, "newest", first.after)
        second = listing.read(session, _listing(session, council), choice)
    assert [row.id for row in second.rows] == [2, 1]


def test_an_empty_list_has_no_pages(sqlite_council: Council) -> None:
    with sqlite_council.db.reading() as session:
        page = listing.read(
            session, _listing(session, sqlite_council), listing.Choice({}, "newest")
        )
    assert (list(page.rows), page.count, page.after, page.before) == ([], 0, None, None)


def test_counting_stops_where_the_number_says_no_more(
    sqlite_council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_COUNTED", 2)
    for expected in (1, 2, None):
        sqlite_council.opened()
        with sqlite_council.db.reading() as session:
            made = _listing(session, sqlite_council)
            assert listing.read(session, made, listing.Choice({}, "newest")).count == expected


# --- filters --------------------------------------------------------------------------------------


def test_each_filter_narrows_and_all_must_hold(council: Council) -> None:
    cad = council.opened()
    council.now += timedelta(days=3)
    tablets = council.opened(
        "requester2", title="Tablets", category="portable", whole_life_cost="900"
    )
    referred, _ = council.referred()
    assert _found(council) == [referred, tablets, cad]
    assert _found(council, state="group_review") == [referred]
    assert _found(council, directorate="children_young_people") == [tablets]
    assert _found(council, category="software") == [referred, cad]
    assert _found(council, cost_from=Decimal("64415.00")) == [referred, cad]
    assert _found(council, cost_from=Decimal("64415.01")) == []
    assert _found(council, cost_to=Decimal(900)) == [tablets]
    assert _found(council, opened_to=date(2026, 11, 2)) == [cad]
    assert _found(council, opened_from=date(2026, 11, 3), category="software") == [referred]


def test_days_are_the_councils(council: Council) -> None:
    """Half past eleven in the evening of UTC is the next day in a London summer."""
    council.now = council.now.replace(month=6, day=30, hour=22, minute=30) + timedelta(days=365)
    late = council.opened()
    assert _found(council, opened_from=date(2027, 7, 1)) == [late]
    assert _found(council, opened_to=date(2027, 6, 30)) == []


# --- search ---------------------------------------------------------------------------------------


def test_every_word_is_found_wherever_it_stands(council: Council) -> None:
    case = council.case_written()
    tablets = council.opened("requester2", title="Tablets for visits", supplier="Högström")
    assert _found(council, words="wrong") == [case]
    assert _found(council, words="RETURNING") == [case], "in either case, as a stem"
    assert _found(council, words="visit") == [tablets]
    assert _found(council, words="replacing") == [], "the names of questions are no words of theirs"
    assert _found(council, words="exchanged") == [case], "also in a benefit"
    assert _found(council, words="tabl vis") == [tablets], "the beginnings of words"
    assert _found(council, words="tablets wrong") == [], "all of them"
    assert _found(council, words="ICT-2026-0002") == [tablets]
    assert _found(council, words="ict-2026-000") == [tablets, case]
    assert _found(council, words="Högström") == [tablets]


@pytest.mark.parametrize(
    "words",
    [
        *('"', "%", "(", "'", "*", "a OR", "NEAR(a b)", "a:*", "-drawings", "drawings)", "\\"),
        *("ICT-", "__", "!", "& |", "words:drawings", "\u202edrawings", "x" * 400, "0" * 400),
        " ".join("ab" for _ in range(200)),
    ],
)
def test_nothing_that_is_typed_breaks_a_search(council: Council, words: str) -> None:
    council.case_written()
    _found(council, words=words)


def _plotters(council: Council, case: int) -> None:
    """Another version of the section that said 140."""
    council.act(
        requests.write_section,
        by="requester",
        request_id=case,
        section="strategic",
        answers={**CASE["strategic"], "case_need": "Plotters are slow."},
        seen_version=1,
    )


def test_only_what_stands_there_now_is_found(council: Council) -> None:
    case = council.case_written()
    _plotters(council, case)
    assert _found(council, words="plotters") == [case]
    assert _found(council, words="wrong") == [case], "in the benefit still"
    assert _found(council, words="140 last") == []


def test_words_of_several_sections_are_found_together(council: Council) -> None:
    case = council.case_written()
    council.opened("requester2", title="Plotters for drawings")
    assert _found(council, words="wrong exchanged drawings") == [case]


def test_what_was_written_before_the_index_was_is_found(council: Council) -> None:
    """Migration 0007 makes the entries of the requests that are there; the trigger goes on."""
    case = council.case_written()
    back_and_forth(council.db, "0006")
    assert _found(council, words="wrong exchanged") == [case]
    _plotters(council, case)
    assert _found(council, words="plotters exchanged") == [case]
    assert _found(council, words="140 last") == []


def test_a_search_finds_nothing_that_one_may_not_see(council: Council) -> None:
    case = council.case_written()
    assert _found(council, "requester", words="drawings") == [case]
    for by in ("requester2", "chair", "ict", "policy1"):
        assert _found(council, by, words="drawings") == []
        assert _found(council, by, words="ICT-2026-0001") == []


# --- the register ---------------------------------------------------------------------------------


def test_the_register_has_decisions_and_no_returns(council: Council) -> None:
    approved, _ = council.closed("approve")
    council.closed("return")
    rejected, _ = council.closed("reject")
    with council.db.reading() as session:
        day = local_day(council.now)
        made = register.register_listing(policies.bundle_in_force(session, day), day)

        def listed(**values: Any) -> list[int]:
            page = listing.read(session, made, listing.Choice(values, made.default_order))
            return [row.Request.id for row in page.rows]

        assert listed() == [rejected, approved]
        assert listed(outcome="approve") == [approved]
        assert listed(rule="NC-1") == [rejected]
        assert listed(rule="STD-1") == []
        assert listed(words="discussed") == [rejected, approved]
        assert listed(words="drawings") == [], "what the case says is not in the register"
        assert listed(body="information_policy_group", cost_from=Decimal(1)) == [rejected, approved]
        found = register.entry(session, "ICT-2026-0001")
        assert [c.words for c in found.decision.conditions] == ["Train everybody before go-live."]
        with pytest.raises(NotFound):
            register.entry(session, "ICT-2026-0002")


# --- saved views ----------------------------------------------------------------------------------


def _save(
    council: Council, name: str = "Mine", by: str = "auditor", query: str = "sort=cost"
) -> None:
    council.act(keeping.save_list, by=by, listing="requests", name=name, query=query)


def test_a_view_is_its_owners_and_one_name_is_one_view(council: Council) -> None:
    with leaves(council, saved_lists="+1"):
        _save(council)
    with refused(council, InvalidInput) as caught:
        _save(council, " Mine ", query="sort=newest")
    assert "You keep a view “Mine” already." in caught.value.errors["name"]
    _save(council, by="chair")
    with council.db.reading() as session:
        (kept,) = saved_lists.of_person(session, council.people["auditor"], "requests")
        assert (kept.name, kept.query) == ("Mine", "sort=cost")
        assert saved_lists.of_person(session, council.people["auditor"], "register") == []
    with refused(council, NotFound):
        council.act(keeping.remove_list, by="chair", saved_id=kept.id)
    with leaves(council, saved_lists="-1"):
        assert council.act(keeping.remove_list, by="auditor", saved_id=kept.id) == "requests"
    with refused(council, NotFound):
        council.act(keeping.remove_list, by="auditor", saved_id=kept.id)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("", "a=b"),
        ("  ", "a=b"),
        ("x" * 81, "a=b"),
        ("a\x00b", "a=b"),
        ("Mine", ""),
        ("Mine", "x" * 2001),
    ],
)
def test_what_is_no_view(council: Council, name: str, query: str) -> None:
    with refused(council, InvalidInput):
        _save(council, name, query=query)


def test_there_is_an_end_to_views(sqlite_council: Council) -> None:
    for n in range(keeping.MOST):
        _save(sqlite_council, f"View {n}")
    with refused(sqlite_council, InvalidInput):
        _save(sqlite_council, "One more")
    with refused(sqlite_council, NotSignedIn):
        sqlite_council.act(
            keeping.save_list, actor_id=None, listing="requests", name="x", query="a=b"
        )
    with sqlite_council.db.reading() as session:
        assert session.query(SavedList).count() == keeping.MOST
