"""What was traded of the options that end today, by bars of the model: volume, never "sold".

Contracts, and premium in dollars (contracts × their volume-weighted price × 100). A bar in which
nothing was traded of any contract is missing.
"""

from sigma_core.indicators._columns import Array, Ints
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import ratio, so_far
from sigma_core.options.flow import FARTHEST, KINDS, by_distance


@indicator(
    group="flow", rows="flow", warmup=lambda **_: 0, bounds=(0, float("inf")),
    limits={"distance_max": (0, FARTHEST)}, holes=True,
    reads=by_distance,
    names=by_distance,
)  # fmt: skip
def flow_by_strike(*counts: Array, distance_max: int = 7) -> tuple[Array, ...]:  # noqa: ARG001
    """Volume and premium of the bar by right and by listed strikes from the money.

    `calls_volume_d0` is at the listed strike nearest the bar's close, `calls_volume_d2` two listed
    strikes above, `puts_premium_d-1` one below; 0 where nothing was traded there.

    Units: contracts; dollars of the premiums.
    Source: OPRA's prints as option bars; strikes as listed, never by steps of a dollar.

    >>> import numpy as np
    >>> flow_by_strike(np.array([5.0]), distance_max=0)[0].tolist()
    [5.0]
    """
    return counts


@indicator(
    group="flow", rows="flow", warmup=lambda: 0, bounds=(0, float("inf")), names=lambda: KINDS
)
def flow_total(
    calls_volume: Array, puts_volume: Array, calls_premium: Array, puts_premium: Array
) -> tuple[Array, ...]:
    """Volume and premium of the bar over all strikes, calls and puts.

    Units: contracts; dollars of the premiums.
    Source: sums of OPRA's prints as option bars.

    >>> import numpy as np
    >>> flow_total(*np.array([[5.0], [3.0], [900.0], [400.0]]))[2].tolist()
    [900.0]
    """
    return calls_volume, puts_volume, calls_premium, puts_premium


@indicator(
    group="flow", rows="flow", warmup=lambda: 0,
    outputs=("put_call", "imbalance", "premium_imbalance"),
)  # fmt: skip
def flow(
    calls_volume: Array, puts_volume: Array, calls_premium: Array, puts_premium: Array
) -> tuple[Array, ...]:
    """Puts against calls in the bar: ratio, and imbalance of volume and of premium.

    Imbalance is above 0 when more calls were traded than puts.

    Units: put_call is a ratio; the imbalances run from −1 to 1.
    Source: puts / calls; (calls − puts) / (calls + puts), by contracts and by dollars.

    >>> import numpy as np
    >>> [part.tolist() for part in flow(*np.array([[6.0], [3.0], [900.0], [300.0]]))]
    [[0.5], [0.3333333333333333], [0.5]]
    """
    return (
        ratio(puts_volume, calls_volume),
        ratio(calls_volume - puts_volume, calls_volume + puts_volume),
        ratio(calls_premium - puts_premium, calls_premium + puts_premium),
    )


@indicator(
    group="flow", rows="flow", warmup=lambda: 0,
    outputs=(*KINDS, "put_call", "imbalance", "premium_imbalance"),
)  # fmt: skip
def flow_so_far(
    calls_volume: Array, puts_volume: Array, calls_premium: Array, puts_premium: Array,
    session: Ints,
) -> tuple[Array, ...]:  # fmt: skip
    """Volume and premium of the session so far, with ratio and imbalances, over all strikes.

    Units: contracts; dollars; ratio; −1 to 1.
    Source: running sums of `flow_total`, begun anew with each session; then as `flow`.

    >>> import numpy as np
    >>> ones = np.ones(2)
    >>> flow_so_far(ones, ones, ones, ones, np.array([0, 0]))[0].tolist()
    [1.0, 2.0]
    """
    kinds = (calls_volume, puts_volume, calls_premium, puts_premium)
    sums = [so_far(kind, session, "sum") for kind in kinds]
    return (*sums, *flow(*sums))
