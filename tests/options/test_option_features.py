"""From files of chains and option bars to a model's columns: known when, kept, told, refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core import option_facts
from sigma_core.domain.model import IndicatorSpec, LabelSpec, ModelConfig
from sigma_core.engine.features import features_of, warm_from
from sigma_core.engine.join import stamps_of
from sigma_core.engine.leaks._future import known_by
from sigma_core.engine.matrix import assemble
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.fetch import market_of
from sigma_core.indicators import INDICATORS
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse
from sigma_core.schemas.chain_facts import CHAIN_FACTS
from sigma_core.verbs.build import BuildMatrix, asked_model
from tests.options.chains import NYSE, raw

FIRST = pd.Timestamp("2024-04-01")
CHAINED = ("2024-05-01", "2024-05-02", "2024-05-03", "2024-05-07")
"""Sessions with a chain: none on Monday 6 May, none after the 7th."""
FLOW = ("2024-05-02", "2024-05-03")


def path(days: pd.DataFrame, minutes: int) -> pd.DataFrame:
    stamps = [pd.date_range(d.open, d.close, freq=f"{minutes}min")[1:] for d in days.itertuples()]
    ts = stamps[0].append(stamps[1:])
    close = 100 + np.sin(np.arange(len(ts)))
    table = pd.DataFrame({"ts": ts, "open": close, "high": close + 1, "low": close - 1})
    return table.assign(close=close, volume=1000.0)


def prints() -> pd.DataFrame:
    """Of each quarter of an hour a call at 100 and every other time a put at 101."""
    days = NYSE.sessions(pd.Timestamp(FLOW[0]).date(), pd.Timestamp(FLOW[-1]).date())
    table = path(days, 15)[["ts"]].assign(right="C", strike=100.0, volume=3.0, vwap=1.5)
    puts = table[::2].assign(right="P", strike=101.0, volume=2.0)
    both = pd.concat([table, puts])
    both["expiration"] = both["ts"].dt.strftime("%Y-%m-%d")
    return both.assign(open=1.5, high=1.5, low=1.5, close=1.5, root="XSP")


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Lab:
    """Bars of six weeks, chains at the close of four of them, flow on two."""
    root = tmp_path_factory.mktemp("facts")
    files = root / "files"
    files.mkdir()
    days = NYSE.sessions(FIRST.date(), pd.Timestamp("2024-05-09").date())
    path(days, 15).to_csv(files / "XSP_15m.csv", index=False)
    (files / "XSP_15m.yaml").write_text("stamp: end\nadjustment: raw\n")
    ends = ("2024-05-10", "2024-05-17", "2024-06-21", "2024-09-20")
    chains = [
        raw(session=pd.Timestamp(day), expirations=ends)
        .assign(open_interest=lambda t, n=at + 1: n * np.where(
            (t["right"] == "C") == (t["strike"] > 100), 100.0, 10.0))
        for at, day in enumerate(CHAINED)
    ]  # fmt: skip
    chains[0].loc[4, ["bid", "ask"]] = [9.0, 8.0]
    pd.concat(chains).to_parquet(files / "XSP_chains.parquet")
    prints().to_csv(files / "XSP_15m_options.csv", index=False)
    (files / "XSP_15m_options.yaml").write_text("stamp: end\n")
    return Lab(packs=Path("packs"), lake=Lake(root / "lake"), files=files)


def config(*specs, **changes) -> ModelConfig:
    named = tuple(IndicatorSpec(name=one) if isinstance(one, str) else one for one in specs)
    given = {
        "model_id": "xsp_opt_0dte_15m", "pack_id": "toy", "ticker": "XSP", "asset": "opt",
        "horizon": "0dte", "cadence": "15m", "provider": "files", "indicators": named,
        "label": LabelSpec(kind="next_bar"),
    }  # fmt: skip
    return ModelConfig(**(given | changes))


def columns(lab, asked: ModelConfig):
    market = market_of(lab, asked)
    wide = features_of(market, asked.asked)
    return market, wide.set_index(pd.DatetimeIndex(market.main["ts"]))


def test_a_snapshot_is_known_when_it_was_taken_and_for_a_session(lab):
    _, wide = columns(lab, config("oi_change", "pcr_oi", "atm_iv"))
    known = wide["pcr_oi"].notna()
    assert not known[:"2024-05-01 19:45"].any()
    assert known["2024-05-01 20:00":"2024-05-06 20:00"].all()  # Friday's, to Monday's close
    assert known["2024-05-07 20:00":"2024-05-08 20:00"].all()
    assert not known["2024-05-07 13:45":"2024-05-07 19:45"].any()
    assert not known["2024-05-08 20:15":].any()
    change = wide["oi_change"]
    assert change["2024-05-02 19:45":"2024-05-02 20:00"].tolist() == pytest.approx(
        [np.nan, 1.0], nan_ok=True
    )
    assert change["2024-05-03 20:00"] == pytest.approx(0.5)
    assert np.isnan(change["2024-05-07 20:00"])  # Monday had no chain
    assert wide["atm_iv_30"]["2024-05-01 20:00"] == pytest.approx(0.25, abs=2e-3)


def test_faults_are_counted_by_name_in_what_is_told(lab):
    market, _ = columns(lab, config("pcr_oi"))
    notes = "\n".join(market.about[("XSP", "15m")]["notes"])
    assert "Chains of XSP, 4 sessions: 1 × crossed: bid above ask" in notes
    assert "× no_bid" in notes
    assert "Chains of XSP: 4 of 29 sessions have one" in notes  # 22 of April, 7 of May


def test_facts_are_kept_while_the_source_is_as_it_was(lab, monkeypatch):
    first = columns(lab, config("pcr_oi", "gamma_exposure"))[1]
    monkeypatch.setattr(option_facts, "facts", None)
    again = columns(lab, config("pcr_oi", "gamma_exposure"))[1]
    pd.testing.assert_frame_equal(first, again)
    assert len(lab.lake.part(CHAIN_FACTS, provider="files", ticker="XSP")) == len(CHAINED)


@pytest.mark.slow
def test_a_preview_reads_the_same_and_writes_nothing(lab, tmp_path):
    bare = Lab(packs=lab.packs, lake=Lake(tmp_path / "lake"), files=lab.files)
    asked = config("pcr_oi", "oi_change", "flow_total")
    market = market_of(bare, asked, keep=False)
    assert not bare.lake.root.exists()
    pd.testing.assert_frame_equal(
        features_of(market, asked.asked), columns(lab, asked)[1].reset_index(drop=True)
    )


def test_flow_stands_where_there_are_prints_and_nowhere_else(lab):
    _, wide = columns(lab, config("flow_total", "flow_so_far", "flow_by_strike", "flow"))
    with_file = np.isin(wide.index.strftime("%Y-%m-%d"), FLOW)
    assert wide["calls_volume"].notna().tolist() == with_file.tolist()
    assert (wide.loc[with_file, "calls_premium"] == 3 * 1.5 * 100).all()
    assert wide.loc["2024-05-02", "puts_volume"].iloc[:4].tolist() == [2, 0, 2, 0]
    assert wide.loc["2024-05-02", "flow_so_far_calls_volume"].iloc[-1] == 26 * 3
    assert wide.loc["2024-05-02", "flow_imbalance"].iloc[:2].tolist() == pytest.approx([0.2, 1.0])


def every(rows: str) -> list[IndicatorSpec]:
    short = {"window": 2}
    return [
        IndicatorSpec(name=one.name, params=short if "window" in one.params else {})
        for one in INDICATORS
        if one.rows == rows
    ]


def test_every_column_of_options_is_what_was_known_by_then(lab):
    """The market is cut at many instants, and made again: the law of prefixes, through the join."""
    asked = config(*every("chains"), *every("flow"))
    market, wide = columns(lab, asked)
    never = wide.columns[wide.isna().all()]
    assert never.str.contains("_d-?[1-7]$").all()  # two strikes are traded, so no third is listed
    assert len(wide.columns) - len(never) > 35
    rows = [at for at in range(len(wide)) if at % 13 == 7 or at in (78, 104, len(wide) - 1)]
    first = int(np.flatnonzero(wide.index >= "2024-05-01 20:00")[0])
    for row in (at for at in rows if at >= first):
        cut = known_by(market, int(stamps_of(market.main)[row]))
        again = features_of(cut, asked.asked)
        np.testing.assert_array_equal(again.to_numpy(), wide.to_numpy()[: row + 1])


def test_warm_up_ends_with_the_sessions_it_needs(lab):
    rank = IndicatorSpec(name="iv_rank", params={"window": 2})
    market, wide = columns(lab, config(rank))
    assert wide.index[warm_from(market, [rank])] == pd.Timestamp("2024-05-03 20:00", tz="UTC")
    assert wide["iv_rank_30_2"].first_valid_index() == pd.Timestamp("2024-05-03 20:00", tz="UTC")


def test_a_pin_is_the_strike_of_the_evening_before(lab):
    """All strikes hold as much, so it is the one nearest the underlying: 100."""
    asked = config("oi_peak_strike", label=LabelSpec(kind="pin_drift"))
    rows = assemble(market_of(lab, asked), asked, start=None, end=None).frame.set_index("ts")
    at_15 = rows[rows.index.strftime("%H:%M") == "19:00"]
    assert at_15["cause"]["2024-05-01"].tolist() == ["warm_up"]  # the first chain is of its close
    after = at_15["2024-05-02":"2024-05-03"]
    assert after["y"].notna().all()
    assert after["side"].tolist() == np.sign(100 - after["close"]).tolist()


def test_a_pin_without_its_column_is_refused(lab):
    asked = config("rsi", label=LabelSpec(kind="pin_drift"))
    with pytest.raises(BadRequest, match="reads 'oi_peak_strike', which is no column"):
        assemble(market_of(lab, asked), asked, start=None, end=None)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (IndicatorSpec(name="atm_iv", cadence="daily"), "atm_iv is made of options, not of daily"),
        (IndicatorSpec(name="flow", of="SPX"), "by the model's own bars, so not of SPX"),
        (IndicatorSpec(name="atm_iv", params={"days": 21}), "days is 21, not one of 0, 7, 14"),
    ],
)
def test_what_cannot_be_made_is_refused(lab, spec, words):
    with pytest.raises(BadRequest, match=words):
        columns(lab, config(spec))


def test_a_ticker_without_chains_is_refused_with_where_to_put_them(lab):
    with pytest.raises(UnknownName, match="SPX") as told:
        columns(lab, config(IndicatorSpec(name="atm_iv", of="SPX")))
    assert "SPX_chains.parquet" in told.value.hint


def test_chains_of_other_days_are_refused_with_the_days(lab, tmp_path):
    for name in ("XSP_15m.csv", "XSP_15m.yaml"):
        (tmp_path / name).symlink_to(lab.files / name)
    early = pd.read_parquet(lab.files / "XSP_chains.parquet")
    early[early["session"] < "2024-05-02"].assign(session=pd.Timestamp("2024-03-28")).to_parquet(
        tmp_path / "XSP_chains.parquet"
    )
    other = Lab(packs=lab.packs, lake=Lake(tmp_path / "lake"), files=tmp_path)
    with pytest.raises(BadRequest, match="2024-04-01 to 2024-05-09 has chains of XSP: those") as no:
        columns(other, config("atm_iv"))
    assert "2024-03-28 to 2024-03-28" in str(no.value)
    assert "XSP_chains" in no.value.hint


def test_bars_adjusted_for_dividends_have_no_money(lab, tmp_path):
    text = (lab.files / "XSP_15m.yaml").read_text().replace("raw", "total")
    moved = tmp_path / "files"
    moved.mkdir()
    for file in lab.files.iterdir():
        (moved / file.name).write_bytes(file.read_bytes())
    (moved / "XSP_15m.yaml").write_text(text)
    other = Lab(packs=lab.packs, lake=Lake(tmp_path / "lake"), files=moved)
    with pytest.raises(BadRequest, match="adjusted for dividends"):
        columns(other, config("flow_by_strike"))


def test_distance_max_of_a_build_is_how_far_flow_goes(lab, monkeypatch):
    model = config("option_flow", "rsi")
    monkeypatch.setattr("sigma_core.verbs.build.find_model", lambda *_: model)
    ask = BuildMatrix(model_id=model.model_id, distance_max=3)
    flow, rsi = asked_model(lab, ask).indicators
    assert flow == IndicatorSpec(name="flow_by_strike", params={"distance_max": 3})
    assert rsi == model.indicators[1]
    assert asked_model(lab, replace(ask, distance_max=None)) == model
    with pytest.raises(BadRequest, match="distance_max is 31: input should be less than or equal"):
        parse(BuildMatrix, {"model_id": model.model_id, "distance_max": 31})
