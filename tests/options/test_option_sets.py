"""The zerosigma sets that read options: each makes its columns on a simulated market's chains."""

from datetime import date
from pathlib import Path

import pytest

from sigma_core.domain.model import LabelSpec, ModelConfig
from sigma_core.engine.features import features_of
from sigma_core.fetch import market_of
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.packs import indicator_set

PACKS = Path(__file__).parents[2] / "packs"
SETS = ("zero_gamma_unwind", "zero_headfake", "zero_opening_drive", "zero_options", "zero_pin")
LONGER = ("natr_14@daily", "first15m_range_z", "rel_vol_z", "open_gap_z", "iv_realized")
"""Columns that want more sessions than there are here."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Lab:
    return Lab(packs=PACKS, lake=Lake(tmp_path_factory.mktemp("sets") / "lake"), files=None)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_a_set_can_be_made_of_simulated_chains(lab, name):
    asked = ModelConfig(
        model_id="acme_y1_opt_0dte_15m", pack_id="zerosigma", ticker="ACME-Y1", asset="opt",
        horizon="0dte", cadence="15m", provider="simulated", label=LabelSpec(kind="next_bar"),
        indicators=indicator_set(PACKS, "zerosigma", name).indicators,
    )  # fmt: skip
    market = market_of(lab, asked, end=date(2010, 1, 12))
    wide = features_of(market, asked.asked)
    last = wide[market.main["session"] == market.main["session"].iloc[-1]]
    there = [column for column in wide if not column.startswith(LONGER)]
    assert last[there].notna().mean().min() > 0.5, last[there].notna().mean().sort_values()
    assert market.options
    assert market.about[("ACME-Y1", "15m")]["simulated"]
