"""Exercise 9: what is asked of its results."""

from pipeline.declaration import ACCURACY, PARAMETERS, Comparison, Exercise, against, per_cent
from pipeline.exercises.speech.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="9",
    question="Which word is spoken? What do more recurrent layers over its cepstra bring?",
    columns=(ACCURACY, per_cent("error_rate"), PARAMETERS),
    comparisons=(
        Comparison(
            name="depth",
            metric="accuracy",
            question="Do more recurrent layers recognise spoken words better?",
            pairs=against("layers_1", STAGE.variants),
        ),
    ),
    command="speech",
)
