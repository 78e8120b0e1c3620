"""The recurrent layers against torch.nn on packed input, and against what the processor can do."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.mkldnn import to_mkldnn

from benchmarks.measure import Result, interleaved, medians
from pipeline.corpora.prepared.batching import bucketed
from pipeline.corpora.prepared.tables import PREPARED, ragged, read_table
from pipeline.layers.recurrent import CELLS
from pipeline.training.device import cores

INPUT, BATCH, LENGTH = 100, 64, 200  # features, reviews in a batch, tokens kept of a review
BATCHES = (64, 128, 256)  # for the share of the peak
HIDDEN = 256  # likewise
ORIGINALS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}
TARGETS = {("lstm", False, 128): 4.0, ("lstm", True, 128): 3.0}

Step = Callable[[Tensor, Tensor], Tensor]  # input and lengths -> outputs


def engine_vs_packed() -> Iterator[Result]:
    """Forward and backward over the same bucketed batches: ours padded, torch.nn's packed.

    One thread is what the pipeline gives a seed; all cores, of the LSTM alone, are what torch takes by itself. `fp32`
    has both sides in fp32, `best` has either side in whichever precision it is faster in.
    """
    torch.set_flush_denormal(True)  # on both sides
    batches = review_batches()
    tokens = sum(int(lengths.sum()) for _, lengths in batches)
    for threads in sorted({1, cores()}):
        torch.set_num_threads(threads)
        cells = CELLS if threads == 1 else ("lstm",)
        for cell, bidirectional, hidden in product(cells, (False, True), (128, 256)):
            target = TARGETS.get((cell, bidirectional, hidden), 1.0)
            name = f"{cell}_{'bi' if bidirectional else 'uni'}_{hidden}/threads_{threads}"
            seconds = compare(cell, bidirectional, hidden, batches)
            rounds = len(seconds["ours_fp32"])
            rate = {f"{side}_tokens_per_s": tokens / took for side, took in medians(seconds).items()}
            for precision in ("fp32", "best"):
                ours, theirs = (of(rate, side, precision) for side in ("ours", "packed"))
                yield Result(
                    f"engine_vs_packed/{name}/{precision}",
                    rate[ours] / rate[theirs],
                    "times",
                    rate,
                    rounds,
                    target,
                    note=f"{ours} over {theirs}; batch {BATCH}, input {INPUT}, IMDb's lengths cut at {LENGTH}",
                )


def of(rate: dict[str, float], side: str, precision: str) -> str:
    """The name of a side's rate in fp32, or of its best."""
    named = [name for name in rate if name.startswith(side) and (precision == "best" or precision in name)]
    return max(named, key=lambda name: rate[name])


def review_batches() -> list[tuple[Tensor, Tensor]]:
    """Random features (batch, steps, INPUT) in the lengths (batch,) of a short and a long bucket of IMDb's reviews."""
    lengths = np.minimum(ragged(read_table(PREPARED / "imdb/train.arrow"), "tokens").lengths, LENGTH)
    generator = torch.Generator().manual_seed(0)
    buckets = sorted(bucketed(lengths, BATCH, np.random.default_rng(0)), key=lambda batch: lengths[batch].sum())
    batches = []
    for batch in (buckets[len(buckets) // 4], buckets[3 * len(buckets) // 4]):
        real = torch.from_numpy(lengths[batch])
        features = torch.randn(len(batch), int(real.max()), INPUT, generator=generator)
        batches.append((features.requires_grad_(), real))  # as for an embedding below, which needs its gradient
    return batches


def compare(
    cell: str, bidirectional: bool, hidden: int, batches: list[tuple[Tensor, Tensor]], budget: float = 8.0
) -> dict[str, list[float]]:
    """Seconds of a pass over the batches, for both sides in both precisions."""
    ours = CELLS[cell](INPUT, hidden, bidirectional=bidirectional)
    theirs = ORIGINALS[cell](INPUT, hidden, batch_first=True, bidirectional=bidirectional)

    def padded(features: Tensor, lengths: Tensor) -> Tensor:
        return ours(features, lengths, need_cell=False)[0]  # as classifiers and taggers call it

    def packed(features: Tensor, lengths: Tensor) -> Tensor:
        sequence = pack_padded_sequence(features, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(theirs(sequence)[0], batch_first=True)[0]

    sides: dict[str, Callable[[], float]] = {}
    for (side, step, network), precision in product((("ours", padded, ours), ("packed", packed, theirs)), PRECISIONS):
        train(step, network, [(x[:, :20].detach(), length.clamp(max=20)) for x, length in batches], precision)
        sides[f"{side}_{precision}"] = partial(train, step, network, batches, precision)
    return interleaved(sides, repeats=7, budget=budget)


def train(step: Step, network: nn.Module, batches: list[tuple[Tensor, Tensor]], precision: str) -> float:
    """Seconds of a forward and backward pass over every batch."""
    started = time.perf_counter()
    for features, lengths in batches:
        network.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            outputs = step(features, lengths)
        outputs.sum().backward()
    return time.perf_counter() - started


def share_of_gemm_peak() -> Iterator[Result]:
    """Arithmetic of an LSTM's gates in a training step over the best that a matrix product reaches on this machine.

    The step's time is a median. The peak is the best of all products, because a peak is what can be reached.

    A step and element counts 2 * 4 * hidden * (input + hidden) operations forwards, and twice that backwards; all else
    (activations, weights put in order, padding's steps) is loss. No sequence is padded here.
    """
    torch.set_flush_denormal(True)
    steps = LENGTH
    operations = 3 * 2 * 4 * HIDDEN * (INPUT + HIDDEN) * steps
    for threads, (precision, dtype) in product(sorted({1, cores()}), PRECISIONS.items()):
        torch.set_num_threads(threads)
        network = CELLS["lstm"](INPUT, HIDDEN)
        sides: dict[str, Callable[[], float]] = {"product": partial(best_product, dtype)}
        for batch in BATCHES:
            features = [(torch.randn(batch, steps, INPUT, requires_grad=True), torch.full((batch,), steps))]
            sides[f"batch_{batch}"] = partial(train, partial(unpadded, network), network, features, precision)
        for side in sides.values():
            side()
        taken = interleaved(sides, repeats=7, budget=20)
        peak = 1 / min(taken["product"])
        for batch in BATCHES:
            reached = batch * operations / medians(taken)[f"batch_{batch}"]
            yield Result(
                f"share_of_gemm_peak/{precision}/threads_{threads}/batch_{batch}",
                reached / peak,
                "of peak",
                {"lstm_gflop_per_s": reached / 1e9, "best_product_gflop_per_s": peak / 1e9},
                len(taken["product"]),
                0.5 if precision == "fp32" else None,
                note=f"LSTM, input {INPUT}, hidden {HIDDEN}, {steps} steps, forward and backward, the median; "
                "over the best product of torch's libraries, large and small",
            )


def unpadded(network: nn.Module, features: Tensor, lengths: Tensor) -> Tensor:
    return network(features, None)[0]


def best_product(dtype: torch.dtype) -> float:
    """Seconds per operation of the fastest matrix product, each tried several times."""
    best = float("inf")
    for rows, inner, columns in [(size, size, size) for size in (2048, 1024, 512)] + [
        (batch, HIDDEN, 4 * HIDDEN) for batch in BATCHES
    ]:
        operations = 2 * rows * inner * columns
        for multiply in products(rows, inner, columns, dtype):
            for _ in range(max(4, int(1e9 / operations))):
                started = time.perf_counter()
                multiply()
                best = min(best, (time.perf_counter() - started) / operations)
    return best


def products(rows: int, inner: int, columns: int, dtype: torch.dtype) -> Iterator[Callable[[], Tensor]]:
    """(rows, inner) times (inner, columns), by whatever torch has for it.

    In fp32 torch.mm uses MKL, which is not at its best on every processor; a layer in oneDNN's format uses oneDNN, as
    the recurrent layers do. In bf16 torch.mm uses oneDNN.
    """
    left, right = torch.randn(rows, inner).to(dtype), torch.randn(inner, columns).to(dtype)
    yield partial(torch.mm, left, right)
    yield partial(torch.mm, left, right.t().contiguous().t())
    if dtype == torch.float32 and torch.backends.mkldnn.is_available():
        yield partial(to_mkldnn(nn.Linear(inner, columns)), left.to_mkldnn())
