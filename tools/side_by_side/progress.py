"""What a person sees of stages that run side by side."""

import sys
import time
from collections.abc import Callable, Collection, Iterable

from tqdm import tqdm

KNOWN = 0.05  # of the work, after which the time left is estimated


class Progress:
    """A line for each stage that ended; on a terminal, below them, what runs, how much is left and for how long."""

    def __init__(self, stages: Iterable[str], seconds: Callable[[str], float], later: float) -> None:
        """`seconds`: what a stage is expected to take; `later`: what is expected to follow them all."""
        self.left = {stage: seconds(stage) for stage in stages}
        self.all, self.total, self.later = len(self.left), sum(self.left.values()), later
        self.had = dict.fromkeys(self.left, 0.0)  # seconds of all machines together, in equal shares to those that ran
        self.began = self.seen = time.monotonic()

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

    def show(self, running: Collection[str]) -> None:
        """To be called whenever what runs is about to change, and now and then."""
        now = time.monotonic()
        for stage in running:
            self.had[stage] += (now - self.seen) / len(running)
        self.seen = now
        self.bar.set_description_str(f"{self.state()} {', '.join(running) or 'waiting for a worker'}")

    def state(self) -> str:
        """As [12/72, 3:10, about 25:00 left]; the estimate is by how long the expected seconds took so far."""
        left = sum(self.left.values())
        about, ended = "", self.total - left
        took = sum(had for stage, had in self.had.items() if stage not in self.left)
        if took and ended > KNOWN * self.total:
            rate = ended / took
            begun = sum(min(seconds, rate * self.had[stage]) for stage, seconds in self.left.items())
            about = f", about {clock((left - begun) / rate + self.later)} left"
        return f"[{self.all - len(self.left)}/{self.all}, {clock(time.monotonic() - self.began)}{about}]"


def clock(seconds: float) -> str:
    """Minutes and seconds, as 3:07."""
    return "{}:{:02}".format(*divmod(round(seconds), 60))
