"""Sweep configs: whose grid is taken, how it may be written, and what is wrong with one."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from sigma_core import packs
from sigma_core.domain.sweep import SAID, SweepConfig
from sigma_core.errors import BadRequest

DEMO = "ixic_eq_swing_daily"
PACK = "swingsigma"


def demo(spoilt):
    return packs.model(spoilt.root, PACK, DEMO)


def test_a_grid_is_the_models_own_then_the_packs_then_ours(spoilt):
    config = demo(spoilt)
    assert packs.sweep_config_of(spoilt.root, config).top_pct_variants[0] == 0.05
    spoilt.file("sweep_configs").write_text("top_pct_variants: [0.25]")
    assert packs.sweep_config_of(spoilt.root, config).top_pct_variants == (0.25,)
    spoilt.file("sweep_configs").unlink()
    spoilt.file("sweep_configs", "default").write_text("top_pct_variants: [0.35]")
    assert packs.sweep_config_of(spoilt.root, config).top_pct_variants == (0.35,)
    spoilt.file("sweep_configs", "default").unlink()
    assert packs.sweep_config_of(spoilt.root, config) == SweepConfig()


def test_variants_may_be_lists_or_words(spoilt):
    spoilt.file("sweep_configs", "spy_eq_swing_hourly").write_text(
        'thresholds_variants: [[0.5, 0.55], 0.6, "0.50,0.60"]\n'
        'allowed_hours_variants: [[13, 14], "15"]'
    )
    config = packs.model(spoilt.root, PACK, "spy_eq_swing_hourly")
    grid = packs.sweep_config_of(spoilt.root, config)
    assert grid.thresholds_variants == ("0.5,0.55", "0.6", "0.50,0.60")
    assert grid.allowed_hours_variants == ("13,14", "15")


@pytest.mark.parametrize(
    ("grid", "says"),
    [
        ('thresholds_variants: ["1.2"]', "thresholds_variants: 1.2 is not between 0 and 1"),
        ('thresholds_variants: ["0"]', "thresholds_variants: 0 is not between 0 and 1"),
        ('thresholds_variants: [""]', "thresholds_variants: thr has no value"),
        ('thresholds_variants: ["high"]', "thresholds_variants: 'high' is not a number"),
        ("top_pct_variants: [1.5]", "top_pct_variants: 1.5 is not between 0 and 1"),
        ("top_pct_variants: [0]", "top_pct_variants: 0 is not between 0 and 1"),
        ("splits: 0", "splits is 0"),
        ("splits: 10000", "splits is 10000"),
        ("embargo: 1", "embargo is 1"),
        ("splitter: cpcv", "splitter: cpcv cannot rank a sweep"),
        ('allowed_hours_variants: ["13"]', "is daily, and decides once a session"),
        ("thresholds_variant: []", "thresholds_variant is not a field"),
    ],
)
def test_a_fault_in_a_grid_is_named_with_its_file(spoilt, grid, says):
    config = demo(spoilt)
    spoilt.file("sweep_configs").write_text(grid)
    with pytest.raises(BadRequest) as told:
        packs.sweep_config_of(spoilt.root, config)
    assert str(told.value).startswith(f"packs/swingsigma/sweep_configs/{DEMO}.yaml: ")
    assert says in str(told.value)


def test_an_hour_that_is_none_is_refused(spoilt):
    spoilt.file("sweep_configs", "spy_eq_swing_hourly").write_text(
        'allowed_hours_variants: ["13,25"]'
    )
    config = packs.model(spoilt.root, PACK, "spy_eq_swing_hourly")
    with pytest.raises(BadRequest, match="25 is not an hour from 0 to 23"):
        packs.sweep_config_of(spoilt.root, config)


def test_a_grid_survives_its_file(spoilt):
    config = demo(spoilt)
    grid = SweepConfig(
        thresholds_variants=("0.50,0.60",), top_pct_variants=(), splits=3, tag="a b", min_sharpe=0.8
    )
    packs.write_sweep_config(spoilt.root, config, grid)
    assert packs.sweep_config_of(spoilt.root, config) == grid


def test_an_edit_keeps_the_files_words(spoilt):
    config = demo(spoilt)
    file = spoilt.file("sweep_configs")
    file.write_text("# mine\nsplits: 4  # fewer\ntop_pct_variants: [0.1]  # the best tenth\n")
    grid = replace(packs.sweep_config_of(spoilt.root, config), splits=3, tag="why")
    packs.write_sweep_config(spoilt.root, config, grid)
    assert file.read_text() == (
        "# mine\nsplits: 3  # fewer\ntop_pct_variants: [0.1]  # the best tenth\ntag: why\n"
    )
    assert packs.sweep_config_of(spoilt.root, config) == grid


def test_a_new_file_explains_every_field_and_reads_back(spoilt):
    config = demo(spoilt)
    spoilt.file("sweep_configs").unlink()
    grid = SweepConfig(start=date(2001, 1, 2), end=date(2018, 1, 2), min_trades=40, min_sharpe=0.8)
    file = packs.write_sweep_config(spoilt.root, config, grid)
    text = file.read_text().splitlines()[1:]
    named = {line.split(":")[0]: before for before, line in pairwise(text) if line[0] not in "#- "}
    assert set(named) == set(SweepConfig.__dataclass_fields__) == set(SAID)
    assert all(named[name] == f"# {said}" for name, said in SAID.items())
    assert packs.sweep_config_of(spoilt.root, config) == grid
