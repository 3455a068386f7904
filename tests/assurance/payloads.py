"""Values that nobody well-meaning types, and whether a page shows one of them as it was typed."""

from __future__ import annotations

import random
from html.parser import HTMLParser

#: A name that no page of ours has: as an element or an attribute it has broken out.
MARK = "zqx"
#: 7 × 1911: a template that works it out has run what was typed.
WORKED_OUT = "13377"

_OUT_OF = ("", '"', "'", ">", '">', "'>", "`", "</textarea>", "</title>", "-->", "</script>", "]]>")
_HTML = (
    f"<{MARK}>",
    f"<{MARK} onload={MARK}()>",
    f"<img src={MARK} {MARK}=1>",
    f' {MARK}="1" autofocus',
    f"<svg/{MARK}=1>",
    f"<script>{MARK}</script>",
    f"javascript:{MARK}()",
    f"<a href=javascript:{MARK}>",
    "{{7*1911}}",
    "{% print 7*1911 %}",
    "${7*1911}",
)
_ELSE = (
    *("' OR '1'='1", "'; DROP TABLE requests;--", "\\", "%s%n%x", "%00", "../../etc/passwd"),
    *("=1+1", "@SUM(A1)", "-1", "0", "1e309", "NaN", "Infinity", "0x10", "٣٤", "9" * 400, "1_000"),
    *("64,415.999", "£-5", "2027-02-30", "0001-01-01", "99999-1-1", "null", "true", "[]", "{}"),
    *(
        "\r\nSet-Cookie: a=b",
        "//evil.example",
        "/\\evil.example",
        "\u202egnp.exe",
        "\ufeff",
        "\u0000",
    ),
    *("\x1b[31m", "\x7f", "é" * 300, "a" * 5000, "😀" * 130, "ﬃ", "I\u0307", " \t\n ", "\u2028"),
)
_BYTES = (b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"%", b"+%2b", b"\xf0\x9f")


#: What is tried in every field: it breaks out of an attribute, of a text area and of a template.
PLAINEST = f"\"'></textarea><{MARK} {MARK}=1>{{{{7*1911}}}}".encode()


def payload(dice: random.Random) -> bytes:
    """One value, as the bytes that go over the wire before they are quoted."""
    kind = dice.random()
    if kind < 0.55:
        made = dice.choice(_OUT_OF) + dice.choice(_HTML) + dice.choice(("", "<!--", "//", "x"))
    elif kind < 0.9:
        made = dice.choice(("", "a ", '"')) + dice.choice(_ELSE)
    else:
        points = [dice.choice((dice.randrange(1, 0xD800), dice.randrange(0xE000, 0x110000)))]
        made = "".join(map(chr, points * dice.randrange(1, 20)))
    value = made.encode()
    return value + dice.choice(_BYTES) if dice.random() < 0.05 else value


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.broken: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith(MARK):
            self.broken.append(f"an element {tag}")
        for name, value in attrs:
            if name.startswith(MARK):
                self.broken.append(f"an attribute {name} of {tag}")
            if (value or "").lstrip().lower().startswith("javascript:") and name != "value":
                self.broken.append(f"{name}={value} of {tag}")


def broken_out(page: str) -> list[str]:
    """What of a typed value became part of the page itself."""
    parser = _Page()
    parser.feed(page)
    if WORKED_OUT in page:
        parser.broken.append("a template was worked out")
    return parser.broken
