"""The language of rules: typed expressions over facts, in three-valued logic.

The grammar is a small part of Python's own: names of facts, words, numbers, `true`, `false`,
`and`, `or`, `not`, comparisons, `in`, `+ - *` and `known(fact)`. No call, no clock, no regular
expression can be written in it, so none has to be forbidden at run time.

A blank fact is unknown (None), and unknown is never true or false (Kleene): `false and unknown`
is false, `true and unknown` is unknown. Everything else is checked once, when the document is
loaded: a name that is no fact, a word compared with a number, a choice that is not on offer.
ADR 003 says why this is ours and not a library's.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

LONGEST = 1000
DEEPEST = 50
_PLAIN_NUMBER = re.compile(r"[\d_]{1,18}(?:\.\d{1,9})?", re.ASCII)

Facts = Mapping[str, Any]
_Node = Callable[[Facts], Any]


class Kind(StrEnum):
    """The types a fact can have."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class FactType:
    """The type of one fact; `options` are the words a choice can take."""

    kind: Kind
    options: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return "one of " + ", ".join(sorted(self.options)) if self.options else self.kind.value


Schema = Mapping[str, FactType]

BOOLEAN = FactType(Kind.BOOLEAN)
NUMBER = FactType(Kind.NUMBER)
TEXT = FactType(Kind.TEXT)
DATE = FactType(Kind.DATE)


class ExpressionError(ValueError):
    """The expression can't be accepted. `what` says why, `remedy` what to write instead."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression. `facts` are the names whose values it reads."""

    text: str
    facts: frozenset[str]
    _run: _Node

    def value(self, facts: Facts) -> Any:
        """Its value, or None while that depends on an unknown fact."""
        return self._run(facts)

    def missing(self, facts: Facts) -> tuple[str, ...]:
        """The facts it reads that are unknown, in order of name."""
        return tuple(sorted(name for name in self.facts if facts.get(name) is None))


_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_ORDERED = (Kind.NUMBER, Kind.DATE)


def compile_expression(text: str, schema: Schema) -> Expression:
    """Check `text` against the schema and make it ready to run. It must be true or false."""
    tree = _parse(text)
    compiler = _Compiler(text, schema)
    run, result = compiler.node(tree.body)
    if result.kind is not Kind.BOOLEAN:
        raise ExpressionError(
            f"“{text}” is {result}, not true or false", "compare it with something"
        )
    return Expression(text=text, facts=frozenset(compiler.read), _run=run)


def _parse(text: str) -> ast.Expression:
    if len(text) > LONGEST:
        raise ExpressionError(
            f"an expression of {len(text)} characters", f"keep it under {LONGEST}"
        )
    if "$" in text:
        raise ExpressionError(
            f"“{text}” reads the clock or a variable with $",
            "use the fact `today`, which a replay can set",
        )
    if "=~" in text or "!~" in text:
        raise ExpressionError(
            f"“{text}” uses a regular expression", "compare with words, or use `in`"
        )
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(
            f"“{text}” can't be read as an expression",
            'write it like: category != "desktop" and whole_life_cost >= 12000 (two = to compare, '
            "amounts without £ and commas)",
        ) from error


class _Compiler:
    def __init__(self, text: str, schema: Schema) -> None:
        self.text = text
        self.schema = schema
        self.read: set[str] = set()
        self.depth = 0

    def node(self, node: ast.expr) -> tuple[_Node, FactType]:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(
                f"“{self.text[:40]}…” is nested too deeply", "split it into several rules"
            )
        try:
            return self._node(node)
        finally:
            self.depth -= 1

    def _node(self, node: ast.expr) -> tuple[_Node, FactType]:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            part = ast.get_source_segment(self.text.strip(), node) or self.text
            raise ExpressionError(
                f"“{part}” is not part of the language of rules",
                "use facts, words, numbers, and, or, not, in, comparisons, + - * and known(fact)",
            )
        result: tuple[_Node, FactType] = method(node)
        return result

    def _name(self, node: ast.Name) -> tuple[_Node, FactType]:
        name = node.id
        if name in ("true", "false"):
            return _constant(name == "true"), BOOLEAN
        fact = self._fact(name)
        self.read.add(name)
        return (lambda facts: facts.get(name)), fact

    def _fact(self, name: str) -> FactType:
        try:
            return self.schema[name]
        except KeyError:
            near = _nearest(name, self.schema)
            hint = f"did you mean `{near}`?" if near else "`config facts` lists the facts"
            hint += "; a word stands in quotes"
            raise ExpressionError(f"`{name}` is not a fact", hint) from None

    def _constant(self, node: ast.Constant) -> tuple[_Node, FactType]:
        value = node.value
        if isinstance(value, bool):
            return _constant(value), BOOLEAN
        if isinstance(value, (int, float)):
            source = ast.get_source_segment(self.text.strip(), node) or ""
            if not _PLAIN_NUMBER.fullmatch(source):
                raise ExpressionError(f"“{source}” is no plain number", "write it like 12000")
            return _constant(Decimal(source.replace("_", ""))), NUMBER
        if isinstance(value, str):
            return _constant(value), TEXT
        raise ExpressionError(f"“{value!r}” can't stand in a rule", "use a word or a number")

    def _boolop(self, node: ast.BoolOp) -> tuple[_Node, FactType]:
        parts = []
        for part in node.values:
            run, kind = self.node(part)
            self._must_be(kind, BOOLEAN, part)
            parts.append(run)
        runs = tuple(parts)
        decisive: bool = isinstance(node.op, ast.Or)

        def evaluate(facts: Facts) -> bool | None:
            unknown = False
            for run in runs:
                value = run(facts)
                if value is decisive:
                    return bool(value)
                if value is None:
                    unknown = True
            return None if unknown else not decisive

        return evaluate, BOOLEAN

    def _unaryop(self, node: ast.UnaryOp) -> tuple[_Node, FactType]:
        run, kind = self.node(node.operand)
        if isinstance(node.op, ast.Not):
            self._must_be(kind, BOOLEAN, node.operand)

            def negate(facts: Facts) -> bool | None:
                value = run(facts)
                return None if value is None else not value

            return negate, BOOLEAN
        if isinstance(node.op, ast.USub):
            self._must_be(kind, NUMBER, node.operand)

            def minus(facts: Facts) -> Any:
                value = run(facts)
                return None if value is None else -value

            return minus, NUMBER
        raise ExpressionError(f"“{self.text}” uses an unknown sign", "use not, or -")

    def _binop(self, node: ast.BinOp) -> tuple[_Node, FactType]:
        act = _ARITHMETIC.get(type(node.op))
        if act is None:
            raise ExpressionError(f"“{self.text}” uses an unknown sum", "use +, - or *")
        left, left_kind = self.node(node.left)
        right, right_kind = self.node(node.right)
        self._must_be(left_kind, NUMBER, node.left)
        self._must_be(right_kind, NUMBER, node.right)
        return _both(left, right, act), NUMBER

    def _compare(self, node: ast.Compare) -> tuple[_Node, FactType]:
        if len(node.ops) != 1:
            raise ExpressionError(
                f"“{self.text}” compares more than two things at once", "join them with `and`"
            )
        op, right_node = node.ops[0], node.comparators[0]
        left, left_kind = self.node(node.left)
        if isinstance(op, (ast.In, ast.NotIn)):
            return self._membership(left, left_kind, node.left, right_node, isinstance(op, ast.In))
        act = _COMPARE.get(type(op))
        if act is None:
            raise ExpressionError(f"“{self.text}” uses `is`", "use == or !=")
        right, right_kind = self.node(right_node)
        self._comparable(left_kind, node.left, right_kind, right_node)
        if left_kind.kind is Kind.DATE and right_kind.kind is Kind.TEXT:
            right = _constant(_date(right_node))
        if not isinstance(op, (ast.Eq, ast.NotEq)) and left_kind.kind not in _ORDERED:
            raise ExpressionError(
                f"“{self.text}” asks which of two words is larger", "use == or !="
            )
        return _both(left, right, act), BOOLEAN

    def _membership(
        self, left: _Node, kind: FactType, left_node: ast.expr, right: ast.expr, wanted: bool
    ) -> tuple[_Node, FactType]:
        if not isinstance(right, (ast.List, ast.Tuple, ast.Set)) or not right.elts:
            raise ExpressionError(
                f"“{self.text}”: after `in` comes a list", 'write it like: in ["server", "network"]'
            )
        values = []
        for element in right.elts:
            if not isinstance(element, ast.Constant):
                raise ExpressionError(
                    f"“{self.text}”: the list after `in` holds more than words and numbers",
                    "write the words or numbers out",
                )
            run, element_kind = self.node(element)
            self._comparable(kind, left_node, element_kind, element)
            values.append(_date(element) if kind.kind is Kind.DATE else run({}))
        among = frozenset(values)

        def evaluate(facts: Facts) -> bool | None:
            value = left(facts)
            if value is None:
                return None
            found: bool = value in among
            return found is wanted

        return evaluate, BOOLEAN

    def _call(self, node: ast.Call) -> tuple[_Node, FactType]:
        named = isinstance(node.func, ast.Name) and node.func.id == "known"
        if not named or len(node.args) != 1 or node.keywords:
            raise ExpressionError(
                f"“{self.text}” calls something", "the one call there is: known(fact)"
            )
        argument = node.args[0]
        if not isinstance(argument, ast.Name):
            raise ExpressionError(f"“{self.text}”: known() takes a fact", "write known(fact)")
        name = argument.id
        self._fact(name)
        self.read.add(name)
        return (lambda facts: facts.get(name) is not None), BOOLEAN

    def _must_be(self, kind: FactType, wanted: FactType, node: ast.expr) -> None:
        if kind.kind is not wanted.kind:
            part = ast.get_source_segment(self.text.strip(), node) or self.text
            raise ExpressionError(f"“{part}” is {kind}, not {wanted}", "compare it with something")

    def _comparable(
        self, left: FactType, left_node: ast.expr, right: FactType, right_node: ast.expr
    ) -> None:
        for one, other, node in ((left, right, right_node), (right, left, left_node)):
            if one.kind is Kind.CHOICE and other.kind is Kind.TEXT:
                word = node.value if isinstance(node, ast.Constant) else None
                if isinstance(word, str) and word not in one.options:
                    near = _nearest(word, one.options)
                    raise ExpressionError(
                        f"“{word}” is never the answer here",
                        f"did you mean “{near}”?" if near else f"it is {one}",
                    )
                return
        if left.kind is Kind.DATE and right.kind is Kind.TEXT:
            _date(right_node)
            return
        same = left.kind is right.kind
        if not same:
            raise ExpressionError(
                f"“{self.text}” compares {left.kind.value} with {right.kind.value}",
                "compare things of one kind",
            )


def _constant(value: Any) -> _Node:
    return lambda _facts: value


def _both(left: _Node, right: _Node, act: Callable[[Any, Any], Any]) -> _Node:
    def evaluate(facts: Facts) -> Any:
        one = left(facts)
        if one is None:
            return None
        other = right(facts)
        return None if other is None else act(one, other)

    return evaluate


def _date(node: ast.expr) -> date:
    word = node.value if isinstance(node, ast.Constant) else None
    text = word if isinstance(word, str) else ""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ExpressionError(f"“{text}” is not a date", 'write it like: "2027-03-31"') from None


def _nearest(word: str, among: Mapping[str, Any] | frozenset[str]) -> str | None:
    found = get_close_matches(word, list(among), n=1)
    return found[0] if found else None
