"""What the editing verbs share: what changes, what follows, and how it is drawn."""

from collections.abc import Iterator, Mapping
from typing import Any

from sigma_core.domain.editing import Change, Edited
from sigma_core.domain.model import IndicatorSpec, ModelConfig
from sigma_core.lab import Lab
from sigma_core.lineage import short
from sigma_core.pack_edits import Texts
from sigma_core.pack_files import pending
from sigma_core.parse import parse, plain
from sigma_core.resolve import config_sha, policy_sha, risk_sha
from sigma_core.study import recipe_of_model
from sigma_core.verbs._text import DASH, columns
from sigma_core.verbs.validate_policy import PolicyAsk, validate_policy
from sigma_core.yamltext import flow

SHAS = {"config_sha": config_sha, "policy_sha": policy_sha, "risk_sha": risk_sha}
_BARS = {"provider", "start", "end", "holdout"}
_FITTED = {"learner"}
_TRADED = {"policy", "risk_profile"}


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Fields that differ between two plain nouns; of what is inside fields, the innermost."""
    was, now = dict(_leaves("", before)), dict(_leaves("", after))
    both = list(dict.fromkeys([*was, *now]))
    order = list(dict.fromkeys(_shown(name) for name in both))
    return tuple(
        Change(field=_shown(name), before=was.get(name), after=now.get(name))
        for name in sorted(both, key=lambda name: order.index(_shown(name)))
        if was.get(name) != now.get(name)
    )


def shas_of(before: ModelConfig | None, after: ModelConfig) -> tuple[Change, ...]:
    """Which of the names of a model's content differ."""
    told = [(name, sha(before) if before else None, sha(after)) for name, sha in SHAS.items()]
    return tuple(Change(field=n, before=was, after=now) for n, was, now in told if was != now)


def anew_of(before: ModelConfig | None, after: ModelConfig) -> tuple[str, ...]:
    """What must be made anew before there are results of the changed model."""
    was, now = plain(before) if before else {}, plain(after)
    differ = {name for name in now if was.get(name) != now[name]}
    rebuilt = before is None or recipe_of_model(before) != recipe_of_model(after)
    kept = "Trials made so far stay, under the former config."
    if rebuilt or differ & _BARS:
        return ("The matrix is built anew, and sweeps and backtests are run anew.", kept)
    if differ & _FITTED:
        return ("The matrix stays; sweeps, backtests and training are run anew.", kept)
    if differ & _TRADED:
        return ("Matrix and predictions stay; sweeps and backtests are run anew.", kept)
    return ()


def warnings_of(lab: Lab, texts: Texts, pack_id: str, model_id: str) -> tuple[str, ...]:
    """What is odd about the policy of a model that these texts would make."""
    with pending(texts):
        return validate_policy(lab, PolicyAsk(model_id=model_id, pack_id=pack_id)).warnings


def screen(done: Edited) -> str:
    """What changed or would, what follows, and which file."""
    head = "Written" if done.written else "Nothing is written"
    rows = [(c.field, _cell(c.before), _cell(c.after)) for c in done.changes]
    rows += [(c.field, _sha(c.before), _sha(c.after)) for c in done.shas]
    table = columns(rows, ("field", "before", "after")) if rows else "No field changes."
    lines = [f"{done.name}: {head}: {', '.join(done.files)}", "", table]
    told = [*(f"  ! {each}" for each in done.warnings), *(f"  {each}" for each in done.anew)]
    others = [each for each in done.models if each != done.name]
    shared = [f"  It also changes {', '.join(others)}."] if others else []
    return "\n".join([*lines, *([""] if told or shared else []), *told, *shared])


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Innermost fields by their dotted names. Each indicator is a field, with its place among
    equal ones, so that one more is one change."""
    if name in ("indicators", ".indicators"):
        words = [_indicator(parse(IndicatorSpec, each)) for each in value]
        yield from ((f"{name} {i} {w}", w) for w, i in zip(words, _nth(words), strict=True))
    elif isinstance(value, Mapping) and value:
        for inner, each in value.items():
            yield from _leaves(f"{name}.{inner}" if name else inner, each)
    else:
        yield name, value if isinstance(value, str) and value else flow(value)


def _shown(name: str) -> str:
    """A field's name without what tells equal indicators apart."""
    return name.split(" ", maxsplit=1)[0]


def _indicator(spec: IndicatorSpec) -> str:
    """One indicator in words: `rsi period 14, daily bars of VIX`."""
    params = " ".join(f"{name} {value:g}" for name, value in spec.params.items())
    bars = f"{spec.cadence} bars" if spec.cadence else ""
    of = f"of {spec.of}" if spec.of else ""
    return ", ".join(filter(None, [f"{spec.name} {params}".strip(), f"{bars} {of}".strip()]))


def _nth(words: list[str]) -> list[int]:
    """Of each word, how many equal ones stand before it."""
    return [words[:i].count(word) for i, word in enumerate(words)]


def _cell(words: str | None) -> str:
    return DASH if words is None else words


def _sha(sha: str | None) -> str:
    return DASH if sha is None else short(sha)
