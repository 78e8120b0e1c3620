"""`dvc repro`, saying on a terminal how far it is: the stage's number, how many there are, and the time so far.

    python -m tools.repro [arguments of dvc repro]

Where the output is not a terminal, it is DVC's own.
"""

import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml

STAGE = re.compile(r"(Running stage|Stage) '")  # how the line of each stage begins


def stages(graph: Path) -> int:
    """How many stages a dvc.yaml describes, every variant of a matrix counted."""
    described = yaml.safe_load(graph.read_text(encoding="utf-8"))["stages"].values()
    return sum(math.prod(map(len, stage.get("matrix", {}).values())) for stage in described)


def main() -> int:
    command = ["dvc", "repro", *sys.argv[1:]]
    if not sys.stdout.isatty():
        os.execvp(command[0], command)
    total, done, started = stages(Path("dvc.yaml")), 0, time.monotonic()
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C reaches DVC as well, and it is DVC that ends
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    for line in process.stdout:
        if STAGE.match(line):
            done += 1
            minutes, seconds = divmod(round(time.monotonic() - started), 60)
            line = f"[{done}/{total}, {minutes}:{seconds:02}] {line}"
        print(line, end="", flush=True)
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
