"""A seed of any exercise's variant, on made-up data."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.core.params import section
from pipeline.core.stage import Stage
from pipeline.registry import exercises, part
from pipeline.training.task import Job, Task
from tests.exercises.made_up import MAKERS
from tests.reported_project import evaluated, ready
from tests.trained_project import project, train, trained

__all__ = ["evaluated", "make", "one_thread", "project", "ready", "train", "trained"]

SHIPPED = Path(__file__).parents[2] / "params.yaml"
SMALL = {
    "epochs": 2, "patience": 2, "batch_size": 4, "hidden_size": 6, "embedding_size": 6, "case_size": 2, "max_length": 7,
    "epoch_size": 48, "window": 6, "lags": 2, "beam_size": 2, "characters": 200, "cutoffs": [5], "lines": 2,
    "reviews": 20,
}  # fmt: skip
Make = Callable[..., Task[Any]]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A task in a folder with the corpora of its exercise; settings are small, or as given."""
    monkeypatch.chdir(tmp_path)

    def make(exercise: str, variant: str, seed: int = 1, **changed: Any) -> Task[Any]:
        stage, train = exercises()[exercise].stage, part(exercise, "train")
        for path in what_is_read(stage):
            if not Path(path).exists():
                Path(path).mkdir(parents=True)
                MAKERS[path]()
        shipped = section(exercise, stage.settings, SHIPPED)
        small = {key: value for key, value in (SMALL | changed).items() if key in stage.settings.model_fields}
        for key, value in shipped:
            if "epochs" in getattr(value, "model_fields_set", ()):  # of a variant with settings of its own
                small[key] = value.model_copy(update={"epochs": SMALL["epochs"]})
        recipe = train.recipe(variant, shipped.model_copy(update=small))
        directory = tmp_path / "checkpoints" / exercise / variant / str(seed)
        directory.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(seed)
        return task_of(train)(recipe, Job(seed, directory, torch.device("cpu"), recipe.precision or "fp32"))

    return make


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As a seed trains: on small tensors more threads only wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def what_is_read(stage: Stage) -> list[str]:
    """The folders that a stage reads."""
    return [*(f"data/prepared/{corpus}" for corpus in stage.corpora), *stage.reads]


def task_of(train: Any) -> type[Task[Any]]:
    """The task that a module of training declares, or else borrows."""
    found = [kind for kind in vars(train).values() if isinstance(kind, type) and issubclass(kind, Task)]
    (task,) = [kind for kind in found if kind.__module__ == train.__name__] or (kind for kind in found if kind != Task)
    return task
