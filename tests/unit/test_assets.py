"""The asset register as a file: understood, compared, and each fault in its line."""

from __future__ import annotations

from datetime import date

import pytest

from procureflow.domain.assets import (
    COLUMNS,
    MOST_FAULTS,
    Asset,
    RegisterFaults,
    compare,
    fingerprint,
    read_register,
)
from procureflow.domain.likeness import key_of, supplier_key
from tests.factories.assets import HEADINGS, ROWS, register
from tests.unit._documents import TODAY, council


def read(data: bytes) -> dict[str, Asset]:
    """The assets of a file, as the default council understands it."""
    return read_register(data, council(), TODAY)


def faults_of(data: bytes) -> list[tuple[int, str, str]]:
    """(line, what, remedy) of every fault."""
    with pytest.raises(RegisterFaults) as refused:
        read(data)
    assert all(f.remedy for f in refused.value.faults)
    return [(f.line, f.what, f.remedy) for f in refused.value.faults]


def test_a_register_is_understood() -> None:
    assert read(register()) == {
        "HC-0001": Asset(
            "HC-0001",
            "desktop",
            "Standard desktop computer",
            "environment",
            "Plough Lane",
            "Planning officer",
            "office",
            date(2024, 5, 3),
            in_use=True,
        ),
        "HC-0002": Asset(
            "HC-0002",
            "desktop",
            "Standard desktop computer",
            "environment",
            "Plough Lane",
            None,
            None,
            date(2023, 5, 3),
            in_use=False,
        ),
        "HC-0003": Asset(
            "HC-0003",
            "software",
            "Drawing licence",
            "environment",
            "Plough Lane, second floor",
            None,
            None,
            date(2025, 5, 3),
            in_use=False,
        ),
    }


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_spreadsheets_habits_are_no_fault(ends: str, mark: str) -> None:
    text = mark + register().decode().replace("\n", ends)
    blank = ",".join("" for _ in COLUMNS)
    assert read(f"{text}{blank}{ends}{ends}".encode()) == read(register())
    spaced = register(headings="Tag,Kind,Name,Directorate,Place,Post,Kind of post,Bought on,In use")
    assert read(spaced) == read(register())


def test_names_of_the_council_are_understood_like_keys() -> None:
    said = "A-1,A desktop computer,PC,children's and young people's services,Hereford,,,1/2/2024,No"
    asset = read(register(said))["A-1"]
    assert (asset.category, asset.directorate) == ("desktop", "children_young_people")
    assert asset.bought_on == date(2024, 2, 1), "the day comes first here"


LINE = ROWS[0]


@pytest.mark.parametrize(
    ("data", "line", "what", "remedy"),
    [
        (register(LINE).replace(b"Planning", b"Plann\xefng"), 2, "aren’t UTF-8", "CSV UTF-8"),
        (register(LINE).replace(b"Planning", b"Plan\0ning"), 2, "no text", "CSV UTF-8"),
        (register().decode().encode("utf-16"), 1, "", "CSV UTF-8"),
        (b"", 1, "“tag” is missing", "add it"),
        (b"\n\n", 1, "“tag” is missing", "add it"),
        (register(headings=HEADINGS.replace("place,", "")), 1, "“place” is missing", "add it"),
        (register(headings=f"{HEADINGS},user"), 1, "“user” is no column", "never to people"),
        (register(headings=f"{HEADINGS},tag"), 1, "“tag” stands there twice", "keep one"),
        (register(headings=HEADINGS.replace(",", ";")), 1, "semicolons", "commas"),
        (HEADINGS.encode(), 1, "there is no asset", "add a line"),
        (register(LINE, LINE), 3, "HC-0001 stands in line 2 too", "give each one"),
        (register(LINE, LINE.lower()), 3, "stands in line 2 too", "give each one"),
        (register("A-1,desktop"), 2, "2 cells under 9 headings", "quotation marks"),
        (register(f"{LINE},more"), 2, "10 cells under 9", "quotation marks"),
        (register(LINE.replace("HC-0001", "")), 2, "“tag” is empty", "fill it in"),
        (register(LINE.replace("HC-0001", "HC 1!")), 2, "“HC 1!” is no tag", "letters, digits"),
        (register(LINE.replace("desktop", "toaster")), 2, "“toaster” is no kind", "desktop, "),
        (register(LINE.replace("environment", "parks")), 2, "“parks” is no directorate", "one of"),
        (register(LINE.replace("office", "king")), 2, "“king” is no kind_of_post", "one of"),
        (register(LINE.replace("Plough Lane", "x" * 121)), 2, "more than 120", "shorten it"),
        (register(LINE.replace("Plough Lane", "a\tb")), 2, "control characters", "remove them"),
        (register(LINE.replace("2024-05-03", "5/31/2024")), 2, "is no day", "31/03/2024"),
        (register(LINE.replace("2024-05-03", "last year")), 2, "is no day", "31/03/2024"),
        (register(LINE.replace("2024-05-03", "2027-01-01")), 2, "bought on 2027-01-01", "correct"),
        (register(LINE.replace("2024-05-03", "0024-05-03")), 2, "bought on 0024-05-03", "bought"),
        (register(LINE[:-3] + "maybe"), 2, "“maybe”", "yes or no"),
        (register(LINE.replace("Plough", '"Plough')), 2, "it is no CSV", "CSV UTF-8"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_line_and_a_remedy(
    data: bytes, line: int, what: str, remedy: str
) -> None:
    found = faults_of(data)
    assert any(f[0] == line and what in f[1] and remedy in f[2] for f in found), found


def test_every_fault_of_a_line_is_found() -> None:
    found = faults_of(register("HC 9,toaster,x,Nowhere,,p,king,31/02/2024,maybe"))
    words = ("“HC 9”", "“toaster”", "“Nowhere”", "“place” is empty", "“king”", "is no day", "maybe")
    assert [line for line, *_ in found] == [2] * len(words)
    assert all(any(word in what for _, what, _ in found) for word in words)


def test_every_fault_of_a_file_is_found_and_most_are_listed() -> None:
    rows = [f"A-{n},toaster,x,environment,Here,,,2024-01-01,yes" for n in range(MOST_FAULTS + 7)]
    with pytest.raises(RegisterFaults) as refused:
        read(register(*rows))
    assert (len(refused.value.faults), refused.value.more) == (MOST_FAULTS, 7)


def test_two_registers_are_compared_by_tag() -> None:
    before, after = (
        read(register()),
        read(register(ROWS[0], ROWS[1].replace("no", "yes"), "N-1" + ROWS[2][7:])),
    )
    found = compare(before, after)
    assert (found.added, found.changed, found.removed) == (("N-1",), ("HC-0002",), ("HC-0003",))
    assert found.unchanged == 1


def test_a_fingerprint_is_of_the_content_and_not_of_its_order() -> None:
    assert fingerprint(read(register()).values()) == fingerprint(
        read(register(*reversed(ROWS))).values()
    )
    other = read(register(*ROWS[:2])).values()
    assert fingerprint(read(register()).values()) != fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mapwright", "MAPWRIGHT LTD."),
        ("Mapwright", "Mapwright Limited"),
        ("Map-Wright (UK) Ltd", "Map Wright"),
        ("A & B plc", "a&b"),
    ],
)
def test_two_spellings_of_a_supplier_are_one(one: str, other: str) -> None:
    assert supplier_key(one) == supplier_key(other)


def test_other_suppliers_are_others_and_a_bare_ending_is_a_name() -> None:
    assert supplier_key("Mapwright") != supplier_key("Mapwrong")
    assert supplier_key("Limited") == "limited"
    assert key_of("Plough Lane, 2nd floor") == "ploughlane2ndfloor"
