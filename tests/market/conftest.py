"""A lab with a folder of the user's own files, and small tables to put into it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.errors import SigmaError
from sigma_core.fetch import bars_of
from sigma_core.lab import Lab
from sigma_core.lake import Lake

NYSE = calendar("XNYS")
NEW_YORK = "America/New_York"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A lab of its own: an empty lake and an empty folder of files."""
    (tmp_path / "files").mkdir()
    return Lab(packs=tmp_path, lake=Lake(tmp_path / "lake"), files=tmp_path / "files")


@pytest.fixture
def put(lab: Lab) -> Callable[..., Path]:
    """Writes a table (Parquet or CSV), text or bytes into the folder; `yaml` beside it."""

    def write(name: str, content: pd.DataFrame | str | bytes, yaml: str = "") -> Path:
        assert lab.files is not None
        path = lab.files / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content)
        elif path.suffix == ".parquet":
            content.to_parquet(path)
        else:
            content.to_csv(path, index=False)
        if yaml:
            path.with_name(name.rpartition(".")[0] + ".yaml").write_text(yaml)
        return path

    return write


def closes(first: str, last: str, step: str) -> pd.DatetimeIndex:
    """UTC closes of every bar of every session, laid out by hand from the calendar's hours."""
    frames = [
        pd.date_range(row.open, row.close, freq=step, inclusive="right")
        for row in NYSE.sessions(pd.Timestamp(first).date(), pd.Timestamp(last).date()).itertuples()
    ]
    return pd.DatetimeIndex(np.concatenate(frames)).as_unit("us")


def priced(stamps: pd.DatetimeIndex, at: pd.DatetimeIndex | None = None) -> pd.DataFrame:
    """Valid bars that rise by a cent each; the first after 09:30 New York is traded most."""
    local = (stamps if at is None else at).tz_convert(NEW_YORK)
    minute = local.hour * 60 + local.minute
    n = np.arange(len(stamps))
    volume = np.where((minute > 570) & (minute <= 575), 9000.0, 500.0)
    volume = np.where((minute > 570) & (minute <= 960), volume, 10.0)
    return pd.DataFrame(
        {
            "ts": stamps,
            "open": 100 + n / 100,
            "high": 100.03 + n / 100,
            "low": 99.98 + n / 100,
            "close": 100.02 + n / 100,
            "volume": volume,
        }
    )


@pytest.fixture
def five_minutes() -> pd.DataFrame:
    """5-minute bars, END stamps in UTC, around the clock change of March 2024 and a half day."""
    spring, half = (
        closes("2024-03-07", "2024-03-12", "5min"),
        closes("2024-07-02", "2024-07-05", "5min"),
    )
    return priced(spring.append(half))


@pytest.fixture
def days() -> pd.DataFrame:
    """Forty daily bars under the names that vendors use."""
    sessions = NYSE.sessions(pd.Timestamp("2024-01-02").date())["session"].head(40)
    table = priced(pd.DatetimeIndex(sessions + pd.Timedelta(hours=21)).tz_localize("UTC"))
    table.columns = ["Date", "Open", "High", "Low", "Close", "Volume"]
    return table.assign(Date=sessions.dt.strftime("%Y-%m-%d"))


@pytest.fixture
def extended() -> pd.DataFrame:
    """5-minute bars of eight days in spring, 04:00 to 20:00 New York, START stamps in UTC."""
    sessions = NYSE.sessions(pd.Timestamp("2024-03-05").date())["session"].head(8)
    starts = [
        pd.date_range(day + pd.Timedelta(hours=4), periods=192, freq="5min") for day in sessions
    ]
    local = pd.DatetimeIndex(np.concatenate(starts)).tz_localize(NEW_YORK)
    stamps = local.tz_convert("UTC").as_unit("us")
    return priced(stamps, stamps + pd.Timedelta(minutes=5))


@pytest.fixture
def tree(lab: Lab) -> Callable[[], dict[str, bytes]]:
    """Every file of the lake and what is in it."""

    def look() -> dict[str, bytes]:
        root = lab.lake.root
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    return look


@pytest.fixture
def refused(lab, tree):
    """A function: the sentence and the hint with which a file is refused, the lake untouched."""

    def of(ticker: str, cadence: str = "daily") -> tuple[str, str]:
        lab.lake.save("manifests", "older", {"kept": True})
        before = tree()
        with pytest.raises(SigmaError) as error:
            bars_of(lab, ticker, cadence)
        assert tree() == before
        says, hint = str(error.value), error.value.hint
        assert says.endswith(".")
        assert "\n" not in says
        assert hint
        return says, hint

    return of
