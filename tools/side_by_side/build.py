"""Stages side by side: each begins when those it waits for have ended and a place is free, the most urgent first."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipeline.core.errors import PipelineError
from tools.side_by_side import work
from tools.side_by_side.machines import PATIENCE, Machines, travelling
from tools.side_by_side.plan import urgency
from tools.side_by_side.progress import Progress, clock

LINES = 8  # of a failed stage's log
LOOK = 1.0  # seconds between two looks at who is there, and whether to stop; a stage that ends is seen at once


def build(
    project: Path, waits: Mapping[str, Sequence[str]], seconds: Callable[[str], float], machines: Machines, later: float
) -> None:
    """Run the stages of a plan; after a failure or Ctrl-C those that run may end, and no other begins.

    Args:
        waits: stage -> the stages before it.
        seconds: what a stage is expected to take.
        later: seconds of work that is expected after this, for the estimate.

    Raises:
        PipelineError: a stage failed, its last lines have been printed; or no worker is left.
        KeyboardInterrupt: at Ctrl-C and SIGTERM, once the stages have ended.
    """
    from distributed import wait

    urgent = urgency(waits, seconds)
    waiting = sorted(waits, key=lambda stage: -urgent[stage])
    reproduce = travelling(work.reproduce)
    running: dict[str, Any] = {}  # stage -> Dask's future
    cards: dict[str, str] = {}  # running stage -> its GPU
    done: set[str] = set()
    failed: list[str] = []
    stopped: list[bool] = []  # not empty once Ctrl-C or SIGTERM has come
    told: list[str] = []  # the processes that were sent Ctrl-C
    refused: set[str] = set()  # the workers that came later and are unlike the others, and why
    seen = time.monotonic()  # when there was a worker
    with Progress(waits, seconds, later) as progress, at_stop(lambda: stopped.append(True)):
        while running or (waiting and not failed and not stopped):
            places = machines.places()
            seen = time.monotonic() if places else seen
            if time.monotonic() > seen + PATIENCE and stopped:
                break
            if time.monotonic() > seen + PATIENCE:
                raise PipelineError(f"the last worker went {PATIENCE} s ago: start one, and run the same command again")
            ready = [stage for stage in waiting if done.issuperset(waits[stage])]
            for stage in ready[: max(0, places - len(running))] if not failed and not stopped else ():
                waiting.remove(stage)
                variables = machines.variables
                if machines.cards:
                    used = Counter(cards.values())
                    cards[stage] = min(machines.cards, key=used.__getitem__)
                    variables = {**variables, "CUDA_VISIBLE_DEVICES": cards[stage]}
                arguments = (stage, machines.folder, variables, machines.signature)
                running[stage] = machines.client.submit(reproduce, *arguments, key=f"{stage} {seen}", pure=False)
            if stopped:
                asked = (list(running), machines.folder, len(stopped), told)
                answers = machines.client.run(work.interrupt, *asked, on_error="ignore").values()
                told = sorted({*told, *(name for names in answers for name in names)})
            time.sleep(0 if running else LOOK)
            with suppress(TimeoutError):
                wait(list(running.values()), LOOK, "FIRST_COMPLETED")
            progress.show(running)
            for stage in [stage for stage, future in running.items() if future.done()]:
                code, took, printed = outcome(running.pop(stage))
                cards.pop(stage, None)
                if code is None:
                    refuse(printed, refused, machines, progress)
                    waiting.insert(0, stage)
                    continue
                log = project / "logs" / f"{stage}.log"
                if machines.folder is None:  # it is on another disk
                    log.parent.mkdir(exist_ok=True)
                    log.write_text(printed, encoding="utf-8")
                if code == 0:
                    done.add(stage)
                    progress.ended(stage, f"{stage}: {clock(took)}")
                elif not stopped:
                    failed.append(stage)
                    last = printed.strip().splitlines()[-LINES:]
                    progress.say("\n    ".join([f"{stage} failed ({log.relative_to(project)}):", *last]))
                    if running:
                        progress.say(f"still running, and may end: {', '.join(running)}")
    if stopped:
        raise KeyboardInterrupt
    if failed:
        raise PipelineError(f"{', '.join(failed)} failed (see above): put it right, and run the same command again")


def refuse(said: str, refused: set[str], machines: Machines, progress: Progress) -> None:
    """Stop a worker that says what it has that it must not have."""
    machines.client.retire_workers([said.split()[0]])
    if said not in refused:
        progress.say(f"{said}: it was stopped (docs/clusters.md)")
    refused.add(said)


def outcome(future: Any) -> tuple[int | None, float, str]:
    """What a stage came to, whatever became of its worker."""
    error = future.exception()
    return future.result() if error is None else (1, 0.0, f"{type(error).__name__}: {error}")


@contextmanager
def at_stop(call: Callable[[], object]) -> Iterator[None]:
    """Call this at Ctrl-C and SIGTERM, and go on."""
    before = {number: signal.signal(number, lambda *_: call()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
