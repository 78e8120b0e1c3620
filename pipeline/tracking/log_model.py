"""Logs a trained model to MLflow: safetensors and JSON beside the code that reads them, with signature and example."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.registry import part
from pipeline.tracking.register import register
from pipeline.tracking.store import persistently

if TYPE_CHECKING:
    from pipeline.tracking.runs import Runs

PACKAGE = Path(__file__).parents[1]
REQUIREMENTS = (  # imported by the code that answers; MLflow brings the rest, an exercise's answers.py may name more
    "filelock", "numpy", "psutil", "pyarrow", "pydantic", "pyyaml", "ruamel-yaml", "safetensors", "soundfile", "spacy",
    "torch", "torchaudio",
)  # fmt: skip


def log_model(runs: "Runs", seed: int, result: str, models: Path, predictions: Path) -> None:
    """Log one seed's model as an output of the variant's run, unless it has one, and register it.

    A process that was killed may have begun this: its logged model and version are completed, so that each exists once.

    MLflow's own `log_model` would load the model again and predict with it to check the example, which takes seconds
    per run. The steps here are the same without that.

    Args:
        result: of the variant, in words.
        models: models/EXERCISE/VARIANT; the other seeds' weights are left out.
        predictions: data/predictions/EXERCISE/VARIANT.parquet, from which the input example may be taken.
    """
    import mlflow.pyfunc
    import pandas as pd
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    client, exercise, answers = runs.client, runs.exercise, part(runs.exercise, "answers")
    run = client.get_run(runs.parent)
    if run.outputs is not None and run.outputs.model_outputs:
        return
    inputs = Schema([ColSpec("string", "text")])
    outputs = Schema([ColSpec(kind, name) for name, kind in answers.OUTPUTS.items()])
    name, tags = f"{exercise}-{runs.variant}", {"seed": str(seed)}
    experiment = run.info.experiment_id
    begun = client.search_logged_models([experiment], f"source_run_id = '{runs.parent}'", max_results=1)
    logged = begun[0] if begun else client.create_logged_model(experiment, name, runs.parent, tags, runs.parameters)
    with tempfile.TemporaryDirectory() as temporary:
        content, saved = Path(temporary, "model"), Path(temporary, "saved")
        others = [path.name for path in models.glob("*.safetensors") if path.name != f"seed_{seed}.safetensors"]
        shutil.copytree(models, content, ignore=shutil.ignore_patterns(*others))
        mlflow.pyfunc.save_model(
            saved,
            python_model=PACKAGE / "answering" / "serving.py",
            artifacts={"model": str(content)},
            model_config={"seed": seed},
            code_paths=[str(PACKAGE)],
            signature=ModelSignature(inputs, outputs),
            input_example=pd.DataFrame({"text": [answers.example(predictions)]}),
            pip_requirements=pinned(Path("requirements.lock"), requirements(answers)),
            mlflow_model=Model(
                artifact_path=logged.artifact_location,
                model_uuid=logged.model_id,
                model_id=logged.model_id,
                run_id=runs.parent,
            ),
        )
        client.log_model_artifacts(logged.model_id, str(saved))
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    given = run.inputs.dataset_inputs if run.inputs else []
    digests = {one.dataset.name: one.dataset.digest for one in given}
    data = digests[read_json(models / "model.json")["corpus"]]
    words = f"{result}. This is {runs.variant}, seed {seed}, its best on the validation split."
    persistently(lambda: register(runs, seed, logged.model_id, data, words))
    client.log_outputs(runs.parent, [LoggedModelOutput(logged.model_id, step=0)])  # last: it means that all is there


def requirements(answers: ModuleType) -> list[str]:
    """The packages that a served model needs: those of every model, and those that its answers.py names besides."""
    return list(dict.fromkeys([*REQUIREMENTS, *getattr(answers, "REQUIREMENTS", ())]))


def pinned(lock: Path, names: Sequence[str]) -> list[str]:
    """The pins of packages. MLflow would search for them for many seconds.

    Raises:
        PipelineError: the lock does not pin one of them.
    """
    pins = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
    if missing := [name for name in names if name not in pins]:
        raise PipelineError(f"{lock} pins no {', '.join(missing)}: see that pyproject.toml has it, then `make lock`")
    return [f"{name}=={pins[name]}" for name in names]
