"""The scores that DVC's tables show, and that they can be read in a terminal."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

from pipeline.answering import best
from pipeline.registry import exercises

ROOT = Path(__file__).parents[2]
WIDTH = 160  # of a terminal
COLUMNS = WIDTH * max(12, len(exercises())) // 12  # what the table may take: the sheet's exercises fit the terminal


def test_the_score_is_the_mean_of_the_best_on_the_validation_split(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, exercise in exercises().items():
        metric, falls = exercise.stage.metric, exercise.metric(exercise.stage.metric).falls
        for place, variant in enumerate(exercise.stage.variants):
            seeds = [{"seed": 1, "validation": {metric: -place if falls else place, "loss": -place}}]
            results = {"exercise": name, "metric": metric, "seeds": seeds, "mean": {metric: place + 0.123456}}
            path = Path(f"metrics/train/{name}/{variant}.json")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(results))
    best.main()
    scores = json.loads(Path("metrics/best.json").read_text())
    assert list(scores) == list(exercises())
    assert all(
        scores[name] == len(exercise.stage.variants) - 1 + 0.1235
        for name, exercise in exercises().items()
        if not exercise.unjudged
    )


def test_dvc_shows_the_scores_alone():
    shown = subprocess.run(["dvc", "metrics", "show"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    header, values = shown.splitlines()
    scores = json.loads((ROOT / "metrics/best.json").read_text(encoding="utf-8"))
    assert set(header.split()) == {"Path", *scores} and values.startswith("metrics/best.json")
    assert max(map(len, (header, values))) <= COLUMNS


def test_dvc_shows_the_scores_of_experiments_first():
    header = next(line for line in in_terminal("dvc", "exp", "show") if "Experiment" in line)
    scores = json.loads((ROOT / "metrics/best.json").read_text(encoding="utf-8"))
    assert set(scores) <= set(header[:COLUMNS].split()), header[: 2 * WIDTH]


def in_terminal(*command: str) -> list[str]:
    """What a command prints in a terminal of this width, through a pager that does not wait."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, WIDTH, 0, 0))
    environment = os.environ | {"DVC_PAGER": "cat", "TERM": "xterm"}
    process = subprocess.Popen(command, cwd=ROOT, stdin=its, stdout=its, stderr=its, env=environment)
    os.close(its)
    printed = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so at the end
            break
        if not part:
            break
        printed += part
    process.wait()
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;]*m", "", printed.decode()).splitlines()
