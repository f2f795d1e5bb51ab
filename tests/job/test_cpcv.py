"""Paths of a rule: counted as no trial, read back the second time."""

from sigma_core.verbs.cpcv import Cpcv, cpcv

MODEL = "toy_eq_swing_daily"


def test_paths_are_no_trial_and_their_fits_are_kept(lab):
    ask = Cpcv(model_id=MODEL, thresholds="0.52", groups=4, tested=2)
    found = cpcv(lab, ask)
    assert len(found.paths) == 3
    assert lab.ledger.rows() == []
    assert not list(lab.lake.root.glob("trials/**/*.parquet"))
    assert len({path.metrics.sharpe for path in found.paths}) == 3
    for path in found.paths:
        assert path.equity[-1] == 1 + path.metrics.return_
        assert len(path.days) == len(path.equity) <= 400
    above = sum(path.metrics.sharpe > 0 for path in found.paths)
    assert f"Of 3 paths {above} have a Sharpe above 0" in found.words
    assert (found.above_zero, found.gate_sharpe) == (above / 3, 0.7)  # balanced
    assert found.above_gate == sum(path.metrics.sharpe > 0.7 for path in found.paths) / 3
    files = sorted(lab.lake.root.glob("predictions/**/*.parquet"))
    assert len(files) == 3
    assert cpcv(lab, ask) == found
    assert sorted(lab.lake.root.glob("predictions/**/*.parquet")) == files
