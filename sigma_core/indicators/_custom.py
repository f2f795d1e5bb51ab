"""Indicators of a pack's own: a known one under another name, or a function in a file.

A file is read, never run, to know what it declares; it runs when values are asked for, and only
once it has kept the laws.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sigma_core.custom_laws import Breach, called, loaded
from sigma_core.domain.model import CustomSpec
from sigma_core.errors import BadRequest, meant
from sigma_core.indicators._columns import BARS, CLOCK, Array
from sigma_core.indicators._define import LONGEST, Indicator, Number, Param
from sigma_core.indicators._names import find
from sigma_core.indicators._trial import Trial
from sigma_core.lineage import short
from sigma_core.shelf import sha as sha_of_bytes

WIDEST = 1e12
_CADENCES = ("5m", "15m", "hourly", "daily")


@dataclass(frozen=True)
class Source:
    """A file as it stood when it was read."""

    name: str
    where: str
    """As errors and people name it: `packs/swingsigma/custom_indicators/mine.py`."""
    text: str


_SOURCES: dict[str, Source] = {}
"""Files that were read in this process, by the sha of their bytes."""


def keep(name: str, where: str, raw: bytes) -> str:
    """Take note of a file's bytes; their sha, by which a model asks for them.

    Raises BadRequest if the file declares no indicator of that name.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(f"{where} is not UTF-8.", hint="Save it as UTF-8.") from None
    sha = sha_of_bytes(raw)
    source = Source(name, where, text)
    _read(source, sha)
    _SOURCES[sha] = source
    return sha


def custom_of(spec: CustomSpec) -> Indicator:
    """The indicator that a model of a pack asks for.

    Raises UnknownName or BadRequest: a base that is none, or a file that is not the one it was.
    """
    if spec.sha is None:
        one = find(spec.base or "")
        return replace(one, name=spec.name)
    if spec.sha not in _SOURCES:
        raise BadRequest(
            f"The custom indicator {spec.name} was made with a file of sha {short(spec.sha)}, and"
            " the pack's is another.",
            hint="Put that file back, or train anew.",
        )
    return _read(_SOURCES[spec.sha], spec.sha)[0]


def trial_of(spec: CustomSpec) -> Trial | None:
    """How the file of a model's indicator is tried; None if it has none. Raises as `custom_of`."""
    if spec.sha is None:
        return None
    custom_of(spec)
    return _read(_SOURCES[spec.sha], spec.sha)[1]


@lru_cache(maxsize=256)
def _read(source: Source, sha: str) -> tuple[Indicator, Trial]:
    """What a file declares: its function's inputs and parameters, and a few names in capitals."""
    refuse = _Refusal(source.where)
    tree = _tree(source, refuse)
    function = next(
        (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == source.name), None
    )
    if function is None:
        raise refuse(f"has no function called {source.name}", "Name the function like the file.")
    inputs = _inputs(function, refuse)
    said = _constants(tree, refuse)
    outputs, bounds = said.get("OUTPUTS", ()), said.get("BOUNDS")
    trial = Trial(
        where=source.where, text=source.text, sha=sha, name=source.name, inputs=inputs,
        outputs=len(outputs) or 1, bounds=bounds, cadences=said.get("CADENCES", ()),
    )  # fmt: skip
    found = Indicator(
        name=source.name,
        group="custom",
        inputs=inputs,
        params=_params(function, said.get("LIMITS", {}), refuse),
        outputs=outputs,
        bounds=bounds,
        fn=_runner(trial),
        warmup_fn=lambda **_: 0,
        measured=True,
        cadences=said.get("CADENCES", ()),
        doc=ast.get_docstring(function) or "",
    )
    return found, trial


def _runner(trial: Trial) -> Callable[..., tuple[Array, ...]]:
    def run(*arrays: Array, **params: Number) -> tuple[Array, ...]:
        trial.accept(params)
        given = dict(zip(trial.inputs, arrays, strict=True))
        try:
            fn = loaded(trial.text, trial.name, trial.where)
            return called(fn, given, params, trial.outputs, trial.where)
        except Breach as broken:
            raise trial.breach(broken.law, str(broken)) from broken

    return run


class _Refusal:
    """Makes the errors of one file."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __call__(self, words: str, hint: str) -> BadRequest:
        return BadRequest(f"{self._where} {words}.", hint=hint)


def _tree(source: Source, refuse: _Refusal) -> ast.Module:
    try:
        return ast.parse(source.text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f" in line {line}" if line else ""
        raise refuse(f"is not Python{place}: {error.args[0]}", "Mend it.") from None


def _inputs(function: ast.FunctionDef, refuse: _Refusal) -> tuple[str, ...]:
    """The columns that its positional parameters name."""
    args, known = function.args, (*BARS, *CLOCK)
    if args.vararg or args.kwarg or args.posonlyargs or args.defaults:
        raise refuse(
            "has a function with more than columns and, after a *, parameters with defaults",
            "Write def name(close, *, period=20):",
        )
    names = tuple(arg.arg for arg in args.args)
    if not set(names) & set(BARS):
        raise refuse("reads no price", f"Name one of {', '.join(BARS)} as a parameter.")
    for name in names:
        if name not in known:
            raise refuse(f"reads {name!r}, which is no column", meant(name, known))
    return names


def _params(
    function: ast.FunctionDef, limits: Mapping[str, tuple[float, float]], refuse: _Refusal
) -> dict[str, Param]:
    found = {}
    for arg, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        value = None if default is None else _literal(default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refuse(f"gives {arg.arg} no number as its default", "Write period=20.")
        widest = (1.0, float(LONGEST)) if isinstance(value, int) else (-WIDEST, WIDEST)
        low, high = limits.get(arg.arg, widest)
        if not low <= value <= high:
            raise refuse(f"gives {arg.arg} the default {value:g}, outside its LIMITS", "Mend it.")
        found[arg.arg] = Param(arg.arg, value, float(low), float(high))
    for name in limits.keys() - found.keys():
        raise refuse(f"has LIMITS for {name!r}, no parameter of it", meant(name, found))
    return found


def _constants(tree: ast.Module, refuse: _Refusal) -> dict[str, Any]:
    """The file's OUTPUTS, BOUNDS, LIMITS and CADENCES, as far as it has them."""
    found: dict[str, Any] = {}
    for node in (n for n in tree.body if isinstance(n, ast.Assign)):
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in _KINDS:
            value = _literal(node.value)
            fits, words = _KINDS[target.id]
            if not fits(value):
                raise refuse(f"has {target.id} that are not {words}", f"Write {target.id} = …")
            found[target.id] = value
    return found


def _literal(node: ast.expr) -> Any:
    """A value written out, `float("inf")` among them; None for anything that must be worked out."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _words(value: Any, known: tuple[str, ...] = ()) -> bool:
    fits = isinstance(value, tuple) and all(isinstance(word, str) and word for word in value)
    return fits and len(set(value)) == len(value) > 0 and (not known or set(value) <= set(known))


def _pair(value: Any) -> bool:
    numbers = isinstance(value, tuple) and all(isinstance(v, int | float) for v in value)
    return numbers and len(value) == 2 and value[0] < value[1]


_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "OUTPUTS": (
        lambda v: _words(v) and all(word.isidentifier() and word.islower() for word in v),
        'different words, ("upper", "lower")',
    ),
    "BOUNDS": (_pair, "two numbers, (0, 1)"),
    "LIMITS": (
        lambda v: isinstance(v, dict) and all(map(_pair, v.values())),
        'pairs of numbers, {"period": (2, 500)}',
    ),
    "CADENCES": (lambda v: _words(v, _CADENCES), f"some of {', '.join(_CADENCES)}"),
}
