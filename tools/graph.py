"""Write dvc.yaml: the stages of the exercises, from their declarations, and the code dependencies of all others.

    python -m tools.graph           write it
    python -m tools.graph --check   fail if it is not what would be written

The stages of the exercises stand before `evaluate`, in the order of the sheet. All else in dvc.yaml is written by hand
and stays as it is, but for the code that a stage depends on: see tools/closure.py.
"""

import io
import re
import sys
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.stage import Results, Stage, extra_of
from pipeline.registry import exercises
from tools.closure import ROOT, Imports, is_code

PATH = ROOT / "dvc.yaml"
ITEM = "${item.variant}"
TRAINING = re.compile(rf"python -m pipeline\.exercises\.(\w+)\.train {re.escape(ITEM)}")
STAGE = re.compile(r"^(?:  #.*\n)*  ([\w-]+):\n(?:(?:    .*)?\n)*", re.MULTILINE)  # with the remarks above it
LAST = "evaluate"  # what follows the exercises


def training(stage: Stage, code: list[str]) -> dict[str, Any]:
    """The stage in dvc.yaml that trains the variants of an exercise.

    Times are metrics, as scores are: a plain output that DVC does not cache would keep the stage out of its run cache.
    """
    results = Results.of(stage.name, ITEM)
    outs = [str(results.models), str(results.predictions)]
    if stage.extra:
        outs.append(str(extra_of(stage.extra, stage.name, ITEM)))
    variants = CommentedSeq(stage.variants)
    variants.fa.set_flow_style()
    return {
        "desc": stage.description,
        "matrix": {"variant": variants},
        "cmd": f"python -m pipeline.exercises.{stage.name}.train {ITEM}",
        "deps": [*(f"data/prepared/{corpus}" for corpus in stage.corpora), *stage.reads, *code],
        "params": ["seeds", "precision", stage.name],
        "outs": outs,
        "metrics": [{str(path): {"cache": False}} for path in (results.metrics, results.timing)],
        "plots": [{str(results.history): {"cache": False, "x": "epoch", "y": stage.curve}}],
    }


def written(before: str, stages: Mapping[str, Stage], imports: Imports) -> str:
    """The text of dvc.yaml as it should be.

    Raises:
        PipelineError: there is no stage `evaluate`, or a stage written by hand has an exercise's name.
    """
    document = _yaml().load(before)
    for name, stage in document["stages"].items():
        if TRAINING.fullmatch(stage["cmd"]):
            continue
        if name in stages:
            raise PipelineError(f"dvc.yaml: the stage {name!r} is an exercise's: rename the one written by hand")
        data = [dep for dep in stage.get("deps", []) if not is_code(dep)]
        if "deps" not in stage:
            stage.insert(list(stage).index("cmd"), "deps", [])  # after it would be below a blank line
        stage["deps"][:] = [*data, *imports.code_of(stage["cmd"], stage.get("matrix", {}), bool(data))]
    old = {name for name, stage in document["stages"].items() if TRAINING.fullmatch(stage["cmd"])}
    text = STAGE.sub(lambda block: "" if block[1] in old else block[0], _dumped(document))
    new = "".join(
        _dumped({"stages": {name: training(stage, imports.of_module(f"pipeline.exercises.{name}.train"))}})
        .removeprefix("stages:\n") + "\n"
        for name, stage in stages.items()
    )  # fmt: skip
    for block in STAGE.finditer(text):
        if block[1] == LAST:
            return text[: block.start()] + new + text[block.start() :]
    raise PipelineError(f"dvc.yaml has no stage {LAST!r}, before which the exercises stand: put it back")


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dumped(document: Mapping[str, Any]) -> str:
    out = io.StringIO()
    _yaml().dump(document, out)
    return out.getvalue()


def main() -> None:
    before = PATH.read_text(encoding="utf-8")
    after = written(before, {name: exercise.stage for name, exercise in exercises().items()}, Imports())
    if "--check" not in sys.argv[1:]:
        PATH.write_text(after, encoding="utf-8")
    elif after != before:
        raise PipelineError("dvc.yaml is not what declarations and imports say: run `make graph` and commit the result")


if __name__ == "__main__":
    run_stage(main)
