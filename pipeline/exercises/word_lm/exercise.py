"""Exercise 7: what is asked of its results."""

from pipeline.declaration import ACCURACY, PARAMETERS, SECONDS, Column, Comparison, Exercise, per_cent
from pipeline.exercises.word_lm.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="7",
    question="The next word, in batches of different lengths: is the state worth carrying from one to the next? "
    "And is a network better than counting?",
    columns=(
        Column("nats", digits=3),
        Column("perplexity"),
        ACCURACY,
        Column("word_perplexity"),
        per_cent("word_accuracy"),
        PARAMETERS,
        SECONDS,
    ),
    block=20,  # rows of a running text: some 80 lines
    comparisons=(
        Comparison(
            name="carried_state",
            metric="nats",
            question="Does a state carried from batch to batch predict the next word better than one that starts over?",
            pairs=(("carried", "reset"),),
        ),
        Comparison(
            name="counting",
            metric="nats",
            question="Does a network predict the next word better than counts of what followed the last few?",
            pairs=(("carried", "ngram"),),
        ),
    ),
    command="word_lm",
    unjudged=("ngram",),  # a baseline: it answers only where it is asked for
)
