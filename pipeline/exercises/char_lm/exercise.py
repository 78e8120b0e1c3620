"""The language model of characters: what is asked of its results."""

from pipeline.declaration import ACCURACY, PARAMETERS, SECONDS, Column, Comparison, Exercise
from pipeline.exercises.char_lm.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="+",
    question="An LSTM that writes Shakespeare character by character: longer windows, or a larger state? And does it "
    "predict better than counting?",
    columns=(Column("nats", digits=3), Column("bits", digits=3), ACCURACY, PARAMETERS, SECONDS),
    block=20,  # rows of a running text: some 4,000 characters
    comparisons=(
        Comparison(
            name="characters",
            metric="nats",
            question="What do longer windows and a larger state bring to a model of characters, and does it beat "
            "counts of what followed the last few?",
            pairs=(("t64_h128", "t16_h128"), ("t64_h256", "t64_h128"), ("t64_h256", "ngram")),
        ),
    ),
    command="char_lm",
    unjudged=("ngram",),  # a baseline: it answers only where it is asked for
)
