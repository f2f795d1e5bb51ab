"""YAML as text: read with no surprises, written, and edited with its comments kept."""

import json
import math
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import yaml
from yaml import MappingNode, Node, SequenceNode

from sigma_core.errors import BadRequest
from sigma_core.parse import plain

HEAD = "# Every field, with its unit, default and range: packs/README.md\n"
WIDE = 1_000_000
"""Letters of a line that is not to be folded."""
MOST = 100_000
"""Values that one text may hold."""

Splice = tuple[int, int, str]
"""Where a piece of text begins and ends, and what stands there instead."""


def load(text: str | bytes, *, named: str, see: str = "packs/README.md") -> dict[str, Any]:
    """The fields that a text holds; `named` is how errors call it, `see` shows how it is written.

    Raises BadRequest if it is not YAML, or holds something else than fields.
    """
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader
    except yaml.YAMLError as error:
        mark, said = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        line = f" in line {mark.line + 1}" if mark else ""
        problem = said or getattr(error, "reason", error)
        raise BadRequest(
            f"{named} is not YAML{line}: {problem}.", hint="Mend it; save it as UTF-8."
        ) from None
    except RecursionError:
        raise BadRequest(
            f"{named} is nested too deep.", hint="Close its brackets, or write it flatter."
        ) from None
    if not isinstance(found, dict):
        raise BadRequest(f"{named} holds no fields.", hint=f"Write field: value; see {see}.")
    return found


def dumped(fields: Mapping[str, Any]) -> str:
    """A new text of these fields."""
    return HEAD + lines(fields)


def lines(fields: Mapping[str, Any]) -> str:
    """The lines of these fields."""
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=96)


def edited(text: str, after: Mapping[str, Any], *, named: str) -> str:
    """The text with its fields changed to `after`; comments, order and all else stay.

    What has the same value is left as it is written; a new field is added at the end.
    Raises BadRequest if that cannot be done in place: with anchors, or fields in braces.
    """
    before = load(text, named=named)
    made = text
    root = yaml.compose(text, Loader=_Loader)
    if isinstance(root, MappingNode) and not root.flow_style:
        for start, end, words in sorted(_mapping(text, root, before, after), reverse=True):
            made = made[:start] + words + made[end:]
    if not _says(made, after):
        raise BadRequest(
            f"{named} cannot be changed field by field as it is written.",
            hint="Edit its text: give TEXT, or write it without anchors and outer braces.",
        )
    return made


class _Loader(yaml.CSafeLoader):
    """The safe loader, but no key twice, and only true and false are booleans: `NO` is a word."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for place, key in enumerate(keys):
            if key.value in {before.value for before in keys[:place]}:
                words = f"{key.value} is given twice"
                raise yaml.constructor.ConstructorError(None, None, words, key.start_mark)
        return super().construct_mapping(node, deep)

    def get_single_node(self) -> Node | None:
        """The text as nodes. A few lines of aliases could stand for more than fits in memory."""
        node = super().get_single_node()
        if node is not None and _values(node, {}) > MOST:
            words = f"it holds more than {MOST:,} values, or itself"
            raise yaml.composer.ComposerError(None, None, words, node.start_mark)
        return node


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != _BOOL]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"true|false|True|False|TRUE|FALSE"), list("tTfF"))


def _values(node: Node, known: dict[int, float]) -> float:
    """How many values a node holds, aliases written out; infinite if it holds itself."""
    if id(node) not in known:
        known[id(node)] = math.inf  # until it is known: who meets it again stands within it
        inner = node.value if isinstance(node, MappingNode | SequenceNode) else ()
        each = (part for item in inner for part in (item if isinstance(item, tuple) else (item,)))
        known[id(node)] = 1 + sum(_values(part, known) for part in each)
    return known[id(node)]


def _mapping(
    text: str, node: MappingNode, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Splice]:
    """What changes a block of fields into another."""
    for key, value in node.value:
        name = key.value
        if name not in after:
            yield *_lines(text, key, value), ""
        elif plain(before.get(name)) != plain(after[name]):  # a merge key is in no mapping
            yield from _field(text, key, value, before.get(name), after[name])
    column = node.start_mark.column
    new = "".join(
        f"{' ' * column}{name}:{_written(value, column)}\n"
        for name, value in after.items()
        if name not in before
    )
    if new:
        yield _after(text, _end(node), new)


def _field(text: str, key: Node, node: Node, before: Any, after: Any) -> Iterator[Splice]:
    """What changes one field's value, as deep inside it as can be."""
    if isinstance(node, MappingNode) and not node.flow_style and isinstance(after, Mapping):
        yield from _mapping(text, node, before, after)
    elif isinstance(node, SequenceNode) and not node.flow_style and _items(after):
        yield from _sequence(text, node, before, after)
    else:
        colon = text.index(":", key.end_mark.index) + 1
        yield colon, max(colon, _end(node)), _written(after, key.start_mark.column)


def _sequence(
    text: str, node: SequenceNode, before: Sequence[Any], after: Sequence[Any]
) -> Iterator[Splice]:
    """What changes a list with a line an item; items that stay keep their lines and comments."""
    from difflib import SequenceMatcher

    was, now = ([json.dumps(plain(each)) for each in items] for items in (before, after))
    dash = " " * node.start_mark.column + "- "
    for kind, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        new = "".join(f"{dash}{flow(each)}\n" for each in after[k:m])
        if kind == "equal":
            continue
        if kind != "insert":
            yield *_lines(text, node.value[i], node.value[j - 1]), new
        elif i:
            yield _after(text, _end(node.value[i - 1]), new)
        else:
            start = _lines(text, node.value[0], node.value[0])[0]
            yield start, start, new


def _says(text: str, fields: Mapping[str, Any]) -> bool:
    """Whether a text holds these fields and no others."""
    try:
        found: bool = plain(load(text, named="")) == plain(dict(fields))
    except BadRequest:  # an alias whose anchor went, say
        return False
    return found


def _items(value: Any) -> bool:
    """Whether a value is a list that is not empty."""
    return isinstance(value, list | tuple) and len(value) > 0


def _written(value: Any, column: int) -> str:
    """A value as it stands behind its field's colon."""
    if _listed(value):
        dash = " " * (column + 2) + "- "
        return "\n" + "\n".join(f"{dash}{flow(each)}" for each in value)
    return f" {flow(value)}"


def _listed(value: Any) -> bool:
    """Whether a value is a list of fields, which gets a line an item."""
    return isinstance(value, list | tuple) and any(isinstance(each, Mapping) for each in value)


def flow(value: Any) -> str:
    """A value on one line, as YAML writes it inside braces."""
    if isinstance(value, str) and "\n" in value:
        return json.dumps(value, ensure_ascii=False)
    given = [list(value) if isinstance(value, tuple) else value]
    text: str = yaml.safe_dump(
        given, default_flow_style=True, sort_keys=False, allow_unicode=True, width=WIDE
    )
    return text.strip()[1:-1]


def _lines(text: str, first: Node, last: Node) -> tuple[int, int]:
    """The whole lines from one node to another."""
    start = text.rfind("\n", 0, first.start_mark.index) + 1
    return start, _line_end(text, _end(last))


def _after(text: str, place: int, new: str) -> Splice:
    """Put whole lines behind the line that `place` is in."""
    end = _line_end(text, place)
    return end, end, new if not end or text[end - 1] == "\n" else f"\n{new}"


def _line_end(text: str, place: int) -> int:
    """Where the line after that of `place` begins."""
    found = text.find("\n", place)
    return len(text) if found < 0 else found + 1


def _end(node: Node) -> int:
    """Where a node ends; a block's own mark stands behind the comments that follow it."""
    block = not getattr(node, "flow_style", True)
    if block and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    if getattr(node, "style", None) in ("|", ">"):  # ends where the next line begins
        return end - 1
    return end
