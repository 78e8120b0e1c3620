"""Opening a variant's runs in MLflow: continued after an interruption, else created; and ending them.

Until they are ended, a file in .cache/runs notes which runs they are, and, once training ended, its results.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.corpora.store import PREPARED
from pipeline.files import locked, read_json, write_json
from pipeline.training.provenance import LOCK, dataset_digests, file_md5, git_tags
from pipeline.training.runs import Results, Runs, flatten
from pipeline.training.store import Store

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

OPEN = Path(".cache/runs")

NOTE = """Stage `{stage}`. To bring its state back: `git checkout {commit}`, then `dvc repro {stage}`, which takes
the files from DVC's cache where it has them; the artifact `dvc/dvc.lock` names the data that the run began from. To
find the run of a result: the tags `dvc.metrics`, `dvc.history` and `dvc.predictions` hold the MD5 that dvc.lock has
for those files."""


def notes(exercise: str, variant: str) -> Path:
    """The note of this variant's open runs."""
    return OPEN / exercise / f"{variant}.json"


def alone(exercise: str, variant: str) -> AbstractContextManager[None]:
    """One process at a time trains a variant, or records it: a lock beside its note."""
    return locked(OPEN / exercise / f"{variant}.lock")


def open_runs(
    store: Store,
    exercise: str,
    variant: str,
    parameters: Mapping[str, Any],
    seeds: Sequence[int],
    corpora: Sequence[str],
    key: str,
) -> Runs:
    """Continue the runs that an interrupted process noted under the same key; else create new ones.

    Raises what MLflow raises.
    """
    values = {name: str(value) for name, value in flatten(parameters).items()}
    noted = open_note(store, exercise, variant)
    if noted is not None and (noted["key"], noted["parameters"]) == (key, values):
        return reopen(store, exercise, variant, noted)
    if noted is not None:
        give_up(store, noted)
    parent, children = _create(store, exercise, variant, values, seeds, corpora)
    note = {"uri": store.uri, "key": key, "parameters": values, "parent": parent, "children": children}
    write_json(notes(exercise, variant), note)
    return Runs(store.client, store.uri, exercise, variant, values, parent, children, continued=False)


def open_note(store: Store, exercise: str, variant: str) -> dict[str, Any] | None:
    """The note of runs in this store that were not ended, if they are still there."""
    from mlflow.exceptions import MlflowException

    file = notes(exercise, variant)
    noted = read_json(file) if file.exists() else None
    if noted is None or noted["uri"] != store.uri:
        return None
    try:
        found = [store.client.get_run(run) for run in (noted["parent"], *noted["children"].values())]
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
    return noted if all(run.info.lifecycle_stage == "active" for run in found) else None


def reopen(store: Store, exercise: str, variant: str, noted: Mapping[str, Any]) -> Runs:
    """The runs of a note, running again."""
    children = {int(seed): run for seed, run in noted["children"].items()}
    for run in (noted["parent"], *children.values()):
        store.client.update_run(run, status="RUNNING")
    return Runs(
        store.client, store.uri, exercise, variant, noted["parameters"], noted["parent"], children, continued=True
    )


def _create(
    store: Store,
    exercise: str,
    variant: str,
    values: dict[str, str],
    seeds: Sequence[int],
    corpora: Sequence[str],
) -> tuple[str, dict[int, str]]:
    """Create the runs with all that is known before training; gives the parent's id and the children's by seed."""
    from mlflow.entities import Param

    client, stage = store.client, f"{exercise}@{variant}"
    inputs, edition = _inputs(corpora)
    tags = {**git_tags(), "mlflow.source.name": f"dvc repro {stage}", "mlflow.source.type": "LOCAL"}
    tags |= {"dvc.stage": stage, "exercise": exercise, "variant": variant, "edition": edition}
    tags |= {name: values[name] for name in ("precision", "device") if name in values}
    if LOCK.exists():
        tags["dvc.lock"] = file_md5(LOCK)
    note = NOTE.format(stage=stage, commit=tags.get("mlflow.source.git.commit", "COMMIT"))

    def create(name: str, own_tags: dict[str, str], own_values: dict[str, str]) -> str:
        run = client.create_run(store.experiment, run_name=name, tags=tags | own_tags).info.run_id
        client.log_batch(run, params=[Param(key, value) for key, value in (values | own_values).items()])
        client.log_inputs(run, inputs)
        return run

    parent = create(variant, {"mlflow.note.content": note, "level": "variant"}, {})
    children = {}
    for seed in seeds:
        own_tags = {"mlflow.parentRunId": parent, "level": "seed", "seed": str(seed)}
        children[seed] = create(f"{variant}, seed {seed}", own_tags, {"seed": str(seed)})
    if LOCK.exists():
        client.log_artifact(parent, str(LOCK), "dvc")
    return parent, children


def _inputs(corpora: Sequence[str]) -> tuple[list["DatasetInput"], str]:
    """The corpora as data set inputs, and the edition of the first."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digests = dataset_digests(corpora)
    editions = {corpus: read_json(PREPARED / corpus / "meta.json")["edition"] for corpus in corpora}
    inputs = []
    for corpus, edition in editions.items():
        source = json.dumps({"uri": f"{PREPARED}/{corpus}", "edition": edition})
        dataset = Dataset(corpus, digests[corpus], "local", source, profile=json.dumps({"edition": edition}))
        tags = [InputTag("mlflow.data.context", "training"), InputTag("edition", edition)]
        inputs.append(DatasetInput(dataset, tags))
    return inputs, editions[corpora[0]]


def note_results(runs: Runs, results: Results) -> None:
    """Remember that training ended with these results, should logging them fail."""
    file = notes(runs.exercise, runs.variant)
    write_json(file, read_json(file) | {"results": results.digests()})


def end(runs: Runs, status: str) -> None:
    """Set the runs' status, FINISHED, FAILED or KILLED; those that are not finished may still be continued."""
    for run in (*runs.children.values(), runs.parent):
        runs.client.set_terminated(run, status)
    if status == "FINISHED":
        notes(runs.exercise, runs.variant).unlink(missing_ok=True)


def give_up(store: Store, noted: Mapping[str, Any]) -> None:
    """Runs whose process was killed stay RUNNING; if they are not to be continued, they are KILLED."""
    for run in (*noted["children"].values(), noted["parent"]):
        if store.client.get_run(run).info.status == "RUNNING":
            store.client.set_terminated(run, "KILLED")
