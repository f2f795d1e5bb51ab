"""A trained model from close by: what it looks at, which way, and how reliable it was."""

from collections.abc import Sequence

import streamlit as st

from app.components import asked, bundle_charts, chips
from app.components.errors import told
from app.components.numbers import count, day, moment, percent, ratio, spoken
from app.components.page import facts, section
from app.session import lab
from sigma_core.domain.details import BundleDetail
from sigma_core.domain.results import RunRow
from sigma_core.domain.trial import Forecast
from sigma_core.verbs.bundle_detail import BundleDetailAsk, bundle_detail


def draw(past: Sequence[RunRow]) -> None:
    """The newest bundle of a history of trainings, or one that is chosen."""
    run = _chosen(past)
    bundle_id = str(run.facts["bundle_id"])
    with told(stop=False), st.spinner("Looking into the model ...", show_time=True):
        found = _detail(bundle_id, str(lab().lake.root))
        _card(found, run)
        _features(found)
        _reliability(found)


@st.cache_data(max_entries=32, show_spinner=False)
def _detail(bundle_id: str, lake: str) -> BundleDetail:  # noqa: ARG001  a part of the key
    """A bundle is never changed, so its detail is made once."""
    return bundle_detail(lab(), BundleDetailAsk(bundle_id=bundle_id))


def _chosen(past: Sequence[RunRow]) -> RunRow:
    if len(past) == 1:
        return past[0]
    picked: RunRow = st.selectbox(
        f"Trained model, of {count(len(past))}",
        past,
        format_func=lambda run: (
            f"{moment(run.made_at)}: {run.facts['status']}, "
            f"{count(int(run.facts['rows'] or 0))} rows"
            f"{''.join(f', {each}' for each in _besides(run))}"
        ),
        key=f"train_bundle_{past[0].run_id}",  # the newest once another is trained
        width=460,
    )
    return picked


def _besides(run: RunRow) -> list[str]:
    """Calibration and momentum gate that it was trained with."""
    return asked.besides(str(run.facts.get("calibration", "none")), run.facts)


def _card(found: BundleDetail, run: RunRow) -> None:
    bundle = found.bundle
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            chips.verdict(bundle.status)
            if bundle.lineage.simulated:
                chips.simulated()
            rule = ", ".join([chips.rule(bundle.config), *_besides(run)])
            st.markdown(f"**{rule}**: `{bundle.bundle_id}`", width="content")
        kept = f", although: {spoken(bundle.reason).removesuffix('.')}" if bundle.override else ""
        st.caption(
            f"{found.learner.name}, {' / '.join(found.classes)}; fitted on "
            f"{count(bundle.trained_rows)} rows through {day(bundle.trained_through)}; enters at a "
            f"confidence of {percent(bundle.cut)}{kept}."
        )


def _features(found: BundleDetail) -> None:
    left, right = st.columns(2)
    with left:
        section("Importance", f"{found.importance}, share of all features")
        bundle_charts.importance(found.features, found.importance, key="train_importance")
    with right:
        how = "SHAP" if found.importance == "gain" else "coefficient × standardised value"
        section("Contributions", f"{how}, of {count(found.sampled)} training rows")
        bundle_charts.contributions(found.features, key="train_contributions")
    st.caption(
        "Each dot is a training row: right of the line the feature spoke for UP, left of it for "
        "DOWN. " + _directions(found)
    )


def _directions(found: BundleDetail) -> str:
    """Which way the first features speak, in words."""
    said = [
        f"high `{f.name}` speaks for {'UP' if f.sign > 0 else 'DOWN'}"
        for f in found.features[:8]
        if f.sign is not None and abs(f.sign) >= 0.5
    ][:3]
    return f"Most plainly, {', '.join(said)}." if said else "None of the first ones speaks one way."


def _reliability(found: BundleDetail) -> None:
    section("Reliability", "how often what it was sure of came true, out of fold")
    if not found.reliability or found.forecast is None or found.base is None:
        st.info(
            "Its out-of-fold predictions are not in the lake. Train it again to have them.",
            icon=":material/info:",
        )
        return
    bundle_charts.reliability(found.reliability, key="train_reliability")
    _scores(found.forecast, found.base)


def _scores(made: Forecast, base: Forecast) -> None:
    """Brier, log-loss and calibration error beside those of the bare frequencies."""
    facts(
        [
            ("Brier score", _score(made.brier), f"{_score(base.brier)} by base rate"),
            ("Log-loss", _score(made.log_loss), f"{_score(base.log_loss)} by base rate"),
            ("Calibration error", percent(made.ece), "of its confidence"),
            ("Rows", count(made.rows), "foreseen and labelled"),
        ]
    )
    worse = made.brier is not None and base.brier is not None and made.brier >= base.brier
    says = "no better than" if worse else "better than"
    skill = None if not base.brier or made.brier is None else 1 - made.brier / base.brier
    st.caption(
        f"Lower is better. By Brier score it is {says} always saying each class's own frequency: "
        f"skill {ratio(skill)}. Intervals take rows as independent; labels that overlap are less "
        "sure than that."
    )


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
