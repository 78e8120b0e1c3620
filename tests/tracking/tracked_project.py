"""A project with two prepared corpora and the files that the training of a variant leaves behind, and its tracking."""

import hashlib
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import yaml

from pipeline.core.lock import file_md5
from pipeline.core.stage import Results
from pipeline.corpora.prepared.tables import write_table
from pipeline.tracking.log_model import REQUIREMENTS
from pipeline.tracking.track import track

SEEDS = (1, 2)
IMDB_HASH = "0123456789abcdef0123456789abcdef.dir"
NAME = "sentiment/lstm"
RESULTS = Results.of("sentiment", "lstm")
SETTINGS = {"epochs": 4, "network": {"cell": "lstm"}}
PARAMETERS = {**SETTINGS, "gru": {"epochs": 9}, "precision": "fp32", "device": "cpu"}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_model(directory: Path) -> None:
    """A classifier that was never trained."""
    from safetensors.torch import save_file

    from pipeline.models.classifier import Classifier

    arguments: dict[str, Any] = {"vocabulary": 4, "classes": 2, "embedding_size": 2, "hidden_size": 2, "layers": 1}
    arguments |= {"bidirectional": False, "cell": "lstm", "pooling": "last", "dropout": 0.0}
    description = {"exercise": "sentiment", "class": "Classifier", "arguments": arguments, "max_length": 8}
    description |= {"corpus": "imdb", "settings": SETTINGS}
    write(directory / "model.json", json.dumps(description))
    write(directory / "vocabulary.json", json.dumps(["<pad>", "<unk>", "film", "quiet"]))
    for seed in SEEDS:
        save_file(Classifier(**arguments).state_dict(), directory / f"seed_{seed}.safetensors")


def make_project(root: Path) -> None:
    """Seed 2 is the better one on the validation split, seed 1 on the test split."""
    for corpus in ("imdb", "vectors"):
        write(root / f"data/prepared/{corpus}/meta.json", json.dumps({"corpus": corpus, "edition": "packaged"}))
    write_table(
        root / "data/prepared/imdb/train.arrow", {"tokens": pa.array([[1, 2], [3], [4]]), "label": pa.array([0, 1, 1])}
    )
    pins = [f"{name}==1.2.3 \\\n    --hash=sha256:0\n" for name in (*REQUIREMENTS, "torch-other")]
    write(root / "requirements.lock", "".join(pins))
    write(root / "pipeline/code.py", "")
    write_model(root / "models" / NAME)
    results = [
        {
            "seed": seed,
            "parameters": 3,
            "epochs": 4,
            "best_epoch": 2,
            "validation": {"loss": 0.5, "accuracy": 0.8 + seed / 100},
            "test": {"accuracy": 0.8 - seed / 100, "types": {"LOC": 0.5}, "confusion": [[1, 2], [3, 4]]},
        }
        for seed in SEEDS
    ]
    summary: dict[str, Any] = {"exercise": "sentiment", "variant": "lstm", "metric": "accuracy", "precision": "fp32"}
    summary |= {"seeds": results, "mean": {"accuracy": 0.785}, "sd": {"accuracy": None}}
    write(root / f"metrics/train/{NAME}.json", json.dumps(summary))
    rows = [f"{seed},{epoch},{1 / epoch},{1 / epoch},0.8\n" for seed in SEEDS for epoch in range(1, 5)]
    header = "seed,epoch,train_loss,validation_loss,validation_accuracy\n"
    write(root / f"metrics/history/{NAME}.csv", header + "".join(rows))
    write_predictions(root / f"data/predictions/{NAME}.parquet")
    times = [{"seed": seed, "seconds": 2.0, "seconds_per_epoch": 0.5, "tokens_per_second": 9.0} for seed in SEEDS]
    write(root / f"metrics/timing/{NAME}.json", json.dumps({"device": "cpu", "seconds": 2.0, "seeds": times}))
    write_lock(root)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "pipeline", "requirements.lock"], ["commit", "-q", "-m", "code"]):
        subprocess.run([*git, *command], cwd=root, check=True)


def write_predictions(path: Path) -> None:
    """Of a review for each seed; a list in each row, as where the prediction is a sequence."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"seed": list(SEEDS), "prediction": [1, 0], "states": [[1, 2], [3]]}), path)


def write_lock(root: Path) -> None:
    """dvc.lock with the corpus and the stage of the variant, which had other settings than its section has."""
    paths = [f"metrics/{kind}/{NAME}.json" for kind in ("train", "timing")]
    paths += [f"metrics/history/{NAME}.csv", f"data/predictions/{NAME}.parquet"]
    stage = {
        "deps": [{"path": "data/prepared/imdb"}, {"path": "data/prepared/vectors"}, {"path": "pipeline/code.py"}],
        "params": {"params.yaml": {"seeds": list(SEEDS), "precision": "auto", "sentiment": {"epochs": 9}}},
        "outs": [{"path": path, "md5": file_md5(root / path)} for path in paths],
    }
    prepare = {"outs": [{"path": "data/prepared/imdb", "hash": "md5", "md5": IMDB_HASH}]}
    write(root / "dvc.lock", yaml.safe_dump({"stages": {"prepare@imdb": prepare, "sentiment@lstm": stage}}))


def keep_run(root: Path) -> None:
    """Keep the training that dvc.lock has among DVC's cached runs, as DVC does."""
    stage = yaml.safe_load((root / "dvc.lock").read_text())["stages"]["sentiment@lstm"]
    value = hashlib.sha256(json.dumps(stage).encode()).hexdigest()
    write(root / f".dvc/cache/runs/ab/{'ab' * 32}/{value}", yaml.safe_dump(stage, sort_keys=False))


def start(seeds=SEEDS, key="as before"):
    return track("sentiment", "lstm", PARAMETERS, seeds, ["imdb", "vectors"], progress(seeds), key)


def train_again() -> None:
    """As a training does that ends with the same results: its times alone are others, which dvc.lock does not have."""
    times = json.loads(RESULTS.timing.read_text())
    RESULTS.timing.write_text(json.dumps({**times, "seconds": times["seconds"] + 1}))


def progress(seeds=SEEDS) -> dict[int, Path]:
    return {seed: Path(f"progress_{seed}.jsonl").absolute() for seed in seeds}


def line(epoch: int) -> str:
    return json.dumps({"epoch": epoch, "wall_time": 1e9 + epoch, "train_loss": 1 / epoch, "learning_rate": 0.1}) + "\n"


def append(path: Path, text: str) -> None:
    with path.open("a") as stream:
        stream.write(text)


def steps(client, run) -> list[int]:
    return [metric.step for metric in client.get_metric_history(run.info.run_id, "train/loss")]


def runs_of(uri: str) -> SimpleNamespace:
    """The client, the experiment, the parent runs, and the children of the first by seed."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("sentiment")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    mine = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parents[0].info.run_id]
    children = {int(run.data.tags["seed"]): run for run in mine}
    return SimpleNamespace(client=client, experiment=experiment, parents=parents, parent=parents[0], children=children)
