"""Exercise 0, the sheet's own example: what is set, and what varies."""

from pydantic import Field

from pipeline.core.params import Positive, Training
from pipeline.core.stage import Stage

VARIANTS = {  # `bilstm` is the sheet's network
    "rnn": {"cell": "rnn", "layers": 1, "bidirectional": False},
    "gru": {"cell": "gru", "layers": 1, "bidirectional": False},
    "lstm": {"cell": "lstm", "layers": 1, "bidirectional": False},
    "bilstm": {"cell": "lstm", "layers": 2, "bidirectional": True},
}
SHORT = 2  # digits at most in the first epochs
LENGTHS = (10, 40, 100, 500)  # digits of the test sets: at most 10, and exactly the others


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
