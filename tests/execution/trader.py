"""A trader who walks a market one bar at a time."""

import statistics
from datetime import date

import numpy as np
import pandas as pd

HOUR = pd.Timedelta(hours=1)
MINUTES = {"1m": 1, "5m": 5, "15m": 15, "hourly": 60}


def atr(bars, period):
    """Wilder's average true range by hand: a mean first, then one part in `period` of the new."""
    high, low, close = (bars[name].tolist() for name in ("high", "low", "close"))
    true = [
        max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1]))
        for i in range(1, len(close))
    ]
    found = [float("nan")] * min(period, len(close))
    for i in range(period, len(close)):
        before = found[-1] * (period - 1) + true[i - 1]
        found.append(before / period if i > period else sum(true[:period]) / period)
    return found


class Trader:
    """Walks the bars once, deciding at each close and trading at the next open: spec §8 and §12."""

    def __init__(self, case, cut, *, hours=(), until=None):
        self.case, self.cut, self.hours = case, cut, hours
        self.b, self.p = case.policy.brackets, case.policy
        self.bars = case.bars.to_dict("records")
        self.atr = atr(case.bars, self.b.atr_period)
        self.s, self.fee = self.p.slippage_bps / 1e4, self.p.fee_bps / 1e4
        self.capital, self.place, self.waiting = 1.0, None, []
        self.trades, self.equity = [], []
        self.refused = {"no_bar_left": 0, "no_level": 0, "poor_rr": 0, "ignored_in_position": 0}
        inside = np.flatnonzero(case.fold >= 0) + case.offset
        self.first = int(inside[0])
        self.final = int(inside[-1]) if until is None else until - 1
        local = case.bars["ts"].dt.tz_convert(case.calendar.zone)
        self.hour = local.dt.hour.tolist()
        # the first bar of a New York session, 09:30 to 10:00, is half as long as the others
        self.minutes = [30 if hour == 10 else 60 for hour in self.hour]
        days = {day: i for i, day in enumerate(case.calendar.sessions(date(2015, 1, 1))["session"])}
        self.day = [days[day] for day in case.bars["session"]]
        for i in range(self.first, self.final + 1):
            self.bar(i)

    def bar(self, i):
        if self.may_fill(i):
            for signalled in self.waiting:  # one that is refused leaves the bar to the next
                if self.place:
                    self.refused["ignored_in_position"] += 1
                else:
                    self.open(i, *signalled)
            self.waiting = []
        if self.place:
            self.look_for_exit(i)
        self.equity.append(self.worth(i))
        signal = self.signal(i)
        if signal and self.place:
            self.refused["ignored_in_position"] += 1
        elif signal and not self.fills_after(i):
            self.refused["no_bar_left"] += 1
        elif signal:
            self.waiting.append((i, *signal))

    def may_fill(self, i):
        return self.b.entry_mode == "next_bar_open" or self.ends_session(i - 1)

    def fills_after(self, i):
        """Whether a bar is left that could fill a signal of bar i."""
        if self.flat_at_night and self.ends_session(i):
            return False
        return any(self.may_fill(j) for j in range(i + 1, self.final + 1))

    @property
    def flat_at_night(self):
        return self.case.horizon in ("0dte", "intraday")

    def ends_session(self, i):
        return i + 1 == len(self.bars) or self.bars[i + 1]["session"] != self.bars[i]["session"]

    def signal(self, i):
        """Side and confidence at the close of bar i, or None."""
        row = i - self.case.offset
        down, _, up = self.case.proba[row]
        cut = self.cut[self.case.fold[row]]
        if self.hours and self.hour[i] not in self.hours:
            return None
        long = up / (up + down)
        if self.p.sides != "short" and long >= cut and long > 0.5:
            return (1, long) if self.with_momentum(row, 1) else None
        if self.p.sides != "long" and 1 - long >= cut and 1 - long > 0.5:
            return (-1, 1 - long) if self.with_momentum(row, -1) else None
        return None

    def with_momentum(self, row, side):
        return not self.p.momentum_gate or side * self.case.momentum[row] >= self.p.momentum_min

    def open(self, i, signalled, side, conf):
        fill = self.bars[i]["open"]
        stop = target = None
        if self.b.enabled:
            risk = self.risk(signalled, side, fill)
            if not risk > 0:
                self.refused["no_level"] += 1
                return
            stop = fill - side * risk
            target = fill + side * risk * self.b.atr_mult_target / self.b.atr_mult_stop
            c = 2 * (self.s + self.fee) * fill
            if (abs(target - fill) - c) / (abs(fill - stop) + c) < self.b.min_rr:
                self.refused["poor_rr"] += 1
                return
        size = min(self.p.conf_cap, 2 * conf - 1) if self.p.size_by_conf else 1.0
        paid = fill + side * fill * self.s
        self.place = {
            "signal": signalled, "entry": i, "side": side, "fill": fill, "paid": paid,
            "stop": stop, "target": target, "size": size, "conf": conf,
        }  # fmt: skip

    def risk(self, signalled, side, fill):
        """How far the stop is from the fill; NaN where the bars do not say."""
        period = self.b.atr_period
        if self.b.mode == "range":
            last = self.bars[max(0, signalled - period + 1) : signalled + 1]
            edge = min(bar["low"] for bar in last) if side > 0 else max(x["high"] for x in last)
            return side * (fill - edge) if len(last) == period else float("nan")
        width = self.atr[signalled]
        if self.b.regime_adjust:
            trail = self.atr[max(0, signalled - 251) : signalled + 1]
            known = len(trail) == 252 and all(x > 0 for x in trail)
            usual = statistics.median(trail) if known else float("nan")
            width *= min(1.5, max(0.75, width / usual)) if usual > 0 else float("nan")
        return self.b.atr_mult_stop * width

    def look_for_exit(self, i):  # noqa: PLR0911  one return a way to end, in the order of spec §12
        at, bar = self.place, self.bars[i]
        side, stop, target = at["side"], at["stop"], at["target"]
        against, with_us = (bar["low"], bar["high"]) if side > 0 else (bar["high"], bar["low"])
        if stop is not None:
            for level, reason, sign in ((stop, "stop", -1), (target, "target", 1)):
                if sign * side * (bar["open"] - level) >= 0:
                    return self.close(i, bar["open"], reason, "open", gap=True)
            stopped, met = side * (against - stop) <= 0, side * (with_us - target) >= 0
            told = self.first_inside(i) if stopped and met else None
            settled = told is not None
            if stopped and told != "target":
                both = met and not settled
                return self.close(i, stop, "stop", "inside", ambiguous=both, settled=settled)
            if met:
                return self.close(i, target, "target", "inside", settled=settled)
        if self.time_is_up(i):
            return self.close(i, bar["close"], "time", "close")
        if self.flat_at_night and self.ends_session(i):
            return self.close(i, bar["close"], "session_end", "close")
        if i == self.final:
            return self.close(i, bar["close"], "end", "close")
        return None

    def first_inside(self, i):
        """Which level the finest bars that fill bar i reach first; None if they do not tell."""
        at, close = self.place, self.bars[i]["ts"]
        opens = self.case.calendar.sessions(self.bars[i]["session"].date())["open"].iloc[0]
        begin = opens if self.case.cadence == "daily" else max(opens, (close - HOUR).floor("h"))
        for minutes, bars in ((MINUTES[name], bars) for name, bars in self.case.finer.items()):
            within = bars[(bars["ts"] > begin) & (bars["ts"] <= close)]
            if len(within) * minutes >= (close - begin).total_seconds() / 60:
                return self.first_of(
                    within.to_dict("records"), at["side"], at["stop"], at["target"]
                )
        return None

    def first_of(self, bars, side, stop, target):
        """Walks finer bars; a level they open beyond was reached before what they hold."""
        seen, told = [], None
        for bar in bars:
            low, high = (bar["low"], bar["high"]) if side > 0 else (-bar["high"], -bar["low"])
            hit = {"stop": low <= side * stop, "target": high >= side * target}
            both = hit["stop"] and hit["target"]
            if both and side * bar["open"] <= side * stop:
                first = "stop"
            elif both and side * bar["open"] >= side * target:
                first = "target"
            else:
                first = None if both else "stop" if hit["stop"] else "target"
            told = told if seen or not any(hit.values()) else first
            seen += [level for level, reached in hit.items() if reached]
        return told if {*seen} == {"stop", "target"} else None

    def time_is_up(self, i):
        entry, limit = self.place["entry"], self.b.time_stop_minutes
        if limit is None:
            return i >= self.place["signal"] + self.case.label_bars
        if self.case.cadence == "daily":
            sessions = -(-limit // self.case.calendar.minutes)
            return self.day[i] - self.day[entry] + 1 >= sessions
        return sum(self.minutes[entry : i + 1]) >= limit

    def close(self, i, price, reason, where, *, gap=False, ambiguous=False, settled=False):
        at = self.place
        got = price - at["side"] * price * self.s
        ret = at["side"] * (got - at["paid"]) / at["paid"] - 2 * self.fee
        self.capital = max(0.0, self.capital * (1 + at["size"] * ret))
        self.place = None
        self.trades.append(
            {**at, "exit": i, "price": price, "got": got, "reason": reason, "where": where,
             "gap": gap, "ambiguous": ambiguous, "settled": settled, "ret": ret}
        )  # fmt: skip

    def worth(self, i):
        if not self.place:
            return self.capital
        at = self.place
        gain = at["side"] * (self.bars[i]["close"] - at["paid"]) / at["paid"]
        return max(0.0, self.capital * (1 + at["size"] * (gain - self.fee)))
