"""What TA-Lib's metadata does not say: what to leave out, bounds, ranges and units."""

from collections.abc import Mapping

from sigma_core.indicators._define import Limits

LEFT_OUT: Mapping[str, str] = {
    **dict.fromkeys(
        ("ACOS", "ASIN", "ATAN", "CEIL", "COS", "COSH", "EXP", "FLOOR", "SIN", "SINH", "TAN",
         "TANH", "LN", "LOG10", "SQRT"),
        "a function of one number: on a price it says nothing the price does not",
    ),
    **dict.fromkeys(("ADD", "SUB", "MULT", "DIV"), "joins two columns of the caller's choice"),
    **dict.fromkeys(("MAXINDEX", "MININDEX", "MINMAXINDEX"), "counts from the first bar"),
    "CUMSUM": "a running total of prices",
    "MAVP": "needs a column of periods",
    "SAREXT": "sar, with a start value in dollars",
    "VWAP": "runs from the first bar for ever; ours begins anew each session",
    "DONCHIAN": "holds the bar itself, so no close can leave it; ours looks at prior bars only",
}  # fmt: skip
"""Functions that are not registered, and why."""


CUMULATIVE: Mapping[str, str] = {
    "AD": "absolute", "OBV": "absolute", "PVT": "absolute", "WAD": "absolute",
    "NVI": "relative", "PVI": "relative",
}  # fmt: skip
"""Running totals, whose level depends on where the history begins: their change is the feature.
The change of an index (it multiplies) is relative, as its level is arbitrary too."""

GROUPS: Mapping[str, str] = {
    "Cycle Indicators": "cycle",
    "Math Operators": "math",
    "Momentum Indicators": "momentum",
    "Overlap Studies": "overlap",
    "Pattern Recognition": "pattern",
    "Price Transform": "price",
    "Statistic Functions": "statistic",
    "Volatility Indicators": "volatility",
    "Volume Indicators": "volume",
}

AVERAGES = (0, 1, 2, 3, 4, 5, 6, 8, 9, 12, 13)
"""TA-Lib's moving averages by number: simple, exponential, weighted, double and triple
exponential, triangular, Kaufman, T3, Hull, zero-lag, Wilder. MAMA (7) has no period; 10 and 11
are no averages."""

FRACTIONS: Mapping[str, Limits] = {
    "acceleration": (0.001, 1),
    "fastlimit": (0.01, 0.99),
    "maximum": (0.001, 1),
    "multiplier": (0.1, 20),
    "nbdev": (0.1, 20),
    "nbdevdn": (0.1, 20),
    "nbdevup": (0.1, 20),
    "penetration": (0, 1),
    "percentile": (0, 100),
    "slowlimit": (0.01, 0.99),
    "vfactor": (0, 1),
}
"""Ranges of the parameters that are no whole numbers."""

ORDERED: Mapping[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(
        ("AC", "ADOSC", "AO", "APO", "MACD", "MACDEXT", "PPO", "PVO"), (("fast", "slow"),)
    ),
    "ULTOSC": (("period1", "period2"), ("period2", "period3")),
}
"""TA-Lib sorts these in silence, so that two names would be one feature."""

_PERCENT = (0.0, 100.0)
_BOTH = (-100.0, 100.0)
_SHARE = (-1.0, 1.0)
_POSITIVE = (0.0, float("inf"))

BOUNDS: Mapping[str, Limits] = {
    **dict.fromkeys(
        ("ADX", "ADXR", "AROON", "DX", "IMI", "MFI", "MINUS_DI", "PERCENTRANK", "PLUS_DI", "RSI",
         "RVI", "STOCHRSI", "ULTOSC"),
        _PERCENT,
    ),
    **dict.fromkeys(("AROONOSC", "CMO", "CMOU", "SMI", "TSI"), _BOTH),
    **dict.fromkeys(("BOP", "CMF", "CORREL", "HT_SINE"), _SHARE),
    **dict.fromkeys(
        ("ADR", "ATR", "AVGDEV", "MARKETFI", "MASSI", "MINUS_DM", "NATR", "PLUS_DM", "RVOL",
         "STDDEV", "TRANGE", "VAR", "VORTEX"),
        _POSITIVE,
    ),
    "CDLHIKKAKE": (-200.0, 200.0),
    "CDLHIKKAKEMOD": (-200.0, 200.0),
    "ER": (0.0, 1.0),
    "HT_TRENDMODE": (0.0, 1.0),
    "LINEARREG_ANGLE": (-90.0, 90.0),
    "VHF": (0.0, 1.0),
    "WILLR": (-100.0, 0.0),
}  # fmt: skip
"""Between what all outputs lie, whatever the prices."""

_PER_CENT = "percent"
_PRICE = "price"

UNITS: Mapping[str, str] = {
    **dict.fromkeys(
        ("ADX", "ADXR", "AROON", "DX", "IMI", "KDJ", "MFI", "MINUS_DI", "PERCENTRANK", "PLUS_DI",
         "RSI", "RVI", "STOCH", "STOCHF", "STOCHRSI", "ULTOSC"),
        "percent, 0 to 100",
    ),
    **dict.fromkeys(("AROONOSC", "CMO", "CMOU", "SMI", "TSI"), "percent, -100 to 100"),
    **dict.fromkeys(("CVI", "FOSC", "NATR", "PPO", "PVO", "ROC", "TRIX"), _PER_CENT),
    **dict.fromkeys(
        ("AC", "ADR", "AO", "APO", "ATR", "DPO", "ERI", "LINEARREG_SLOPE", "MACD", "MACDEXT",
         "MACDFIX", "MINUS_DM", "MOM", "PLUS_DM", "QSTICK", "STDDEV", "TRANGE", "WAD"),
        _PRICE,
    ),
    **dict.fromkeys(("BOP", "CMF", "CORREL", "HT_SINE"), "share, -1 to 1"),
    **dict.fromkeys(("ER", "VHF"), "share, 0 to 1"),
    **dict.fromkeys(("NVI", "PVI", "ROCP"), "fraction"),
    **dict.fromkeys(("AD", "ADOSC", "OBV"), "volume"),
    "EFI": "price times volume",
    "FRACTAL": "100 at a swing high, -100 at a swing low, seen `right` bars later, else 0",
    "HT_DCPERIOD": "bars",
    "HT_DCPHASE": "degrees",
    "HT_TRENDMODE": "1 in a trend, 0 in a cycle",
    "LINEARREG_ANGLE": "degrees",
    "MARKETFI": "price a unit of volume",
    "PVT": "volume",
    "ROCR": "ratio",
    "ROCR100": "ratio in percent",
    "RVOL": "ratio to the mean volume of the bars before",
    "SUPERTREND": "price; trend is 1 up, -1 down",
    "VAR": "price squared",
    "WILLR": "percent, -100 to 0",
}  # fmt: skip
