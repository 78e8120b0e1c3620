"""Write dvc.yaml: the exercises' stages and what the report reads of them, by their declarations, and all stages' code.

    python -m tools.graph           write it, the folders of links in imports/, and params.yaml's schema for editors
    python -m tools.graph --check   fail if they are not what would be written

The stages of the exercises stand before `evaluate`, in the order of the sheet. All else in dvc.yaml is written by hand
and stays as it is, but for the code that a stage depends on (see tools/closure.py), and what the stage `report` reads
below data/ and models/.
"""

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import write_text
from pipeline.core.stage import Results, Stage, extra_of
from pipeline.corpora.catalogue import corpora
from pipeline.declaration import MADE, Exercise
from pipeline.registry import FOLDER
from tools.check import model
from tools.closure import LINKS, NUMERICS, ROOT, Imports, is_code
from tools.declared import declared

PATH = ROOT / "dvc.yaml"
SCHEMA = ROOT / "docs/params.schema.json"
ITEM = "${item.variant}"
TRAINING = re.compile(rf"python -m pipeline\.exercises\.(\w+)\.train {re.escape(ITEM)}")
STAGE = re.compile(r"^(?:  #.*\n)*  ([\w-]+):\n(?:(?:    .*)?\n)*", re.MULTILINE)  # with the remarks above it
NOT_DRAWN = "nothing"  # a template in .dvc/plots
LAST = "evaluate"  # the stage that follows the exercises
REPORT = "report"


def training(stage: Stage) -> dict[str, Any]:
    """The stage in dvc.yaml that trains the variants of an exercise.

    Scores and times are in git, not in DVC's cache. As plain outputs they would keep the stage out of its run cache, as
    metrics they would fill `dvc metrics show`, whose table is metrics/best.json. So they are plots that draw nothing.
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
        "deps": [*(f"data/prepared/{corpus}" for corpus in stage.corpora), *stage.reads, *code(stage.name)],
        "params": ["seeds", *(["more_seeds"] if stage.more_seeds else []), "precision", stage.name],
        "outs": outs,
        "plots": [
            {str(results.history): {"cache": False, "x": "epoch", "y": stage.curve}},
            *({str(path): {"cache": False, "template": NOT_DRAWN}} for path in (results.metrics, results.timing)),
        ],
    }


def code(stage: str, sibling: str | None = None, reads_data: bool = True) -> list[str]:
    """The code dependencies of a stage in dvc.yaml."""
    return [f"{LINKS}/{stage}", *([sibling] if sibling else []), *([NUMERICS] if reads_data else [])]


def reported(exercises: Iterable[Exercise]) -> list[str]:
    """What the report reads of data and models: predictions, what first seeds showed, and what declarations name."""
    found = {"data/predictions"}
    for exercise in exercises:
        found |= set(exercise.reads)
        if exercise.stage.extra:
            found.add(str(extra_of(exercise.stage.extra, exercise.name, ITEM).parents[1]))
    return sorted(found)


def written(before: str, exercises: Mapping[str, Exercise], imports: Imports) -> tuple[str, dict[str, set[str]]]:
    """The text of dvc.yaml as it should be, and the files that each stage imports.

    Raises:
        PipelineError: it is not YAML, there is no stage `evaluate`, or a stage written by hand has an exercise's name.
    """
    try:
        document = _yaml().load(before)
    except YAMLError as error:
        raise PipelineError(f"dvc.yaml is not valid YAML: {error}") from None
    stages = {name: exercise.stage for name, exercise in exercises.items()}
    old = {name for name, stage in document["stages"].items() if TRAINING.fullmatch(stage["cmd"])}
    files = {}
    for name, stage in document["stages"].items():
        if name in old:
            continue
        if name in stages:
            raise PipelineError(f"dvc.yaml: the stage {name!r} is an exercise's: rename the one written by hand")
        data = [dep for dep in stage.get("deps", []) if not is_code(dep)]
        if name == REPORT:
            data = [dep for dep in data if not dep.startswith(MADE)] + reported(exercises.values())
        if "deps" not in stage:
            stage.insert(list(stage).index("cmd"), "deps", [])  # after it would be below a blank line
        files[name], sibling = imports.of_command(stage["cmd"], stage.get("matrix", {}))
        stage["deps"][:] = [*data, *code(name, sibling, bool(data))]
    files |= {name: imports.closure(f"pipeline.exercises.{name}.train") for name in stages}
    text = STAGE.sub(lambda block: "" if block[1] in old else block[0], _dumped(document))
    described = [_dumped({"stages": {name: training(stage)}}) for name, stage in stages.items()]
    new = "".join(block.removeprefix("stages:\n") + "\n" for block in described)
    for block in STAGE.finditer(text):
        if block[1] == LAST:
            return text[: block.start()] + new + text[block.start() :], files
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


def check_named(exercises: Mapping[str, Exercise]) -> None:
    """Check that the corpora that the exercises read, and the commands that they answer, exist.

    Raises:
        PipelineError: one does not.
    """
    known = corpora()
    for name, exercise in exercises.items():
        if unknown := [corpus for corpus in exercise.stage.corpora if corpus not in known]:
            where = f"pipeline/exercises/{name}/stage.py"
            raise PipelineError(f"{where}: there is no corpus {', '.join(unknown)}; corpora: {', '.join(known)}")
        if exercise.command and not (FOLDER / exercise.command / "command.py").exists():
            raise PipelineError(f"pipeline/exercises/{name}/exercise.py: {exercise.command} has no command.py")


def links_of(files: Mapping[str, set[str]]) -> dict[str, str]:
    """The links in imports/, and where each points."""
    return {
        f"{LINKS}/{stage}/{file}": os.path.relpath(file, Path(LINKS, stage, file).parent)
        for stage, imported in files.items()
        for file in imported
    }


def links(root: Path) -> dict[str, str]:
    """The links that exist; a file that is not a link points nowhere."""
    return {
        path.relative_to(root).as_posix(): os.readlink(path) if path.is_symlink() else ""
        for path in (root / LINKS).rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def link(root: Path, wanted: Mapping[str, str]) -> None:
    """Write these links and remove all others."""
    shutil.rmtree(root / LINKS, ignore_errors=True)
    for name, target in wanted.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(target)


def main() -> None:
    before = PATH.read_text(encoding="utf-8")
    exercises = declared()
    check_named(exercises)
    after, files = written(before, exercises, Imports())
    wanted, schema = links_of(files), json.dumps(model().model_json_schema(), indent=1) + "\n"
    if "--check" not in sys.argv[1:]:
        write_text(PATH, after)
        write_text(SCHEMA, schema)
        link(ROOT, wanted)
    elif after != before or links(ROOT) != wanted or not SCHEMA.exists() or SCHEMA.read_text("utf-8") != schema:
        raise PipelineError(
            f"dvc.yaml, {LINKS}/ and {SCHEMA.relative_to(ROOT)} are not what declarations and imports say: "
            "run `make graph` and commit the result"
        )


if __name__ == "__main__":
    run_stage(main)
