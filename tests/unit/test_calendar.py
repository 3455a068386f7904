"""Days are those of Europe/London, whatever the clock that gave the moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procureflow.domain.calendar import first_uncovered, in_words, local_day, working_days


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), date(2026, 7, 1)),
        # The clocks go back at 01:00 UTC on 25 October 2026.
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 7, 1, 3, 0, tzinfo=timezone(timedelta(hours=5))), date(2026, 6, 30)),
    ],
)
def test_a_day_begins_at_midnight_in_london(moment: datetime, day: date) -> None:
    assert local_day(moment) == day


#: 16 November 2026 is a Monday.
@pytest.mark.parametrize(
    ("first", "last", "days"),
    [(16, 16, 0), (16, 17, 1), (16, 20, 4), (16, 21, 4), (16, 22, 4), (16, 23, 5), (20, 23, 1),
     (21, 23, 1), (21, 22, 0), (16, 30, 10)],
)  # fmt: skip
def test_working_days_leave_weekends_out(first: int, last: int, days: int) -> None:
    assert working_days(date(2026, 11, first), date(2026, 11, last)) == days


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 800))
def test_working_days_are_those_that_one_counts(first: date, length: int) -> None:
    counted = [first + timedelta(days=n) for n in range(1, length + 1)]
    wanted = sum(day.weekday() not in (5, 6) for day in counted)
    assert working_days(first, first + timedelta(days=length)) == wanted


JAN, FEB, MAR = (date(2027, month, 1) for month in (1, 2, 3))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], JAN),
        ([(JAN, None)], None),
        ([(FEB, None)], JAN),
        ([(JAN, FEB)], FEB),
        ([(JAN, FEB), (FEB, None)], None),
        ([(JAN, FEB), (MAR, None)], FEB),
        ([(FEB, None), (date(2026, 1, 1), MAR)], None),
        ([(date(2026, 1, 1), date(2026, 2, 1)), (JAN, MAR), (JAN, FEB)], MAR),
        ([(JAN, JAN)], JAN),
    ],
)
def test_the_first_day_that_no_span_has(
    spans: list[tuple[date, date | None]], expected: date | None
) -> None:
    assert first_uncovered(spans, JAN) == expected


def test_a_day_in_words() -> None:
    assert in_words(date(2026, 11, 1)) == "1 November 2026"
