"""A stage killed at any moment continues at the next `dvc repro` and ends with the same bytes and one run in MLflow.

KILLS=100 says how often to kill, all stages together; SEED=0 draws the moments.
"""

import json
import os
import random
import re
import signal
import time
from collections import Counter

import pytest

from tests.long.conftest import FILE
from tests.long.copies import entry, epochs, forget, interrupted, leftovers, repro, runs

KILLS = int(os.environ.get("KILLS", "100"))
SEED = os.environ.get("SEED", "0")
# Shares of the kills. Seeds side by side; seeds one after the other; a text that each epoch reads on in.
TRAINING = {"parity@lstm": 0.25, "packing@bucketed": 0.3, "char_lm@t16_h128": 0.2}
OTHERS = {"prepare@imdb": 0.1, "prepare@vectors": 0.05, "fetch@digits": 0.1}
EPOCHS = 4


def first_epochs(printed):
    """The first epoch of each seed that was trained and reported."""
    first = {}
    for seed, epoch in re.findall(rf"^seed (\d+)  epoch (\d+)/{EPOCHS} ", printed, flags=re.MULTILINE):
        first.setdefault(int(seed), int(epoch))
    return first


def moment(project, stage, target, after):
    """When the kill came, in words."""
    if entry(project, stage)["outs"]:
        return "after the end"
    if target == "dvc":
        return "DVC alone, and the stage ended unrecorded"
    if stage not in TRAINING:
        return "before the end"
    note = project / ".cache/runs" / f"{stage.replace('@', '/')}.json"
    if note.exists() and "results" in json.loads(note.read_text(encoding="utf-8")):
        return "after the outputs were written, before DVC recorded them"
    if sum(after.values()) == 2 * EPOCHS:
        return "after training"
    return "during training" if after else "before the first epoch ended"


@pytest.mark.parametrize("stage", [*TRAINING, *OTHERS])
def test_killed_stages_end_with_the_same_bytes(disturbed, web, stage):
    project = disturbed
    repro(project, stage)
    draw = random.Random(f"{SEED} {stage}")
    forget(project, stage)
    begun = time.perf_counter()
    repro(project, "--single-item", stage)
    duration = time.perf_counter() - begun
    undisturbed = entry(project, stage)
    assert undisturbed["outs"]
    finished = runs(project, stage)["PARENT FINISHED"]

    kills = round(KILLS * (TRAINING | OTHERS)[stage])
    killed, moments, begun = 0, Counter(), time.perf_counter()
    while killed < kills:
        forget(project, stage)
        web.served.clear()
        state: dict[int, int] = {}  # seed -> epochs behind it
        for _ in range(min(draw.randint(1, 3), kills - killed)):
            target = draw.choice(("group", "stage", "dvc"))
            _, printed = interrupted(project, stage, draw.uniform(0, duration), signal.SIGKILL, target)
            killed += 1
            now = epochs(project, stage)
            moments[moment(project, stage, target, now)] += 1
            check_resumed(state, printed)
            state = now
        printed = repro(project, "--single-item", stage)
        check_resumed(state, printed)
        assert entry(project, stage) == undisturbed
        assert not leftovers(project)
        if stage in TRAINING:
            finished += 1
            found = runs(project, stage)
            assert found["PARENT FINISHED"] == finished and not found["RUNNING"] + found["PARENT RUNNING"], found
            assert found["FINISHED"] == 2 * finished  # a child a seed
        if stage == "fetch@digits":
            assert (project / "data/raw/digits/slow.bin").read_bytes() == FILE
            got = sum(sent for _, sent in web.served)
            assert got < len(FILE) + 2**20 * len(web.served), "what had come was fetched again"
    took = time.perf_counter() - begun
    print(f"\n{stage}: {kills} kills in {took:.0f} s (undisturbed: {duration:.1f} s): {dict(moments)}")
    assert moments["during training"] or stage not in TRAINING or kills < 10


def check_resumed(state, printed):
    """Training goes on with the epoch after the last one that has a checkpoint."""
    for seed, epoch in first_epochs(printed).items():
        assert epoch == state.get(seed, 0) + 1, f"seed {seed} began with epoch {epoch}, its checkpoint has {state}"
