"""What determines a training: an interrupted one goes on only under the same settings, code, data and versions."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from pipeline.core.errors import PipelineError
from pipeline.core.files import YAML_LOADER, how_to_build
from pipeline.corpora.prepared.tables import PREPARED

GRAPH = Path("dvc.yaml")
CODE = ("imports/", "pipeline/")  # where a stage's code is: links to what it imports, see tools/closure.py


def fingerprint(
    exercise: str, variant: str, settings: dict[str, Any], corpora: Sequence[str], reads: Sequence[str] = ()
) -> str:
    """Sixteen hex digits of everything that determines a run: settings, code, data, versions.

    Args:
        reads: files and folders that the training reads besides the corpora.

    Raises:
        PipelineError: a corpus was not prepared, or one of `reads` was not made.
    """
    total = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    files = code_of(exercise, variant)
    for path in (*(PREPARED / corpus for corpus in corpora), *map(Path, reads)):
        if not path.exists():
            raise PipelineError(f"{path} is missing: build it with `{how_to_build(path)}`")
        files += sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    for file in (*files, Path("numerics.lock")):
        with file.open("rb") as stream:
            total.update(f"\0{file.name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}".encode())
    return total.hexdigest()[:16]


def code_of(exercise: str, variant: str) -> list[Path]:
    """The code that the stage depends on according to dvc.yaml; where that does not say, all there is."""
    root = Path(__file__).parents[2]
    try:
        deps = yaml.load(GRAPH.read_text(encoding="utf-8"), YAML_LOADER)["stages"][exercise]["deps"]
        paths = [root / dep.replace("${item.variant}", variant) for dep in deps if dep.startswith(CODE)]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        paths = []
    if not paths or not all(path.exists() for path in paths):
        paths = [root / "pipeline"]
    return sorted(file.resolve() for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path]))
