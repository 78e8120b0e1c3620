"""Exercise 2: what is asked of its results."""

from pipeline.declaration import PARAMETERS, Column, Comparison, Exercise
from pipeline.exercises.next_value.stage import STAGE
from pipeline.scoring.metrics import root_mean_squared_error

RIVAL = "autoregression_roots"  # reads what the networks read
NETWORKS = tuple(name for name, variant in STAGE.variants.items() if variant["network"] == "recurrent")

EXERCISE = Exercise(
    stage=STAGE,
    number="2",
    question="Next year's sunspots: do networks written by hand forecast better than persistence and autoregressions?",
    columns=(Column("rmse"), Column("mae"), Column("fixed_rmse"), PARAMETERS),
    metrics={"rmse": root_mean_squared_error("sunspot number", "sunspots")},
    block=11,  # the years of a sunspot cycle
    comparisons=(
        Comparison(
            name="forecast",
            metric="rmse",
            question="Do recurrent networks forecast sunspots better than an autoregression, and does that beat mere "
            "persistence?",
            pairs=(
                ("autoregression", "persistence"),
                (RIVAL, "autoregression"),
                *((network, RIVAL) for network in NETWORKS),
            ),
        ),
    ),
    command="next_value",
)
