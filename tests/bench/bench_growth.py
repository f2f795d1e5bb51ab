"""What grows with the work: memory over 505 daily matrices, and time over bars of 5 minutes.

Memory: the demo's features over each of the 505 S&P names of shared/data, one after another in
one process and one lake; resident megabytes after the last against after the fiftieth. Names whose
bars or matrices are refused count as made. Time: SPY with 20 features, built and swept (12 sets of
confidences by the pack's hours) on the first quarter, half and all of its year; the seconds per bar
that the second half adds, against those that the second quarter adds.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from time import perf_counter, process_time

import pandas as pd
import yaml

from sigma_core.errors import SigmaError
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.packs import find_model
from sigma_core.study import built
from sigma_core.verbs.build import DEMO
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
DAILY, MINUTES = DATA / "sp500_1d_2013_2018.parquet", DATA / "equity_5m_2023_2025.parquet"
WARM, HALF, MUST_MEMORY = 50, 250, 1.10
SHARES, ROUNDS, MUST_TIME = (4, 2, 1), 3, 1.3
MODEL = "spy_eq_intraday_5m"
PLAIN = ("rsi", "natr", "adx", "cci", "willr", "mfi", "mom", "trix", "ultosc", "ppo", "atr")
OURS = ("bb_pctb", "bb_width", "day_range_pos", "rel_vol_z", "minutes_to_close")
FEATURES = [
    *({"name": name} for name in (*PLAIN, *OURS)),
    *({"name": "log_ret", "params": {"period": period}} for period in (1, 4, 13)),
    {"name": "close_vs_sma", "params": {"period": 50}},
]
RULES = tuple(f"{cut / 100:.2f}" for cut in range(50, 62))


def memory() -> bool:
    """Whether resident memory is the same after 505 matrices as after 50; prints both."""
    table, refused, seen = pd.read_parquet(DAILY), 0, {}
    names = list(table["symbol"].unique())
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        for name, bars in table.dropna().groupby("symbol"):
            bars.drop(columns="symbol").to_parquet(files / f"{name}_daily.parquet", index=False)
        del table
        lab = Lab(packs=ROOT / "packs", lake=Lake(Path(folder) / "lake"), files=files)
        demo, since = find_model(lab.packs, DEMO), perf_counter()
        for number, name in enumerate(names, start=1):
            config = replace(demo, ticker=name, provider="files", start=None, end=None)
            try:
                built(lab, config)
            except SigmaError:
                refused += 1
            seen[number] = resident()
        took = perf_counter() - since
    ratio = seen[len(names)] / seen[WARM]
    print(
        f"growth: {len(names)} daily matrices in {took:.0f} s ({refused} refused);"
        f" {seen[WARM]:.0f} MB after {WARM}, {seen[HALF]:.0f} MB after {HALF},"
        f" {seen[len(names)]:.0f} MB after all, at most {max(seen.values()):.0f};"
        f" ratio {ratio:.2f} (at most {MUST_MEMORY:g}) {mark(ratio, MUST_MEMORY)}"
    )
    return ratio <= MUST_MEMORY


def time() -> bool:
    """Whether a bar costs the same in a long history as in a short one; prints each."""
    table = pd.read_parquet(MINUTES, filters=[("symbol", "==", "SPY")])
    table = table[["ts", "open", "high", "low", "close", "volume"]]
    rows: dict[int, int] = {}
    best = dict.fromkeys(SHARES, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS + 1):
            for share in SHARES if number else SHARES[:1]:  # first of all a round that warms up
                with tempfile.TemporaryDirectory(dir=folder) as home:
                    lab = spy(Path(home), table.iloc[: len(table) // share])
                    since = process_time()
                    sweep_run(lab, SweepRun(model_id=MODEL, thresholds_variants=RULES))
                    if number:
                        best[share] = min(best[share], process_time() - since)
                    rows[share] = int(lab.lake.frame("SELECT count(*) AS n FROM bars")["n"].iloc[0])
    short, middle, long = ((rows[share], best[share]) for share in SHARES)
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in ((short, middle), (middle, long))]
    ratio = slopes[1] / slopes[0] if min(slopes) > 0 else float("inf")  # too noisy to say
    said = ", ".join(f"{n:,} bars {seconds:.2f} s" for n, seconds in (short, middle, long))
    print(
        f"growth: SPY 5m, {len(FEATURES)} features, build and sweep, by the processor: {said};"
        f" a further bar {slopes[0] * 1e6:.0f} then {slopes[1] * 1e6:.0f} µs, ratio {ratio:.2f}"
        f" (at most {MUST_TIME:g}) {mark(ratio, MUST_TIME)}"
    )
    return ratio <= MUST_TIME


def spy(home: Path, bars: pd.DataFrame) -> Lab:
    """A lab with that much of SPY and a model on it."""
    files = home / "files"
    files.mkdir()
    bars.to_parquet(files / "SPY_5m.parquet", index=False)
    (files / "SPY_5m.yaml").write_text(yaml.safe_dump({"stamp": "start"}))
    copytree(ROOT / "packs", home / "packs")
    model = {
        "ticker": "SPY",
        "asset": "eq",
        "horizon": "intraday",
        "cadence": "5m",
        "provider": "files",
        "indicators": FEATURES,
        "label": {"kind": "fwd_ret", "params": {"bars": 12}},
        "policy": "balanced",
    }
    path = home / "packs" / "zerosigma" / "model_configs" / f"{MODEL}.yaml"
    path.write_text(yaml.safe_dump(model))
    return Lab(packs=home / "packs", lake=Lake(home / "lake"), files=files)


def resident() -> float:
    """Resident megabytes of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000


def mark(ratio: float, most: float) -> str:
    """Whether a limit holds."""
    return "✓" if ratio <= most else "✗"


def main() -> None:
    """Measure both."""
    missing = [file.name for file in (DAILY, MINUTES) if not file.is_file()]
    if missing:
        print(f"growth: skipped, {missing[0]} is not in shared/data beside the project")
        return
    held = [memory(), time()]
    sys.exit(not all(held))


if __name__ == "__main__":
    main()
