"""Reading a council's document: what is no plain data is refused, with its line and remedy."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from procureflow.domain.definitions.source import (
    DEEPEST,
    LARGEST,
    ConfigFaults,
    Definition,
    Fault,
    Source,
    parse,
    validate,
)
from tests.unit._documents import (
    CATALOGUE,
    ORGANISATION,
    PARAMETERS,
    POLICY,
    QUESTIONS,
    WORKFLOW,
    Change,
    named,
)

YAML = "this is not YAML"
LOOK = "check the indentation, the colons and the quotes"
PLAIN = "put it in quotes, or correct it"

CHANGES = [
    # no YAML
    Change(
        "a tab",
        ORGANISATION,
        "    name: Information Policy Group\n    quorum: 3\n",
        "    name: Information Policy Group\n\tquorum: 3\n",
        at="\tquorum: 3",
        what=f"{YAML} (found a tab",
        remedy=LOOK,
    ),
    Change(
        "a missing colon",
        ORGANISATION,
        "  resources:\n    name: Resources\n",
        "  resources\n    name: Resources\n",
        at="    name: Resources",
        what=YAML,
        remedy=LOOK,
    ),
    Change(
        "a bracket left open",
        WORKFLOW,
        "guards: [no_exception_needed]",
        "guards: [no_exception_needed",
        at="  start_business_case:",
        what=YAML,
        remedy=LOOK,
    ),
    Change(
        "a wrong indentation",
        PARAMETERS,
        "  assessment: 14\n",
        "   assessment: 14\n",
        at="   assessment: 14",
        what=YAML,
        remedy=LOOK,
    ),
    Change(
        "a colon in words without quotes",
        WORKFLOW,
        "words: The requester took it back.",
        "words: The requester: took it back.",
        at="The requester: took it back.",
        what=YAML,
        remedy=LOOK,
    ),
    Change(
        "a second document",
        ORGANISATION,
        "directorates:\n",
        "---\ndirectorates:\n",
        at="---",
        what=f"{YAML} (but found another document)",
        remedy=LOOK,
    ),
    Change(
        "an alias of nothing",
        ORGANISATION,
        "name: Resources",
        "name: *nothing",
        at="*nothing",
        what="an alias (*) stands here",
        remedy="write it out in full",
    ),
    # YAML, but no plain data
    Change(
        "a key twice",
        ORGANISATION,
        "  resources:\n",
        "  corporate_customer: # again\n",
        at="corporate_customer: # again",
        what="`corporate_customer` stands here twice",
        remedy="keep one",
    ),
    Change(
        "a field twice",
        PARAMETERS,
        "  decision: 28\n",
        "  decision: 28\n  decision: 21\n",
        at="decision: 21",
        what="`decision` stands here twice",
        remedy="keep one",
    ),
    Change(
        "an alias of itself",
        ORGANISATION,
        "  resources:\n",
        "  resources: &r\n    again: *r\n",
        at="    again: *r",
        what="an alias (*) stands here",
        remedy="write it out in full",
    ),
    Change(
        "a merge key",
        ORGANISATION,
        "    name: Resources\n",
        "    <<: {name: Resources}\n",
        at="<<:",
        what="the key “<<” is not a word",
        remedy="put it in quotes",
    ),
    Change(
        "a tag of ours",
        ORGANISATION,
        "name: Resources",
        "name: !secret Resources",
        at="!secret",
        what="the tag !secret is not allowed",
        remedy="remove the tag",
    ),
    Change(
        "a tag that would call Python",
        ORGANISATION,
        "name: Resources",
        "name: !!python/name:os.system ''",
        at="os.system",
        what="the tag tag:yaml.org,2002:python/name:os.system is not allowed",
        remedy="remove the tag",
    ),
    Change(
        "a tag for bytes",
        ORGANISATION,
        "name: Resources",
        "name: !!binary aGVsbG8=",
        at="!!binary",
        what="the tag tag:yaml.org,2002:binary is not allowed",
        remedy="remove the tag",
    ),
    Change(
        "the key on",
        ORGANISATION,
        "  office:\n",
        "  on:\n",
        at="  on:",
        what="the key “on” is not a word",
        remedy="put it in quotes",
    ),
    Change(
        "the key no",
        QUESTIONS,
        "          other: Something else",
        "          no: Something else",
        at="no: Something else",
        what="the key “no” is not a word",
        remedy="put it in quotes",
    ),
    Change(
        "a number for a key",
        CATALOGUE,
        "  gis_licence:",
        "  5:",
        at="  5:",
        what="the key “5” is not a word",
        remedy="put it in quotes",
    ),
    Change(
        "a blank key",
        ORGANISATION,
        "  office:\n",
        "  ~:\n",
        at="~:",
        what="the key “~” is not a word",
        remedy="put it in quotes",
    ),
    Change(
        "a list for a key",
        ORGANISATION,
        "  office:\n",
        "  [office]:\n",
        at="[office]:",
        what="is not a word",
        remedy="put it in quotes",
    ),
    # no number, no date
    *[
        Change(
            f"the number {text}",
            PARAMETERS,
            "standard_from: 12000",
            f"standard_from: {text}",
            at="standard_from",
            what=f"“{text}” can't be read",
            remedy=PLAIN,
        )
        for text in (".nan", ".inf", "-.inf", "0x10", "0b1", "1:30", "1:30.5")
    ],
    *[
        Change(
            f"the date {text}",
            POLICY,
            "effective_from: 2007-03-22",
            f"effective_from: {text}",
            at="effective_from",
            what=f"“{text}” can't be read",
            remedy="write a real date like 2027-03-31",
        )
        for text in ("2007-02-30", "2007-13-01", "2007-03-22 10:00:00", "2007-03-22T00:00:00Z")
    ],
]


@pytest.mark.parametrize("change", CHANGES, ids=named)
def test_what_is_no_plain_data_is_named_with_its_line_and_remedy(change: Change) -> None:
    change.expect()


def test_an_alias_is_named_on_its_own_line() -> None:
    Change(
        "an alias of a word",
        ORGANISATION,
        "name: Resources\n    director: Director of Resources",
        "name: &r Resources\n    director: *r",
        at="director: *r",
        what="an alias (*) stands here",
        remedy="write it out in full",
    ).expect()


@pytest.mark.parametrize(
    "change",
    [
        Change(
            f"a tag on a {kind}",
            CATALOGUE,
            "    job_roles: [infrastructure]",
            text,
            at="!!",
            what="is not allowed",
            remedy="remove the tag",
        )
        for kind, text in {
            "list": "    job_roles: !!python/tuple [infrastructure]",
            "word": "    job_roles: [!!str infrastructure]",
        }.items()
    ]
    + [
        Change(
            "a tag on a mapping",
            ORGANISATION,
            "  resources:\n",
            "  resources: !!python/object:os.system\n",
            at="os.system",
            what="is not allowed",
            remedy="remove the tag",
        ),
        Change(
            "an anchor",
            ORGANISATION,
            "name: Resources",
            "name: &resources Resources",
            at="&resources",
            what="anchor",
            remedy="remove",
        ),
        Change(
            "an alias for a key",
            ORGANISATION,
            "  office:\n    name: Office-based officer\n",
            "  office:\n    name: &key zebra\n  *key :\n    name: Zebra\n",
            at="*key",
            what="alias",
            remedy="write it out",
        ),
    ],
    ids=named,
)
def test_a_tag_or_an_anchor_is_refused_wherever_it_stands(change: Change) -> None:
    change.expect()


# --- one text by itself ---------------------------------------------------------------------------


def fault_in(text: str) -> Fault:
    """The one fault in this text."""
    with pytest.raises(ConfigFaults) as refused:
        parse("a.yaml", text)
    (fault,) = refused.value.faults
    return fault


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "# only a comment\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert fault_in(text) == Fault("a.yaml", 1, "the file is empty", "write the document")


def test_a_file_over_a_megabyte_is_refused_and_one_of_a_megabyte_is_not() -> None:
    text = "key: " + "x" * (LARGEST - 5)
    assert len(parse("a.yaml", text).tree["key"]) == LARGEST - 5
    fault = fault_in(text + "x")
    assert (fault.line, fault.what) == (1, "the file is over a megabyte")
    assert fault.remedy == "split or shorten it"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\ud800", "\ufffe"])
def test_a_character_that_yaml_has_no_place_for_is_refused(character: str) -> None:
    fault = fault_in(f"key: a{character}b")
    assert fault.what.startswith(YAML)
    assert fault.remedy == "save it as plain UTF-8 text"


@pytest.mark.parametrize("character", ["\x00", "\x07"])
def test_a_control_character_is_found_on_its_line_in_a_sentence_of_one(character: str) -> None:
    fault = fault_in(f"one: 1\ntwo: a{character}b\n")
    assert fault.line == 2
    assert "\n" not in str(fault)


def test_an_escaped_null_is_refused() -> None:
    fault_in('key: "a\\0b"')


@pytest.mark.parametrize("key", ["[office]", "? {office: desk}\n"])
def test_a_key_that_is_no_word_is_not_shown_as_python_shows_it(key: str) -> None:
    assert "Node(" not in fault_in(f"{key}: value").what


def test_many_aliases_cost_nothing() -> None:
    rows = ["a0: &a0 [x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    with pytest.raises(ConfigFaults, match="an alias"):
        parse("a.yaml", "\n".join(rows))


def test_a_list_in_a_list_is_read_to_a_depth_that_no_document_needs() -> None:
    assert parse("a.yaml", "[" * DEEPEST + "]" * DEEPEST).tree
    fault = fault_in("one:\n" + " [" * DEEPEST + "]" * DEEPEST)
    assert (fault.line, fault.what) == (2, "this is nested too deeply")


@pytest.mark.parametrize("text", ["[" * 2000 + "]" * 2000, "- " * 2000, "{a: " * 2000 + "}" * 2000])
def test_a_document_nested_without_end_is_refused(text: str) -> None:
    fault_in(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("word", "word"),
        ("'5'", "5"),
        ("5", 5),
        ("-5", -5),
        ("1_000", 1000),
        ("0.1", Decimal("0.1")),
        ("612.00", Decimal("612.00")),
        ("1_000.5", Decimal("1000.5")),
        ("true", True),
        ("Yes", True),
        ("on", True),
        ("false", False),
        ("NO", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("2007-03-22", date(2007, 3, 22)),
        ("[1, two]", [1, "two"]),
        ("{one: 1}", {"one": 1}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_a_value_is_read_as_exactly_what_is_written(text: str, expected: Any) -> None:
    value = parse("a.yaml", f"key: {text}").tree["key"]
    assert (value, type(value)) == (expected, type(expected))
    assert str(value) == str(expected)


TEXT = """\
# a comment
one:
  two: 2
  list:
    - first
    - second:
        deep: true
flow: [a,
  b]
"""


def test_every_part_knows_its_line() -> None:
    source = parse("a.yaml", TEXT)
    assert {path: source.line(path) for path in source.marks} == {
        (): 2,
        ("one",): 2,
        ("one", "two"): 3,
        ("one", "list"): 4,
        ("one", "list", 0): 5,
        ("one", "list", 1): 6,
        ("one", "list", 1, "second"): 6,
        ("one", "list", 1, "second", "deep"): 7,
        ("flow",): 8,
        ("flow", 0): 8,
        ("flow", 1): 9,
    }


def test_what_is_not_written_down_takes_the_line_of_what_is_around_it() -> None:
    source = parse("a.yaml", TEXT)
    assert source.line(("one", "list", 1, "second", "missing", "deeper")) == 6
    assert source.line(("missing",)) == 2
    assert Source("a.yaml", {}, {}).line(("missing",)) == 1
    assert source.fault(("flow", 1), "what", "remedy") == Fault("a.yaml", 9, "what", "remedy")


# --- faults ---------------------------------------------------------------------------------------


def test_a_fault_reads_file_line_what_and_remedy() -> None:
    assert str(Fault("a.yaml", 3, "it is wrong", "mend it")) == "a.yaml:3: it is wrong; mend it"


def test_faults_come_in_order_of_file_and_line_and_each_once() -> None:
    one, two, ten = Fault("a", 2, "x", "y"), Fault("b", 2, "x", "y"), Fault("b", 10, "x", "y")
    error = ConfigFaults([ten, two, one, two])
    assert error.faults == (one, two, ten)
    assert str(error) == "a:2: x; y\nb:2: x; y\nb:10: x; y"


def test_every_fault_of_a_text_is_found_at_once() -> None:
    with pytest.raises(ConfigFaults) as refused:
        parse("a.yaml", "one: 1\none: 2\non: 3\nfour: .nan\n")
    assert [fault.line for fault in refused.value.faults] == [2, 3, 4]


# --- a tree as a typed document -------------------------------------------------------------------


class Inner(Definition):
    number: int
    words: str = "none"


class Outer(Definition):
    name: str
    many: dict[str, Inner]
    open: bool = False


def faults_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ConfigFaults) as refused:
        validate(parse("a.yaml", text), Outer)
    return [(fault.line, fault.what, fault.remedy) for fault in refused.value.faults]


def test_a_tree_that_fits_becomes_a_frozen_document() -> None:
    made = validate(parse("a.yaml", "name: x\nmany:\n  one:\n    number: 1\n"), Outer)
    assert made == Outer(name="x", many={"one": Inner(number=1)})
    anything: Any = made
    with pytest.raises(ValueError, match="frozen"):
        anything.name = "y"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: x\n", (1, "`many` is missing", "add `many:`")),
        (
            "name: x\nmany:\n  one:\n    words: w\n",
            (3, "`many.one.number` is missing", "add `number:`"),
        ),
        (
            "name: x\nmany: {}\nmore: 1\n",
            (3, "`more` is not understood here", "remove it, or correct it"),
        ),
        ("name: 5\nmany: {}\n", (1, "`name` is not text", "put it in quotes")),
        ("name: x\nmany: {}\nopen: maybe\n", (3, "`open` is “maybe”", "use true or false")),
        (
            "name: x\nmany:\n  one:\n    number: few\n",
            (
                4,
                "`many.one.number` is “few”",
                "input should be a valid integer, unable to parse string as an integer",
            ),
        ),
    ],
)
def test_what_does_not_fit_is_said_in_words(text: str, expected: tuple[int, str, str]) -> None:
    assert faults_of(text) == [expected]


def test_everything_that_does_not_fit_is_said_at_once() -> None:
    assert [line for line, _, _ in faults_of("name: 5\nmany:\n  one: {}\nmore: 1\n")] == [1, 3, 4]


@pytest.mark.parametrize("text", ["word", "[a]", "---"])
def test_a_document_that_is_no_mapping_is_refused(text: str) -> None:
    ((line, what, remedy),) = faults_of(text)
    assert line == 1 or text == "---"
    assert what.startswith("`the document`")
    assert remedy
