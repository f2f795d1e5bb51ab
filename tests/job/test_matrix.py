"""The matrix holds what was known at each bar, and the answer that came later, and nothing else."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sigma_core.engine.matrix import KEYS, chosen
from sigma_core.errors import BadRequest, QualityError
from sigma_core.packs import find_model
from sigma_core.study import built

MODEL = "toy_eq_swing_daily"


@pytest.fixture
def config(lab):
    return find_model(lab.packs, MODEL)


def test_every_row_of_the_range_is_there_with_its_flags(lab, config):
    """1,500 bars: 14 to warm up, 3 at the end without a future, the first 60 without a band."""
    frame = built(lab, config).matrix.frame
    assert len(frame) == 1500
    assert frame["trainable"].equals(frame["cause"] == "")
    causes = frame["cause"].value_counts().to_dict()
    assert causes["no_future"] == 3
    assert causes["warm_up"] + causes["no_band"] == 60  # 60 returns are known from bar 61 on
    assert frame.loc[~frame["trainable"], "y"].isna().all()
    assert frame["y_ret"].notna().equals(frame["y"].notna())


def test_a_label_is_the_return_from_the_next_open(lab, config):
    """y_ret of row 100 runs from the open of 101 to the close of 103, which is its t1."""
    frame = built(lab, config).matrix.frame
    row = frame.iloc[100]
    assert row["y_ret"] == pytest.approx(frame["close"][103] / frame["open"][101] - 1, rel=1e-12)
    assert row["t1"] == frame["ts"][103]


def test_start_changes_no_value(lab, config):
    whole = built(lab, config).matrix
    later = built(lab, config, start=date(2013, 1, 2)).matrix
    names = [*KEYS, *whole.features]
    same = whole.frame[whole.frame["session"] >= pd.Timestamp("2013-01-02")].reset_index(drop=True)
    pd.testing.assert_frame_equal(later.frame[names], same[names])


def test_the_future_changes_nothing_that_was_known(lab, config):
    """Rows of a matrix that ends earlier are the longer one's, but for labels not yet known."""
    whole, cut = (
        built(lab, config).matrix.frame,
        built(lab, config, end=date(2014, 6, 30)).matrix.frame,
    )
    features = [c for c in cut.columns if c not in KEYS]
    pd.testing.assert_frame_equal(cut[features], whole[features].iloc[: len(cut)])
    known = cut["y"].notna()
    assert (~known).sum() == (~whole["y"].iloc[: len(cut)].notna()).sum() + 3
    assert cut.loc[known, "y"].equals(whole.loc[: len(cut) - 1, "y"][known])


def test_the_same_recipe_is_not_built_twice(lab, config):
    first, second = built(lab, config), built(lab, config)
    assert (first.reused, second.reused) == (False, True)
    assert first.matrix.sha == second.matrix.sha
    pd.testing.assert_frame_equal(first.matrix.frame, second.matrix.frame)
    assert (first.matrix.label_end == second.matrix.label_end).all()
    assert first.matrix.quality == second.matrix.quality


def test_new_bars_make_a_new_recipe_only_where_they_reach(lab, config, files):
    old = built(lab, config, end=date(2014, 6, 30))
    table = pd.read_csv(files / "TOY_daily.csv")
    table.loc[len(table) - 1, "close"] *= 1.0001
    table.loc[len(table) - 1, "high"] *= 1.0002
    table.to_csv(files / "TOY_daily.csv", index=False)
    assert built(lab, config, end=date(2014, 6, 30)).reused
    assert not built(lab, config).reused
    assert old.matrix.frame["session"].iloc[-1] == pd.Timestamp("2014-06-30")


def test_a_preview_writes_nothing(lab, config, tmp_path):
    built(lab, config, keep=False)
    assert [p for p in (tmp_path / "lake").rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        (date(2014, 1, 2), date(2013, 1, 2), "start 2014-01-02 is after end 2013-01-02"),
        (date(2020, 1, 2), None, "no daily bar from 2020-01-02"),
        (date(2040, 1, 2), None, "start 2040-01-02 is still to come"),
        (None, date(2001, 1, 2), "TOY has no daily bar from the start to 2001-01-02"),
    ],
)
def test_an_impossible_range_is_told(lab, config, start, end, says):
    with pytest.raises(BadRequest, match=says):
        built(lab, config, start=start, end=end)


def test_patterns_choose_features():
    assert chosen(["rsi_14", "atr_14", "rsi_2"], ["rsi_*"]) == ("rsi_14", "rsi_2")
    with pytest.raises(BadRequest, match="'rsj_\\*' fits no column"):
        chosen(["rsi_14"], ["rsj_*"])


def test_a_constant_feature_stops_the_build_unless_waived(lab, files):
    """A market that opens at its low of the day before forever has one value of day of week: no.

    Volume that never changes has a z-score that is never defined: missing on every row.
    """
    table = pd.read_csv(files / "TOY_daily.csv").assign(volume=1000)
    table.to_csv(files / "TOY_daily.csv", index=False)
    config = find_model(lab.packs, MODEL)
    from dataclasses import replace

    from sigma_core.domain.model import IndicatorSpec

    flat = replace(config, indicators=(*config.indicators, IndicatorSpec(name="volume")))
    with pytest.raises(QualityError, match="volume is always 1000"):
        built(lab, flat)
    waived = replace(flat, allow_quality=("constant",))
    outcome = {c.name: c.outcome for c in built(lab, waived).matrix.quality.checks}
    assert outcome["constant"] == "waived"
    assert np.isfinite(built(lab, waived).matrix.frame["volume"]).all()
