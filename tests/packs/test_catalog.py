"""The verbs of the catalogue: what they list, what they make, what they say to a wrong word."""

import json
from inspect import getdoc

import pytest

from sigma_core.errors import BadRequest, SigmaError, UnknownName
from sigma_core.packs import find_model, policy, sweep_config_of
from sigma_core.parse import parse, plain
from sigma_core.verbs import VERBS

DEMO = "ixic_eq_swing_daily"
ROUTES = {
    "packs": ("GET", "/packs"),
    "pack_detail": ("GET", "/packs/{pack_id}"),
    "pack_templates": ("GET", "/packs/{pack_id}/templates"),
    "pack_indicators": ("GET", "/packs/{pack_id}/indicator_sets"),
    "pack_models": None,
    "models": ("GET", "/models"),
    "init": ("POST", "/models"),
    "init_auto": ("POST", "/models/auto"),
    "indicators": ("GET", "/indicators"),
    "indicators_groups": ("GET", "/indicators/groups"),
    "sweep_config": ("GET", "/sweep_config"),
    "validate_policy": ("GET", "/policy/explain"),
}
READING = [name for name in ROUTES if not name.startswith("init")]


def run(lab, name, **ask):
    """What a verb answers, asked as a shell would ask it."""
    verb = VERBS[name]
    return verb.fn(lab, parse(verb.ask, ask))


@pytest.mark.parametrize("name", ROUTES)
def test_a_verb_has_its_route_and_a_sentence(name):
    verb = VERBS[name]
    assert verb.route == ROUTES[name]
    assert verb.sentence.endswith((".", ":"))
    assert getdoc(verb.ask)
    assert not verb.slow


@pytest.mark.parametrize("name", READING)
def test_without_any_word_it_answers_for_all_or_the_demo(lab, spoilt, name):
    before = spoilt.everything()
    answer = run(lab, name)
    json.dumps(plain(answer), allow_nan=False)
    screen = VERBS[name].table(answer)
    assert screen.strip()
    assert "None" not in screen
    assert spoilt.everything() == before


def test_packs_count_what_they_hold(lab):
    held = {row.pack_id: (row.models, row.policies) for row in run(lab, "packs")}
    assert held["swingsigma"] == (4, 3)
    assert len(held) == 5


def test_detail_names_all_parts(lab):
    detail = run(lab, "pack_detail", pack_id="swingsigma")
    assert DEMO in [row.model_id for row in detail.models]
    assert set(detail.policies) == {"aggressive", "balanced", "conservative"}
    assert "make pipeline" in detail.demo


def test_indicator_sets_show_their_columns(lab):
    sets = {row.indicator_set: row.columns for row in run(lab, "pack_indicators")}
    assert {"rsi_14", "ppo_12_26_1", "momentum_score_total"} <= set(sets["swing_daily"])
    assert "rsi_14@daily" in sets["swing_hourly"]
    assert "vix_level" in sets["swing_daily_vix"]


@pytest.mark.parametrize("name", [name for name in READING if name.startswith("pack_")])
def test_an_unknown_pack_is_answered_with_the_nearest(lab, name):
    with pytest.raises(UnknownName, match="No pack is called 'swingsigm'") as told:
        run(lab, name, pack_id="swingsigm")
    assert "swingsigma" in told.value.hint


def test_a_model_at_fault_is_listed_with_its_fault(lab, spoilt):
    spoilt.change("cadence: daily", "cadence: dayly")
    rows = {row.model_id: row for row in run(lab, "models")}
    assert "cadence is 'dayly'" in rows[DEMO].problem
    assert not rows["spx_eq_swing_daily_vix"].problem
    assert "✕ packs/swingsigma/model_configs" in VERBS["models"].table(list(rows.values()))


def test_models_of_one_pack_are_those_of_the_pack(lab):
    assert run(lab, "pack_models", pack_id="swingsigma") == run(lab, "models", pack_id="swingsigma")


# ---- making models


def test_init_auto_names_the_model_by_its_parts(lab):
    done = run(
        lab, "init_auto", pack_id="swingsigma", ticker="SPY", asset="eq", horizon="swing",
        cadence="daily",
    )  # fmt: skip
    assert done.model.model_id == "spy_eq_swing_daily"
    made = find_model(lab.packs, "spy_eq_swing_daily")
    assert (made.ticker, made.cadence, made.policy_name) == ("SPY", "daily", "spy_eq_swing_daily")
    assert made.policy == policy(lab.packs, "swingsigma", "balanced")
    assert all((lab.packs.parent / file).is_file() for file in done.files)
    assert "spy_eq_swing_daily" in VERBS["init_auto"].table(done)


def test_init_reads_from_the_name_what_is_not_given(lab):
    """The guide's own line: make init MODEL_ID=spy_swing_daily PACK_ID=swingsigma TICKER=SPY."""
    done = run(lab, "init", model_id="spy_swing_daily", pack_id="swingsigma", ticker="SPY")
    row = done.model
    assert (row.asset, row.horizon, row.cadence) == ("eq", "swing", "daily")


def test_init_takes_the_template_of_the_cadence(lab):
    done = run(lab, "init", model_id="qqq_eq_swing_hourly")
    assert (done.model.ticker, done.model.label) == ("QQQ", "triple_barrier 21 bars")


def test_init_takes_the_policy_of_the_risk_profile(lab):
    run(lab, "init", model_id="spy_eq_swing_daily", risk_profile="conservative")
    made = find_model(lab.packs, "spy_eq_swing_daily")
    assert made.policy == policy(lab.packs, "swingsigma", "conservative")
    assert made.risk_profile == "conservative"


def test_variant_and_template_of_init_auto(lab):
    done = run(lab, "init_auto", ticker="brk.b", variant="v2", template="swing_hourly")
    assert done.model.model_id == "brkb_eq_swing_hourly_v2"
    assert done.model.ticker == "BRK.B"


def test_what_init_makes_has_a_grid_to_edit(lab):
    run(lab, "init_auto", ticker="SPY")
    found = run(lab, "sweep_config", model_id="spy_eq_swing_daily")
    assert found.written
    assert found.file == "packs/swingsigma/sweep_configs/spy_eq_swing_daily.yaml"


WRONG = [
    ("init", {"model_id": DEMO}, "exists"),
    ("init", {"model_id": "a/b", "ticker": "SPY"}, "'a/b' cannot be a model's name"),
    ("init", {"model_id": "../b", "ticker": "SPY"}, "cannot be a model's name"),
    ("init", {"model_id": "a b", "ticker": "SPY"}, "cannot be a model's name"),
    ("init", {"model_id": "ä", "ticker": "SPY"}, "cannot be a model's name"),
    ("init", {"model_id": "mine"}, "ticker is required"),
    ("init", {"model_id": "spy_eq_swing_daily", "horizon": "long"}, "has no template for eq long"),
    ("init", {"model_id": "spy_opt_0dte_hourly"}, "has no template for opt 0dte hourly"),
    ("init", {"model_id": "mine", "ticker": "SPY", "risk_profile": "bold"}, "is 'bold'"),
    ("init", {"model_id": "mine", "ticker": "SPY", "provider": "sampel"}, "No provider is called"),
    ("init", {"model_id": "mine", "ticker": "SPY", "template": "swing"}, "No template of"),
    ("init", {"model_id": "mine", "ticker": "SPY", "pack_id": "swing"}, "No pack is called"),
    ("init_auto", {}, "ticker is required"),
    ("init_auto", {"ticker": "IXIC"}, "exists"),
    ("init_auto", {"ticker": "BRK/B"}, "ticker is 'BRK/B'"),
    ("init_auto", {"ticker": "../../etc"}, "ticker is '../../ETC'"),
    ("init_auto", {"ticker": "ÄÖ"}, "ticker is 'ÄÖ'"),
    ("init_auto", {"ticker": "SPY", "variant": "a/b"}, "variant is 'a/b'"),
    ("init_auto", {"ticker": "SPY", "cadence": "5m"}, "has no template for eq swing 5m"),
    ("init_auto", {"ticker": "SPY", "template": "swing_daily", "horizon": "long"}, "not of the"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "ask", "says"), WRONG, ids=[w[2][:30] for w in WRONG])
def test_what_cannot_be_made_is_said_and_nothing_is_written(lab, spoilt, name, ask, says):
    before = spoilt.everything()
    with pytest.raises(SigmaError) as told:
        run(lab, name, **ask)
    assert says in str(told.value)
    assert told.value.hint
    assert spoilt.everything() == before


# ---- indicators


def test_indicators_may_be_searched_and_grouped(lab):
    every = run(lab, "indicators")
    assert len(every) > 150
    vix = run(lab, "indicators", group="vix")
    assert {row.name for row in vix} == {"vix_level", "vix_delta", "vix_term_slope"}
    assert "bbands" in {row.name for row in run(lab, "indicators", search="Bollinger")}
    assert run(lab, "indicators", search="no such thing at all") == []


def test_an_indicator_row_says_what_may_be_set(lab):
    [rsi] = [row for row in run(lab, "indicators") if row.name == "rsi"]
    [period] = rsi.params
    assert (period.name, period.default, period.low) == ("period", 14, 2)
    assert (rsi.lowest, rsi.highest, rsi.columns) == (0.0, 100.0, ("rsi_14",))
    [natr] = [row for row in run(lab, "indicators") if row.name == "natr"]
    assert (natr.lowest, natr.highest) == (0.0, None)  # infinity is no limit


def test_every_indicator_says_all_there_is_to_know(lab):
    """Group, inputs, parameters, columns, warm-up, bounds and a sentence, as the issue asks."""
    rows = run(lab, "indicators")
    for row in rows:
        assert row.sentence.endswith("."), row.name
        assert row.group, row.name
        assert row.units, row.name
        assert row.source, row.name
        assert row.inputs, row.name
        assert row.columns, row.name
        assert min(row.warmup, row.warmup_sessions) >= 0, row.name
        assert None in (row.lowest, row.highest) or row.lowest < row.highest, row.name
        for param in row.params:
            assert param.low <= param.default <= param.high, (row.name, param.name)
            assert param.range, (row.name, param.name)
    every = [column for row in rows for column in row.columns]
    assert len(every) == len(set(every)), "two indicators make one column"


def test_groups_hold_every_indicator_once(lab):
    groups = run(lab, "indicators_groups")
    names = [name for group in groups for name in group.names]
    assert sorted(names) == sorted(row.name for row in run(lab, "indicators"))
    assert all(group.count == len(group.names) for group in groups)


def test_an_unknown_group_is_answered_with_the_nearest(lab):
    with pytest.raises(UnknownName, match="No group of indicators is called 'momentun'") as told:
        run(lab, "indicators", group="momentun")
    assert "momentum" in told.value.hint


# ---- grids and policies


def test_a_grid_is_counted_against_the_budget(lab):
    found = run(lab, "sweep_config", model_id="spy_eq_swing_hourly")
    assert found.configs == (4 + 2) * 3  # threshold sets and shares, each with every set of hours
    assert (found.budget, found.risk_profile) == (50, "balanced")


def test_writing_a_grid_keeps_what_was_asked(lab, spoilt):
    own = spoilt.file("sweep_configs")
    own.unlink()
    assert not run(lab, "sweep_config").written
    found = run(lab, "sweep_config", start="2005-01-03", write="true")
    assert found.written
    kept = sweep_config_of(lab.packs, find_model(lab.packs, DEMO))
    assert kept == found.grid
    assert str(kept.start) == "2005-01-03"


def test_a_grid_that_says_the_same_keeps_its_comments(lab, spoilt):
    before = spoilt.file("sweep_configs").read_bytes()
    run(lab, "sweep_config", write="true")
    assert spoilt.file("sweep_configs").read_bytes() == before
    run(lab, "sweep_config", start="2005-01-03")
    assert spoilt.file("sweep_configs").read_bytes() == before


def test_a_grid_that_ends_before_it_starts_is_refused(lab):
    with pytest.raises(BadRequest, match="start 2010-01-01 is after end 2009-01-01"):
        run(lab, "sweep_config", start="2010-01-01", end="2009-01-01")
