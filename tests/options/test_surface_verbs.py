"""The verbs that draw chains: smiles and strikes, the VIX by horizon, tickers with options."""

from pathlib import Path

import pandas as pd
import pytest

from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs import option_tickers as tickers
from sigma_core.verbs import vix_curve as vix
from sigma_core.verbs._chains import ChainAsk
from sigma_core.verbs.surface import screen, surface
from tests.options.chains import RATE, SIGMA, raw

PACKS = Path(__file__).parents[2] / "packs"
DAYS = ("2024-06-12", "2024-06-13", "2024-06-14")


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Lab:
    """One session's chain and a few closes of the VIX family in the folder of files."""
    files = tmp_path_factory.mktemp("surface") / "files"
    files.mkdir()
    raw().to_parquet(files / "XSP_chains.parquet")
    closes = {"VIX": (12.0, 13.0, 12.5), "VIX3M": (14.0, 14.5, 15.0), "VIX9D": (11.0, 11.5)}
    for name, values in closes.items():
        table = pd.DataFrame({"date": DAYS[: len(values)], "close": values})
        table.to_csv(files / f"{name}_daily.csv", index=False)
    return Lab(packs=PACKS, lake=Lake(files.parent / "lake"), files=files)


def test_a_flat_surface_is_drawn_flat(lab):
    found = surface(lab, ChainAsk(ticker="XSP", rate=RATE))
    assert [round(e.days) for e in found.expiries] == [4, 11, 46, 53]  # today's are settled
    for each in found.expiries:
        assert each.atm == pytest.approx(SIGMA, abs=1e-5)
        assert [p.strike for p in each.points] == sorted(p.strike for p in each.points)
        assert [p.iv for p in each.points] == pytest.approx([SIGMA] * len(each.points), abs=1e-4)
    assert "2024-06-28" in screen(found)


def test_what_stands_at_the_strikes_adds_up(lab):
    found = surface(lab, ChainAsk(ticker="XSP", rate=RATE))
    chain = raw()
    live = chain[pd.to_datetime(chain["expiration"]) > pd.Timestamp(found.about.session)]
    for right, name in (("C", "calls"), ("P", "puts")):
        rows = live[live["right"] == right]
        stood = sum(getattr(s, f"{name}_open_interest") or 0 for s in found.strikes)
        assert stood == rows["open_interest"].sum()
        assert sum(getattr(s, f"{name}_volume") or 0 for s in found.strikes) == rows["volume"].sum()


def test_the_curve_of_the_last_session_and_of_the_one_before(lab):
    found = vix.vix_curve(lab, vix.VixCurveAsk(provider="files"))
    assert str(found.session) == DAYS[2]
    now = {p.name: (p.days, p.close) for p in found.points}
    assert now["VIX"] == (30, 12.5)
    assert now["VIX9D"] == (9, None)  # its last close is of the day before
    assert {p.name: p.close for p in found.former}["VIX9D"] == 11.5
    assert found.slope == pytest.approx(0.2)  # 15 / 12.5 - 1
    assert "+20.0%" in vix.screen(found)


def test_a_curve_before_there_was_one(lab):
    with pytest.raises(BadRequest, match="no VIX up to 2001-01-01"):
        vix.vix_curve(lab, vix.VixCurveAsk(provider="files", day="2001-01-01"))
    with pytest.raises(UnknownName):
        vix.vix_curve(lab, vix.VixCurveAsk(provider="simulates"))


def test_tickers_of_files_and_of_models_on_simulated_markets(lab):
    found = tickers.option_tickers(lab, tickers.OptionTickers())
    known = {(row.ticker, row.provider): row for row in found}
    ours = known["XSP", "files"]
    assert (ours.simulated, ours.chains, ours.bars) == (False, True, ())
    ours = known["ACME-E4-H4Q-Y4", "simulated"]
    assert (ours.simulated, ours.chains, ours.bars) == (True, True, ("5m", "15m"))
    assert ours.models[0].startswith("acme_e4_h4q_y4")
    assert "SIMULATED" in tickers.screen(found)
    only = tickers.option_tickers(lab, tickers.OptionTickers(provider="files"))
    assert [row.ticker for row in only] == ["XSP"]
