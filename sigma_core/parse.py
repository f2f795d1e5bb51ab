"""From plain mappings (YAML, JSON, command-line flags) to nouns, and back.

The one place that reads what people type. Types, ranges and defaults come from the nouns, which
pydantic checks; this module turns what it finds into one sentence with the field, the value and
what to do.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sigma_core.errors import BadRequest, meant, shown

T = TypeVar("T")

_CURES = {
    "int_": "give a whole number",
    "float_": "give a number",
    "finite_number": "give a finite number",
    "bool_": "give true or false",
    "date_": "write it as 2024-01-31",
    "greater_than_equal": "give {ge:g} or more",
    "greater_than": "give more than {gt:g}",
    "less_than_equal": "give {le:g} or less",
    "less_than": "give less than {lt:g}",
    "string_too_long": "use at most {max_length} letters",
    "string_type": "write it as text, in quotes",
    "string_pattern": "use only a-z, 0-9 and _",
    "tuple_": "give a list",
}
"""What to do, by the beginning of pydantic's name for what is wrong."""

_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
_KINDS = ("int", "float", "str", "bool")
"""What pydantic adds to the place of a value that none of several types fits."""


def parse(cls: type[T], given: Mapping[str, Any], *, where: str = "") -> T:
    """Build a `cls` from `given`; `where` stands before field names in errors (`policy.`).

    Raises BadRequest for an unknown, missing, ill-typed or out-of-range field.
    """
    _refuse_numbers_as_days(cls, given, where)
    try:
        made: T = _adapter(cls).validate_python(dict(given))  # type: ignore[arg-type]
    except ValidationError as refused:
        errors = refused.errors(include_url=False)
        # a misspelt field is also a missing one: the misspelling is what to say
        first = next((error for error in errors if error["type"] in _UNKNOWN), errors[0])
        raise _told(cls, first, where) from None
    _refuse_yes_as_number(given, made, where)
    return made


def _refuse_yes_as_number(given: Any, made: Any, name: str) -> None:
    """What pydantic counts as 0 or 1 is no number: `splits: yes` means something else."""
    if isinstance(given, bool) and isinstance(made, int | float) and not isinstance(made, bool):
        raise BadRequest(
            f"{name} is {given}, which is no number.", hint=f"Mend {name}: give a number."
        )
    inner: list[tuple[object, Any, Any]] = []
    if isinstance(given, Mapping):
        held = vars(made) if is_dataclass(made) else made if isinstance(made, Mapping) else {}
        inner = [(k, each, held.get(k)) for k, each in given.items() if type(each) not in _LEAVES]
    elif isinstance(given, list | tuple) and isinstance(made, list | tuple):
        pairs = enumerate(zip(given, made, strict=False))
        inner = [(n, each, one) for n, (each, one) in pairs if type(each) not in _LEAVES]
    begin = f"{name}." if name and not name.endswith((".", " ")) else name
    for key, each, one in inner:
        _refuse_yes_as_number(each, one, f"{begin}{key}")


_LEAVES = frozenset({str, float, int, type(None)})
_PLAIN = _LEAVES | {bool}


def plain(value: Any) -> Any:
    """The reverse of `parse`: only dicts, lists, strings, numbers, booleans and None."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if is_dataclass(kind):
        return {said: plain(getattr(value, name)) for name, said in _said(kind)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


@cache
def _said(cls: Any) -> tuple[tuple[str, str], ...]:
    """The fields of a noun, and what is written of each."""
    return tuple((f.name, f.name.rstrip("_")) for f in fields(cls))


_DAY = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?", re.ASCII)


def _refuse_numbers_as_days(cls: type, given: Mapping[str, Any], where: str) -> None:
    """A number, or text in another form, is no day: 0 would be one of 1970."""
    for name in _days(cls) & given.keys():
        value = given[name]
        if value is None or isinstance(value, date) or _DAY.fullmatch(str(value)):
            continue
        raise BadRequest(
            f"{where}{name} is {shown(value)}, which is no date.",
            hint=f"Mend {where}{name}: write it as 2024-01-31.",
        )


@cache
def _days(cls: type) -> frozenset[str]:
    """Fields of a noun that hold one day or instant, not several."""
    return frozenset(
        f.name
        for f in (fields(cls) if is_dataclass(cls) else ())
        if {date, datetime} & {f.type, *get_args(f.type)} and get_origin(f.type) is not tuple
    )


@cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


def _told(cls: type, error: ErrorDetails, where: str) -> BadRequest:
    path = [str(part) for part in error["loc"] if part not in _KINDS]
    name = (where + ".".join(path)).rstrip(".: ")
    kind, value = error["type"], error["input"]
    if kind in _UNKNOWN:
        hint = meant(path[-1], _known(cls, path[:-1])) or "Leave it out: there is nothing to set."
        return BadRequest(f"{name} is not a field.", hint=hint)
    if kind in ("missing", "missing_argument"):
        return BadRequest(f"{name} is required.", hint=f"Give {path[-1]}.")
    if kind == "literal_error":
        known = [
            part.strip("' ") for part in error["ctx"]["expected"].replace(" or ", ",").split(",")
        ]
        hint = f"Choose one of {', '.join(known)}."
        close = meant(str(value), known)
        return BadRequest(
            f"{name} is {shown(value)}.",
            hint=f"{close} {hint}" if close.startswith("Did") else hint,
        )
    says = error["msg"].removeprefix("Value error, ")
    says = says.replace("valid tuple", "list")
    says = says[0].lower() + says[1:] if says[:1].isupper() and not says[:2].isupper() else says
    given = "" if isinstance(value, Mapping) or not path else f" is {shown(value)}"
    return BadRequest(f"{name or cls.__name__}{given}: {says}.", hint=_cure(error, name))


def _cure(error: ErrorDetails, name: str) -> str:
    """What to write instead of a value that was refused."""
    kind = error["type"]
    for ends, words in _CURES.items():
        if kind.startswith(ends):
            told = words.format(**error.get("ctx", {}))
            return f"Mend {name}: {told}."
    return f"Mend {name}." if name else "Mend what was given."


def _known(cls: Any, path: list[str]) -> list[str]:
    """Field names of the noun at `path` inside `cls`."""
    for part in path:
        if part.isdigit():  # a place in a list of nouns
            continue
        found = next((f.type for f in fields(cls) if f.name.rstrip("_") == part), None)
        nested = [t for t in (found, *get_args(found)) if is_dataclass(t)]
        if not nested:
            return []
        cls = nested[0]
    return [f.name.rstrip("_") for f in fields(cls)]
