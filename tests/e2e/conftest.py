"""One demonstration council and one browser for all of these tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.looking import Inspected
from tests.e2e.scenes import Scene, set_scene
from tests.e2e.served import Served, browsing, chromium, served
from tests.e2e.watching import TIMEOUT_MS, Visitors, Watch, pages_of

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Without one there is nothing to test here, and somebody has to know."""
    executable = chromium()
    if executable is None:
        reason = "no Chromium: install one, or name it in PROCUREFLOW_CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with browsing(executable) as running:
        yield running


@pytest.fixture(scope="session")
def demonstration(
    browser: Browser,  # first: where there is none, nothing needs serving
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """The demonstration council, as `procureflow demo` serves it."""
    with served(tmp_path_factory.mktemp("council")) as council:
        yield council


@pytest.fixture(scope="session")
def visitors(browser: Browser, demonstration: Served) -> Visitors:
    """Whoever opens pages."""
    return Visitors(browser, demonstration)


@pytest.fixture(scope="session")
def scene(demonstration: Served) -> Scene:
    """A council with something on every page."""
    return set_scene(demonstration)


@pytest.fixture(scope="session")
def inspected() -> Inspected:
    """What was found so far."""
    return Inspected()


@pytest.fixture
def watch(demonstration: Served) -> Iterator[Watch]:
    """Fails the test where a page broke the content security policy, threw, or asked others."""
    watch = Watch(demonstration.address)
    yield watch
    assert watch.seen == []


@pytest.fixture
def signed_in(visitors: Visitors, watch: Watch) -> Iterator[Callable[[str], Page]]:
    """`signed_in("chair")`: a page of that account without JavaScript, the same each time."""
    with pages_of(visitors, watch) as page_of:
        yield page_of


@pytest.fixture
def visitor(visitors: Visitors, watch: Watch) -> Iterator[Page]:
    """A page without JavaScript where nobody is signed in."""
    context = visitors.context(None, watch, java_script_enabled=False)
    yield context.new_page()
    context.close()
