"""The whole job, done again by hand: slow loops from the rules alone, read against the lake.

Nothing here imports the code that makes the numbers. Two studies are checked: the demo, and (where
the folder of real data is there) two years of SPY by the hour under `triple_barrier`.
"""

import itertools
import json
import math
import signal
import statistics as stats
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sigma_core.__main__ import main

DEMO, HOURLY = "ixic_eq_swing_daily", "spy_eq_swing_hourly"
ASKS = {DEMO: [], HOURLY: [f"MODEL_ID={HOURLY}", "START=2018-01-01", "END=2019-12-31"]}
SLIP, FEE, STOP, TARGET, MIN_RR, POSITION = 1e-4, 0.0, 1.5, 3.0, 1.0, 0.05  # both: `balanced`
SPY_YAML = """stamp: start
timezone: UTC
adjustment: total
adjust_by: price_factor
symbol: SPY
"""
AHEAD = {DEMO: 5, HOURLY: 21}


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def rows_of(lake, table):
    """Every row of a table of the lake, oldest file first."""
    files = sorted((lake / table).rglob("*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def run(lake, *words, files=None):
    """One verb in this process, on a lake of its own; the signal handler is put back."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGMA_LAKE", str(lake))
        patch.delenv("SIGMA_PACKS", raising=False)
        patch.setenv("SIGMA_FILES", str(files)) if files else patch.delenv("SIGMA_FILES", False)
        assert main(words) == 0
    signal.signal(signal.SIGTERM, before)
    return lake


def wilder(values, period, first):
    """Wilder's mean of values[first:], seeded with the plain mean of the first `period`."""
    out: list[float | None] = [None] * len(values)
    mean = sum(values[first : first + period]) / period
    out[first + period - 1] = mean
    for i in range(first + period, len(values)):
        mean = (mean * (period - 1) + values[i]) / period
        out[i] = mean
    return out


def bracket(rows, start, side, atr, last, *, end=None):
    """Walk a bracket from its entry bar: (exit bar, raw price, reason, gap, at, both touched)."""
    fill = rows[start]["open"]
    stop, target = fill - side * STOP * atr, fill + side * TARGET * atr
    for j in range(start, min(last, len(rows) - 1 if end is None else end) + 1):
        bar = rows[j]
        for level, name, way in ((stop, "stop", -side), (target, "target", side)):
            if way * (bar["open"] - level) >= 0:
                return j, bar["open"], name, True, "open", False
        low, high = (bar["low"], bar["high"]) if side > 0 else (-bar["high"], -bar["low"])
        hit_stop, hit_target = low <= side * stop, high >= side * target
        if hit_stop or hit_target:
            price, name = (stop, "stop") if hit_stop else (target, "target")
            return j, price, name, False, "inside", hit_stop and hit_target
        if j == last:
            return j, bar["close"], "time", False, "close", False
    return j, rows[j]["close"], "end", False, "close", False


def opens(fill, atr):
    cost = 2 * (SLIP + FEE) * fill
    return (TARGET * atr - cost) / (STOP * atr + cost) >= MIN_RR


@dataclass
class Study:
    """What one pipeline left in its lake."""

    name: str
    lake: Path
    files: Path | None = None
    replays: dict = field(default_factory=dict)

    def table(self, name):
        return rows_of(self.lake, name)

    def again(self, lake):
        """The same pipeline into another lake."""
        return Study(
            self.name, run(lake, "pipeline", *ASKS[self.name], files=self.files), self.files
        )

    @property
    def ahead(self):
        return AHEAD[self.name]

    def bracket(self, t, side):
        return bracket(self.rows, t + 1, side, self.rows[t]["atr"], t + self.ahead)

    def of(self, trial):
        """Trades, equity, account and counts of a trial's own cuts."""
        return self.replay(trial["cuts"], hours_of(trial), len(self.oof) - 1)

    @cached_property
    def bars(self):
        cadence = "daily" if self.name == DEMO else "hourly"
        return list(rows_of(self.lake, f"bars/{self.provider}/cadence={cadence}"))

    @property
    def provider(self):
        return "provider=sample/ticker=IXIC" if self.name == DEMO else "provider=files/ticker=SPY"

    @cached_property
    def rows(self):
        """The matrix, with the ATR of each row's bar: from the first stored bar."""
        true = [0.0] + [
            max(b["high"], a["close"]) - min(b["low"], a["close"])
            for a, b in zip(self.bars, self.bars[1:], strict=False)
        ]
        atr = dict(zip((b["ts"] for b in self.bars), wilder(true, 14, 1), strict=True))
        return [row | {"atr": atr[row["ts"]]} for row in rows_of(self.lake, "matrices")]

    @cached_property
    def at(self):
        """Position of each row's bar among the stored bars."""
        place = {bar["ts"]: i for i, bar in enumerate(self.bars)}
        return [place[row["ts"]] for row in self.rows]

    @cached_property
    def oof(self):
        """Rows of the test folds in order, with their fold and the model's c_UP."""
        found = []
        for p in self.predictions:
            if p["fold"] >= 0:
                c = p["p_up"] / (p["p_up"] + p["p_down"])
                found.append(self.rows[p["row"]] | {"c": c, "fold": p["fold"], "p": p})
        return found

    @cached_property
    def predictions(self):
        """Those of the model that was traded; the lake also holds its baseline's."""
        (bundle,) = (self.lake / "bundles").glob("*/manifest.json")
        name = json.loads(bundle.read_text())["predictions_sha"]
        (file,) = (self.lake / "predictions").rglob(f"{name}.parquet")
        return pq.ParquetFile(file).read().to_pylist()

    @cached_property
    def trials(self):
        return {t["trial_id"]: t for t in rows_of(self.lake, "trials") if t["sweep_id"]}

    @cached_property
    def job(self):
        (file,) = (self.lake / "jobs").glob("pipeline-*.json")
        return json.loads(file.read_text())["result"]

    @cached_property
    def ledger(self):
        files = (self.lake / "ledger").glob("*.jsonl")
        lines = [line for file in files for line in file.read_text().splitlines()]
        found = [json.loads(line).get("row", {}) for line in lines]
        return {row["trial_id"]: row for row in found if row.get("kind") == "trial"}

    def replay(self, cuts, hours, end):
        """Trades, equity at each bar and counts of one rule, one position at a time."""
        key = (tuple(cuts), hours, end)
        if key not in self.replays:
            self.replays[key] = self._replay(*key)
        return self.replays[key]

    def _replay(self, cuts, hours, end):
        rows, trades, equity, now = self.oof, [], [1.0] * (end + 1), 1.0
        counts = dict.fromkeys(("signals", "taken", "ignored", "no_bar_left", "outside"), 0)
        free = 0
        for t in range(end + 1):
            row, cut = rows[t], cuts[rows[t]["fold"]]
            side = 1 if row["c"] > 0.5 else -1
            conf = max(row["c"], 1 - row["c"])
            if not (conf >= cut and conf > 0.5):
                continue
            counts["signals"] += 1
            if hours and row["hour_et"] not in hours:
                counts["outside"] += 1
            elif t < free:
                counts["ignored"] += 1
            elif t == end:
                counts["no_bar_left"] += 1
            else:
                fill = rows[t + 1]["open"]
                assert opens(fill, row["atr"])
                j, raw, why, gap, at, both = bracket(
                    rows, t + 1, side, row["atr"], t + AHEAD[self.name], end=end
                )
                entry, out = fill * (1 + side * SLIP), raw * (1 - side * SLIP)
                trade = {"t": t, "j": j, "side": side, "fill": fill, "entry": entry, "raw": raw}
                trade |= {"out": out, "why": why, "gap": gap, "at": at, "both": both}
                trade |= {"ret": side * (out / entry - 1) - 2 * FEE, "conf": conf, "cut": cut}
                trade["marks"] = [side * (b["close"] / entry - 1) - FEE for b in rows[t + 1 : j]]
                trades.append(trade)
                counts["taken"] += 1
                free = j
        for way in (1.0, POSITION):
            now, curve, at = 1.0, [1.0] * (end + 1), 0
            for x in trades:
                curve[at : x["t"] + 1] = [now] * (x["t"] + 1 - at)
                for k, mark in enumerate(x["marks"]):
                    curve[x["t"] + 1 + k] = max(0.0, now * (1 + way * mark))
                now = max(0.0, now * (1 + way * x["ret"]))
                at = x["j"]
            curve[at:] = [now] * (end + 1 - at)
            if way == 1.0:
                equity = curve
        return trades, equity, curve, counts

    def sessions(self, curve):
        """Return of each session of a curve that starts at 1."""
        closes = {self.oof[i]["session"]: value for i, value in enumerate(curve)}
        values = [1.0, *closes.values()]
        return [b / a - 1 for a, b in itertools.pairwise(values)]

    def cuts(self, trial):
        """The cut of each fold by a fresh replay of the folds before it."""
        last = max(r["fold"] for r in self.oof)
        hours, values = hours_of(trial), sorted({float(v) for v in trial["value"].split(",")})
        if trial["kind"] == "top_pct":
            return [self._top(float(trial["value"]), hours, fold) for fold in range(last + 1)]
        found = []
        for fold in range(last + 1):
            best = (-math.inf, values[len(values) // 2])
            end = sum(r["fold"] < fold for r in self.oof) - 1
            for value in values if fold and len(values) > 1 else []:
                trades, curve, _, _ = self.replay([value] * (last + 1), hours, end)
                if trades and trades[-1]["why"] == "end":
                    open_ = trades[-1]["t"]
                    trades, curve = trades[:-1], curve[: open_ + 1] + [curve[open_]] * (end - open_)
                returns = self.sessions(curve)
                if len(trades) >= 10 and stats.stdev(returns) > 0:
                    best = max(best, (sharpe(returns), value))
            found.append(best[1])
        return found

    def _top(self, share, hours, fold):
        pool = [p for p in self.predictions if (0 <= p["fold"] < fold) or (fold == 0 > p["fold"])]
        pool = [p for p in pool if not hours or self.rows[p["row"]]["hour_et"] in hours]
        c = [p["p_up"] / (p["p_up"] + p["p_down"]) for p in pool]
        return float(np.quantile([max(x, 1 - x) for x in c], 1 - share, method="higher"))


def hours_of(trial):
    return tuple(int(h) for h in (trial["allowed_hours"] or "").split(",") if h)


def sharpe(returns):
    return stats.fmean(returns) / stats.stdev(returns)


@pytest.fixture(scope="module", params=[DEMO, HOURLY])
def study(request, tmp_path_factory):
    home, files = tmp_path_factory.mktemp(request.param), None
    if request.param == HOURLY:
        real = request.getfixturevalue("shared_data") / "equity_1h_1998_2021.parquet"
        files = home / "files"
        files.mkdir()
        (files / "SPY_hourly.parquet").symlink_to(real)
        (files / "SPY_hourly.yaml").write_text(SPY_YAML)
    lake = run(home / "lake", "pipeline", *ASKS[request.param], files=files)
    return Study(request.param, lake, files)
