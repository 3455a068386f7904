"""What scripts add: counts of characters, and keys. Nothing depends on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import check_before_you_buy, go_on, press
from tests.e2e.watching import Visitors, Watch

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(visitors: Visitors, watch: Watch) -> Iterator[Page]:
    """A page of the requester, with JavaScript."""
    context = visitors.context("requester", watch, java_script_enabled=True)
    yield context.new_page()
    context.close()


def test_what_is_left_is_told_while_typing(page: Page) -> None:
    check_before_you_buy(page, "A scanner for the drawing office")
    go_on(page, "Start the business case")
    press(page, "Start the business case")
    go_on(page, "Go on with “Why it is needed”")
    why = page.get_by_label("Why now?")
    expect(page.locator("#why_now-count")).to_have_text("You have 2,000 characters left")
    why.fill("Paper ends.\nSoon.")
    expect(page.locator("#why_now-count")).to_have_text("You have 1,983 characters left")
    why.fill("é" * 2001)
    told = page.locator("#why_now-count")
    expect(told).to_have_text("You have 1 character too many")
    assert "why_now-count" in (why.get_attribute("aria-describedby") or "")


def arrived(page: Page, title: str) -> None:
    """The page of that title is there, and its script has run."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_load_state("load")


def test_the_listed_keys_lead_where_the_help_says(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("r")
    arrived(page, "Requests")
    page.keyboard.press("/")
    expect(page.get_by_label("Words", exact=True)).to_be_focused()
    page.keyboard.type("grnwp?")
    arrived(page, "Requests")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    arrived(page, "Help")
    for key, title in (
        ("d", "Register of decisions"),
        ("p", "Policy in force"),
        ("w", "Your work"),
    ):
        page.keyboard.press("g")
        page.keyboard.press(key)
        arrived(page, title)


def test_a_second_press_sends_nothing_more(page: Page) -> None:
    page.goto("/check")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.evaluate(
        "() => { const b = document.querySelector('main form button'); b.click(); b.click(); }"
    )
    page.wait_for_url("**/check/*/*")
    assert sent.count("POST") == 1


def test_what_is_typed_is_kept_without_saving(page: Page) -> None:
    reference = check_before_you_buy(page, "A plotter for the drawing office")
    go_on(page, "Start the business case")
    press(page, "Start the business case")
    address = f"/requests/{reference}/sections/strategic"
    page.goto(address)
    page.get_by_label("Why now?").fill("The lease of the old one ends")
    expect(page.get_by_text("What you typed is kept")).to_be_visible()
    page.goto("/")
    page.goto(address)
    expect(page.get_by_label("Why now?")).to_have_value("The lease of the old one ends")
    expect(page.get_by_text("It isn’t saved yet.")).to_be_visible()
    press(page, "Save")
    page.goto(address)
    expect(page.get_by_text("It isn’t saved yet.")).to_have_count(0)
