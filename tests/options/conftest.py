"""Numbers from outside: QuantLib's prices and greeks, and Jäckel's implied volatilities."""

from pathlib import Path

import pandas as pd
import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def quantlib() -> pd.DataFrame:
    """200 European options: days to expiry, what they are worth, and their greeks."""
    return pd.read_csv(HERE / "quantlib.csv", comment="#")


@pytest.fixture(scope="session")
def lets_be_rational() -> pd.DataFrame:
    """60 undiscounted prices, rounded to seven digits, and their implied volatilities."""
    return pd.read_csv(HERE / "lets_be_rational.csv", comment="#")
