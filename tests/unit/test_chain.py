"""The canonical form of a value and the seal of an event, against values worked out elsewhere."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procureflow.domain.chain import GENESIS, canonical, digest, instant, seal

LONDON = ZoneInfo("Europe/London")

# --- one text for one value -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (5, "5"),
        ("x", '"x"'),
        ("é “quoted” \n", '"é “quoted” \\n"'),
        ([], "[]"),
        ({}, "{}"),
        ({"b": 1, "a": [2, None]}, '{"a":[2,null],"b":1}'),
        ({"a": {"d": 1, "c": 2}}, '{"a":{"c":2,"d":1}}'),
        (("x", 1), '["x",1]'),
        ({"b", "a", "c"}, '["a","b","c"]'),
        (frozenset({3, 1, 2}), "[1,2,3]"),
        (Decimal("64415.00"), '"64415.00"'),
        (Decimal("1E+3"), '"1000"'),
        (Decimal("1E-7"), '"0.0000001"'),
        (date(2027, 3, 31), '"2027-03-31"'),
        (datetime(2027, 3, 31, 9, 30, tzinfo=UTC), '"2027-03-31T09:30:00.000000Z"'),
        ({"at": [datetime(2027, 3, 31, tzinfo=UTC)]}, '{"at":["2027-03-31T00:00:00.000000Z"]}'),
    ],
)
def test_a_value_has_this_text(value: Any, text: str) -> None:
    assert canonical(value) == text


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def backwards(value: Any) -> Any:
    """The same value, its keys in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(item) for item in value] if isinstance(value, list) else value


@given(values)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    assert canonical(backwards(value)) == canonical(value)


@given(st.sets(st.text(max_size=4), max_size=6).flatmap(lambda s: st.permutations(sorted(s))))
def test_the_order_of_a_set_does_not_matter(items: list[str]) -> None:
    assert canonical(set(items)) == canonical(sorted(items))


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain_values)
def test_nothing_is_lost(value: Any) -> None:
    assert json.loads(canonical(value)) == value


@given(plain_values, plain_values)
def test_two_values_have_two_texts(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (canonical(one) == canonical(other)) is same


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("wrap", [lambda n: n, lambda n: [n], lambda n: {"a": {"b": n}}])
def test_what_is_no_number_is_refused_however_deep(number: float, wrap: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical(wrap(number))


@pytest.mark.parametrize("value", [b"x", object(), time(9, 30), timedelta(1), 1j, Exception("x")])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="has no canonical form"):
        canonical({"a": value})


def test_keys_are_words() -> None:
    with pytest.raises(TypeError):
        canonical({date(2027, 3, 31): 1})
    with pytest.raises(TypeError):
        canonical({("a", "b"): 1})


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical([Decimal(number)])


# --- moments --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "2026-11-21T09:30:00.000000Z"),
        (datetime(2026, 11, 21, 9, 30, 0, 1, tzinfo=UTC), "2026-11-21T09:30:00.000001Z"),
        (datetime(2026, 11, 21, 9, 30, 0, 999_999, UTC), "2026-11-21T09:30:00.999999Z"),
        (datetime(2026, 11, 21, 9, 30, tzinfo=LONDON), "2026-11-21T09:30:00.000000Z"),
        (datetime(2026, 7, 1, 0, 30, tzinfo=LONDON), "2026-06-30T23:30:00.000000Z"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=LONDON), "2026-10-25T00:30:00.000000Z"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1), "2026-10-25T01:30:00.000000Z"),
        (
            datetime(2026, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=-5))),
            "2026-01-01T05:00:00.000000Z",
        ),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(0))), "2026-01-01T00:00:00.000000Z"),
        (datetime(999, 1, 1, tzinfo=UTC), "0999-01-01T00:00:00.000000Z"),
    ],
)
def test_a_moment_is_written_in_utc_to_the_microsecond(at: datetime, text: str) -> None:
    assert instant(at) == text
    assert canonical(at) == f'"{text}"'


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.timezones()),  # noqa: DTZ001 (bounds are naive)
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.timezones()),  # noqa: DTZ001 (bounds are naive)
)
def test_moments_sort_as_text_as_they_do_in_time(one: datetime, other: datetime) -> None:
    assert (instant(one) < instant(other)) is (one.astimezone(UTC) < other.astimezone(UTC))


@pytest.mark.parametrize("wrap", [lambda at: at, lambda at: [at], lambda at: {"a": {"b": at}}])
def test_a_time_without_a_zone_is_refused_however_deep(wrap: Any) -> None:
    naive = datetime(2026, 11, 21, 9, 30)  # noqa: DTZ001 (the point of it)
    with pytest.raises(ValueError, match="without a zone"):
        canonical(wrap(naive))
    with pytest.raises(ValueError, match="without a zone"):
        instant(naive)


# --- the seal -------------------------------------------------------------------------------------

EVENT: dict[str, Any] = {
    "previous": GENESIS,
    "stream": "ICT-2026-0001",
    "seq": 1,
    "at": "2026-11-21T09:30:00.000000Z",
    "actor": 7,
    "kind": "RequestMoved",
    "body": '{"trigger":"withdraw","why":""}',
    "state_from": "draft",
    "state_to": "withdrawn",
}
WRITTEN_OUT = (
    '["' + "0" * 64 + '","ICT-2026-0001",1,"2026-11-21T09:30:00.000000Z",7,"RequestMoved",'
    '"{\\"trigger\\":\\"withdraw\\",\\"why\\":\\"\\"}","draft","withdrawn"]'
)


def test_a_digest_is_that_of_the_standard() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest("é") == hashlib.sha256("é".encode()).hexdigest()


def test_a_seal_is_the_digest_of_the_event_written_out() -> None:
    assert seal(**EVENT) == hashlib.sha256(WRITTEN_OUT.encode()).hexdigest()


CHANGED: list[tuple[str, Any]] = [
    ("previous", "1" + "0" * 63),
    ("stream", "ICT-2026-0002"),
    ("seq", 2),
    ("seq", "1"),
    ("at", "2026-11-21T09:30:00.000001Z"),
    ("actor", 8),
    ("actor", None),
    ("actor", "7"),
    ("kind", "RequestEndorsed"),
    ("body", '{"trigger":"withdraw","why":" "}'),
    ("state_from", "business_case"),
    ("state_from", None),
    ("state_from", "null"),
    ("state_to", "closed"),
    ("state_to", None),
    ("state_to", ""),
]


@pytest.mark.parametrize(("field", "value"), CHANGED)
def test_the_seal_changes_with_any_one_field(field: str, value: Any) -> None:
    assert seal(**{**EVENT, field: value}) != seal(**EVENT)


def test_every_field_is_changed_above() -> None:
    assert {field for field, _ in CHANGED} == set(EVENT)


def test_no_two_changed_events_share_a_seal() -> None:
    seals = [seal(**{**EVENT, field: value}) for field, value in CHANGED]
    assert len(set(seals)) == len(seals)


def test_what_moves_from_one_field_to_the_next_changes_the_seal() -> None:
    texts = ("a", "b", "ab", "")
    fields = ("stream", "kind", "body", "state_from")
    seals = {seal(**{**EVENT, **dict(zip(fields, p, strict=True))}) for p in permutations(texts)}
    assert len(seals) == 24


def test_a_chain_shows_any_edit_of_an_earlier_event() -> None:
    def head(bodies: list[str]) -> str:
        previous = GENESIS
        for seq, body in enumerate(bodies, 1):
            previous = seal(**{**EVENT, "previous": previous, "seq": seq, "body": body})
        return previous

    bodies = ["one", "two", "three"]
    heads = {head(list(order)) for order in permutations(bodies)}
    heads |= {head([*bodies[:n], "edited", *bodies[n + 1 :]]) for n in range(3)}
    heads |= {head(bodies[:n] + bodies[n + 1 :]) for n in range(3)}
    assert len(heads) == 6 + 3 + 3
