"""Where a run comes from: the commit of the code, the state of the data, the stage."""

import hashlib
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared.tables import PREPARED

LOCK = Path("dvc.lock")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's reads a long lock in a tenth of the time
ATTEMPTS = 4  # to read it, ever more seconds apart
INPUTS = ("pipeline", "params.yaml", "dvc.yaml", "requirements.lock")  # what a commit must hold to rebuild a result


def read_lock() -> dict[str, Any]:
    """The content of dvc.lock; nothing, if there is none.

    Raises:
        PipelineError: it cannot be read, and not because another `dvc repro` is writing it, which DVC does in place.
    """
    for attempt in range(ATTEMPTS):
        time.sleep(attempt)
        text = LOCK.read_text(encoding="utf-8") if LOCK.exists() else "{}"
        try:
            content = yaml.load(text, LOADER)
        except yaml.YAMLError:
            continue
        if isinstance(content, dict) and text.endswith(("\n", "}")):
            return content
    raise PipelineError(f"{LOCK} is cut short or damaged: `make repro` mends it, or `git checkout {LOCK}`")


def dataset_digests(corpora: Sequence[str]) -> dict[str, str]:
    """The DVC hash of each prepared corpus, from dvc.lock; without an entry there, the MD5 of its meta.json.

    A DVC hash is the MD5 of the directory's listing with `.dir` behind it: 36 characters, the most MLflow takes.
    """
    outs = [out for stage in read_lock().get("stages", {}).values() for out in stage.get("outs", [])]
    hashes = {out["path"]: out["md5"] for out in outs if "md5" in out}
    return {
        corpus: hashes.get(f"{PREPARED}/{corpus}") or file_md5(PREPARED / corpus / "meta.json") for corpus in corpora
    }


def file_md5(path: Path) -> str:
    """The hash by which dvc.lock knows a file."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def git_tags() -> dict[str, str]:
    """The commit, and whether the code or the parameters differ from it; nothing outside a repository."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return {}
    changes = _git("status", "--porcelain", "--", *INPUTS)
    # For `python -m` MLflow does not find out by itself.
    return {"mlflow.source.git.commit": commit, "mlflow.source.git.dirty": str(changes != "").lower()}


def _git(*arguments: str) -> str | None:
    try:
        command = ["git", "--no-optional-locks", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
