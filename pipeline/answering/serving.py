"""The model as MLflow serves it: texts in, one row of predictions for each.

MLflow copies this file into the model and runs it to load one ("models from code"), so nothing is pickled.
"""

import json
from pathlib import Path

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


class TextModel(PythonModel):
    """Runs `predict` on the model directory among the artifacts, with the seed in the model's configuration."""

    def load_context(self, context) -> None:
        self.directory = Path(context.artifacts["model"])
        self.seed = context.model_config["seed"]

    def predict(self, context, model_input: pd.DataFrame, params=None) -> pd.DataFrame:
        """Predictions for the column `text`; words and tags come as JSON lists.

        Raises:
            MlflowException: a text is missing, or is not one that the model can answer. Its message is what the caller
                gets; from any other exception MLflow's server makes a traceback.
        """
        from pipeline.answering.predict import predict
        from pipeline.core.errors import PipelineError

        texts = model_input["text"].tolist()
        try:
            for text in texts:
                if not isinstance(text, str):
                    raise PipelineError(f"{text!r} is not a text: put it in quotes")
            rows = predict(self.directory, self.seed, texts)
        except PipelineError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from None
        return pd.DataFrame([{name: _scalar(value) for name, value in row.items()} for row in rows])


def _scalar(value):
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


set_model(TextModel())
