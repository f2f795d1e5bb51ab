"""The laws of an indicator from a file, run in a process of their own: `python -m` this module.

It reads one line of JSON (file, function, parameters, inputs, outputs, markets) and an npz of the
markets' columns, and answers one line of JSON: `{"digest": …}`, or `{"law": …, "words": …}` of the
first law that is broken. It imports numpy alone, so that it is there in a tenth of a second.
"""

import io
import json
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import numpy as np

Arrays = Mapping[str, np.ndarray]
Made = tuple[np.ndarray, ...]

CLOSE = 1e-9
"""Relative: how alike values of two lengths of bars must be; long sums may differ in a last bit."""
SAYS = "does not raise"
QUIET = "prints nothing"
SHAPE = "gives one number a bar"
FLOATS = "gives floats"
FUTURE = "sees no future"
AGAIN = "says the same again"
WITHIN = "stays within its BOUNDS"


class Breach(Exception):
    """A law is broken: which, and where to see it."""

    def __init__(self, law: str, words: str) -> None:
        super().__init__(words)
        self.law = law


def shaped(made: Any, outputs: int, bars: int) -> Made:
    """What a function gave, as one float64 array for each output. Raises Breach."""
    parts = made if isinstance(made, tuple) else (made,)
    if len(parts) != outputs:
        raise Breach(SHAPE, f"gives {len(parts)} arrays where OUTPUTS names {outputs}")
    for part in parts:
        if type(part) is not np.ndarray:  # a masked one holds numbers that are meant to be missing
            raise Breach(FLOATS, f"gives a {type(part).__name__}, not an array")
        if part.shape != (bars,):
            shown = " × ".join(map(str, part.shape)) or "one"
            raise Breach(SHAPE, f"gives {shown} values for {bars} bars")
        if part.dtype.kind != "f":
            raise Breach(FLOATS, f"gives {part.dtype} values")
    return tuple(part.astype("float64") for part in parts)


def loaded(text: str, name: str, where: str) -> Callable[..., Any]:
    """The function of that name that a file's text makes. Raises Breach if the text raises."""
    space: dict[str, Any] = {"__name__": name, "__file__": where}
    try:
        exec(compile(text, where, "exec"), space)  # noqa: S102  the user's own file
    except (Exception, SystemExit) as error:
        raise Breach(SAYS, f"raises {_told(error, where)} when it is read") from error
    found: Callable[..., Any] = space[name]
    return found


def called(
    fn: Callable[..., Any], arrays: Arrays, params: Mapping[str, Any], outputs: int, where: str
) -> Made:
    """What a function makes of arrays, which it may not change. Raises Breach."""
    given = [_locked(values) for values in arrays.values()]
    bars = len(given[0])
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            made = fn(*given, **params)
    except (Exception, SystemExit) as error:
        raise Breach(SAYS, f"raises {_told(error, where)} on {bars} bars") from error
    return shaped(made, outputs, bars)


def _locked(values: np.ndarray) -> np.ndarray:
    copy = np.array(values)
    copy.flags.writeable = False
    return copy


def _told(error: BaseException, where: str) -> str:
    """`ValueError: … (line 7)`, the line being the file's own last one."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == where]
    said = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}{f': {said}' if said else ''}" + (
        f" (line {lines[-1]})" if lines else ""
    )


def judge(
    run: Callable[[Arrays], Made], market: Arrays, named: str, bounds: tuple[float, float] | None
) -> Made:
    """Run every law on one market. Raises Breach for the first that is broken."""
    whole, bars = run(market), len(next(iter(market.values())))
    for one, other in zip(whole, run(market), strict=True):
        if not np.array_equal(one, other, equal_nan=True):
            at = int(np.argmin((one == other) | (np.isnan(one) & np.isnan(other))))
            raise Breach(AGAIN, f"gives {one[at]:.9g} and then {other[at]:.9g} at bar {at} {named}")
    for cut in _cuts(bars):
        early = run({name: values[:cut] for name, values in market.items()})
        _same(early, whole, cut, f"{named} if they end at bar {cut - 1}", "if they go on")
    for cut in _cuts(bars)[-9:-1]:
        early = run(_other(market, cut))
        _same(early, whole, cut, f"{named} if others follow bar {cut - 1}", "with those there are")
    low, high = bounds or (-np.inf, np.inf)
    for values in whole:
        with np.errstate(invalid="ignore"):
            beyond = np.flatnonzero((values < low - CLOSE) | (values > high + CLOSE))
        if len(beyond):
            raise Breach(WITHIN, f"gives {values[beyond[0]]:.9g} at bar {beyond[0]} {named}")
    return whole


def _cuts(bars: int) -> list[int]:
    """Numbers of bars to stop after: the first few, some between, the last few."""
    return sorted(
        {*range(1, 6), 10, 20, 21, *range(37, bars, max(bars // 12, 1)), bars - 2, bars - 1}
    )


def _other(market: Arrays, cut: int) -> dict[str, np.ndarray]:
    """The same bars up to `cut`, and other prices after; the clock is what it is."""
    rng = np.random.default_rng(cut)
    factor = np.exp(np.cumsum(rng.normal(0, 0.05, len(next(iter(market.values()))))))
    changed = {}
    for name, values in market.items():
        floats = values.dtype.kind == "f"
        changed[name] = np.r_[values[:cut], (values * factor)[cut:]] if floats else values
    return changed


def _same(early: Made, whole: Made, cut: int, when: str, otherwise: str) -> None:
    for part, values in zip(early, whole, strict=True):
        apart = np.flatnonzero(~_alike(part[:cut], values[:cut]))
        if len(apart):
            at, one, other = apart[0], part[apart[0]], values[apart[0]]
            raise Breach(FUTURE, f"gives {one:.9g} at bar {at} {when}, and {other:.9g} {otherwise}")


def _alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray(np.isclose(one, other, rtol=CLOSE, atol=1e-12, equal_nan=True))


class _Silence:
    """Takes the place of standard output and error, and tells what was written there."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  it is there as long as the process
        for number in (1, 2):
            os.dup2(self._file.fileno(), number)

    def refuse(self) -> None:
        """Raises Breach if anything was printed."""
        sys.stdout.flush()
        sys.stderr.flush()
        if os.lseek(self._file.fileno(), 0, os.SEEK_CUR):
            self._file.seek(0)
            said = " ".join(self._file.read(400).decode("utf-8", "replace").split())[:60]
            raise Breach(QUIET, f"prints {said!r}")


def answer(asked: Mapping[str, Any], arrays: Arrays, silence: _Silence) -> dict[str, str]:
    """The digest of all values, or the law that is broken and where to see it."""
    digest = sha256()
    try:
        fn = loaded(asked["text"], asked["name"], asked["where"])
        silence.refuse()
        for market in asked["markets"]:
            columns = {name: arrays[f"{market}/{name}"] for name in asked["inputs"]}
            for values in judge(
                lambda some: called(fn, some, asked["params"], asked["outputs"], asked["where"]),
                columns, f"of {market}", asked["bounds"],
            ):  # fmt: skip
                digest.update(values.tobytes())
            silence.refuse()
    except Breach as broken:
        return {"law": broken.law, "words": str(broken)}
    return {"digest": digest.hexdigest()}


def main() -> None:
    """Read what is asked from standard input, and answer on standard output."""
    line, _, rest = sys.stdin.buffer.read().partition(b"\n")
    out = os.fdopen(os.dup(1), "wb")
    silence = _Silence()
    with np.load(io.BytesIO(rest), allow_pickle=False) as arrays:
        held = {name: arrays[name] for name in arrays.files}
    out.write(json.dumps(answer(json.loads(line), held, silence)).encode())
    out.flush()
    os._exit(0)  # whatever the file has left running ends here


if __name__ == "__main__":
    main()
