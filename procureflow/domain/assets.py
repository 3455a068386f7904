"""The corporate asset register as a file: rows, or what is wrong with them, line by line.

Assets belong to a post and a place, never to a person or a service (AST-1, AST-2).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from procureflow.domain.answers import FIRST_YEAR, LAST_YEAR, text, trimmed
from procureflow.domain.bundle import Bundle
from procureflow.domain.chain import canonical, digest
from procureflow.domain.likeness import key_of

#: Column of the file → whether it may be left empty.
COLUMNS = {
    "tag": False,
    "kind": False,
    "name": False,
    "directorate": False,
    "place": False,
    "post": True,
    "kind_of_post": True,
    "bought_on": False,
    "in_use": False,
}
MOST_ROWS = 20_000
#: So many faults are named; the others are counted.
MOST_FAULTS = 50
LONGEST = 120
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]{0,39}")
_BRITISH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_YES_NO = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line of the file (1: the headings), and what to do about it."""

    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.what}. {self.remedy[:1].upper()}{self.remedy[1:]}."


class RegisterFaults(Exception):
    """The file can't be taken. `more` counts the faults that aren't listed."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults[:MOST_FAULTS])))
        self.faults = faults[:MOST_FAULTS]
        self.more = len(faults) - len(self.faults)


@dataclass(frozen=True, slots=True)
class Asset:
    """A device or a licence: of a category, in a directorate's place, for a post or for none.
    `bought_on` is a day; one that isn't in use stands idle."""

    tag: str
    category: str
    name: str
    directorate: str
    place: str
    post: str | None
    job_role: str | None
    bought_on: date
    in_use: bool

    def plain(self) -> dict[str, Any]:
        """As it is stored and hashed."""
        return {
            **{name: getattr(self, name) for name in self.__slots__},
            "bought_on": self.bought_on.isoformat(),
        }


def fingerprint(assets: Iterable[Asset]) -> str:
    """One hash of a register, whatever the order of its rows."""
    return digest(canonical([a.plain() for a in sorted(assets, key=lambda a: a.tag)]))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a file would change: tags."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int


def compare(before: Mapping[str, Asset], after: Mapping[str, Asset]) -> Comparison:
    """Two registers, by tag."""
    both = before.keys() & after.keys()
    changed = {tag for tag in both if before[tag] != after[tag]}
    return Comparison(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(before.keys() - after.keys())),
        unchanged=len(both) - len(changed),
    )


def read_register(data: bytes, bundle: Bundle, today: date) -> dict[str, Asset]:
    """A CSV file with the columns of COLUMNS → assets by tag. Raises RegisterFaults."""
    rows = csv.reader(io.StringIO(_decoded(data), newline=""), strict=True)
    faults: list[Fault] = []
    found: dict[str, Asset] = {}
    first: dict[str, int] = {}
    try:
        headings = _headings(next(rows, []))
        reader = _Reader(bundle, today)
        for cells in rows:
            if not any(map(trimmed, cells)):
                continue
            if len(found) >= MOST_ROWS:
                what = f"more than {MOST_ROWS:,} assets"
                raise RegisterFaults([Fault(rows.line_num, what, "import a part of them")])
            line = _Line(rows.line_num, faults)
            asset = reader.asset(line, _by_heading(line, headings, cells))
            if asset is None:
                continue
            same = asset.tag.casefold()
            if same in first:
                line.fault(f"the tag {asset.tag} stands in line {first[same]} too", "give each one")
            first.setdefault(same, line.number)
            found[asset.tag] = asset
    except csv.Error as error:
        faults.append(Fault(rows.line_num, f"it is no CSV: {error}", "save it as “CSV UTF-8”"))
    if not (found or faults):
        faults.append(Fault(1, "there is no asset in it", "add a line for each"))
    if faults:
        raise RegisterFaults(faults)
    return found


def _decoded(data: bytes) -> str:
    try:
        said = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data[: error.start].count(b"\n")
        what = "it holds characters that aren’t UTF-8"
        raise RegisterFaults([Fault(line, what, "save it as “CSV UTF-8”")]) from None
    if "\0" in said:
        line = 1 + said[: said.index("\0")].count("\n")
        raise RegisterFaults([Fault(line, "it is no text", "save it as “CSV UTF-8”")])
    return said


def _headings(cells: list[str]) -> list[str]:
    given = [trimmed(cell).casefold().replace(" ", "_") for cell in cells]
    faults = []
    if len(given) == 1 and ";" in given[0]:
        faults.append(Fault(1, "its columns are parted by semicolons", "part them by commas"))
    else:
        for name in COLUMNS:
            if name not in given:
                faults.append(Fault(1, f"the column “{name}” is missing", "add it"))
        for number, name in enumerate(given):
            if name not in COLUMNS:
                what = f"“{name}” is no column of the register"
                remedy = "remove it: assets belong to posts and places, never to people"
                faults.append(Fault(1, what, remedy))
            elif name in given[:number]:
                faults.append(Fault(1, f"the column “{name}” stands there twice", "keep one"))
    if faults:
        raise RegisterFaults(faults)
    return given


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    faults: list[Fault]

    def fault(self, what: str, remedy: str) -> None:
        self.faults.append(Fault(self.number, what, remedy))


def _by_heading(line: _Line, headings: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(headings):
        what = f"it has {len(cells)} cells under {len(headings)} headings"
        line.fault(what, "put what holds a comma into quotation marks")
        return {}
    return {name: trimmed(cell) for name, cell in zip(headings, cells, strict=True)}


class _Reader:
    """Understands a line, by what the council's documents know."""

    def __init__(self, bundle: Bundle, today: date) -> None:
        self.today = today
        organisation = bundle.organisation
        self.categories = _both_ways(bundle.questions.all()["category"][1].options)
        self.directorates = _both_ways(organisation.directorate_names)
        self.job_roles = _both_ways({k: role.name for k, role in organisation.job_roles.items()})

    def asset(self, line: _Line, cells: dict[str, str]) -> Asset | None:
        """The asset, or None and its faults."""
        before = len(line.faults)
        if not cells:
            return None
        for name, may_be_empty in COLUMNS.items():
            if not cells[name] and not may_be_empty:
                line.fault(f"“{name}” is empty", "fill it in")
            elif len(cells[name]) > LONGEST:
                line.fault(f"“{name}” has more than {LONGEST} characters", "shorten it")
            else:
                self._plain(line, name, cells[name])
        if cells["tag"] and not _TAG.fullmatch(cells["tag"]):
            what = f"“{cells['tag'][:40]}” is no tag"
            line.fault(what, "use up to 40 letters, digits and - / . _")
        used = _YES_NO.get(cells["in_use"].casefold())
        if cells["in_use"] and used is None:
            line.fault(f"“in_use” says “{cells['in_use'][:40]}”", "write yes or no")
        category = self._one_of(line, "kind", cells, self.categories)
        directorate = self._one_of(line, "directorate", cells, self.directorates)
        job_role = self._one_of(line, "kind_of_post", cells, self.job_roles)
        bought = self._day(line, cells["bought_on"])
        if bought is None or used is None or len(line.faults) > before:
            return None
        return Asset(
            tag=cells["tag"],
            category=category,
            name=cells["name"],
            directorate=directorate,
            place=cells["place"],
            post=cells["post"] or None,
            job_role=job_role or None,
            bought_on=bought,
            in_use=used,
        )

    def _plain(self, line: _Line, name: str, cell: str) -> None:
        try:
            text(cell, LONGEST, one_line=True)
        except ValueError:
            line.fault(f"“{name}” holds control characters", "remove them")

    def _one_of(self, line: _Line, name: str, cells: dict[str, str], known: dict[str, str]) -> str:
        said = cells[name]
        key = known.get(key_of(said))
        if said and key is None:
            names = ", ".join(dict.fromkeys(known.values()))
            line.fault(f"“{said[:40]}” is no {name}", f"use one of: {names}")
        return key or ""

    def _day(self, line: _Line, said: str) -> date | None:
        if not said:
            return None
        british = _BRITISH.fullmatch(said)
        try:
            day = (
                date(int(british[3]), int(british[2]), int(british[1]))
                if british
                else date.fromisoformat(said)
            )
        except ValueError:
            line.fault(f"“{said[:40]}” is no day", "write it like 31/03/2024 or 2024-03-31")
            return None
        if not FIRST_YEAR <= day.year <= LAST_YEAR or day > self.today:
            line.fault(f"nothing was bought on {said} yet", "correct “bought_on”")
            return None
        return day


def _both_ways(names: Mapping[str, str]) -> dict[str, str]:
    """Keys and names as they may be written → the key."""
    return {**{key_of(name): key for key, name in names.items()}, **{key_of(k): k for k in names}}
