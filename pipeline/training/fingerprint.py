"""What determines a training: an interrupted one goes on only under the same settings, code, data and versions."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from pipeline.core.errors import PipelineError
from pipeline.core.files import how_to_build
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.tracking.provenance import LOADER

GRAPH = Path("dvc.yaml")
CODE = "pipeline/"


def fingerprint(exercise: str, variant: str, settings: dict[str, Any], corpora: Sequence[str]) -> str:
    """Sixteen hex digits of everything that determines a run: settings, code, data, versions.

    Raises:
        PipelineError: a corpus was not prepared.
    """
    for corpus in corpora:
        if not (PREPARED / corpus).is_dir():
            raise PipelineError(f"{PREPARED / corpus} is missing: build it with `{how_to_build(PREPARED / corpus)}`")
    total = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    files = code_of(exercise, variant)
    files += sorted(file for corpus in corpora for file in (PREPARED / corpus).iterdir())
    files += [Path("numerics.lock")]
    for file in files:
        with file.open("rb") as stream:
            total.update(f"\0{file.name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}".encode())
    return total.hexdigest()[:16]


def code_of(exercise: str, variant: str) -> list[Path]:
    """The code that the stage depends on according to dvc.yaml; where that does not say, all there is."""
    root = Path(__file__).parents[2]
    try:
        deps = yaml.load(GRAPH.read_text(encoding="utf-8"), LOADER)["stages"][exercise]["deps"]
        paths = [root / dep.replace("${item.variant}", variant) for dep in deps if dep.startswith(CODE)]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        paths = []
    if not paths or not all(path.exists() for path in paths):
        paths = [root / CODE]
    return sorted(file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path]))
