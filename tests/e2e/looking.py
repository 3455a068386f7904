"""Looking at every page as each role that sees it differently: can everybody read and use it?"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.e2e.crawling import crawl
from tests.e2e.inspecting import DESK, INSPECTIONS, unfold
from tests.e2e.scenes import ROLES, Scene
from tests.e2e.watching import Visitors, Watch

#: Roles whose pages are mostly their own.
OVERSIGHT = ("auditor", "policy-officer", "administrator")
#: inspection → page → what it found.
Found = dict[str, dict[str, list[str]]]


@dataclass
class Inspected:
    """What was found as each role so far, and the kinds of pages that were looked at: a role
    that sees a page as another does isn't shown it again."""

    roles: dict[str, Found] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)

    def by(self, role: str, scene: Scene, visitors: Visitors) -> Found:
        """What was found on the pages that the role reaches. Each is opened once for all tests."""
        if role not in self.roles:
            watch = Watch(visitors.council.address)
            result: Found = {name: {} for name in (*INSPECTIONS, "watch")}
            for account in ROLES[role]:
                context = visitors.context(account, watch, viewport=DESK)
                page = context.new_page()
                for visited in crawl(page, scene.unlinked(account), self.kinds):
                    unfold(page)
                    for name, inspect in INSPECTIONS.items():
                        result[name][f"{account or 'nobody'}: {visited.path}"] = inspect(page)
                context.close()
            result["watch"]["all pages"] = watch.seen
            self.roles[role] = result
        return self.roles[role]


def ensure_none(found: dict[str, list[str]]) -> None:
    """Fail with one line for each page and problem."""
    problems = [f"{page}: {problem}" for page, several in found.items() for problem in several]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


class EveryPage:
    """What is asked of every page. Whoever inherits says which roles look, in a fixture `role`."""

    @pytest.fixture
    def found(self, role: str, scene: Scene, visitors: Visitors, inspected: Inspected) -> Found:
        """What was found on the pages that the role reaches."""
        return inspected.by(role, scene, visitors)

    def test_there_are_pages(self, role: str, found: Found) -> None:
        """A crawl that found nothing would pass everything else. Later roles add what differs."""
        assert len(found["axe"]) >= {"visitor": 4, "requester": 30}.get(role, 0)

    def test_axe_finds_nothing(self, found: Found) -> None:
        """WCAG 2.2 AA, as far as a program can tell."""
        ensure_none(found["axe"])

    def test_every_page_is_well_formed(self, found: Found) -> None:
        """One h1, a title, a language, a main landmark, no inline style or script."""
        ensure_none(found["structure"])

    def test_nothing_overflows(self, found: Found) -> None:
        """At 320 px, at 400 % and with spaced text (WCAG 2.2: 1.4.4, 1.4.10, 1.4.12)."""
        ensure_none(found["reflow"])

    def test_the_keyboard_reaches_and_shows_everything(self, found: Found) -> None:
        """By Tab, with a focus that shows and a skip link that skips (2.1.1, 2.4.1, 2.4.7)."""
        ensure_none(found["keyboard"])

    def test_every_page_can_be_printed(self, found: Found) -> None:
        """The main content is on paper."""
        ensure_none(found["print"])

    def test_no_page_breaks_the_policy_or_asks_others(self, found: Found) -> None:
        """No message of the content security policy, no error, no request to another host."""
        ensure_none(found["watch"])
