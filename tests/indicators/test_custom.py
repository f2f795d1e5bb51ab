"""Indicators of a pack's own: what a file may be, and every way in which it is refused."""

import os
import subprocess
import sys
from textwrap import dedent, indent

import numpy as np
import pytest

from sigma_core.domain.model import CustomSpec, IndicatorSpec
from sigma_core.engine.features import columns_of, features_of, warm_from
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.indicators import INDICATORS, _trial, custom_of, keep, law_bars

WHERE = "packs/mine/custom_indicators/mine.py"
LONG = (
    "answer = np.full(len(close), np.nan)\nanswer[5:] = close[5:] / close[:-5] - 1\nreturn answer"
)


def written(body, *, head="", takes="close, *, period=5", before=""):
    """The text of a file whose function does this."""
    return (
        f'"""A test."""\n\nimport numpy as np\n{head}\n{before}\ndef mine({takes}):\n'
        f'    """A test.\n\n    Units: none.\n    """\n{indent(dedent(body), "    ")}\n'
    )


def spec(text, **given):
    """What a model asks for whose pack has a file of this text."""
    sha = keep("mine", WHERE, text.encode())
    params = custom_of(CustomSpec(name="mine", sha=sha)).bind(given.pop("params", {}))
    return CustomSpec(name="mine", sha=sha, params=params, **given)


@pytest.fixture
def run(daily, market):
    """Features of 600 daily bars that a file of this text makes."""

    def made(text, **given):
        bars = market({("SPY", "daily"): daily("2015-01-02", 700)})
        return features_of(bars, [spec(text, **given)])

    return made


def refused(run, text, **given):
    with pytest.raises(BadRequest) as told:
        run(text, **given)
    assert WHERE in str(told.value)
    assert "\n" not in str(told.value)
    assert told.value.hint
    return str(told.value)


def test_a_file_that_keeps_the_laws_is_an_indicator_like_others(run, daily, market):
    bars = daily("2015-01-02", 700)
    made = run(written(LONG))
    assert made.columns.tolist() == ["mine_5"]
    expected = bars["close"] / bars["close"].shift(5) - 1
    np.testing.assert_allclose(made["mine_5"], expected, rtol=1e-12)
    assert warm_from(market({("SPY", "daily"): bars}), [spec(written(LONG))]) == 5


@pytest.mark.slow
def test_parameters_outputs_and_modifiers(daily, market, intraday):
    text = written(
        "return talib.MIN(low, period), talib.MAX(high, period) * scale",
        head='import talib\nOUTPUTS = ("low", "high")\nLIMITS = {"period": (2, 50)}',
        takes="high, low, *, period=3, scale=1.0",
    )
    fine, days = intraday("2017-06-26", 12, minutes=15), daily("2017-06-26", 12, seed=8)
    both = market({("SPY", "15m"): fine, ("SPY", "daily"): days, ("QQQ", "15m"): fine})
    asked = [
        spec(text, params={"period": 4}),
        spec(text, params={"scale": 2.0}, of="QQQ"),
        spec(text, cadence="daily"),
    ]
    assert columns_of(asked) == (
        "mine_4_1_low", "mine_4_1_high", "mine_3_2_low@qqq", "mine_3_2_high@qqq",
        "mine_3_1_low@daily", "mine_3_1_high@daily",
    )  # fmt: skip
    made = features_of(both, asked)
    np.testing.assert_allclose(made["mine_4_1_low"], fine["low"].rolling(4).min())
    np.testing.assert_allclose(made["mine_3_2_high@qqq"], 2 * fine["high"].rolling(3).max())
    known = days["low"].rolling(3).min()
    assert made["mine_3_1_low@daily"].iloc[-1] == known.iloc[-1]
    assert made["mine_3_1_low@daily"].iloc[-2] == known.iloc[-2]
    with pytest.raises(BadRequest, match="period is 51, not a whole number from 2 to 50"):
        spec(text, params={"period": 51})
    with pytest.raises(BadRequest, match="mine has no parameter 'perid'"):
        spec(text, params={"perid": 5})


FUTURE = "an indicator sees no future"
BEHIND = """
    answer = np.full(len(close), np.nan)
    answer[5:] = close[5:] / close[:-5]
    answer[:5] = answer[5] if len(close) > 5 else np.nan
    return answer
"""
FEW = """
    windows = np.lib.stride_tricks.sliding_window_view(close, period)
    return np.r_[np.full(period - 1, np.nan), windows.mean(axis=1)]
"""
MISBEHAVED = {
    "next bar": ("return np.append(close[1:], np.nan) / close - 1", FUTURE),
    "mean of all": ("return close / close.mean()", FUTURE),
    "rank in all": ("return np.argsort(np.argsort(close)).astype(float)", FUTURE),
    "filled from behind": (BEHIND, FUTURE),
    "only its last bar": (
        "answer = close.copy()\nanswer[-1] = 0.0\nreturn answer",
        FUTURE,
    ),
    "what comes after, if long": (
        "answer = close * 0\nif len(close) > 300:\n    answer[200] = close[300]\nreturn answer",
        FUTURE,
    ),
    "too short": ("return close[1:]", "gives one number a bar: it gives 499 values for 500 bars"),
    "one number": ("return close.mean()", "gives floats: it gives a float64, not an array"),
    "two where one": ("return close, close", "gives 2 arrays where OUTPUTS names 1"),
    "a table": ("return np.ones((len(close), 2))", "gives 500 × 2 values for 500 bars"),
    "flags": ("return close > 100", "gives floats: it gives bool values"),
    "whole numbers": ("return np.arange(len(close))", "gives floats: it gives int64 values"),
    "words": ("return np.full(len(close), 'up')", "gives floats: it gives <U2 values"),
    "a list": ("return [1.0] * len(close)", "gives floats: it gives a list, not an array"),
    "holes behind a mask": (
        "return np.ma.masked_less(close, 100)",
        "gives floats: it gives a MaskedArray, not an array",
    ),
    "nothing": ("pass", "gives floats: it gives a NoneType, not an array"),
    "raises": ("raise ValueError('no way')", "raises ValueError: no way (line 11) on 500 bars"),
    "raises on few bars": (FEW, "does not raise: it raises ValueError: "),
    "changes its inputs": ("close[0] = 1.0\nreturn close", "assignment destination is read-only"),
    "prints": ("print('hello there')\nreturn close", "prints nothing: it prints 'hello there"),
    "prints an error": (
        "import sys\nsys.stderr.write('oops')\nreturn close",
        "prints nothing: it prints 'oops",
    ),
    "prints past python": (
        "import os\nos.write(1, b'deep')\nreturn close",
        "prints nothing: it prints 'deep",
    ),
    "draws by chance": (
        "return close + np.random.default_rng().normal(size=len(close))",
        "says the same again: it gives ",
    ),
    "counts its calls": (
        "seen.append(1)\nreturn close + len(seen)",
        "says the same again: it gives ",
    ),
    "another order each time": (
        "return close + list({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}).index('a')",
        "says the same again: it gives other values in another process",
    ),
    "leaves": (
        "import os\nos._exit(3)",
        "does not raise: it ends its process, which leaves with 3",
    ),
    "exits": ("raise SystemExit", "does not raise: it "),
    "beyond its bounds": ("return close", "stays within its BOUNDS: it gives "),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MISBEHAVED)
def test_what_breaks_a_law_is_refused_with_the_law_and_the_place(run, name):
    body, says = MISBEHAVED[name]
    bounds = "BOUNDS = (0, 1)" if name == "beyond its bounds" else ""
    before = "seen = []\n" if name == "counts its calls" else ""
    message = refused(run, written(body, head=bounds, before=before))
    assert message.startswith(f"{WHERE} breaks the law that an indicator ")
    assert says in message


@pytest.mark.slow
def test_what_runs_on_is_stopped(run, monkeypatch):
    monkeypatch.setattr(_trial, "SECONDS", 2.0)
    message = refused(run, written("while True:\n    pass"))
    assert "comes to an end: it runs on after 2 seconds" in message


@pytest.mark.slow
def test_what_a_refusal_shows_can_be_seen_again(run):
    """The bar and both values in the message are those of the function on law_bars."""
    message = refused(run, written("return close / close.max()"))
    found = [word.rstrip(",.") for word in message.split()]
    one, bar = float(found[found.index("gives") + 1]), int(found[found.index("bar") + 1])
    ends, other = int(found[found.index("end") + 3]), float(found[found.index("and") + 1])
    close = law_bars("daily")["close"].to_numpy()
    assert one == pytest.approx(close[bar] / close[: ends + 1].max(), rel=1e-8)
    assert other == pytest.approx(close[bar] / close.max(), rel=1e-8)


@pytest.mark.slow
def test_a_law_is_that_of_the_parameters_asked_for(run):
    """Up to ten bars it looks back, and beyond that ahead."""
    text = written("return np.roll(close, -1 if period > 10 else 0)")
    assert run(text)["mine_5"].notna().all()
    assert FUTURE in refused(run, text, params={"period": 11})


def test_a_file_runs_nothing_when_it_is_read(tmp_path):
    mark = tmp_path / "ran"
    text = written("return close", before=f"open({str(mark)!r}, 'w').close()")
    assert columns_of([spec(text)]) == ("mine_5",)
    assert not mark.exists()


def test_a_file_is_run_apart_and_without_our_keys(run, monkeypatch):
    """The trial has another process and an environment of its own."""
    monkeypatch.setenv("SOME_API_KEY", "secret")
    text = written(
        f"import os\nif os.getpid() != {os.getpid()}:\n"
        "    assert not any('KEY' in name or 'SIGMA' in name for name in os.environ)\nreturn close"
    )
    assert run(text)["mine_5"].notna().all()


@pytest.mark.slow
def test_what_is_refused_only_on_longer_bars_is_refused_there(run):
    text = written("if len(close) > 660:\n    raise KeyError('late')\nreturn close")
    assert "raises KeyError: 'late' (line 12) on 700 bars" in refused(run, text)
    text = written("if len(close) > 660:\n    raise SystemExit(0)\nreturn close")
    assert "raises SystemExit: 0 (line 12) on 700 bars" in refused(run, text)
    text = written("return close[:660] if len(close) > 660 else close")
    assert "gives 660 values for 700 bars" in refused(run, text)


@pytest.mark.slow
def test_a_file_is_tried_once(run, monkeypatch):
    tried = []
    whole = _trial.Trial._try
    monkeypatch.setattr(_trial.Trial, "_try", lambda *given: (tried.append(1), whole(*given))[1])
    text = written("return close * 3.25")
    run(text)
    run(text)
    assert len(tried) == 1
    run(text + "# edited\n")
    assert len(tried) == 2


FAULTS = {
    "no python": ("def mine(close:", "is not Python in line 1"),
    "no function": ("def other(close): return close", "has no function called mine"),
    "no column": (written("return close", takes="closing"), "reads no price"),
    "an odd column": (written("return close", takes="close, vwap"), "reads 'vwap', which is no"),
    "no default": (written("return close", takes="close, *, period"), "gives period no number"),
    "a word": (written("return close", takes="close, *, kind='x'"), "gives kind no number"),
    "any": (written("return close", takes="close, *more"), "more than columns and, after a *"),
    "loose": (written("return close", takes="close, period=3"), "more than columns and, after a *"),
    "outputs": (written("return close", head="OUTPUTS = ('a', 'a')"), "has OUTPUTS that are not"),
    "bounds": (written("return close", head="BOUNDS = (1, 0)"), "has BOUNDS that are not two"),
    "limits": (written("return close", head="LIMITS = {'perod': (1, 2)}"), "LIMITS for 'perod'"),
    "limited": (written("return close", head="LIMITS = {'period': (9, 12)}"), "outside its LIMITS"),
    "cadences": (written("return close", head="CADENCES = ('1m',)"), "has CADENCES that are not"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_that_declares_no_indicator_is_refused_unrun(name):
    text, says = FAULTS[name]
    with pytest.raises(BadRequest) as told:
        keep("mine", WHERE, text.encode())
    assert str(told.value).startswith(WHERE)
    assert says in str(told.value)
    assert told.value.hint


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(BadRequest, match="is not UTF-8"):
        keep("mine", WHERE, b"\xff\xfe")


def test_a_known_one_under_another_name(daily, market):
    bars = market({("SPY", "daily"): daily("2015-01-02", 120)})
    custom = CustomSpec(name="slow_rsi", base="rsi", params={"period": 50})
    made = features_of(bars, [custom, IndicatorSpec(name="rsi", params={"period": 50})])
    assert made.columns.tolist() == ["slow_rsi_50", "rsi_50"]
    np.testing.assert_array_equal(made["slow_rsi_50"], made["rsi_50"])
    assert warm_from(bars, [custom]) == INDICATORS["rsi"].warmup(period=50)
    with pytest.raises(UnknownName, match="rsy"):
        custom_of(CustomSpec(name="slow", base="rsy"))


def test_a_file_that_is_not_at_hand_is_told():
    with pytest.raises(BadRequest, match="made with a file of sha aaaaaaa") as told:
        custom_of(CustomSpec(name="mine", sha="a" * 64))
    assert "train anew" in told.value.hint


def test_the_childs_side_needs_nothing_but_numpy():
    """It must be there at once: half a second for pandas would be paid twice a file."""
    asked = (
        "import sys, sigma_core.custom_laws; print([m in sys.modules for m in ('pandas', 'talib')])"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[False, False]"
