"""Counting over seeds on every core, each count kept as it comes: a stopped study goes on there.

`evidence_noise.py 200 --first 0 --only drifting --kept DIR --workers 2`: how many seeds, from which
on, of which kinds, where counts are kept and how many processes count. Counts are kept for the code
they were made with and for no other. Ctrl-C or a TERM ends it after the seeds in hand, and tells
what was counted.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np

from sigma_core.engine.reliability import wilson
from sigma_core.lineage import sha_of, sha_of_sources

Found = dict[str, Any]
"""What one seed came to, as plain JSON."""
One = Callable[[int], Found]
Line = Callable[[str, Sequence[Found]], str]

KEPT = Path(__file__).resolve().parents[2] / ".venv" / "evidence"
STOPPED = 130


class Kept:
    """Counts of one study by kind and seed, a line each, on the disk before the next."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._of: dict[str, dict[int, Found]] = {}
        for text in path.read_text().splitlines() if path.exists() else ():
            row = json.loads(text)
            self._of.setdefault(row["kind"], {})[row["seed"]] = row["found"]

    def of(self, kind: str) -> dict[int, Found]:
        """What is known of a kind."""
        return self._of.setdefault(kind, {})

    def add(self, kind: str, seed: int, found: Found) -> None:
        """Keep one more."""
        self.of(kind)[seed] = found
        with self.path.open("a") as file:
            file.write(json.dumps({"kind": kind, "seed": seed, "found": found}) + "\n")


def study(file: str, kinds: Mapping[str, One], line: Line) -> None:
    """Count each kind over the seeds that were asked for, and print a line of it."""
    ask = _asked()
    code = sha_of(sha_of_sources("sigma_core"), Path(file).read_text())
    kept = Kept(ask.kept / f"{Path(file).stem}-{code[:7]}.jsonl")
    print(f"{ask.runs} seeds from {ask.first} on, {ask.workers} processes, {kept.path}", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    seeds = range(ask.first, ask.first + ask.runs)
    with ProcessPoolExecutor(ask.workers, initializer=_deaf) as pool:
        for kind, one in kinds.items():
            if ask.only not in kind:
                continue
            whole = _counted(pool, kept, kind, one, seeds)
            known = [kept.of(kind)[seed] for seed in seeds if seed in kept.of(kind)]
            if known:
                print(line(kind, known), flush=True)
            if not whole:
                print(f"stopped: {len(known)} of {ask.runs}; ask again to go on", flush=True)
                raise SystemExit(STOPPED)


def interval(k: int, n: int) -> str:
    """A count of n with Wilson's 95 % interval of its share."""
    low, high = wilson(k, n)
    return f"{k} of {n} ({k / n:.1%}, 95 % {low:.1%} to {high:.1%})"


def alike(known: Sequence[Found]) -> str:
    """How the trials of each search correlate: the middle search, and nine in ten of them."""
    found = [each["correlation"] for each in known if each["correlation"] is not None]
    if not found:
        return "no two trials to correlate"
    low, middle, high = np.quantile(found, [0.05, 0.5, 0.95])
    return f"trials correlate {middle:.2f} ({low:.2f} to {high:.2f})"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="?", type=int, default=int(os.environ.get("RUNS") or 200))
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", default="", help="kinds whose words hold this")
    parser.add_argument("--kept", type=Path, default=KEPT, help="the folder of counts")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    ask = parser.parse_args()
    if ask.runs < 1:
        parser.error(f"{ask.runs} seeds are none to count: give 1 or more")
    return ask


def _deaf() -> None:
    """A worker ends its seed: the signal is for whoever hands them out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _counted(
    pool: ProcessPoolExecutor, kept: Kept, kind: str, one: One, seeds: Sequence[int]
) -> bool:
    """Count what is not known yet; False if it was stopped before the end."""
    missing = [seed for seed in seeds if seed not in kept.of(kind)]
    waiting: dict[Future[Found], int] = {pool.submit(one, seed): seed for seed in missing}
    try:
        for n, done in enumerate(as_completed(waiting), start=1):
            kept.add(kind, waiting[done], done.result())
            print(f"{kind}: {n} of {len(missing)}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        pool.shutdown(cancel_futures=True)
        for done, seed in waiting.items():
            if done.done() and not done.cancelled() and seed not in kept.of(kind):
                kept.add(kind, seed, done.result())
        return False
    return True
