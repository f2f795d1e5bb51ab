"""Laws that every indicator obeys. A new file in indicators/ is tested by being there."""

import re
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
import pytest
import talib

from sigma_core.errors import BadRequest
from sigma_core.indicators import INDICATORS, Columns, Indicator
from sigma_core.indicators._talib_facts import CUMULATIVE, LEFT_OUT

ALL = list(INDICATORS)
OVERSHOOTS = {3, 4, 8, 9, 12}
"""Averages that leave the range of what they average: an oscillator of them has no bounds."""


DAILY = [one for one in ALL if not one.cadences]
PRICES = {"open", "high", "low", "close", "volume"}


def each(some: list[Indicator] = ALL) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the law for each of them, a group being one test; who breaks it is named."""
    groups: dict[str, list[Indicator]] = {}
    for one in some:
        groups.setdefault(one.group, []).append(one)

    def of(law: Callable[..., None]) -> Callable[..., None]:
        @pytest.mark.parametrize("group", groups)
        @wraps(law)
        def of_all(group: str, **fixtures: Any) -> None:
            for one in groups[group]:
                try:
                    law(one, **fixtures)
                except Exception as broken:
                    broken.add_note(f"by {one.name}")
                    raise

        takes = signature(law)
        first, *rest = takes.parameters.values()
        of_all.__signature__ = takes.replace(parameters=[first.replace(name="group"), *rest])
        return of_all

    return of


@pytest.fixture(scope="session")
def days(daily) -> pd.DataFrame:
    return daily("2015-01-02", 500)


@pytest.fixture(scope="session")
def ticks(intraday) -> pd.DataFrame:
    """65 sessions of five minutes over the clock change of March and a half day of July 2017."""
    return intraday("2017-06-01", 65, minutes=15)


@pytest.fixture(scope="session")
def series(days, ticks, columns) -> dict[str, tuple[pd.DataFrame, Columns]]:
    return {"daily": (days, columns(days)), "15m": (ticks, columns(ticks))}


@pytest.fixture(scope="session")
def prefixes(days, ticks, columns) -> dict[str, list[Columns]]:
    """The same bars, cut off at many places."""
    spots = {"daily": (days, [*range(1, 500, 23), *range(480, 500)])}
    spots["15m"] = (ticks, [*range(5, len(ticks), 131), *range(len(ticks) - 27, len(ticks))])
    return {name: [columns(bars.iloc[:n]) for n in cuts] for name, (bars, cuts) in spots.items()}


@pytest.fixture(scope="session")
def years(daily, columns) -> tuple[Columns, Columns]:
    """1,500 days, and the last 800 of them."""
    bars = daily("2012-01-03", 1500)
    return columns(bars), columns(bars.iloc[700:].reset_index(drop=True))


def cadences(one: Indicator) -> list[str]:
    return [name for name in ("daily", "15m") if not one.cadences or name in one.cadences]


def variants(one: Indicator, count: int = 4) -> list[dict[str, int | float]]:
    """The defaults, and some other parameters that are the same in every run."""
    rng = np.random.default_rng(len(one.name))
    found: list[dict[str, int | float]] = [{}]
    while one.params and len(found) < count:
        drawn = {name: _draw(p, rng) for name, p in one.params.items()}
        for less, more in one.ordered:
            drawn[more] = drawn[less] + int(rng.integers(1, 9))
        found.append(drawn)
    return found


def _draw(param, rng) -> int | float:
    if param.choices:
        return int(rng.choice(param.choices))
    if param.whole:
        return int(rng.integers(param.low, max(param.low, 3) + 25))
    return round(float(rng.uniform(param.low, min(param.high, 5 * param.default + 0.1))), 3)


@each()
def test_sees_no_future(one, series, prefixes):
    """Its values on any prefix of the bars are those on all of them, to the last bit."""
    for name in cadences(one):
        whole = one.compute(series[name][1])
        for cut in prefixes[name]:
            for part, values in zip(one.compute(cut), whole, strict=True):
                np.testing.assert_array_equal(part, values[: len(cut)])


@each(DAILY)
def test_warms_up_as_it_says(one, series):
    """The first bar at which every column has a value is the one announced, no other."""
    _, columns = series["daily"]
    for params in variants(one):
        known = np.isfinite(one.compute(columns, **params)).all(axis=0)
        assert known.any(), params
        assert int(known.argmax()) == one.warmup(**params), params
        assert known[one.warmup(**params) :].all(), params


@each([one for one in ALL if one.sessions_fn])
def test_sessions_to_warm_up_are_as_it_says(one, series):
    """In the session before there is at most its last bar, in this one there are values."""
    bars, columns = series["15m"]
    for params in variants(one):
        first = int(np.isfinite(one.compute(columns, **params)).all(axis=0).argmax())
        session = bars["session"].rank(method="dense").to_numpy(dtype=int) - 1
        announced = one.sessions(**params)
        if announced > session.max():
            continue
        if one.warmup(**params) > (session < announced).sum():
            continue  # the bars it needs are more than these sessions hold
        assert first >= (session < announced).sum() - 1, params
        assert session[first] <= announced, params


@each()
def test_makes_the_columns_it_names(one, series):
    bars, columns = series[cadences(one)[0]]
    for params in variants(one):
        made, names = one.compute(columns, **params), one.columns(**params)
        assert len(made) == len(names) == len(set(names))
        assert all(values.dtype == np.float64 and len(values) == len(bars) for values in made)
        assert all(re.fullmatch(r"[a-z][a-z0-9_.-]*", name) for name in names)


def test_no_two_columns_share_a_name():
    names = [name for one in ALL for name in one.columns()]

    assert sorted(set(names)) == sorted(names)


@each([one for one in ALL if one.params])
def test_every_parameter_is_in_the_column_names(one):
    """Two settings are two columns: nothing is rounded away."""
    for name, param in one.params.items():
        others = [c for c in param.choices if c != param.default]
        step = others[0] if others else param.default + 1 if param.whole else 0.1234567
        if one.ordered and name in dict(one.ordered):
            continue
        assert one.columns(**{name: step}) != one.columns()


@each([one for one in ALL if one.bounds])
def test_stays_in_bounds(one, series):
    low, high = one.bounds
    for params in variants(one):
        averages = {p for name, p in params.items() if one.params[name].choices}
        if averages & OVERSHOOTS:
            continue
        values = np.concatenate(one.compute(series[cadences(one)[0]][1], **params))
        values = values[~np.isnan(values)]
        assert len(values)
        assert values.min() >= low - 1e-9
        assert values.max() <= high + 1e-9


@each(DAILY)
def test_forgets_where_history_began(one, years):
    """With 700 bars more before them, the last values are the same: no running total is left."""
    for a, b in zip(*(one.compute(bars) for bars in years), strict=True):
        np.testing.assert_allclose(a[-50:], b[-50:], rtol=1e-6, atol=1e-9)


@each()
def test_leaves_its_inputs_alone(one, series):
    _, columns = series[cadences(one)[0]]
    before = {name: columns[name].copy() for name in one.inputs}
    one.compute(columns)

    for name, values in before.items():
        np.testing.assert_array_equal(columns[name], values)


@each([one for one in DAILY if PRICES & set(one.inputs)])
def test_a_hole_costs_its_own_row_only(one, series, days, columns):
    """A row that misses an input is as if it were not there; what follows is not poisoned."""
    holed = days.copy()
    holed.loc[300, next(name for name in one.inputs if name in PRICES)] = np.nan
    without = one.compute(columns(days.drop(index=300)))
    for values, rest in zip(one.compute(columns(holed)), without, strict=True):
        assert np.isnan(values[300])
        np.testing.assert_array_equal(np.delete(values, 300), rest)


@each([one for one in DAILY if (PRICES - {"close"}) & set(one.inputs)])
def test_says_so_when_an_input_does_not_exist(one, days, columns):
    closes = days.assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan)
    missing = (PRICES - {"close"}) & set(one.inputs)
    with pytest.raises(BadRequest, match=f"{one.name} needs .*{min(missing)}"):
        one.compute(columns(closes))


@each([one for one in ALL if one.params])
def test_takes_its_whole_range_and_no_more(one, series):
    _, columns = series[cadences(one)[0]]
    for name, param in one.params.items():
        kind = int if param.whole else float
        for value in map(kind, param.choices or (param.low, param.high)):
            others = {more: value + 1 for less, more in one.ordered if less == name}
            others |= {less: value - 1 for less, more in one.ordered if more == name}
            if any(not one.params[o].low <= v <= one.params[o].high for o, v in others.items()):
                continue
            if len(one.ordered) < 2:
                one.compute(columns, **{name: value} | others)
        beyond = max(param.choices) + 1 if param.choices else param.high + 1
        for value in (param.low - 1, beyond, float("nan"), "ten", True, None):
            with pytest.raises(BadRequest, match=f"{one.name}: {name} is "):
                one.bind({name: value})


@each()
def test_is_explained(one):
    assert one.sentence.endswith(".")
    assert one.units
    assert one.source
    assert one.group
    if ">>>" not in one.doc:
        assert one.source.startswith(("TA-Lib 0.8, function", "the bar"))


def test_all_of_talib_is_here_or_left_out_for_a_reason():
    ours = {one.source.rpartition(" ")[2].rstrip(".") for one in ALL if "TA-Lib" in one.source}

    assert len(ours) >= 150
    assert set(talib.get_functions()) - ours <= set(LEFT_OUT)
    assert not ours & set(LEFT_OUT)
    assert set(CUMULATIVE) <= ours


@each()
def test_an_empty_market_has_no_values(one, days, columns):
    assert all(len(values) == 0 for values in one.compute(columns(days.iloc[:0])))


@each()
def test_fewer_bars_than_it_needs_are_all_missing(one, series, columns):
    bars = series[cadences(one)[0]][0]
    few = bars.iloc[: max(1, one.warmup())]
    made = one.compute(columns(few))

    assert all(len(values) == len(few) for values in made)
    if one.warmup():
        assert not np.isfinite(made).all(axis=0).any()
