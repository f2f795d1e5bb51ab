"""How indicators are asked for, and what is said to a name or number that does not fit."""

import pytest

from sigma_core.domain.model import IndicatorSpec
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.indicators import ALIASES, INDICATORS, catalogue, find, resolved


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("bollinger", "bbands"),
        ("stoch_rsi", "stochrsi"),
        ("momentum_score", "momentum_score_total"),
        ("session_vwap", "vwap"),
        ("rsi", "rsi"),
    ],
)
def test_other_names(asked, name):
    assert find(asked).name == name


def test_every_alias_leads_somewhere_and_hides_nothing():
    names = {one.name for one in INDICATORS}

    assert set(ALIASES.values()) <= names
    assert not set(ALIASES) & names


@pytest.mark.parametrize(
    ("asked", "name", "params"),
    [
        ("rsi_14", "rsi", {"period": 14}),
        ("ema_20", "ema", {"period": 20}),
        ("macd_5_35_5", "macd", {"fast": 5, "slow": 35, "signal": 5}),
        ("bollinger_20_2.5", "bbands", {"period": 20, "nbdevup": 2.5, "nbdevdn": 2.0, "ma": 0}),
        ("minus_di", "minus_di", {"period": 14}),
    ],
)
def test_numbers_in_a_name_are_its_parameters(asked, name, params):
    spec = resolved(IndicatorSpec(name=asked))

    assert (spec.name, dict(spec.params)) == (name, params)


def test_modifiers_survive_resolving():
    spec = resolved(IndicatorSpec(name="rsi", cadence="daily", of="VIX"))

    assert (spec.cadence, spec.of, dict(spec.params)) == ("daily", "VIX", {"period": 14})


@pytest.mark.parametrize("word", ["timeperiod", "length", "window", "period"])
def test_a_period_by_any_name(word):
    assert dict(resolved(IndicatorSpec(name="rsi", params={word: 7})).params) == {"period": 7}


def test_column_names_carry_every_parameter():
    assert INDICATORS["rsi"].columns() == ("rsi_14",)
    assert INDICATORS["macd"].columns() == (
        "macd_12_26_9_line",
        "macd_12_26_9_signal",
        "macd_12_26_9_hist",
    )
    assert INDICATORS["sar"].columns(acceleration=0.025) == ("sar_0.025_0.2",)
    assert INDICATORS["close"].columns() == ("close",)


def test_unknown_name_is_guessed():
    with pytest.raises(UnknownName, match="No indicator is called 'bolinger'") as told:
        find("bolinger")

    assert "bollinger" in told.value.hint


@pytest.mark.parametrize(
    ("name", "params", "message", "hint"),
    [
        ("rsi", {"perod": 14}, "rsi has no parameter 'perod'", "period"),
        ("avgprice", {"period": 14}, "avgprice has no parameter 'period'", "takes none"),
        ("rsi", {"period": 1}, "period is 1, not a whole number from 2 to 2000", "14"),
        ("rsi", {"period": 14.5}, "period is 14.5, not a whole number", "14"),
        ("bbands", {"ma": 7}, "ma is 7, not one of 0, 1, 2", "0"),
        ("macd", {"fast": 26, "slow": 12}, "fast is 26, not below slow, 12", "12"),
        ("rsi_14_3", {}, "'rsi_14_3' gives rsi more numbers than it takes", "period"),
        ("rsi_14", {"period": 7}, "'rsi_14' gives rsi more numbers", "period"),
    ],
)
def test_a_number_that_does_not_fit(name, params, message, hint):
    with pytest.raises(BadRequest, match=message) as told:
        resolved(IndicatorSpec(name=name, params=params))

    assert hint in told.value.hint


def test_catalogue_tells_all_there_is_to_set():
    entries = {entry["name"]: entry for entry in catalogue()}

    assert len(entries) == len(INDICATORS)
    rsi = entries["rsi"]
    assert rsi["group"] == "momentum"
    assert rsi["sentence"] == "Relative Strength Index."
    assert rsi["inputs"] == ["close"]
    assert rsi["params"]["period"]["range"] == "a whole number from 2 to 2000"
    assert rsi["columns"] == ["rsi_14"]
    assert rsi["bounds"] == [0, 100]
    assert rsi["warmup"] == 14
    assert entries["bbands"]["aliases"] == ["bb", "bollinger", "bollinger_bands"]
    assert entries["vix_level"]["of"] == "VIX"


def test_catalogue_is_json():
    import json

    assert json.loads(json.dumps(catalogue(), allow_nan=False))
