"""Every page of those who look on, in a file of its own so that two workers share the browsing."""

from __future__ import annotations

import pytest

from tests.e2e.looking import OVERSIGHT, EveryPage

pytestmark = pytest.mark.e2e


class TestOversight(EveryPage):
    """Of whoever keeps the policy, the accounts and the evidence: most pages are theirs alone."""

    @pytest.fixture(params=OVERSIGHT)
    def role(self, request: pytest.FixtureRequest) -> str:
        """Each role in turn."""
        name: str = request.param
        return name
