"""Exercise 1: what is asked of its results."""

from pipeline.declaration import ACCURACY, LOSS, PARAMETERS, Comparison, Exercise
from pipeline.exercises.shared_mlp.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="1",
    question="Handwritten digits: do hidden layers that share one matrix do worse than layers with their own?",
    columns=(ACCURACY, LOSS, PARAMETERS),
    comparisons=(
        Comparison(
            name="sharing",
            metric="accuracy",
            question="Do hidden layers that share one matrix classify digits worse than layers that each have their "
            "own?",
            pairs=(("shared", "separate"), ("shared_three", "separate_three")),
        ),
    ),
    command="shared_mlp",
)
