"""Exercise 9: what is asked of its results."""

from pipeline.declaration import ACCURACY, PARAMETERS, Comparison, Exercise, against, per_cent
from pipeline.exercises.speech.stage import STAGE

DEPTHS = {name: facts for name, facts in STAGE.variants.items() if facts["layers"]}

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
            pairs=against("layers_1", DEPTHS),
        ),
        Comparison(
            name="recurrence",
            metric="accuracy",
            question="Does a recurrent layer recognise spoken words better than a classifier of their mean cepstra?",
            pairs=(("layers_1", "mean_cepstra"),),
        ),
    ),
    command="speech",
)
