"""Every figure of two pipelines, found again from the files they left in the lake."""

import itertools
import math
import statistics as stats

import pytest

NORMAL, EULER = stats.NormalDist(), 0.5772156649015329

pytestmark = pytest.mark.slow


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def sharpe(returns):
    return stats.fmean(returns) / stats.stdev(returns)


def drawdown(curve):
    top, worst = 1.0, 0.0
    for value in curve:
        top = max(top, value)
        worst = min(worst, value / top - 1)
    return worst


def barrier(study, t):
    """UP or DOWN where the bracket of that side meets its target, else FLAT."""
    for side, name in ((1, "UP"), (-1, "DOWN")):
        if study.bracket(t, side)[2] == "target":
            return name
    return "FLAT"


def band(study, t):
    """The return from the next open to the close five sessions on, against 0.3 deviations of it."""
    closes = [row["close"] for row in study.bars[study.at[t] - 60 : study.at[t] + 1]]
    logs = [math.log(b / a) for a, b in itertools.pairwise(closes)]
    edge = 0.3 * stats.stdev(logs) * math.sqrt(study.ahead)
    gain = study.rows[t + study.ahead]["close"] / study.rows[t + 1]["open"] - 1
    assert study.rows[t]["y_ret"] == near(gain)
    return "UP" if gain > edge else "DOWN" if gain < -edge else "FLAT"


def test_labels_follow_from_the_bars(study):
    named = barrier if "hourly" in study.name else band
    known = [t for t, row in enumerate(study.rows) if row["trainable"]]
    assert len(known) > 1000
    assert [study.rows[t]["y"] for t in known] == [named(study, t) for t in known]


def test_cuts_are_chosen_on_earlier_folds(study):
    for trial in study.trials.values():
        assert trial["cuts"] == study.cuts(trial), trial["value"]


def test_every_figure_of_every_trial(study):
    for trial in study.trials.values():
        trades, equity, account, _ = study.of(trial)
        returns = study.sessions(equity)
        deviation = stats.stdev(returns)
        assert trial["trades"] == len(trades)
        assert trial["sessions"] == len(returns)
        assert trial["return_"] == near(equity[-1] - 1)
        assert trial["return_account"] == near(account[-1] - 1)
        assert trial["max_dd"] == near(drawdown(equity))
        assert trial["volatility"] == near(deviation * math.sqrt(252))
        if trades:
            assert trial["sharpe"] == near(stats.fmean(returns) / deviation * math.sqrt(252))
            assert trial["win_rate"] == near(sum(x["ret"] > 0 for x in trades) / len(trades))
            assert trial["avg_trade"] == near(stats.fmean(x["ret"] for x in trades))
            assert trial["ambiguous_share"] == near(sum(x["both"] for x in trades) / len(trades))


def test_luck_is_counted_from_the_ledger(study):
    """Deflated Sharpe: Bailey and Lopez de Prado 2014, from the ledger's Sharpes."""
    assert set(study.ledger) >= set(study.trials)
    tries = [row["sharpe"] for row in study.ledger.values() if row["sharpe"] is not None]
    n = len(study.ledger)
    for trial in study.trials.values():
        _, equity, _, _ = study.of(trial)
        r = study.sessions(equity)
        own, t = sharpe(r), len(r)
        mean, sd = stats.fmean(r), stats.pstdev(r)
        skew, kurtosis = (stats.fmean(((x - mean) / sd) ** k for x in r) for k in (3, 4))
        variance = min(stats.variance(tries), 1 / t)
        z = (1 - EULER) * NORMAL.inv_cdf(1 - 1 / n) + EULER * NORMAL.inv_cdf(1 - 1 / (n * math.e))
        spread = 1 - skew * own + (kurtosis - 1) / 4 * own**2
        ratio = (own - math.sqrt(variance) * z) * math.sqrt(t - 1) / math.sqrt(spread)
        assert trial["ev_n_trials"] == n
        assert trial["ev_sharpe"] == near(own)
        assert trial["ev_dsr"] == near(NORMAL.cdf(ratio))


def test_the_backtest_is_the_best_trial_traded(study):
    """Each trade and the curve at every bar, as written for the run."""
    written, curve = study.table("trades"), study.table("equity")
    (trial,) = [t for t in study.table("trials") if t["run_id"] == curve[0]["run_id"]]
    trades, equity, account, _ = study.of(trial)
    assert len(written) == len(trades)
    for ours, slow in zip(written, trades, strict=True):
        signal_, exit_ = study.oof[slow["t"]], study.oof[slow["j"]]
        assert (ours["signal_ts"], ours["exit_ts"]) == (signal_["ts"], exit_["ts"])
        assert (ours["side"], ours["reason"]) == (
            "long" if slow["side"] > 0 else "short",
            slow["why"],
        )
        assert (ours["gap"], ours["exit_at"]) == (slow["gap"], slow["at"])
        assert ours["entry_px"] == near(slow["entry"])
        assert ours["exit_px"] == near(slow["out"])
        assert ours["ret"] == near(slow["ret"])
    assert [row["equity"] for row in curve] == near(equity)
    assert [row["account"] for row in curve] == near(account)


def test_the_same_request_makes_the_same_bytes(study, tmp_path):
    """Matrix, predictions and the figures of each trial; only stamps and run names differ."""
    again = study.again(tmp_path / "lake")
    for table in ("matrices", "predictions"):
        assert again.table(table) == study.table(table), table
    assert set(again.trials) == set(study.trials)
