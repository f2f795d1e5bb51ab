"""The verb: a backtest's trades as options beside the trades, kept, and the gate left alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from sigma_core.calendars import calendar
from sigma_core.domain.results import Signal
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.packs import find_model
from sigma_core.parse import parse, plain
from sigma_core.verbs import VERBS
from sigma_core.verbs._contracts import with_contracts
from sigma_core.verbs._screens import signals_table
from sigma_core.verbs._signals import csv_of
from tests.options.chains import raw
from tests.options.overlays import clock

MODEL = {
    "ticker": "TINY", "asset": "opt", "horizon": "swing", "cadence": "daily", "provider": "files",
    "indicators": [{"name": "rsi"}, {"name": "log_ret", "params": {"period": 5}}],
    "label": {"kind": "fwd_ret", "params": {"sessions": 3, "k_sigma": 0.2}},
    "learner": {"name": "logistic", "seed": 7}, "risk_profile": "aggressive",
    "allow_quality": ["stale_open"],
}  # fmt: skip
PACK = {"title": "Tiny", "sentence": "Options.", "assets": ["opt"], "horizons": ["swing"],
        "cadences": ["daily"]}  # fmt: skip
POLICY = {"options": {"selection": {"spread_width": None, "target_delta": 0.5, "dte_target": 20}}}
CHAINS = 12
"""Sessions, the last ones, that have a chain."""


def run(lab, name, /, **ask):
    verb = VERBS[name]
    return verb.fn(lab, parse(verb.ask, ask))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """One option model of a small market, and a backtest of it."""
    root = tmp_path_factory.mktemp("overlay")
    for folder, name, text in (
        ("model_configs", "tiny_opt", MODEL),
        *(
            ("policy_templates", risk, POLICY)
            for risk in ("conservative", "balanced", "aggressive")
        ),
        ("sweep_configs", "default", {}),
        (".", "pack", PACK),
    ):
        (root / "packs" / "tiny" / folder).mkdir(parents=True, exist_ok=True)
        (root / "packs" / "tiny" / folder / f"{name}.yaml").write_text(yaml.safe_dump(text))
    days = calendar("XNYS").sessions(pd.Timestamp("2022-05-02"), pd.Timestamp("2024-05-10"))
    rng = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.008, len(days))))
    close *= 100 / close[-1]
    opens = np.r_[close[0], close[:-1]] * np.exp(rng.normal(0, 0.002, len(days)))
    bars = pd.DataFrame(
        {"date": days["session"], "open": opens, "high": np.maximum(opens, close) * 1.003,
         "low": np.minimum(opens, close) * 0.997, "close": close, "volume": 1000.0}
    )  # fmt: skip
    (root / "files").mkdir()
    bars.to_parquet(root / "files" / "TINY_daily.parquet")
    parts = [
        raw(day, ("2024-05-17", "2024-06-21")).assign(underlying=price, root="TINY")
        for day, price in zip(days["session"].iloc[-CHAINS:], close[-CHAINS:], strict=True)
    ]
    pd.concat(parts).to_parquet(root / "files" / "TINY_chains.parquet")
    made = Lab(packs=root / "packs", lake=Lake(root / "lake"), files=root / "files")
    run(made, "backtest", model_id="tiny_opt", thresholds="0.5", splits=2)
    return made


@pytest.fixture(scope="module")
def overlay(lab):
    return run(lab, "options_overlay", model_id="tiny_opt", account=20_000)


def test_every_trade_is_held_or_has_its_reason(lab, overlay):
    detail = run(lab, "run_detail", run_id=overlay.of_run)
    missed = {each.reason: each.trades for each in overlay.refused}
    assert len(overlay.trades) >= 2
    assert missed["no_chain"] > 10  # two years, and twelve sessions with a chain
    assert len(overlay.trades) + sum(missed.values()) == len(detail.trades)
    for trade in overlay.trades:
        own = detail.trades[trade.number - 1]
        assert (trade.side, trade.entry_ts) == (own.side, own.entry_ts)
        assert trade.underlying_ret == pytest.approx(own.ret)
        assert ("C" if own.side == "long" else "P") in trade.bought[10:]
        assert trade.as_of <= own.signal_ts


def test_both_results_stand_side_by_side(lab, overlay):
    options, underlying = overlay.figures
    detail = run(lab, "run_detail", run_id=overlay.of_run)
    assert underlying.return_ == pytest.approx(detail.entry.metrics.return_account)
    assert underlying.max_dd == pytest.approx(detail.entry.metrics.max_dd_account)
    assert underlying.trades == detail.entry.metrics.trades
    assert options.return_ == pytest.approx(overlay.pnl / 20_000)
    assert overlay.pnl == pytest.approx(sum(trade.pnl for trade in overlay.trades))
    assert sum(overlay.marks.values()) >= 2 * len(overlay.trades)


def test_what_is_kept_adds_up(lab, overlay):
    sql = "SELECT * FROM option_equity WHERE run_id = $run_id ORDER BY ts"
    equity = lab.lake.frame(sql, run_id=overlay.run_id)
    assert (equity["cash"] + equity["position"]).to_numpy() == pytest.approx(equity["equity"])
    assert equity["equity"].iloc[-1] == pytest.approx(20_000 + overlay.pnl)
    sql = "SELECT sum(pnl) AS pnl, count(*) AS n FROM option_trades WHERE of_run = $of_run"
    [kept] = lab.lake.rows(sql, of_run=overlay.of_run)
    assert kept["n"] == len(overlay.trades)
    assert kept["pnl"] == pytest.approx(overlay.pnl)


@pytest.mark.slow
def test_options_enter_neither_gate_nor_count(lab, overlay):
    before = run(lab, "run_detail", run_id=overlay.of_run).entry
    tries = len(lab.ledger.rows())
    run(lab, "options_overlay", run_id=overlay.of_run, account=5_000)
    after = run(lab, "run_detail", run_id=overlay.of_run).entry
    assert after.gate == before.gate
    assert after.evidence == before.evidence
    assert len(lab.ledger.rows()) == tries


def test_the_screen_says_what_was_made_of_what(overlay):
    text = VERBS["options_overlay"].table(overlay)
    for words in (
        overlay.of_run,
        overlay.verdict,
        "no_chain",
        "of premium",
        overlay.trades[-1].bought,
    ):
        assert words in text


def test_without_a_backtest_or_a_chain_it_says_what_to_do(lab, tmp_path):
    with pytest.raises(UnknownName, match="'backtest-1'"):
        run(lab, "options_overlay", run_id="backtest-1")
    empty = Lab(packs=lab.packs, lake=Lake(tmp_path / "lake"), files=lab.files)
    with pytest.raises(BadRequest, match="no backtest of tiny_opt") as refused:
        run(empty, "options_overlay", model_id="tiny_opt")
    assert "make backtest MODEL_ID=tiny_opt" in refused.value.hint
    bare = tmp_path / "files"
    bare.mkdir()
    without = Lab(packs=lab.packs, lake=lab.lake, files=bare)
    with pytest.raises(UnknownName, match="TINY") as none:
        run(without, "options_overlay", model_id="tiny_opt")
    assert "TINY_chains.parquet" in none.value.hint


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_a_signal_of_an_option_model_shows_its_contract(lab, side):
    day = pd.Timestamp("2024-05-09")
    at = calendar("XNYS").sessions(pd.Timestamp("2024-05-01").date(), day.date())
    tape = clock(np.full(len(at), 100.0), np.full(len(at), 100.0), pd.DatetimeIndex(at["session"]))
    sign = 1 if side == "BUY" else -1
    signal = Signal(
        signal_id="s1", timestamp=at["close"].iloc[-1].to_pydatetime(), pack_id="tiny",
        model_id="tiny_opt", ticker="TINY", side=side, confidence=0.6, status="NEW",
        entry_ref_px=100.0, stop_px=100.0 - 2 * sign, target_px=100.0 + 4 * sign, time_stop=None,
        size=0.1, ret=None, reason=None, verdict="FAIL", as_of=day.date(), bundle_id="b",
    )  # fmt: skip
    config = find_model(lab.packs, "tiny_opt", "tiny")
    [found] = with_contracts(lab, config, tape.tape, [signal])
    pick = found.contract
    # the 8 days to 17 May are nearest 20; at the money, a cent wide on each side
    assert [(leg.right, leg.strike, leg.open_interest) for leg in pick.legs] == [
        ("C" if side == "BUY" else "P", 100.0, 500.0)
    ]
    assert pick.premium == pytest.approx(pick.mid + 0.01)
    assert pick.spread == pytest.approx(0.02)
    assert pick.breakeven == pytest.approx(100 + sign * pick.premium)
    assert pick.max_loss == pytest.approx(100 * pick.premium)
    assert pick.stop < pick.mid < pick.target
    assert parse(Signal, plain(found)) == found
    text = signals_table([found])
    for words in ("as an option", "breakeven", "open interest", "premium at the stop"):
        assert words in text
    assert pick.words in csv_of([found])
    [ended] = with_contracts(lab, config, tape.tape, [replace(signal, status="CLOSED")])
    assert ended.contract == pick  # first seen when it was over: what was picked at its bar
    assert f"as an option: {pick.words}" in signals_table([ended])
    [other] = with_contracts(lab, replace(config, asset="eq"), tape.tape, [signal])
    assert other == signal


def test_a_signal_without_a_chain_stays_one_and_says_what_to_bring(lab, tmp_path):
    bare = Lab(packs=lab.packs, lake=Lake(tmp_path / "lake"), files=tmp_path)
    config = find_model(lab.packs, "tiny_opt", "tiny")
    at = clock()
    signal = Signal(
        signal_id="s1", timestamp=pd.Timestamp(at.tape.ts[2], unit="us", tz="UTC"), pack_id="tiny",
        model_id="tiny_opt", ticker="TINY", side="BUY", confidence=0.6, status="NEW",
        entry_ref_px=100.0, stop_px=None, target_px=None, time_stop=None, size=0.1, ret=None,
        reason=None, verdict="FAIL", as_of=pd.Timestamp("2024-05-01").date(), bundle_id="b",
    )  # fmt: skip
    [found] = with_contracts(bare, config, at.tape, [signal])
    assert (found.contract.legs, found.contract.reason) == ((), "no_chain")
    assert "TINY_chains.parquet" in found.contract.words


def test_an_overlay_is_read_back_as_it_was_answered(lab, overlay):
    assert run(lab, "overlay_detail", run_id=overlay.run_id) == overlay
    again = run(lab, "options_overlay", run_id=overlay.of_run, account=7_000)
    for asked in ({"run_id": overlay.of_run}, {"model_id": "tiny_opt"}, {}):
        assert run(lab, "overlay_detail", **asked) == again  # the newest
    assert again.start == 7_000
    with pytest.raises(UnknownName, match="overlay or backtest"):
        run(lab, "overlay_detail", run_id="backtest-nobody")


def test_what_was_never_held_as_options_says_how(lab, tmp_path):
    bare = Lab(packs=lab.packs, lake=Lake(tmp_path), files=lab.files)
    with pytest.raises(BadRequest, match="was held as options yet") as refused:
        run(bare, "overlay_detail", model_id="tiny_opt")
    assert "make options-overlay MODEL_ID=tiny_opt" in refused.value.hint
