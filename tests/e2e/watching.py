"""Contexts of the browser in which nothing goes wrong unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.e2e.served import Served, address_of, password_of_all

#: Patient: what is slow here is the machine that tests, not the page.
TIMEOUT_MS = 20_000
_OF_THE_POLICY = ("content security policy", "content-security-policy")


@dataclass
class Watch:
    """What the pages of some contexts must not do: break the content security policy, throw, or
    ask anything of anybody but us. What they did all the same is in `seen`."""

    address: str
    seen: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> BrowserContext:
        """Watch every page of a context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.seen.append(f"page error: {error.error}"))
        context.on("request", lambda request: self._request(request.url))
        return context

    def _console(self, message: ConsoleMessage) -> None:
        if any(words in message.text.lower() for words in _OF_THE_POLICY):
            self.seen.append(f"console: {message.text}")

    def _request(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:", "about:")):
            self.seen.append(f"asked another host: {url}")


class Visitors:
    """Opens pages as this or that account. Each signs in once; later contexts get its cookies."""

    def __init__(self, browser: Browser, council: Served) -> None:
        self._browser, self.council = browser, council
        self._cookies: dict[str, Any] = {}

    def context(self, account: str | None, watch: Watch, **options: Any) -> BrowserContext:
        """A context of that account; None: nobody is signed in."""
        if account is not None and account not in self._cookies:
            self._cookies[account] = self._sign_in(account, watch)
        context = self._browser.new_context(
            base_url=self.council.address,
            storage_state=self._cookies[account] if account else None,
            **options,
        )
        context.set_default_timeout(TIMEOUT_MS)
        return watch.over(context)

    def _sign_in(self, account: str, watch: Watch) -> Any:
        context = self.context(None, watch, java_script_enabled=False)
        page = context.new_page()
        sign_in(page, account)
        cookies = context.storage_state()
        context.close()
        return cookies


@contextmanager
def pages_of(visitors: Visitors, watch: Watch) -> Iterator[Callable[[str], Page]]:
    """`page("chair")`: a page of that account without JavaScript, the same each time."""
    pages: dict[str, Page] = {}
    with ExitStack() as stack:

        def page_of(account: str) -> Page:
            if account not in pages:
                context = visitors.context(account, watch, java_script_enabled=False)
                stack.callback(context.close)
                pages[account] = context.new_page()
            return pages[account]

        yield page_of


def sign_in(page: Page, account: str, password: str | None = None) -> None:
    """Sign in as a person does, and arrive at one's work."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(address_of(account))
    page.get_by_label("Password").fill(password or password_of_all())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", level=1, name="Your work").wait_for()
