"""What was tried, when, and at which data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.trial import Rule
from sigma_core.domain.tried import LedgerState, Tries, Try
from sigma_core.lab import Lab
from sigma_core.ledger import family_of
from sigma_core.parse import parse
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._looks import distinct_looks, look_words
from sigma_core.verbs._screens import rule_words_of
from sigma_core.verbs._text import columns, count

Row = Mapping[str, Any]
Dated = tuple[datetime, Row]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class LedgerAsk:
    """How many of the newest tries to show."""

    limit: Annotated[int, Field(ge=0, le=10_000)] = 20


def screen(found: LedgerState) -> str:
    """The ledger in words: the sum, the sets of data, the newest tries."""
    heads = ("data", "cadence", "tries", "made", "since")
    families = [
        (f"{f.ticker} {f.provider}{f.seed and f' seed {f.seed}'}", f.cadence, count(f.n),
         count(f.made), str(f.days[0]))
        for f in found.families
    ]  # fmt: skip
    newest = [(f"{t.at:%Y-%m-%d %H:%M}Z", t.model_id, t.rule, t.trial_id) for t in found.newest]
    tables = [columns(families, heads), columns(newest, ("made", "model", "rule", "trial"))]
    return "\n\n".join([found.words, *(tables if found.trials else [])])


@verb("GET", "/ledger", table=screen)
def ledger(lab: Lab, ask: LedgerAsk, progress: Progress = silent) -> LedgerState:  # noqa: ARG001
    """Sum up the ledger: tries by set of data and day, and the newest of them."""
    dated = lab.ledger.dated()
    tried = [(at, row) for at, row in dated if row.get("kind") == "trial"]
    by_family: dict[tuple[str, ...], list[Dated]] = {}
    for at, row in tried:
        by_family.setdefault(family_of(row), []).append((at, row))
    families = sorted(
        (_family(*item) for item in by_family.items()), key=lambda f: (-f.n, f.ticker)
    )
    trials = len({row["trial_id"] for _, row in tried})
    newest = sorted(tried, key=lambda item: item[0], reverse=True)[: ask.limit]
    return LedgerState(
        rows=len(dated),
        kinds=dict(sorted(Counter(str(row.get("kind", "")) for _, row in dated).items())),
        trials=trials,
        looks=(looks := distinct_looks(row for _, row in dated)),
        families=tuple(families),
        newest=tuple(_try(*item) for item in newest),
        words=_words(trials, len(tried), len(families), looks),
    )


def _family(key: tuple[str, ...], rows: Sequence[Dated]) -> Tries:
    first: dict[str, datetime] = {}
    for at, row in rows:
        first[row["trial_id"]] = min(at, first.get(row["trial_id"], at))
    came = Counter(at.date() for at in first.values())
    days = sorted(came)
    provider, ticker, cadence, adjustment, seed = key
    return Tries(
        provider=provider, ticker=ticker, cadence=cadence, adjustment=adjustment, seed=seed,
        n=len(first), made=len(rows), days=tuple(days),
        so_far=tuple(sum(came[d] for d in days[: i + 1]) for i in range(len(days))),
    )  # fmt: skip


def _try(at: datetime, row: Row) -> Try:
    return Try(
        at=at,
        rule=rule_words_of(parse(Rule, row["rule"])),
        **{name: row[name] for name in ("trial_id", "pack_id", "model_id", "sharpe")},
    )


def _words(trials: int, made: int, families: int, looks: int) -> str:
    if not trials:
        return "Nothing was tried yet: the ledger is empty."
    again = f", {count(made - trials)} of them made again" if made > trials else ""
    beside = f" {look_words(looks)} beside them." if looks else ""
    return (
        f"{count(made)} tries in the ledger{again}: {count(trials)} distinct trials at"
        f" {count(families)} set{'s' if families > 1 else ''} of data.{beside} A look, a path,"
        " a noise floor or evidence is no try."
    )
