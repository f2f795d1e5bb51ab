"""What is fetched again and what is not, and which provider is asked."""

from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sigma_core import fetch
from sigma_core.domain.model import IndicatorSpec, LabelSpec, ModelConfig
from sigma_core.errors import BadRequest, QualityError
from sigma_core.fetch import bars_of, market_of
from sigma_core.providers import PROVIDERS, Fetched, Provider


class TestFiles:
    """A file is the whole truth: the lake holds what it says."""

    def test_what_is_stored_is_what_was_fetched(self, lab, put, days):
        put("ABC_daily.csv", days)
        fetched, stored = bars_of(lab, "ABC", "daily"), bars_of(lab, "ABC", "daily")
        assert_frame_equal(stored.frame, fetched.frame)
        assert stored.about == fetched.about

    def test_an_unchanged_file_is_not_read_again(self, lab, put, days, monkeypatch):
        put("ABC_daily.csv", days)
        bars_of(lab, "ABC", "daily")
        monkeypatch.setattr("sigma_core.sources.read_table", None)
        assert len(bars_of(lab, "ABC", "daily").frame) == 40

    def test_new_rows_are_added(self, lab, put, days):
        put("ABC_daily.csv", days[:30])
        bars_of(lab, "ABC", "daily")
        put("ABC_daily.csv", days)
        made = bars_of(lab, "ABC", "daily")
        assert len(made.frame) == 40
        assert made.about["notes"] == []

    def test_a_revision_is_told(self, lab, put, days):
        put("ABC_daily.csv", days)
        bars_of(lab, "ABC", "daily")
        put("ABC_daily.csv", days.assign(Close=days["Close"].where(days.index != 3, 100.035)))
        made = bars_of(lab, "ABC", "daily")
        assert made.frame["close"][3] == 100.035
        assert (
            "Stored bars of ABC revised by the source: 1; all fetched anew." in made.about["notes"]
        )

    def test_a_new_description_is_a_new_source(self, lab, put, days):
        put("ABC_daily.csv", days)
        bars_of(lab, "ABC", "daily")
        (lab.files / "ABC_daily.yaml").write_text("adjustment: split\n")
        assert bars_of(lab, "ABC", "daily").about["adjustment"] == "split"

    def test_rows_that_are_gone_are_gone(self, lab, put, days):
        put("ABC_daily.csv", days)
        bars_of(lab, "ABC", "daily")
        put("ABC_daily.csv", days[10:])
        assert len(bars_of(lab, "ABC", "daily").frame) == 30
        assert len(bars_of(lab, "ABC", "daily").frame) == 30

    def test_a_file_that_went_bad_leaves_the_lake_as_it_was(self, lab, put, days, tree):
        put("ABC_daily.csv", days)
        bars_of(lab, "ABC", "daily")
        before = tree()
        put("ABC_daily.csv", "Date,Close\n2024-01-02,-1\n")
        with pytest.raises(QualityError, match="close is -1"):
            bars_of(lab, "ABC", "daily")
        assert tree() == before

    def test_a_preview_writes_nothing(self, lab, put, days, tree):
        put("ABC_daily.csv", days)
        assert len(bars_of(lab, "ABC", "daily", keep=False).frame) == 40
        assert tree() == {}

    def test_bars_that_a_killed_process_left_are_fetched_again(self, lab, put, days):
        put("ABC_daily.csv", days)
        bars_of(lab, "ABC", "daily")
        next(lab.lake.root.glob("bars/**/*.parquet")).unlink()
        assert len(bars_of(lab, "ABC", "daily").frame) == 40

    def test_a_file_a_year(self, lab):
        bars_of(lab, "VIX", "daily")
        folder = lab.lake.root / "bars" / "provider=sample" / "ticker=VIX" / "cadence=daily"
        assert sorted(p.name for p in folder.iterdir()) == [
            f"{y}.parquet" for y in range(2014, 2020)
        ]


class TestToday:
    """A bar whose close is still to come is not known, whatever its file says of it."""

    def test_it_is_left_out_until_it_has_closed(self, lab, put, days):
        put("ABC_daily.csv", days)  # up to 2024-02-28, which closes at 21:00
        before = replace(lab, now=lambda: datetime(2024, 2, 28, 20, 59, tzinfo=UTC))
        after = replace(lab, now=lambda: datetime(2024, 2, 28, 21, 0, tzinfo=UTC))
        made = bars_of(before, "ABC", "daily")
        assert made.frame["session"].iloc[-1] == pd.Timestamp("2024-02-27")
        assert "Bars still forming, left out: 1." in made.about["notes"]
        made = bars_of(after, "ABC", "daily")
        assert made.frame["session"].iloc[-1] == pd.Timestamp("2024-02-28")
        assert made.about["notes"] == []

    def test_a_file_of_the_future_is_refused(self, lab, put, days, tree):
        put("ABC_daily.csv", days)
        early = replace(lab, now=lambda: datetime(2023, 12, 31, tzinfo=UTC))
        with pytest.raises(
            QualityError, match="first bar closes at 2024-01-02 21:00 UTC, and it is 2023-12-31"
        ):
            bars_of(early, "ABC", "daily")
        assert tree() == {}


class Remote:
    """A provider from which a part can be asked, and that remembers what was asked."""

    def __init__(self, bars: pd.DataFrame) -> None:
        self.bars, self.asked, self.version = bars, [], 0

    def __call__(self, *asked) -> Fetched:
        since = asked[-1]
        self.asked.append(since)
        rows = self.bars if since is None else self.bars[self.bars["ts"] >= since]
        about = {"provider": "remote", "calendar": "XNYS", "adjustment": "total", "notes": []}
        return Fetched(rows.reset_index(drop=True), about, whole=False)

    def changed(self, bars: pd.DataFrame) -> None:
        self.bars, self.asked, self.version = bars, [], self.version + 1


@pytest.fixture
def remote(lab, put, days, monkeypatch):
    """Forty daily bars of ABC far away; the first thirty are stored."""
    put("ABC_daily.csv", days)
    bars = bars_of(lab, "ABC", "daily", keep=False).frame
    source = Remote(bars[:30])
    one = Provider("remote", False, source, lambda _: ["ABC"], lambda *_: f"v{source.version}")
    monkeypatch.setattr(fetch, "PROVIDERS", {"remote": one})
    bars_of(lab, "ABC", "daily", provider="remote")
    source.changed(bars)
    return source


class TestIncremental:
    """Of a source that serves parts, what is missing and the last five bars are asked for."""

    def test_only_what_is_missing_and_five_bars(self, lab, remote):
        made = bars_of(lab, "ABC", "daily", provider="remote")
        assert remote.asked == [remote.bars["ts"][25]]
        assert_frame_equal(made.frame, remote.bars)
        assert_frame_equal(bars_of(lab, "ABC", "daily", provider="remote").frame, remote.bars)
        assert made.about["missing_sessions"] == 0

    @pytest.mark.parametrize("column", ["open", "high", "low", "close"])
    def test_a_revised_price_fetches_all_anew(self, lab, remote, column):
        bars = remote.bars.copy()
        bars.loc[27, column] *= 1 + 2e-6
        remote.changed(bars)
        made = bars_of(lab, "ABC", "daily", provider="remote")
        assert remote.asked == [bars["ts"][25], None]
        assert_frame_equal(made.frame, bars)
        assert (
            "Stored bars of ABC revised by the source: 1; all fetched anew." in made.about["notes"]
        )

    def test_a_rounding_is_no_revision(self, lab, remote):
        bars = remote.bars.copy()
        bars.loc[27, "close"] *= 1 + 5e-7
        remote.changed(bars)
        bars_of(lab, "ABC", "daily", provider="remote")
        assert remote.asked == [bars["ts"][25]]

    def test_older_bars_stay_as_they_are(self, lab, remote):
        bars = remote.bars.copy()
        bars.loc[3, "close"] *= 1.0001
        remote.changed(bars)
        made = bars_of(lab, "ABC", "daily", provider="remote")
        assert remote.asked == [bars["ts"][25]]
        assert made.frame["close"][3] != bars["close"][3]

    def test_a_stored_bar_that_is_gone_fetches_all_anew(self, lab, remote):
        remote.changed(remote.bars.drop(index=28).reset_index(drop=True))
        made = bars_of(lab, "ABC", "daily", provider="remote")
        assert remote.asked[-1] is None
        assert len(made.frame) == 39


class TestAuto:
    """`files` where it has the ticker at that cadence, else `sample`."""

    def test_the_users_file_goes_first(self, lab, put, days):
        assert bars_of(lab, "IXIC", "daily").about["provider"] == "sample"
        put("IXIC_daily.csv", days)
        assert bars_of(lab, "IXIC", "daily").about["provider"] == "files"
        assert bars_of(lab, "IXIC", "daily", provider="sample").about["provider"] == "sample"

    def test_a_finer_file_serves_too(self, lab, put, five_minutes):
        put("IXIC_5m.csv", five_minutes)
        about = bars_of(lab, "IXIC", "daily").about
        assert (about["provider"], about["read"]["cadence"]) == ("files", "5m")

    def test_a_coarser_one_does_not(self, lab, put, days):
        put("IXIC_daily.csv", days)
        with pytest.raises(BadRequest, match="no hourly bars of IXIC"):
            bars_of(lab, "IXIC", "hourly")


def config(**changes) -> ModelConfig:
    """A daily model of IXIC that also reads the VIX."""
    spx = {
        "model_id": "ixic_eq_swing_daily",
        "pack_id": "swingsigma",
        "ticker": "IXIC",
        "asset": "eq",
        "horizon": "swing",
        "cadence": "daily",
        "label": LabelSpec(kind="next_bar"),
        "indicators": (IndicatorSpec(name="rsi"), IndicatorSpec(name="close", of="VIX")),
    }
    return ModelConfig(**{**spx, **changes})


class TestMarket:
    def test_all_bars_that_a_model_reads(self, lab):
        heard = []
        market = market_of(lab, config(), progress=lambda *step: heard.append(step))
        assert set(market.bars) == {("IXIC", "daily"), ("VIX", "daily")}
        assert len(market.main) == 5031
        assert market.calendar.name == "XNYS"
        assert market.about["VIX", "daily"]["provider"] == "sample"
        assert heard == [(0, 2, "bars of IXIC, daily"), (1, 2, "bars of VIX, daily")]

    def test_up_to_a_session(self, lab):
        market = market_of(lab, config(), end=pd.Timestamp("2016-06-15").date())
        last = {frame["session"].iloc[-1] for frame in market.bars.values()}
        assert last == {pd.Timestamp("2016-06-15")}

    def test_an_end_before_the_first_bar_is_refused(self, lab):
        with pytest.raises(BadRequest, match="from the start to 1990-01-01") as error:
            market_of(lab, config(), end=pd.Timestamp("1990-01-01").date())
        assert "1999-01-04" in error.value.hint

    def test_other_tickers_come_from_the_models_provider(self, lab, put, days):
        put("VIX_daily.csv", days)
        own = market_of(lab, config(provider="sample"))
        auto = market_of(lab, config())
        assert own.about["VIX", "daily"]["provider"] == "sample"
        assert auto.about["VIX", "daily"]["provider"] == "files"

    def test_or_from_any_if_that_has_none(self, lab, put, days):
        put("ABC_daily.csv", days)
        market = market_of(lab, config(ticker="ABC", provider="files"))
        assert market.about["VIX", "daily"]["provider"] == "sample"


def test_providers_are_found_by_looking():
    assert {one.name for one in PROVIDERS} >= {"files", "sample"}
