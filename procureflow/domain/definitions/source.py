"""YAML text → plain tree with line marks. Every fault names its file, line and remedy.

The tree is composed by PyYAML and built here, because a council's document is data and nothing
else: no duplicate key, no anchor, no tag, and numbers are exact decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Path = tuple[str | int, ...]
_Model = TypeVar("_Model", bound="Definition")

LARGEST = 1_000_000
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a document. Reads `file:line: what; remedy`."""

    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.remedy}"


class ConfigFaults(Exception):
    """The documents can't be used. Carries every fault found, in order of file and line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed document: its tree, and the line (from 1) on which each part of it begins."""

    name: str
    tree: Any
    marks: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of the nearest part of the tree that is written down."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.marks:
                return self.marks[path[:length]]
        return 1

    def fault(self, path: Path, what: str, remedy: str) -> Fault:
        """A fault at that part of the document."""
        return Fault(self.name, self.line(path), what, remedy)


class Definition(BaseModel):
    """Base of every part of a document: immutable, and nothing in it that is not understood."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)


def parse(name: str, text: str) -> Source:
    """Parse one document. Raises ConfigFaults; never returns half a tree."""
    if len(text) > LARGEST:
        raise ConfigFaults([Fault(name, 1, "the file is over a megabyte", "split or shorten it")])
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = f"this is not YAML ({error.problem or error.context})"
        remedy = "check the indentation, the colons and the quotes on and above this line"
        raise ConfigFaults([Fault(name, line, what, remedy)]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigFaults(
            [Fault(name, 1, f"this is not YAML ({error})", "save it as plain UTF-8 text")]
        ) from error
    if node is None:
        raise ConfigFaults([Fault(name, 1, "the file is empty", "write the document")])
    builder = _Builder(name)
    tree = builder.build(node, ())
    if builder.faults:
        raise ConfigFaults(builder.faults)
    return Source(name, tree, builder.marks)


def validate(source: Source, model: type[_Model]) -> _Model:
    """The tree as a frozen, typed document. Raises ConfigFaults with every fault in it."""
    try:
        return model.model_validate(source.tree)
    except ValidationError as error:
        faults = []
        for detail in error.errors():
            path = tuple(part for part in detail["loc"] if part != "[key]")
            what, remedy = _explain(dict(detail))
            faults.append(source.fault(path, what, remedy))
        raise ConfigFaults(faults) from error


def _explain(detail: dict[str, Any]) -> tuple[str, str]:
    """pydantic's words for a fault → ours, with a remedy."""
    loc = [str(part) for part in detail["loc"] if part != "[key]"]
    where = ".".join(loc) or "the document"
    name = loc[-1] if loc else "the document"
    kind = detail["type"]
    context = detail.get("ctx", {})
    given = f"`{where}` is “{detail['input']}”"
    ours = {
        "missing": (f"`{where}` is missing", f"add `{name}:`"),
        "extra_forbidden": (f"`{where}` is not understood here", "remove it, or correct it"),
        "enum": (given, f"use {context.get('expected')}"),
        "literal_error": (given, f"use {context.get('expected')}"),
        "string_type": (f"`{where}` is not text", "put it in quotes"),
        "bool_parsing": (given, "use true or false"),
        "bool_type": (given, "use true or false"),
    }
    if kind in ours:
        return ours[kind]
    if kind == "value_error":
        what, _, remedy = str(context.get("error", detail["msg"])).partition("; ")
        return f"`{where}`: {what}", remedy or "correct it"
    if kind.startswith(("decimal", "int", "float", "greater", "less")):
        return given, _lower(detail["msg"])
    return f"`{where}`: {_lower(detail['msg'])}", "correct it"


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _integer(text: str) -> int:
    return int(text.replace("_", ""), 10)


def _decimal(text: str) -> Decimal:
    value = Decimal(text.replace("_", ""))
    if not value.is_finite():
        raise ValueError("not a number that can be used")
    return value


def _boolean(text: str) -> bool:
    return text.lower() in ("true", "yes", "on")


_SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": _integer,
    "tag:yaml.org,2002:float": _decimal,
    "tag:yaml.org,2002:bool": _boolean,
    "tag:yaml.org,2002:null": lambda _text: None,
    "tag:yaml.org,2002:timestamp": date.fromisoformat,
}


@dataclass
class _Builder:
    name: str
    marks: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def build(self, node: Any, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.marks[path] = line
        if id(node) in self.seen:
            return self._fault(line, "an alias (*) stands here", "write it out in full")
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        convert = _SCALARS.get(node.tag)
        if convert is None:
            return self._fault(line, f"the tag {node.tag} is not allowed", "remove the tag")
        try:
            return convert(node.value)
        except (ValueError, ArithmeticError):
            return self._fault(
                line, f"“{node.value}” can't be read", "put it in quotes, or correct it"
            )

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if key_node.tag != "tag:yaml.org,2002:str" or not isinstance(key, str):
                self._fault(line, f"the key “{key}” is not a word", "put it in quotes")
                continue
            if key in tree:
                self._fault(line, f"`{key}` stands here twice", "keep one of the two")
                continue
            self.marks[(*path, key)] = line
            tree[key] = self.build(value_node, (*path, key))
            self.marks[(*path, key)] = line
        return tree

    def _fault(self, line: int, what: str, remedy: str) -> None:
        self.faults.append(Fault(self.name, line, what, remedy))
