"""A bundle fitted on the newest session: looking for signals finds none, and says why."""

import pandas as pd
import pytest

from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs.alerts import AlertsAsk, alerts
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from sigma_core.verbs.train import Train, train

MODEL = "toy_eq_swing_daily"


@pytest.fixture
def trained(lab):
    """A lab with a bundle fitted through the label of the third-last bar."""
    sweep_run(lab, SweepRun(model_id=MODEL, thresholds_variants=("0.52",)))
    return lab, train(lab, Train(model_id=MODEL, override=True, reason="test"))


@pytest.mark.slow
def test_no_later_bar_is_an_answer(trained, files):
    """The file loses the bars after the last labelled session, as if they had not come yet."""
    lab, bundle = trained
    bars = pd.read_csv(files / "TOY_daily.csv")
    kept = bars[bars["date"] <= f"{bundle.trained_through}"]
    assert len(kept) == len(bars) - 3  # the label looks three sessions ahead
    kept.to_csv(files / "TOY_daily.csv", index=False)
    fresh_lake = Lab(packs=lab.packs, lake=Lake(lab.lake.root.parent / "other"), files=files)
    (fresh_lake.lake.root).mkdir(parents=True)
    (lab.lake.root / "bundles").rename(fresh_lake.lake.root / "bundles")
    found = alerts(fresh_lake, AlertsAsk(model_id=MODEL))
    assert (found.looked_at, found.added, found.best) == (0, 0, None)
    assert f"there is no bar after {bundle.trained_through} yet" in found.words
    assert found.as_of == pd.Timestamp(kept["date"].iloc[-1] + " 16:00", tz="America/New_York")
