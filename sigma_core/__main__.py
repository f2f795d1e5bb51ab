"""`python -m sigma_core VERB KEY=value ...`: every verb from the shell. The Makefile calls this.

The result is JSON on stdout, or a table for people on a terminal (`--json` and `--table` say
which); progress goes to stderr. Exit code 0, 2 for what the user can mend, 130 for Ctrl-C.
"""

import json
import signal
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

from sigma_core.errors import BadRequest, Cancelled, SigmaError
from sigma_core.jobs import reporting
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
    except BrokenPipeError:  # `make leaderboard | head`: the reader has seen enough
        sys.stderr.close()
        return 0


def _run(argv: Sequence[str]) -> int:
    words = [word for word in argv if not word.startswith("--")]
    flags = {word for word in argv if word.startswith("--")}
    if not words or "--help" in flags:
        print("\n".join(f"{verb.name:20} {verb.sentence}" for verb in VERBS))
        return 0
    job_id = next((f.removeprefix("--job=") for f in flags if f.startswith("--job=")), None)
    if unknown := [f for f in flags if f not in FLAGS and not f.startswith("--job=")]:
        raise BadRequest(f"{unknown[0]} is not a flag.", hint=f"Flags: {', '.join(FLAGS)}.")
    name = words[0].replace("-", "_")
    refuse_later(name)
    verb = VERBS[name]
    ask: Any = parse(verb.ask, _given(words[1:]))
    lab = Lab.here()
    if verb.slow:
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
        if not equals:
            raise BadRequest(f"{word!r} is not KEY=value.", hint="Write MODEL_ID=name, say.")
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
        print(verb.table(result))
    else:
        print(json.dumps(plain(result), indent=2, ensure_ascii=False, allow_nan=False))
    sys.stdout.flush()


def _watch() -> Progress:
    """Progress on stderr: one line that rewrites itself on a terminal, else one a note."""
    live, last = sys.stderr.isatty(), ""

    def show(done: int, total: int, note: str = "") -> None:
        nonlocal last
        if live:
            end = "" if done < total else "\n"
            print(f"\r{done}/{total} {note:60.60}", end=end, file=sys.stderr, flush=True)
        elif note != last:
            print(f"{done}/{total} {note}", file=sys.stderr, flush=True)
        last = note

    return show


def _say(error: SigmaError, *, code: int) -> int:
    print(f"error: {error}", file=sys.stderr)
    if error.hint:
        print(f" hint: {error.hint}", file=sys.stderr)
    return code


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
