"""The process in which a student's file is checked.

    python -m pipeline.checking.child EXERCISE FILE REPORT

It appends JSON lines to the file REPORT: {"started": true}, {"begins": what is looked at}, {"problem": a line or null},
{"done": true}.
"""

import json
import os
import sys
from pathlib import Path

import torch

from pipeline.checking.checks import Wrong, title
from pipeline.checking.theirs import findings, load
from pipeline.core.parent import end_with
from pipeline.registry import part


def main() -> None:
    exercise, file, report = sys.argv[1:]
    end_with(os.getppid())
    torch.set_num_threads(1)
    checks = part(exercise, "worksheet.checks").CHECKS
    with Path(report).open("a", encoding="utf-8") as stream:

        def tell(**row: object) -> None:
            stream.write(json.dumps(row) + "\n")
            stream.flush()

        tell(started=True)
        try:
            found = findings(checks, load(Path(file)), Path(file))
            for check in checks:
                tell(begins=title(check))
                tell(problem=next(found))
        except Wrong as wrong:  # the file cannot be run
            tell(begins="the file", problem=str(wrong))
        tell(done=True)
    os._exit(0)  # whatever the student's threads still do


if __name__ == "__main__":
    main()
