"""The language of rules: three-valued logic, and everything that it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procureflow.domain.expressions import (
    BOOLEAN,
    DATE,
    DEEPEST,
    LONGEST,
    NUMBER,
    TEXT,
    ExpressionError,
    FactType,
    Kind,
    compile_expression,
)

CATEGORY = FactType(Kind.CHOICE, frozenset({"desktop", "portable", "server"}))
SCHEMA = {
    "novel": BOOLEAN,
    "urgent": BOOLEAN,
    "cost": NUMBER,
    "years": NUMBER,
    "title": TEXT,
    "place": TEXT,
    "category": CATEGORY,
    "go_live": DATE,
    "today": DATE,
}
T, F, U = True, False, None


def value(text: str, **facts: Any) -> Any:
    """What an expression gives over these facts; the others are unknown."""
    return compile_expression(text, SCHEMA).value(facts)


def refusal(text: str) -> ExpressionError | None:
    """Why an expression is refused, or None where it isn't."""
    try:
        compile_expression(text, SCHEMA)
    except ExpressionError as error:
        return error
    return None


# --- Kleene's tables, whole -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (T, T, T, T),
        (T, F, F, T),
        (T, U, U, T),
        (F, T, F, T),
        (F, F, F, F),
        (F, U, F, U),
        (U, T, U, T),
        (U, F, F, U),
        (U, U, U, U),
    ],
)
def test_and_and_or_follow_kleene(
    one: bool | None, other: bool | None, both: bool | None, either: bool | None
) -> None:
    assert value("novel and urgent", novel=one, urgent=other) is both
    assert value("novel or urgent", novel=one, urgent=other) is either


@pytest.mark.parametrize(("given", "negated"), [(T, F), (F, T), (U, U)])
def test_not_follows_kleene(given: bool | None, negated: bool | None) -> None:
    assert value("not novel", novel=given) is negated


@pytest.mark.parametrize("known", [T, F, U])
def test_unknown_is_not_settled_by_the_excluded_middle(known: bool | None) -> None:
    assert value("novel or not novel", novel=known) is (None if known is None else True)
    assert value("novel and not novel", novel=known) is (None if known is None else False)


@pytest.mark.parametrize(
    "text",
    [
        "cost > 5",
        "cost + 1 == 5",
        "1 + cost == 5",
        "-cost < 0",
        'category == "desktop"',
        'category in ["desktop"]',
        'category not in ["desktop"]',
        'title != "x"',
        'go_live < "2027-01-01"',
        "go_live < today",
        "novel == true",
        "novel != false",
    ],
)
def test_a_blank_fact_is_neither_true_nor_false(text: str) -> None:
    assert value(text, today=date(2026, 1, 1)) is None


# --- the rest of the language ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("false", False),
        ("cost == 12000", True),
        ("cost == 12000.00", True),
        ("cost == 12_000", True),
        ("cost >= 12000", True),
        ("cost > 12000", False),
        ("cost < 12000.01", True),
        ("cost <= 12000", True),
        ("cost <= 11999.99", False),
        ("cost != 12000", False),
        ("cost * 0.1 == 1200", True),
        ("cost - 2000 == 10000", True),
        ("cost + cost * 2 == 36000", True),
        ("(cost + cost) * 2 == 48000", True),
        ("-cost == -12000", True),
        ("cost in [1, 12000]", True),
        ("cost not in [1, 12000]", False),
        ('title == "CAD"', True),
        ('title in ("CAD", "GIS")', True),
        ('category != "desktop"', True),
        ('category in {"server", "portable"}', True),
        ('"server" == category', True),
        ("title == title", True),
        ('go_live == "2027-03-31"', True),
        ('go_live in ["2027-03-31"]', True),
        ("today < go_live", True),
        ("go_live >= today", True),
        ("known(title)", True),
        ("known(place)", False),
        ("known(novel)", True),
        ("known(years)", True),
        ("not known(place) and known(cost)", True),
        (" novel == false ", True),
        ("(novel\nor urgent)", True),
    ],
)
def test_what_can_be_written_means_what_it_says(text: str, expected: bool) -> None:
    facts = {
        "novel": False,
        "urgent": True,
        "cost": Decimal(12000),
        "years": Decimal(0),
        "title": "CAD",
        "category": "server",
        "go_live": date(2027, 3, 31),
        "today": date(2026, 11, 2),
    }
    assert value(text, **facts) is expected


def test_a_number_is_the_decimal_that_is_written_not_a_float() -> None:
    assert value("cost + 0.2 == 0.3", cost=Decimal("0.1")) is True


def test_it_names_the_facts_that_it_reads_and_those_that_are_missing() -> None:
    expression = compile_expression('category == "server" and cost > 5 and not novel', SCHEMA)
    assert expression.facts == {"category", "cost", "novel"}
    assert expression.missing({"cost": Decimal(0), "novel": False}) == ("category",)
    assert expression.missing({"cost": None}) == ("category", "cost", "novel")
    assert expression.missing({"category": "server", "cost": 1, "novel": True}) == ()


def test_a_false_answer_and_a_nil_amount_are_not_missing() -> None:
    expression = compile_expression("novel or cost > 0", SCHEMA)
    assert expression.missing({"novel": False, "cost": Decimal(0)}) == ()


def test_what_known_asks_about_is_a_fact_that_it_reads() -> None:
    assert compile_expression("known(title)", SCHEMA).facts == {"title"}


# --- against a naive evaluator --------------------------------------------------------------------


@dataclass(frozen=True)
class Tree:
    """An expression as the tests build it: an operator, or a leaf, and its parts."""

    op: str
    parts: tuple[Any, ...] = ()

    def text(self) -> str:
        """As a policy officer would write it, with every bracket."""
        if self.op in ("fact", "number"):
            return str(self.parts[0])
        if self.op == "word":
            return f'"{self.parts[0]}"'
        if self.op == "in":
            words = ", ".join(f'"{w}"' for w in self.parts[1])
            return f"({self.parts[0].text()} in [{words}])"
        texts = [part.text() for part in self.parts]
        if len(texts) == 1:
            return f"({self.op} {texts[0]})"
        return "(" + f" {self.op} ".join(texts) + ")"


HALF = Fraction(1, 2)
ARITHMETIC = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}
COMPARE = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: not b < a,
    ">": lambda a, b: b < a,
    ">=": lambda a, b: not a < b,
}


def truth(tree: Tree, facts: Mapping[str, Any]) -> Fraction:
    """Kleene's logic as arithmetic: false 0, unknown a half, true 1; `and` is the least."""
    if tree.op == "and":
        return min(truth(part, facts) for part in tree.parts)
    if tree.op == "or":
        return max(truth(part, facts) for part in tree.parts)
    if tree.op == "not":
        return 1 - truth(tree.parts[0], facts)
    if tree.op == "fact":
        known = facts.get(tree.parts[0])
        return HALF if known is None else Fraction(known)
    if tree.op == "in":
        one = plain(tree.parts[0], facts)
        return HALF if one is None else Fraction(one in tree.parts[1])
    sides = [plain(part, facts) for part in tree.parts]
    return HALF if None in sides else Fraction(COMPARE[tree.op](*sides))


def plain(tree: Tree, facts: Mapping[str, Any]) -> Any:
    """The value of a number, a word or a date; None while it is unknown."""
    if tree.op == "fact":
        return facts.get(tree.parts[0])
    if tree.op in ("number", "word"):
        return tree.parts[0]
    sides = [plain(part, facts) for part in tree.parts]
    if None in sides:
        return None
    return ARITHMETIC[tree.op](*sides) if len(sides) > 1 else -sides[0]


def a_fact(*names: str) -> st.SearchStrategy[Tree]:
    return st.sampled_from(names).map(lambda name: Tree("fact", (name,)))


def pair(ops: list[str], sides: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.builds(lambda op, a, b: Tree(op, (a, b)), st.sampled_from(ops), sides, sides)


numbers = st.recursive(
    a_fact("cost", "years") | st.integers(0, 9).map(lambda n: Tree("number", (n,))),
    lambda inner: pair(list(ARITHMETIC), inner) | inner.map(lambda part: Tree("-", (part,))),
    max_leaves=4,
)
words = st.sampled_from(sorted(CATEGORY.options)).map(lambda word: Tree("word", (word,)))
choices = st.builds(
    lambda op, word: Tree(op, (Tree("fact", ("category",)), word)),
    st.sampled_from(["==", "!="]),
    words,
)
among = st.lists(st.sampled_from(sorted(CATEGORY.options)), min_size=1, max_size=3).map(
    lambda options: Tree("in", (Tree("fact", ("category",)), tuple(options)))
)
comparisons = (
    pair(list(COMPARE), numbers)
    | pair(list(COMPARE), a_fact("go_live", "today"))
    | pair(["==", "!="], a_fact("novel", "urgent"))
    | choices
    | among
)
trees = st.recursive(
    comparisons | a_fact("novel", "urgent"),
    lambda inner: (
        inner.map(lambda part: Tree("not", (part,)))
        | st.builds(
            lambda op, parts: Tree(op, tuple(parts)),
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=3),
        )
    ),
    max_leaves=8,
)
days = st.dates(date(2026, 1, 1), date(2026, 1, 4))
known_facts = {
    "novel": st.booleans(),
    "urgent": st.booleans(),
    "cost": st.integers(0, 9).map(Decimal),
    "years": st.integers(0, 9).map(Decimal),
    "category": st.sampled_from(sorted(CATEGORY.options)),
    "go_live": days,
    "today": days,
}
all_known = st.fixed_dictionaries(known_facts)
some_known = st.fixed_dictionaries({k: st.none() | s for k, s in known_facts.items()})
ANSWER = {Fraction(0): False, HALF: None, Fraction(1): True}


@given(trees, some_known)
def test_it_agrees_with_a_naive_evaluator(tree: Tree, facts: dict[str, Any]) -> None:
    expected = ANSWER[truth(tree, facts)]
    assert compile_expression(tree.text(), SCHEMA).value(facts) is expected


@given(trees, some_known, all_known)
def test_an_answer_more_never_flips_what_was_known(
    tree: Tree, before: dict[str, Any], answers: dict[str, Any]
) -> None:
    expression = compile_expression(tree.text(), SCHEMA)
    first = expression.value(before)
    now = dict(before)
    for name, answer in answers.items():
        if now[name] is None:
            now[name] = answer
            assert first is None or expression.value(now) is first
    assert expression.value(now) is not None


@given(trees, some_known)
def test_an_unknown_result_names_what_is_missing(tree: Tree, facts: dict[str, Any]) -> None:
    expression = compile_expression(tree.text(), SCHEMA)
    if expression.value(facts) is None:
        assert expression.missing(facts)
    assert set(expression.missing(facts)) <= expression.facts


# --- refused --------------------------------------------------------------------------------------

LANGUAGE = "use facts, words, numbers"
SHAPE = "write it like"

REFUSED = [
    # names
    ("catgory == 1", "`catgory` is not a fact", "did you mean `category`?"),
    ("zzz == 1", "`zzz` is not a fact", "`config facts` lists"),
    ("known(zzz)", "`zzz` is not a fact", "`config facts` lists"),
    ("known(titel)", "`titel` is not a fact", "did you mean `title`?"),
    ("__import__", "`__import__` is not a fact", "`config facts` lists"),
    # types
    ("title == 5", "compares text with number", "things of one kind"),
    ('cost == "5"', "compares number with text", "things of one kind"),
    ('novel == "true"', "compares boolean with text", "things of one kind"),
    ("category == 5", "compares choice with number", "things of one kind"),
    ("go_live == 5", "compares date with number", "things of one kind"),
    ('"2027-03-31" == go_live', "compares text with date", "things of one kind"),
    ("category in [5]", "compares choice with number", "things of one kind"),
    ('cost in ["5"]', "compares number with text", "things of one kind"),
    ("title and novel", "“title” is text, not boolean", "compare it"),
    ("novel or 5", "“5” is number, not boolean", "compare it"),
    ("not title", "“title” is text, not boolean", "compare it"),
    ("-title == 5", "“title” is text, not number", "compare it"),
    ('title + "a" == "b"', "“title” is text, not number", "compare it"),
    ("cost + go_live > 5", "“go_live” is date, not number", "compare it"),
    # choices and dates
    ('category == "dekstop"', "“dekstop” is never the answer", "did you mean “desktop”?"),
    ('category == "zzz"', "“zzz” is never the answer", "one of desktop, portable, server"),
    ('"zzz" != category', "“zzz” is never the answer", "one of desktop, portable, server"),
    ('category in ["server", "zzz"]', "“zzz” is never the answer", "one of desktop"),
    ('category == ""', "“” is never the answer", "one of desktop"),
    ('go_live == "2027-02-30"', "“2027-02-30” is not a date", '"2027-03-31"'),
    ('go_live > "31 March"', "“31 March” is not a date", '"2027-03-31"'),
    ('go_live in ["soon"]', "“soon” is not a date", '"2027-03-31"'),
    ("go_live == title", "is not a date", '"2027-03-31"'),
    # order
    ('title < "a"', "which of two words is larger", "== or !="),
    ('category >= "desktop"', "which of two words is larger", "== or !="),
    ("novel < urgent", "which of two words is larger", "== or !="),
    # not true or false
    ("cost", "is number, not true or false", "compare it"),
    ("title", "is text, not true or false", "compare it"),
    ('"true"', "is text, not true or false", "compare it"),
    ("cost + 1", "is number, not true or false", "compare it"),
    ("category", "is one of desktop, portable, server, not true or false", "compare it"),
    # the clock and regular expressions
    ("$now > today", "reads the clock", "the fact `today`"),
    ('title =~ "a.*"', "regular expression", "compare with words"),
    ('title !~ "a.*"', "regular expression", "compare with words"),
    # what Python knows and rules don't
    ('title.upper == "A"', "“title.upper” is not part of the language", LANGUAGE),
    ('title.__class__ == "A"', "is not part of the language", LANGUAGE),
    ('title[0] == "A"', "“title[0]” is not part of the language", LANGUAGE),
    ('title[0:1] == "A"', "is not part of the language", LANGUAGE),
    ("lambda: true", "is not part of the language", LANGUAGE),
    ("[novel for novel in [1]]", "is not part of the language", LANGUAGE),
    ("{novel: urgent}", "is not part of the language", LANGUAGE),
    ("(novel, urgent)", "is not part of the language", LANGUAGE),
    ('f"{title}" == "A"', "is not part of the language", LANGUAGE),
    ("(novel := urgent)", "is not part of the language", LANGUAGE),
    ("novel if urgent else novel", "is not part of the language", LANGUAGE),
    ("await novel", "is not part of the language", LANGUAGE),
    ("novel and (yield)", "is not part of the language", LANGUAGE),
    ('open("x")', "calls something", "known(fact)"),
    ("today()", "calls something", "known(fact)"),
    ("title.upper()", "calls something", "known(fact)"),
    ("known()", "calls something", "known(fact)"),
    ("known(title, place)", "calls something", "known(fact)"),
    ("known(fact=title)", "calls something", "known(fact)"),
    ("known(*title)", "known() takes a fact", "known(fact)"),
    ('known("title")', "known() takes a fact", "known(fact)"),
    ("known(not title)", "known() takes a fact", "known(fact)"),
    ("1 < cost < 5", "more than two things at once", "`and`"),
    ("novel is true", "uses `is`", "== or !="),
    ("novel is not true", "uses `is`", "== or !="),
    ("cost / 2 == 1", "unknown sum", "+, - or *"),
    ("cost // 2 == 1", "unknown sum", "+, - or *"),
    ("cost % 2 == 1", "unknown sum", "+, - or *"),
    ("9 ** 9 ** 9 == cost", "unknown sum", "+, - or *"),
    ("1 << 99 == cost", "unknown sum", "+, - or *"),
    ("+cost == 1", "unknown sign", "not, or -"),
    ("~cost == 1", "unknown sign", "not, or -"),
    ("title == None", "“None” can't stand in a rule", "a word or a number"),
    ('title == b"a"', "can't stand in a rule", "a word or a number"),
    ("cost == ...", "can't stand in a rule", "a word or a number"),
    ("cost == 1j", "can't stand in a rule", "a word or a number"),
    # lists
    ("category in title", "after `in` comes a list", 'in ["server", "network"]'),
    ('title in "abc"', "after `in` comes a list", 'in ["server", "network"]'),
    ("category in []", "after `in` comes a list", 'in ["server", "network"]'),
    ("title in [place]", "holds more than words and numbers", "write the words"),
    ('title in ["a", ["b"]]', "holds more than words and numbers", "write the words"),
    # no expression at all
    ("", "can't be read", SHAPE),
    ("   ", "can't be read", SHAPE),
    ("novel and", "can't be read", SHAPE),
    ("novel = true", "can't be read", SHAPE),
    ("novel; urgent", "can't be read", SHAPE),
    ("novel\nurgent", "can't be read", SHAPE),
    ("import os", "can't be read", SHAPE),
    ("novel && urgent", "can't be read", SHAPE),
    ('title == "a', "can't be read", SHAPE),
    ('title == "a\x00"', "can't be read", SHAPE),
    ('title == "\ud800"', "can't be read", SHAPE),
    ("(" * 300 + "novel" + ")" * 300, "can't be read", SHAPE),
    # too long
    ("novel" + " or novel" * 125, "an expression of 1130 characters", "under 1000"),
]


@pytest.mark.parametrize(("text", "what", "remedy"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_rule_is_refused_with_a_remedy(text: str, what: str, remedy: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_expression(text, SCHEMA)
    assert what in refused.value.what
    assert remedy in refused.value.remedy
    assert str(refused.value) == f"{refused.value.what}; {refused.value.remedy}"


def test_the_longest_that_is_allowed_is_allowed() -> None:
    text = "novel".ljust(LONGEST)
    assert compile_expression(text, SCHEMA).text == text
    with pytest.raises(ExpressionError, match="keep it under"):
        compile_expression(text + " ", SCHEMA)


def test_as_deep_as_is_allowed_is_allowed() -> None:
    deep = "not " * (DEEPEST - 1) + "novel"
    assert value(deep, novel=True) is (DEEPEST % 2 == 1)
    refused = refusal("not " + deep)
    assert refused is not None
    assert refused.what.endswith("is nested too deeply")
    assert refused.remedy == "split it into several rules"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("not " * 240 + "novel", id="nots"),
        pytest.param("(" * 150 + "novel" + ")" * 150, id="brackets"),
        pytest.param("novel in " + "[" * 400 + "]" * 400, id="lists"),
        pytest.param("known(" * 150 + "novel" + ")" * 150, id="calls"),
        pytest.param("title" + ".a" * 450, id="attributes"),
        pytest.param(
            "-" * 900 + "1 > 0",
            id="signs",
        ),
        pytest.param(
            "1" + "+1" * 490 + " > 0",
            id="sums",
        ),
    ],
)
def test_however_deeply_nested_it_runs_or_is_refused(text: str) -> None:
    refused = refusal(text)
    if refused is None:
        assert value(text, novel=True) is True
    else:
        assert refused.what
        assert refused.remedy


@pytest.mark.parametrize("number", ["0x10", "0b1", "0o7", "1e999999999999999999999"])
def test_a_number_that_is_no_plain_decimal_is_refused(number: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(f"cost > {number}", SCHEMA)


def test_no_sum_is_too_large_to_work_out() -> None:
    largest = "999999999999999 * " * 12
    assert value(f"cost * {largest} 2 > 1", cost=Decimal(10) ** 15) is True


CHARACTERS = "novelcsti _0189exb()[]{}<>=!\"'\\.,:;+-*/%&|^~@#$?`\n\t\x00é“\ud800"


@given(st.text(CHARACTERS, max_size=40))
def test_any_text_is_an_expression_or_refused_with_a_remedy(text: str) -> None:
    refused = refusal(text)
    assert refused is None or (refused.what and refused.remedy)


WORDS = "novel cost title category go_live in not and or true known is lambda if else for"
TOKENS = [*WORDS.split(), *"()[],<-*.:5", "==", ":=", '"server"', '"2027-03-31"']


@given(st.lists(st.sampled_from(TOKENS), max_size=12).map(" ".join), some_known)
def test_any_row_of_tokens_is_refused_or_gives_true_false_or_unknown(
    text: str, facts: dict[str, Any]
) -> None:
    if refusal(text) is None:
        assert compile_expression(text, SCHEMA).value(facts) in (True, False, None)


def test_a_type_is_written_in_words() -> None:
    assert str(NUMBER) == "number"
    assert str(CATEGORY) == "one of desktop, portable, server"
