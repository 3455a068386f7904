"""One request from need to decision, each way it can end."""

from __future__ import annotations

import pytest

from procureflow.models import Request
from tests.factories.council import Council


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("approve", "approved"), ("reject", "rejected"), ("return", "business_case")],
)
def test_the_group_decides(council: Council, outcome: str, state: str) -> None:
    request, _ = council.closed(outcome)
    with council.db.reading() as session:
        row = session.get_one(Request, request)
        assert row.state == state
        assert (row.decision_id is None) is False
