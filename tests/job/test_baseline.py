"""The baseline beside a backtest: the same study by logistic regression, and no trial."""

from pathlib import Path

from sigma_core.verbs.backtest import BacktestAsk, backtest

MODEL = "toy_eq_swing_daily"
ASK = BacktestAsk(model_id=MODEL, thresholds="0.52")


def test_it_is_what_a_logistic_model_would_have_made(lab):
    beside = backtest(lab, ASK).baseline
    assert beside.learner == "logistic"
    assert len(lab.ledger.rows()) == 1  # the strategy alone is counted
    file = Path(lab.packs) / "toys" / "model_configs" / f"{MODEL}.yaml"
    text = file.read_text().replace("name: xgboost", "name: logistic").replace("rounds: 15", "")
    file.write_text(text.replace("params:\n    \n", "params: {}\n"))
    own = backtest(lab, ASK)
    assert own.entry.study.learner == "logistic"
    assert own.entry.metrics == beside.metrics
    assert own.entry.forecast == beside.forecast
    assert own.baseline is None
