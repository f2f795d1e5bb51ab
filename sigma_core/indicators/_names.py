"""How indicators are asked for: other names, names with numbers in them, and the catalogue."""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from sigma_core.domain.model import IndicatorSpec
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.indicators._define import INDICATORS, Indicator, Number

ALIASES: Mapping[str, str] = {
    "awesome": "ao",
    "bb": "bbands",
    "bollinger": "bbands",
    "bollinger_bands": "bbands",
    "chaikin_money_flow": "cmf",
    "chaikin_osc": "adosc",
    "dow": "day_of_week",
    "force_index": "efi",
    "gex": "gamma_exposure",
    "hour": "minutes_since_open",
    "iv_skew": "iv_skew_25d",
    "iv_zscore": "atm_iv_zscore",
    "momentum": "mom",
    "momentum_score": "momentum_score_total",
    "option_flow": "flow_by_strike",
    "options_smile": "iv_smile_wings",
    "parabolic_sar": "sar",
    "psar": "sar",
    "put_call_ratio": "pcr_volume",
    "session_vwap": "vwap",
    "stochastic": "stoch",
    "stoch_rsi": "stochrsi",
    "true_range": "trange",
    "ultimate_oscillator": "ultosc",
    "vix": "vix_level",
    "vix_close": "vix_level",
    "vix_slope": "vix_term_slope",
    "vix_term_structure": "vix_term_slope",
    "volume_zscore": "vol_zscore",
    "williams_r": "willr",
}
"""The guides' and other common names of what the registry calls otherwise."""

_WITH_NUMBERS = re.compile(r"(?P<name>.+?)(?P<numbers>(?:_\d+(?:\.\d+)?)+)")


def find(name: str) -> Indicator:
    """The indicator of that name or alias.

    Raises UnknownName, with what was probably meant.
    """
    known = {one.name for one in INDICATORS}
    if name not in known and name not in ALIASES:
        raise UnknownName("indicator", name, known | set(ALIASES))
    return INDICATORS[ALIASES.get(name, name)]


def resolved(spec: IndicatorSpec) -> IndicatorSpec:
    """`spec` under the registry's own name, with every parameter written out.

    The guides' short form is read too: `ema_20` is `ema` with its first parameter 20.
    Raises UnknownName or BadRequest.
    """
    name, params = _split(spec)
    one = find(name)
    return replace(spec, name=one.name, params=one.bind(params))


def _split(spec: IndicatorSpec) -> tuple[str, Mapping[str, Number]]:
    """Name and parameters; numbers at the end of a name are its first parameters."""
    known = {one.name for one in INDICATORS} | set(ALIASES)
    parts = _WITH_NUMBERS.fullmatch(spec.name)
    if spec.name in known or parts is None or parts["name"] not in known:
        return spec.name, spec.params
    names = list(find(parts["name"]).params)
    numbers = parts["numbers"][1:].split("_")
    if spec.params or len(numbers) > len(names):
        raise BadRequest(
            f"{spec.name!r} gives {parts['name']} more numbers than it takes.",
            hint=f"Write name: {parts['name']} and its params: {', '.join(names) or 'none'}.",
        )
    values = (float(n) if "." in n else int(n) for n in numbers)
    return parts["name"], dict(zip(names, values, strict=False))


def catalogue() -> list[dict[str, Any]]:
    """Every indicator with its group, sentence, inputs, parameters, columns and warm-up."""
    names: dict[str, list[str]] = {}
    for other, name in ALIASES.items():
        names.setdefault(name, []).append(other)
    return [_entry(one, names.get(one.name, [])) for one in INDICATORS]


def _entry(one: Indicator, aliases: list[str]) -> dict[str, Any]:
    return {
        "name": one.name,
        "group": one.group,
        "sentence": one.sentence,
        "inputs": list(one.inputs),
        "of": one.of,
        "params": {
            p.name: {"default": p.default, "low": p.low, "high": p.high, "range": p.range}
            for p in one.params.values()
        },
        "columns": list(one.columns()),
        "bounds": [b if isfinite(b) else None for b in one.bounds] if one.bounds else None,
        "units": one.units,
        "source": one.source,
        "warmup": one.warmup(),
        "warmup_sessions": one.sessions(),
        "cadences": list(one.cadences),
        "aliases": aliases,
    }
