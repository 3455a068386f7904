"""A workflow as a picture: SVG for people, Mermaid for documents.

Each level is one step further from the beginning. What goes on stands in the first column, and what
ends beside it, below all that leads to it: only a return leads up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape

from procureflow.domain.definitions.workflow import StateKind, Workflow

_WIDTH, _HEIGHT = 190, 52
_ACROSS, _DOWN = 230, 130
#: So far below a box is the lane to the states that stand to the right.
_LANE = 18
_LEFT, _TOP = 170, 20
_LETTERS = 24
_PLAIN, _DONE, _HERE = "#505a5f", "#0b0c0c", "#005a30"


@dataclass(frozen=True, slots=True)
class Box:
    """A state with its place: the column and the level, from 0."""

    state: str
    label: str
    kind: StateKind
    column: int
    level: int

    @property
    def x(self) -> int:
        """The left edge."""
        return _LEFT + self.column * _ACROSS

    @property
    def y(self) -> int:
        """The upper edge."""
        return _TOP + self.level * _DOWN

    @property
    def middle(self) -> int:
        """The middle across."""
        return self.x + _WIDTH // 2


def levels(workflow: Workflow) -> dict[str, int]:
    """How far each state is from the first; one that ends is below everything that leads to it."""
    steps = [(source, t.to) for t in workflow.triggers.values() for source in t.from_]
    found = {workflow.initial: 0}
    queue = [workflow.initial]
    for state in queue:
        for source, target in steps:
            if source == state and target not in found:
                found[target] = found[state] + 1
                queue.append(target)
    for state, definition in workflow.states.items():
        if definition.kind is StateKind.FINAL:
            sources = [found[source] for source, target in steps if target == state]
            found[state] = 1 + max(sources, default=-1)
    return found


def boxes(workflow: Workflow) -> dict[str, Box]:
    """Every state with its place."""
    level = levels(workflow)
    feeders = {
        state: sum(state == t.to for t in workflow.triggers.values() for _ in t.from_)
        for state in workflow.states
    }
    ends = {state: d.kind is StateKind.FINAL for state, d in workflow.states.items()}
    order = sorted(workflow.states, key=lambda state: (ends[state], feeders[state]))
    columns: dict[int, int] = {}
    found = {}
    for state in order:
        column = columns.get(level[state], 0)
        columns[level[state]] = column + 1
        definition = workflow.states[state]
        found[state] = Box(state, definition.label, definition.kind, column, level[state])
    return found


def svg(
    workflow: Workflow, *, name: str, been: Collection[str] = (), here: str | None = None
) -> str:
    """The picture. `been` are states that a request has been in, `here` is where it is. Colours
    stand in attributes, never in styles: a page's policy allows none."""
    placed = boxes(workflow)
    right = max(box.column for box in placed.values())
    bottom = max(box.level for box in placed.values())
    width = _LEFT + right * _ACROSS + _WIDTH + 20
    height = _TOP + bottom * _DOWN + _HEIGHT + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(name, _QUOTED)}" '
        'font-family="arial, sans-serif" font-size="14">',
        '<defs><marker id="tip" markerWidth="10" markerHeight="10" refX="8" refY="4" '
        f'orient="auto"><path d="M0,0 L9,4 L0,8 z" fill="{_PLAIN}"/></marker></defs>',
        *_arrows(workflow, placed),
        *(_box(box, box.state in been, box.state == here) for box in placed.values()),
        "</svg>",
    ]
    return "\n".join(parts)


_QUOTED = {'"': "&quot;"}


def _box(box: Box, been: bool, here: bool) -> str:
    stroke, thick = (_HERE, 4) if here else (_DONE, 3) if been else (_PLAIN, 1)
    fill = "#cce2d8" if here else "#f3f2f1" if box.kind is StateKind.FINAL else "#ffffff"
    lines = wrap(box.label, _LETTERS)[:2] or [box.state]
    first = box.y + _HEIGHT // 2 + 5 - 9 * (len(lines) - 1)
    weight = ' font-weight="bold"' if here else ""
    words = "".join(
        f'<text x="{box.middle}" y="{first + 18 * n}" text-anchor="middle" '
        f'fill="{_DONE}"{weight}>{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    return (
        f'<rect x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="{thick}"/>{words}'
    )


def _arrows(workflow: Workflow, placed: dict[str, Box]) -> Iterator[str]:
    said: set[tuple[str, str]] = set()
    for trigger in workflow.triggers.values():
        for source in trigger.from_:
            start, end = placed[source], placed[trigger.to]
            path, (x, y), anchor = _path(start, end)
            yield (
                f'<path d="{path}" fill="none" stroke="{_PLAIN}" stroke-width="1.5" '
                'stroke-linejoin="round" marker-end="url(#tip)"/>'
            )
            if (trigger.label, trigger.to) in said:
                continue
            said.add((trigger.label, trigger.to))
            for n, line in enumerate(wrap(trigger.label, _LETTERS - 4)):
                yield (
                    f'<text x="{x}" y="{y + 16 * n}" text-anchor="{anchor}" fill="{_DONE}" '
                    f'font-size="13">{escape(line)}</text>'
                )


def _path(start: Box, end: Box) -> tuple[str, tuple[int, int], str]:
    """The way of an arrow, where its words stand, and how."""
    if end.level <= start.level:  # a return: round the left side
        out, up, down = min(start.x, end.x) - 50, end.y + _HEIGHT // 2, start.y + _HEIGHT // 2
        path = f"M{start.x},{down} C{out},{down} {out},{up} {end.x},{up}"
        return path, (out - 2, (up + down) // 2), "end"
    if end.column > start.column:  # along the lane below its level, then down
        x, y = start.x + _WIDTH - 24, start.y + _HEIGHT
        path = f"M{x},{y} V{y + _LANE} H{end.middle} V{end.y}"
        return path, (end.middle + 8, end.y - 38), "start"
    x, y = start.middle, start.y + _HEIGHT
    half = (y + end.y) // 2
    path = f"M{x},{y} C{x},{half} {end.middle},{half} {end.middle},{end.y}"
    return path, ((x + end.middle) // 2 + 8, half), "start"


def mermaid(workflow: Workflow) -> str:
    """The same as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {workflow.initial}"]
    lines += [f"    {key}: {_bare(state.label)}" for key, state in workflow.states.items()]
    for trigger in workflow.triggers.values():
        said = f"{trigger.to}: {_bare(trigger.label)}"
        lines += [f"    {source} --> {said}" for source in trigger.from_]
    lines += [
        f"    {key} --> [*]"
        for key, state in workflow.states.items()
        if state.kind is StateKind.FINAL
    ]
    return "\n".join(lines) + "\n"


def _bare(label: str) -> str:
    """A label without what Mermaid would read as its own."""
    return "".join(" " if letter in ":;{}#\n" else letter for letter in label)
