"""Exercise 3: what is asked of its results."""

from pipeline.declaration import ACCURACY, F1, LOSS, PARAMETERS, Comparison, Exercise
from pipeline.exercises.sentiment.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="3",
    question="Is a film review positive or negative? LSTM against GRU by the last state; bf16 against fp32.",
    columns=(ACCURACY, F1, LOSS, PARAMETERS),
    comparisons=(
        Comparison(
            name="cell",
            metric="accuracy",
            question="Does a GRU, with fewer parameters, classify reviews differently from an LSTM computed in fp32?",
            pairs=(("gru", "lstm_fp32"),),  # on a CPU a GRU's recurrence is in fp32 whatever the precision
        ),
        Comparison(
            name="precision",
            metric="accuracy",
            question="Does training in bf16, where the processor has it, cost accuracy against fp32?",
            pairs=(("lstm", "lstm_fp32"),),
        ),
    ),
    command="sentiment",
)
