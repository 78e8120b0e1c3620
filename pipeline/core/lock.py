"""What DVC has recorded: dvc.lock, and the cache of runs, from which DVC brings earlier results back."""

import hashlib
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from pipeline.core.errors import PipelineError
from pipeline.core.files import YAML_LOADER

LOCK = Path("dvc.lock")
ATTEMPTS = 4  # to read it, ever more seconds apart


def read_lock() -> dict[str, Any]:
    """The content of dvc.lock; nothing, if there is none.

    Raises:
        PipelineError: it cannot be read, and not because another `dvc repro` is writing it, which DVC does in place.
    """
    for attempt in range(ATTEMPTS):
        time.sleep(attempt)
        text = LOCK.read_text(encoding="utf-8") if LOCK.exists() else "{}"
        try:
            content = yaml.load(text, YAML_LOADER)
        except yaml.YAMLError:
            continue
        if isinstance(content, dict) and text.endswith(("\n", "}")):
            return content
    raise PipelineError(f"{LOCK} is cut short or damaged: `make repro` mends it, or `git checkout {LOCK}`")


def has_recorded(stage: str, md5: str) -> bool:
    """Whether DVC has recorded that a stage, named as in dvc.lock, wrote a file with this hash: now or earlier.

    dvc.lock has only one result of a stage; the cache of runs has them all. Where a parameter was changed and changed
    back, DVC has brought the earlier result into dvc.lock again, and the later one is in the cache alone.

    Raises:
        PipelineError: dvc.lock cannot be read.
    """
    outs = read_lock().get("stages", {}).get(stage, {}).get("outs", ())
    return md5 in {out.get("md5") for out in outs} or _in_run_cache(md5)


def _in_run_cache(md5: str) -> bool:
    """Whether a run in DVC's cache wrote a file with this hash. A run is a small YAML file: runs/KE/KEY/VALUE."""
    from dvc.config import Config

    cache = Config(".dvc").get("cache", {}).get("dir") or ".dvc/cache"  # .dvc/config.local may name another
    for run in Path(cache, "runs").glob("*/*/*"):
        with suppress(FileNotFoundError):  # DVC has just given a file its final name
            if f"md5: {md5}\n".encode() in run.read_bytes():
                return True
    return False


def file_md5(path: Path) -> str:
    """The hash by which dvc.lock knows a file."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
