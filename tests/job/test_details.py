"""Runs and bundles from close by: what their parts must add up to, and what is refused."""

from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pandas as pd
import pytest

from sigma_core.engine.bundle import scorer_of
from sigma_core.engine.explain import sampled, shares, toward_up
from sigma_core.engine.reliability import base_rate, reliability, wilson
from sigma_core.engine.thin import extremes, fall, merged
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.learners import LEARNERS
from sigma_core.schemas import MATRICES, PREDICTIONS
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.bundle_detail import BundleDetailAsk, bundle_detail
from sigma_core.verbs.run_detail import RunDetailAsk, run_detail
from sigma_core.verbs.train import Train, train
from tests.job.conftest import MODEL, market, pack

RULE = {"model_id": MODEL, "thresholds": "0.50"}
LEARNER = {"xgboost": {"rounds": 15}, "logistic": {}}


@pytest.fixture(scope="module")
def labs(tmp_path_factory):
    """A lab for each learner in which one rule was backtested and trained."""
    return {name: _ran(tmp_path_factory.mktemp(name), name) for name in LEARNER}


def _ran(home, learner):
    """A lab, what its backtest answered, and its bundle."""
    (home / "files").mkdir()
    market(1500).to_csv(home / "files" / "TOY_daily.csv", index=False)
    packs = pack(home / "packs", learner={"name": learner, "params": LEARNER[learner]})
    minutes = count()
    start = datetime(2024, 1, 2, tzinfo=UTC)
    lab = Lab(
        packs=packs,
        lake=Lake(home / "lake"),
        files=home / "files",
        now=lambda: start + timedelta(minutes=next(minutes)),
    )
    done = backtest(lab, BacktestAsk(**RULE))
    return lab, done, train(lab, Train(**RULE, override=True, reason="to look into it"))


@pytest.fixture(scope="module")
def ran(labs):
    """The lab, its backtest, and that backtest from close by."""
    lab, done, _ = labs["xgboost"]
    return lab, done, run_detail(lab, RunDetailAsk(run_id=done.run_id, points=100_000))


@pytest.fixture(params=list(LEARNER), scope="module")
def trained(request, labs):
    """The lab of each learner, and its bundle from close by."""
    lab, _, kept = labs[request.param]
    return lab, bundle_detail(lab, BundleDetailAsk(bundle_id=kept.bundle_id))


def test_trades_compound_to_the_end_of_the_curve(ran):
    _, done, found = ran
    assert len(found.trades) == done.trades > 50
    end = np.prod([1 + t.size * t.ret for t in found.trades])
    assert found.curve.equity[-1] == pytest.approx(end, rel=1e-12)
    assert found.curve.equity[-1] - 1 == pytest.approx(done.entry.metrics.return_, rel=1e-12)


def test_cost_and_return_are_what_the_prices_say(ran):
    """Two fills with slippage and two fees: 2 bps of costs at the default policy, about."""
    for t in ran[2].trades:
        way = 1 if t.side == "long" else -1
        earned = way * (t.exit_px / t.entry_px - 1)
        assert t.ret <= earned + 1e-12  # fees can only take away
        assert 0 < t.cost < 0.001


def test_months_folds_and_hours_are_the_backtests_own(ran):
    _, done, found = ran
    for rows, kept in ((found.months, done.months), (found.hours, done.hours)):
        assert [pytest.approx(row) for row in rows] == list(kept)
    for row, kept in zip(found.folds, done.folds, strict=True):
        assert row == pytest.approx(kept)
    assert sum(row["trades"] for row in found.hours) == len(found.trades)
    months = np.prod([1 + row["return"] for row in found.months])
    assert months == pytest.approx(found.curve.equity[-1])


def test_the_account_is_the_same_trades_at_a_twentieth(ran):
    _, _, found = ran
    gains = [1 + 0.05 * trade.size * trade.ret for trade in found.trades]
    assert found.curve.account[-1] == pytest.approx(np.prod(gains), rel=1e-9)


def test_a_thinned_curve_keeps_its_end_and_its_deepest_fall(ran):
    lab, done, whole = ran
    thin = run_detail(lab, RunDetailAsk(run_id=done.run_id, points=60)).curve
    assert len(thin.ts) <= 60 < len(whole.curve.ts) == thin.bars
    for name in ("equity", "hold"):
        few, every = getattr(thin, name), getattr(whole.curve, name)
        assert (min(few), max(few), few[-1]) == (min(every), max(every), every[-1])
    assert min(thin.drawdown) == pytest.approx(done.entry.metrics.max_dd, rel=1e-12)
    assert min(thin.hold_drawdown) == pytest.approx(done.entry.hold.max_dd, rel=1e-12)


def test_candles_of_a_trade_hold_its_entry_and_exit(ran):
    lab, done, found = ran
    trade = found.trades[9]
    near = run_detail(lab, RunDetailAsk(run_id=done.run_id, trade=10, margin=7)).candles
    assert near.each == 1
    assert (
        len(near.ts) == 7 + trade.bars + 7
    )  # `bars` counts that of the entry and that of the exit
    assert near.ts[7] == trade.entry_ts
    assert near.ts[-8] == trade.exit_ts
    at = near.ts.index(trade.entry_ts)
    assert near.low[at] * 0.999 < trade.entry_px < near.high[at] * 1.001


def test_candles_of_the_whole_span_lose_no_extreme(ran):
    lab, done, found = ran
    few = run_detail(lab, RunDetailAsk(run_id=done.run_id, points=50)).candles
    every = found.candles
    assert len(few.ts) <= 50
    assert (max(few.high), min(few.low)) == (max(every.high), min(every.low))
    assert (few.open[0], few.close[-1]) == (every.open[0], every.close[-1])
    assert every.ts[0] == found.curve.ts[0]


def test_a_run_that_is_not_is_answered_with_one_that_is(ran):
    lab, done, _ = ran
    with pytest.raises(UnknownName, match="No backtest is called") as refused:
        run_detail(lab, RunDetailAsk(run_id=done.run_id[:-1] + "x"))
    assert done.run_id in refused.value.hint


def test_a_trade_that_is_not_is_refused(ran):
    lab, done, _ = ran
    with pytest.raises(BadRequest, match=f"trade 9999 is not one of the {done.trades} trades"):
        run_detail(lab, RunDetailAsk(run_id=done.run_id, trade=9999))


def test_a_matrix_that_is_gone_is_named(ran, monkeypatch):
    lab, done, _ = ran
    monkeypatch.setattr(type(lab.lake), "holds", lambda *_: False)
    with pytest.raises(BadRequest, match="is no longer in the lake"):
        run_detail(lab, RunDetailAsk(run_id=done.run_id))


def test_contributions_and_bias_sum_to_the_log_odds_of_the_confidence(labs):
    """With three classes too: FLAT adds to neither side."""
    for lab, _, kept in labs.values():
        files, manifest = lab.lake.load_bundle(kept.bundle_id)
        assert manifest["classes"] == ["DOWN", "FLAT", "UP"]
        names = [f["name"] for f in manifest["features"]]
        [content] = files.values()
        scorer = scorer_of(
            manifest["learner"]["name"], content, features=names, classes=manifest["classes"]
        )
        frame = lab.lake.read(MATRICES, kept.lineage.matrix_sha)[names].iloc[100:200]
        parts = toward_up(scorer.contributions(frame), manifest["classes"])
        proba = scorer.score(frame)
        odds = np.log(proba[:, 2] / proba[:, 0])
        assert parts.shape == (100, len(names) + 1)
        assert parts.sum(axis=1) == pytest.approx(odds, abs=2e-5)


@pytest.mark.parametrize("learner", list(LEARNER))
def test_two_classes_have_contributions_too(learner):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    y = (x[:, 1] > 0).astype("int8")
    fitted = LEARNERS[learner].fn(x, y, np.ones(400), classes=2, seed=1)
    parts = toward_up(fitted.contributions(x), ("0", "1"))
    proba = fitted.proba(x)
    assert parts.sum(axis=1) == pytest.approx(np.log(proba[:, 1] / proba[:, 0]), abs=2e-5)
    weight = fitted.importance()
    assert weight.argmax() == 1
    assert weight.sum() == pytest.approx(1)


def test_a_bundle_says_what_its_features_do(trained):
    _, found = trained
    size = [f.mean_abs for f in found.features]
    assert size == sorted(size, reverse=True)
    assert sum(f.importance for f in found.features) == pytest.approx(1)
    for feature in found.features:
        assert len(feature.quantiles) == len(feature.contributions) <= 160
        assert all(q is None or 0 < q <= 1 for q in feature.quantiles)
        assert feature.sign is None or -1 - 1e-9 <= feature.sign <= 1 + 1e-9


def test_reliability_counts_every_row_that_took_a_side(trained):
    lab, found = trained
    _, manifest = lab.lake.load_bundle(found.bundle.bundle_id)
    kept = lab.lake.read(PREDICTIONS, manifest["predictions_sha"]).query("fold >= 0")
    y = lab.lake.read(MATRICES, found.bundle.lineage.matrix_sha)["y"].iloc[kept["row"]]
    assert sum(b.rows for b in found.reliability) == int(y.isin(["UP", "DOWN"]).sum())
    for b in found.reliability:
        assert b.low <= b.conf < b.high or b.high == 1
        assert 0 <= b.right_low <= b.right <= b.right_high <= 1


def test_a_bundle_whose_predictions_are_gone_still_says_what_it_looks_at(labs, monkeypatch):
    lab, _, kept = labs["xgboost"]
    real = type(lab.lake).holds
    monkeypatch.setattr(
        type(lab.lake),
        "holds",
        lambda lake, table, name: table is MATRICES and real(lake, table, name),
    )
    found = bundle_detail(lab, BundleDetailAsk(bundle_id=kept.bundle_id))
    assert (found.reliability, found.forecast, found.base) == ((), None, None)
    assert found.features


def test_a_bundle_that_is_not_is_answered_with_one_that_is(labs):
    lab, _, kept = labs["xgboost"]
    with pytest.raises(UnknownName, match="No bundle is called") as refused:
        bundle_detail(lab, BundleDetailAsk(bundle_id=kept.bundle_id[:-1]))
    assert kept.bundle_id in refused.value.hint


def test_a_sample_of_rows_is_drawn_by_seed_and_keeps_order():
    rows = np.arange(1000) * 2
    one = sampled(rows, at_most=50, seed=7)
    assert len(set(one)) == 50
    assert (np.diff(one) > 0).all()
    assert set(one) <= set(rows)
    assert (one == sampled(rows, at_most=50, seed=7)).all()
    assert (one != sampled(rows, at_most=50, seed=8)).any()


def test_shares_by_hand():
    """Of two features one always pushes up with its value, the other never moves anything."""
    values = pd.DataFrame({"still": [1.0, 2, 3, 4], "push": [10.0, 30, np.nan, 20]})
    parts = np.array([[0, -0.2], [0, 0.4], [0, 0.1], [0, 0.1]])
    push, still = shares(values, parts, np.array([0.25, 0.75]), drawn=1, points=4)
    assert (push.name, push.importance, push.contributions) == ("push", 0.75, tuple(parts[:, 1]))
    assert (push.mean_abs, push.sign) == (pytest.approx(0.2), pytest.approx(1.0))
    assert push.quantiles == (pytest.approx(1 / 3), 1.0, None, pytest.approx(2 / 3))
    assert (still.sign, still.mean_abs, still.quantiles) == (None, 0.0, ())


def test_reliability_by_hand():
    """Confidences .60 UP, .60 UP, .70 DOWN of rows that came UP, DOWN, DOWN; one has no label."""
    proba = np.array([[0.4, 0.6], [0.4, 0.6], [0.7, 0.3], [0.2, 0.8]])
    y = np.array([1, 0, 0, -1], "int8")
    first, second = reliability(proba, y, ("DOWN", "UP"))
    assert (first.low, first.high, first.rows, first.right) == (0.6, 0.625, 2, 0.5)
    assert (second.low, second.rows, second.right) == (0.7, 1, 1.0)
    base = base_rate(proba, y, ("DOWN", "UP"))
    assert base.rows == 3
    assert base.brier == pytest.approx(2 / 9)  # p(1 - p) with p = 1/3


def test_wilson_is_as_published():
    """R. Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81/263 and 0/20, 1/29."""
    for hits, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(hits, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_extremes_keep_highs_and_lows_of_every_curve():
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(2, 10_000)).cumsum(axis=1)
    kept = extremes([one, two], points=300)
    assert len(kept) <= 300
    assert {0, 9999, one.argmin(), one.argmax(), two.argmin(), two.argmax()} <= set(kept.tolist())
    assert extremes([one[:200], two[:200]], points=300).tolist() == list(range(200))


def test_fall_by_hand():
    assert fall(np.array([0.9, 1.2, 0.6, 1.2])) == pytest.approx([-0.1, 0, -0.5, 0])


def test_merged_candles_by_hand():
    bars = pd.DataFrame(
        {
            "ts": pd.date_range("2024-01-01", periods=3, tz="UTC"),
            "open": [1.0, 2, 3],
            "high": [5.0, 9, 4],
            "low": [0.5, 0.4, 2],
            "close": [2.0, 3, 3.5],
        }
    )
    candles, each = merged(bars, points=2)
    assert each == 2
    assert candles.drop(columns="ts").to_numpy().tolist() == [[1, 9, 0.4, 3], [3, 4, 2, 3.5]]
    assert candles["ts"].tolist() == [bars["ts"][1], bars["ts"][2]]
