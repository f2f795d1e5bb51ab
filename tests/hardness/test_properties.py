"""Laws over what nobody thought of: parsing, calendars, splits, trades, and mangled files."""

import json
from dataclasses import fields
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigma_core.__main__ import main
from sigma_core.barriers import plan
from sigma_core.calendars import CALENDARS, calendar
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.engine.book import book_of
from sigma_core.engine.decide import Cuts
from sigma_core.engine.execute import execute
from sigma_core.engine.splits import Timeline, walk_forward
from sigma_core.errors import BadRequest
from sigma_core.parse import parse, plain
from sigma_core.tape import tape_of
from sigma_core.verbs import VERBS

settings.register_profile(
    "hardness",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("hardness")

pytestmark = pytest.mark.slow

M = "MODEL_ID=tiny_daily"
TYPED = st.one_of(
    st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.none(), st.dates(),
    st.lists(st.one_of(st.text(max_size=5), st.floats(), st.integers()), max_size=4),
    st.sampled_from(["0.55,0.60", "13,14", "1e400", "-0", "nan", "2024-02-30", "𝟛", "\x00", "٣"]),
)  # fmt: skip


def refusal(ask):
    """What is answered, or None and the words with which it is refused."""
    try:
        return ask(), ""
    except BadRequest as refused:
        return None, str(refused)


def is_sentence(words):
    return words.endswith(".") and "\n" not in words and len(words) < 400


@pytest.mark.parametrize("verb", list(VERBS), ids=lambda verb: verb.name)
@given(data=st.data())
@settings(max_examples=15)
def test_whatever_is_asked_is_understood_or_refused_in_a_sentence(verb, data):
    names = [f.name for f in fields(verb.ask)] or ["anything"]
    known = st.sampled_from([*names, "colour"])
    asked = data.draw(st.dictionaries(known, TYPED, max_size=3))
    made, words = refusal(lambda: parse(verb.ask, asked))
    if made is None:
        assert is_sentence(words), words
    else:
        assert parse(verb.ask, plain(made)) == made, "what it says of itself is not what it is"


@given(words=st.lists(st.text(min_size=1, max_size=12), max_size=3))
def test_whatever_is_typed_is_answered(words):
    """Exit 0 or 2, never a traceback."""
    assert main(["indicators_groups", "--json", *words]) in {0, 2}


@pytest.mark.parametrize("name", CALENDARS)
@given(data=st.data())
def test_sessions_of_a_calendar(name, data):
    days = st.dates(date(1991, 1, 1), date(2026, 1, 1))
    lo, hi = sorted([data.draw(days), data.draw(days)])
    found = calendar(name)
    table = found.sessions(lo, hi)
    assert ((table["session"] >= pd.Timestamp(lo)) & (table["session"] <= pd.Timestamp(hi))).all()
    assert (table["open"] < table["close"]).all()
    assert (table["open"].to_numpy()[1:] >= table["close"].to_numpy()[:-1]).all()
    number = found.ordinal(table["session"])
    assert (np.diff(number) == 1).all()
    assert (found.session_of(number) == table["session"].to_numpy()).all()
    minutes = (table["close"] - table["open"]).dt.total_seconds() / 60
    assert (minutes <= found.minutes).all()
    if len(table) < (hi - lo).days + 1:
        missing = pd.date_range(lo, hi).difference(pd.DatetimeIndex(table["session"]))
        assert (found.ordinal(missing) == -1).all()


@given(
    sessions=st.integers(5, 120),
    bars=st.integers(1, 4),
    horizon=st.integers(1, 12),
    splits=st.integers(1, 8),
    embargo=st.sampled_from([0.0, 0.01, 0.1, 0.5]),
    seed=st.integers(0, 9),
)
def test_no_fold_learns_from_what_it_is_judged_on(sessions, bars, horizon, splits, embargo, seed):
    rng = np.random.default_rng(seed)
    n = sessions * bars
    row = np.arange(n)
    days = calendar("XNYS").sessions(date(2015, 1, 2))["session"].iloc[:sessions].to_numpy()
    known = (row + horizon < n) & (rng.random(n) > 0.1)
    rows = Timeline(
        session=np.repeat(days, bars),
        y=np.where(known, rng.integers(0, 3, n), -1).astype("int8"),
        t1=np.where(known, row + horizon, -1),
        scorable=rng.random(n) > 0.05,
        classes=("DOWN", "FLAT", "UP"),
        calendar=calendar("XNYS"),
    )
    folds, words = refusal(lambda: walk_forward(rows, splits=splits, embargo=embargo))
    if folds is None:
        assert is_sentence(words), words
        return
    assert len(folds) == splits
    tested = np.concatenate([fold.test for fold in folds])
    assert (np.diff(tested) > 0).all(), "a row is judged twice, or out of order"
    for fold in folds:
        assert len(fold.train)
        assert rows.t1[fold.train].max() < fold.test[0], "it learned from its own future"
        assert (rows.y[fold.train] >= 0).all()
        assert not set(fold.train) & set(fold.test)


COSTS = st.sampled_from([0.0, 1.0, 25.0, 400.0])
POLICIES = st.builds(
    Policy,
    slippage_bps=COSTS,
    fee_bps=COSTS,
    sides=st.sampled_from(["both", "long", "short"]),
    size_by_conf=st.booleans(),
    conf_cap=st.floats(0.05, 1.0),
    brackets=st.builds(
        Brackets,
        enabled=st.booleans(),
        mode=st.sampled_from(["atr", "range"]),
        entry_mode=st.sampled_from(["next_bar_open", "next_session_open"]),
        atr_period=st.integers(2, 15),
        atr_mult_stop=st.floats(0.1, 5.0),
        atr_mult_target=st.floats(0.1, 5.0),
        time_stop_minutes=st.sampled_from([None, 1, 390, 2000]),
        min_rr=st.sampled_from([0.0, 1.0]),
    ),
)


def market_of(seed, wild, n=90):
    """Daily bars whose moves may be as wild as `wild` a day."""
    rng = np.random.default_rng(seed)
    days = calendar("XNYS").sessions(date(2015, 10, 5)).iloc[:n]
    body, jump = rng.standard_t(2, (2, n)) * wild
    log = np.clip(np.cumsum(body + jump), -12, 12)
    close, open_ = np.exp(log) * 100, np.exp(log - np.clip(body, -1, 1)) * 100
    wick = rng.exponential(wild, (2, n))
    return pd.DataFrame(
        {
            "ts": days["close"].to_numpy(),
            "session": days["session"].to_numpy(),
            "open": open_,
            "high": np.maximum(open_, close) * (1 + wick[0]),
            "low": np.minimum(open_, close) / (1 + wick[1]),
            "close": close,
            "volume": 1000.0,
        }
    ).astype({"session": "datetime64[us]", "ts": "datetime64[us, UTC]"})


@given(
    seed=st.integers(0, 10_000),
    wild=st.sampled_from([0.0, 0.002, 0.02, 0.3]),
    policy=POLICIES,
    cut=st.sampled_from([0.0, 0.5, 0.6, 0.8]),
)
@settings(max_examples=150)
def test_laws_of_every_trade(seed, wild, policy, cut):
    bars = market_of(seed, wild)
    tape, n = tape_of(bars, calendar("XNYS"), "daily", horizon="swing"), len(bars)
    rng = np.random.default_rng(seed)
    ways = plan(tape, policy, np.minimum(np.arange(n) + 4, n))
    fold = np.r_[np.full(30, -1), np.zeros(30), np.ones(n - 60)].astype("int16")
    proba = rng.dirichlet([2, 1, 2], n)
    book = book_of(proba, ("DOWN", "FLAT", "UP"), fold, tape, policy, offset=0)
    cuts = Cuts(values=np.array([cut, cut]), how=("given", "given"), hours=())
    done = execute(tape, book, cuts, ways, policy, position_size=0.05)
    trades, counts = done.trades, dict(done.counts)
    assert (done.equity >= 0).all()
    assert (done.account > 0).all()
    assert np.isfinite(done.equity).all()
    assert counts.pop("signals") == sum(counts.values())
    assert (trades["signal_bar"] < trades["entry_bar"]).all()
    assert (trades["entry_bar"] <= trades["exit_bar"]).all()
    assert (trades["exit_bar"].to_numpy()[:-1] <= trades["signal_bar"].to_numpy()[1:]).all()
    assert (trades["exit_ts"] >= trades["entry_ts"]).all()
    assert trades["size"].between(0, 1).all()
    assert trades["conf"].between(max(cut, 0.5), 1).all()
    long = (trades["side"] == "long").to_numpy()
    paid = np.where(long, trades["entry_px"] / trades["fill"], trades["fill"] / trades["entry_px"])
    assert (paid >= 1 - 1e-12).all(), "an entry was better than the market"
    got = trades["exit_px"] / trades["exit_price_raw"]
    assert (np.where(long, got, 1 / got) <= 1 + 1e-12).all(), "an exit was better than the market"
    move = np.where(long, 1, -1) * (trades["exit_price_raw"] / trades["fill"] - 1)
    assert (trades["ret"] <= move + 1e-9).all(), "a cost was negative"
    assert (trades["ret_worst"] <= trades["ret"] + 1e-12).all()
    assert (trades["ret"] <= trades["ret_best"] + 1e-12).all()
    if policy.brackets.enabled:
        assert (np.where(long, 1, -1) * (trades["fill"] - trades["stop"]) > 0).all()


def mangled(text, data):
    """Text with some of its pieces gone, doubled, swapped or replaced."""
    for _ in range(data.draw(st.integers(1, 3))):
        lo, hi = sorted(data.draw(st.integers(0, len(text))) for _ in range(2))
        piece = data.draw(
            st.one_of(
                st.text(max_size=6),
                st.sampled_from(
                    ["\n", "\t", ": ", "- ", "{", "]", "&a", "*a", "!!python/x", "nan"]
                ),
                st.sampled_from(["\x00", "\ufeff", "1e999", "-1", ",,", '"', "'", "0x1f", "~"]),
            )
        )
        text = text[:lo] + piece + text[min(hi, lo + 30) :]
    return text


def answered(capsys, *words):
    """A verb ends with 0, or with 2 and one sentence with a hint."""
    capsys.readouterr()
    code = main([*words, "--json"])
    out, err = capsys.readouterr()
    assert code in {0, 2}, err
    assert "Traceback" not in err
    if code and not json_or_empty(out):
        assert sum(line.startswith("error:") for line in err.splitlines()) == 1, err


def json_or_empty(out):
    return json.loads(out) if out.strip() else None


@pytest.mark.parametrize("part", ["model_configs/tiny_daily", "sweep_configs/tiny_daily", "pack"])
@given(data=st.data())
def test_a_mangled_yaml_is_answered_in_a_sentence(fresh, capsys, part, data):
    path = fresh.packs / "tiny" / f"{part}.yaml"
    kept = path.read_bytes()
    try:
        path.write_text(mangled(kept.decode(), data), encoding="utf-8", errors="surrogatepass")
        answered(capsys, "sweep_config", M)
        answered(capsys, "models", "PACK_ID=tiny")
        answered(capsys, "validate_policy", M)
    finally:
        path.write_bytes(kept)


@given(data=st.data())
@settings(max_examples=30)
def test_a_mangled_csv_is_answered_in_a_sentence(fresh, capsys, data):
    path = fresh.files / "TINY_daily.csv"
    kept = path.read_bytes()
    head, rest = kept[:3000].decode(), kept[3000:]
    try:
        path.write_bytes(mangled(head, data).encode("utf-8", "surrogatepass") + rest)
        answered(capsys, "health", "TICKER=TINY")
    finally:
        path.write_bytes(kept)


@given(garbage=st.binary(max_size=300), name=st.sampled_from(["TINY_daily.csv", "TINY_daily.yaml"]))
@settings(max_examples=40)
def test_a_file_of_garbage_is_answered_in_a_sentence(fresh, capsys, garbage, name):
    path = fresh.files / name
    kept = path.read_bytes() if path.exists() else None
    try:
        path.write_bytes(garbage)
        answered(capsys, "health", "TICKER=TINY")
    finally:
        path.unlink()
        if kept is not None:
            path.write_bytes(kept)
