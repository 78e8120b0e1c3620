"""Fill MLflow from what the stages wrote: for a store that was away, a new store, or a clone that pulled its data.

    python -m tools.track        (`make track`)

Each variant that has results is recorded once: with its parameters, curves, scores, files and model, as if it had been
trained with this store. Results of variants that are no longer declared are left out. What is there already stays as it
is. A variant that cannot be recorded does not stop the others. The note of a training that has not ended is left alone
(see tracking/note.py): what is recorded here has notes of its own.
"""

from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import read_json
from pipeline.core.lock import read_lock
from pipeline.core.stage import Results
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.registry import exercises
from pipeline.tracking.lifecycle import end, note_results, open_note, open_runs, reopen
from pipeline.tracking.note import note_of
from pipeline.tracking.overview import show_first
from pipeline.tracking.provenance import result_digests
from pipeline.tracking.runs import Runs
from pipeline.tracking.store import Store, connect, reason, shown
from pipeline.training.kept import alone

NOTES = Path(".cache/track")


def main() -> None:
    stages = read_lock().get("stages", {})
    declared = ((name, variant) for name, exercise in exercises().items() for variant in exercise.variants)
    trained = [names for names in declared if Results.of(*names).metrics.exists()]
    if not trained:
        raise PipelineError("metrics/train holds no results: run `dvc repro` or `dvc checkout`")
    added, failed = 0, dict[str, str]()
    for exercise, variant in tqdm(trained, "recording", leave=False, disable=None, unit="variant"):
        with alone(exercise, variant):
            store = connect(exercise)
            try:
                added += record(store, exercise, variant, stages.get(f"{exercise}@{variant}"))
            except PipelineError as error:
                failed[f"{exercise}@{variant}"] = str(error)
            except Exception as error:
                raise PipelineError(
                    f"MLflow at {shown(store.uri)} did not take {exercise}@{variant}: {reason(error)}; {added} "
                    "variants were added, run `make track` again for the rest"
                ) from None
    for exercise in dict(trained):  # the comparisons are made after the last training
        store = connect(exercise)
        show_first(store.client, store.experiment, exercise)
    there = len(trained) - added - len(failed)
    print(f"MLflow: {added} of {len(trained)} variants recorded, {there} were there already")
    if failed:
        first, why = next(iter(failed.items()))
        lacking = sorted({stage.partition("@")[0] for stage in failed})
        raise PipelineError(
            f"MLflow lacks {len(failed)} of {len(trained)} variants ({', '.join(lacking)}). {first}: {why}; "
            "then run `make track` again"
        )


def record(store: Store, exercise: str, variant: str, stage: dict[str, Any] | None) -> bool:
    """Record one variant, unless it is recorded; returns whether it had to be.

    Args:
        stage: its entry in dvc.lock.

    Raises:
        PipelineError: a result is missing, or is not the one in dvc.lock.
    """
    results = Results.of(exercise, variant)
    if stage is None:
        raise PipelineError(f"dvc.lock does not know {exercise}@{variant}: run `dvc repro {exercise}@{variant}`")
    locked = {out["path"]: out["md5"] for out in stage["outs"]}
    for path in results:
        if not path.exists():
            raise PipelineError(f"{path} is missing: run `dvc pull` or `dvc checkout`")
    digests = result_digests(results)
    for name, digest in digests.items():
        path = getattr(results, name)
        if locked.get(str(path)) != digest:
            raise PipelineError(f"{path} is not what dvc.lock says: run `dvc repro` or `dvc checkout --force`")
    own = note_of(exercise, variant, NOTES)
    # Runs are incomplete if the store was away when their training ended, or if this tool was stopped.
    runs = _incomplete(store, exercise, variant, note_of(exercise, variant), digests)
    runs = runs or _incomplete(store, exercise, variant, own, digests)
    if runs is None:
        if _is_recorded(store, exercise, variant, digests):
            return False
        runs = _new_runs(store, exercise, variant, results, stage, own)
        note_results(runs, results)
    runs.log(results)
    end(runs, "FINISHED")
    if runs.note == own:
        own.unlink()
    return True


def _incomplete(store: Store, exercise: str, variant: str, note: Path, digests: dict[str, str]) -> Runs | None:
    """The runs of a note, running again, if they are of these results and not complete."""
    noted = open_note(store, note)
    if noted is None or noted.get("results") != digests or noted.get("finished"):
        return None
    return reopen(store, exercise, variant, noted, note)


def _new_runs(store: Store, exercise: str, variant: str, results: Results, stage: dict[str, Any], note: Path) -> Runs:
    """Runs with the parameters and corpora that the results were trained with."""
    model, trained = read_json(results.models / "model.json"), read_json(results.metrics)
    read = [Path(dep["path"]).name for dep in stage["deps"] if dep["path"].startswith(f"{PREPARED}/")]
    settings = {
        **model["settings"],
        "precision": trained["precision"],
        "device": read_json(results.timing)["device"],
    }
    corpora = sorted(read, key=lambda corpus: corpus != model["corpus"])  # the variant's own comes first
    seeds = [seed["seed"] for seed in trained["seeds"]]
    return open_runs(store, exercise, variant, settings, seeds, corpora, key="", note=note)


def _is_recorded(store: Store, exercise: str, variant: str, digests: dict[str, str]) -> bool:
    wanted = {"dvc.stage": f"{exercise}@{variant}", **{f"dvc.{name}": digest for name, digest in digests.items()}}
    filters = " AND ".join(f"tags.`{name}` = '{value}'" for name, value in wanted.items())
    found = store.client.search_runs([store.experiment], f"{filters} AND attributes.status = 'FINISHED'", max_results=1)
    return bool(found)


if __name__ == "__main__":
    run_stage(main)
