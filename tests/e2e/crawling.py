"""Walking through the pages that an account can reach, each kind of page once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urldefrag, urlsplit

from playwright.sync_api import Page

_REFERENCE = re.compile(r"(ICT|NC)-\d{4}-\d{4}")
#: Of pages that differ in their number alone so many are opened (there are hundreds of events, and
#: a request in every state), and of lists that differ in what they are filtered by.
MOST_ALIKE, MOST_REQUESTS, MOST_FILTERED = 5, 24, 1
#: What makes a page look as it does, apart from whose data is on it.
_MARKS = """() => {
    const texts = (selector) => [...document.querySelectorAll(selector)]
        .map((element) => element.innerText.replace(/[\\d,]+/g, '#').trim());
    const has = (selector) => document.querySelector(`main ${selector}`) !== null;
    return {
        state: texts('h1 + p .govuk-tag')[0] || '',
        marks: [
            document.querySelector('h1 + p .govuk-tag') ? [] : texts('h1'),
            texts('main .app-actions > *'),
            texts('main h2, main label, main legend, main button'),
            texts('nav[aria-label=Menu] a'),
            ['thead', 'blockquote', '.app-finding', '.govuk-summary-list'].map(has),
        ],
        links: [...document.querySelectorAll('a[href]')].map((a) => a.href),
    };
}"""


@dataclass(frozen=True)
class Visited:
    """A page that is open: its address, its HTTP status, and a name for its kind."""

    path: str
    status: int
    name: str


def crawl(page: Page, start: Iterable[str], known: set[str]) -> Iterator[Visited]:
    """Open, with GET only, every page that links lead to from `start`, and yield each kind of
    page once, while it is open. Kinds in `known` are passed over; new ones are added to it."""
    waiting, seen = list(start), set(start)
    names: dict[str, int] = {}
    met: dict[tuple[str, tuple[str, ...]], int] = {}
    while waiting:
        path = waiting.pop(0)
        response = page.goto(path)
        assert response is not None, f"{path} led nowhere"
        found: dict[str, Any] = page.evaluate(_MARKS)
        here = urlsplit(page.url)
        for link in found["links"]:
            target = urlsplit(urldefrag(link).url)
            address = target.path + (f"?{target.query}" if target.query else "")
            # A file to take away is no page.
            page_ = "download=" not in target.query
            if target.netloc == here.netloc and page_ and address not in seen:
                alike = (_pattern(target.path), tuple(sorted(parse_qs(target.query))))
                met[alike] = met.get(alike, 0) + 1
                if met[alike] > _most(target.path, target.query):
                    continue
                seen.add(address)
                waiting.append(address)
        kind = repr((_pattern(here.path), response.status, found["state"], found["marks"]))
        if kind not in known:
            known.add(kind)
            name = _name(here.path, found["state"], response.status)
            names[name] = names.get(name, 0) + 1
            number = f"-{names[name]}" if names[name] > 1 else ""
            yield Visited(path, response.status, name + number)


def _most(path: str, query: str) -> int:
    if query:
        return MOST_FILTERED
    return MOST_REQUESTS if path.startswith("/requests/") else MOST_ALIKE


def _pattern(path: str) -> str:
    return re.sub(r"\d+", "#", _REFERENCE.sub(r"\1", path))


def _name(path: str, state: str, status: int) -> str:
    """A file's name: what the page is about, and in which state."""
    words = [word for word in _REFERENCE.sub("", path).split("/") if word][:4] or ["your-work"]
    words = [word if len(word) < 30 else "link" for word in words]
    if state:
        words.append(state)
    if status >= 400:
        words.append(str(status))
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")
