"""Checks of the lab, each when it is asked for: a table of parts, what is wrong first."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from app.components import chips
from app.components.errors import told
from app.components.numbers import count, moment
from app.components.tables import words
from app.session import lab
from sigma_core.progress import Progress
from sigma_core.verbs.audit import AuditAsk, audit
from sigma_core.verbs.check_backend import CheckBackend, check_backend
from sigma_core.verbs.health import Health, Part, State, health
from sigma_core.verbs.verify import PUT_BACK, Verify, verify

FOUND = "health_found"
"""What the last check found, with its title and the time; kept for this visit."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """One check: what it is called, what it reads, and how it is made."""

    title: str
    icon: str
    help: str
    run: Callable[[Progress], State]


def draw() -> None:
    """A button for each check, and what the last one found."""
    asked = ""
    with st.container(horizontal=True, gap="small"):
        for key, look in LOOKS.items():
            icon = f":material/{look.icon}:"
            if st.button(look.title, key=key, icon=icon, help=look.help):
                asked = key
    if asked:
        with told(stop=False):
            _check(LOOKS[asked])
    if found := st.session_state.get(FOUND):
        _found(*found)


def _check(look: Look) -> None:
    """Run a check behind a bar; what it found is kept, also if the page is drawn again."""
    st.session_state.pop(FOUND, None)
    bar = st.progress(0.0, text="Begins …")

    def progress(done: int, total: int, note: str = "") -> None:
        bar.progress(done / total, text=note)

    try:
        state = look.run(progress)
    finally:
        bar.empty()
    st.session_state[FOUND] = (look.title, moment(lab().now()), state)


def _found(title: str, when: str, state: State) -> None:
    wrong = sum(not part.ok for part in state.parts)
    says = f"{count(wrong)} of {count(len(state.parts))} parts need something done"
    icon = ":red[:material/close:]" if wrong else ":green[:material/check:]"
    st.markdown(f"{icon} **{title}**: {says if wrong else 'all is as it should be'}, {when}")
    with st.container(height=460 if len(state.parts) > 12 else "content", border=False):
        words([_row(part) for part in sorted(state.parts, key=lambda part: part.ok)], HEADS)


HEADS = ("Part", "State", "In words, and what to do")


def _row(part: Part) -> tuple[str, str, str]:
    state = ":green[:material/check: fine]" if part.ok else chips.outcome("failed")
    hint = f" **{_literal(part.hint)}**" if part.hint else ""
    return _literal(part.part), state, f"{_literal(part.words)}{hint}"


def _literal(text: str) -> str:
    """Words of a check hold paths, whose signs are no Markdown."""
    for sign in "\\`*_[]$#<>~":
        text = text.replace(sign, f"\\{sign}")
    return text


def _state(*parts: Part) -> State:
    return State(ok=all(part.ok for part in parts), parts=parts)


def _verified(progress: Progress) -> State:
    """The whole lake, file by file, as parts."""
    found = verify(lab(), Verify(), progress)
    read = [Part(part=kind, ok=True, words=f"{count(n)} read.") for kind, n in found.read.items()]
    told_ = f"{count(found.ledger_rows)} rows, {count(found.trials)} trials on the leaderboard."
    if found.unkept:
        told_ += f" {count(found.unkept)} tries were stopped before their results; they count."
    wrong = [Part(part=f.path, ok=False, words=f.words, hint=f.hint) for f in found.faults]
    return _state(*wrong, *read, Part(part="ledger", ok=True, words=told_))


def _audited(_: Progress) -> State:
    """The ledger's chains as parts."""
    found = audit(lab(), AuditAsk())
    wrong = [Part(part="ledger", ok=False, words=f"{f}.", hint=PUT_BACK) for f in found.faults]
    read = f"{count(found.rows)} rows, {count(found.trials)} distinct trials, in whole chains."
    return _state(*(wrong or [Part(part="ledger", ok=True, words=read)]))


LOOKS = {
    "health": Look(
        title="Check now",
        icon="search",
        help="Packs, lake, ledger, jobs, clock, providers, stored bars and disk.",
        run=lambda progress: health(lab(), Health(), progress),
    ),
    "verify": Look(
        title="Read all files again",
        icon="fact_check",
        help="Every file of the lake against what was written, and the ledger against the trials.",
        run=_verified,
    ),
    "check_backend": Look(
        title="Try the backend",
        icon="build_circle",
        help="Python, libraries, settings, folders, engines and every provider, each tried once.",
        run=lambda progress: check_backend(lab(), CheckBackend(), progress),
    ),
    "audit": Look(
        title="Audit the ledger",
        icon="link",
        help="Whether each row of the ledger is as it was written, and none is gone.",
        run=_audited,
    ),
}
