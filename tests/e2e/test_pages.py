"""Every page, as each role that sees it differently: can everybody read it and use it?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.inspecting import DESK, INSPECTIONS, axe, keyboard, reflow, structure
from tests.e2e.looking import OVERSIGHT, EveryPage, ensure_none
from tests.e2e.refusals import REFUSALS, send_nothing
from tests.e2e.scenes import ROLES, Scene
from tests.e2e.served import Served
from tests.e2e.watching import Visitors, Watch

pytestmark = pytest.mark.e2e


class TestDesks(EveryPage):
    """Of whoever asks, decides and is visited: most pages are seen by several of them."""

    @pytest.fixture(params=[role for role in ROLES if role not in OVERSIGHT])
    def role(self, request: pytest.FixtureRequest) -> str:
        """Each role in turn."""
        name: str = request.param
        return name


def test_no_style_locks_the_orientation(visitors: Visitors, watch: Watch) -> None:
    """The one rule of axe that reads the style sheets, which all pages share (1.3.4)."""
    context = visitors.context(None, watch, viewport=DESK)
    page = context.new_page()
    page.goto("/sign-in")
    found = axe(page, style_sheets=True)
    context.close()
    assert found == []


@pytest.mark.parametrize("account", REFUSALS)
def test_a_refused_form_is_usable_too(
    account: str, scene: Scene, visitors: Visitors, watch: Watch
) -> None:
    """The page with the errors is as accessible as the page without."""
    signed_in_as = None if account == "visitor" else account
    context = visitors.context(signed_in_as, watch, viewport=DESK)
    page = context.new_page()
    found = {}
    for name, steps, button in REFUSALS[account]:
        send_nothing(page, steps, button)
        assert page.title().startswith("Error: ")
        found[name] = axe(page) + structure(page) + reflow(page) + keyboard(page)
    context.close()
    ensure_none(found)


class TestTheInspectors:
    """They find what they look for: what can't fail says nothing."""

    @pytest.fixture
    def spoilt(self, visitors: Visitors, demonstration: Served) -> Iterator[tuple[Page, Watch]]:
        """The sign-in page, spoilt in every way that is looked for."""
        watch = Watch(demonstration.address)
        context = visitors.context(None, watch, viewport=DESK)
        page = context.new_page()
        bad = (
            "<h1>Another</h1><img src='https://elsewhere.example/x.png'>" + f"<p>{'x' * 400}</p>"
            "<style>a:focus { color: red }</style><a href='/x' tabindex='-1'>hidden from Tab</a>"
            "<p style='color: #fff; background: #fff'>unreadable</p></main>"
        )

        def spoil(route: object) -> None:
            answer = route.fetch()  # type: ignore[attr-defined]
            route.fulfill(  # type: ignore[attr-defined]
                response=answer, body=answer.text().replace("</main>", bad)
            )

        page.route("**/sign-in", spoil)
        page.goto("/sign-in")
        yield page, watch
        context.close()

    @pytest.mark.parametrize("name", ["axe", "structure", "reflow", "keyboard"])
    def test_each_finds_a_fault(self, spoilt: tuple[Page, Watch], name: str) -> None:
        """Every inspector complains of a spoilt page."""
        assert INSPECTIONS[name](spoilt[0]) != []

    def test_the_watch_sees_both(self, spoilt: tuple[Page, Watch]) -> None:
        """A breach of the policy and a request to another host."""
        seen = " ".join(spoilt[1].seen)
        assert "console: " in seen
        assert "elsewhere.example" in seen
