"""Finer bars that arrive later settle bars that were ambiguous: another result is another try."""

import pandas as pd
import pytest
import yaml

from sigma_core.calendars import calendar
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.cost_stress import CostStress, cost_stress
from sigma_core.verbs.verify import Verify, verify

pytestmark = pytest.mark.slow

MODEL = "tiny_daily"
TIGHT = {"slippage_bps": 0.0, "brackets": {
    "atr_period": 5, "atr_mult_stop": 0.2, "atr_mult_target": 0.2, "min_rr": 0.0}}  # fmt: skip


def hours_of(daily, sessions):
    """Seven bars a day: up to the high in the first hour, down to the low in the last."""
    days = daily[daily["date"].isin(sessions)]
    rows = []
    for day in days.itertuples():
        span = calendar("XNYS").sessions(pd.Timestamp(day.date), pd.Timestamp(day.date)).iloc[0]
        ends = pd.date_range(span["open"].ceil("h"), span["close"], freq="h")
        price = {"open": day.open, "high": day.open, "low": day.open, "close": day.open}
        rows += [{"ts": ts, **price, "volume": 1} for ts in ends]
        rows[-len(ends)]["high"] = day.high
        rows[-1] |= {"high": max(day.open, day.close), "low": day.low, "close": day.close}
    return pd.DataFrame(rows)


def test_a_result_that_finer_bars_changed_is_a_try_of_its_own(fresh):
    path = fresh.packs / "tiny" / "model_configs" / f"{MODEL}.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"policy": TIGHT}))
    ask = BacktestAsk(model_id=MODEL, thresholds="0.40", splits=3)
    before = backtest(fresh.lab(), ask).entry
    assert before.metrics.ambiguous_share > 0

    daily = pd.read_csv(fresh.files / "TINY_daily.csv")
    tested = daily["date"][(daily["date"] > "2017-01-01") & (daily["date"] < "2017-09-01")]
    hours_of(daily, set(tested)).to_csv(fresh.files / "TINY_hourly.csv", index=False)
    (fresh.files / "TINY_hourly.yaml").write_text("stamp: end\n")
    after = backtest(fresh.lab(), ask).entry
    assert after.metrics.settled_share > 0
    assert after.metrics.return_ != before.metrics.return_
    assert after.trial_id != before.trial_id
    assert after.lineage.matrix_sha != before.lineage.matrix_sha
    assert after.evidence.n_trials == 2
    assert verify(fresh.lab(), Verify()).ok
    for entry in (before, after):  # each is traded again on the bars that it had
        again = cost_stress(fresh.lab(), CostStress(run_id=entry.run_id)).scenarios[1]
        assert (again.name, again.metrics.return_) == ("1×", entry.metrics.return_)


def test_finer_bars_before_the_start_change_nothing(fresh):
    ask = BacktestAsk(model_id=MODEL, thresholds="0.40", splits=3, start="2015-06-01")
    before = backtest(fresh.lab(), ask).entry
    daily = pd.read_csv(fresh.files / "TINY_daily.csv")
    early = daily["date"][daily["date"] < "2015-05-01"]
    hours_of(daily, set(early)).to_csv(fresh.files / "TINY_hourly.csv", index=False)
    (fresh.files / "TINY_hourly.yaml").write_text("stamp: end\n")
    after = backtest(fresh.lab(), ask).entry
    assert (after.trial_id, after.evidence.n_trials) == (before.trial_id, 1)
