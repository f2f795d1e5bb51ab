"""The bar itself: `close`, `volume`, … as features, mostly for `of:` and `cadence:`."""

from sigma_core.indicators._columns import BARS, Array
from sigma_core.indicators._define import INDICATORS, Indicator

_UNITS = {name: "shares or contracts" if name == "volume" else "price" for name in BARS}


def _same(values: Array) -> Array:
    return values


for _name in BARS:
    INDICATORS.add(
        Indicator(
            name=_name,
            group="price",
            inputs=(_name,),
            params={},
            outputs=(),
            bounds=(0, float("inf")),
            fn=_same,
            warmup_fn=lambda: 0,
            doc=f"The bar's {_name}.\n\nUnits: {_UNITS[_name]}.\nSource: the bar.",
        )
    )
