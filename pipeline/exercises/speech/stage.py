"""Exercise 9, spoken words: what is set, and what varies."""

from pipeline.core.params import BucketedTraining, Positive
from pipeline.core.stage import Stage
from pipeline.layers.kinds import Cell

VARIANTS = {
    "mean_cepstra": {"layers": 0},  # logistic regression
    **{f"layers_{layers}": {"layers": layers} for layers in (1, 2, 3, 4)},
}
PENALTY = 10.0  # on half the squared weights of a logistic regression, `mean_cepstra` or a probe


class Settings(BucketedTraining):
    cell: Cell
    hidden_size: Positive


STAGE = Stage(
    name="speech",
    description="Exercise 9: spoken words, by how many recurrent layers there are",
    settings=Settings,
    variants=VARIANTS,
    corpora=("speech",),
    metric="accuracy",
    curve="validation_accuracy",
)
