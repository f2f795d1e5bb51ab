"""What is asked wrongly: one sentence with the value, what to do, and nothing in the lake."""

import pytest

STRANGE = ["a/b", "../../etc", "..", "a b", "Ünïcode-日本", "x\x00y", "a" * 300]
"""Names that a path, a shell or a query would trip over."""
M = "MODEL_ID=tiny_daily"


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        (("leaderbord",), "leaderbord", "Did you mean leaderboard"),
        (("sweep-run", M, "THRESHOLDS_VARIANT=0.5"), "thresholds_variant", "thresholds_variants"),
        (("build", M, "--tabel"), "--tabel", "--table"),
        (("build", "tiny_daily"), "tiny_daily", "MODEL_ID="),
        (("build", M, "PACK_ID=tyni"), "tyni", "Did you mean tiny"),
        (("build", "MODEL_ID=tiny_dayly"), "tiny_dayly", "Did you mean tiny_daily"),
        (("pack-detail", "PACK_ID=tinny"), "tinny", "Did you mean tiny"),
        (("leaderboard", "LIMIT=many"), "many", "a whole number"),
        (("sweep-run", M, "RISK_PROFILE=balancd"), "balancd", "Did you mean balanced"),
        (("sweep-run", M, "CALIBRATION=plat"), "plat", "none"),
        (("backtest", M, "THRESHOLDS=[0.5"), "[0.5", "brackets"),
        (("build", M, "TICKER=SPY"), "SPY", "make init-auto"),
        (("build", M, "START=yesterday"), "yesterday", "2024-01-31"),
        (("build", M, "START=2016-02-30"), "2016-02-30", "2024-01-31"),
    ],
)
def test_a_name_or_value_that_is_not_known(done, words, says, hint):
    done.refused(*words, says=says, hint=hint)


@pytest.mark.parametrize(
    ("indicators", "says", "hint"),
    [
        ([{"name": "rsii"}], "rsii", "Did you mean rsi"),
        ([{"name": "rsi", "params": {"perriod": 3}}], "perriod", "period"),
        ([{"name": "rsi", "params": {"period": -3}}], "-3", "14"),
        ([{"name": "rsi", "params": {"period": "x"}}], "x", "period"),
        ([{"name": "rsi", "of": "NOPE"}], "NOPE", "Put NOPE_daily.parquet"),
        ([{"name": "rsi", "of": "../X"}], "indicator rsi: of is '../X'", "Use letters"),
    ],
)
def test_an_indicator_or_its_parameter(fresh, indicators, says, hint):
    fresh.edit(indicators=indicators)
    fresh.refused("build", M, says=says, hint=hint)


@pytest.mark.parametrize(
    ("fields", "says", "hint"),
    [
        ({"tikcer": "TINY"}, "tikcer", "ticker"),
        ({"label": {"kind": "fwd_rets"}}, "fwd_rets", "Did you mean fwd_ret"),
        ({"label": {"kind": "fwd_ret", "params": {"sesions": 3}}}, "sesions", "sessions"),
        ({"label": {"kind": "fwd_ret", "params": {"sessions": 0}}}, "0", "above 0"),
        ({"learner": {"name": "xgbost"}}, "xgbost", "Did you mean xgboost"),
        ({"learner": {"name": "xgboost", "params": {"round": 3}}}, "round", "rounds"),
        ({"learner": {"name": "xgboost", "params": {"rounds": 0}}}, "0", "from 1"),
        ({"cadence": "dayly"}, "dayly", "Did you mean daily"),
        ({"provider": "sampel"}, "sampel", "Did you mean sample"),
        ({"policy": "balancd"}, "balancd", "Did you mean balanced"),
        ({"features": ["rsx_*"]}, "rsx_*", "rsi_14"),
        ({"allow_quality": ["constnt"]}, "constnt", "constant"),
        ({"ticker": "TINI"}, "TINI", "Did you mean TINY"),
        ({"start": "2017-05-01", "end": "2016-05-01"}, "2017-05-01", ""),
    ],
)
def test_a_field_of_a_model(fresh, fields, says, hint):
    fresh.edit(**fields)
    fresh.refused("sweep-run", M, says=says, hint=hint)


@pytest.mark.parametrize("verb", ["build", "sweep-run", "backtest", "train", "preview", "pipeline"])
def test_start_after_end(fresh, verb):
    fresh.refused(
        verb,
        M,
        "START=2017-05-01",
        "END=2016-05-01",
        says="start 2017-05-01 is after end 2016-05-01",
    )


def test_a_start_after_the_end_of_the_model(fresh):
    fresh.refused("build", M, "START=2017-12-01", says="2017-10-01", hint="END=")
    fresh.edit(start="2016-01-04")
    fresh.refused("build", M, "END=2015-12-01", says="2016-01-04", hint="START=")


@pytest.mark.parametrize("verb", ["build", "sweep-run", "backtest", "preview", "pipeline"])
def test_a_range_without_bars(fresh, verb):
    fresh.refused(
        verb, M, "START=2023-01-01", "END=2023-12-29", says="2023-01-01", hint="2015-01-02"
    )
    fresh.refused(
        verb, M, "START=2001-01-01", "END=2002-12-31", says="2002-12-31", hint="2015-01-02"
    )


@pytest.mark.parametrize("verb", ["sweep-run", "backtest", "pipeline"])
def test_too_few_rows_for_the_splits(fresh, verb):
    """The hint names a start; from there it goes."""
    words = (verb, M, "START=2017-06-01", "SPLITS=3")
    fresh.refused(*words, says="3 splits", hint="Start at 20")


@pytest.mark.slow
def test_the_start_that_is_named_would_do(fresh):
    import re

    _, _, err = fresh.run("backtest", M, "START=2017-06-01", "SPLITS=3", "THRESHOLDS=0.4")
    start = re.search(r"\d{4}-\d\d-\d\d", err.split("hint:")[1])
    assert start is not None, err
    code, _, err = fresh.run("backtest", M, f"START={start[0]}", "SPLITS=3", "THRESHOLDS=0.4")
    assert code == 0, err


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "thresholds"),
        (",", ","),
        ("0", "0"),
        ("1", "1"),
        ("1.5", "1.5"),
        ("1.0000001", "1.0000001"),
        ("-0.2", "-0.2"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("0.5,high", "high"),
        ("0.5;0.6", "0.5;0.6"),
    ],
)
@pytest.mark.parametrize("verb", ["backtest", "train", "pipeline"])
def test_thresholds(done, verb, typed, says):
    done.refused(verb, M, f"THRESHOLDS={typed}", says=says, hint="between 0 and 1")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "empty"),
        (";", "empty"),
        (",", ","),
        ("0;0.5", "0 is not"),
        ("0.5;1.5", "1.5"),
        ("nan", "nan"),
        ("0.5,x", "'x'"),
    ],
)
def test_thresholds_of_a_grid(done, typed, says):
    done.refused("sweep-run", M, f"THRESHOLDS_VARIANTS={typed}", says=says)


@pytest.mark.parametrize(
    ("typed", "says"),
    [("0", "0"), ("1.5", "1.5"), ("1", "1"), ("-1", "-1"), ("nan", "nan"), ("x", "x")],
)
def test_top_pct(done, typed, says):
    for verb in ("backtest", "train", "pipeline"):
        done.refused(verb, M, f"TOP_PCT={typed}", says=says, hint="" if says in "nanx" else "share")
    done.refused("sweep-run", M, f"TOP_PCT_VARIANTS={typed}", says=says)


def test_thresholds_and_top_pct_at_once(done):
    done.refused("backtest", M, "THRESHOLDS=0.5", "TOP_PCT=0.1", says="0.5", hint="one")


@pytest.mark.parametrize("hours", ["15", "9,15"])
def test_hours_on_a_daily_model(done, hours):
    for verb in ("backtest", "train", "pipeline"):
        done.refused(verb, M, f"ALLOWED_HOURS={hours}", says=hours, hint="allowed_hours")
    done.refused(
        "sweep-run", M, f"ALLOWED_HOURS_VARIANTS={hours}", says=hours, hint="allowed_hours"
    )


@pytest.mark.parametrize(
    ("hours", "says"), [("24", "24"), ("-1", "-1"), ("9.5", "9.5"), ("noon", "noon")]
)
def test_hours_that_are_none(done, hours, says):
    for verb in ("backtest", "train", "pipeline"):
        done.refused(verb, M, f"ALLOWED_HOURS={hours}", says=says)
    done.refused("sweep-run", M, f"ALLOWED_HOURS_VARIANTS={hours}", says=says)


@pytest.mark.parametrize("splits", ["0", "10000", "-1", "two", "1.5"])
def test_splits(done, splits):
    for verb in ("backtest", "train", "pipeline", "sweep-run"):
        done.refused(verb, M, f"SPLITS={splits}", says=splits)


def test_more_splits_than_the_history_holds(fresh):
    fresh.refused("sweep-run", M, "START=2016-06-01", "SPLITS=400", says="400", hint="split")


@pytest.mark.parametrize("embargo", ["1", "-0.1", "nan", "much"])
def test_embargo(done, embargo):
    for verb in ("backtest", "train", "pipeline", "sweep-run"):
        done.refused(verb, M, f"EMBARGO={embargo}", says=embargo)


def test_training_what_was_never_tried(fresh):
    fresh.refused("train", M, "THRESHOLDS=0.44", says="0.44", hint="make sweep-run")


def test_a_verdict_that_is_not_pass_needs_an_override(done):
    done.refused("train", M, "THRESHOLDS=0.40", "SPLITS=3", says="not PASS", hint="override")


@pytest.mark.slow
@pytest.mark.parametrize("name", STRANGE)
def test_strange_names_of_what_must_exist(done, name):
    """Nothing of that name is found, and no path is made of it."""
    shown = "x" if "\x00" in name else name[:20]
    for words in (
        ("build", f"MODEL_ID={name}"),
        ("build", M, f"PACK_ID={name}"),
        ("pack-detail", f"PACK_ID={name}"),
        ("build", M, f"TICKER={name}"),
        ("sweep", f"SWEEP_ID={name}"),
        ("alerts", M, f"BUNDLE_ID={name}"),
        ("export", "WHAT=matrix", f"MATRIX_SHA={name}"),
        ("init", f"MODEL_ID={name}", "PACK_ID=tiny", "TICKER=TINY"),
        ("init", "MODEL_ID=new_one", "PACK_ID=tiny", f"TICKER={name}"),
        (
            "init-auto",
            "PACK_ID=tiny",
            f"TICKER={name}",
            "ASSET=eq",
            "HORIZON=swing",
            "CADENCE=daily",
        ),
    ):
        assert shown.upper() in done.refused(*words, says="").upper()


@pytest.mark.slow
@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_tag_is_only_a_word(done, name):
    code, _, err = done.run("backtest", M, "SPLITS=3", "THRESHOLDS=0.4", f"TAG={name}")
    assert code == 0, err
    code, out, _ = done.run("leaderboard", f"TAG={name}", "--json")
    assert code == 0
    assert '"trial_id"' in out
    assert {path.name for path in done.root.iterdir()} == {"files", "lake", "packs"}


def test_a_list_of_what_never_was_is_no_empty_list(fresh):
    verbs = ("leaderboard", "signals", "sweeps", "runs-build", "runs-backtest", "runs-train")
    for verb in (*verbs, "noise-floors", "standings", "export"):
        fresh.refused(verb, "MODEL_ID=tiny_dayly", says="tiny_dayly", hint="Did you mean tiny_da")
    fresh.refused("leaderboard", "PACK_ID=tinny", says="tinny", hint="Did you mean tiny")
    code, out, _ = fresh.run("leaderboard", M, "--json")
    assert (code, out.strip()) == (0, "[]")


@pytest.mark.slow
@pytest.mark.parametrize("name", STRANGE)
def test_a_filter_that_fits_nothing_finds_nothing(done, name):
    for verb, field in (("leaderboard", "TAG"), ("signals", "BUNDLE_ID")):
        code, out, _ = done.run(verb, f"{field}={name}", "--json")
        assert code == 0
        assert '"trial_id"' not in out
        assert '"signal_id"' not in out


def test_what_a_shell_is_refused_at_once_leaves_the_lake_empty(fresh):
    for words in (
        ("build", "MODEL_ID=tiny_dayly"),
        ("pipeline", M, "START=2016-02-01", "END=2016-01-01"),
        ("backtest", M, "THRESHOLDS=1.0000001"),
        ("backtest", M, "ALLOWED_HOURS=13"),
        ("sweep-run", M, "TOP_PCT_VARIANTS=[1.5]"),
    ):
        fresh.refused(*words, says="")
        assert [path for path in fresh.lake.rglob("*") if path.is_file()] == [], words
