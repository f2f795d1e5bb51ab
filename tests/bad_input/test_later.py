"""Words of the guides that the lab cannot serve yet, or not of a model's own bars."""

import pytest

M = "MODEL_ID=tiny_daily"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("scan-breakout", "UNIVERSE=sp500", "TOP_N=20"), "make alerts MODEL_ID="),
        (("calibrate-scanner", M, "TOP_N=50"), "make sweep-run MODEL_ID="),
    ],
)
def test_a_verb_of_the_guides_that_comes_later(fresh, words, hint):
    fresh.refused(*words, says=f"{words[0]} comes later", hint=hint)


@pytest.mark.parametrize(
    "words",
    [
        ("init-auto", "TICKER=TINY", "ASSET=opt", "HORIZON=0dte", "CADENCE=hourly"),
        ("init", "MODEL_ID=spy_opt_0dte_hourly", "TICKER=TINY"),
    ],
)
def test_an_option_model_of_a_pack_without_options(fresh, words):
    fresh.refused(*words, "PACK_ID=tiny", says="no template for opt 0dte hourly", hint="TEMPLATE=")


def test_a_sweep_that_was_not_run(fresh):
    fresh.refused("sweep", "SWEEP_ID=123", says="'123'", hint="make sweep-run runs one")


def test_a_sweep_that_is_not_among_those_that_were(done):
    done.refused("sweep", "SWEEP_ID=123", says="'123'", hint="make sweeps lists them.")
    done.refused("sweep", "SWEEP_ID=sweep-2026", says="'sweep-2026'", hint="sweep-20")


@pytest.mark.parametrize("name", ["open", "high", "low", "close"])
def test_a_price_of_the_models_own_bars_as_a_feature(fresh, name):
    fresh.edit(indicators=[{"name": "rsi"}, {"name": name}])
    for verb in ("preview", "build"):
        fresh.refused(
            verb, M, says=f"indicator 2: The matrix holds the bars' own {name}", hint="of:"
        )


def test_a_price_of_another_ticker_or_cadence_is_a_feature(fresh):
    fresh.csv.with_name("OTHER_daily.csv").write_text(fresh.csv.read_text())
    fresh.edit(indicators=[{"name": "rsi"}, {"name": "close", "of": "OTHER"}, {"name": "volume"}])
    code, out, err = fresh.run("preview", M, "--json")
    assert code == 0, err
    assert '"features": 3' in out
