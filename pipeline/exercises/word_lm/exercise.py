"""Exercise 7: what is asked of its results."""

from pipeline.declaration import ACCURACY, PARAMETERS, Column, Comparison, Exercise, per_cent
from pipeline.exercises.word_lm.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="7",
    question="The next word, in batches of different lengths: is the state worth carrying from one to the next?",
    columns=(
        Column("nats", digits=3),
        Column("perplexity"),
        ACCURACY,
        Column("word_perplexity"),
        per_cent("word_accuracy"),
        PARAMETERS,
    ),
    block=20,  # rows of a running text: some 80 lines
    comparisons=(
        Comparison(
            name="carried_state",
            metric="nats",
            question="Does a state carried from batch to batch predict the next word better than one that starts over?",
            pairs=(("carried", "reset"),),
        ),
    ),
    command="word_lm",
)
