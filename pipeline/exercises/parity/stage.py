"""Exercise 0, the sheet's own example: what is set, and what varies."""

from typing import Any

from pydantic import Field

from pipeline.core.params import Positive, Training
from pipeline.core.stage import Stage

SHEET = {  # its network
    "cell": "lstm", "layers": 2, "bidirectional": True, "embedding_size": 16, "hidden_size": 32, "as_torch_draws": True,
}  # fmt: skip
VARIANTS: dict[str, dict[str, Any]] = {
    "rnn": {"cell": "rnn", "layers": 1, "bidirectional": False},
    "gru": {"cell": "gru", "layers": 1, "bidirectional": False},
    "lstm": {"cell": "lstm", "layers": 1, "bidirectional": False},
    "bilstm": SHEET,
    "no_curriculum": SHEET | {"curriculum": False},
    "sheet_script": SHEET | {"script": True},
}
SHORT = 2  # digits at most in the first epochs
LENGTHS = (10, 40, 100, 500)  # digits of the test sets: at most 10, and exactly the others
# The sheet's script names no other settings of its training.
SCRIPT: dict[str, Any] = {"batches": 20, "batch_size": 64, "learning_rate": 0.001}


class Settings(Training):
    embedding_size: Positive
    hidden_size: Positive
    epoch_size: Positive = Field(description="training sequences drawn in an epoch")


STAGE = Stage(
    name="parity",
    description="Exercise 0: parity of the sum of digits, at lengths never trained on",
    settings=Settings,
    variants=VARIANTS,
    corpora=("parity",),
    metric="accuracy_10",
    curve="validation_accuracy",
)
