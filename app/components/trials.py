"""What is drawn of trials besides their ranking: the cart, training, a comparison, a CSV."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pandas as pd
import streamlit as st

from app.components import asked, chips, pickers, tables
from app.components.errors import show, told
from app.components.job import start
from app.components.numbers import DASH, count, percent, ratio
from app.components.page import link
from app.session import ask, cart, lab, take_from_cart
from sigma_core.domain.luck import Luck
from sigma_core.domain.results import Entry
from sigma_core.parse import plain
from sigma_core.verbs._gated import gate_of
from sigma_core.verbs._luck_words import p_value
from sigma_core.verbs._text import data_word
from sigma_core.verbs.train import Chosen, Train, train

SAID = {True: "yes", False: "no", None: DASH}
SHAS = ("matrix_sha", "config_sha", "policy_sha", "risk_sha")


def more_filters(pack_ids: Sequence[str]) -> dict[str, Any]:
    """Filters that are needed seldom, kept in the page's address; stops if the dates are turned."""
    bound: Any = {"bind": "query-params"}
    with st.popover("More", icon=":material/filter_list:"):
        packs = ["", *dict.fromkeys(pack_ids)]
        pack = st.selectbox("Pack", packs, key="pack", format_func=_or_all, **bound)
        tag = st.text_input("Tag", key="tag", placeholder="any", **bound)
        sweep_id = st.text_input("Sweep", key="sweep", placeholder="any", **bound)
        start = pickers.day("Out of fold from", None, key="from", **bound)
        end = pickers.day("Out of fold to", None, key="to", **bound)
        survivors = st.toggle(
            "Survivors only",
            key="survivors",
            help="Trials that beat nothing after all of their sweep (StepM); needs evidence.",
            **bound,
        )
    if start and end and start > end:
        show(f"From {start} is after to {end}.", "Swap the two under More.")
        st.stop()
    return {
        "pack_id": pack,
        "tag": tag,
        "sweep_id": sweep_id,
        "start": start,
        "end": end,
        "survivors": survivors,
    }


def _or_all(pack_id: str) -> str:
    return pack_id or "All packs"


def cart_popover(entries: Sequence[Entry]) -> None:
    """What this visitor has chosen, each with a way out, and the way to training."""
    known = {entry.trial_id: entry for entry in entries}
    with st.popover(f"Cart {len(cart())}", icon=":material/shopping_cart:"):
        if not cart():
            st.caption("Empty. Tick rows and add them; then train them in the Composer.")
            return
        for trial_id in cart():
            cart_line(trial_id, known.get(trial_id))
        link("Composer", "Train these", "model_training", step="Train")


def cart_line(trial_id: str, entry: Entry | None) -> None:
    """One chosen trial, with a way out of the cart."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if entry is None:
            st.markdown(f"`{trial_id[:12]}` not in this view", width="content")
        else:
            chips.verdict(entry.gate.status)
            st.markdown(f"`{entry.model_id}` {asked.tried(entry)}", width="content")
        st.button(
            "Remove",
            key=f"remove_{trial_id}",
            icon=":material/close:",
            type="tertiary",
            on_click=take_from_cart,
            args=(trial_id,),
        )


def train_popover(entries: Sequence[Entry]) -> None:
    """Train what is ticked; what is not PASS asks for a reason, which is kept with the model."""
    with st.popover(
        f"Train {len(entries)}", icon=":material/model_training:", disabled=not entries
    ):
        for entry in entries:
            st.markdown(f"{chips.SIGNS[entry.gate.status]} `{entry.model_id}` {asked.tried(entry)}")
        unproven = [entry for entry in entries if not entry.gate.pass_]
        reason = ""
        if unproven:
            st.caption(f"{len(unproven)} of {len(entries)} not PASS; the reason goes with it.")
            reason = st.text_input("Reason to train all the same", key="leaderboard_reason").strip()
        st.button(
            "Start training",
            icon=":material/play_arrow:",
            disabled=bool(unproven) and not reason,
            key="leaderboard_train",
            on_click=_train,
            args=(entries, reason),
        )


def _train(entries: Sequence[Entry], reason: str) -> None:
    with told():
        for entry in entries:
            start(train, train_ask(entry, reason))


def train_ask(entry: Entry, reason: str, calibration: str = "") -> Train:
    """What the verb is asked, to train this very trial; empty for its own calibration."""
    rule = entry.config
    of: dict[str, Any] = {"pack_id": entry.pack_id, "model_id": entry.model_id}
    return ask(
        Train,
        **of,
        config=Chosen(kind=rule.kind, value=rule.value, allowed_hours=rule.hours),
        splits=entry.study.splits,
        embargo=entry.study.embargo,
        calibration=calibration or entry.study.calibration,
        override=not entry.gate.pass_,
        reason="" if entry.gate.pass_ else reason,
        **gate_of(lab(), run_id=entry.run_id, **of),
    )


def said(entry: Entry) -> str:
    """The verdict in a sentence."""
    if entry.gate.status == "PASS":
        return "every check is met, and neither luck nor the market explains it."
    if entry.gate.status == "FAIL":
        return f"{chips.in_words(entry.gate.reasons)}."
    years = [each.years for each in entry.gate.missing if each.years is not None]
    what = f"{chips.why_not(entry.gate)}."
    return f"{what} {max(years):.1f} more years at this Sharpe would do." if years else what


def side_by_side(entries: Sequence[Entry]) -> None:
    """Verdict, metrics and lineage of a few trials in columns; same shas are said once."""
    shas = {name: {getattr(e.lineage, name) for e in entries} for name in SHAS}
    differ = [name for name, found in shas.items() if len(found) > 1]
    tables.side_by_side({f"No. {e.rank}": _facts(e, differ) for e in entries})
    same = [name.removesuffix("_sha") for name in SHAS if name not in differ]
    if same:
        st.caption(f"The same for all: {', '.join(same)}.")


def csv(entries: Sequence[Entry]) -> str:
    """Trials as CSV, fractions as they are, the verdict and SIMULATED in words."""
    rows = [_flat(entry) for entry in entries]
    return str(pd.DataFrame(rows).to_csv(index=False))


def _facts(entry: Entry, differ: Sequence[str]) -> dict[str, str]:
    m, hold, gate = entry.metrics, entry.hold, asked.gate_of(entry)
    return {
        "Verdict": chips.SIGNS[entry.gate.status],
        "Why not": asked.why_not(entry) or "nothing",
        "Model": f"`{entry.model_id}`",
        "Rule": chips.rule(entry.config),
        "Calibration": entry.study.calibration,
        "Momentum gate": asked.gated(gate) if gate else "none",
        "Sharpe": f"{ratio(m.sharpe)} ({ratio(hold.sharpe)} held)",
        "Return": f"{percent(m.return_, signed=True)} ({percent(hold.return_, signed=True)} held)",
        "Worst drawdown": f"{percent(m.max_dd)} ({percent(hold.max_dd)} held)",
        **luck(entry),
        "Trades": count(m.trades),
        "Win rate": percent(m.win_rate),
        "Exposure": percent(m.exposure),
        **{name: f"`{getattr(entry.lineage, name)[:7]}`" for name in differ},
    }


def luck(entry: Entry) -> dict[str, str]:
    """What evidence says of a trial and of its sweep, in words; or how to have it said."""
    n, found, alike = entry.evidence.n_trials, entry.luck, entry.n_effective
    same = "" if alike is None else f"; its sweep is as {alike:.1f} independent ones"
    chances = {"PSR; DSR": f"{ratio(entry.evidence.psr)}; {ratio(entry.evidence.dsr)}"}
    if found is None:
        return {"Tries": count(n) + same, **chances, "Evidence": entry.luck_reason}
    years, past = (DASH if y is None else f"{y:.1f}" for y in (found.min_trl, found.min_btl))
    older = "" if found.n_trials == n else f", evidence among {count(found.n_trials)}"
    return {
        "Tries": f"{count(n)}{older}{same}",
        **chances,
        "Sharpe, 95%": f"{ratio(found.sharpe_low)} to {ratio(found.sharpe_high)}",
        "Return, 95%": f"{percent(found.return_low)} to {percent(found.return_high)}",
        "Drawdown, 95%": f"{percent(found.max_dd_low)} to {percent(found.max_dd_high)}",
        "Sharpe by Lo": ratio(found.sharpe_adjusted),
        "Sharpe after haircut": ratio(found.haircut_sharpe),
        "Overfitting of its sweep": percent(found.pbo),
        "SPA p, nothing; holding": f"{p_value(found.spa_zero)}; {p_value(found.spa_hold)}",
        "Reality Check p": f"{p_value(found.rc_zero)}; {p_value(found.rc_hold)}",
        "Survives StepM": SAID[found.survivor],
        "Years to prove": years,
        "Years to outlast luck": past,
    }


def _flat(entry: Entry) -> dict[str, object]:
    gate = asked.gate_of(entry)
    said = {
        "rank": entry.rank,
        "verdict": entry.gate.status,
        "why_not": chips.why_not(entry.gate),
        "contaminated": entry.contaminated,
        "data": data_word(entry.lineage.simulated),
        "model_id": entry.model_id,
        "kind": entry.config.kind,
        "value": entry.config.value,
        "allowed_hours": ",".join(map(str, entry.config.hours)),
        "calibration": entry.study.calibration,
        **{name: gate.get(name) for name in ("momentum_column", "momentum_min")},
    }
    metrics = {k: v for k, v in plain(entry.metrics).items() if k != "undefined"}
    evidence = {"n_trials": entry.evidence.n_trials, "dsr": entry.evidence.dsr}
    found = {f.name: getattr(entry.luck, f.name, None) for f in fields(Luck)}
    evidence |= {f"evidence_{name}": value for name, value in found.items()}
    shas = {name: getattr(entry.lineage, name) for name in SHAS}
    return said | metrics | evidence | shas | {"trial_id": entry.trial_id, "run_id": entry.run_id}
