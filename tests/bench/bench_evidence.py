"""Evidence on a 50-config sweep over ten years of daily bars, and the second look by CPCV(6, 2).

Run as `python tests/bench/bench_evidence.py`. Evidence replays every trial on the kept fit, draws
1,000 histories and tests all together: under 5 s on two cores. The second CPCV, of another rule on
the same model, reads the fits that the first has kept.
"""

import tempfile
from collections.abc import Callable
from datetime import date
from time import perf_counter, process_time

from bench_sweep import SETS, SHARES, lab

from sigma_core.verbs._recalled import _BENCHES
from sigma_core.verbs.cpcv import Cpcv, cpcv
from sigma_core.verbs.evidence import EvidenceAsk, evidence
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

START = date(2008, 1, 2)
"""Of the demo, whose bars end in 2017."""
MUST = 5.0


def took(make: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processors."""
    since, spent = perf_counter(), process_time()
    make()
    return perf_counter() - since, process_time() - spent


def main() -> None:
    """Print the figures; the second evidence is read from the lake, as after a start."""
    with tempfile.TemporaryDirectory() as folder:
        here = lab(folder)
        grid = {"thresholds_variants": tuple(SETS), "top_pct_variants": tuple(SHARES)}
        swept = sweep_run(here, SweepRun(start=START, **grid))
        ask = EvidenceAsk(sweep_id=swept.sweep_id)
        first = took(lambda: evidence(here, ask))
        _BENCHES._held.clear()
        again = took(lambda: evidence(here, ask))
        made = took(lambda: cpcv(here, Cpcv(start=START, thresholds="0.52")))
        read = took(lambda: cpcv(here, Cpcv(start=START, thresholds="0.55")))
    for words, (clock, spent) in (
        (f"evidence, first (at most {MUST:g})", first),
        (f"evidence again (at most {MUST:g})", again),
        ("CPCV(6, 2), fitted", made),
        ("CPCV(6, 2), another rule", read),
    ):
        print(f"{words:28} {clock:6.2f} s   processors {spent:6.2f} s")


if __name__ == "__main__":
    main()
