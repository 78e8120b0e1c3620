"""The student's weighted sum, trained as a variant of exercise 5."""

import torch
from torch import Tensor, nn

from pipeline.checking.train import Training, theirs
from pipeline.exercises.pooling.train import Pooled, recipe


class Theirs(nn.Module):
    """The student's pooling in the place of `Pooling`, in float32 whatever the precision of the training."""

    weighs = False  # there are no weights to show

    def __init__(self, pooling: nn.Module) -> None:
        super().__init__()
        self.pooling = pooling

    def forward(self, states: Tensor, lengths: Tensor, final: Tensor) -> tuple[Tensor, None]:
        """See `Pooling.forward`."""
        # The tensors that the student makes are made where the states are.
        with torch.autocast(states.device.type, enabled=False), states.device:
            return self.pooling(states.float(), lengths), None


class Handed(Pooled):
    """One seed of a classifier of reviews with the student's pooling."""

    def build(self) -> nn.Module:
        model = super().build()
        assert isinstance(model.output, nn.Linear)
        model.pooling = Theirs(theirs(self.recipe).WeightedSum(model.output.in_features))
        return model


TRAINING = Training("attention", recipe, Handed, against=("attention", "last"))
