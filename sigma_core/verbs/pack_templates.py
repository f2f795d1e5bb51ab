"""The model templates of a pack: what a new model may start from."""

from collections.abc import Sequence

from sigma_core.domain.catalog import TemplateRow
from sigma_core.lab import Lab
from sigma_core.packs import names, template
from sigma_core.progress import Progress, silent
from sigma_core.resolve import known_label
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import label_words
from sigma_core.verbs._text import columns
from sigma_core.verbs.pack_detail import PackAsk


def screen(rows: Sequence[TemplateRow]) -> str:
    """Templates, one a line."""
    heads = ("template", "horizon", "cadence", "label", "indicators", "what such a model does")
    table = [
        (row.template, row.horizon, row.cadence, row.label, row.indicator_set, row.sentence)
        for row in rows
    ]
    return columns(table, heads) if table else "This pack has no template."


@verb("GET", "/packs/{pack_id}/templates", table=screen)
def pack_templates(lab: Lab, ask: PackAsk, progress: Progress = silent) -> list[TemplateRow]:  # noqa: ARG001
    """The templates of a pack: what `init` and `init-auto` start a new model from."""
    return [
        _row(lab, ask.pack_id, name) for name in names(lab.packs, ask.pack_id, "model_templates")
    ]


def _row(lab: Lab, pack_id: str, name: str) -> TemplateRow:
    found = template(lab.packs, pack_id, name)
    return TemplateRow(
        template=name,
        sentence=found.sentence,
        asset=found.asset,
        horizon=found.horizon,
        cadence=found.cadence,
        provider=found.provider,
        indicator_set=found.indicator_set,
        label=label_words(known_label(found.label)),
        learner=found.learner.name,
        sweep_config=found.sweep_config,
    )
