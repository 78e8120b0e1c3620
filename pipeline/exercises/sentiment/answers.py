"""Reviews in, positive or negative out."""

from pipeline.exercises.reviews.answers import NETWORKS, OUTPUTS, answer, example

__all__ = ["NETWORKS", "OUTPUTS", "answer", "example"]
