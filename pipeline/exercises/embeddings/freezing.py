"""What frozen word vectors save of an epoch's time, told apart from the machine's noise."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.exercises.embeddings.stage import STARTS


@dataclass(frozen=True)
class Saving:
    """Seconds of an epoch with trained and with frozen vectors, one for each start."""

    trained: list[float]
    frozen: list[float]

    @property
    def share(self) -> float:
        """How much less time than an epoch with trained vectors one with frozen ones takes, on the mean."""
        return 1 - statistics.fmean(self.frozen) / statistics.fmean(self.trained)

    @property
    def spread(self) -> float:
        """How far apart rows are that do equal work: what of a difference may be the machine's noise."""
        return max(max(rows) - min(rows) for rows in (self.trained, self.frozen))

    @property
    def shown(self) -> bool:
        """Whether frozen vectors save more than that."""
        return statistics.fmean(self.trained) - statistics.fmean(self.frozen) > self.spread


def saving(rows: Mapping[str, Mapping[str, Any]]) -> Saving | None:
    """What freezing saves, from the exercise's part of metrics/timings.json.

    Returns:
        None if fewer than two starts were trained both ways: without rows of equal work nobody knows the noise.
    """
    both = [start for start in STARTS if {f"{start}_trained", f"{start}_frozen"} <= rows.keys()]
    if len(both) < 2:
        return None
    trained, frozen = ([rows[f"{start}_{training}"]["seconds_per_epoch"] for start in both]
                       for training in ("trained", "frozen"))  # fmt: skip
    return Saving(trained, frozen)
