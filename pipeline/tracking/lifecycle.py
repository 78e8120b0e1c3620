"""Creating a variant's runs in MLflow, or continuing those of an interrupted training; and ending them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pipeline.core.files import read_json, write_json
from pipeline.core.lock import LOCK, file_md5
from pipeline.core.stage import Results
from pipeline.corpora.prepared.tables import PREPARED, read_table
from pipeline.registry import part
from pipeline.tracking.note import add_to_note, is_recorded, read_note
from pipeline.tracking.provenance import dataset_digests, git_tags, how_to_return, result_digests
from pipeline.tracking.runs import Runs, flatten
from pipeline.tracking.store import Store, persistently

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput


def open_runs(
    store: Store,
    exercise: str,
    variant: str,
    parameters: Mapping[str, Any],
    seeds: Sequence[int],
    corpora: Sequence[str],
    key: str,
    note: Path,
) -> Runs:
    """Continue the runs of the note, or create new ones and note them.

    Runs are continued if their parameters, seeds and key are these, and DVC has not yet recorded their training.

    Raises what MLflow raises.
    """
    values = {name: str(value) for name, value in flatten(own_parameters(exercise, variant, parameters)).items()}
    noted = open_note(store, note)
    if noted is not None:
        same = (noted.get("key"), noted.get("parameters")) == (key, values)
        if same and set(noted["children"]) == {str(seed) for seed in seeds} and not is_recorded(note):
            return reopen(store, exercise, variant, noted, note)
        mark_killed(store, noted)
    training = uuid4().hex
    write_json(note, {"uri": store.uri, "training": training})  # first: a kill may come while the runs are created
    parent, children = _create(store, exercise, variant, values, seeds, corpora, training)
    add_to_note(note, {"key": key, "parameters": values, "parent": parent, "children": children})
    return Runs(store.client, store.uri, exercise, variant, values, parent, children, note, continued=False)


def own_parameters(exercise: str, variant: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without the parts that are another variant's alone."""
    others = part(exercise, "stage").STAGE.variants.keys() - {variant}
    return {name: value for name, value in parameters.items() if not (name in others and isinstance(value, Mapping))}


def open_note(store: Store, note: Path) -> dict[str, Any] | None:
    """The content of a note, if its runs are in this store and still exist."""
    from mlflow.exceptions import MlflowException

    noted = read_note(note)
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


def reopen(store: Store, exercise: str, variant: str, noted: Mapping[str, Any], note: Path) -> Runs:
    """The runs of a note with this content, running again."""
    children = {int(seed): run for seed, run in noted["children"].items()}
    for run in (noted["parent"], *children.values()):
        store.client.update_run(run, status="RUNNING")
    add_to_note(note, {"finished": False})
    values, parent = noted["parameters"], noted["parent"]
    return Runs(store.client, store.uri, exercise, variant, values, parent, children, note, continued=True)


def _create(
    store: Store,
    exercise: str,
    variant: str,
    values: dict[str, str],
    seeds: Sequence[int],
    corpora: Sequence[str],
    training: str,
) -> tuple[str, dict[int, str]]:
    """Create the runs with all that is known before training; returns the parent's id and the children's by seed."""
    from mlflow.entities import Param

    client, stage = store.client, f"{exercise}@{variant}"
    inputs, edition = _inputs(corpora)
    tags = {**git_tags(), "mlflow.source.name": f"dvc repro {stage}", "mlflow.source.type": "LOCAL"}
    tags |= {"dvc.stage": stage, "exercise": exercise, "variant": variant, "edition": edition, "training": training}
    tags |= {name: values[name] for name in ("precision", "device") if name in values}
    if LOCK.exists():
        tags["dvc.lock"] = file_md5(LOCK)
    tags["mlflow.note.content"] = how_to_return(stage, tags.get("mlflow.source.git.commit"))

    def create(name: str, own_tags: dict[str, str], own_values: dict[str, str]) -> str:
        run = client.create_run(store.experiment, run_name=name, tags=tags | own_tags).info.run_id
        client.log_batch(run, params=[Param(key, value) for key, value in (values | own_values).items()])
        persistently(lambda: client.log_inputs(run, inputs))
        return run

    parent = create(variant, {"level": "variant"}, {})
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
        rows, columns = _tables(PREPARED / corpus)
        profile = json.dumps({"edition": edition, "rows": rows})
        schema = json.dumps({"mlflow_colspec": columns})
        dataset = Dataset(corpus, digests[corpus], "local", source, schema, profile)
        tags = [InputTag("mlflow.data.context", "training"), InputTag("edition", edition)]
        inputs.append(DatasetInput(dataset, tags))
    return inputs, editions[corpora[0]]


def _tables(folder: Path) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """How many rows each table of a prepared corpus has, and the columns of all."""
    tables = {path.stem: read_table(path) for path in sorted(folder.glob("*.arrow"))}
    types = {field.name: str(field.type) for table in tables.values() for field in table.schema}
    columns = [{"name": name, "type": kind, "required": True} for name, kind in types.items()]
    return {name: table.num_rows for name, table in tables.items()}, columns


def note_results(runs: Runs, results: Results) -> None:
    """Note that training ended with these results, in case logging them fails."""
    add_to_note(runs.note, {"results": result_digests(results), "timing": file_md5(results.timing)})


def end(runs: Runs, status: str) -> None:
    """Set the runs' status: FINISHED, FAILED or KILLED. They may still be continued."""
    for run in (*runs.children.values(), runs.parent):
        runs.client.set_terminated(run, status)
    if status == "FINISHED":
        add_to_note(runs.note, {"finished": True})


def mark_killed(store: Store, noted: Mapping[str, Any]) -> None:
    """Set the runs of a note to KILLED if they are RUNNING: their process was killed, and no other continues them."""
    filters = f"tags.training = '{noted.get('training')}' AND attributes.status = 'RUNNING'"
    for run in store.client.search_runs([store.experiment], filters):
        store.client.set_terminated(run.info.run_id, "KILLED")
