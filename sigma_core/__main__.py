"""`python -m sigma_core VERB KEY=value ...`: every verb from the shell. The Makefile calls this.

The result is JSON on stdout, or a table for people on a terminal (`--json` and `--table` say
which); progress goes to stderr. Exit code 0, 2 for what the user can mend, 130 for Ctrl-C.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any, TextIO

from sigma_core.errors import BadRequest, Cancelled, SigmaError
from sigma_core.jobs import get, reporting
from sigma_core.lab import Lab
from sigma_core.parse import parse, plain
from sigma_core.progress import Progress
from sigma_core.refusals import refuse_later
from sigma_core.verbs import VERBS, Verb

FLAGS = ("--json", "--table")


def main(argv: Sequence[str]) -> int:
    """Run one verb and print its result."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        return _run(argv)
    except Cancelled as stopped:
        return _say(stopped, code=130)
    except KeyboardInterrupt:
        return _say(Cancelled("Stopped.", hint="Nothing is half-written; run it again."), code=130)
    except SigmaError as error:
        return _say(error, code=2)


def _run(argv: Sequence[str]) -> int:
    words = [word for word in argv if not word.startswith("--")]
    flags = {word for word in argv if word.startswith("--")}
    if not words or "--help" in flags:
        _out("\n".join(f"{verb.name:20} {verb.sentence}" for verb in VERBS))
        return 0
    job_id = next((f.removeprefix("--job=") for f in flags if f.startswith("--job=")), None)
    if unknown := [f for f in flags if f not in FLAGS and not f.startswith("--job=")]:
        raise BadRequest(f"{unknown[0]} is not a flag.", hint=f"Flags: {', '.join(FLAGS)}.")
    name = words[0].replace("-", "_")
    refuse_later(name)
    verb = VERBS[name]
    lab = Lab.here()
    # a worker reads what was asked where it was written down: a shell's words cannot hold it all
    ask: Any = parse(verb.ask, get(lab.lake, job_id).ask if job_id else _given(words[1:]))
    if verb.slow:
        if verb.first is not None and job_id is None:
            verb.first(lab, ask)  # what can be refused at once is no job
        with reporting(lab.lake, verb.name, plain(ask), job_id=job_id, watch=_watch()) as progress:
            result = progress.result = verb.fn(lab, ask, progress)
    else:
        result = verb.fn(lab, ask)
    _print(verb, result, flags)
    return 2 if getattr(result, "ok", True) is False else 0  # what verify found is there to mend


def _given(words: Sequence[str]) -> Mapping[str, Any]:
    given: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise BadRequest(f"{word!r} is not KEY=value.", hint="Write MODEL_ID=name, say.")
        if key.lower() in given:
            raise BadRequest(f"{key} is given twice.", hint="Leave one of them out.")
        given[key.lower()] = _value(value)
    return given


def _value(text: str) -> Any:
    """Lists and mappings may be typed as JSON; all else is text until a noun reads it."""
    if text[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise BadRequest(f"{text!r} is not JSON.", hint="Check its brackets and quotes.") from None


def _print(verb: Verb, result: Any, flags: set[str]) -> None:
    person = "--table" in flags or (sys.stdout.isatty() and "--json" not in flags)
    if person and verb.table is not None:
        _out(verb.table(result))
    else:
        _out(json.dumps(plain(result), indent=2, ensure_ascii=False, allow_nan=False))


def _out(text: str) -> None:
    """Print an answer. Raises BadRequest if it cannot be written, on a full disk say."""
    try:
        print(text, flush=True)
    except BrokenPipeError:  # `make leaderboard | head`: the reader has seen enough
        _into_nothing(sys.stdout)
    except OSError as error:
        _into_nothing(sys.stdout)
        raise BadRequest(
            f"The answer could not be written: {error.strerror}.",
            hint="What was asked for is done; ask again where there is room for the answer.",
        ) from None


def _aside(text: str, *, end: str = "\n") -> None:
    """Say something on stderr; the work goes on when nobody reads that any more."""
    try:
        print(text, end=end, file=sys.stderr, flush=True)
    except OSError:
        _into_nothing(sys.stderr)


def _into_nothing(stream: TextIO) -> None:
    """Let what is still written to a stream go nowhere: it cannot be written where it should."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _watch() -> Progress:
    """Progress on stderr: one line that rewrites itself on a terminal, else one a note."""
    live, last = sys.stderr.isatty(), ""

    def show(done: int, total: int, note: str = "") -> None:
        nonlocal last
        if live:
            end = "" if done < total else "\n"
            _aside(f"\r{done}/{total} {note:60.60}", end=end)
        elif note != last:
            _aside(f"{done}/{total} {note}")
        last = note

    return show


def _say(error: SigmaError, *, code: int) -> int:
    _aside(f"error: {error}")
    if error.hint:
        _aside(f" hint: {error.hint}")
    return code


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _hold_open() -> None:
    """Fill the standard streams that were closed: no file of the lake may take their numbers."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115, PTH123  as long as we run


if __name__ == "__main__":
    _hold_open()
    raise SystemExit(main(sys.argv[1:]))
