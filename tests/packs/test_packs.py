"""Packs: what ships loads; names are looked up, defaults filled in, and contents hashed."""

from dataclasses import replace
from shutil import copytree

import pytest

from sigma_core import packs
from sigma_core.domain.model import IndicatorSpec
from sigma_core.domain.pack import ModelFile
from sigma_core.domain.policy import Policy
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.engine.features import columns_of
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.indicators import INDICATORS
from sigma_core.verbs.sweep_run import rules_of

DEMO = "ixic_eq_swing_daily"
PACK = "swingsigma"


def test_every_shipped_file_loads(shipped):
    loaders = {
        "model_configs": packs.model,
        "indicator_sets": packs.indicator_set,
        "policy_templates": packs.policy,
        "model_templates": packs.template,
    }
    for pack_id in packs.pack_ids(shipped):
        packs.pack(shipped, pack_id)
        for folder, load in loaders.items():
            names = packs.names(shipped, pack_id, folder)
            assert names, f"{pack_id} has no {folder}"
            for name in names:
                load(shipped, pack_id, name)


def test_every_shipped_model_has_a_grid_within_its_budget(shipped):
    for config in packs.models(shipped):
        rules = rules_of(packs.sweep_config_of(shipped, config))
        assert 0 < len(rules) <= RISK_PROFILES[config.risk_profile].budget


def test_every_pack_has_a_policy_for_each_risk_profile(shipped):
    for pack_id in packs.pack_ids(shipped):
        assert set(RISK_PROFILES) <= set(packs.names(shipped, pack_id, "policy_templates"))


def test_every_template_makes_a_model(spoilt):
    for name in packs.names(spoilt.root, PACK, "model_templates"):
        t = packs.template(spoilt.root, PACK, name)
        given = ModelFile(
            ticker="SPY", asset=t.asset, horizon=t.horizon, cadence=t.cadence,
            indicator_set=t.indicator_set, label=t.label,
        )  # fmt: skip
        packs.write_model(
            spoilt.root, PACK, f"try_{name}", given, policy="balanced", grid=t.sweep_config
        )
        made = packs.model(spoilt.root, PACK, f"try_{name}")
        packs.sweep_config_of(spoilt.root, made)
        assert made.cadence == t.cadence


def test_the_models_on_sample_ask_only_for_tickers_it_holds(shipped):
    for config in packs.models(shipped):
        if config.provider == "sample":
            others = {spec.of for spec in config.indicators} - {None}
            assert {config.ticker, *others} <= {"IXIC", "SPX", "VIX"}


def test_the_demo_reads_no_price_level(shipped):
    """Columns in units of price or of accumulated volume drift over nineteen years."""
    for spec in packs.model(shipped, PACK, DEMO).indicators:
        units = INDICATORS[spec.name].units
        assert not units.startswith(("price", "shares", "volume")), spec.name


# ---- resolving


def test_names_and_defaults_are_filled_in(spoilt):
    config = packs.model(spoilt.root, PACK, DEMO)
    assert config.policy_name == "balanced"
    assert config.policy == packs.policy(spoilt.root, PACK, "balanced")
    assert IndicatorSpec(name="rsi", params={"period": 14}) in config.indicators
    assert config.label.params == {"bars": None, "sessions": 5, "k_sigma": 0.3, "fixed_bp": None}
    assert config.learner.params["rounds"] == 150


def test_an_alias_and_the_name_it_stands_for_are_one_model(spoilt):
    before = packs.model(spoilt.root, PACK, DEMO)
    spoilt.change("name: vol_zscore", "name: volume_zscore", "indicator_sets", "swing_daily")
    spoilt.change("{name: natr}", "{name: natr_14}", "indicator_sets", "swing_daily")
    after = packs.model(spoilt.root, PACK, DEMO)
    assert columns_of(after.indicators) == columns_of(before.indicators)
    assert packs.config_sha(after) == packs.config_sha(before)


def test_a_policy_may_stand_in_place(spoilt):
    spoilt.change("policy: balanced", "policy: {slippage_bps: 2, brackets: {min_rr: 0.5}}")
    config = packs.model(spoilt.root, PACK, DEMO)
    assert config.policy_name is None
    assert (config.policy.slippage_bps, config.policy.brackets.min_rr) == (2.0, 0.5)
    assert config.policy.brackets.atr_mult_target == 3.0


def test_without_a_policy_the_risk_profile_names_it(spoilt):
    spoilt.change("policy: balanced\nrisk_profile: balanced", "risk_profile: conservative")
    config = packs.model(spoilt.root, PACK, DEMO)
    assert config.policy_name == "conservative"
    assert config.policy.sides == "long"


def test_the_name_of_a_model_says_what_its_file_need_not(spoilt):
    for field in ("ticker: IXIC", "asset: eq", "horizon: swing", "cadence: daily"):
        spoilt.change(f"{field}\n", "")
    config = packs.model(spoilt.root, PACK, DEMO)
    parts = (config.ticker, config.asset, config.horizon, config.cadence)
    assert parts == ("IXIC", "eq", "swing", "daily")


def test_a_hand_chosen_name_needs_all_four(spoilt):
    hand = spoilt.file("model_configs", "my_model")
    hand.write_text(spoilt.file("model_configs").read_text().replace(f"model_id: {DEMO}\n", ""))
    assert packs.model(spoilt.root, PACK, "my_model").ticker == "IXIC"
    spoilt.change("asset: eq\n", "", name="my_model")
    with pytest.raises(BadRequest, match="asset is required, as my_model does not say it"):
        packs.model(spoilt.root, PACK, "my_model")


@pytest.mark.parametrize("ticker", ["ON", "NO", "Y"])
def test_a_ticker_is_a_word_whatever_it_spells(spoilt, ticker):
    spoilt.file("model_configs", "one").write_text(
        spoilt.file("model_configs").read_text().replace(f"model_id: {DEMO}\n", "")
    )
    spoilt.change("ticker: IXIC", f"ticker: {ticker}", name="one")
    assert packs.model(spoilt.root, PACK, "one").ticker == ticker


def test_finding_a_model_without_its_pack(spoilt):
    assert packs.find_model(spoilt.root, DEMO).pack_id == PACK
    with pytest.raises(UnknownName, match="No model is called 'ixic_eq_swing_dayly'") as told:
        packs.find_model(spoilt.root, "ixic_eq_swing_dayly")
    assert told.value.hint.startswith(f"Did you mean {DEMO}")


def test_a_model_of_two_packs_must_say_which(spoilt):
    copytree(spoilt.root / PACK, spoilt.root / "other")
    spoilt.root.joinpath("other/model_configs", f"{DEMO}.yaml").write_text(
        spoilt.file("model_configs").read_text().replace("pack_id: swingsigma", "pack_id: other")
    )
    with pytest.raises(BadRequest, match="in several packs: other, swingsigma"):
        packs.find_model(spoilt.root, DEMO)
    assert packs.find_model(spoilt.root, DEMO, "other").pack_id == "other"


# ---- names of things: hashes


def test_config_sha_is_of_what_the_model_learns(spoilt):
    config = packs.model(spoilt.root, PACK, DEMO)
    same = replace(
        config, policy=Policy(fee_bps=3), policy_name="x", risk_profile="aggressive", notes="n",
        active=False, indicator_set=None,
    )  # fmt: skip
    assert packs.config_sha(same) == packs.config_sha(config)
    for other in (
        replace(config, allow_quality=("constant",)),
        replace(config, features=("rsi*",)),
        replace(config, indicators=config.indicators[1:]),
        replace(config, learner=replace(config.learner, seed=8)),
        replace(config, horizon="long"),
    ):
        assert packs.config_sha(other) != packs.config_sha(config)


def test_policy_sha_and_risk_sha_are_of_figures_not_of_names(spoilt):
    config = packs.model(spoilt.root, PACK, DEMO)
    assert packs.policy_sha(replace(config, policy_name="x")) == packs.policy_sha(config)
    dearer = replace(config, policy=replace(config.policy, fee_bps=1.0))
    assert packs.policy_sha(dearer) != packs.policy_sha(config)
    assert packs.risk_sha(dearer) == packs.risk_sha(config)
    options = replace(config.policy.options, premium_stop=0.5)
    held = replace(config, policy=replace(config.policy, options=options))
    assert packs.policy_sha(held) == packs.policy_sha(config)  # the same trades
    bolder = replace(config, risk_profile="aggressive")
    assert packs.risk_sha(bolder) != packs.risk_sha(config)
    assert all(len(sha(config)) == 64 for sha in (packs.config_sha, packs.policy_sha))
