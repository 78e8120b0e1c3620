"""What exercises 3 to 5 set alike."""

from pipeline.core.params import BucketedTraining, Positive


class Classification(BucketedTraining):
    """What every classifier of reviews has."""

    embedding_size: Positive
    hidden_size: Positive
    layers: Positive
    bidirectional: bool
    max_length: Positive
