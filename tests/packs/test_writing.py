"""New models: written whole, with parts of their own, or not at all."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sigma_core import packs
from sigma_core.domain.pack import ModelFile
from sigma_core.errors import BadRequest, SigmaError

DEMO = "ixic_eq_swing_daily"
PACK = "swingsigma"


def new(**changes):
    """A model to write."""
    fields = {"ticker": "SPY", "asset": "eq", "horizon": "swing", "cadence": "daily"}
    return ModelFile(
        **fields | {"indicator_set": "swing_daily", "label": {"kind": "next_bar"}} | changes
    )


def test_a_new_model_has_a_policy_and_a_grid_of_its_own(spoilt):
    made = packs.write_model(
        spoilt.root, PACK, "spy_eq_swing_daily", new(), policy="aggressive", grid="hourly"
    )
    assert made.policy_name == "spy_eq_swing_daily"
    assert made.policy == packs.policy(spoilt.root, PACK, "aggressive")
    source = spoilt.file("sweep_configs", "hourly").read_bytes()
    assert spoilt.file("sweep_configs", "spy_eq_swing_daily").read_bytes() == source
    assert made.label.kind == "next_bar"
    assert not [path for path in spoilt.everything() if path.name.startswith(".")]


def test_a_policy_that_was_there_first_is_kept(spoilt):
    spoilt.file("policy_templates", "mine").write_text("fee_bps: 4")
    made = packs.write_model(spoilt.root, PACK, "mine", new(), policy="balanced", grid="default")
    assert made.policy.fee_bps == 4.0


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (DEMO, {}),
        ("../x", {}),
        ("a/b", {}),
        ("a b", {}),
        ("Über", {}),
        ("", {}),
        ("x" * 81, {}),
        ("one", {"ticker": "../SPY"}),
        ("one", {"ticker": "BRK/B"}),
        ("one", {"ticker": "SP Y"}),
        ("one", {"ticker": "ÄPFEL"}),
        ("one", {"indicator_set": "none"}),
        ("one", {"horizon": "intraday"}),
        ("qqq_eq_swing_daily", {}),
    ],
)
def test_what_cannot_be_written_leaves_everything_as_it_was(spoilt, name, changes):
    before = spoilt.everything()
    with pytest.raises(SigmaError):
        packs.write_model(
            spoilt.root, PACK, name, new(**changes), policy="balanced", grid="default"
        )
    assert spoilt.everything() == before


@pytest.mark.parametrize(
    ("ticker", "said"), [("BRK.B", "brkb"), ("^GSPC", "gspc"), ("BTC-USD", "btcusd")]
)
def test_a_ticker_may_hold_marks(spoilt, ticker, said):
    made = packs.write_model(
        spoilt.root,
        PACK,
        f"{said}_eq_swing_daily",
        new(ticker=ticker),
        policy="balanced",
        grid="default",
    )
    assert made.ticker == ticker


def test_of_two_that_write_one_model_at_once_one_wins(spoilt):
    def write(seed):
        try:
            given = new(learner={"seed": seed})
            packs.write_model(spoilt.root, PACK, "race", given, policy="balanced", grid="default")
        except BadRequest as lost:
            return str(lost)
        return ""

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(write, range(4)))
    assert ends.count("") == 1
    assert all("exists" in end for end in ends if end)
    assert packs.model(spoilt.root, PACK, "race").learner.seed == ends.index("")
