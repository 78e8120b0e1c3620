"""Exercises 8 and 11: what is asked of their results."""

from pipeline.declaration import PARAMETERS, SECONDS, Column, Comparison, Exercise, against, per_cent
from pipeline.exercises.translation.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="8, 11",
    question="Translation without attention, with Bahdanau's and with Luong's: what does attention bring?",
    columns=(
        Column("bleu"),
        Column("greedy_bleu"),
        Column("chrf"),
        Column("perplexity"),
        Column("bleu_unlike"),
        per_cent("distinct"),
        PARAMETERS,
        SECONDS,
    ),
    block=10,  # pairs that share a side stand next to each other
    comparisons=(
        Comparison(
            name="attention",
            metric="bleu",
            question="Does attention translate better than a single vector for the sentence, and which attention?",
            pairs=(*against("none", STAGE.variants), ("luong", "bahdanau")),
            headlines=against("none", STAGE.variants),
        ),
    ),
    command="translation",
)
