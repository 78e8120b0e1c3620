"""Exercise 3: what is asked of its results."""

from pipeline.declaration import ACCURACY, F1, LOSS, PARAMETERS, Comparison, Exercise
from pipeline.exercises.sentiment.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="3",
    question="Is a film review positive or negative? LSTM against GRU, and a linear model.",
    columns=(ACCURACY, F1, LOSS, PARAMETERS),
    comparisons=(
        Comparison(
            name="cell",
            metric="accuracy",
            question="Does a GRU, with fewer parameters, classify reviews differently from an LSTM?",
            pairs=(("gru", "lstm"),),
        ),
        Comparison(
            name="forget",
            metric="accuracy",
            question="Does an LSTM learn better if its forget gate begins open?",
            pairs=(("lstm", "lstm_forget_0"),),
        ),
        Comparison(
            name="baseline",
            metric="accuracy",
            question="Does a recurrent network classify better than a linear model of the words and pairs in a review?",
            pairs=(("lstm", "linear"), ("gru", "linear")),
        ),
        Comparison(
            name="whole",
            metric="accuracy",
            question="Is there more to be found in whole reviews than in their ends?",
            pairs=(("linear_whole", "linear"),),
        ),
    ),
    command="sentiment",
    unjudged=("linear", "linear_whole"),  # `rnn sentiment` is answered by networks, unless another model is named
)
