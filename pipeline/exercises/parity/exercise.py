"""Exercise 0: what is asked of its results."""

from pipeline.declaration import PARAMETERS, Comparison, Exercise, against, per_cent
from pipeline.exercises.parity.stage import LENGTHS, STAGE
from pipeline.scoring.metrics import accuracy_at

ALIKE = {  # trained in the same way
    name: facts for name, facts in STAGE.variants.items() if facts.get("curriculum", True) and not facts.get("script")
}

EXERCISE = Exercise(
    stage=STAGE,
    number="0",
    question="Is the sum of a sequence of digits odd? Trained on 1 to 10 digits, tested on up to 500.",
    columns=(*(per_cent(f"accuracy_{length}") for length in LENGTHS), PARAMETERS),
    metrics={
        "accuracy_10": accuracy_at(10, "1 to 10 digits"),
        "accuracy_500": accuracy_at(500, "500 digits"),
    },
    comparisons=(
        Comparison(
            name="parity",
            metric="accuracy_10",
            question="Does every kind of recurrent network learn whether the sum of up to ten digits is odd?",
            pairs=against("rnn", ALIKE),
        ),
        Comparison(
            name="length",
            metric="accuracy_500",
            question="Does what was learnt on ten digits hold for five hundred?",
            pairs=against("rnn", ALIKE),
        ),
        Comparison(
            name="script",
            metric="accuracy_10",
            question="The sheet's own network: is it enough to train it for longer than twenty batches and with other "
            "settings, or do short sequences have to come first?",
            pairs=(
                ("no_curriculum", "sheet_script"),
                ("bilstm", "no_curriculum"),
            ),
        ),
    ),
    command="parity",
)
