"""Put a model away without losing anything, or bring it back."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.editing import Archived
from sigma_core.lab import Lab
from sigma_core.pack_edits import archive, changing, home_of, restore
from sigma_core.pack_files import where
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import archived_row, model_rows
from sigma_core.verbs._text import count


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ArchiveModel:
    """Which model; with `restore` it is brought back."""

    model_id: str
    pack_id: str = ""
    restore: bool = False


def screen(done: Archived) -> str:
    """Where its file stands now, and what stays."""
    row = done.model
    state = "archived" if row.archived else "in the list again"
    kept = f"{count(done.trials)} trials and {count(done.runs)} runs stay"
    back = f"make archive-model MODEL_ID={row.model_id} RESTORE=true brings it back"
    return f"{row.model_id} is {state}: {done.file}\n{kept}" + (f"; {back}" * row.archived)


@verb("POST", "/models/archive", table=screen)
def archive_model(lab: Lab, ask: ArchiveModel, progress: Progress = silent) -> Archived:  # noqa: ARG001
    """Put a model away, or bring it back; its file, trials, runs and bundles stay as they are."""
    folder = "archived_models" if ask.restore else "model_configs"
    pack_id = home_of(lab.packs, ask.model_id, ask.pack_id, folder)
    with changing(lab.packs, pack_id):
        file = (restore if ask.restore else archive)(lab.packs, pack_id, ask.model_id)
    listed = {row.model_id: row for row in model_rows(lab, pack_id)}
    row = listed[ask.model_id] if ask.restore else archived_row(pack_id, ask.model_id)
    return Archived(
        model=row,
        file=where(lab.packs, file),
        trials=_count(lab, "trials", pack_id, ask.model_id),
        runs=_count(lab, "runs", pack_id, ask.model_id),
    )


def _count(lab: Lab, table: str, pack_id: str, model_id: str) -> int:
    """Rows of a table that are a model's."""
    sql = f"SELECT count(*) AS n FROM {table} WHERE pack_id = $pack_id AND model_id = $model_id"  # noqa: S608  names are ours
    n: int = lab.lake.rows(sql, pack_id=pack_id, model_id=model_id)[0]["n"]
    return n
