"""What a solution of exercise 6 is checked for."""

from types import ModuleType

import torch
from torch import Tensor, nn

from pipeline.checking.checks import alike, holds, need, shaped

SIZE, HIDDEN = 3, 4
LENGTHS = (2, 6, 1, 4)  # neither ascending nor descending
ROWS = torch.tensor([9, 1, 5, 2, 8, 3, 7, 4, 6, 2])


def data() -> tuple[nn.LSTM, list[Tensor], Tensor]:
    """An LSTM, sequences, and the states after their last steps."""
    lstm = nn.LSTM(SIZE, HIDDEN, batch_first=True)
    sequences = [torch.randn(length, SIZE) for length in LENGTHS]
    return lstm, sequences, torch.cat([lstm(one.unsqueeze(0))[0][:, -1] for one in sequences]).detach()


def way(theirs: ModuleType, name: str) -> None:
    """Check one way through the LSTM."""
    lstm, sequences, expected = data()
    calls: list[int] = []
    lstm.register_forward_hook(lambda *_: calls.append(1))
    found = shaped(need(theirs, name)(lstm, sequences), (len(LENGTHS), HIDDEN), f"the result of {name}")
    kept = found.detach()
    near = torch.cdist(kept, expected).amin(1) < 1e-5
    elsewhere = bool(near.all()) and not torch.allclose(kept, expected, atol=1e-4)
    holds(not elsewhere, f"{name} gives the states in another order than that of the sequences")
    alike(found[1], expected[1], f"{name}: even the longest sequence does not get the state after its last step")
    alike(found, expected, f"{name}: a short sequence gets another state than alone, as if it had read padding")
    holds(found.requires_grad, f"no gradient comes through {name}: nothing would be learnt")
    if name != "one_by_one":
        holds(len(calls) == 1, f"{name} calls the LSTM {len(calls)} times for one batch")


def single(theirs: ModuleType) -> None:
    """One by one gives the states after the last steps."""
    way(theirs, "one_by_one")


def padding(theirs: ModuleType) -> None:
    """A padded batch gives the same."""
    way(theirs, "padded")


def packing(theirs: ModuleType) -> None:
    """A packed batch gives the same."""
    way(theirs, "packed")


def one(theirs: ModuleType) -> None:
    """A batch of one sequence gives one state, each way."""
    lstm, sequences, _ = data()
    for name in ("one_by_one", "padded", "packed"):
        shaped(need(theirs, name)(lstm, sequences[:1]), (1, HIDDEN), f"the result of {name} for one sequence")


def really(theirs: ModuleType) -> None:
    """A packed batch is packed, a padded one is not."""
    lstm, sequences, _ = data()
    given: list[str] = []
    lstm.register_forward_pre_hook(lambda _, inputs: given.append(type(inputs[0]).__name__))
    need(theirs, "packed")(lstm, sequences)
    holds(given[-1] == "PackedSequence", "packed gives the LSTM a batch that is not packed")
    need(theirs, "padded")(lstm, sequences)
    holds(given[-1] != "PackedSequence", "padded gives the LSTM a batch that is packed")


def every_row(theirs: ModuleType) -> None:
    """Every row is in one batch, once."""
    found = need(theirs, "buckets")(ROWS, 3)
    rows = torch.cat([torch.as_tensor(batch) for batch in found]).tolist()
    holds(len(rows) == len(ROWS), f"of 10 rows, the batches hold {len(rows)}")
    holds(sorted(rows) == [*range(10)], "the batches do not hold every row number once: are they lengths?")
    sizes = sorted(len(batch) for batch in found)
    holds(sizes == [1, 3, 3, 3], f"10 rows in batches of 3 came out in batches of {sizes}")


def like(theirs: ModuleType) -> None:
    """A batch has like lengths, and the batches come in a random order."""
    draws = [need(theirs, "buckets")(ROWS, 5) for _ in range(30)]  # a generator of theirs may not be seeded
    for batches in draws:
        spans = sorted([int(ROWS[batch].min()), int(ROWS[batch].max())] for batch in batches)
        holds(
            spans == [[1, 4], [5, 9]],
            f"10 lengths from 1 to 9 in two batches: one goes from {spans[0][0]} to {spans[0][1]}",
        )
    holds(len({int(ROWS[batches[0]].max()) for batches in draws}) > 1, "the batches always come in the same order")


def wasted(theirs: ModuleType) -> None:
    """The share of padding counts every batch."""
    waste = need(theirs, "waste")
    found = float(waste(torch.tensor([4, 4, 4]), [torch.tensor([0, 1]), torch.tensor([2])]))
    holds(abs(found) < 1e-6, f"sequences of one length: waste gives {found:.3f}, though there is no padding")
    found = float(waste(torch.tensor([1, 3]), [torch.tensor([0, 1])]))
    holds(abs(found - 1 / 3) < 1e-4, f"lengths 1 and 3 in a batch: waste gives {found:.3f}; count the places by hand")
    found = float(waste(torch.tensor([1, 3, 1, 1]), [torch.tensor([0, 1]), torch.tensor([2, 3])]))
    holds(abs(found - 0.25) < 1e-4, f"two batches, one without padding: waste gives {found:.3f}; count all places")


CHECKS = (single, padding, packing, one, really, every_row, like, wasted)
