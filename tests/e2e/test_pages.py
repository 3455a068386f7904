"""Every page, as each role that sees it differently: can everybody read it and use it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.crawling import crawl
from tests.e2e.inspecting import DESK, INSPECTIONS, axe, keyboard, reflow, structure, unfold
from tests.e2e.refusals import REFUSALS, send_nothing
from tests.e2e.scenes import ROLES, Scene, set_scene
from tests.e2e.served import Served
from tests.e2e.watching import Visitors, Watch

pytestmark = pytest.mark.e2e

DESKS = pytest.mark.xdist_group("desks")
#: inspection → page → what it found.
Found = dict[str, dict[str, list[str]]]


@dataclass
class Inspected:
    """What was found as each role so far, and the kinds of pages that were looked at: a role
    that sees a page as another does isn't shown it again."""

    roles: dict[str, Found] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)


@pytest.fixture(scope="session")
def scene(demonstration: Served) -> Scene:
    """A council with something on every page."""
    return set_scene(demonstration)


@pytest.fixture(scope="session")
def inspected() -> Inspected:
    """What was found so far."""
    return Inspected()


#: These see pages that are mostly their own: another worker may look at them.
OVERSIGHT = {"auditor", "policy-officer", "administrator"}


def _in_group(role: str) -> Any:
    group = pytest.mark.xdist_group("oversight") if role in OVERSIGHT else DESKS
    return pytest.param(role, marks=group)


@pytest.fixture(params=[_in_group(role) for role in ROLES])
def role(request: pytest.FixtureRequest) -> str:
    """Each role in turn."""
    name: str = request.param
    return name


@pytest.fixture
def found(
    role: str,
    scene: Scene,
    visitors: Visitors,
    demonstration: Served,
    inspected: Inspected,
) -> Found:
    """What was found on the pages that the role reaches. Each is opened once for all tests."""
    if role not in inspected.roles:
        watch = Watch(demonstration.address)
        result: Found = {name: {} for name in (*INSPECTIONS, "watch")}
        for account in ROLES[role]:
            context = visitors.context(account, watch, viewport=DESK)
            page = context.new_page()
            for visited in crawl(page, scene.unlinked(account), inspected.kinds):
                unfold(page)
                for name, inspect in INSPECTIONS.items():
                    result[name][f"{account or 'nobody'}: {visited.path}"] = inspect(page)
            context.close()
        result["watch"]["all pages"] = watch.seen
        inspected.roles[role] = result
    return inspected.roles[role]


def problems(found: dict[str, list[str]]) -> list[str]:
    """One line for each page and problem."""
    return [f"{page}: {problem}" for page, several in found.items() for problem in several]


def test_there_are_pages(role: str, found: Found) -> None:
    """A crawl that found nothing would pass everything else. Later roles add what differs."""
    assert len(found["axe"]) >= {"visitor": 4, "requester": 30}.get(role, 0)


def test_axe_finds_nothing(found: Found) -> None:
    """WCAG 2.2 AA, as far as a program can tell."""
    assert problems(found["axe"]) == []


def test_every_page_is_well_formed(found: Found) -> None:
    """One h1, a title, a language, a main landmark, no inline style or script."""
    assert problems(found["structure"]) == []


def test_nothing_overflows(found: Found) -> None:
    """At 320 px, at 400 % and with spaced text (WCAG 2.2: 1.4.4, 1.4.10, 1.4.12)."""
    assert problems(found["reflow"]) == []


def test_the_keyboard_reaches_and_shows_everything(found: Found) -> None:
    """By Tab, with a focus that shows and a skip link that skips (2.1.1, 2.4.1, 2.4.7)."""
    assert problems(found["keyboard"]) == []


def test_every_page_can_be_printed(found: Found) -> None:
    """The main content is on paper."""
    assert problems(found["print"]) == []


def test_no_page_breaks_the_policy_or_asks_others(found: Found) -> None:
    """No message of the content security policy, no error, no request to another host."""
    assert problems(found["watch"]) == []


@DESKS
def test_no_style_locks_the_orientation(visitors: Visitors, watch: Watch) -> None:
    """The one rule of axe that reads the style sheets, which all pages share (1.3.4)."""
    context = visitors.context(None, watch, viewport=DESK)
    page = context.new_page()
    page.goto("/sign-in")
    found = axe(page, style_sheets=True)
    context.close()
    assert found == []


@DESKS
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
    assert problems(found) == []


@DESKS
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
