"""What a policy means, in words: what it does, and what is hardly meant."""

import pytest

from sigma_core.lab import Lab
from sigma_core.parse import parse, plain
from sigma_core.verbs.validate_policy import PolicyAsk, validate_policy

DEMO = "ixic_eq_swing_daily"


def explained(lab: Lab, **ask: str) -> object:
    return validate_policy(lab, parse(PolicyAsk, ask))


def test_a_policy_is_explained_with_every_field(lab, spoilt):
    spoilt.change("policy: balanced", "policy: {slippage_bps: 2.5, fee_bps: 0.5, sides: long}")
    found = explained(lab, model_id=DEMO)
    shown = plain(found)["policy"]
    assert shown["slippage_bps"] == 2.5
    assert shown["momentum_column"] == "momentum_score_total"
    assert shown["brackets"]["atr_period"] == 14
    assert shown["options"]["selection"]["target_delta"] == 0.35
    words = " ".join(found.words)
    assert "Long only" in words
    assert "6 bps there and back" in words  # two fills and two fees: 2 x (2.5 + 0.5)
    assert "5.0% of the account" in words
    assert not found.warnings


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{slippage_bps: 0}", "Trading is free"),
        ("{brackets: {atr_mult_target: 1.5}}", "No trade will be opened"),
        ("{brackets: {min_rr: 2.5}}", "No trade will be opened"),
        ("{conf_cap: 0.5}", "conf_cap 0.5 changes nothing"),
        ("{momentum_min: 0.1}", "momentum_min 0.1 changes nothing"),
    ],
)
def test_what_is_allowed_and_hardly_meant_is_warned_of(lab, spoilt, given, says):
    spoilt.change("policy: balanced", f"policy: {given}")
    [warning] = explained(lab).warnings
    assert warning.startswith(says)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{brackets: {enabled: false}}", "No stop and no target"),
        ("{brackets: {time_stop_minutes: 780}}", "Out after 780 session minutes"),
        ("{sides: short}", "Short only"),
        ("{size_by_conf: true}", "20.0%; the bet size of López de Prado would be 16.2%"),
    ],
)
def test_words_follow_the_policy(lab, spoilt, given, says):
    spoilt.change("policy: balanced", f"policy: {given}")
    assert says in " ".join(explained(lab).words)
