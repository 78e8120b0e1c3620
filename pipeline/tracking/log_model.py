"""Logs a trained model to MLflow: safetensors and JSON beside the code that reads them, with signature and example."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from pipeline.core.errors import PipelineError
from pipeline.core.metric import TRAINED, champion
from pipeline.training.descriptions import DESCRIPTIONS

if TYPE_CHECKING:
    from pipeline.tracking.runs import Runs

PACKAGE = Path(__file__).parents[1]
# Imported by models/predict.py.
REQUIREMENTS = ("torch", "torchaudio", "torchtext", "numpy", "pyarrow", "safetensors", "soundfile", "spacy")

OUTPUTS = {  # the columns that `pipeline.answering.predict` gives, see serving.py
    "parity": {"parity": "string", "probability": "double"},
    "speech": {"word": "string", "probability": "double"},
    "sentiment": {"label": "string", "probability": "double"},
    "embeddings": {"label": "string", "probability": "double"},
    "packing": {"label": "string", "probability": "double"},
    "pooling": {"label": "string", "probability": "double"},
    "tagging": {"words": "string", "tags": "string"},
    "translation": {"translation": "string"},
    "shared_mlp": {"digit": "long", "probability": "double"},
    "next_value": {"next": "double"},
    "char_lm": {"text": "string"},
    "word_lm": {"next": "string", "probability": "double"},
}
EXAMPLES = {
    "parity": "3141592",
    "speech": "[[-444,38,22,-2,-38,0,0,3,13,16,-9,-6,-8],[-263,14,33,-4,-65,-9,-18,-3,2,18,-8,0,-8],"  # "six"
    "[-308,-20,27,-3,-75,-8,-35,-18,-3,11,-14,-6,-25],[-333,-15,32,-1,-79,-8,-33,-23,3,10,-8,5,-28],"
    "[-426,20,53,12,-56,-13,-36,-39,12,0,-5,7,-32],[-562,27,42,16,-13,-18,-22,-33,1,0,-8,6,-9]]",
    "sentiment": "A quiet film that stays with you long after it ends.",
    "embeddings": "A quiet film that stays with you long after it ends.",
    "packing": "A quiet film that stays with you long after it ends.",
    "pooling": "A quiet film that stays with you long after it ends.",
    "tagging": "Marie Curie worked at the University of Paris.",
    "shared_mlp": " ".join("255" if 4 <= at // 28 < 24 and at % 28 in (13, 14) else "0" for at in range(784)),  # a one
    "next_value": "10.2 15.1 47 93.8 105.9 105.5 104.5 66.6 68.9 38 34.5 15.5 12.6 27.5 92.5 155.4 154.6 140.4 115.9",
    "char_lm": "ROMEO:",
    "word_lm": "Shall I compare thee to a summer's",
}


def log_model(runs: "Runs", seed: int, models: Path, predictions: Path) -> None:
    """Log one seed's model as an output of the variant's run, unless it has one, and register it.

    A process that was killed may have begun: its logged model and version are completed, so that there is one of each.

    MLflow's own `log_model` would load the model again and, to check the example, predict with it; that is seconds
    a run. The steps are the same without it.

    Args:
        models: models/EXERCISE/VARIANT; the other seeds' weights are left out.
        predictions: a translation's example is the first source sentence in it.
    """
    import mlflow.pyfunc
    import pandas as pd
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    client, exercise = runs.client, runs.exercise
    run = client.get_run(runs.parent)
    if run.outputs is not None and run.outputs.model_outputs:
        return
    inputs = Schema([ColSpec("string", "text")])
    outputs = Schema([ColSpec(kind, name) for name, kind in OUTPUTS[exercise].items()])
    example = EXAMPLES.get(exercise) or pq.read_table(predictions, columns=["source"])["source"][0].as_py()
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
            python_model=PACKAGE / "models" / "serving.py",
            artifacts={"model": str(content)},
            model_config={"seed": seed},
            code_paths=[str(PACKAGE)],
            signature=ModelSignature(inputs, outputs),
            input_example=pd.DataFrame({"text": [example]}),
            pip_requirements=pinned(Path("requirements.lock")),
            mlflow_model=Model(
                artifact_path=logged.artifact_location,
                model_uuid=logged.model_id,
                model_id=logged.model_id,
                run_id=runs.parent,
            ),
        )
        client.log_model_artifacts(logged.model_id, str(saved))
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    register(runs, seed, logged.model_id)
    client.log_outputs(runs.parent, [LoggedModelOutput(logged.model_id, step=0)])  # last: it says that all is there


def register(runs: "Runs", seed: int, model: str) -> None:
    """Make the logged model a version of the exercise's registered model, whose alias `champion` is then set anew.

    The champion is the latest version of the variant that did best on the validation split.
    """
    from mlflow.exceptions import MlflowException

    client, exercise = runs.client, runs.exercise
    try:
        client.create_registered_model(exercise, description=DESCRIPTIONS[exercise])
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    tags = {"variant": runs.variant, "seed": str(seed)}
    if not client.search_model_versions(f"run_id = '{runs.parent}'", max_results=1):
        client.create_model_version(exercise, f"models:/{model}", runs.parent, tags, model_id=model)
    best = champion(f"{exercise}/{path.stem}" for path in sorted((TRAINED / exercise).glob("*.json")))
    versions = client.search_model_versions(f"name = '{exercise}'", order_by=["version_number DESC"])
    for version in versions:
        if f"{exercise}/{version.tags.get('variant')}" == best:
            client.set_registered_model_alias(exercise, "champion", version.version)
            return


def pinned(lock: Path) -> list[str]:
    """The pins of what a served model needs; naming them spares MLflow a search of many seconds.

    Raises:
        PipelineError: the lock does not pin one of them.
    """
    pins = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
    if missing := [name for name in REQUIREMENTS if name not in pins]:
        raise PipelineError(f"{lock} pins no {', '.join(missing)}: write it again")
    return [f"{name}=={pins[name]}" for name in REQUIREMENTS]
