"""Opening a variant's runs in MLflow: continued after an interruption, else created; and ending them.

Until DVC has recorded the training (see kept.py), a file in .cache/runs notes which runs are its, and more as it goes:

    uri, training                       before the runs are created; they bear the second as a tag
    key, parameters, parent, children   once they are
    results, timing                     once the training ended: MD5s of what it wrote
    finished                            once everything is logged
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pipeline.core.files import read_json, write_json
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.tracking.provenance import LOCK, dataset_digests, file_md5, git_tags
from pipeline.tracking.runs import Results, Runs, flatten
from pipeline.tracking.store import Store
from pipeline.training.kept import is_recorded, note_of

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

NOTE = """Stage `{stage}`. To bring its state back: `git checkout {commit}`, then `dvc repro {stage}`, which takes
the files from DVC's cache where it has them; the artifact `dvc/dvc.lock` names the data that the run began from. To
find the run of a result: the tags `dvc.metrics`, `dvc.history` and `dvc.predictions` hold the MD5 that dvc.lock has
for those files."""


def open_runs(
    store: Store,
    exercise: str,
    variant: str,
    parameters: Mapping[str, Any],
    seeds: Sequence[int],
    corpora: Sequence[str],
    key: str,
) -> Runs:
    """Continue the runs noted for these seeds under the same key, unless DVC has recorded them; else create new ones.

    Raises what MLflow raises.
    """
    values = {name: str(value) for name, value in flatten(parameters).items()}
    noted = open_note(store, exercise, variant)
    if noted is not None:
        same = (noted.get("key"), noted.get("parameters")) == (key, values)
        if same and set(noted["children"]) == {str(seed) for seed in seeds} and not is_recorded(exercise, variant):
            return reopen(store, exercise, variant, noted)
        give_up(store, noted)
    file, note = note_of(exercise, variant), {"uri": store.uri, "training": uuid4().hex}
    write_json(file, note)  # first: should this process end while it creates the runs, the next one finds them
    parent, children = _create(store, exercise, variant, values, seeds, corpora, note["training"])
    write_json(file, note | {"key": key, "parameters": values, "parent": parent, "children": children})
    return Runs(store.client, store.uri, exercise, variant, values, parent, children, continued=False)


def open_note(store: Store, exercise: str, variant: str) -> dict[str, Any] | None:
    """The note of this variant's runs, if it is of this store and they are still there."""
    from mlflow.exceptions import MlflowException

    file = note_of(exercise, variant)
    noted = read_json(file) if file.exists() else None
    if noted is None or noted["uri"] != store.uri:
        return None
    if "parent" not in noted:
        return noted
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
    runs = Runs(
        store.client, store.uri, exercise, variant, noted["parameters"], noted["parent"], children, continued=True
    )
    _add_to_note(runs, {"finished": False})
    return runs


def _create(
    store: Store,
    exercise: str,
    variant: str,
    values: dict[str, str],
    seeds: Sequence[int],
    corpora: Sequence[str],
    training: str,
) -> tuple[str, dict[int, str]]:
    """Create the runs with all that is known before training; gives the parent's id and the children's by seed."""
    from mlflow.entities import Param

    client, stage = store.client, f"{exercise}@{variant}"
    inputs, edition = _inputs(corpora)
    tags = {**git_tags(), "mlflow.source.name": f"dvc repro {stage}", "mlflow.source.type": "LOCAL"}
    tags |= {"dvc.stage": stage, "exercise": exercise, "variant": variant, "edition": edition, "training": training}
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
    _add_to_note(runs, {"results": results.digests(), "timing": file_md5(results.timing)})


def end(runs: Runs, status: str) -> None:
    """Set the runs' status: FINISHED, FAILED or KILLED. They may still be continued."""
    for run in (*runs.children.values(), runs.parent):
        runs.client.set_terminated(run, status)
    if status == "FINISHED":
        _add_to_note(runs, {"finished": True})


def _add_to_note(runs: Runs, values: Mapping[str, Any]) -> None:
    file = note_of(runs.exercise, runs.variant)
    write_json(file, read_json(file) | values)


def give_up(store: Store, noted: Mapping[str, Any]) -> None:
    """Runs whose process was killed stay RUNNING; if they are not to be continued, they are KILLED."""
    filters = f"tags.training = '{noted.get('training')}' AND attributes.status = 'RUNNING'"
    for run in store.client.search_runs([store.experiment], filters):
        store.client.set_terminated(run.info.run_id, "KILLED")
