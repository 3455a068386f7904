"""What is asked of every page: findings in words, none where the page is as it should be."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
DESK = ViewportSize(width=1280, height=1024)
PHONE = ViewportSize(width=320, height=640)
#: What is left of the desk at 400 %: a quarter of each side, in CSS pixels.
ZOOMED = ViewportSize(width=320, height=256)
MOST_TABS = 200

_STRUCTURE = """() => {
    const count = (selector) => document.querySelectorAll(selector).length;
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    return {
        'one h1': count('h1') === 1,
        'a title before the service’s name': !/^\\s*-/.test(document.title) && document.title,
        'a language': document.documentElement.lang === 'en',
        'one main landmark': count('main') === 1,
        'ids once each': new Set(ids).size === ids.length,
        'no inline style': count('[style], style') === 0,
        'no inline script': count('script:not([src])') === 0,
    };
}"""
_OVERFLOW = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.body.querySelectorAll('*')]
        .filter((element) => element.getBoundingClientRect().right > width + 1)
        .map((element) => `${element.tagName.toLowerCase()}.${element.className}`);
    return [...new Set(wide)].slice(-3).concat(['the page']);
}"""
#: WCAG 2.2, 1.4.12: lines 1.5, paragraphs 2, letters 0.12 and words 0.16 of the font's size.
_SPACING = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important;'
        + ' word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }');
    document.adoptedStyleSheets = [sheet];
}"""
_NO_SPACING = "() => { document.adoptedStyleSheets = []; }"
_CLIPPED = """() => [...document.querySelectorAll('main :not(input)')]
    .filter((e) => e.scrollWidth > e.clientWidth + 1
        && ['hidden', 'clip'].includes(getComputedStyle(e).overflowX)
        && getComputedStyle(e).clipPath === 'none')
    .map((e) => e.tagName.toLowerCase() + '.' + e.className)"""
#: Everything that Tab should reach, with how it looks before it has the focus. A radio's ring is
#: drawn beside it. Of a group of radios, Tab reaches one.
_BEFORE_TABBING = """() => {
    const look = (e) => [e, e.nextElementSibling].filter(Boolean).flatMap((part) =>
        [null, '::before'].map((pseudo) => {
            const s = getComputedStyle(part, pseudo);
            return [s.outlineStyle, s.outlineWidth, s.boxShadow, s.backgroundColor, s.borderColor]
                .join();
        })).join('|');
    const groups = new Set();
    const all = [...document.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter((e) => {
        if (e.type === 'hidden' || e.disabled || !e.getClientRects().length) return false;
        if (e.type !== 'radio') return true;
        const first = !groups.has(e.name);
        groups.add(e.name);
        return first;
    });
    window.tabbing = { all, look, before: new Map(all.map((e) => [e, look(e)])),
        reached: new Set(), unseen: [] };
    const named = (e) => e.type === 'radio'
        ? all.find((other) => other.type === 'radio' && other.name === e.name) : e;
    document.addEventListener('focusin', (event) => {
        const e = named(event.target);
        window.tabbing.reached.add(e);
        const ringed = look(event.target) !== window.tabbing.before.get(event.target);
        if (window.tabbing.before.has(event.target) && !ringed)
            window.tabbing.unseen.push(e.outerHTML.slice(0, 80));
    });
    // A date has stops of its own: day, month, year and its calendar.
    return all.length + 3 * all.filter((e) => e.type === 'date').length;
}"""
_AFTER_TABBING = """() => ({
    missed: window.tabbing.all.filter((e) => !window.tabbing.reached.has(e))
        .map((e) => e.outerHTML.slice(0, 80)),
    unseen: window.tabbing.unseen,
})"""
_SKIP_LINK_SHOWN = """() => {
    const e = document.activeElement, box = e.getBoundingClientRect();
    return e.classList.contains('govuk-skip-link') && box.height > 10 && box.width > 50;
}"""
_PRINTED = """() => {
    const main = document.querySelector('main'), style = getComputedStyle(main);
    const shown = [...main.querySelectorAll('h1, h2, dd, td, p')]
        .filter((e) => !e.closest('.app-actions, .app-contents, .app-keep, .govuk-details, form'));
    const lost = shown.filter((e) => e.innerText.trim() && !e.getClientRects().length);
    return style.display !== 'none' && style.visibility === 'visible'
        ? lost.map((e) => e.innerText.slice(0, 40)) : ['main'];
}"""

_axe = Axe()


def unfold(page: Page) -> None:
    """Open whatever is folded away: what is inside is inspected like the rest."""
    page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")


def axe(page: Page, *, style_sheets: bool = False) -> list[str]:
    """What axe finds against WCAG 2.2 AA. Reading the style sheets for it takes time."""
    options = {
        "runOnly": {"type": "tag", "values": list(WCAG)},
        "resultTypes": ["violations"],
        "preload": style_sheets,
    }
    violations = _axe.run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:120]}: {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
    ]


def structure(page: Page) -> list[str]:
    """What every page has, and this one has not."""
    found: dict[str, bool] = page.evaluate(_STRUCTURE)
    return [f"not {what}" for what, holds in found.items() if not holds]


def reflow(page: Page) -> list[str]:
    """What is wider than a phone, than the desk at 400 %, or than spaced text leaves room for."""
    found = []
    for name, size in (("on a phone", PHONE), ("at 400 %", ZOOMED)):
        page.set_viewport_size(size)
        found += [f"{name}: {what}" for what in page.evaluate(_OVERFLOW)]
    page.evaluate(_SPACING)
    found += [f"with spaced text: {what}" for what in page.evaluate(_OVERFLOW)]
    found += [f"cut off with spaced text: {what}" for what in page.evaluate(_CLIPPED)]
    page.evaluate(_NO_SPACING)
    page.set_viewport_size(DESK)
    found += [f"on a desk: {what}" for what in page.evaluate(_OVERFLOW)]
    return found


def keyboard(page: Page) -> list[str]:
    """What Tab doesn't reach or doesn't show, and a skip link that doesn't skip."""
    count: int = page.evaluate(_BEFORE_TABBING)
    found = []
    page.keyboard.press("Tab")
    if not page.evaluate(_SKIP_LINK_SHOWN):
        found.append("the first Tab doesn’t show the skip link")
    # A date and a phone number take several; the browser's own frame takes one at the end.
    for _ in range(min(count, MOST_TABS)):
        page.keyboard.press("Tab")
    after = page.evaluate(_AFTER_TABBING)
    found += [f"Tab doesn’t reach {what}" for what in after["missed"]]
    found += [f"focus doesn’t show on {what}" for what in after["unseen"]]
    page.locator(".govuk-skip-link").focus()
    page.keyboard.press("Enter")
    if page.evaluate("document.activeElement.id") != "main-content":
        found.append("the skip link doesn’t lead to the main content")
    return found


def printed(page: Page) -> list[str]:
    """What of the main content is lost on paper."""
    page.emulate_media(media="print")
    found: list[str] = page.evaluate(_PRINTED)
    page.emulate_media(media="screen")
    return [f"not printed: {what}" for what in found]


#: name → what it finds on an open page. Keyboard comes last: it moves the focus and the address.
INSPECTIONS: dict[str, Callable[[Page], list[str]]] = {
    "axe": axe,
    "structure": structure,
    "reflow": reflow,
    "print": printed,
    "keyboard": keyboard,
}
