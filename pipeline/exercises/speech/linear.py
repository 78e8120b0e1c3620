"""Logistic regression, by torch: scikit-learn's coefficients differ with the kernels that numpy's BLAS picks."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def logistic_regression(features: Tensor, labels: Tensor, classes: int, penalty: float) -> nn.Linear:
    """Fit by L-BFGS (Liu and Nocedal 1989); the features are standardised first.

    Args:
        features: (examples, size).
        labels: (examples,) int64.
        penalty: on half the sum of the squared weights; cross-entropies are summed, not averaged.

    Returns:
        A float64 map from features as they are to logits.
    """
    features = features.double()
    mean, sd = features.mean(0), features.std(0, correction=0)
    sd = torch.where(sd > 0, sd, 1.0)
    standard = (features - mean) / sd
    weight = torch.zeros(classes, features.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=1000, tolerance_grad=1e-5, tolerance_change=1e-12, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = cross_entropy(standard @ weight.T + bias, labels, reduction="sum") + penalty / 2 * weight.square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)  # type: ignore[arg-type]
    linear = nn.Linear(features.shape[1], classes, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(weight / sd)
        linear.bias.copy_(bias - (weight / sd) @ mean)
    return linear
