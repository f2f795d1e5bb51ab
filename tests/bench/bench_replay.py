"""Ten thousand rules over 23 years of hourly SPY, beside vectorbt asked for the same four figures.

vectorbt lives in an environment of its own: set SIGMA_BENCH_PYTHON to a Python that has
`vectorbt[rust]>=1.2`; without it only our own speed is printed.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from sigma_core.barriers import plan, true_range
from sigma_core.calendars import calendar
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.domain.trial import Rule
from sigma_core.engine.decide import book_of
from sigma_core.engine.replay import replay
from sigma_core.tape import Tape, tape_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "equity_1h_1998_2021.parquet"
RIVAL = Path(__file__).with_name("rival_vectorbt.py")
MUST, RULES, COLUMNS, ROUNDS = 300.0, 10_000, 200, 5
HOURS = range(10, 17)
POLICY = Policy(slippage_bps=1.0, brackets=Brackets(atr_mult_stop=1.5, atr_mult_target=3.0))
LABEL_BARS = 14
"""Two sessions: the time stop of a trade."""


def main() -> None:
    """Print our time per rule, and how many times vectorbt's speed that is."""
    if not DATA.is_file():
        print(f"replay: skipped, {DATA.name} is not in shared/data beside the project")
        return
    tape, up = _tape(), _confidence()
    rules = _rules()
    first, ours = _time(tape, up, rules), 1e9
    rival = _rival(tape, up, rules)
    trades = 0.0
    for _ in range(ROUNDS):
        ours = min(ours, _time(tape, up, rules))
    trades = float(_run(tape, up, rules).mean())
    each = ours / len(rules)
    print(
        f"replay: {len(rules):,} rules over {len(tape):,} bars in {ours:.3f} s, {each * 1e3:.4f} ms"
        f" a rule, {trades:.0f} trades each; first call {first:.1f} s with compilation or its cache"
    )
    if isinstance(rival, str):
        print(f"replay: not compared, {rival}")
        return
    theirs = rival["seconds"] / rival["columns"]
    print(
        f"replay: vectorbt {rival['version']} (rust) {theirs * 1e3:.2f} ms a column of"
        f" {rival['columns']}, {rival['trades']:.0f} trades each; ratio {theirs / each:.0f}"
        f" (must be at least {MUST:g})"
    )
    sys.exit(theirs / each < MUST)


def _tape() -> Tape:
    raw = pd.read_parquet(DATA, filters=[("symbol", "==", "SPY")]).reset_index(drop=True)
    local = raw["ts"].dt.tz_convert("America/New_York")
    days = local.dt.normalize().dt.tz_localize(None).dt.as_unit("us")
    bars = raw.assign(session=days, ts=raw["ts"] + pd.Timedelta(hours=1))  # stamped at their start
    return tape_of(bars, calendar("XNYS"), "hourly", horizon="swing")


def _confidence() -> np.ndarray:
    """Ready-made random confidences of UP; what a weak model's look like."""
    n = len(pd.read_parquet(DATA, columns=["symbol"], filters=[("symbol", "==", "SPY")]))
    return np.clip(np.random.default_rng(7).normal(0.5, 0.06, n), 0.01, 0.99)


def _rules() -> list[Rule]:
    """80 thresholds by 125 sets of hours."""
    sets = [s for k in HOURS for s in itertools.combinations(HOURS, k - HOURS[0] + 1)]
    thresholds = np.linspace(0.50, 0.62, RULES // 125).round(4)
    return [
        Rule(kind="thr", value=str(value), allowed_hours=hours)
        for hours in sets[-125:]
        for value in thresholds
    ]


def _run(tape: Tape, up: np.ndarray, rules: list[Rule]) -> np.ndarray:
    """Everything from probabilities to figures; trades of each rule."""
    n = len(tape)
    planned = plan(tape, POLICY, np.minimum(np.arange(n) + LABEL_BARS, n))
    proba = np.c_[0.8 * (1 - up), np.full(n, 0.2), 0.8 * up]
    fold = np.arange(n) * 5 // n
    book = book_of(proba, ("DOWN", "FLAT", "UP"), fold, tape, POLICY, offset=0)
    return replay(tape, book, planned, POLICY, rules).trades


def _time(tape: Tape, up: np.ndarray, rules: list[Rule]) -> float:
    began = time.perf_counter()
    _run(tape, up, rules)
    return time.perf_counter() - began


def _rival(tape: Tape, up: np.ndarray, rules: list[Rule]) -> dict | str:
    """What vectorbt took for every fiftieth rule, or why it was not asked."""
    python = os.environ.get("SIGMA_BENCH_PYTHON")
    if not python:
        return "SIGMA_BENCH_PYTHON names no Python with vectorbt[rust]>=1.2"
    chosen = rules[:: len(rules) // COLUMNS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "question.npz"
        np.savez(
            path, open=tape.open, high=tape.high, low=tape.low, close=tape.close, up=up,
            hours=tape.hour, atr=true_range(tape, POLICY.brackets.atr_period),
            thresholds=np.array([rule.numbers[0] for rule in chosen]),
            allowed=np.array([[h in rule.hours for rule in chosen] for h in HOURS]),
        )  # fmt: skip
        done = subprocess.run([python, RIVAL, path], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"{python} failed: {done.stderr.strip().splitlines()[-1]}"
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
