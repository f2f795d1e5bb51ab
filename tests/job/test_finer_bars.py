"""Finer bars of a file, from the build to what the lake keeps: on a year of real SPY."""

import numpy as np
import pytest
import yaml

from sigma_core import packs
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse
from sigma_core.recall import recalled
from sigma_core.study import built
from sigma_core.verbs import VERBS

MODEL = "spy_eq_swing_hourly"
CONFIG = {
    "provider": "files",
    "indicators": [{"name": "rsi"}, {"name": "log_ret", "params": {"period": 5}}],
    "label": {"kind": "triple_barrier", "params": {"bars": 5}},
    "learner": {"name": "logistic"},
    "policy": {"brackets": {"atr_period": 5, "atr_mult_stop": 0.3, "atr_mult_target": 0.35,
                            "min_rr": 0.0}},
}  # fmt: skip
ABOUT = {"title": "A", "sentence": "B.", "assets": ["eq"], "horizons": ["swing"]}


@pytest.fixture(scope="module")
def lab(shared_data, tmp_path_factory):
    """SPY by five minutes, of which hourly bars are made and settled."""
    root = tmp_path_factory.mktemp("finer")
    models = root / "packs" / "one" / "model_configs"
    models.mkdir(parents=True)
    (models.parent / "pack.yaml").write_text(yaml.safe_dump(ABOUT | {"cadences": ["hourly"]}))
    (models / f"{MODEL}.yaml").write_text(yaml.safe_dump(CONFIG))
    files = root / "files"
    files.mkdir()
    (files / "SPY_5m.parquet").symlink_to(shared_data / "equity_5m_2023_2025.parquet")
    (files / "SPY_5m.yaml").write_text("stamp: start\nsymbol: SPY\nadjustment: split\n")
    return Lab(packs=root / "packs", lake=Lake(root / "lake"), files=files)


@pytest.mark.slow
def test_finer_bars_stand_in_recipe_answer_trades_and_memory(lab):
    ask = parse(VERBS["backtest"].ask, {"model_id": MODEL, "thresholds": "0.45"})
    done = VERBS["backtest"].fn(lab, ask)
    m = done.entry.metrics
    trades = lab.lake.frame("SELECT * FROM trades")
    both = trades["settled"].sum() + trades["ambiguous"].sum()
    assert m.settled_share == pytest.approx(trades["settled"].sum() / both)
    assert m.settled_share > 0.8
    assert m.ambiguous_share == pytest.approx(trades["ambiguous"].mean())
    booked, lucky = (np.prod(1 + trades[name]) - 1 for name in ("ret", "ret_best"))
    assert (m.return_, m.return_best) == (pytest.approx(booked), pytest.approx(lucky))
    assert m.return_best > m.return_
    words = VERBS["backtest"].table(done)
    assert "finer bars tell which came first" in words
    assert "return at worst" in words
    config = packs.model(lab.packs, "one", MODEL)
    made = built(lab, config)
    assert (made.reused, set(made.recipe["finer"])) == (True, {"5m"})
    again = recalled(lab, config, matrix_sha=made.matrix.sha, provider="files")
    assert np.array_equal(again.matrix.tape.fine.high, made.matrix.tape.fine.high)
    assert len(again.matrix.tape.fine.high) > 50_000 / 3


@pytest.mark.slow
def test_labels_read_the_same_finer_bars(lab, tmp_path):
    """Without them, bars that hold both levels are labelled by the stop: fewer targets are met."""
    config = packs.model(lab.packs, "one", MODEL)
    settled = built(lab, config, keep=False)
    from sigma_core.fetch import bars_of

    hours = bars_of(lab, "SPY", "hourly", provider="files", keep=False).frame
    alone = tmp_path / "files"
    alone.mkdir()
    hours.drop(columns="session").to_parquet(alone / "SPY_hourly.parquet", index=False)
    (alone / "SPY_hourly.yaml").write_text("stamp: end\nadjustment: split\n")
    other = Lab(packs=lab.packs, lake=Lake(tmp_path / "lake"), files=alone)
    plain = built(other, config, keep=False)
    assert plain.recipe["finer"] == {}
    assert plain.recipe_sha != settled.recipe_sha
    flats = [(one.matrix.frame["y"] == "FLAT").sum() for one in (settled, plain)]
    assert flats[0] < flats[1]
