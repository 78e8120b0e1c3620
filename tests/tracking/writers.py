"""Stages that track their runs at the same moment: each is a process, in a clone of its own."""

import io
import json
import multiprocessing
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr
from multiprocessing.synchronize import Barrier
from pathlib import Path

from pipeline.core.stage import Results
from pipeline.tracking import live_curves
from pipeline.tracking.track import track
from tests.tracking.tracked_project import PARAMETERS, RESULTS, SEEDS, append, line, make_project, progress

SCORES = {  # the validation accuracy of each writer's variant
    "embeddings/random_trained": 0.81,
    "embeddings/random_frozen": 0.71,
    "embeddings/word2vec_trained": 0.83,
    "embeddings/word2vec_frozen": 0.79,
    "embeddings/glove_trained": 0.87,
    "embeddings/glove_frozen": 0.77,
    "embeddings/glove_gradual": 0.86,
    "sentiment/lstm": 0.88,
}


def make_clone(root: Path, name: str, accuracy: float) -> None:
    """A project in which this variant alone was trained."""
    make_project(root)
    exercise, variant = name.split("/")
    summary = json.loads((root / RESULTS.metrics).read_text())
    summary |= {"exercise": exercise, "variant": variant}
    for seed in summary["seeds"]:
        seed["validation"]["accuracy"] = accuracy
    (root / RESULTS.metrics).write_text(json.dumps(summary))
    for old, new in zip(RESULTS, Results.of(exercise, variant), strict=True):
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)


def make_clones(root: Path) -> dict[str, Path]:
    """A clone for each of the variants."""
    for name, accuracy in SCORES.items():
        make_clone(root / name, name, accuracy)
    return {name: root / name for name in SCORES}


def write_at_once(uri: str, clones: Mapping[str, Path]) -> dict[str, str]:
    """Track all of them, each in a process of its own; returns what each wrote to stderr."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mlflow", __name__])  # imported once, not by each
    start = (context.Barrier(len(clones)),)
    with ProcessPoolExecutor(len(clones), context, initializer=_share, initargs=start) as pool:
        written = {name: pool.submit(_write, uri, name, clone) for name, clone in clones.items()}
        return {name: future.result() for name, future in written.items()}


def _share(barrier: Barrier) -> None:
    global together
    together = barrier


def _write(uri: str, name: str, clone: Path) -> str:
    """Track a variant as its stage does, from the moment at which all are ready."""
    os.chdir(clone)
    os.environ["MLFLOW_TRACKING_URI"] = uri
    live_curves.INTERVAL = 0.1
    exercise, variant = name.split("/")
    together.wait(60)
    with (
        redirect_stderr(io.StringIO()) as warnings,
        track(exercise, variant, PARAMETERS, SEEDS, ["imdb", "vectors"], progress(), key="") as tracking,
    ):
        for epoch in range(1, 5):
            for path in progress().values():
                append(path, line(epoch))
        tracking.finish(Results.of(exercise, variant))
    return warnings.getvalue()


def check(uri: str) -> None:
    """See that nothing is lost, nothing is there twice, and the best are the champions."""
    from mlflow import MlflowClient

    client = MlflowClient(uri, uri)
    found = {}
    for experiment in client.search_experiments():
        for run in client.search_runs([experiment.experiment_id], "tags.level = 'variant'"):
            name = f"{experiment.name}/{run.info.run_name}"
            assert name not in found
            assert run.info.status == "FINISHED"
            assert len(run.outputs.model_outputs) == 1
            assert [file.path for file in client.list_artifacts(run.info.run_id, "dvc")] == ["dvc/dvc.lock"]
            filters = f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
            children = client.search_runs([experiment.experiment_id], filters)
            assert sorted(child.data.tags["seed"] for child in children) == ["1", "2"]
            for child in children:
                history = client.get_metric_history(child.info.run_id, "train/loss")
                assert [metric.step for metric in history] == [1, 2, 3, 4]
                assert child.info.status == "FINISHED"
            [version] = client.search_model_versions(f"run_id = '{run.info.run_id}'")
            found[name] = version.version
    assert found.keys() == SCORES.keys()
    for exercise, best in (("embeddings", "glove_trained"), ("sentiment", "lstm")):
        versions = client.search_model_versions(f"name = '{exercise}'")
        assert sorted(int(version.version) for version in versions) == list(range(1, len(versions) + 1))
        assert client.get_model_version_by_alias(exercise, "champion").tags["variant"] == best
