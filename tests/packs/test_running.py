"""Every model and template that ships builds and runs, on small forests."""

import pytest

from sigma_core import packs
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse
from sigma_core.verbs import VERBS

PACK = "swingsigma"
SPY = """
columns: {ts: ts, open: open, high: high, low: low, close: close, volume: volume}
stamp: start
timezone: UTC
adjustment: total
adjust_by: price_factor
symbol: SPY
"""


@pytest.fixture
def small(spoilt):
    """The packs, with forests of 20 trees."""
    for file in (spoilt.root / PACK / "model_configs").glob("*.yaml"):
        text = file.read_text("utf-8")
        assert "seed: 7}" in text
        file.write_text(text.replace("seed: 7}", "seed: 7, params: {rounds: 20}}"), "utf-8")
    return spoilt


def swept(lab, model_id):
    """Run the model's own grid; the sweep and how many rules that grid has."""
    sweep = VERBS["sweep_run"]
    done = sweep.fn(lab, parse(sweep.ask, {"model_id": model_id}))
    grid = VERBS["sweep_config"]
    return done, grid.fn(lab, parse(grid.ask, {"model_id": model_id})).configs


@pytest.mark.slow
@pytest.mark.parametrize("model_id", ["ixic_eq_swing_daily", "spx_eq_swing_daily_vix"])
def test_models_on_sample_run_with_the_grid_they_ship_with(small, lab, model_id):
    done, configs = swept(lab, model_id)
    assert done.configs == configs == len(done.trials)
    assert all(entry.study.splits >= 3 for entry in done.trials)


@pytest.mark.slow
def test_the_model_on_files_runs_with_the_grid_it_ships_with(small, shared_data, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    (files / "SPY_hourly.parquet").symlink_to(shared_data / "equity_1h_1998_2021.parquet")
    (files / "SPY_hourly.yaml").write_text(SPY)
    small.add("start: 2016-01-04", name="spy_eq_swing_hourly")
    lab = Lab(packs=small.root, lake=Lake(tmp_path / "lake"), files=files)
    done, configs = swept(lab, "spy_eq_swing_hourly")
    assert done.configs == configs == len(done.trials)


@pytest.mark.slow
def test_a_model_from_the_daily_template_builds(lab):
    init, build = VERBS["init_auto"], VERBS["build"]
    init.fn(lab, parse(init.ask, {"ticker": "IXIC", "variant": "new"}))
    ask = parse(build.ask, {"model_id": "ixic_eq_swing_daily_new", "start": "2010-01-04"})
    made = build.fn(lab, ask)
    assert made.features == len(packs.indicator_set(lab.packs, PACK, "swing_daily").indicators)
    assert made.trainable > 2000


@pytest.mark.slow
def test_a_sweep_runs_over_the_sessions_its_grid_gives(small, lab):
    model_id = "spx_eq_swing_daily_vix"
    whole, _ = swept(lab, model_id)
    small.add("start: 2016-01-04", "sweep_configs", model_id)
    later, _ = swept(lab, model_id)
    assert later.trials[0].study.oof_start > whole.trials[0].study.oof_start
    assert later.trials[0].study.oof_end == whole.trials[0].study.oof_end
