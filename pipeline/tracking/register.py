"""The registered model of an exercise: a version for each trained variant, the alias `champion` on the best of them.

Variants end at the same time, perhaps on different machines, so that the store alone can say which is the best: each
version carries its validation score.
"""

from collections.abc import Iterable
from statistics import fmean
from typing import TYPE_CHECKING

from pipeline.answering.champion import results_of, validation_scores
from pipeline.registry import declaration

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from pipeline.declaration import Exercise
    from pipeline.tracking.runs import Runs

SCORE, DATA = "validation score", "validation data"  # tags of a version: more is better; the hash of the corpus
CHAMPION = "champion"
ROUNDS = 20  # of a decision that others change meanwhile; they would not end if two clones declare other variants


def register(runs: "Runs", seed: int, model: str, data: str, words: str) -> None:
    """Make the logged model a version of the exercise's registered model, unless the run has one; find the champion.

    All of this may be repeated. Raises what MLflow raises.

    Args:
        model: the logged model's id.
        data: the hash of the corpus whose validation split judges it.
        words: the version's description.
    """
    from mlflow.exceptions import MlflowException

    client, exercise, declared = runs.client, runs.exercise, declaration(runs.exercise)
    try:
        client.create_registered_model(exercise, description=declared.question)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    if not client.search_model_versions(f"run_id = '{runs.parent}'", max_results=1):
        score = fmean(validation_scores(results_of(f"{exercise}/{runs.variant}")).values())
        tags = {"variant": runs.variant, "seed": str(seed), SCORE: repr(score), DATA: data}
        client.create_model_version(exercise, f"models:/{model}", runs.parent, tags, description=words, model_id=model)
    crown(client, declared)


def crown(client: "MlflowClient", exercise: "Exercise") -> None:
    """Set the alias `champion`, and look again until it is right.

    Another stage may set it at the same time, by what it had read before this stage's version was there. Whoever sets
    it last looks once more afterwards, when all versions are there, so that it ends right.
    """
    for _ in range(ROUNDS):
        best = best_version(client.search_model_versions(f"name = '{exercise.name}'"), exercise)
        crowned = client.get_registered_model(exercise.name).aliases.get(CHAMPION)
        if best is None or str(crowned) == str(best.version):  # a server gives strings, SQLite integers
            return
        client.set_registered_model_alias(exercise.name, CHAMPION, best.version)


def best_version(versions: Iterable["ModelVersion"], exercise: "Exercise") -> "ModelVersion | None":
    """Of the variants' latest versions the one with the best validation score; the first of several equally good ones.

    Only versions that were trained on the same data as the newest compare with it.
    """
    fair = set(exercise.variants) - set(exercise.unjudged)
    judged = [version for version in versions if version.tags.get("variant") in fair and SCORE in version.tags]
    judged.sort(key=lambda version: int(version.version))
    latest = {version.tags["variant"]: version for version in judged if version.tags[DATA] == judged[-1].tags[DATA]}
    rivals = [latest[variant] for variant in sorted(latest)]
    return max(rivals, key=lambda version: float(version.tags[SCORE]), default=None)
