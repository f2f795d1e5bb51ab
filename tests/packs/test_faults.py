"""Packs: what is wrong is named with its file, its field and the nearest valid name."""

import os
from pathlib import Path

import pytest

from sigma_core import packs
from sigma_core.errors import BadRequest, SigmaError, UnknownName
from tests.packs.conftest import run

DEMO = "ixic_eq_swing_daily"
PACK = "swingsigma"


def refused(spoilt, kind=SigmaError):
    """The error that the demo model now raises."""
    with pytest.raises(kind) as told:
        packs.model(spoilt.root, PACK, DEMO)
    return str(told.value), told.value.hint


SET = "indicator_set: swing_daily"
POLICY, NIGHT = "policy: balanced", "entry_mode: session_close"
LABEL = "label: {kind: fwd_ret, params: {sessions: 5, k_sigma: 0.3}}"
WRONG = [
    ("label:", "labl:", "labl is not a field", "label"),
    ("cadence: daily", "cadence: dayly", "cadence is 'dayly'", "Did you mean daily"),
    ("provider: sample", "provider: sampel", "No provider is called 'sampel'", "sample"),
    (SET, "indicator_set: swing_dayly", "'swing_dayly'", "swing_daily"),
    ("policy: balanced", "policy: balance", "policy of swingsigma is called 'balance'", "balanced"),
    ("policy: balanced", "policy: {slipage_bps: 1}", "slipage_bps is not a field", "slippage"),
    ("policy: balanced", "policy: {fee_bps: -1}", "policy.fee_bps is -1", "Mend"),
    ("policy: balanced", "policy: {brackets: {min_r: 1}}", "brackets.min_r is not a", "min_rr"),
    ("policy: balanced", "policy: 3", "give the name of a policy, or the fields of one", "Mend"),
    ("kind: fwd_ret", "kind: fwd_rets", "No label is called 'fwd_rets'", "fwd_ret"),
    ("k_sigma", "k_sigmas", "label.params.k_sigmas is not a parameter", "k_sigma"),
    ("sessions: 5", "sessions: 0", "label.params.sessions of fwd_ret is 0", "above 0"),
    ("name: xgboost", "name: xgbost", "No learner is called 'xgbost'", "xgboost"),
    ("seed: 7", "seed: 7, params: {depth: 3}", "learner.params.depth is not a", "max_depth"),
    ("seed: 7", "seed: -1", "learner.seed is -1", "Mend"),
    ("risk_profile: balanced", "risk_profile: bold", "risk_profile is 'bold'", "conservative"),
    ("ticker: IXIC", "ticker: SPX", "but ixic_eq_swing_daily says ixic", "Change"),
    ("horizon: swing", "horizon: long", "but ixic_eq_swing_daily says swing", "Change"),
    ("model_id: ixic", "model_id: ixix", "model_id is 'ixix_eq_swing_daily'", "rename"),
    ("pack_id: swingsigma", "pack_id: swing", "pack_id is 'swing'", "rename"),
    ("start: 2000-01-01", "start: 2030-01-01", "start 2030-01-01 is after end", "Swap"),
    ("start: 2000-01-01", "start: soon", "start is 'soon'", "Mend"),
    ("notes:", "allow_quality: [nan]\nnotes:", "No quality check is called 'nan'", "nan_share"),
    ("notes:", "provider: sample\nnotes:", "provider is given twice", "Mend"),
    ("notes:", "1: one\nnotes:", "keys should be strings", "Mend"),
    ("notes:", "indicators: [{name: rsi}]\nnotes:", "are both given", "one of"),
    ("indicator_set: swing_daily\n", "", "indicator_set and indicators are both missing", "one of"),
    (SET, "indicators: [{name: rsy}]", "indicator 1: No indicator is", "rsi"),
    (SET, "indicators: [{nam: rsi}]", "indicators.0.nam is not a", "name"),
    (SET, "indicators: [{name: rsi, params: {perod: 3}}]", "no parameter 'perod'", "period"),
    (SET, "indicators: [{name: rsi, params: {period: 1}}]", "period is 1", "default"),
    (SET, "indicators: [{name: iv_rnk}]", "indicator 1: No indicator is", "iv_rank"),
    (POLICY, f"policy: {{brackets: {{{NIGHT}}}}}", "which brackets.enabled: true does", "Set"),
    (
        POLICY,
        f"policy: {{brackets: {{{NIGHT}, enabled: false, time_stop_minutes: 60}}}}",
        "which time_stop_minutes: 60 does not",
        "Leave",
    ),
    (
        POLICY,
        f"policy: {{brackets: {{{NIGHT}, enabled: false}}}}",
        "fwd_ret cannot be asked with policy.brackets.entry_mode: session_close",
        "close_to_open",
    ),
    (LABEL, "label: {kind: close_to_open}", "cannot be asked with", "session_close"),
    (LABEL, "label: {kind: headfake_reversal}", "cannot be asked on daily bars", "15m"),
    ("horizon: swing", "horizon: [", "is not YAML in line", "Mend"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says", "hint"), WRONG, ids=[w[1][:40] for w in WRONG])
def test_a_fault_is_named_with_its_file_and_the_nearest_name(spoilt, old, new, says, hint):
    spoilt.change(old, new)
    message, told = refused(spoilt)
    assert message.startswith(f"packs/swingsigma/model_configs/{DEMO}.yaml")
    assert says in message
    assert hint in told
    assert "\n" not in message + told


def test_a_fault_in_a_part_names_the_part(spoilt):
    spoilt.change("name: mfi", "name: mfy", "indicator_sets", "swing_daily")
    message, hint = refused(spoilt, UnknownName)
    assert "packs/swingsigma/indicator_sets/swing_daily.yaml: indicator" in message
    assert "mfi" in hint


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no fields"),
        (b"just words", "holds no fields"),
        (b"- a\n- b", "holds no fields"),
        (b"a: \xff\xfe", "is not YAML"),
        (b"a: \x07", "is not YAML"),
        (b"? [a, b]\n: c\n", "is not YAML"),
        (b"!!python/object/apply:os.system ['true']", "is not YAML"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(spoilt, content, says):
    spoilt.file("model_configs").write_bytes(content)
    assert says in refused(spoilt, BadRequest)[0]


CONTRADICTIONS = [
    ("policy: {brackets: {mode: range, regime_adjust: true}}", "regime_adjust: true cannot be met"),
    (
        "policy: {momentum_gate: true, momentum_column: momentum_scor}",
        "'momentum_scor', which is no",
    ),
]


@pytest.mark.parametrize(("new", "says"), CONTRADICTIONS, ids=[n[1] for n in CONTRADICTIONS])
def test_a_policy_that_contradicts_itself_is_refused(spoilt, new, says):
    spoilt.change("policy: balanced", new)
    message, hint = refused(spoilt, BadRequest)
    assert says in message
    assert hint


@pytest.mark.parametrize(
    "policy",
    [
        "{size_by_conf: true, conf_cap: 0.5}",
        "{momentum_gate: true, momentum_min: 0.1}",
        "{brackets: {mode: range}}",
        "{brackets: {regime_adjust: true}}",
        "{brackets: {entry_mode: next_session_open}}",
        "{options: {selection: {target_delta: 0.5}, premium_stop: 0.5}}",
    ],
)
def test_every_part_of_a_policy_may_be_used(spoilt, policy):
    spoilt.change("policy: balanced", f"policy: {policy}")
    assert packs.model(spoilt.root, PACK, DEMO).policy_name is None


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("spread_share", 1.5, "less than or equal to 1"),
        ("commission", -1, "greater than or equal to 0"),
        ("premium_stop", 1, "less than 1"),
        ("rate", 4, "less than 1"),
        ("selection", "{target_delta: 0}", "greater than 0"),
    ],
)
def test_a_field_of_options_out_of_its_range_is_named(spoilt, field, value, says):
    spoilt.change("policy: balanced", f"policy: {{options: {{{field}: {value}}}}}")
    message, _ = refused(spoilt, BadRequest)
    assert f"options.{field}" in message
    assert says in message


def test_an_option_model_of_a_pack_without_options_is_refused(spoilt):
    about = spoilt.root / PACK / "pack.yaml"
    about.write_text(about.read_text().replace("assets: [eq, opt]", "assets: [eq]"))
    spoilt.file("model_configs", "acme_e2_y6_opt_swing_daily").unlink()
    text = spoilt.file("model_configs").read_text().replace(f"model_id: {DEMO}\n", "")
    spoilt.file("model_configs", "ixic_opt").write_text(text.replace("asset: eq", "asset: opt"))
    with pytest.raises(BadRequest, match="asset is 'opt', which is not of the pack"):
        packs.model(spoilt.root, PACK, "ixic_opt")


@pytest.mark.parametrize("horizon", ["intraday", "0dte"])
def test_flat_over_night_needs_bars_within_the_session(spoilt, horizon):
    text = spoilt.file("model_configs").read_text().replace(f"model_id: {DEMO}\n", "")
    spoilt.file("model_configs", "one").write_text(
        text.replace("horizon: swing", f"horizon: {horizon}")
    )
    with pytest.raises(BadRequest, match="needs bars within the session, and cadence is daily"):
        packs.model(spoilt.root, PACK, "one")


def test_a_model_foreign_to_its_pack_is_refused(spoilt):
    text = spoilt.file("model_configs").read_text().replace(f"model_id: {DEMO}\n", "")
    spoilt.file("model_configs", "one").write_text(text.replace("horizon: swing", "horizon: long"))
    with pytest.raises(BadRequest, match="horizon is 'long', which is not of the pack") as told:
        packs.model(spoilt.root, PACK, "one")
    assert told.value.hint == "It holds swing."


@pytest.mark.parametrize(
    "name", ["../swingsigma", "swingsigma/", "..", "", "a b", "swingsigmä", "/etc"]
)
def test_no_name_leaves_the_folder(spoilt, name):
    with pytest.raises(UnknownName):
        packs.pack(spoilt.root, name)
    with pytest.raises(UnknownName):
        packs.model(spoilt.root, PACK, f"../model_configs/{name}")
    with pytest.raises(SigmaError):
        packs.find_model(spoilt.root, name)


@pytest.mark.parametrize("name", ["My Model.yaml", "one.yml", "täst.yaml"])
def test_a_file_that_no_name_finds_is_not_passed_over(spoilt, name):
    (spoilt.root / PACK / "model_configs" / name).write_text("ticker: SPY")
    with pytest.raises(BadRequest, match="cannot be the name of a model"):
        packs.models(spoilt.root)


def test_a_missing_folder_of_packs_is_named(tmp_path):
    with pytest.raises(BadRequest, match="There is no folder") as told:
        packs.pack_ids(tmp_path / "none")
    assert "SIGMA_PACKS" in told.value.hint


@pytest.mark.parametrize(
    "place",
    [os.mkfifo, Path.mkdir, lambda file: file.symlink_to("gone")],
    ids=["pipe", "folder", "link"],
)
def test_what_is_no_file_stops_only_what_it_is_of(spoilt, lab, place):
    place(spoilt.file("model_configs", "ixic_eq_swing_daily_odd"))
    rows = {row.model_id: row.problem for row in run(lab, "models", pack_id=PACK)}
    assert "ixic_eq_swing_daily_odd.yaml cannot be read: " in rows["ixic_eq_swing_daily_odd"]
    assert rows[DEMO] == ""
    with pytest.raises(BadRequest, match="cannot be read") as told:
        packs.find_model(spoilt.root, "ixic_eq_swing_daily_odd")
    assert "in its place" in told.value.hint
