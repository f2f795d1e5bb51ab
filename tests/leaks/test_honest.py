"""Nothing that ships is accused: every indicator, on days and within them; no honest model."""

import numpy as np
import pytest

from sigma_core.calendars import calendar
from sigma_core.engine.leaks import Asked
from sigma_core.engine.leaks._answer import copies
from sigma_core.engine.leaks._folds import folds_of, overlaps, path_overlaps
from sigma_core.engine.leaks._future import from_the_future, full_cuts
from sigma_core.engine.leaks._stamps import late_bars
from sigma_core.engine.matrix import KEYS
from sigma_core.indicators import INDICATORS
from sigma_core.progress import silent
from sigma_core.providers._resample import resampled

NYSE = calendar("XNYS")
OTHERS = ("VIX", "VIX9D", "VIX3M")


def accused(case, *, step=2):
    """All that the checks without a fit find, at every so many of the instants of a full audit."""
    cut = folds_of(case, Asked())
    rows = full_cuts(case, np.random.default_rng(2)).tolist()[::step]
    return [
        *from_the_future(case, rows, silent), *copies(case, cut.rows), *late_bars(case),
        *overlaps(case, cut, Asked()), *path_overlaps(case, cut, Asked()),
    ]  # fmt: skip


def every(cadence):
    """Each indicator of the registry that can be made of such bars, by its defaults.

    Those of options are held to the same in tests/options.
    """
    there = ("rsi", "natr", *KEYS)  # the case has the first two
    return [
        {"name": one.name}
        for one in INDICATORS
        if (not one.cadences or cadence in one.cadences) and not one.rows and one.name not in there
    ]


@pytest.mark.slow
def test_no_indicator_is_accused_on_daily_bars(case, daily):
    """With missing sessions of the VIX and bars without volume, so that values stand still."""
    vix = {(name, "daily"): daily(seed=k).drop(index=[300, 301]) for k, name in enumerate(OTHERS)}
    bars = daily()
    bars.loc[500:503, "volume"] = np.nan
    market = {("TOY", "daily"): bars} | {k: v.reset_index(drop=True) for k, v in vix.items()}
    assert accused(case(market, every("daily"), allow_quality=["nan_share"])) == []


@pytest.mark.slow
def test_no_indicator_is_accused_within_the_session(case, minutes, daily):
    """Hourly bars, and the same indicators of the ticker's days and of the VIX."""
    fine = minutes(200)
    hours, days = resampled(fine, NYSE, "hourly"), resampled(fine, NYSE, "daily")
    other = daily(800)
    market = {("TOY", "hourly"): hours, ("TOY", "daily"): days}
    market |= {(name, "daily"): other for name in OTHERS}
    plain = every("hourly")
    home = {one.name for one in INDICATORS if one.of}
    joined = [one | {"cadence": "daily"} for one in every("daily") if one["name"] not in home]
    joined += [{"name": "close", "of": "VIX"}, {"name": "roc", "of": "VIX"}]
    assert accused(case(market, [*plain, *joined], finer={"5m": fine}), step=8) == []


def test_an_honest_model_passes_every_check(case, daily, full):
    found = full(case({("TOY", "daily"): daily()}))
    assert found.ok
    assert {each.kind for each in found.checks if each.outcome == "met"} == {
        "restated", "future", "answer", "stamps", "folds", "fits", "later",
    }  # fmt: skip
    assert found.words == f"2 columns × {found.cuts} instants, nothing saw the future"


def test_a_matrix_too_short_for_folds_says_so(case, daily, sample):
    found = sample(case({("TOY", "daily"): daily(120)}))
    [folds] = [each for each in found.checks if each.kind == "folds"]
    assert folds.outcome == "open"
    assert "rows" in folds.words
    assert found.ok
