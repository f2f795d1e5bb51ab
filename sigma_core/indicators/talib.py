"""TA-Lib's catalogue, registered from its own metadata: what makes sense as a feature."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import talib
from talib import abstract

from sigma_core.indicators._columns import Array
from sigma_core.indicators._define import INDICATORS, LONGEST, Indicator, Limits, Number, Param
from sigma_core.indicators._talib_facts import (
    AVERAGES,
    BOUNDS,
    CUMULATIVE,
    FRACTIONS,
    GROUPS,
    LEFT_OUT,
    ORDERED,
    UNITS,
)


def _register() -> None:
    for function in talib.get_functions():  # type: ignore[no-untyped-call]
        if function not in LEFT_OUT:
            INDICATORS.add(_indicator(function))


def _function(name: str, **params: Number) -> Any:
    """What TA-Lib knows of a function; the stub of its module forgets the class."""
    return abstract.Function(name, **params)  # type: ignore[attr-defined]


def _indicator(function: str) -> Indicator:
    info = _function(function).info
    theirs = {name: _short(name) for name in info["parameters"]}
    params = {
        ours: _param(function, name, ours, info["parameters"][name])
        for name, ours in theirs.items()
    }
    change = CUMULATIVE.get(function)
    if change:
        params["change"] = Param("change", 1, 1, LONGEST)
    outputs = tuple(_output(function, out) for out in info["output_names"])
    return Indicator(
        name=function.lower(),
        group=GROUPS[info["group"]],
        inputs=_inputs(info["input_names"]),
        params=params,
        outputs=outputs if len(outputs) > 1 else (),
        bounds=_bounds(function),
        fn=_fn(function, change, tuple(theirs), places=len(outputs)),
        warmup_fn=_warmup(function, tuple(theirs), change),
        ordered=ORDERED.get(function, ()),
        spellings=_spellings(theirs),
        doc=_doc(function, info, change),
    )


def _fn(
    function: str, change: str | None, theirs: tuple[str, ...], *, places: int
) -> Callable[..., Array | tuple[Array, ...]]:
    """The function itself, or wrapped where what it answers is no feature yet."""
    raw = inspect.unwrap(getattr(talib, function))  # the wrapper is for pandas and polars
    if change:
        return _differenced(raw, relative=change == "relative")
    if not _whole(function):
        return lambda *columns, **params: raw(*columns, *params.values())
    lookback = _warmup(function, theirs, None)

    def floats(*columns: Array, **params: Number) -> Array | tuple[Array, ...]:
        """Whole-number outputs as floats, the warm-up missing instead of 0."""
        made = raw(*columns, *params.values())
        made = made if isinstance(made, tuple) else (made,)
        answer = tuple(np.asarray(values, dtype="float64") for values in made)
        for values in answer:
            values[: lookback(**params)] = np.nan
        return answer if places > 1 else answer[0]

    return floats


def _differenced(raw: Callable[..., Array], *, relative: bool) -> Callable[..., Array]:
    """The change of a running total over `change` bars: where the total began is forgotten."""

    def changed(*columns: Array, change: int) -> Array:
        level = raw(*columns)
        answer = np.full(len(level), np.nan)
        now, then = level[change:], level[:-change]
        answer[change:] = now / then - 1 if relative else now - then
        return answer

    return changed


def _warmup(function: str, theirs: tuple[str, ...], change: str | None) -> Callable[..., int]:
    if change:

        def leading(change: int) -> int:
            return change

        return leading

    def lookback(**params: Number) -> int:
        asked = dict(zip(theirs, params.values(), strict=True))
        return int(_function(function, **asked).lookback)

    return lookback


def _param(function: str, name: str, ours: str, default: Number) -> Param:
    if name.endswith("matype"):
        return Param(ours, default, min(AVERAGES), max(AVERAGES), AVERAGES)
    if isinstance(default, float):
        return Param(ours, default, *FRACTIONS[name])
    return Param(ours, default, _least(function, name), LONGEST)


def _least(function: str, name: str) -> int:
    """The shortest period the function takes: it knows, but does not tell but by trying."""
    trial = _function(function)
    tried = (n for n in (1, 2, 3) if _function(function, **{name: n}).lookback >= 0)
    return next(tried, int(trial.parameters[name]))


def _short(name: str) -> str:
    """`timeperiod` → `period`, `fastperiod` → `fast`, `slowk_matype` → `slowk_ma`.

    >>> [_short(n) for n in ("timeperiod", "timeperiod2", "signalperiod", "fastk_period")]
    ['period', 'period2', 'signal', 'fastk']
    """
    if name.startswith("timeperiod"):
        return name.removeprefix("time")
    if name.endswith("matype"):
        return name.removesuffix("type")
    return name.removesuffix("period").rstrip("_") or name


def _output(function: str, name: str) -> str:
    """`macdhist` → `hist`, `upperband` → `upper`; the function's own name → `line`.

    >>> [_output("MACD", n) for n in ("macd", "macdsignal")] + [_output("KC", "lowerband")]
    ['line', 'signal', 'lower']
    """
    own = "macd" if function.startswith("MACD") else function.lower()
    return name.removeprefix(own).removesuffix("band") or "line"


def _inputs(names: Mapping[str, Any]) -> tuple[str, ...]:
    lists = (one if isinstance(one, list) else [one] for one in names.values())
    return tuple(column for some in lists for column in some)


def _spellings(theirs: Mapping[str, str]) -> dict[str, str]:
    """TA-Lib's names of the parameters, and two words that everybody has for a period."""
    other = {name: ours for name, ours in theirs.items() if name != ours}
    if "period" in theirs.values():
        other |= {"length": "period", "window": "period"}
    return other


def _whole(function: str) -> bool:
    return function.startswith("CDL") or function in ("FRACTAL", "HT_TRENDMODE", "SUPERTREND")


def _bounds(function: str) -> Limits | None:
    return BOUNDS.get(function, (-100, 100) if function.startswith("CDL") else None)


def _doc(function: str, info: Mapping[str, Any], change: str | None) -> str:
    words = re.sub(r"\s+", " ", info["display_name"]).strip()
    if change:
        kind = "relative change" if change == "relative" else "change"
        words = f"{words}: its {kind} over `change` bars, as the running total has no fixed start"
    candle = "percent of conviction: 100 bullish, -100 bearish, 0 no pattern"
    scale = "Output scale same as input" in (info["function_flags"] or [])
    units = UNITS.get(function) or (
        candle if function.startswith("CDL") else "price" if scale else "its own scale"
    )
    return f"{words}.\n\nUnits: {units}.\nSource: TA-Lib 0.8, function {function}."


_register()
