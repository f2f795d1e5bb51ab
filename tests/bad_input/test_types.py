"""Values of the wrong type, form or size, as shells, pages and programs send them."""

import pytest

M = "MODEL_ID=tiny_daily"
LIST = "give a list"
DAY = "write it as 2024-01-31"


@pytest.mark.parametrize("typed", ["0", "20150102", "2015-1-2", "02/01/2015", "99999-01-01", ""])
def test_a_day_that_is_none(fresh, typed):
    """A bare number is no day: 0 would be one of 1970."""
    for name in ("START", "END"):
        fresh.refused(
            "preview", M, f"{name}={typed}", says=f"{typed!r}, which is no date", hint=DAY
        )


@pytest.mark.parametrize("day", [0, 2015, 20150102, "soon", 1.5])
def test_a_day_of_a_file_that_is_none(fresh, day):
    fresh.edit(start=day)
    fresh.refused("preview", M, says="start is ", hint=DAY)


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        ((M,), "MODEL_ID is given twice", "Leave one of them out"),
        (("model_id=other",), "model_id is given twice", "Leave one of them out"),
        (("=5",), "'=5' is not KEY=value", "MODEL_ID="),
        (("START={",), "'{' is not JSON", "brackets"),
        (("START=[]",), "start is []", DAY),
    ],
)
def test_words_that_cannot_be_read(fresh, words, says, hint):
    fresh.refused("preview", M, *words, says=says, hint=hint)


@pytest.mark.parametrize("name", ["TINY_DAILY", "Tiny_Daily"])
def test_a_name_in_capitals_is_recognised(fresh, name):
    fresh.refused("preview", f"MODEL_ID={name}", says=name, hint="Did you mean tiny_daily?")


@pytest.mark.parametrize("verb", ["disk", "compact", "db-migrate"])
def test_a_field_of_a_verb_that_has_none(fresh, verb):
    fresh.refused(
        verb,
        "NOW=1",
        says="now is not a field",
        hint="to set" if verb != "db-migrate" else "dry_run",
    )


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        (("THRESHOLDS_VARIANTS=[0.5]",), "thresholds_variants.0 is 0.5", "in quotes"),
        (("THRESHOLDS_VARIANTS=[[0.5]]",), "[0.5]", "in quotes"),
        (("THRESHOLDS_VARIANTS=[null]",), "None", "in quotes"),
        (('THRESHOLDS_VARIANTS={"a": 1}',), "should be a list", LIST),
        (('TOP_PCT_VARIANTS=["10%"]',), "'10%'", "a number"),
        (("TOP_PCT_VARIANTS=[0.1, true]",), "top_pct_variants.1 is True", "a number"),
        (("THRESHOLDS_VARIANTS=[]", "TOP_PCT_VARIANTS=[]"), "The grid is empty", "Give"),
        (("ALLOWED_HOURS_VARIANTS=13,14;13,14,15",), "allowed_hours 13,14,15 cannot", "Leave"),
        (("SPLITS=1e1",), "'1e1'", "whole number"),
        (("SPLITS=999999999999999999999",), "999999999999999999999", "500 or less"),
        (("EMBARGO=0,01",), "'0,01'", "a number"),
        (("MIN_SHARPE=1e400",), "'1e400'", "finite"),
        (("MIN_TRADES=-5",), "'-5'", "0 or more"),
        (("NOISE_RUNS=1000000",), "'1000000'", "200 or less"),
        (("ALLOW_OVER_BUDGET=maybe",), "'maybe'", "true or false"),
    ],
)
def test_a_grid(fresh, words, says, hint):
    fresh.refused("sweep-run", M, *words, says=says, hint=hint)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"policy": {"slippage_bps": False}}, "slippage_bps is False"),
        ({"policy": {"brackets": {"min_rr": True}}}, "brackets.min_rr is True"),
        ({"learner": {"name": "xgboost", "seed": True}}, "seed is True"),
        ({"policy": {"size_by_conf": 2}}, "size_by_conf is 2"),
    ],
)
def test_yes_is_no_number_in_a_file(fresh, fields, says):
    """`min_rr: yes` would count as 1."""
    fresh.edit(**fields)
    fresh.refused("build", M, says=says, hint="Mend")


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        (("TARGET=y_syn",), "target is 'y_syn'", "Choose one of y."),
        (("CONFIG={}",), "config.kind is required", "kind"),
        (('CONFIG={"kind": "thr"}',), "config.value is required", "value"),
        (('CONFIG={"kind": "magic", "value": "0.4"}',), "config.kind is 'magic'", "thr, top_pct"),
        (('CONFIG={"kind": "thr", "value": "0.4", "x": 1}',), "config.x", "Known: allowed_hours"),
    ],
)
def test_what_is_to_be_trained(fresh, words, says, hint):
    fresh.refused("train", M, *words, says=says, hint=hint)


@pytest.mark.parametrize(
    ("verb", "words", "says", "hint"),
    [
        ("backtest", ("MOMENTUM_MIN=0.1",), "momentum_min 0.1 changes nothing", "-gated"),
        ("backtest-gated", ("MOMENTUM_COLUMN=y_ret",), "'y_ret'", "Add its indicator"),
        ("backtest-gated", ("MOMENTUM_COLUMN=rsi_14", "MOMENTUM_MIN=nan"), "'nan'", "finite"),
        ("cpcv", ("GROUPS=6", "TESTED=6"), "6 of 6 groups", "usual"),
        ("cpcv", ("GROUPS=1000",), "'1000'", "50 or less"),
    ],
)
def test_a_gate_or_paths(fresh, verb, words, says, hint):
    fresh.refused(verb, M, "THRESHOLDS=0.4", *words, says=says, hint=hint)


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        (("signals", "STATUS=new"), "'new'", "NEW, OPEN"),
        (("signals", "SIDE=LONG"), "'LONG'", "BUY, SELL"),
        (("leaderboard", "LIMIT=-1"), "'-1'", "1 or more"),
        (("leaderboard", "START=2024-05-01", "END=2024-04-01"), "2024-05-01 is after", "Swap"),
        (("leaderboard", "PASS_GATE=yes please"), "'yes please'", "true or false"),
        (("leaderboard", "RISK_PROFILE=nope"), "'nope'", "balanced"),
        (("export", "WHAT=everything"), "'everything'", "trials"),
    ],
)
def test_a_filter(fresh, words, says, hint):
    fresh.refused(*words, says=says, hint=hint)
