"""Exercise 4: what is asked of its results."""

from pipeline.declaration import ACCURACY, F1, SECONDS, Column, Comparison, Exercise
from pipeline.exercises.embeddings.stage import STAGE

VECTORS = ("random_trained", "word2vec_frozen", "word2vec_trained")  # in which the report looks for near words

EXERCISE = Exercise(
    stage=STAGE,
    number="4",
    question="Random, word2vec or GloVe vectors, trained or frozen: which classify reviews best?",
    columns=(ACCURACY, F1, Column("trainable_parameters", digits=0), SECONDS),
    comparisons=(
        Comparison(
            name="embeddings",
            metric="accuracy",
            question="Do pretrained word vectors help, and does training them?",
            pairs=(
                ("word2vec_trained", "random_trained"),
                ("glove_trained", "random_trained"),
                ("random_frozen", "random_trained"),
                ("word2vec_frozen", "word2vec_trained"),
                ("glove_frozen", "glove_trained"),
                ("glove_gradual", "glove_trained"),
                ("glove_gradual", "glove_longer"),
                ("word2vec_frozen", "glove_frozen"),
            ),
        ),
    ),
    command="sentiment",
    reads=tuple(f"models/embeddings/{variant}" for variant in VECTORS if variant in STAGE.variants),
)
