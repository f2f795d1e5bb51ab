"""`pin_drift` on a strike that stands in a file of the user's, from the CSV to the backtest."""

import numpy as np
import pandas as pd
import pytest
import yaml

from sigma_core.calendars import calendar
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse
from sigma_core.verbs import VERBS

MODEL = "pin_eq_intraday_15m"
CONFIG = {
    "provider": "files",
    "indicators": [{"name": "rsi"}, {"name": "log_ret"},
                   {"name": "close", "of": "PINSTRIKE", "cadence": "daily"}],
    "features": ["rsi_*", "log_ret*"],
    "label": {"kind": "pin_drift", "params": {"strike": "close@pinstrike@daily"}},
    "learner": {"name": "logistic"},
    "policy": {"brackets": {"enabled": False}},
}  # fmt: skip
DAYS = 420


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Bars of 15 minutes, and a CSV of one strike a session, near the close before."""
    root = tmp_path_factory.mktemp("pin")
    rng = np.random.default_rng(5)
    days = calendar("XNYS").sessions(pd.Timestamp("2021-01-04").date()).head(DAYS)
    ends = [pd.date_range(d.open, d.close, freq="15min")[1:] for d in days.itertuples()]
    close, pins, last, pin = [], [], 400.0, 401
    for end in ends:
        path = last * np.exp(np.cumsum(rng.normal(0, 0.002, len(end))))
        if rng.random() < 0.5:  # on every other day it drifts to the strike in the last hour
            path[-4:] = path[-5] + (pin - path[-5]) * np.arange(1, 5) / 4
        close.append(path)
        last = path[-1]
        pin = round(last * np.exp(rng.normal(0, 0.008)))
        pins.append(pin)
    ts, close = pd.DatetimeIndex(np.concatenate(ends)), np.concatenate(close)
    open_ = np.r_[400.0, close[:-1]] * np.exp(rng.normal(0, 0.0002, len(ts)))
    bars = pd.DataFrame({"ts": ts, "open": open_, "close": close, "volume": 1e4})
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    bars["high"], bars["low"] = high * 1.0004, low * 0.9996
    strikes = pd.DataFrame({"ts": days["session"].dt.strftime("%Y-%m-%d"), "close": pins})
    files, pack = root / "files", root / "packs" / "pins"
    (pack / "model_configs").mkdir(parents=True)
    files.mkdir()
    bars.to_csv(files / "PIN_15m.csv", index=False)
    (files / "PIN_15m.yaml").write_text("stamp: end\nadjustment: split\n")
    strikes.to_csv(files / "PINSTRIKE_daily.csv", index=False)
    about = {"title": "Pins", "sentence": "Strikes.", "assets": ["eq"], "horizons": ["intraday"]}
    (pack / "pack.yaml").write_text(yaml.safe_dump(about | {"cadences": ["15m"]}))
    (pack / "model_configs" / f"{MODEL}.yaml").write_text(yaml.safe_dump(CONFIG))
    return Lab(packs=root / "packs", lake=Lake(root / "lake"), files=files), strikes, bars


def asked(lab, name, **given):
    return VERBS[name].fn(lab, parse(VERBS[name].ask, {"model_id": MODEL, **given}))


@pytest.mark.slow
def test_from_the_csv_to_the_backtest(lab):
    home, strikes, bars = lab
    made = asked(home, "build")
    assert made.quality.not_trainable.keys() <= {"other_time", "no_level", "no_strike", "warm_up"}
    done = asked(home, "backtest", thresholds="0.50")
    frame = home.lake.frame("SELECT * FROM trades ORDER BY entry_ts")
    assert len(frame) == done.trades > 50
    # decided at 15:00 of the exchange, toward the strike of the session before
    strike = pd.Series(strikes["close"].to_numpy(), strikes["ts"])
    local = frame["signal_ts"].dt.tz_convert("America/New_York")
    price = bars.set_index(bars["ts"].dt.tz_convert("UTC"))["close"]
    assert set(local.dt.strftime("%H:%M")) == {"15:00"}
    for stamp, day, side in zip(frame["signal_ts"], local, frame["side"], strict=True):
        before = strike.iloc[strike.index.get_loc(f"{day:%Y-%m-%d}") - 1]
        assert side == ("long" if before > price[stamp] else "short")


def test_a_strike_that_is_no_column_is_refused_with_the_columns(lab):
    home, _, _ = lab
    path = home.packs / "pins" / "model_configs" / f"{MODEL}.yaml"
    text = path.read_text()
    path.write_text(text.replace("strike: close@pinstrike@daily", "strike: close@pinstrik@daily"))
    try:
        with pytest.raises(
            Exception, match=r"close@pinstrik@daily.*no column of the model"
        ) as told:
            asked(home, "build")
    finally:
        path.write_text(text)
    assert "close@pinstrike@daily" in told.value.hint
