"""What a person sees of stages that run side by side."""

import sys
import time
from collections.abc import Callable, Iterable

from tqdm import tqdm

KNOWN = 0.05  # of the work, after which the time left is estimated


class Progress:
    """A line for each stage that ended; on a terminal, below them, what runs, how much is left and for how long."""

    def __init__(self, stages: Iterable[str], seconds: Callable[[str], float], later: float) -> None:
        """`seconds`: what a stage is expected to take; `later`: what is expected to follow them all."""
        self.left = {stage: seconds(stage) for stage in stages}
        self.all, self.total, self.later = len(self.left), sum(self.left.values()), later
        self.began = time.monotonic()

    def __enter__(self) -> "Progress":
        self.bar = tqdm(
            bar_format="{desc}", leave=False, disable=not sys.stdout.isatty(), file=sys.stdout, dynamic_ncols=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def ended(self, stage: str, line: str) -> None:
        del self.left[stage]
        self.say(line)

    def say(self, line: str) -> None:
        self.bar.write(f"{self.state()} {line}", file=sys.stdout)
        sys.stdout.flush()

    def show(self, running: Iterable[str]) -> None:
        self.bar.set_description_str(f"{self.state()} {', '.join(running) or 'waiting for a worker'}")

    def state(self) -> str:
        """As [12/72, 3:10, about 25:00 left]; the estimate is by how long the expected seconds took so far."""
        elapsed, left = time.monotonic() - self.began, sum(self.left.values())
        ended = self.total - left
        about = f", about {clock((left * elapsed / ended) + self.later)} left" if ended > KNOWN * self.total else ""
        return f"[{self.all - len(self.left)}/{self.all}, {clock(elapsed)}{about}]"


def clock(seconds: float) -> str:
    """Minutes and seconds, as 3:07."""
    return "{}:{:02}".format(*divmod(round(seconds), 60))
