"""Forms that refuse to be sent with nothing in them, so that nothing is changed by trying."""

from __future__ import annotations

from playwright.sync_api import Page

#: account → (name, the links from its work to the form, the form's button). Where a step is an
#: address, it is opened.
REFUSALS: dict[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "visitor": (("sign-in", ("/sign-in",), "Sign in"),),
    "requester": (
        ("check", ("/check", "Start another check"), "Go on"),
        ("account", ("/account",), "Change my password"),
    ),
    "sponsor": (
        (
            "endorse",
            ("/", "Traffic counters with a reporting service", "Endorse it, or send it back"),
            "Send my answer",
        ),
    ),
    "ict": (
        (
            "assess",
            ("/", "Server for the contact centre's call recordings", "Record the standards"),
            "Record it",
        ),
    ),
    "member4": (
        (
            "declare",
            ("/", "Portables for social workers", "Declare your interests"),
            "Declare",
        ),
    ),
    "director2": (
        (
            "answer",
            ("/", "Tablets bought for the youth offending team", "Record what was done"),
            "Record it",
        ),
    ),
}


def send_nothing(page: Page, steps: tuple[str, ...], button: str) -> None:
    """Go to a form and send it as it is."""
    main = page.get_by_role("main")
    for step in steps:
        if step.startswith("/"):
            page.goto(step)
        else:
            link = main.get_by_role("link", name=step)
            link.or_(main.get_by_role("button", name=step)).first.click()
    main.get_by_role("button", name=button, exact=True).click()
    page.locator(".govuk-error-summary").wait_for()
