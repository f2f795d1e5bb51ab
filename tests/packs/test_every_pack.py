"""Every model of every pack goes through the pipeline; its templates and policies hold good."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from sigma_core import packs
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse
from sigma_core.verbs import VERBS

SHIPPED = Path(__file__).resolve().parents[2] / "packs"
MODELS = {c.model_id: c for c in packs.models(SHIPPED)}
TEMPLATES = [
    (pack_id, name)
    for pack_id in packs.pack_ids(SHIPPED)
    for name in packs.names(SHIPPED, pack_id, "model_templates")
]
POLICIES = [
    (pack_id, name)
    for pack_id in packs.pack_ids(SHIPPED)
    for name in packs.names(SHIPPED, pack_id, "policy_templates")
]
FILES = {
    ("SPY", "hourly"): ("equity_1h_1998_2021", "ts"),
    ("SPY", "daily"): ("equity_1d_1998_2021", "date"),
    ("QQQ", "5m"): ("equity_5m_2023_2025", "ts"),
}
FACTORS = "adjustment: total\nadjust_by: price_factor\n"
SHORT = {  # as few bars as the label bears; a market of fewer years where it is invented
    "acme_e2_h7h_eq_swing_hourly_trend": {"end": "2013-01-31"},
    "acme_e4_h1h_y4_opt_0dte_hourly": {"end": "2011-08-31"},
    "acme_e4_h4q_y4_eq_intraday_15m": {"end": "2011-08-31"},
    "acme_y15_eq_0dte_15m_headfake": {},
    "acme_y4_opt_0dte_15m_pin": {"ticker": "ACME-Y2", "end": "2011-08-31"},
    "acme_y4_opt_0dte_hourly_gamma": {"ticker": "ACME-Y1", "end": "2010-03-12"},
    "acme_e2_h21d_opt_swing_daily_trend": {"learner": {"name": "logistic", "seed": 7}},
    "acme_e2_y6_opt_swing_daily": {"end": "2013-12-31"},
    "acme_e2_h1n_y6_opt_swing_daily_night": {"end": "2013-12-31"},
    "qqq_eq_intraday_5m": {"start": "2025-01-02", "end": "2025-07-31"},
    "spy_eq_long_daily": {"start": "2008-01-02", "end": "2020-12-31"},
    "spy_eq_swing_daily_trend": {"start": "2008-01-02", "end": "2020-12-31"},
}
ONCE = ("headfake_reversal", "pin_drift")
DATES = {"sample": {"start": "2008-01-02"}, "files": {"start": "2016-01-04", "end": "2020-12-31"}}


def run(lab, name, **given):
    verb = VERBS[name]
    return verb.fn(lab, parse(verb.ask, given))


@pytest.fixture
def files(tmp_path, request):
    """A folder with the ticker's real bars, described as a user would."""

    def put(ticker, cadence):
        found, stamp = FILES[ticker, cadence]
        folder = tmp_path / "files"
        folder.mkdir()
        data = request.getfixturevalue("shared_data")
        (folder / f"{ticker}_{cadence}.parquet").symlink_to(data / f"{found}.parquet")
        columns = ", ".join(f"{c}: {c}" for c in ("open", "high", "low", "close", "volume"))
        text = (
            f"columns: {{ts: {stamp}, {columns}}}\nstamp: start\ntimezone: UTC\nsymbol: {ticker}\n"
        )
        text += FACTORS if found.startswith("equity_1") else ""
        (folder / f"{ticker}_{cadence}.yaml").write_text(text, "utf-8")
        return folder

    return put


@pytest.mark.slow
@pytest.mark.parametrize("model_id", MODELS)
def test_each_model_goes_through_the_pipeline(model_id, spoilt, files, tmp_path):
    config = MODELS[model_id]
    file = spoilt.root / config.pack_id / "model_configs" / f"{model_id}.yaml"
    written = yaml.safe_load(file.read_text("utf-8"))
    written["learner"].setdefault("params", {}).update(
        {"rounds": 10} if config.learner.name == "xgboost" else {}
    )
    written |= SHORT.get(model_id, DATES.get(config.provider, {}))
    file.write_text(yaml.safe_dump(written), "utf-8")
    folder = files(config.ticker, config.cadence) if config.provider == "files" else None
    lab = Lab(packs=spoilt.root, lake=Lake(tmp_path / "lake"), files=folder)
    if config.provider == "simulated" and "end" in written:  # later bars would only be looked at
        lab = replace(lab, now=lambda: datetime.fromisoformat(f"{written['end']}T23:59+00:00"))
    nightly = config.label.kind == "close_to_open" and config.cadence != "daily"
    hours = {"allowed_hours": [15]} if nightly else {}
    done = run(lab, "pipeline", model_id=model_id, top_pct=0.4, splits=2, **hours)
    assert done.build.trainable >= 100
    assert done.build.leaks.ok, done.build.leaks.words
    assert done.sweep.trials
    if config.label.kind not in ONCE:  # of a random walk: no trade is the right answer
        assert done.backtest.entry.metrics.trades > 0, "its policy lets nothing through"
    simulated = config.provider == "simulated"
    assert done.build.simulated == simulated
    assert ("SIMULATED" in VERBS["pipeline"].table(done)) == simulated


def test_every_pack_but_the_users_own_files_runs_offline():
    for pack_id in packs.pack_ids(SHIPPED):
        own = [c for c in MODELS.values() if c.pack_id == pack_id]
        assert {"sample", "simulated"} & {c.provider for c in own}, pack_id


def test_every_pack_has_choices():
    for pack_id in packs.pack_ids(SHIPPED):
        for folder in ("indicator_sets", "model_templates"):
            assert len(packs.names(SHIPPED, pack_id, folder)) >= 2, (pack_id, folder)
        assert "default" in packs.names(SHIPPED, pack_id, "sweep_configs")


@pytest.mark.parametrize(
    "risk_profile",
    [
        "balanced",
        *(pytest.param(r, marks=pytest.mark.slow) for r in RISK_PROFILES if r != "balanced"),
    ],
)
@pytest.mark.parametrize(("pack_id", "name"), TEMPLATES)
def test_each_template_makes_a_model_for_each_profile(lab, pack_id, name, risk_profile):
    asked = {"pack_id": pack_id, "ticker": "XYZ", "template": name, "risk_profile": risk_profile}
    auto = run(lab, "init_auto", variant="auto", **asked)
    run(lab, "init", model_id="my_own", **asked)
    for model_id in (auto.model.model_id, "my_own"):
        told = run(lab, "validate_policy", model_id=model_id, pack_id=pack_id)
        assert not told.warnings
        grid = run(lab, "sweep_config", model_id=model_id, pack_id=pack_id)
        assert 0 < grid.configs <= RISK_PROFILES[risk_profile].budget


@pytest.mark.parametrize(("pack_id", "name"), POLICIES)
def test_each_policy_is_explained_without_a_warning(spoilt, lab, pack_id, name):
    own = [c for c in MODELS.values() if c.pack_id == pack_id]
    config = next((c for c in own if c.policy_name == name), own[0])  # a gate reads its columns
    file = spoilt.root / pack_id / "model_configs" / f"{config.model_id}.yaml"
    written = yaml.safe_load(file.read_text("utf-8"))
    file.write_text(yaml.safe_dump(written | {"policy": name}), "utf-8")
    told = run(lab, "validate_policy", model_id=config.model_id, pack_id=pack_id)
    assert told.policy_name == name
    assert told.words
    assert not told.warnings
