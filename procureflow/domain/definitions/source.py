"""YAML text → plain tree with line marks. Every fault names its file, line and remedy.

The tree is composed by PyYAML and built here, because a council's document is data and nothing
else: no duplicate key, no anchor, no tag, and numbers are exact decimals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Strict,
    StrictBool,
    StrictInt,
    ValidationError,
)

Path = tuple[str | int, ...]
_Model = TypeVar("_Model", bound="Definition")

LARGEST = 1_000_000
DEEPEST = 60
#: What YAML 1.2 has no place for, and halves of characters.
_UNFIT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
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


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError("this is not a number; write it in figures alone: no quotes, commas or £")
    return value


#: Values that are never bent to fit: a number is no date, "on" is no flag.
Amount = Annotated[Decimal, BeforeValidator(_number)]
Count = StrictInt
Day = Annotated[date, Strict()]
Flag = StrictBool


class Definition(BaseModel):
    """Base of every part of a document: immutable, and nothing in it that is not understood."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)


def parse(name: str, text: str) -> Source:
    """Parse one document. Raises ConfigFaults; never returns half a tree."""
    if len(text) > LARGEST:
        raise ConfigFaults([Fault(name, 1, "the file is over a megabyte", "split or shorten it")])
    unfit = _UNFIT.search(text)
    if unfit is not None:
        line = text.count("\n", 0, unfit.start()) + 1
        what = f"this is not YAML (U+{ord(unfit.group()):04X} has no place in it)"
        raise ConfigFaults([Fault(name, line, what, "save it as plain UTF-8 text")])
    try:
        faults = _more_than_data(name, text)
        node = None if faults else yaml.compose(text, Loader=_Loader)
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
    if faults:
        raise ConfigFaults(faults)
    if node is None:
        raise ConfigFaults([Fault(name, 1, "the file is empty", "write the document")])
    builder = _Builder(name)
    tree = builder.build(node, ())
    if builder.faults:
        raise ConfigFaults(builder.faults)
    return Source(name, tree, builder.marks)


def _more_than_data(name: str, text: str) -> list[Fault]:
    """Anchors, aliases, tags and nesting without end: told from the events, before anything is
    built (the parser written in C builds without a bound)."""
    faults = []
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            faults.append(Fault(name, line, "an alias (*) stands here", "write it out in full"))
            continue
        if getattr(event, "anchor", None):
            faults.append(Fault(name, line, "an anchor (&) stands here", "remove the anchor"))
        tag = getattr(event, "tag", None)
        if tag:
            what = f"the tag {tag} is not allowed"
            faults.append(Fault(name, line, what, "remove the tag"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                faults.append(Fault(name, line, "this is nested too deeply", "flatten it"))
                return faults
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return faults


def _line(marked: Any) -> int:
    """The line, from 1, on which an event or a node begins."""
    return int(marked.start_mark.line) + 1


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
    expected = _ENUM.sub(r"\1", str(context.get("expected")))
    parts = (f"`{where}` has no parts", "indent its parts below it")
    ours = {
        "missing": (f"`{where}` is missing", f"add `{name}:`"),
        "tuple_type": (f"`{where}` is not a list", "write it as a list: [one, two]"),
        "too_short": (f"`{where}` has too few", f"give at least {context.get('min_length')}"),
        "string_too_short": (f"`{where}` is empty", "write it, or leave the line out"),
        "dict_type": parts,
        "model_type": parts,
        "model_attributes_type": parts,
        "date_type": (given, "write a date like 2027-03-31, without quotes"),
        "extra_forbidden": (f"`{where}` is not understood here", "remove it, or correct it"),
        "enum": (given, f"use {expected}"),
        "literal_error": (given, f"use {expected}"),
        "string_type": (f"`{where}` is not text", "put it in quotes"),
        "bool_parsing": (given, "use true or false"),
        "bool_type": (given, "use true or false"),
    }
    if kind in ours:
        return ours[kind]
    if kind == "string_pattern_mismatch":
        return given, _PATTERNS.get(context["pattern"][:4], "write it like the others")
    if kind == "string_too_long":
        return f"`{where}` is too long", f"keep it to {context['max_length']} characters"
    if kind == "value_error":
        what, _, remedy = str(context.get("error", detail["msg"])).partition("; ")
        return f"`{where}`: {what}", remedy or "correct it"
    if kind.startswith(("decimal", "int", "float", "greater", "less")):
        return given, _lower(detail["msg"])
    return f"`{where}`: {_lower(detail['msg'])}", "correct it"


_ENUM = re.compile(r"<\w+\.\w+: ('[^']*')>")
#: The first characters of a pattern → how to write what it wants.
_PATTERNS = {
    "^[a-": "use small letters, figures and _, beginning with a letter",
    "^[A-": "write it like EMB-1",
    "^#[0": "write a colour like '#1d5c3f', with small letters",
}


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _integer(text: str) -> int:
    return int(text.replace("_", ""), 10)


def _boolean(text: str) -> bool:
    return text.lower() in ("true", "yes", "on")


_SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": _integer,
    "tag:yaml.org,2002:float": lambda text: Decimal(text.replace("_", "")),
    "tag:yaml.org,2002:bool": _boolean,
    "tag:yaml.org,2002:null": lambda _text: None,
    "tag:yaml.org,2002:timestamp": date.fromisoformat,
}


@dataclass
class _Builder:
    name: str
    marks: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def build(self, node: Any, path: Path) -> Any:
        line = _line(node)
        self.marks[path] = line
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        if _CONTROL.search(node.value):
            return self._fault(line, "a control character stands here", "remove it")
        try:
            return _SCALARS[node.tag](node.value)
        except (KeyError, ValueError, ArithmeticError):
            is_date = node.tag.endswith(":timestamp")
            remedy = "write a real date like 2027-03-31" if is_date else "put it in quotes"
            return self._fault(line, f"“{node.value}” can't be read", f"{remedy}, or correct it")

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            key = key_node.value
            if key_node.tag != "tag:yaml.org,2002:str" or not isinstance(key, str):
                shown = f"“{key}”" if isinstance(key, str) else "that stands here"
                self._fault(line, f"the key {shown} is not a word", "put it in quotes")
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
